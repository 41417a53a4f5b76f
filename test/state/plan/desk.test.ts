/** The desk on a simulated pair: sets of plans, stopping, permissions and their end, what is fetched. */
import { describe, expect, it } from "vitest";
import { createDesk, type DeskState, RUNS_KEPT, SETS_MAX } from "../../../src/state/plan/desk.ts";
import type { Outcome } from "../../../src/state/plan/drive.ts";
import type { Mode } from "../../../src/state/plan/mode.ts";
import type { Operator } from "../../../src/state/plan/operator.ts";
import type { Plan } from "../../../src/state/plan/plan.ts";
import { journalsIn } from "../../../src/state/select/plans.ts";
import { pairFor } from "./pair.ts";

const read_only: Mode = { kind: "read_only", reason: "started with --read-only", may_allow: true };

/** A desk without hosts: its plans end when the test says so. */
function deskOf(mode: Mode = { kind: "read_write" }, recorded: () => boolean = () => true) {
  let now_ms = 1_000_000;
  const timers: { at_ms: number; call: () => void }[] = [];
  const waiting: { goal: string; stopping: () => boolean; end: (outcome: Outcome) => void; fail: (error: Error) => void }[] = [];
  const modes: unknown[] = [];
  let ids = 0;
  let state: DeskState | undefined;
  const operator = {
    run: (plan: Plan, _who: unknown, { stopping }: { stopping: () => boolean }) =>
      new Promise<Outcome>((end, fail) => void waiting.push({ goal: plan.goal, stopping, end, fail })),
  } as unknown as Operator;
  const desk = createDesk({
    operator,
    clock: {
      now_ms: () => now_ms,
      after: (delay_ms, call) => {
        const timer = { at_ms: now_ms + delay_ms, call };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
      },
    },
    mode,
    by: "ana@here",
    newId: () => {
      ids += 1;
      return `p${ids}`;
    },
    newDriver: () => "c1-aa",
    hosts: [],
    journal: () => undefined,
    recordMode: async (what) => {
      modes.push(what);
      return recorded();
    },
    isGone: (name) => name === "c9-dead",
    publish: (next) => {
      state = next;
    },
  });
  const pass = (ms: number): void => {
    now_ms += ms;
    for (const timer of timers.filter(({ at_ms }) => at_ms <= now_ms)) {
      timers.splice(timers.indexOf(timer), 1);
      timer.call();
    }
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { desk, waiting, modes, pass, settled, state: () => state ?? desk.state() };
}
const plan = (goal: string): Plan => ({ goal, steps: [] }) as unknown as Plan;
const done: Outcome = { result: "done", text: "", next: "" };

describe("a set of plans", () => {
  it("runs one after the other, up to the first that isn't done", async () => {
    const { desk, waiting, settled, state } = deskOf();
    expect(desk.run([plan("a"), plan("b"), plan("c")], "why")).toBeUndefined();
    expect(state().runs.map((run) => run.state)).toEqual(["running", "waiting", "waiting"]);
    expect(waiting.map(({ goal }) => goal)).toEqual(["a"]);
    waiting[0]?.end(done);
    await settled();
    expect(waiting.map(({ goal }) => goal)).toEqual(["a", "b"]);
    waiting[1]?.end({ result: "unknown", text: "no answer", next: "take over" });
    await settled();
    expect(waiting.length).toBe(2);
    expect(state().runs.map(({ outcome }) => outcome?.text)).toEqual(["", "no answer", "not begun: the one before it wasn't done"]);
  });

  it("stops where it is told to: the running one by its driver, those to come at once", async () => {
    const { desk, waiting, settled, state } = deskOf();
    desk.run([plan("a"), plan("b")], "");
    desk.stop("p1");
    expect(waiting[0]?.stopping()).toBe(true);
    desk.stop("p2");
    waiting[0]?.end(done);
    await settled();
    expect(waiting.length).toBe(1);
    expect(state().runs[1]?.outcome?.text).toBe("not begun: stopped by the operator");
  });

  it("says what it is where this console itself fails, and goes on with nothing", async () => {
    const { desk, waiting, settled, state } = deskOf();
    desk.run([plan("a"), plan("b")], "");
    waiting[0]?.fail(new Error("a bug"));
    await settled();
    expect(state().runs[0]?.outcome).toMatchObject({ result: "unknown", text: "this console failed: a bug" });
    expect(waiting.length).toBe(1);
  });

  it("is refused where so many run, and forgets only those that are over", async () => {
    const { desk, waiting, settled, state } = deskOf();
    for (let count = 0; count < SETS_MAX; count += 1) expect(desk.run([plan(`s${count}`)], "")).toBeUndefined();
    expect(desk.run([plan("more")], "")).toMatch(/drives 8 sets/);
    for (let count = 0; count < 2 * RUNS_KEPT; count += 1) {
      waiting.at(-1)?.end(done);
      await settled();
      expect(desk.run([plan(`again ${count}`)], "")).toBeUndefined();
    }
    expect(state().runs.length).toBe(RUNS_KEPT);
    expect(state().runs.filter((run) => run.state === "running").length).toBe(SETS_MAX);
  });
});

describe("a permission", () => {
  it("is recorded before it is given, ends by itself, and that is recorded too", async () => {
    const { desk, modes, pass, settled, state } = deskOf(read_only);
    expect(desk.run([plan("a")], "")).toMatch(/read-only/);
    expect(await desk.allow(15, "by :rw")).toBeUndefined();
    expect(state().mode.kind).toBe("allowed");
    expect(desk.run([plan("a")], "")).toBeUndefined();
    pass(15 * 60_000);
    await settled();
    expect(state().mode).toEqual(read_only);
    expect(desk.run([plan("b")], "")).toMatch(/read-only/);
    expect(modes).toMatchObject([
      { why: "by :rw", allowed_until_ms: 1_900_000 },
      { why: "its time is over", allowed_until_ms: undefined },
    ]);
  });

  it("isn't given where it can't be recorded, or may not be", async () => {
    const unrecorded = deskOf(read_only, () => false);
    expect(await unrecorded.desk.allow(15, "by :rw")).toMatch(/can't be recorded/);
    expect(unrecorded.state().mode).toEqual(read_only);
    const always = deskOf({ ...read_only, may_allow: false });
    expect(await always.desk.allow(15, "by :rw")).toMatch(/stays read-only/);
    expect(always.modes).toEqual([]);
  });

  it("ends at once by :ro, and a longer one takes the place of a shorter", async () => {
    const { desk, pass, settled, state } = deskOf(read_only);
    await desk.allow(1, "by :rw");
    await desk.allow(60, "by :rw");
    pass(2 * 60_000);
    await settled();
    expect(state().mode.kind).toBe("allowed");
    await desk.allow(undefined, "by :ro");
    expect(state().mode).toEqual(read_only);
  });
});

describe("the desk", () => {
  it("knows which consoles of this machine are gone", () => {
    const { desk, state } = deskOf();
    desk.look([
      { name: "c9-dead", operator: "ana@here" },
      { name: "c8-alive", operator: "ana@here" },
    ]);
    expect([...state().gone]).toEqual(["c9-dead"]);
  });

  it("fetches all that the hosts keep of a plan that is over, its journal and what its steps said", async () => {
    const pair = pairFor();
    const ana = pair.open();
    await pair.pass(20_000);
    const made = pair.made(ana, { action: "migrate", args: { guest: "db01" } });
    await pair.until(pair.run(ana, made));
    await pair.pass(10_000);
    let state: DeskState | undefined;
    const desk = createDesk({
      operator: ana.operator,
      clock: { now_ms: () => pair.sim?.now_ms() ?? 0, after: () => () => undefined },
      mode: read_only,
      by: "bob@there",
      newId: () => "p9",
      newDriver: () => "d9",
      hosts: pair.sim?.hosts ?? [],
      journal: (id) => journalsIn(ana.runtime.state()).find((each) => each.id === id),
      recordMode: async () => true,
      isGone: () => false,
      publish: (next) => {
        state = next;
      },
    });
    desk.fetch("p1");
    expect(state?.logs.get("p1")).toBe("fetching");
    await pair.pass(5_000);
    const log = state?.logs.get("p1");
    if (typeof log !== "object" || typeof log.journal === "string") throw new Error(JSON.stringify(log));
    expect(log.journal).toMatchObject({ header: { goal: made.goal }, end: { result: "done" }, doubt: [] });
    expect(log.journal.checks.length).toBe(made.checks.length + made.trials.length);
    expect(log.steps.map(({ lines }) => typeof lines)).toEqual(made.steps.map(() => "object"));
    expect(JSON.stringify(log.steps)).toContain("Migration successful.");
  });
});
