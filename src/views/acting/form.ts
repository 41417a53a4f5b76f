/** Asks for what an action needs and nobody said: one argument at a time, chosen by its letter, found by a few letters of its name, or typed. Pure. */
import { type Action, subjectOf } from "../../state/plan/action.ts";
import { actionNamed } from "../../state/plan/actions/index.ts";
import { type ActionArg, argProblem, type Choice, type Given } from "../../state/plan/arguments.ts";
import type { CommandContext, Step } from "../actions.ts";
import { fuzzyScore } from "../fuzzy.ts";
import { noOverlay, type Ui, withToast } from "../ui.ts";
import { editText, pasteText } from "../widgets/text-input.ts";
import type { Act } from "./act.ts";
import { type Dialog, openDialog } from "./dialog.ts";
import { choicesOf, givenBy, isClosed, missingArgs } from "./offers.ts";
import type { Subject } from "./subject.ts";

export interface Form {
  readonly action: string;
  /** Empty: it is about the pair, or the first thing asked for is what it is done to. */
  readonly subjects: readonly Subject[];
  readonly given: Given;
  /** Names of the arguments still to be asked for, the present one first. */
  readonly asking: readonly string[];
  readonly text: string;
  readonly index: number;
  readonly problem: string | undefined;
}

const noForm = { text: "", index: 0, problem: undefined } as const;

/** Begins an action on these: asks for what is missing, else shows the plan. */
export function beginAction(
  { ui, act }: Pick<CommandContext, "ui" | "act">,
  action: Action,
  subjects: readonly Subject[],
  said: Given = {},
): Ui {
  if (act.why_not !== undefined) return withToast({ ...ui, overlay: noOverlay }, `${action.title}: ${act.why_not}.`, "warning");
  const given = { ...said, ...givenBy(action, subjects[0]) };
  const asking = missingArgs(action, given, act).map(({ name }) => name);
  const form: Form = { action: action.id, subjects, given, asking, ...noForm };
  return asking.length > 0 ? { ...ui, overlay: { kind: "form", form } } : planned(ui, act, action, form);
}

/** What may be chosen though it needn't be, with what is chosen now; undefined: nothing. */
export function optionsForm({ action: id, parts }: Dialog): Form | undefined {
  const action = actionNamed(id);
  const optional = action?.args.filter((arg) => arg.optional) ?? [];
  const subject = action && subjectOf(action);
  if (action === undefined || optional.length === 0) return undefined;
  const subjects = parts.flatMap(({ request, name }): Subject[] =>
    subject === undefined ? [] : [{ kind: action.on, value: request.args[subject.name] ?? "", name }],
  );
  const given = Object.fromEntries(Object.entries(parts[0]?.request.args ?? {}).filter(([name]) => name !== subject?.name));
  return { action: id, subjects, given, asking: optional.map(({ name }) => name), ...noForm };
}

function planned(ui: Ui, act: Act, action: Action, { given, subjects }: Form): Ui {
  const subject = subjectOf(action);
  const asked =
    subjects.length === 0
      ? [{ request: { action: action.id, args: given }, name: subject === undefined ? "" : (given[subject.name] ?? "") }]
      : subjects.map((each) => ({ request: { action: action.id, args: { ...given, ...givenBy(action, each) } }, name: each.name }));
  return openDialog(ui, act, action, asked);
}

/** What the form asks for now, and what there is to choose. */
export interface Asked {
  readonly action: Action;
  readonly arg: ActionArg;
  /** With the letter of each; "": found by its name. */
  readonly choices: readonly (Choice & { readonly letter: string })[];
  /** Choices go by letters; else what is typed finds them, or is the answer. */
  readonly lettered: boolean;
}

/** With more choices than this they are found by name. */
const LETTERED_MAX = 9;
/** Shown and moved among. */
const CHOICES_MAX = 100;

/** The first letter of each where they differ, else numbers. */
function letters(choices: readonly Choice[]): readonly string[] {
  const firsts = choices.map(({ value }) => /^[a-z]/i.exec(value)?.[0].toLowerCase() ?? "");
  const usable = firsts.every((letter, index) => letter !== "" && !"jkq".includes(letter) && firsts.indexOf(letter) === index);
  return usable ? firsts : choices.map((_, index) => String(index + 1));
}

export function askedOf(form: Form, act: Act): Asked | undefined {
  const action = actionNamed(form.action);
  const arg = action?.args.find(({ name }) => name === form.asking[0]);
  if (action === undefined || arg === undefined) return undefined;
  const all = choicesOf(arg, form.given, act) ?? [];
  const lettered = isClosed(arg) && all.length <= LETTERED_MAX;
  if (lettered) {
    const signs = letters(all);
    return { action, arg, lettered, choices: all.map((choice, index) => ({ ...choice, letter: signs[index] ?? "" })) };
  }
  const query = form.text.replaceAll(" ", "");
  const found = all
    .map((choice) => ({ choice, score: query === "" ? 0 : fuzzyScore(query, `${choice.title} ${choice.value}`) }))
    .filter((each): each is { choice: Choice; score: number } => each.score !== undefined)
    .sort((a, b) => b.score - a.score)
    .slice(0, CHOICES_MAX);
  return { action, arg, lettered, choices: found.map(({ choice }) => ({ ...choice, letter: "" })) };
}

/** Takes an answer ("": left out) and asks on, or shows the plan. */
function answered(form: Form, value: string, { ui, act }: CommandContext, { action, arg }: Asked): Step {
  const problem = value === "" ? undefined : argProblem(arg, value);
  if (problem !== undefined) return [{ ...ui, overlay: { kind: "form", form: { ...form, problem } } }, []];
  const { [arg.name]: _, ...others } = form.given;
  const given = value === "" ? others : { ...others, [arg.name]: value };
  const next: Form = { ...form, given, asking: form.asking.slice(1), ...noForm };
  return [next.asking.length > 0 ? { ...ui, overlay: { kind: "form", form: next } } : planned(ui, act, action, next), []];
}

export function formKey(form: Form, key: string, context: CommandContext): Step {
  const { ui, act } = context;
  const asked = askedOf(form, act);
  const closed: Ui = { ...ui, overlay: noOverlay };
  if (asked === undefined || key === "escape") return [withToast(closed, "Nothing was done.", "dim"), []];
  const { choices, lettered, arg } = asked;
  const shown = (change: Partial<Form>): Step => [
    { ...ui, overlay: { kind: "form", form: { ...form, problem: undefined, ...change } } },
    [],
  ];
  const last = Math.max(0, choices.length - 1);
  const to = (index: number): Step => shown({ index: Math.min(last, Math.max(0, index)) });
  const at = Math.min(form.index, last);
  if (key === "down" || key === "ctrl-n" || (lettered && key === "j")) return to(at + 1);
  if (key === "up" || key === "ctrl-p" || (lettered && key === "k")) return to(at - 1);
  // What may be left out, is.
  if (key === "tab" && arg.optional) return answered(form, "", context, asked);
  if (lettered) {
    const chosen = key === "enter" ? choices[at] : choices.find(({ letter }) => letter === key);
    return chosen === undefined ? shown({}) : answered(form, chosen.value, context, asked);
  }
  if (key === "enter") {
    const chosen = isClosed(arg) || form.text === "" ? choices[at] : undefined;
    if (chosen !== undefined) return answered(form, chosen.value, context, asked);
    if (form.text === "") return arg.optional ? answered(form, "", context, asked) : shown({ problem: `${arg.name} is needed` });
    return isClosed(arg) ? shown({ problem: "nothing is called like that" }) : answered(form, form.text.trim(), context, asked);
  }
  const text = editText(form.text, key);
  return shown(text === undefined ? {} : { text, index: 0 });
}

export const formPaste = (form: Form, pasted: string): Form => ({
  ...form,
  text: pasteText(form.text, pasted),
  index: 0,
  problem: undefined,
});
