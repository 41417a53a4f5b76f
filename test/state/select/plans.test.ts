/** Plans as a second console is told of them, while the first one drives, after it died, and when all is over. */
import { describe, expect, it } from "vitest";
import { DRIVER_QUIET_MS, journalsIn, selectPlans } from "../../../src/state/select/plans.ts";
import type { PlanView } from "../../../src/state/view-model.ts";
import { type Acting, pairFor } from "../plan/pair.ts";

type Pair = ReturnType<typeof pairFor>;
const plansOf = (pair: Pair, console: Acting): readonly PlanView[] => {
  const view = pair.view(console);
  return selectPlans(console.runtime.state(), view.now_ms, view.guests);
};
const only = (pair: Pair, console: Acting): PlanView => {
  const [plan, ...more] = plansOf(pair, console);
  if (plan === undefined || more.length > 0) throw new Error(`${more.length + (plan === undefined ? 0 : 1)} plans`);
  return plan;
};

/** ana migrates db01; bob looks on. */
async function migrating() {
  const pair = pairFor();
  const [ana, bob] = [pair.open(), pair.open()];
  await pair.pass(20_000);
  const plan = pair.made(ana, { action: "migrate", args: { guest: "db01" } });
  const running = pair.run(ana, plan);
  return { pair, ana, bob, plan, running };
}

/** Until the step that moves it runs. */
async function moving(pair: Pair, console: Acting): Promise<PlanView> {
  for (let left = 60; left > 0; left -= 1) {
    await pair.pass(1_000);
    const [plan] = plansOf(pair, console);
    if (plan?.steps.some(({ progress, state }) => state === "running" && progress?.percent !== undefined) === true) return plan;
  }
  throw new Error("it never moved");
}

describe("plans of any console", () => {
  it("are told while they run: who, why, which step, and how far", async () => {
    const { pair, bob, plan, running } = await migrating();
    const seen = await moving(pair, bob);
    expect(seen).toMatchObject({ id: "p1", goal: plan.goal, action: "migrate", operator: "ana", reason: "test", state: "open", doubt: [] });
    const at = seen.steps[seen.at ?? -1];
    expect(at).toMatchObject({
      title: "move db01 from alpha to beta",
      state: "running",
      progress: { phase: "copying memory", no_return: false },
    });
    expect(at?.begun_ms).toBeLessThanOrEqual(pair.view(bob).now_ms);
    expect(seen.steps.slice(0, seen.at).every(({ state }) => state === "done")).toBe(true);
    expect(seen.risk_left).toBe("disruptive");
    expect(seen.evidence.map(({ reading, freshness }) => `${reading} ${freshness}`)).toEqual(["xenha fresh", "xenha fresh"]);
    await pair.until(running);
    await pair.pass(10_000);
    expect(only(pair, bob)).toMatchObject({ state: "over", end: { result: "done" }, at: undefined });
    expect(only(pair, bob).steps.every(({ state }) => state === "done")).toBe(true);
  });

  it("aren't called left while their job runs, however long that is, and are once nobody has gone on", async () => {
    const { pair, ana, bob } = await migrating();
    await moving(pair, bob);
    ana.kill();
    // The guest's memory takes more than a minute to go over.
    await pair.pass(30_000);
    expect(only(pair, bob)).toMatchObject({ state: "open" });
    await pair.pass(120_000);
    const ended = only(pair, bob);
    expect(ended.steps[ended.at ?? -1]).toMatchObject({ state: "ended", job: { rc: 0 } });
    await pair.pass(DRIVER_QUIET_MS + 60_000);
    expect(only(pair, bob)).toMatchObject({ state: "quiet", driver: { operator: "ana", taken_over: false } });
  });

  it("are told as old, not as over, by hosts that don't answer", async () => {
    const { pair, bob } = await migrating();
    await moving(pair, bob);
    pair.sim?.fault.consoleLinkCut("alpha");
    pair.sim?.fault.consoleLinkCut("beta");
    await pair.pass(60_000);
    const stale = only(pair, bob);
    expect(stale.state).not.toBe("over");
    expect(stale.evidence.every(({ freshness }) => freshness !== "fresh")).toBe(true);
  });

  it("name who took them over", async () => {
    const { pair, ana, bob } = await migrating();
    await moving(pair, bob);
    ana.kill();
    const [journal] = journalsIn(bob.runtime.state());
    if (journal === undefined) throw new Error("no journal");
    const who = { id: journal.id, driver: "d9", operator: "bob", reason: "" };
    const outcome = await pair.until(bob.operator.takeOver(journal, who, { stopping: () => false, tell: () => undefined }));
    expect(outcome.result).toBe("done");
    await pair.pass(10_000);
    expect(only(pair, bob)).toMatchObject({ state: "over", end: { result: "done" } });
  });
});
