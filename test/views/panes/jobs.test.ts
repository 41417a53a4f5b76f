import { describe, expect, it } from "vitest";
import { type DeskState, idleDesk } from "../../../src/state/plan/desk.ts";
import { journalOf } from "../../../src/state/plan/journals.ts";
import { jobs } from "../../../src/views/panes/jobs.ts";
import { planStrip } from "../../../src/views/panes/plan-words.ts";
import { contextOf, draw, drawDetail } from "./draw.ts";
import { alpha, fixtureEvidence, fixtureView, NOW_MS } from "./fixture.ts";
import { fixturePlan, fixtureStep, move, moving } from "./fixture-plans.ts";

const desk = (change: Partial<DeskState> = {}): DeskState => ({ ...idleDesk({ kind: "read_write" }), ...change });
const own = (state: "waiting" | "running" | "over", change = {}) => ({
  id: "p1",
  goal: "move web01 from alpha to beta, live",
  steps: 2,
  state,
  since_ms: NOW_MS - 1_000,
  progress: undefined,
  stopping: false,
  outcome: undefined,
  ...change,
});

describe("jobs", () => {
  it("says that nothing was done where both hosts tell of no plan, and doesn't where one doesn't tell", () => {
    expect(jobs.build(contextOf(fixtureView())).empty).toMatch(/^No plans: nothing was done to this pair/);
    const [first, second] = fixtureView().hosts;
    const silent = fixtureView({ hosts: [first, { ...second, reach: "unreachable" }] });
    expect(jobs.build(contextOf(silent)).empty).toMatch(/^No plan known yet: waiting for beta/);
  });

  it("shows a plan that runs with its step, how far it is, and what it says", () => {
    expect(draw(jobs, fixtureView({ plans: [fixturePlan()] }), { desk: desk() })).toEqual([
      "  how      plan                                 by         age",
      "Under way",
      "· running  move web01 from alpha to beta, live  ana@jump  20 s",
      "    step 2/2 move web01 from alpha to beta: copying memory 43 %, iteration 3, 12",
      "      s",
      "    | xc: info: Saving domain 1, type x86 HVM",
    ]);
  });

  it("puts what nobody goes on with first, with the key that takes it over", () => {
    const left = fixturePlan({ id: "p2", state: "quiet", quiet_ms: 300_000, steps: [{ ...moving, state: "ended" }], at: 0 });
    const lines = draw(jobs, fixtureView({ plans: [fixturePlan(), left] }), { desk: desk() });
    expect(lines[1]).toBe("Unfinished  nobody goes on with these");
    expect(lines[2]).toMatch(/^▲ unfinished/);
    expect(lines).toContain("    t takes it over");
    expect(lines.indexOf("Under way")).toBeGreaterThan(2);
  });

  it("knows at once that a console of this machine is gone", () => {
    const lines = draw(jobs, fixtureView({ plans: [fixturePlan()] }), { desk: desk({ gone: new Set(["c7-aa"]) }) });
    expect(lines[1]).toMatch(/^Unfinished/);
    expect(
      drawDetail(fixtureView({ plans: [fixturePlan()] }), { kind: "plan", id: "p1" }, { desk: desk({ gone: new Set(["c7-aa"]) }) }).join(
        " ",
      ),
    ).toContain("ana@jump's console is gone: it ran on this machine");
  });

  it("tells of a plan that has its leases and nothing more what it is, and of one that is left so that nothing was begun", () => {
    const held = fixturePlan({ steps: [], at: undefined, entries: [], begun: "no" });
    const lines = draw(jobs, fixtureView({ plans: [held] }), { desk: desk() });
    expect(lines[1]).toBe("Under way");
    expect(lines).toContain("    its leases are taken, nothing is begun");
    const checking = desk({ runs: [own("running", { progress: { phase: "checks", step: undefined, text: "" } })] });
    expect(planStrip(fixtureView({ plans: [held] }), checking)[0]?.text).toBe("move web01 from alpha to beta, live: checking again");
    expect(planStrip(fixtureView({ plans: [held] }), desk())[0]?.text).toBe(
      "move web01 from alpha to beta, live: its leases are taken, nothing is begun",
    );
    const left = fixtureView({ plans: [{ ...held, state: "quiet", quiet_ms: 300_000 }] });
    expect(draw(jobs, left, { desk: desk() })).toContain("    t takes it over");
    expect(drawDetail(left, { kind: "plan", id: "p1" }, { desk: desk() }).join(" ")).toContain(
      "t takes it over: nothing of it was begun, and its leases are let go",
    );
    // Whoever takes it over writes that first, and its end once both hosts have shown what there is.
    const taken = { ...held, begun: "yes" as const, driver: { ...held.driver, taken_over: true } };
    expect(draw(jobs, fixtureView({ plans: [taken] }), { desk: desk() })).toContain("    taken over: what was begun of it isn't told yet");
    const looking = desk({ runs: [own("running", { progress: { phase: "checks", step: undefined, text: "" } })] });
    expect(planStrip(fixtureView({ plans: [taken] }), looking)[0]?.text).toBe("move web01 from alpha to beta, live: checking again");
    const over = fixtureView({ plans: [{ ...taken, state: "over", end: { result: "stopped", text: "it was never begun", at_ms: 0 } }] });
    expect(drawDetail(over, { kind: "plan", id: "p1" }, { desk: desk() }).join(" ")).toContain("nothing: no step of it was begun");
  });

  it("leaves a plan alone whose journal can't be relied on", () => {
    const lines = draw(jobs, fixtureView({ plans: [fixturePlan({ doubt: ["the hosts tell line 000002 differently"] })] }), {
      desk: desk(),
    });
    expect(lines[2]).toMatch(/^\? unclear/);
    expect(lines).toContain("    hands off: its journal can't be relied on");
  });

  it("marks what a host that doesn't answer told last", () => {
    const stale = fixturePlan({ evidence: [fixtureEvidence(alpha, { freshness: "stale" })] });
    expect(draw(jobs, fixtureView({ plans: [stale] }), { desk: desk() })[2]).toMatch(/^~running/);
  });

  it("tells of those that are over how they ended, and of a set what is still to come", () => {
    const done = fixturePlan({ id: "p3", state: "over", end: { result: "done", text: "", at_ms: NOW_MS - 60_000 } });
    const failed = fixturePlan({ id: "p4", state: "over", end: { result: "failed", text: "exit 1; it said: no", at_ms: NOW_MS } });
    const lines = draw(jobs, fixtureView({ plans: [done, failed] }), {
      desk: desk({ runs: [own("waiting", { id: "p9", goal: "move db01" })] }),
    });
    expect(lines.find((line) => /^· to come +move db01/.test(line))).toBeDefined();
    expect(lines.find((line) => line.startsWith("✓ done"))).toBeDefined();
    const at = lines.findIndex((line) => line.startsWith("▲ failed"));
    expect(lines[at + 1]).toBe("    exit 1; it said: no");
  });

  it("shows its own before any host tells of it, and why one was refused", () => {
    const begun = own("running", { progress: { phase: "checks", step: undefined, text: "" } });
    expect(draw(jobs, fixtureView(), { desk: desk({ runs: [begun] }) }).slice(1)).toEqual([
      "Under way",
      "· beginning  move web01 from alpha to beta, live  this console  1.0 s",
      "    checking again",
    ]);
    const outcome = { result: "refused", text: "beta: last told 19 s ago", next: "nothing was changed" } as const;
    const runs = [own("over", { outcome })];
    expect(draw(jobs, fixtureView(), { desk: desk({ runs }) })).toContain(
      "▲ refused  move web01 from alpha to beta, live  this console  1.0 s",
    );
    const detail = drawDetail(fixtureView(), { kind: "plan", id: "p1" }, { desk: desk({ runs }) }).join("\n");
    expect(detail).toMatch(/why +beta: last told 19 s ago\n +next +nothing was changed/);
  });

  it("shows a plan within a plan as its step alone", () => {
    const child = fixturePlan({ id: "p1.2", parent: "p1", goal: "inner" });
    const outer = fixturePlan({ steps: [fixtureStep(move, { state: "begun", child })], at: 0, goal: "evacuate alpha" });
    const text = draw(jobs, fixtureView({ plans: [outer, child] }), { desk: desk() }).join("\n");
    expect(text).toContain("evacuate alpha");
    expect(text).not.toContain("inner");
    expect(text.replace(/\s+/g, " ")).toContain("step 2/2 of it, move web01 from alpha to beta: copying memory 43 %");
  });
});

describe("a plan's detail", () => {
  it("has who, why, every step with its command, its way back and the point of no return", () => {
    const text = drawDetail(fixtureView({ plans: [fixturePlan()] }), { kind: "plan", id: "p1" }, { desk: desk(), width: 100 }).join("\n");
    expect(text).toMatch(/by +ana@jump/);
    expect(text).toMatch(/reason +a disk is failing/);
    expect(text).toMatch(/driven +driven by ana@jump's console; whether that still runs isn't known here/);
    expect(text).toContain("→ 2 move web01 from alpha to beta  · running");
    expect(text).toContain("alpha: xl migrate 1 beta");
    expect(text).toContain("undo: move it back");
    expect(text).toContain("▲ no way back once it has run");
    expect(text).toContain("now: copying memory 43 %, iteration 3");
  });

  it("shows by which facts a step is judged, when asked for", () => {
    const text = drawDetail(
      fixtureView({ plans: [fixturePlan()] }),
      { kind: "plan", id: "p1" },
      { desk: desk(), evidence: true, width: 120 },
    ).join("\n");
    expect(text).toContain("done when: beta, by xl list -v: guest runs, uuid u, name web01");
  });

  it("has all that was fetched in place of the newest lines, its checks among it", () => {
    const header = {
      kind: "header",
      v: 1,
      id: "p1",
      goal: "g",
      action: "migrate",
      operator: "ana@jump",
      reason: "",
      at_ms: NOW_MS,
      keys: [],
      hosts: [],
      steps: [move.title],
    };
    const checked = {
      kind: "checked",
      at_ms: NOW_MS,
      checks: [{ id: "host", result: "pass", text: "beta answers", evidence: [{ host: "beta", source: "xl list -v", at_ms: NOW_MS }] }],
    };
    const texts = [
      header,
      { kind: "plan", request: { action: "migrate", args: {} }, steps: [move] },
      checked,
      { kind: "intent", step: 0, driver: "c7-aa", at_ms: NOW_MS },
    ];
    const lines = texts.map((entry, index) => ({ seq: String(index).padStart(6, "0"), text: JSON.stringify(entry) }));
    const journal = journalOf("p1", [{ host: alpha, lines }]);
    expect(journal.doubt).toEqual([]);
    const log = { fetched_ms: NOW_MS, journal, steps: [{ id: "move", title: move.title, host: alpha, lines: ["one", "two"] }] };
    const over = fixturePlan({
      state: "over",
      end: { result: "done", text: "", at_ms: NOW_MS },
      steps: [{ ...fixtureStep(move, { state: "put_away" }), step: undefined }],
    });
    const text = drawDetail(
      fixtureView({ plans: [over] }),
      { kind: "plan", id: "p1" },
      { desk: desk({ logs: new Map([["p1", log]]) }), evidence: true },
    ).join("\n");
    expect(text).toContain("all of it, as of 0.0 s ago");
    expect(text).toMatch(/^ {4}two$/m);
    expect(text).toContain("alpha: xl migrate 1 beta");
    expect(text).toMatch(/✓ beta answers +xl list -v on beta/);
    expect(text).toContain("step 1 begun by c7-aa");
  });
});

describe("the line of plans on every screen", () => {
  it("says what changes first, and whose it is", () => {
    const [line] = planStrip(fixtureView({ plans: [fixturePlan()] }), desk());
    expect(line).toEqual({
      rank: 1,
      severity: "info",
      word: "",
      text: "step 2/2 copying memory 43 %, iteration 3, 12 s: move web01 from alpha to beta",
      who: "ana@jump",
    });
  });

  it("warns where a migration doesn't converge", () => {
    const progress = { phase: "copying memory", no_return: false, failed: false, iteration: 2, percent: 9, warning: "it doesn't converge" };
    const slow = fixturePlan({ steps: [fixtureStep(move, { state: "running", progress })], at: 0 });
    expect(planStrip(fixtureView({ plans: [slow] }), desk())[0]).toMatchObject({
      severity: "warning",
      word: "running",
      text: expect.stringMatching(/it doesn't converge$/),
    });
  });

  it("tells of an unfinished one before those that run, with the key", () => {
    const left = fixturePlan({ id: "p2", state: "quiet", quiet_ms: 300_000 });
    const lines = planStrip(fixtureView({ plans: [fixturePlan(), left] }), desk());
    expect(lines[0]).toMatchObject({
      severity: "warning",
      word: "unfinished",
      text: "6 Jobs, t takes it over: move web01 from alpha to beta, live, left at step 2/2",
    });
  });

  it("tells of its own before any host does, and for a while after an end that wasn't wanted", () => {
    const begun = planStrip(fixtureView(), desk({ runs: [own("running", { progress: { phase: "leases", step: undefined, text: "" } })] }));
    expect(begun.map(({ text }) => text)).toEqual(["move web01 from alpha to beta, live: taking the leases"]);
    const outcome = { result: "refused", text: "beta doesn't answer", next: "" } as const;
    expect(planStrip(fixtureView(), desk({ runs: [own("over", { outcome })] }))[0]).toMatchObject({ word: "refused", severity: "warning" });
    expect(planStrip(fixtureView(), desk({ runs: [own("over", { outcome, since_ms: NOW_MS - 61_000 })] }))).toEqual([]);
    expect(planStrip(fixtureView(), desk({ runs: [own("over", { outcome: { ...outcome, result: "done" } })] }))).toEqual([]);
  });
});
