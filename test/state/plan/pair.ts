/** A simulated pair with a console on it that can act, all on one virtual clock. */
import { createSim, type Sim, simLinks } from "../../../src/sim/index.ts";
import { demoPair } from "../../../src/sim/scenarios/parts/demo-pair.ts";
import type { Scenario } from "../../../src/sim/scenarios/scenario.ts";
import type { Outcome, Progress } from "../../../src/state/plan/drive.ts";
import type { Entry } from "../../../src/state/plan/journal.ts";
import { createOperator, type Operator, type OperatorOptions } from "../../../src/state/plan/operator.ts";
import { isRefusal, type Plan, type PlanRequest } from "../../../src/state/plan/plan.ts";
import { type Clock, createRuntime, type Runtime } from "../../../src/state/runtime.ts";
import { createSelectPair } from "../../../src/state/select/pair.ts";
import { initialState } from "../../../src/state/update.ts";
import type { PairView } from "../../../src/state/view-model.ts";
import { readingIds } from "../../../src/xen/read/index.ts";

export interface Acting {
  readonly runtime: Runtime;
  readonly operator: Operator;
  readonly records: Entry[];
  readonly told: Progress[];
  /** kill -9: nothing it says or hears counts any more. */
  kill(): void;
  killed: boolean;
}

const STEP_MS = 50;

/** The demo's pair with nothing wrong and nothing planned. */
export const calm: Scenario = { name: "calm", sentence: "All is well.", build: demoPair, steps: [] };

export function pairFor(scenario: string | Scenario = "pair", seed = 1, how: Partial<Pick<OperatorOptions, "settings" | "fence">> = {}) {
  const sim = createSim({ scenario, seed });
  if (sim === undefined) throw new Error("no such scenario");
  const consoles: Acting[] = [];

  function open(): Acting {
    const pair = sim as Sim;
    const [a, b] = simLinks(pair);
    const acting = { killed: false } as { -readonly [K in keyof Acting]: Acting[K] };
    const clock: Clock = {
      now_ms: () => pair.now_ms(),
      after: (delay, callback) => pair.world.scheduler.after(delay, () => !acting.killed && callback()),
    };
    const links = [
      { host: pair.hosts[0], link: a },
      { host: pair.hosts[1], link: b },
    ] as const;
    const select = createSelectPair();
    acting.runtime = createRuntime({
      initial: initialState({ name: "pair", hosts: pair.hosts, now_ms: pair.now_ms() }),
      links,
      clock,
      select,
      publish: () => undefined,
      asked: readingIds,
    });
    acting.records = [];
    acting.told = [];
    acting.operator = createOperator({
      links,
      clock,
      state: () => acting.runtime.state(),
      select,
      ...how,
      record: async (_who, entry) => {
        acting.records.push(entry);
        return true;
      },
    });
    acting.kill = () => {
      acting.killed = true;
      acting.runtime.stop();
    };
    acting.runtime.start();
    consoles.push(acting);
    return acting;
  }

  /** Lets time pass; what waits for it in between goes on. */
  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      sim?.advance(Math.min(STEP_MS, left));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  async function until<T>(running: Promise<T>, limit_ms = 600_000): Promise<T> {
    let done = false;
    const finish = (): void => {
      done = true;
    };
    running.then(finish, finish);
    const end_ms = sim?.now_ms() ?? 0;
    while (!done) {
      if ((sim?.now_ms() ?? 0) - end_ms > limit_ms) throw new Error("it never ended");
      await pass(STEP_MS);
    }
    return running;
  }
  /** As a console makes it: what no reading tells is asked before. */
  const prepared = async (acting: Acting, request: PlanRequest): Promise<Plan> => {
    await until(acting.operator.prepare(request));
    return made(acting, request);
  };
  const made = (acting: Acting, request: PlanRequest): Plan => {
    const plan = acting.operator.plan(request);
    if (isRefusal(plan)) throw new Error(`${plan.refused} (${plan.advice})`);
    return plan;
  };
  const selectView = createSelectPair();
  /** What the console knows now. */
  const view = (acting: Acting): PairView => selectView(acting.runtime.state(), (sim as Sim).now_ms());
  let runs = 0;
  const run = (acting: Acting, plan: Plan, who: { id?: string; by?: string } = {}): Promise<Outcome> => {
    runs += 1;
    return acting.operator.run(
      plan,
      { id: who.id ?? `p${runs}`, driver: `d${runs}`, operator: who.by ?? "ana", reason: "test" },
      { stopping: () => false, tell: (progress) => acting.told.push(progress) },
    );
  };
  return { sim, world: sim.world, open, pass, until, made, prepared, run, view };
}
