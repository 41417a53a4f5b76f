/** What is said about a console: a few words for the line on top, and a sentence where there is more to know. Pure. */
import type { Rival } from "../../xen/host/console.ts";
import { age, duration } from "../format.ts";
import type { Line, Tone } from "../pane.ts";
import type { Symbols } from "../symbols.ts";
import { span } from "../widgets/text.ts";
import type { Phase, Session } from "./session.ts";
import type { Target } from "./target.ts";

const two = (number: number): string => String(number).padStart(2, "0");
/** `14:03:05 UTC` */
export function utcTime(at_ms: number): string {
  const at = new Date(at_ms);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} UTC`;
}

/** `process 4711, from 10.0.0.7, for 12 min` */
export const rivalText = ({ pid, from, age_s, is_xenha }: Rival): string =>
  [
    `${is_xenha ? "another xenha-tui, process" : "process"} ${pid}`,
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(age_s === undefined ? [] : [`for ${duration(age_s)}`]),
  ].join(", ");

const rivalsText = (rivals: readonly Rival[]): string => (rivals.length === 0 ? "somebody else" : rivals.map(rivalText).join("; "));

/** A guest that says nothing for so long may hang, or have nothing to say: the age is shown. */
const QUIET_MS = 10_000;

export interface StatusInput {
  readonly session: Session;
  readonly target: Target | undefined;
  readonly printed_ms: number | undefined;
  readonly now_ms: number;
}

export interface Status {
  readonly short: Line;
  /** What has to be known besides; undefined: nothing. */
  readonly long: { readonly text: string; readonly tone: Tone } | undefined;
}

type Of<Kind extends Phase["kind"]> = Extract<Phase, { kind: Kind }>;

/** Tones that have a sign of their own. */
const signed = (tone: Tone, symbols: Symbols): string =>
  tone === "unknown" || tone === "warning" || tone === "critical" ? symbols.severity[tone] : symbols.severity.info;

function waiting(target: Target | undefined, symbols: Symbols): Status {
  if (target?.kind !== "nowhere") return { short: [span(`${symbols.severity.info} opening`, "info")], long: undefined };
  const { text, tone } = target;
  return { short: [span(`${signed(tone, symbols)} not open`, tone)], long: { text, tone } };
}

/** A machine that died but was kept still has its console: what it printed last is on it. */
function stateOf(target: Target | undefined, printed_ms: number | undefined): Status["long"] {
  if (target?.kind !== "at" || target.state === "running") return undefined;
  const last = printed_ms === undefined ? "" : `; last printed ${utcTime(printed_ms)}`;
  return { text: `${target.state} on ${target.spot.host}${last}`, tone: /crashed/.test(target.state) ? "critical" : "warning" };
}

function attached({ spot, since_ms, rivals }: Of<"attached">, { target, printed_ms, now_ms }: StatusInput, symbols: Symbols): Status {
  const quiet_ms = now_ms - (printed_ms ?? since_ms);
  const silence = quiet_ms < QUIET_MS ? "" : printed_ms === undefined ? "  printed nothing yet" : `  printed ${age(quiet_ms)} ago`;
  const doubt = target?.kind === "at" ? target.doubt : undefined;
  const long: Status["long"] =
    doubt !== undefined
      ? { text: doubt, tone: "critical" }
      : rivals.length > 0
        ? { text: `shared with ${rivalsText(rivals)}: of what it prints each sees a part`, tone: "warning" }
        : stateOf(target, printed_ms);
  return { short: [span(spot.host), span(` ${symbols.severity.ok} attached`, "ok"), span(silence, "dim")], long };
}

/** Why it ended, when, and what the hosts tell of it now. */
function ended({ spot, at_ms, words }: Of<"ended">, { session, target }: StatusInput, symbols: Symbols): Status {
  const never = session.last === undefined;
  const tone: Tone = target?.kind === "nowhere" ? target.tone : "warning";
  const what = never ? `it can't be opened on ${spot.host}` : `this is the last screen, of ${utcTime(at_ms)}, from ${spot.host}`;
  const now = target === undefined ? undefined : target.kind === "nowhere" ? target.text : `it is ${target.state} on ${target.spot.host}`;
  const why = target?.kind === "nowhere" ? undefined : words;
  const shell = session.subject.kind === "shell";
  const parts = shell ? [what, words] : [what, now, why].filter((part) => part !== undefined);
  const tried = !shell && session.failures > 1 && target?.kind === "at" ? `; tried ${session.failures} times` : "";
  return {
    short: [span(`${signed(tone, symbols)} ${never ? "not open" : `last screen ${utcTime(at_ms)}`}`, tone)],
    long: { text: `${parts.join("; ")}${tried}`, tone },
  };
}

export function statusOf(input: StatusInput, symbols: Symbols): Status {
  const { phase } = input.session;
  switch (phase.kind) {
    case "waiting":
      return waiting(input.target, symbols);
    case "opening":
      return { short: [span(`${symbols.severity.info} ${phase.spot.host}: opening`, "info")], long: undefined };
    case "attached":
      return attached(phase, input, symbols);
    case "taken":
      return {
        short: [span(`${symbols.severity.warning} ${phase.spot.host}: taken`, "warning")],
        long: { text: `taken by ${rivalsText(phase.rivals)}; tried again until it is free (T ends theirs)`, tone: "warning" },
      };
    case "ended":
      return ended(phase, input, symbols);
  }
}
