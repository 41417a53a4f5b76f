/**
 * A plan's journal (safety rule S5), line by line as it lies on the hosts: 000000 says what it is in short, 000001 is the plan itself, then an
 * intent before and an outcome after each step. Read back by any console; what it can't understand it doesn't take over.
 */
import type { HostId } from "../../xen/model/ids.ts";
import type { PlanFacts } from "../../xen/model/plan-facts.ts";
import type { Expectation } from "./expect.ts";
import type { Plan, PlanRequest, PlanStep } from "./plan.ts";

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
  readonly steps: readonly PlanStep[];
  readonly next?: string;
}
export type Entry =
  | Header
  | Body
  | { readonly kind: "intent"; readonly step: number; readonly driver: string; readonly at_ms: number }
  | { readonly kind: "outcome"; readonly step: number; readonly result: Result; readonly text: string; readonly at_ms: number }
  | { readonly kind: "taken_over"; readonly driver: string; readonly operator: string; readonly at_ms: number }
  | { readonly kind: "end"; readonly result: Result; readonly text: string; readonly at_ms: number };

export const seqOf = (number: number): string => String(number).padStart(6, "0");

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
export const bodyOf = ({ request, steps, next }: Plan): Body => ({
  kind: "plan",
  request,
  steps,
  ...(next === undefined ? {} : { next }),
});

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
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
  lv: ({ vg, name, there, origin }) => isText(vg) && isText(name) && typeof there === "boolean" && (origin === undefined || isText(origin)),
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
  intent: (value) => isNumber(value.step) && isText(value.driver) && isNumber(value.at_ms),
  outcome: (value) => isNumber(value.step) && isResult(value.result) && isText(value.text) && isNumber(value.at_ms),
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

/** One plan as its journals on all hosts tell it. */
export interface Journal {
  readonly id: string;
  readonly header: Header | undefined;
  readonly body: Body | undefined;
  /** By number, both hosts' put together; without header, body and end. */
  readonly entries: readonly Entry[];
  readonly end: Extract<Entry, { readonly kind: "end" }> | undefined;
  /** The next free number. */
  readonly next: number;
  /** Lines that weren't understood, or that two hosts tell differently. */
  readonly doubt: readonly string[];
  /** Hosts that have any of it. */
  readonly hosts: readonly HostId[];
}

/** Puts the hosts' journals together, newest plan first. */
export function journalsOf(told: readonly { readonly host: HostId; readonly facts: PlanFacts }[]): readonly Journal[] {
  const plans = new Map<string, { lines: Map<string, string>; hosts: Set<HostId>; doubt: string[] }>();
  for (const { host, facts } of told)
    for (const { plan, seq, text } of facts.journal) {
      const known = plans.get(plan) ?? { lines: new Map<string, string>(), hosts: new Set<HostId>(), doubt: [] };
      plans.set(plan, known);
      known.hosts.add(host);
      const other = known.lines.get(seq);
      // Ends may differ by when each host was told; what happened before may not.
      if (other !== undefined && other !== text && seq !== "end") known.doubt.push(`the hosts tell line ${seq} differently`);
      known.lines.set(seq, other ?? text);
    }
  return [...plans].map(([id, { lines, hosts, doubt }]) => journalOf(id, lines, [...hosts], doubt)).sort((a, b) => started(b) - started(a));
}
const started = ({ header }: Journal): number => header?.at_ms ?? 0;

function journalOf(id: string, lines: ReadonlyMap<string, string>, hosts: readonly HostId[], doubts: readonly string[]): Journal {
  const doubt = [...doubts];
  const read = [...lines]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([seq, text]) => {
      const entry = entryOf(text);
      if (entry === undefined) doubt.push(`line ${seq} isn't understood`);
      return entry === undefined ? [] : [{ seq, entry }];
    });
  const find = <K extends Entry["kind"]>(kind: K) =>
    read.map(({ entry }) => entry).find((entry): entry is Extract<Entry, { readonly kind: K }> => entry.kind === kind);
  const numbers = [...lines.keys()].filter((seq) => /^\d{6}$/.test(seq)).map(Number);
  return {
    id,
    header: find("header"),
    body: find("plan"),
    entries: read.map(({ entry }) => entry).filter(({ kind }) => kind !== "header" && kind !== "plan" && kind !== "end"),
    end: find("end"),
    next: Math.max(-1, ...numbers) + 1,
    doubt,
    hosts,
  };
}
