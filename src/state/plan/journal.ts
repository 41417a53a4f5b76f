/**
 * A plan's journal (safety rule S5), line by line as it lies on the hosts: 000000 says what it is in short, then the plan itself and what its checks
 * said, then an intent before and an outcome after each step. Read back by any console; what it can't understand it doesn't take over.
 */
import type { JobFact } from "../../xen/model/plan-facts.ts";
import type { Plan, PlanCheck, PlanRequest, PlanStep } from "./plan.ts";

export const JOURNAL_VERSION = 1;

export type Result = "done" | "failed" | "stopped" | "unknown";

export interface Header {
  readonly kind: "header";
  readonly v: number;
  readonly id: string;
  readonly goal: string;
  readonly action: string;
  readonly operator: string;
  readonly reason: string;
  readonly at_ms: number;
  readonly keys: readonly string[];
  readonly hosts: readonly string[];
  /** One title for each step. */
  readonly steps: readonly string[];
}
export interface Body {
  readonly kind: "plan";
  readonly request: PlanRequest;
  /** Of a long plan the first ones: lines of `steps` follow. */
  readonly steps: readonly PlanStep[];
  readonly next?: string;
}
/** What a check said after the confirmation, and by which commands it knows. */
export interface CheckedLine {
  readonly id: string;
  readonly result: PlanCheck["result"];
  readonly text: string;
  readonly evidence: readonly { readonly host: string; readonly source: string; readonly at_ms: number | undefined }[];
}
export type Entry =
  | Header
  | Body
  | { readonly kind: "steps"; readonly from: number; readonly steps: readonly PlanStep[] }
  | { readonly kind: "checked"; readonly checks: readonly CheckedLine[]; readonly at_ms: number }
  | { readonly kind: "intent"; readonly step: number; readonly driver: string; readonly at_ms: number }
  /** said: the newest lines of its command's output. */
  | {
      readonly kind: "outcome";
      readonly step: number;
      readonly result: Result;
      readonly text: string;
      readonly at_ms: number;
      readonly rc?: number;
      readonly said?: readonly string[];
    }
  /** A guard of that step is run. */
  | { readonly kind: "guard"; readonly step: number; readonly guard: string; readonly why: string; readonly at_ms: number }
  | { readonly kind: "taken_over"; readonly driver: string; readonly operator: string; readonly at_ms: number; readonly why?: string }
  | { readonly kind: "end"; readonly result: Result; readonly text: string; readonly at_ms: number };

/** A line under its number: six digits; with `-more` it is told by the verb `journal` alone, not by the reading. */
export interface Line {
  readonly seq: string;
  readonly text: string;
}

/** A longer line is told on demand alone: every look at a running plan would bring it along. */
export const SHOWN_BYTES_MAX = 16 * 1024;
/** Of any line. It goes as one word of a command line, which an ssh server may bound at 32 KiB. */
export const LINE_BYTES_MAX = 24 * 1024;
/** Of what an outcome says. */
const TEXT_MAX = 1_000;
const SAID_LINES_MAX = 3;

/** ASCII alone: nothing of it is touched by what makes text of hosts harmless. */
const textOf = (entry: Entry): string =>
  JSON.stringify(entry).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

export const seqOf = (number: number): string => String(number).padStart(6, "0");

/** The number of a line's name; undefined: `end`, or not ours. */
export const numberOf = (seq: string): number | undefined => (/^\d{6}(?:-more)?$/.test(seq) ? Number(seq.slice(0, 6)) : undefined);

/** An entry as the line of that number. */
export function lineOf(entry: Entry, number: number): Line {
  const text = textOf(entry);
  const more = entry.kind === "steps" || entry.kind === "checked" || text.length > SHOWN_BYTES_MAX;
  return { seq: `${seqOf(number)}${more ? "-more" : ""}`, text };
}

/** In groups whose JSON is no longer than a line may be, as far as each item allows it. */
function grouped<T>(items: readonly T[], room: number): readonly (readonly T[])[] {
  const groups: T[][] = [];
  let left = 0;
  for (const item of items) {
    const size = textOf(item as unknown as Entry).length + 1;
    if (size > left) {
      groups.push([]);
      left = room;
    }
    groups.at(-1)?.push(item);
    left -= size;
  }
  return groups;
}

/** For what a line holds beside its items. */
const FRAME_BYTES = 2 * 1024;

export const headerOf = (plan: Plan, about: Pick<Header, "id" | "operator" | "reason" | "at_ms">): Header => ({
  kind: "header",
  v: JOURNAL_VERSION,
  ...about,
  goal: plan.goal,
  action: plan.request.action,
  keys: plan.keys,
  hosts: plan.hosts,
  steps: plan.steps.map(({ title }) => title),
});

/** The plan itself: one line, or of a long one as many as it takes. */
export function bodyOf({ request, steps, next }: Plan): readonly Entry[] {
  const plan = (own: readonly PlanStep[]): Body => ({ kind: "plan", request, steps: own, ...(next === undefined ? {} : { next }) });
  const whole = plan(steps);
  if (textOf(whole).length <= SHOWN_BYTES_MAX) return [whole];
  let from = 0;
  return [
    plan([]),
    ...grouped(steps, LINE_BYTES_MAX - FRAME_BYTES).map((group): Entry => {
      const entry: Entry = { kind: "steps", from, steps: group };
      from += group.length;
      return entry;
    }),
  ];
}

/** Of one check. */
const EVIDENCE_MAX = 20;
const checkedLine = ({ id, result, text, evidence, asked = [] }: PlanCheck): CheckedLine => ({
  id,
  result,
  text,
  evidence: [
    ...evidence.map(({ host, source, at_ms }) => ({ host, source, at_ms })),
    ...asked.map(({ host, command, at_ms }) => ({ host, source: command, at_ms })),
  ].slice(0, EVIDENCE_MAX),
});

/** What was found after the confirmation, check by check. */
export const checkedOf = (checks: readonly PlanCheck[], at_ms: number): readonly Entry[] =>
  grouped(checks.map(checkedLine), LINE_BYTES_MAX - FRAME_BYTES).map((group) => ({ kind: "checked", checks: group, at_ms }));

export const outcomeOf = (
  step: number,
  { result, text, job }: { readonly result: Result; readonly text: string; readonly job?: JobFact },
  at_ms: number,
): Entry => ({
  kind: "outcome",
  step,
  result,
  text: text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX - 1)}…` : text,
  at_ms,
  ...(job?.rc === undefined ? {} : { rc: job.rc }),
  ...(job === undefined || job.tail.length === 0 ? {} : { said: job.tail.filter((line) => line.trim() !== "").slice(-SAID_LINES_MAX) }),
});

/** Why it can't be written into a journal; undefined: it can. */
export function unwritable(plan: Plan): string | undefined {
  const about = { id: "", operator: "", reason: "", at_ms: 0 };
  const long = [headerOf(plan, about), ...bodyOf(plan)].some((entry) => textOf(entry).length > LINE_BYTES_MAX - FRAME_BYTES / 2);
  return long ? "it is too long to be written down: make it in parts" : undefined;
}

/** Of the plan of its own that step `index` is. */
export const childId = (id: string, index: number): string => `${id}.${index + 1}`;
export const parentId = (id: string): string | undefined => /^(.+)\.\d{1,4}$/.exec(id)?.[1];
