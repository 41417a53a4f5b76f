/** A plan that is as simple as can be, for tests of what carries plans. */
import type { Plan, PlanStep } from "../../../src/state/plan/plan.ts";
import { hostId } from "../../../src/xen/model/ids.ts";

const alpha = hostId("alpha");
const beta = hostId("beta");

export const stepNamed = (id: string, more: Partial<PlanStep> = {}): PlanStep => ({
  id,
  title: id,
  host: alpha,
  argv: ["xl", id, "1"],
  before: [],
  after: [],
  undo: "undo it",
  risk: "routine",
  no_return: false,
  always: false,
  usual_s: 10,
  settle_s: 20,
  ...more,
});

/** Steps of these names on alpha, both hosts taking part. */
export const planOfSteps = (steps: readonly (string | PlanStep)[], more: Partial<Plan> = {}): Plan => ({
  request: { action: "guest pause", args: { guest: "web01" } },
  goal: steps.map((step) => (typeof step === "string" ? step : step.id)).join(", "),
  risk: "routine",
  confirm: { kind: "yes" },
  loses: [],
  keys: ["guest-web01"],
  hosts: [alpha, beta],
  relies_on: [],
  checks: [],
  trials: [],
  steps: steps.map((step) => (typeof step === "string" ? stepNamed(step) : step)),
  ...more,
});
