/** `jobs` on a simulated pair: what it says of plans whose console is gone, and what it does about them. */
import { describe, expect, it } from "vitest";
import { createRecord, makeStateDir } from "../../src/cli/operator-record.ts";
import { bodyOf, type Entry, headerOf, lineOf } from "../../src/state/plan/journal.ts";
import type { Plan } from "../../src/state/plan/plan.ts";
import { openConsole } from "../fuzz/console.ts";
import { commandLine } from "../kit/command-line.ts";
import { meaning, slowStep } from "../state/plan/engine.ts";
import { planOfSteps, stepNamed } from "../state/plan/plans.ts";

const plan: Plan = planOfSteps(
  [
    slowStep("one"),
    slowStep("two", { argv: ["sleep", "300"], title: "wait on alpha" }),
    stepNamed("shut", { always: true, argv: ["sleep", "1"] }),
  ],
  { goal: "three things", keys: ["guest-x"] },
);

/** A plan whose console was killed while its second step runs. */
async function orphaned() {
  const pair = commandLine("pair");
  const { world } = pair.sim;
  const ana = openConsole(world, "ana@desk", meaning(plan));
  const commands = () => world.hosts.flatMap(({ plans }) => [...plans.jobs.values()]).length;
  await pair.pass(9_000);
  void ana.operator.run(
    plan,
    { id: "p1", driver: "d1", operator: "ana@desk", reason: "" },
    { stopping: () => false, tell: () => undefined },
  );
  while (commands() < 2) await pair.pass(500);
  await pair.pass(2_000);
  ana.kill();
  return pair;
}

describe("jobs", () => {
  it("says what is done, under way, not begun, and what is safe next", async () => {
    const { run, close } = await orphaned();
    const { text, code } = await run(["jobs"]);
    expect(code).toBe(0);
    expect(text.replace(/\d+ s ago/, "N s ago")).toBe(
      [
        "p1  three things  under way  by ana@desk, N s ago",
        "  done: 1 one",
        "  under way: 2 wait on alpha: its job runs on alpha",
        "  not begun: 3 shut",
        "  next: Its job goes on without its console. Wait, or take it over: it waits, looks at what came of it, and goes on.",
        "",
      ].join("\n"),
    );
    const { plans } = JSON.parse((await run(["jobs", "--json"])).text) as { plans: { account: { state: string } }[] };
    expect(plans.map(({ account }) => account.state)).toEqual(["under way"]);
    close();
  });

  it("takes one over to its end, once it was confirmed", async () => {
    const { run, close } = await orphaned();
    expect(await run(["jobs", "takeover", "p1"], "n")).toMatchObject({ code: 2, err: expect.stringContaining("wasn't confirmed") });
    const { text, code, told } = await run(["jobs", "takeover", "p1"], "y");
    expect([text, code]).toEqual(["done: shut\n", 0]);
    expect(told.join("\n")).toContain("step 2/3 running");
    expect((await run(["jobs"])).text).toMatch(/^p1 {2}three things {2}done {2}by ana@desk, \d+ (s|min) ago\n$/);
    close();
  });

  it("stops one: what runs is waited for, nothing is begun, what was opened is closed", async () => {
    const { run, close, sim } = await orphaned();
    expect(await run(["jobs", "stop", "p1", "--yes"])).toMatchObject({ code: 1, text: expect.stringContaining("stopped by the operator") });
    expect([...sim.world.hosts[0].plans.jobs.keys()]).toEqual(["p1/one", "p1/two", "p1/shut"]);
    close();
  });

  it("lets go of one only where no host tells of a job of it that runs", async () => {
    const { run, close, sim, pass } = await orphaned();
    expect(await run(["jobs", "letgo", "p1", "--yes"])).toMatchObject({
      code: 3,
      text: expect.stringContaining("its job two runs on alpha"),
    });
    sim.fault.hostDead("alpha");
    await pass(20_000);
    const { text } = await run(["jobs"]);
    expect(text).toContain("not known: 2 wait on alpha: it was begun; alpha doesn't tell");
    expect(text).toContain("alpha doesn't tell: it can be taken over when it does.");
    const gone = await run(["jobs", "letgo", "p1", "--yes", "--reason", "alpha burnt"]);
    expect(gone.text).toContain("stopped: let go of by ana (alpha burnt): not known how it ended: step 2: wait on alpha");
    expect([...sim.world.hosts[1].plans.leases]).toEqual([]);
    expect((await run(["jobs"])).text).toContain("unknown: let go of by ana (alpha burnt)");
    close();
  });

  it("knows a plan that both hosts have lost with their power, where it was begun on this machine", async () => {
    const { run, close, state_dir, sim } = commandLine("pair");
    expect(makeStateDir(state_dir)).toBeUndefined();
    const who = { id: "p1", driver: "d1", operator: "ana", reason: "" };
    const begun: readonly Entry[] = [
      headerOf(plan, { ...who, at_ms: sim.now_ms() }),
      ...bodyOf(plan),
      { kind: "intent", step: 0, driver: "d1", at_ms: sim.now_ms() },
    ];
    for (const [at, entry] of begun.entries()) await createRecord(state_dir)(who, entry, plan, lineOf(entry, at));
    expect((await run(["jobs"])).text).toContain("not known: 1 one: it was begun; no host tells of a job of it");
    expect(await run(["jobs", "takeover", "p1", "--yes"])).toMatchObject({ code: 0, text: "done: shut\n" });
    // The step that was open isn't run again; its facts, none, are there.
    expect(sim.world.hosts.map(({ plans }) => [...plans.jobs.values()].map(({ state, argv }) => `${state} ${argv.join(" ")}`))).toEqual([
      ["cancelled ", "ended sleep 300", "ended sleep 1"],
      [],
    ]);
    expect((await run(["jobs"])).text).toMatch(/^p1 {2}three things {2}done/);
    close();
  });

  it("names leases that nobody wrote a line for, and frees them", async () => {
    const { run, close, sim } = commandLine("pair");
    for (const host of sim.world.hosts) host.plans.leases.set("guest-x", 'p9 d9 {"by":"eve"}');
    const { text } = await run(["jobs"]);
    expect(text).toMatch(/^p9 {2}plan p9 {2}held/);
    expect(await run(["jobs", "letgo", "p9", "--yes"])).toMatchObject({ text: expect.stringContaining("no step of it was open") });
    expect(sim.world.hosts.flatMap(({ plans }) => [...plans.leases])).toEqual([]);
    close();
  });

  it("says what it doesn't know", async () => {
    const { run, close } = commandLine("pair");
    expect(await run(["jobs", "takeover", "nothing", "--yes"])).toMatchObject({
      code: 2,
      err: expect.stringContaining('knows a plan "nothing"'),
    });
    expect(await run(["jobs", "dance"])).toMatchObject({ code: 2, err: expect.stringContaining("log, takeover, stop or letgo") });
    expect(await run(["jobs", "letgo"])).toMatchObject({ code: 2, err: expect.stringContaining("needs a PLAN") });
    close();
  });
});
