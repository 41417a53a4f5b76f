/**
 * A plan's journal (safety rule S5), line by line as it lies on the hosts: 000000 says what it is in short, then the plan itself and what its checks
 * said, then an intent before and an outcome after each step. Read back by any console; what it can't understand it doesn't take over.
 */
import type { HostId } from "../../xen/model/ids.ts";
import type { JobFact, LeaseFact, PlanFacts } from "../../xen/model/plan-facts.ts";
import { clean } from "../../xen/read/clean.ts";
import type { Expectation } from "./expect.ts";
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

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
const isNumbers = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(isNumber);
const isResult = (value: unknown): value is Result => value === "done" || value === "failed" || value === "stopped" || value === "unknown";

type Shape = (value: Json) => boolean;
const ofGuest: Shape = ({ name, uuid }) => isText(name) && isText(uuid);
const ofResource: Shape = ({ resource }) => isText(resource);
const any: Shape = () => true;
/** What each kind must say beside its host. */
const expectations: { readonly [Kind in Expectation["kind"]]: Shape } = {
  guest_runs: ofGuest,
  guest_paused: ofGuest,
  guest_absent: ofGuest,
  guest_anew: ofGuest,
  guest_is: ofGuest,
  guest_halted: ofGuest,
  guest_wired: ofGuest,
  guest_memory: (value) => ofGuest(value) && isNumber(value.mib),
  no_guests: any,
  drbd: ofResource,
  two_primaries: ofResource,
  drbd_rate: (value) => ofResource(value) && isText(value.option) && isNumbers(value.kib_s),
  drbd_begun: (value) => ofResource(value) && isText(value.what) && isNumbers(value.minors) && isNumber(value.after_ms),
  lv: ({ vg, name, there, origin }) => isText(vg) && isText(name) && isFlag(there) && (origin === undefined || isText(origin)),
  path: ({ name, wwid, state }) => [name, wwid].every(isText) && (state === "failed" || state === "usable"),
  map: ({ name, there }) => isText(name) && isFlag(there),
  iscsi: ({ name, portal, there }) => [name, portal].every(isText) && isFlag(there),
  vport: ({ name, there }) => isText(name) && isFlag(there),
  nbd: ({ name, connected }) => isText(name) && isFlag(connected),
  nfs: ({ name, device, there }) => [name, device].every(isText) && isFlag(there),
  link: (value) => {
    const texts = [value.type, value.parent, value.master].every((each) => each === undefined || isText(each));
    const numbers = [value.vlan_id, value.mtu].every((each) => each === undefined || isNumber(each));
    return isText(value.name) && isFlag(value.there) && texts && numbers && (value.up === undefined || isFlag(value.up));
  },
  ovs_bridge: ({ name, there, parent, tag }) =>
    isText(name) && isFlag(there) && (parent === undefined || isText(parent)) && (tag === undefined || isNumber(tag)),
  ovs_port: ({ name, bridge, there }) => [name, bridge].every(isText) && isFlag(there),
  drbd_idle: any,
  drbd_whole: any,
  autostart: ({ has, has_not }) => isTexts(has) && isTexts(has_not),
  config: ({ path, name }) => isText(path) && isText(name),
  kept: ({ name, text }) => isText(name) && (text === undefined || isText(text)),
  power: ({ on }) => typeof on === "boolean",
  answer: ({ argv, code, starts }) => isTexts(argv) && argv.length > 0 && isNumber(code) && (starts === undefined || isText(starts)),
};
const isExpectation = (value: unknown): value is Expectation =>
  isObject(value) &&
  isText(value.host) &&
  Object.hasOwn(expectations, String(value.kind)) &&
  expectations[value.kind as Expectation["kind"]](value);

const isRequest = (value: unknown): value is PlanRequest =>
  isObject(value) && isText(value.action) && isObject(value.args) && Object.values(value.args).every(isText);
const isInput: Shape = ({ kind, text, host, path }) => (kind === "text" ? isText(text) : kind === "file" && isText(host) && isText(path));
const isPower: Shape = ({ of, action }) => isText(of) && (action === "on" || action === "off" || action === "reboot");
const optional = (value: unknown, fits: (value: Json) => boolean): boolean => value === undefined || (isObject(value) && fits(value));

const isGuard = (value: unknown): boolean =>
  isObject(value) &&
  [value.id, value.title, value.host].every(isText) &&
  isTexts(value.argv) &&
  value.argv.length > 0 &&
  Array.isArray(value.when) &&
  value.when.every(isExpectation);

function isStep(value: unknown): value is PlanStep {
  if (!isObject(value)) return false;
  const { id, title, host, argv, before, after, undo, usual_s, settle_s } = value;
  return (
    [id, title, host, undo].every(isText) &&
    isTexts(argv) &&
    argv.length > 0 &&
    [before, after].every((list) => Array.isArray(list) && list.every(isExpectation)) &&
    isNumber(usual_s) &&
    isNumber(settle_s) &&
    typeof value.always === "boolean" &&
    typeof value.no_return === "boolean" &&
    (value.guards === undefined || (Array.isArray(value.guards) && value.guards.every(isGuard))) &&
    optional(value.input, isInput) &&
    optional(value.sub, isRequest) &&
    optional(value.power, isPower)
  );
}

const shapes: Readonly<Record<Entry["kind"], (value: Json) => boolean>> = {
  header: (value) =>
    value.v === JOURNAL_VERSION &&
    [value.id, value.goal, value.action, value.operator, value.reason].every(isText) &&
    [value.keys, value.hosts, value.steps].every(isTexts) &&
    isNumber(value.at_ms),
  plan: (value) => isObject(value.request) && isText(value.request.action) && Array.isArray(value.steps) && value.steps.every(isStep),
  steps: (value) => isNumber(value.from) && Array.isArray(value.steps) && value.steps.every(isStep),
  checked: (value) => isNumber(value.at_ms) && Array.isArray(value.checks) && value.checks.every(isObject),
  intent: (value) => isNumber(value.step) && isText(value.driver) && isNumber(value.at_ms),
  outcome: (value) => isNumber(value.step) && isResult(value.result) && isText(value.text) && isNumber(value.at_ms),
  guard: (value) => isNumber(value.step) && isText(value.guard) && isText(value.why) && isNumber(value.at_ms),
  taken_over: (value) => isText(value.driver) && isText(value.operator) && isNumber(value.at_ms),
  end: (value) => isResult(value.result) && isText(value.text) && isNumber(value.at_ms),
};

/** undefined: not a line of ours, or of a version that we don't know. */
export function entryOf(text: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return undefined;
    const shape = Object.hasOwn(shapes, String(value.kind)) ? shapes[value.kind as Entry["kind"]] : undefined;
    return shape?.(value) === true ? (value as unknown as Entry) : undefined;
  } catch {
    return undefined;
  }
}

/** Of the plan of its own that step `index` is. */
export const childId = (id: string, index: number): string => `${id}.${index + 1}`;
export const parentId = (id: string): string | undefined => /^(.+)\.\d{1,4}$/.exec(id)?.[1];

/** One plan as its journals tell it. */
export interface Journal {
  readonly id: string;
  readonly header: Header | undefined;
  /** undefined: not all of it is told, or it was never written. */
  readonly body: Body | undefined;
  /** By number, all hosts' put together; without header, body, checks and end. */
  readonly entries: readonly Entry[];
  readonly checks: readonly CheckedLine[];
  readonly end: Extract<Entry, { readonly kind: "end" }> | undefined;
  /** The next free number. */
  readonly next: number;
  /** As they were written, in order; without the end. */
  readonly lines: readonly Line[];
  /** Lines that weren't understood, or that two hosts tell differently. */
  readonly doubt: readonly string[];
  /** Hosts that have any of it: lines, or its leases. */
  readonly hosts: readonly HostId[];
  /** What its leases say of it; undefined: it holds none. */
  readonly held: Held | undefined;
}

/** As whoever took the leases wrote it. */
export interface Held {
  readonly operator: string;
  readonly goal: string;
  readonly at_ms: number | undefined;
  readonly driver: string;
  readonly keys: readonly string[];
}

/** Of one plan, over all hosts. */
function heldBy(leases: readonly LeaseFact[]): Held | undefined {
  const [first] = leases;
  if (first === undefined) return undefined;
  const keys = [...new Set(leases.map(({ key }) => key))];
  const words = (value: unknown): string => (typeof value === "string" ? clean(value) : "");
  try {
    const said: unknown = JSON.parse(first.text);
    const { by, goal, at_ms } = isObject(said) ? said : {};
    const time = typeof at_ms === "number" && Number.isFinite(at_ms) ? at_ms : undefined;
    return { operator: words(by), goal: words(goal), at_ms: time, driver: first.driver, keys };
  } catch {
    return { operator: "", goal: "", at_ms: undefined, driver: first.driver, keys };
  }
}

/** Puts the hosts' journals together, newest plan first; with those that hold leases and have written nothing yet, or never will. */
export function journalsOf(told: readonly { readonly host: HostId; readonly facts: PlanFacts }[]): readonly Journal[] {
  const plans = new Map<string, { host: HostId; lines: Line[] }[]>();
  const linesOn = (host: HostId, plan: string): Line[] => {
    const tellers = plans.get(plan) ?? [];
    plans.set(plan, tellers);
    const own = tellers.find((each) => each.host === host) ?? { host, lines: [] };
    if (!tellers.includes(own)) tellers.push(own);
    return own.lines;
  };
  for (const { host, facts } of told) {
    for (const { plan, seq, text } of facts.journal) linesOn(host, plan).push({ seq, text });
    for (const { plan } of facts.leases) linesOn(host, plan);
  }
  const leases = told.flatMap(({ facts }) => facts.leases);
  return [...plans]
    .map(([id, tellers]) => journalOf(id, tellers, heldBy(leases.filter(({ plan }) => plan === id))))
    .sort((a, b) => started(b) - started(a));
}
const started = ({ header, held }: Journal): number => header?.at_ms ?? held?.at_ms ?? 0;

type End = Extract<Entry, { readonly kind: "end" }>;

/** The end as the hosts tell it: when each was told may differ, what came of it may not. */
function endOf(texts: readonly string[], doubt: string[]): End | undefined {
  const ends = texts.map(entryOf).filter((entry): entry is End => entry?.kind === "end");
  if (ends.length < texts.length) doubt.push("its end isn't understood");
  const results = [...new Set(ends.map(({ result }) => result))];
  if (results.length > 1) doubt.push(`the hosts tell its end differently: ${results.join(", ")}`);
  return ends[0];
}

/** One plan of what each of its tellers has of it. */
export function journalOf(
  id: string,
  tellers: readonly { readonly host: HostId; readonly lines: readonly Line[] }[],
  held?: Held,
): Journal {
  const doubt: string[] = [];
  const all = new Map<number, Line>();
  for (const line of tellers.flatMap(({ lines }) => lines)) {
    const number = numberOf(line.seq);
    if (number === undefined) continue;
    const other = all.get(number);
    if (other !== undefined && other.text !== line.text) doubt.push(`the hosts tell line ${seqOf(number)} differently`);
    all.set(number, other ?? line);
  }
  const lines = [...all].sort(([a], [b]) => a - b).map(([, line]) => line);
  const read = lines.flatMap(({ seq, text }) => {
    const entry = entryOf(text);
    if (entry === undefined) doubt.push(`line ${seq} isn't understood`);
    return entry ?? [];
  });
  const header = read.find((entry) => entry.kind === "header");
  const ends = tellers.flatMap((teller) => teller.lines.filter(({ seq }) => seq === "end").map(({ text }) => text));
  return {
    id,
    header,
    body: wholeBody(header, read),
    entries: read.filter(({ kind }) => told.has(kind)),
    checks: read.flatMap((entry) => (entry.kind === "checked" ? entry.checks : [])),
    end: endOf(ends, doubt),
    next: Math.max(-1, ...all.keys()) + 1,
    lines,
    doubt,
    hosts: tellers.map(({ host }) => host),
    held,
  };
}

const told: ReadonlySet<Entry["kind"]> = new Set(["intent", "outcome", "guard", "taken_over"]);

function wholeBody(header: Header | undefined, read: readonly Entry[]): Body | undefined {
  const plan = read.find((entry) => entry.kind === "plan");
  if (plan === undefined || header === undefined) return undefined;
  const steps = [...plan.steps];
  for (const entry of read) if (entry.kind === "steps" && entry.from === steps.length) steps.push(...entry.steps);
  return steps.length === header.steps.length ? { ...plan, steps } : undefined;
}
