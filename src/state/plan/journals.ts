/** What the hosts tell of each plan, put together: its lines, and who has its leases. */
import type { HostId } from "../../xen/model/ids.ts";
import type { LeaseFact, PlanFacts } from "../../xen/model/plan-facts.ts";
import { clean } from "../../xen/read/clean.ts";
import { type Body, type CheckedLine, type Entry, type Header, type Line, numberOf, seqOf } from "./journal.ts";
import { entryOf, isObject } from "./journal-entry.ts";

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

/** The end of 2099: a later time is none. */
const TIME_MAX_MS = Date.UTC(2100, 0);

/** Of one plan, over all hosts. */
function heldBy(leases: readonly LeaseFact[]): Held | undefined {
  const [first] = leases;
  if (first === undefined) return undefined;
  const keys = [...new Set(leases.map(({ key }) => key))];
  const words = (value: unknown): string => (typeof value === "string" ? clean(value) : "");
  try {
    const said: unknown = JSON.parse(first.text);
    const { by, goal, at_ms } = isObject(said) ? said : {};
    const time = typeof at_ms === "number" && at_ms >= 0 && at_ms <= TIME_MAX_MS ? at_ms : undefined;
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
