/**
 * What is to be said of a plan that another console began (safety rule S5): what is done, what isn't known, and what is safe next. From its journal and
 * the jobs that the hosts tell of; what they don't tell is unknown.
 */
import type { HostId } from "../../xen/model/ids.ts";
import type { JobFact } from "../../xen/model/plan-facts.ts";
import type { Entry, Result } from "./journal.ts";
import type { Journal } from "./journals.ts";

export interface StepAccount {
  readonly title: string;
  /** `put away`: the plan is over, and the hosts no longer tell each step. */
  readonly state: "not begun" | "under way" | "put away" | Result;
  readonly text: string;
}

export interface Account {
  readonly id: string;
  readonly goal: string;
  readonly operator: string;
  /** Who wrote last, where it isn't the operator. */
  readonly taken_over_by: string | undefined;
  readonly at_ms: number | undefined;
  /** `held`: it has leases and never wrote a line. */
  readonly state: "ended" | "under way" | "open" | "held";
  readonly end: { readonly result: Result; readonly text: string } | undefined;
  readonly steps: readonly StepAccount[];
  /** What is safe next, in one sentence; empty: nothing is left to do. */
  readonly next: string;
}

/** What a host tells of plans now. */
export interface Teller {
  readonly host: HostId;
  /** undefined: it doesn't tell. */
  readonly jobs: readonly JobFact[] | undefined;
  /** There is more than it told. */
  readonly cut?: boolean;
  /** On this console's clock; undefined: not known. */
  readonly booted_ms?: number | undefined;
}

/** Clocks of two consoles, and a host's, may be so far apart. */
const CLOCKS_APART_MS = 5_000;

/**
 * All hosts that tell it were booted since it was begun: what they have was told to them again, line by line, and whoever did may have been cut off. The
 * last of it that is told needn't be the last that was done.
 */
export function isRetold({ header, hosts }: Pick<Journal, "header" | "hosts">, tellers: readonly Teller[]): boolean {
  if (header === undefined || hosts.length === 0) return false;
  return hosts.every((host) => {
    const booted_ms = tellers.find((each) => each.host === host)?.booted_ms;
    return booted_ms !== undefined && booted_ms > header.at_ms + CLOCKS_APART_MS;
  });
}

/** Whether anything of it was begun, or may have been: without a line nothing is, but only a host that tells all of it says that there is none. */
export function begunOf({ id, header, lines, end }: Pick<Journal, "id" | "header" | "lines" | "end">, tellers: readonly Teller[]): Begun {
  if (header !== undefined || lines.length > 0 || end !== undefined) return "yes";
  if (tellers.some(({ jobs = [] }) => jobs.some(({ plan }) => plan === id))) return "yes";
  return tellers.some(({ jobs, cut }) => jobs === undefined || cut === true) ? "unknown" : "no";
}
export type Begun = "yes" | "no" | "unknown";

type Told = Extract<Entry, { readonly kind: "intent" | "outcome" }>;

function stepAccount(journal: Journal, title: string, index: number, tellers: readonly Teller[]): StepAccount {
  const last = journal.entries.findLast((entry): entry is Told => "step" in entry && entry.step === index);
  if (last === undefined) {
    if (journal.end !== undefined) return { title, state: "put away", text: "" };
    if (isRetold(journal, tellers)) return { title, state: "unknown", text: "not told: its hosts were booted since it was begun" };
    return { title, state: "not begun", text: "" };
  }
  if (last.kind === "outcome" && last.result !== "unknown") return { title, state: last.result, text: last.text };
  const step = journal.body?.steps[index];
  const silent = tellers.filter(({ host, jobs }) => jobs === undefined && (step === undefined || step.host === host));
  const jobs = tellers.flatMap(({ host, jobs: told = [] }) =>
    told
      .filter((job) => job.plan === journal.id && (step === undefined ? isRunning(job) : job.step === step.id && host === step.host))
      .map((job) => ({ host, job })),
  );
  const [found] = jobs;
  if (found !== undefined && isRunning(found.job))
    return { title, state: "under way", text: found.job.tail.at(-1) ?? `its job runs on ${found.host}` };
  const why =
    found !== undefined
      ? jobWords(found.job, found.host)
      : silent.length > 0
        ? `${named(silent)} doesn't tell`
        : "no host tells of a job of it";
  return { title, state: "unknown", text: last.kind === "outcome" ? `${last.text}; ${why}` : `it was begun; ${why}` };
}

const isRunning = ({ state }: JobFact): boolean => state === "running" || state === "made";
const named = (tellers: readonly Teller[]): string => tellers.map(({ host }) => host).join(" and ");

function jobWords({ state, rc }: JobFact, host: HostId): string {
  if (state === "ended") return `its command has ended on ${host} (exit ${rc ?? "unknown"}), and nobody has looked at what it did`;
  return state === "cancelled" ? `it never ran on ${host}` : `its process on ${host} was ended from outside`;
}

function nextOf(journal: Journal, steps: readonly StepAccount[], tellers: readonly Teller[]): string {
  const { header, doubt, end } = journal;
  if (end !== undefined) return end.result === "unknown" ? "look at what there is on both hosts before the next plan" : "";
  const silent = tellers.filter(({ host, jobs }) => jobs === undefined && (header?.hosts.includes(host) ?? true));
  const away = silent.length === 0 ? "" : ` ${named(silent)} doesn't tell: it can be taken over when it does.`;
  if (doubt.length > 0)
    return `Hands off: its journal can't be relied on (${doubt[0]}). Settle it by hand on the hosts, then let go of it.${away}`;
  if (steps.some(({ state }) => state === "under way"))
    return `Its job goes on without its console. Wait, or take it over: it waits, looks at what came of it, and goes on.${away}`;
  const open = steps.findIndex(({ state }) => state === "unknown");
  if (open >= 0)
    return `Take it over: it looks at what step ${open + 1} did before anything else, and begins nothing that it can't see to be right. Or let go of it, and nothing more is done.${away}`;
  const was_begun = begunOf(journal, tellers);
  if (header === undefined && was_begun === "yes")
    return `Its beginning isn't told. Look at the hosts before anything is done about it.${away}`;
  if (was_begun === "unknown") return `Whether it was begun isn't known.${away}`;
  if (header === undefined)
    return `Nothing of it was begun. Its console reads the hosts, or is gone: then take it over, and its leases are let go.${away}`;
  const begun = steps.some(({ state }) => state !== "not begun");
  return begun
    ? `Take it over: it goes on, or closes what was opened where a step has failed. Or let go of it, and nothing more is done.${away}`
    : `Nothing was changed yet. Take it over, or let go of it.${away}`;
}

/** As it was begun; of one that has leases alone, as those say. */
export const goalOf = ({ id, header, held }: Pick<Journal, "id" | "header" | "held">): string =>
  header?.goal ?? (held === undefined || held.goal === "" ? `plan ${id}` : held.goal);

export function accountOf(journal: Journal, tellers: readonly Teller[]): Account {
  const { id, header, entries, end, held } = journal;
  const taken = entries.findLast((entry) => entry.kind === "taken_over");
  const steps = (header?.steps ?? []).map((title, index) => stepAccount(journal, title, index, tellers));
  return {
    id,
    goal: goalOf(journal),
    operator: header?.operator ?? held?.operator ?? "",
    taken_over_by: taken?.kind === "taken_over" ? taken.operator : undefined,
    at_ms: header?.at_ms ?? held?.at_ms,
    state:
      end !== undefined ? "ended" : steps.some(({ state }) => state === "under way") ? "under way" : header === undefined ? "held" : "open",
    end: end && { result: end.result, text: end.text },
    steps,
    next: nextOf(journal, steps, tellers),
  };
}
