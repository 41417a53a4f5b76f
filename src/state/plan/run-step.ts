/** One step (safety rules S2, S4, S5): its intent written, what must hold before it, its job started once, and the facts that show its outcome. */
import type { JobAnswer } from "../../xen/host/job-client.ts";
import type { JobFact } from "../../xen/model/plan-facts.ts";
import { judgeAll, type Verdict } from "./expect.ts";
import { childId, outcomeOf } from "./journal.ts";
import type { Ledger } from "./ledger.ts";
import type { PlanRequest, PlanStep } from "./plan.ts";
import { type DrivePorts, type Driver, Lost, type Outcome, type Progress, type StepOutcome } from "./ports.ts";
import { failureOf, progressOf } from "./progress.ts";
import { holdsNow, judgedAnew, readAnew } from "./read-anew.ts";

/** Between two looks at a running job: longer, the longer it runs. */
const JOB_LOOK_MS = 1_000;
const JOB_LOOK_MAX_MS = 4_000;
/** A job whose process doesn't come up. */
const MADE_LIMIT_MS = 60_000;
/** Starts of a step that was never seen to begin. */
const START_TRIES = 3;
/** A start that reaches its host later than this doesn't happen: it was judged on facts that are old by then. */
const START_LATEST_S = 25;
/** Facts that can't be had: after this the outcome is called unknown, and everything is left as it is. */
export const UNKNOWN_AFTER_MS = 120_000;
/** Between two looks at the facts that a step's outcome shows in. */
const SETTLE_LOOK_MS = 1_500;
/** A command that failed gets this long to show that it worked all the same. */
const FAILED_SETTLE_S = 5;

export interface StepRun {
  readonly ports: DrivePorts;
  readonly who: Driver;
  readonly ledger: Ledger;
  /** Runs a plan within this one. */
  readonly sub: (request: PlanRequest, who: Driver, tell: (progress: Progress, goal: string) => void) => Promise<Outcome>;
}

/** A step, its number, and whether an older console began it. */
export interface Numbered {
  readonly step: PlanStep;
  readonly index: number;
  readonly begun: boolean;
}

const tell = ({ ports }: StepRun, phase: Progress["phase"], { index }: Numbered, text: string): void =>
  ports.tell({ phase, step: index, text });

export async function runStep(run: StepRun, numbered: Numbered): Promise<StepOutcome> {
  const { ports, ledger, who } = run;
  const { step, index, begun } = numbered;
  const note = async (outcome: StepOutcome): Promise<StepOutcome> => {
    await ledger.write([outcomeOf(index, outcome, ports.now_ms())]);
    return outcome;
  };
  if (!begun && !(await ledger.write([{ kind: "intent", step: index, driver: who.driver, at_ms: ports.now_ms() }], [step.host])))
    return { result: "stopped", text: "not run: its intent couldn't be written to every host that answers", ran: false };
  return note(await act(run, numbered));
}

/** What must hold before it, on facts of now; undefined: it does. */
async function notNow(run: StepRun, numbered: Numbered): Promise<StepOutcome | undefined> {
  tell(run, "before", numbered, "reading the hosts again");
  const before = await holdsNow(run.ports, numbered.step.before);
  return before.result === "yes" ? undefined : { result: "stopped", text: `not run: ${before.text}`, ran: false };
}

async function act(run: StepRun, numbered: Numbered): Promise<StepOutcome> {
  const { step, begun } = numbered;
  if (step.sub === undefined && step.power === undefined) {
    const job = await watch(run, numbered);
    return "result" in job ? job : outcomeNow(run, numbered, job);
  }
  const not_now = begun ? undefined : await notNow(run, numbered);
  if (not_now !== undefined) return not_now;
  if (step.sub !== undefined) return actSub(run, numbered, step.sub);
  // What an older console asked for isn't asked for again: what is shows what came of it.
  const asked = begun || step.power === undefined ? undefined : await run.ports.power(step.power.of, step.power.action);
  const { code, said } = asked ?? { code: undefined, said: "" };
  return outcomeNow(run, numbered, { plan: run.who.id, step: step.id, state: "ended", rc: code, tail: [said] });
}

/** A plan within this one: its own facts say how it ended. */
async function actSub(run: StepRun, numbered: Numbered, request: PlanRequest): Promise<StepOutcome> {
  const { ports } = run;
  const begun_ms = ports.now_ms();
  const { result, text } = await run.sub(request, { ...run.who, id: childId(run.who.id, numbered.index) }, (progress, goal) =>
    tell(run, "running", numbered, `${goal}: ${progress.phase} ${progress.text}`),
  );
  if (result === "lost") throw new Lost(text);
  const took = `${Math.round((ports.now_ms() - begun_ms) / 1000)} s`;
  if (result === "done") return { result, text: `${text}, ${took}`, ran: true };
  if (result === "failed" || result === "unknown") return { result, text, ran: true };
  return { result: "stopped", text, ran: result === "stopped" };
}

/** The job as its host tells it now; "silent": the host doesn't tell. */
async function jobNow({ ports, who }: StepRun, step: PlanStep): Promise<JobFact | "none" | "silent"> {
  const { since_ms, missing } = await readAnew(ports, [{ host: step.host, readings: ["xenha"] }]);
  const known = ports.state().hosts.get(step.host)?.facts.xenha;
  if (missing.length > 0 || known?.state !== "known" || (known.asked_ms ?? 0) < since_ms) return "silent";
  return known.value.jobs.find((job) => job.plan === who.id && job.step === step.id) ?? (known.value.cut === true ? "silent" : "none");
}

type Started = "yes" | "perhaps" | StepOutcome;

/** Facts first, then at once the start: what lies between is the way to the host, and that is bounded. */
async function start(run: StepRun, numbered: Numbered): Promise<Started> {
  const { ports, who, ledger } = run;
  const { step } = numbered;
  const input = step.input === undefined ? undefined : await ports.input(step.input);
  if (step.input !== undefined && input === undefined)
    return { result: "failed", text: "not started: what it is to read can't be had", ran: false };
  const not_now = await notNow(run, numbered);
  if (not_now !== undefined) return not_now;
  tell(run, "starting", numbered, step.title);
  const beat = ports.state().hosts.get(step.host)?.beat;
  const latest = beat === undefined ? "-" : String(Math.ceil(beat.uptime_s + (ports.now_ms() - beat.at_ms) / 1000 + START_LATEST_S));
  const answer = await ledger.say(step.host, ["start", who.id, who.driver, step.id, latest, ...ledger.keys, "--", ...step.argv], input);
  if (answer.kind === "unknown" || answer.word === "late" || answer.word === "again") return "perhaps";
  if (answer.word === "started" || answer.word === "exists") return "yes";
  return { result: "failed", text: `${step.host} didn't start it: ${answer.rest}`, ran: false };
}

/** Makes sure that what hasn't begun never will. "perhaps": its host doesn't say. */
async function cancel({ who, ledger }: StepRun, step: PlanStep): Promise<"cancelled" | "started" | "perhaps"> {
  const answer: JobAnswer = await ledger.say(step.host, ["cancel", who.id, who.driver, step.id, ...ledger.keys]);
  if (answer.kind === "unknown") return "perhaps";
  return answer.word === "cancelled" || answer.word === "started" ? answer.word : "perhaps";
}

/** Starts the step's job, or finds the one that was started, and stays until it has ended. */
async function watch(run: StepRun, numbered: Numbered): Promise<JobFact | StepOutcome> {
  const { ports, who } = run;
  const { step, begun } = numbered;
  const gone: JobFact = { plan: who.id, step: step.id, state: "gone", rc: undefined, tail: [] };
  const began_ms = ports.now_ms();
  let starts = 0;
  /** Once it was there, its absence means that its host has lost it: it is never started again. */
  let seen = false;
  let silent_since_ms: number | undefined;
  let made_since_ms: number | undefined;
  for (;;) {
    const now_ms = ports.now_ms();
    const job = starts === 0 && !begun ? "none" : await jobNow(run, step);
    silent_since_ms = job === "silent" ? (silent_since_ms ?? now_ms) : undefined;
    if (job === "silent") {
      tell(run, "running", numbered, `${step.host} doesn't tell: whether it goes on isn't known`);
      const silent_ms = now_ms - (silent_since_ms ?? now_ms);
      if (silent_ms >= UNKNOWN_AFTER_MS)
        return { result: "unknown", text: `${step.host} hasn't told for ${Math.round(silent_ms / 1000)} s`, ran: true };
    } else if (job === "none") {
      if (seen) return gone;
      // Of a plan taken over nothing is begun that nobody has looked at since: only what closes.
      const give_up = (begun && !step.always) || starts >= START_TRIES;
      if (give_up) {
        const cancelled = await cancel(run, step);
        if (cancelled === "cancelled") return neverRan(run, numbered);
        if (cancelled === "started") seen = true;
        else return { result: "unknown", text: `whether ${step.host} started it isn't known`, ran: true };
      } else {
        const started = await start(run, numbered);
        starts += 1;
        if (typeof started !== "string") return starts > 1 || begun ? afterStart(run, step, started) : started;
        seen = started === "yes";
      }
    } else {
      seen = true;
      if (job.state === "cancelled") return neverRan(run, numbered);
      if (job.state === "ended" || job.state === "gone") return job;
      made_since_ms = job.state === "made" ? (made_since_ms ?? now_ms) : undefined;
      // A process that may come up at any time mustn't any more.
      if (made_since_ms !== undefined && now_ms - made_since_ms >= MADE_LIMIT_MS) {
        if ((await cancel(run, step)) === "cancelled")
          return { result: "failed", text: `its process didn't come up on ${step.host}`, ran: false };
        made_since_ms = now_ms;
      }
      tell(run, "running", numbered, progressOf(step, job.tail));
    }
    await guard(run, numbered);
    const longer_ms = step.guards === undefined ? (ports.now_ms() - began_ms) / 20 : 0;
    await ports.wait(Math.min(JOB_LOOK_MAX_MS, JOB_LOOK_MS + longer_ms));
  }
}

/** What the hosts tell anyway is looked at all the time; before anything is done it is read again. */
const GUARD_FACTS_MS = 10_000;

/** Runs what must be done beside the step, where it must. A job of its own is started once, ever: whoever took over may say so again. */
async function guard({ ports, who, ledger }: StepRun, { step, index }: Numbered): Promise<void> {
  for (const { id, title, host, argv, when } of step.guards ?? []) {
    if (ledger.guarded.has(id)) continue;
    if (judgeAll(ports.state(), when, ports.now_ms() - GUARD_FACTS_MS, new Map()).result !== "yes") continue;
    const now = await judgedAnew(ports, when);
    if (now.result !== "yes") continue;
    if (!(await ledger.write([{ kind: "guard", step: index, guard: id, why: `${title}: ${now.text}`, at_ms: ports.now_ms() }], [host])))
      continue;
    const answer = await ledger.say(host, ["start", who.id, who.driver, id, "-", ...ledger.keys, "--", ...argv]);
    if (answer.kind === "said") ledger.guarded.add(id);
  }
}

/** Its start had been tried before and may have reached the host after all. */
async function afterStart(run: StepRun, step: PlanStep, otherwise: StepOutcome): Promise<StepOutcome> {
  const cancelled = await cancel(run, step);
  if (cancelled === "cancelled") return otherwise;
  return { result: "unknown", text: `whether ${step.host} started it isn't known; ${otherwise.text}`, ran: true };
}

/** No job of it runs or ever will; its host may have been booted since it did. */
async function neverRan({ ports }: StepRun, { step, begun }: Numbered): Promise<StepOutcome> {
  if (!begun) return { result: "failed", text: `${step.host} didn't start it`, ran: false };
  const after = await judgedAnew(ports, step.after);
  if (after.result === "yes" && step.by_exit !== true) return { result: "done", text: after.text, ran: true };
  const before = await holdsNow(ports, step.before);
  if (before.result === "yes") return { result: "stopped", text: `it was never started: ${before.text}`, ran: false };
  const result = before.result === "no" ? "failed" : "unknown";
  return { result, text: `${step.host} has no job of it any more; ${before.text}`, ran: true };
}

/** What the facts say after the command ended. */
async function outcomeNow(run: StepRun, numbered: Numbered, job: JobFact): Promise<StepOutcome> {
  const { ports } = run;
  const { step } = numbered;
  const ended_ms = ports.now_ms();
  const settle_ms = 1000 * (job.rc === 0 || job.rc === undefined ? step.settle_s : FAILED_SETTLE_S);
  for (;;) {
    // What a command leaves behind shows when it has ended.
    await guard(run, numbered);
    tell(run, "verifying", numbered, "reading the hosts again");
    const after = await judgedAnew(ports, step.after);
    const passed_ms = ports.now_ms() - ended_ms;
    const only_exit_tells = step.by_exit === true && job.rc !== 0;
    if (after.result === "yes" && only_exit_tells) return { ...failed(step, job, after), job };
    if (after.result === "yes") return { result: "done", text: after.text, ran: true, job };
    if (step.waits === true) tell(run, "verifying", numbered, after.text);
    if (step.waits === true && ports.stopping()) return { result: "stopped", text: after.text, ran: true, job };
    if (after.result === "no" && passed_ms >= settle_ms) return { ...failed(step, job, after), job };
    if (after.result === "unknown" && passed_ms >= UNKNOWN_AFTER_MS)
      return { result: "unknown", text: `what it did isn't known: ${after.text}`, ran: true, job };
    await ports.wait(SETTLE_LOOK_MS);
  }
}

function failed(step: PlanStep, job: JobFact, after: Verdict): StepOutcome {
  const told = failureOf(step, job.tail);
  const how = job.state === "gone" ? "its process was ended from outside" : `exit ${job.rc ?? "unknown"}`;
  // Of several errors (libxl tells what failed first, then all that this brought with it) the first is the cause.
  const said = job.tail.find((line) => /\berror:/i.test(line)) ?? job.tail.findLast((line) => line.trim() !== "");
  const why = told?.why ?? (said === undefined ? "" : `it said: ${said}`);
  const text = [how, after.text, why].filter((words) => words !== "").join("; ");
  return { result: "failed", text, ran: true, ...(told === undefined ? {} : { next: told.next }) };
}
