/**
 * Every operator's plans, as the journals, jobs and leases on both hosts tell them, and how far their steps are. Facts decide: what a console said
 * of itself isn't here, and whether one still drives a plan nobody can know for sure.
 */
import type { HostId } from "../../xen/model/ids.ts";
import { newest } from "../../xen/model/known.ts";
import type { JobFact } from "../../xen/model/plan-facts.ts";
import { evidence } from "../freshness.ts";
import { begunOf, goalOf, isRetold, type Teller } from "../plan/account.ts";
import { childId, type Entry, parentId } from "../plan/journal.ts";
import { type Journal, journalsOf } from "../plan/journals.ts";
import type { Risk } from "../plan/plan.ts";
import { CHECK_ROUNDS_MAX, SLOW_LIMIT_MS } from "../plan/read-anew.ts";
import type { HostState, PairState } from "../state.ts";
import type { GuestRow, PlanStepView, PlanView } from "../view-model.ts";
import { moveProgress } from "./plan-progress.ts";

/** A console that drives a plan writes or starts something at least this often, besides what a step itself takes. */
export const DRIVER_QUIET_MS = 120_000;

type Outcome = Extract<Entry, { readonly kind: "outcome" }>;
type Intent = Extract<Entry, { readonly kind: "intent" }>;
/** Of one plan: step's id -> its job. */
type Jobs = ReadonlyMap<string, JobFact>;

const risks: readonly Risk[] = ["routine", "disruptive", "data_loss"];
const worstRisk = (all: readonly Risk[]): Risk =>
  all.reduce<Risk>((worst, risk) => (risks.indexOf(risk) > risks.indexOf(worst) ? risk : worst), "routine");

function hostsTelling(state: PairState): readonly HostState[] {
  return state.order.flatMap((id) => state.hosts.get(id) ?? []);
}

/** Of each plan: when either host last told anything new about plans at all. Nothing older can have happened since. */
function changedMs(state: PairState, hosts: readonly HostId[]): number | undefined {
  const times = hosts.flatMap((id) => {
    const known = state.hosts.get(id)?.facts.xenha;
    return known?.state === "known" ? [known.changed_ms] : [];
  });
  return times.length === 0 ? undefined : Math.max(...times);
}

function stepState(job: JobFact | undefined, intent: Intent | undefined, outcome: Outcome | undefined): PlanStepView["state"] {
  if (outcome !== undefined) return outcome.result;
  if (job !== undefined) return job.state === "made" ? "running" : job.state;
  return intent === undefined ? "waiting" : "begun";
}

type Children = ReadonlyMap<string, PlanView>;

const bare = (title: string, state: PlanStepView["state"]): PlanStepView => ({
  title,
  state,
  step: undefined,
  job: undefined,
  begun_ms: undefined,
  outcome: undefined,
  progress: undefined,
  child: undefined,
});

function stepsOf(journal: Journal, jobs: Jobs, guests: readonly GuestRow[], children: Children): readonly PlanStepView[] {
  const { body, header, entries, end } = journal;
  // Of a plan that is over the hosts tell its beginning and its end: what lies between has been put away.
  if (body === undefined && end !== undefined)
    return (header?.steps ?? []).map((title) => bare(title, end.result === "done" ? "done" : "put_away"));
  return (header?.steps ?? []).map((title, index): PlanStepView => {
    const step = body?.steps[index];
    const intents = entries.filter((entry): entry is Intent => entry.kind === "intent" && entry.step === index);
    const outcome = entries.findLast((entry): entry is Outcome => entry.kind === "outcome" && entry.step === index);
    const job = step === undefined ? undefined : jobs.get(step.id);
    const state = stepState(job, intents.at(-1), outcome);
    const moves = step !== undefined && (state === "running" || state === "begun");
    return {
      title,
      state,
      step,
      job,
      begun_ms: intents[0]?.at_ms,
      outcome: outcome && { text: outcome.text, at_ms: outcome.at_ms, ...(outcome.said === undefined ? {} : { said: outcome.said }) },
      progress: moves ? moveProgress(step, job?.tail ?? [], guests) : undefined,
      child: children.get(childId(journal.id, index)),
    };
  });
}

/** Of a plan that was told again to hosts that had lost it, what isn't told may have been done all the same. */
const asTold = (steps: readonly PlanStepView[], journal: Journal, tellers: readonly Teller[]): readonly PlanStepView[] =>
  journal.end === undefined && isRetold(journal, tellers)
    ? steps.map((step) => (step.state === "waiting" ? { ...step, state: "unknown" } : step))
    : steps;

/** A plan's steps as its whole journal tells them, once that was fetched. */
export const journalSteps = (journal: Journal): readonly PlanStepView[] => stepsOf(journal, new Map(), [], new Map());

/** The worst of what isn't done; undefined: what that is isn't told. */
export function riskLeft(steps: readonly PlanStepView[]): Risk | undefined {
  const left = steps.filter(({ state }) => state !== "done");
  const known = left.flatMap(({ step }) => step?.risk ?? []);
  return known.length === left.length ? worstRisk(known) : undefined;
}

/** Who drives it now: the last that wrote who it is. */
function driverOf({ entries, header, held }: Journal): PlanView["driver"] {
  const last = entries.findLast((entry) => entry.kind === "intent" || entry.kind === "taken_over");
  const taken = entries.findLast((entry) => entry.kind === "taken_over");
  const operator = taken?.kind === "taken_over" ? taken.operator : (header?.operator ?? held?.operator ?? "");
  return {
    name: last !== undefined && "driver" in last ? last.driver : header === undefined ? held?.driver : undefined,
    operator,
    taken_over: taken !== undefined,
  };
}

const underWay: ReadonlySet<PlanStepView["state"]> = new Set(["begun", "running", "ended", "gone", "cancelled"]);
const notDone: ReadonlySet<PlanStepView["state"]> = new Set(["failed", "stopped", "unknown"]);

/** The step that is under way, else the one that went wrong, else the one that comes next; undefined: none is left. */
function stepAt(steps: readonly PlanStepView[]): number | undefined {
  const found = [
    steps.findLastIndex(({ state }) => underWay.has(state)),
    steps.findIndex(({ state }) => notDone.has(state)),
    steps.findIndex(({ state }) => state === "waiting"),
  ].find((index) => index >= 0);
  return found;
}

interface Told {
  readonly state: PairState;
  readonly guests: readonly GuestRow[];
  readonly now_ms: number;
}

const jobsOf = (state: PairState, id: string): Jobs =>
  new Map(
    hostsTelling(state).flatMap(({ facts }) =>
      (newest(facts.xenha)?.jobs ?? []).flatMap((job) => (job.plan === id ? [[job.step, job] as const] : [])),
    ),
  );

/** What each host tells of jobs now. */
export const tellersIn = (state: PairState): readonly Teller[] =>
  state.order.map((host) => {
    const { facts, beat } = state.hosts.get(host) ?? {};
    const booted_ms = beat === undefined ? undefined : beat.at_ms - beat.uptime_s * 1000;
    const known = facts?.xenha;
    return known?.state === "known"
      ? { host, jobs: known.value.jobs, cut: known.value.cut === true, booted_ms }
      : { host, jobs: undefined };
  });

function planView({ state, guests, now_ms }: Told, journal: Journal, parent: string | undefined, children: Children): PlanView {
  const { id, header, end, entries, doubt, held } = journal;
  const tellers = tellersIn(state);
  const steps = asTold(stepsOf(journal, jobsOf(state, id), guests, children), journal, tellers);
  const at = stepAt(steps);
  const changed_ms = changedMs(state, journal.hosts);
  const quiet_ms = changed_ms === undefined ? undefined : Math.max(0, now_ms - changed_ms);
  const current = at === undefined ? undefined : steps[at];
  // While its job runs, nobody has anything to write; what a plan within it does is told there.
  const busy = current?.state === "running" || current?.child?.state === "open";
  const begun = begunOf(journal, tellers);
  // Its console may be checking again, on hosts that are slow.
  const checking_ms = begun === "yes" ? 0 : CHECK_ROUNDS_MAX * SLOW_LIMIT_MS;
  const patience_ms = DRIVER_QUIET_MS + checking_ms + 1000 * (current?.step?.settle_s ?? 0);
  const quiet = !busy && quiet_ms !== undefined && quiet_ms > patience_ms;
  const told_by = (header?.hosts ?? journal.hosts).flatMap((host) => state.hosts.get(host as HostId) ?? []);
  return {
    id,
    parent,
    goal: goalOf(journal),
    action: header?.action ?? "",
    reason: header?.reason ?? "",
    operator: header?.operator ?? held?.operator ?? "",
    driver: driverOf(journal),
    started_ms: header?.at_ms ?? held?.at_ms,
    state: end !== undefined ? "over" : quiet ? "quiet" : "open",
    end: end && { result: end.result, text: end.text, at_ms: end.at_ms },
    keys: header?.keys ?? held?.keys ?? [],
    steps,
    at,
    quiet_ms,
    risk_left: begun === "yes" && header === undefined ? undefined : riskLeft(steps),
    begun,
    args: journal.body?.request.args ?? {},
    entries,
    doubt,
    evidence: told_by.map((host) => evidence(host, "xenha", now_ms)),
  };
}

/** What every host that answers tells of plans. */
export const journalsIn = (state: PairState): readonly Journal[] =>
  journalsOf(
    hostsTelling(state).flatMap(({ id, facts: { xenha } }) => (xenha.state === "known" ? [{ host: id, facts: xenha.value }] : [])),
  );

/** Those that are under way first, then the newest; those within others too, each after the one that it is a step of. */
export function selectPlans(state: PairState, now_ms: number, guests: readonly GuestRow[]): readonly PlanView[] {
  const told = hostsTelling(state).flatMap(({ id, facts }) => {
    const value = newest(facts.xenha);
    return value === undefined ? [] : [{ host: id, facts: value }];
  });
  if (told.every(({ facts }) => facts.journal.length === 0 && facts.leases.length === 0)) return none;
  const journals = journalsOf(told);
  const ids = new Set(journals.map(({ id }) => id));
  const made = new Map<string, PlanView>();
  // Those within others first: the outer ones tell of them.
  for (const journal of [...journals].sort((a, b) => b.id.split(".").length - a.id.split(".").length)) {
    const parent = parentId(journal.id);
    made.set(journal.id, planView({ state, guests, now_ms }, journal, parent !== undefined && ids.has(parent) ? parent : undefined, made));
  }
  const plans = journals.flatMap(({ id }) => made.get(id) ?? []);
  return [...plans].sort((a, b) => Number(a.state === "over") - Number(b.state === "over"));
}
const none: readonly PlanView[] = [];
