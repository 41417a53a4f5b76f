/** Plans by hand: a migration of web01 that is on its way, and what is changed of it. */
import { step } from "../../../src/state/plan/action.ts";
import type { PlanStep } from "../../../src/state/plan/plan.ts";
import type { PlanStepView, PlanView } from "../../../src/state/view-model.ts";
import { alpha, beta, fixtureEvidence, NOW_MS } from "./fixture.ts";

const open = {
  ...step({
    id: "open-0-0",
    title: "allow two primaries of r0 on alpha",
    host: alpha,
    argv: ["drbdadm", "x"],
    before: [],
    after: [],
    undo: "forbid them",
    risk: "routine",
  }),
};
export const move = step({
  id: "move",
  title: "move web01 from alpha to beta",
  host: alpha,
  argv: ["xl", "migrate", "1", "beta"],
  before: [],
  after: [{ kind: "guest_runs", host: beta, uuid: "u", name: "web01" }],
  undo: "move it back",
  risk: "disruptive",
  no_return: true,
});

/** A step that has begun, of which no host tells a job. */
export const fixtureStep = (planned: PlanStep, change: Partial<PlanStepView> = {}): PlanStepView => ({
  title: planned.title,
  state: "begun",
  step: planned,
  job: undefined,
  begun_ms: NOW_MS - 12_000,
  outcome: undefined,
  progress: undefined,
  child: undefined,
  ...change,
});
export const moving = fixtureStep(move, {
  state: "running",
  job: { plan: "p1", step: "move", state: "running", rc: undefined, tail: ["xc: info: Saving domain 1, type x86 HVM"] },
  progress: { phase: "copying memory", no_return: false, failed: false, iteration: 3, percent: 43, warning: undefined },
});

export const fixturePlan = (change: Partial<PlanView> = {}): PlanView => ({
  id: "p1",
  parent: undefined,
  goal: "move web01 from alpha to beta, live",
  action: "migrate",
  reason: "a disk is failing",
  operator: "ana@jump",
  driver: { name: "c7-aa", operator: "ana@jump", taken_over: false },
  started_ms: NOW_MS - 20_000,
  state: "open",
  end: undefined,
  keys: ["guest-web01", "drbd-r0"],
  steps: [fixtureStep(open, { state: "done" }), moving],
  at: 1,
  quiet_ms: 500,
  risk_left: "disruptive",
  begun: "yes",
  args: { guest: "u" },
  entries: [],
  doubt: [],
  evidence: [
    fixtureEvidence(alpha, { reading: "xenha", source: "/run/xenha" }),
    fixtureEvidence(beta, { reading: "xenha", source: "/run/xenha" }),
  ],
  ...change,
});
