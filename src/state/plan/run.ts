/** The steps of a plan, in order, whoever began it; and its end. */
import type { HostId } from "../../xen/model/ids.ts";
import type { Result } from "./journal.ts";
import { Ledger } from "./ledger.ts";
import type { Plan, PlanRequest, PlanStep } from "./plan.ts";
import { type DrivePorts, type Driver, LOST, Lost, NEXT_NOTHING, NEXT_UNKNOWN, type Outcome, type StepOutcome } from "./ports.ts";
import { type Numbered, runStep, type StepRun } from "./run-step.ts";

/** Plans within a plan that run beside each other. One that hangs holds one place. */
export const TOGETHER_MAX = 3;
export type Run = StepRun;
interface Done extends Numbered {
  readonly what: StepOutcome;
}

/** What is to be run, in order; neighbours that may run together in one. */
export function batches(steps: readonly PlanStep[], { from, begun, settled }: Where): readonly (readonly Numbered[])[] {
  const found: Numbered[][] = [];
  let last: PlanStep | undefined;
  for (const [index, step] of steps.entries()) {
    if (index < from || settled.has(index)) continue;
    const one = { step, index, begun: begun.has(index) };
    if (step.together === true && last?.together === true) found.at(-1)?.push(one);
    else found.push([one]);
    last = step;
  }
  return found;
}

/** Steps that run beside each other, or the one that runs alone. */
async function runBatch(run: Run, batch: readonly Numbered[], may: (one: Numbered) => boolean): Promise<readonly Done[]> {
  const waiting = [...batch];
  const done: Done[] = [];
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift())
      if (may(one)) done.push({ ...one, what: await runStep(run, one) });
  };
  await Promise.all(Array.from({ length: Math.min(TOGETHER_MAX, batch.length) }, work));
  return done.sort((a, b) => a.index - b.index);
}

interface Tally {
  readonly failure: Done | undefined;
  readonly stopped: boolean;
  readonly ran: boolean;
  readonly missed: readonly Done[];
  readonly last: string;
  readonly next: string;
}

function tallied({ failure, stopped, ran, missed, last, next }: Tally): Outcome {
  if (failure !== undefined) {
    const { step, what } = failure;
    const result = what.result === "stopped" && !ran ? "stopped" : "failed";
    return {
      result,
      text: `${step.title}: ${what.text}`,
      next: what.next ?? (ran ? `look at what there is before the next plan; undo: ${step.undo}` : NEXT_NOTHING),
    };
  }
  if (stopped)
    return { result: "stopped", text: "stopped by the operator between two steps", next: ran ? "what was done stays" : NEXT_NOTHING };
  const [first] = missed;
  if (first !== undefined)
    return {
      result: "failed",
      text: `${missed.length} not done: ${missed.map(({ step }) => step.title).join(", ")}: ${first.what.text}`,
      next,
    };
  return { result: "done", text: last, next };
}

/** Where to go on: the first step that is left, those that an older console began and left open, those whose outcome is known. */
export interface Where {
  readonly from: number;
  readonly begun: ReadonlySet<number>;
  readonly settled: ReadonlySet<number>;
}
export const fromStart: Where = { from: 0, begun: new Set(), settled: new Set() };

/** The steps that are left; those that close what was opened also after a failure. */
export async function runSteps(run: Run, { steps, next = "" }: Pick<Plan, "steps" | "next">, where: Where): Promise<Outcome> {
  let failure: Done | undefined;
  let stopped = false;
  let ran = where.from > 0 || where.begun.size > 0;
  const missed: Done[] = [];
  const details: string[] = [];
  const may = ({ step: { always }, begun }: Numbered): boolean => {
    stopped ||= run.ports.stopping();
    // What was begun is waited for, whatever is wanted: nothing is closed beside it.
    return begun || !(failure !== undefined || stopped) || (always && ran);
  };
  for (const batch of batches(steps, where))
    for (const one of await runBatch(run, batch, may)) {
      const { step, what } = one;
      ran ||= what.ran;
      if (step.sub !== undefined) details.push(`${step.title}: ${what.result === "done" ? "" : `${what.result}: `}${what.text}`);
      // Where a step's outcome isn't known, nothing more is done: not even closing.
      if (what.result === "unknown") return { result: "unknown", text: `${step.title}: ${what.text}`, next: NEXT_UNKNOWN };
      if (what.result === "done") continue;
      if (step.go_on === true) missed.push(one);
      else failure ??= one;
    }
  const outcome = tallied({ failure, stopped, ran, missed, last: steps.at(-1)?.title ?? "", next });
  return details.length === 0 ? outcome : { ...outcome, details };
}

/** Ends the plan's journal and lets go; of a plan whose outcome isn't known, neither. */
async function close({ ports, ledger }: Run, { result, text, closed }: Outcome): Promise<void> {
  if (result === "unknown" || result === "lost" || closed === true) return;
  ports.tell({ phase: "closing", step: undefined, text: "" });
  const ended: Result = result === "done" || result === "failed" ? result : "stopped";
  await ledger.end({ kind: "end", result: ended, text, at_ms: ports.now_ms() });
}

export async function guarded(run: Run, work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    const outcome = await work();
    await close(run, outcome);
    return outcome;
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    // With lines of it on a host its leases stay where another couldn't take them: they say that there is something to tidy up.
    if (!run.ledger.told) await run.ledger.drop();
    return LOST;
  }
}

/** Runs a plan within a plan, on the hosts of that one; portsFor: with what its own plan is, once it is known. */
export type RunChild = (
  request: PlanRequest,
  who: Driver,
  hosts: readonly HostId[],
  portsFor: (plan: Plan | undefined) => DrivePorts,
) => Promise<Outcome>;

export function runOf(
  ports: DrivePorts,
  who: Driver,
  plan: { readonly goal: string; readonly hosts: readonly HostId[]; readonly keys: readonly string[] },
  runChild: RunChild,
): Run {
  const sub: Run["sub"] = (request, child, tell) =>
    runChild(request, child, plan.hosts, (its) => ports.child(child, its, (progress) => tell(progress, its?.goal ?? "")));
  return { ports, who, ledger: new Ledger({ ports, who, ...plan }), sub };
}
