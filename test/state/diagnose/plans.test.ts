import { describe, expect, it } from "vitest";
import { fixturePlan } from "../../views/panes/fixture-plans.ts";
import { findings, judge } from "./judge.ts";

const quiet = { state: "quiet", quiet_ms: 300_000 } as const;

describe("plans", () => {
  it("left by their console are told with the step and the key that goes on", () => {
    const [found, ...more] = judge("plan.unfinished", { view: { plans: [fixturePlan(quiet)] } });
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      severity: "warning",
      object: "move web01 from alpha to beta, live",
      cause: "left at step 2 of 2, move web01 from alpha to beta; ana@jump's console has been silent for 5 min",
      screen: 6,
    });
    expect(findings({ view: { plans: [fixturePlan(quiet)] } }).map(({ rule }) => rule)).toContain("plan.unfinished");
  });

  it.each([
    ["runs", fixturePlan()],
    ["is over", fixturePlan({ state: "over", end: { result: "done", text: "", at_ms: 0 } })],
    ["is a step of another", fixturePlan({ ...quiet, parent: "p0" })],
    ["has a journal that can't be relied on: that is told instead", fixturePlan({ ...quiet, doubt: ["line 000002 isn't understood"] })],
  ])("aren't told where one %s", (_, plan) => expect(judge("plan.unfinished", { view: { plans: [plan] } })).toEqual([]));

  it("with a journal that can't be relied on are left alone, and that is said while they aren't over", () => {
    const doubt = ["the hosts tell line 000002 differently"];
    expect(judge("plan.unclear", { view: { plans: [fixturePlan({ doubt })] } })).toMatchObject([
      { cause: "its journal can't be relied on: the hosts tell line 000002 differently", next: expect.stringMatching(/hands off/) },
    ]);
    const over = fixturePlan({ doubt, state: "over", end: { result: "done", text: "", at_ms: 0 } });
    expect(judge("plan.unclear", { view: { plans: [over, fixturePlan()] } })).toEqual([]);
  });
});
