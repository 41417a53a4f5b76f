/**
 * What this console does itself: the plans that it drives, one set after the other up to the first that isn't done, whether it may change anything
 * now, and what it fetched of plans. The screen is told all of it as values; facts about plans, everybody's, are in the view (select/plans.ts).
 */
import type { HostId } from "../../xen/model/ids.ts";
import type { Clock } from "../runtime.ts";
import { goalOf } from "./account.ts";
import type { Journal } from "./journals.ts";
import type { Looked } from "./look.ts";
import { type Mode, type ReadOnly, whyNot } from "./mode.ts";
import type { Operator, RunOptions } from "./operator.ts";
import type { Plan, PlanRequest } from "./plan.ts";
import type { Driver, Outcome, Progress } from "./ports.ts";
import { noSettings, type PlanSettings } from "./settings.ts";

/** A plan that this console drives, drove, or will drive. */
export interface OwnRun {
  readonly id: string;
  readonly goal: string;
  readonly steps: number;
  /** `waiting`: for the one before it of the same set. */
  readonly state: "waiting" | "running" | "over";
  /** When it came to be in this state. */
  readonly since_ms: number;
  readonly progress: Progress | undefined;
  /** No further step is to be begun. */
  readonly stopping: boolean;
  readonly outcome: Outcome | undefined;
}

/** All that the hosts keep of a plan; a text: why it can't be had. */
export interface PlanLog {
  readonly fetched_ms: number;
  readonly journal: Journal | string;
  readonly steps: readonly {
    readonly id: string;
    readonly title: string;
    readonly host: HostId;
    readonly lines: readonly string[] | string;
  }[];
}

export interface DeskState {
  readonly mode: Mode;
  /** Oldest first. */
  readonly runs: readonly OwnRun[];
  /** By plan. */
  readonly logs: ReadonlyMap<string, PlanLog | "fetching">;
  /** Consoles of this machine (by their name in leases) that are known not to run any more. */
  readonly gone: ReadonlySet<string>;
  /** What the config file says that plans go by. */
  readonly settings: PlanSettings;
  /** What was asked beside the readings, for plans that need it. */
  readonly looked: ReadonlyMap<string, Looked>;
}

export const idleDesk = (mode: Mode, settings: PlanSettings = noSettings): DeskState => ({
  mode,
  runs: [],
  logs: new Map(),
  gone: new Set(),
  settings,
  looked: new Map(),
});

export interface DeskOptions {
  readonly operator: Operator;
  readonly clock: Clock;
  readonly mode: Mode;
  readonly settings?: PlanSettings;
  /** `ana@workstation` */
  readonly by: string;
  readonly newId: (now_ms: number) => string;
  /** Names this console in leases; another for each run. */
  readonly newDriver: () => string;
  readonly hosts: readonly HostId[];
  /** As the hosts tell it now. */
  readonly journal: (plan: string) => Journal | undefined;
  /** Whether changes are allowed is recorded before it is so; false: it can't be recorded. */
  readonly recordMode: (what: {
    readonly allowed_until_ms: number | undefined;
    readonly why: string;
    readonly at_ms: number;
  }) => Promise<boolean>;
  /** Whether a console of this machine is known to be gone; never said of another machine's. */
  readonly isGone: (driver: string, operator: string) => boolean;
  readonly publish: (state: DeskState) => void;
}

export interface Desk {
  readonly state: () => DeskState;
  /** One after the other. Refused (a text) where this console may not act or drives too many already. */
  run(plans: readonly Plan[], reason: string): string | undefined;
  takeOver(plan: string, reason: string): string | undefined;
  /** Ends a plan that nobody can find out the outcome of. */
  letGo(plan: string, reason: string): string | undefined;
  /** No further step of it. */
  stop(id: string): void;
  /** Changes are allowed for so long, or no longer (undefined). */
  allow(minutes: number | undefined, why: string): Promise<string | undefined>;
  /** Asks what these requests' planners must know beside the readings. */
  prepare(requests: readonly PlanRequest[]): Promise<void>;
  /** Gets everything that the hosts keep of a plan. */
  fetch(plan: string): void;
  /** Looks which of these consoles are gone. */
  look(drivers: readonly { readonly name: string; readonly operator: string }[]): void;
}

/** Sets of plans driven at once. */
export const SETS_MAX = 8;
/** Runs that are told of; of those that are over the oldest go first. */
export const RUNS_KEPT = 60;
/** Plans whose logs are kept; the oldest go first. */
const LOGS_KEPT = 4;

export const isActive = ({ state }: Pick<OwnRun, "state">): boolean => state !== "over";
const NOT_BEGUN = { result: "stopped", text: "not begun: the one before it wasn't done", next: "" } as const;
const STOPPED = { result: "stopped", text: "not begun: stopped by the operator", next: "" } as const;

export function createDesk(options: DeskOptions): Desk {
  const { operator, clock, publish, by } = options;
  let state = idleDesk(options.mode, options.settings);
  let sets = 0;
  let cancelExpiry = (): void => undefined;

  const set = (change: Partial<DeskState>): void => {
    state = { ...state, ...change };
    publish(state);
  };
  const change = (id: string, part: Partial<OwnRun>): void =>
    set({ runs: state.runs.map((run) => (run.id === id ? { ...run, ...part } : run)) });
  const runOf = (id: string): OwnRun | undefined => state.runs.find((run) => run.id === id);
  const over = (id: string, outcome: Outcome): void =>
    change(id, { state: "over", since_ms: clock.now_ms(), outcome, progress: undefined });

  function add(goals: readonly { readonly id: string; readonly goal: string; readonly steps: number }[]): void {
    const since_ms = clock.now_ms();
    const added = goals.map(
      (each): OwnRun => ({ ...each, state: "waiting", since_ms, progress: undefined, stopping: false, outcome: undefined }),
    );
    const ids = new Set(added.map(({ id }) => id));
    const kept = state.runs.filter(({ id }) => !ids.has(id));
    const spare = Math.max(0, kept.length + added.length - RUNS_KEPT);
    const dropped = new Set(kept.filter((run) => !isActive(run)).slice(0, spare));
    set({ runs: [...kept.filter((run) => !dropped.has(run)), ...added] });
  }

  type Drive = (about: RunOptions) => Promise<Outcome>;

  async function one(id: string, drive: Drive): Promise<Outcome> {
    change(id, { state: "running", since_ms: clock.now_ms() });
    const outcome = await drive({ stopping: () => runOf(id)?.stopping === true, tell: (progress) => change(id, { progress }) }).catch(
      (error: unknown): Outcome => ({
        result: "unknown",
        text: `this console failed: ${error instanceof Error ? error.message : String(error)}`,
        next: "look at the plan in Jobs; it can be taken over there",
      }),
    );
    over(id, outcome);
    return outcome;
  }

  async function serially(queue: readonly { readonly id: string; readonly drive: Drive }[]): Promise<void> {
    sets += 1;
    let going = true;
    for (const { id, drive } of queue) {
      const stopped = runOf(id)?.stopping === true;
      if (going && !stopped) going = (await one(id, drive)).result === "done";
      else {
        over(id, stopped ? STOPPED : NOT_BEGUN);
        going = false;
      }
    }
    sets -= 1;
  }

  const refused = (): string | undefined => {
    const why = whyNot(state.mode, clock.now_ms());
    if (why !== undefined) return why;
    return sets >= SETS_MAX ? `this console drives ${sets} sets of plans already` : undefined;
  };

  const expire = (until_ms: number): void => {
    cancelExpiry();
    cancelExpiry = clock.after(Math.max(0, until_ms - clock.now_ms()), () => void desk.allow(undefined, "its time is over"));
  };
  const readOnly = (mode: Mode): ReadOnly | undefined =>
    mode.kind === "allowed" ? mode.then : mode.kind === "read_only" ? mode : undefined;

  type Adopt = (journal: Journal, who: Driver, about: RunOptions) => Promise<Outcome>;

  /** A plan of another console, by what the hosts tell of it now. */
  function adopted(id: string, reason: string, adopt: Adopt): string | undefined {
    const journal = options.journal(id);
    const no = refused() ?? (journal === undefined ? "no host tells of it now" : undefined);
    if (no !== undefined || journal === undefined) return no;
    if (runOf(id)?.state === "running") return "this console drives it already";
    add([{ id, goal: goalOf(journal), steps: journal.header?.steps.length ?? 0 }]);
    void serially([{ id, drive: (about) => adopt(journal, { id, driver: options.newDriver(), operator: by, reason }, about) }]);
    return undefined;
  }

  const desk: Desk = {
    state: () => state,
    run(plans, reason) {
      const no = refused();
      if (no !== undefined) return no;
      const now_ms = clock.now_ms();
      const queue = plans.map((plan) => ({ plan, id: options.newId(now_ms) }));
      add(queue.map(({ plan, id }) => ({ id, goal: plan.goal, steps: plan.steps.length })));
      void serially(
        queue.map(({ plan, id }) => ({
          id,
          drive: (about) => operator.run(plan, { id, driver: options.newDriver(), operator: by, reason }, about),
        })),
      );
      return undefined;
    },
    takeOver: (id, reason) => adopted(id, reason, (journal, who, about) => operator.takeOver(journal, who, about)),
    letGo: (id, reason) => adopted(id, reason, (journal, who, about) => operator.letGo(journal, who, about)),
    stop: (id) => change(id, { stopping: true }),
    async allow(minutes, why) {
      const then = readOnly(state.mode);
      if (then === undefined)
        return minutes === undefined ? "it was started read-write: start it with --read-only" : "changes are allowed anyway";
      if (minutes !== undefined && !then.may_allow) return `${then.reason}: it stays read-only`;
      const at_ms = clock.now_ms();
      const until_ms = minutes === undefined ? undefined : at_ms + minutes * 60_000;
      // What ends a permission needs no record to do so.
      if (until_ms === undefined) {
        cancelExpiry();
        if (state.mode.kind === "read_only") return undefined;
        set({ mode: then });
        await options.recordMode({ allowed_until_ms: undefined, why, at_ms });
        return undefined;
      }
      if (!(await options.recordMode({ allowed_until_ms: until_ms, why, at_ms }))) return "it can't be recorded: it stays read-only";
      set({ mode: { kind: "allowed", until_ms, then } });
      expire(until_ms);
      return undefined;
    },
    async prepare(requests) {
      for (const request of requests) await operator.prepare(request);
      set({ looked: new Map(operator.looked()) });
    },
    fetch(id) {
      if (state.logs.get(id) === "fetching") return;
      const keep = (log: PlanLog | "fetching"): void => {
        const others = [...state.logs].filter(([plan]) => plan !== id).slice(-(LOGS_KEPT - 1));
        set({ logs: new Map([...others, [id, log]]) });
      };
      keep("fetching");
      void fetched(options, id).then(keep);
    },
    look(drivers) {
      const gone = drivers.filter(({ name, operator: who }) => options.isGone(name, who)).map(({ name }) => name);
      const same = gone.length === state.gone.size && gone.every((name) => state.gone.has(name));
      if (!same) set({ gone: new Set(gone) });
    },
  };
  return desk;
}

/** The journal of the first host that has it, and from it what each step's job said. */
async function fetched({ operator, hosts, clock }: DeskOptions, id: string): Promise<PlanLog> {
  let journal: Journal | string = "no host has it";
  for (const host of hosts) {
    journal = await operator.journal(host, id);
    if (typeof journal !== "string") break;
  }
  const planned = typeof journal === "string" ? [] : (journal.body?.steps ?? []);
  // What a plan of its own said is fetched with that.
  const own = planned.filter(({ sub }) => sub === undefined);
  const steps = own.map(async ({ id: step, title, host }) => ({ id: step, title, host, lines: await operator.log(host, id, step) }));
  return { journal, steps: await Promise.all(steps), fetched_ms: clock.now_ms() };
}
