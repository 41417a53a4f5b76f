/**
 * The part that all questions before a change have in common: what is typed, where it goes, what confirms. Pure.
 *
 * `y` confirms, outside the fields, once the word (where one is wanted) is there to the letter. Enter never confirms: outside it is on Cancel. What is
 * typed goes into the field that has the focus and nowhere else; nothing can be pasted into the word's.
 */
import { clean } from "../../xen/read/clean.ts";
import type { Tone } from "../pane.ts";
import { editText, pasteText } from "../widgets/text-input.ts";

/** `plan`: on its text, where keys are commands. */
export type Focus = "plan" | "word" | "reason";

export interface Confirming {
  /** `first`: no key was pressed yet: on the word as soon as it can be typed, on the plan else. */
  readonly focus: Focus | "first";
  readonly word: string;
  readonly reason: string;
  readonly evidence: boolean;
  readonly top: number;
  readonly note: { readonly text: string; readonly tone: Tone } | undefined;
}

/** What is asked for, and how much there is to scroll. */
export interface Asking {
  /** undefined: y alone is enough. */
  readonly word: string | undefined;
  /** It could be confirmed as things are, once what is asked for is typed. */
  readonly possible: boolean;
  /** true, or why it can't be confirmed now. */
  readonly ready: true | string;
  readonly lines: number;
  readonly page: number;
}

export const REASON_MAX = 200;

/** A name may hold what no key types: it is shown, and typed, with a question mark there. */
export const typeable = (word: string): string => word.replaceAll("\ufffd", "?");

export const newConfirming: Confirming = {
  focus: "first",
  word: "",
  reason: "",
  evidence: false,
  top: 0,
  note: undefined,
};

export const focusOf = ({ focus }: Pick<Confirming, "focus">, { word, possible }: Pick<Asking, "word" | "possible">): Focus =>
  focus !== "first" ? focus : word !== undefined && possible ? "word" : "plan";

/** The word's field is there while it can confirm something, or is being typed in. */
export const hasWordField = (confirming: Pick<Confirming, "focus">, asking: Pick<Asking, "word" | "possible">): boolean =>
  asking.word !== undefined && (asking.possible || focusOf(confirming, asking) === "word");

/** `open`: goes on as given; the key may mean something to the question itself (`unused`). */
export type Answer =
  | { readonly kind: "open"; readonly confirming: Confirming; readonly unused?: true }
  | { readonly kind: "cancel" }
  | { readonly kind: "confirm"; readonly reason: string };

const open = (confirming: Confirming): Answer => ({ kind: "open", confirming });
const noted = (confirming: Confirming, text: string, tone: Tone = "warning"): Answer => open({ ...confirming, note: { text, tone } });

function nextFocus(focus: Focus, typed: boolean, back: boolean): Focus {
  const order: readonly Focus[] = typed ? ["word", "plan", "reason"] : ["plan", "reason"];
  const at = Math.max(0, order.indexOf(focus));
  return order[(at + (back ? order.length - 1 : 1)) % order.length] ?? "plan";
}

/** Keys that scroll wherever the focus is: they type nothing. */
const scrolls: Readonly<Record<string, (page: number) => number>> = {
  up: () => -1,
  down: () => 1,
  pageup: (page) => -page,
  pagedown: (page) => page,
};
const planScrolls: Readonly<Record<string, (page: number) => number>> = {
  ...scrolls,
  j: () => 1,
  k: () => -1,
  "ctrl-d": (page) => Math.ceil(page / 2),
  "ctrl-u": (page) => -Math.ceil(page / 2),
  "ctrl-f": (page) => page,
  "ctrl-b": (page) => -page,
  space: (page) => page,
  g: () => Number.NEGATIVE_INFINITY,
  G: () => Number.POSITIVE_INFINITY,
  home: () => Number.NEGATIVE_INFINITY,
  end: () => Number.POSITIVE_INFINITY,
};

export function confirmKey(before: Confirming, key: string, asking: Asking): Answer {
  const focus = focusOf(before, asking);
  const confirming: Confirming = { ...before, focus, note: undefined };
  if (key === "escape") return { kind: "cancel" };
  if (key === "tab" || key === "shift-tab")
    return open({ ...confirming, focus: nextFocus(focus, hasWordField(confirming, asking), key === "shift-tab") });
  const by = (focus === "plan" ? planScrolls : scrolls)[key]?.(asking.page);
  if (by !== undefined) {
    const top_max = Math.max(0, asking.lines - asking.page);
    return open({ ...confirming, top: Math.min(top_max, Math.max(0, Math.min(top_max, confirming.top) + by)) });
  }
  if (focus === "plan") return planKey(confirming, key, asking);
  if (key === "enter")
    return focus === "reason" ? open({ ...confirming, focus: "plan" }) : noted(confirming, "Enter confirms nothing: tab, then y.");
  if (focus === "reason") {
    const reason = editText(confirming.reason, key);
    return open(reason === undefined ? confirming : { ...confirming, reason: [...reason].slice(0, REASON_MAX).join("") });
  }
  const word = editText(confirming.word, key);
  return open(word === undefined ? confirming : { ...confirming, word });
}

function planKey(confirming: Confirming, key: string, { ready }: Asking): Answer {
  if (key === "n" || key === "q" || key === "enter") return { kind: "cancel" };
  if (key === "e") return open({ ...confirming, evidence: !confirming.evidence });
  if (key !== "y") return { kind: "open", confirming, unused: true };
  return ready === true
    ? { kind: "confirm", reason: clean(confirming.reason.trim(), REASON_MAX) }
    : noted(confirming, `Not done: ${ready}.`);
}

export function confirmPaste(confirming: Confirming, pasted: string): Confirming {
  if (confirming.focus === "first" || confirming.focus === "word")
    return { ...confirming, note: { text: "Nothing can be pasted here: what confirms is typed.", tone: "warning" } };
  if (confirming.focus === "plan") return confirming;
  return { ...confirming, note: undefined, reason: [...pasteText(confirming.reason, pasted)].slice(0, REASON_MAX).join("") };
}
