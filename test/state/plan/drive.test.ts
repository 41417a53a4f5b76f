/** The engine against what can come between: other drivers, hosts that go and come back, starts that arrive late, facts of two moments. */
import { describe, expect, it } from "vitest";
import { BEAT_STALE_MS, hostAnswers } from "../../../src/state/freshness.ts";
import { type DrivePorts, READ_LIMIT_MS } from "../../../src/state/plan/drive.ts";
import { LINE_BYTES_MAX } from "../../../src/state/plan/journal.ts";
import type { PlanCheck } from "../../../src/state/plan/plan.ts";
import type { PairState } from "../../../src/state/state.ts";
import type { JobAnswer, JobVerb } from "../../../src/xen/host/job-client.ts";
import { hostId } from "../../../src/xen/model/ids.ts";
import { engine, meaning, slowStep } from "./engine.ts";
import { planOfSteps, stepNamed } from "./plans.ts";

const alpha = hostId("alpha");
const beta = hostId("beta");
const GUEST = { uuid: "", name: "web01" };

describe("two drivers of one plan", () => {
  const plan = planOfSteps(["one", "two", "three"].map((id) => slowStep(id, { argv: ["sleep", "20"] })));

  it("leave it to the one that took it over: the other is told, and nothing is done twice", async () => {
    const { open, run, takeOver, until, ended, ran, kinds, lines, leases } = await engine();
    const ana = await open("ana", meaning(plan));
    const bob = await open("bob", meaning(plan));
    const first = run(ana, plan);
    await until(() => bob.journals()[0]?.entries.length === 1);
    expect(ran).toEqual(["alpha: sleep 20"]);
    const second = takeOver(bob);
    expect(await ended(first)).toMatchObject({ result: "lost" });
    expect(await ended(second)).toMatchObject({ result: "done" });
    expect(ran).toHaveLength(3);
    expect(lines(0)).toEqual(lines(1));
    expect(kinds(0).filter((kind) => kind === "taken_over" || kind === "end")).toEqual(["taken_over", "end"]);
    expect(leases()).toEqual([]);
  });

  it("are told apart also where the answer to the takeover was lost", async () => {
    const { open, run, takeOver, pass, ended, world, ran } = await engine();
    const ana = await open("ana", meaning(plan));
    void run(ana, plan);
    await pass(3_000);
    ana.kill();
    const bob = await open("bob", meaning(plan));
    for (const host of world.hosts) host.plans.faults.lose_answers = 2;
    expect(await ended(takeOver(bob))).toMatchObject({ result: "done" });
    expect(ran).toHaveLength(3);
  });

  it("aren't there where the older one is let go of: it may write and start nothing any more", async () => {
    const { open, run, letGo, pass, ended, fault, ran, leases, until } = await engine();
    const ana = await open("ana", meaning(plan));
    const bob = await open("bob");
    const first = run(ana, plan);
    await until(() => bob.journals()[0]?.entries.length === 1);
    expect(await ended(letGo(bob))).toMatchObject({ result: "refused", text: "its job one runs on alpha: it can be taken over" });
    fault.consoleLinkCut("alpha");
    await pass(20_000);
    const text = expect.stringMatching(/^let go of by bob \(test\): not known how it ended: step 1: one$/);
    expect(await ended(letGo(bob))).toMatchObject({ result: "stopped", text });
    expect(leases().filter((lease) => lease.startsWith("beta"))).toEqual([]);
    fault.consoleLinkBack("alpha");
    expect(await ended(first)).toMatchObject({ result: "lost" });
    expect(ran).toHaveLength(1);
  });
});

describe("a host that was away", () => {
  const plan = planOfSteps([slowStep("one"), slowStep("two"), slowStep("three")]);

  it("is told all that it missed, in order, before anything new", async () => {
    const { open, run, pass, ended, fault, lines, until, ran } = await engine();
    const ana = await open("ana", meaning(plan));
    const running = run(ana, plan);
    await until(() => ran.length === 1);
    fault.consoleLinkCut("beta");
    await until(() => ran.length === 2);
    await pass(4_000);
    fault.consoleLinkBack("beta");
    expect(await ended(running)).toMatchObject({ result: "done" });
    expect(lines(1)).toEqual(lines(0));
  });

  it("and was booted anew gets its leases and everything again", async () => {
    const { open, run, ended, fault, lines, until, ran, leases } = await engine();
    const long = planOfSteps([slowStep("one", { argv: ["sleep", "90"] }), slowStep("two")]);
    const ana = await open("ana", meaning(long));
    const running = run(ana, long);
    await until(() => ran.length === 1);
    fault.hostDead("beta");
    fault.hostBack("beta");
    await until(() => ran.length === 2);
    expect(leases().map((lease) => lease.split(" ").slice(0, 2).join(" "))).toEqual(["alpha guest-web01", "beta guest-web01"]);
    expect(await ended(running)).toMatchObject({ result: "done" });
    expect(lines(1)).toEqual(lines(0));
  });

  it("with the other one: the operator's machine still knows the plan", async () => {
    const { open, run, pass, ended, fault, until, ran, kinds } = await engine();
    const long = planOfSteps([slowStep("one", { argv: ["sleep", "90"] }), stepNamed("two", { always: true, argv: ["sleep", "1"] })]);
    const ana = await open("ana", meaning(long));
    void run(ana, long);
    await until(() => ran.length === 1);
    for (const host of ["alpha", "beta"]) fault.hostDead(host);
    ana.kill();
    for (const host of ["alpha", "beta"]) fault.hostBack(host);
    await pass(60_000);
    const again = await open("again", meaning(long), "ana");
    expect(again.journals()).toEqual([]);
    const known = again.unfinished();
    expect(known.map(({ id }) => id)).toEqual(["p1"]);
    const [journal] = known;
    if (journal === undefined) throw new Error("none");
    const outcome = await ended(
      again.operator.takeOver(
        journal,
        { id: "p1", driver: "dx", operator: "ana", reason: "" },
        { stopping: () => false, tell: () => undefined },
      ),
    );
    // The job is gone with the host: what its command did nobody saw, and its facts (none are wanted) are there.
    expect(outcome.result).toBe("done");
    expect(kinds(0)).toEqual(kinds(1));
    expect(kinds(0).slice(0, 2)).toEqual(["header", "plan"]);
  });
});

describe("a start", () => {
  const guestAbsent = (host: typeof alpha) => ({ kind: "guest_absent", host, ...GUEST, name: "nobody", uuid: "u" }) as const;

  it("that reaches its host too late doesn't happen, and isn't taken for one that did", async () => {
    const { open, run, ended, ran, world } = await engine();
    const plan = planOfSteps([slowStep("one", { before: [guestAbsent(alpha)] })]);
    let held: JobVerb | undefined;
    const holding = (ports: DrivePorts): Partial<DrivePorts> => ({
      call: (host, verb, input) => {
        if (verb[0] !== "start" || held !== undefined) return ports.call(host, verb, input);
        held = verb;
        // It lies in a queue on the way, and gets there when nobody waits for it any more.
        world.scheduler.after(90_000, () => void ports.call(host, verb, input));
        return new Promise<JobAnswer>((resolve) => {
          world.scheduler.after(20_000, () => resolve({ kind: "unknown", reason: "no answer" }));
        });
      },
    });
    const ana = await open("ana", meaning(plan, holding));
    expect(await ended(run(ana, plan))).toMatchObject({ result: "done" });
    expect(held).toBeDefined();
    expect(ran).toEqual(["alpha: sleep 5"]);
  });

  it("that never comes up is cancelled for good", async () => {
    const { open, run, ended, ran, world, pass } = await engine();
    const plan = planOfSteps(["one"]);
    const ana = await open("ana", meaning(plan));
    const original = world.hosts[0].plans.jobs.set.bind(world.hosts[0].plans.jobs);
    // Its process isn't started yet when it is cancelled: the runner finds that it mustn't.
    world.hosts[0].plans.jobs.set = (name, job) => original(name, { ...job });
    expect(await ended(run(ana, plan))).toMatchObject({ result: "failed", text: "one: its process didn't come up on alpha" });
    await pass(60_000);
    expect(world.hosts[0].plans.jobs.get("p1/one")?.state).toBe("cancelled");
    expect(ran).toHaveLength(1);
  });
});

describe("what must hold before a step", () => {
  it("must hold on facts of one moment, both hosts'", async () => {
    const { open, run, ended, ran, world, fault } = await engine();
    const absent = (host: typeof alpha) => ({ kind: "guest_absent", host, name: "db01", uuid: "none" }) as const;
    const plan = planOfSteps([slowStep("one", { before: [absent(alpha), absent(beta)] })]);
    // db01 goes from beta to alpha between the two hosts' answers: in neither is it there.
    fault.guestStop("db01");
    let asked = 0;
    const moving = (ports: DrivePorts): Partial<DrivePorts> => ({
      ask: (host, readings) => {
        if (host === beta && readings.includes("xl-list")) asked += 1;
        if (host === beta && readings.includes("xl-list") && asked === 1) {
          // beta's answer comes after it has gone, alpha's has come before.
          fault.hang("beta", "xl-list");
          world.scheduler.after(600, () => fault.guestStart("db01", "alpha"));
          world.scheduler.after(700, () => fault.release("beta", "xl-list"));
        }
        ports.ask(host, readings);
      },
    });
    const ana = await open("ana", meaning(plan, moving));
    expect(await ended(run(ana, plan))).toMatchObject({ result: "stopped", text: /^one: not run: db01 .* is on alpha/ });
    expect(ran).toEqual([]);
  });

  it("isn't known where the hosts' answers lie too far apart", async () => {
    const { open, run, ended, ran, fault, world } = await engine();
    const absent = (host: typeof alpha) => ({ kind: "guest_absent", host, name: "nobody", uuid: "none" }) as const;
    const plan = planOfSteps([slowStep("one", { before: [absent(alpha), absent(beta)] })]);
    const slow = (ports: DrivePorts): Partial<DrivePorts> => ({
      ask: (host, readings) => {
        // beta takes 12 s for every answer.
        if (host === beta && readings.includes("xl-list")) {
          fault.hang("beta", "xl-list");
          world.scheduler.after(12_000, () => fault.release("beta", "xl-list"));
        }
        ports.ask(host, readings);
      },
    });
    const ana = await open("ana", meaning(plan, slow));
    expect(await ended(run(ana, plan))).toMatchObject({ result: "stopped", text: /lies \d+ s apart/ });
    expect(ran).toEqual([]);
  });
});

describe("checks after the confirmation", () => {
  it("go by everything that they rely on then, also what the plan that was confirmed didn't", async () => {
    const { open, run, ended } = await engine();
    const relying = (...readings: ("xl-list" | "host")[]) => planOfSteps(["one"], { relies_on: [{ host: alpha, readings }] });
    const asked: string[] = [];
    const ana = await open(
      "ana",
      meaning(relying("xl-list", "host"), (ports) => ({
        ask: (host, readings) => {
          asked.push(...readings);
          ports.ask(host, readings);
        },
      })),
    );
    await ended(run(ana, relying("xl-list")));
    expect(asked.slice(0, 3)).toEqual(["xl-list", "xl-list", "host"]);
  });

  it("name what couldn't be read again", async () => {
    const { open, run, ended, fault } = await engine();
    const plan = planOfSteps(["one"], { relies_on: [{ host: alpha, readings: ["xl-list", "host"] }] });
    const ana = await open("ana", meaning(plan));
    fault.hang("alpha", "host");
    expect(await ended(run(ana, plan))).toMatchObject({ result: "refused", text: /could be read again: host of alpha$/ });
  });

  it("wait longer for a host that is slow than for one that hangs", async () => {
    const { open, run, ended, world, fault } = await engine();
    const plan = planOfSteps(["one"], { relies_on: [{ host: alpha, readings: ["xl-list"] }] });
    const late =
      (delay_ms: number) =>
      (ports: DrivePorts): Partial<DrivePorts> => ({
        ask: (host, readings) => void world.scheduler.after(delay_ms, () => ports.ask(host, readings)),
      });
    const ana = await open("ana", meaning(plan, late(READ_LIMIT_MS + 15_000)));
    expect(await ended(run(ana, plan))).toMatchObject({ result: "done" });
    const ben = await open("ben", meaning(plan));
    fault.hang("alpha", "xl-list");
    const begun_ms = world.scheduler.now_ms;
    expect(await ended(run(ben, plan, "p2"))).toMatchObject({ result: "refused", text: /could be read again: xl-list of alpha$/ });
    expect(world.scheduler.now_ms - begun_ms).toBeLessThan(READ_LIMIT_MS + 10_000);
  });

  it("wait for the beat of a host that has just told all of it: an overloaded one beats late", async () => {
    const { open, run, ended, world } = await engine();
    const plan = planOfSteps(["one"], { relies_on: [{ host: alpha, readings: ["xl-list"] }] });
    let late_until_ms = Number.POSITIVE_INFINITY;
    const late = (ports: DrivePorts): Partial<DrivePorts> => {
      const state = (): PairState => {
        const now = ports.state();
        const host = now.hosts.get(alpha);
        if (host?.beat === undefined || ports.now_ms() >= late_until_ms) return now;
        const beat = { ...host.beat, at_ms: ports.now_ms() - BEAT_STALE_MS - 1 };
        return { ...now, hosts: new Map(now.hosts).set(alpha, { ...host, beat }) };
      };
      const silent: PlanCheck = { id: "host", result: "unknown", text: "alpha doesn't answer", evidence: [] };
      return { state, plan: () => (hostAnswers(state().hosts.get(alpha), ports.now_ms()) ? plan : { ...plan, checks: [silent] }) };
    };
    const ana = await open("ana", meaning(plan, late));
    expect(await ended(run(ana, plan))).toMatchObject({ result: "refused", text: "alpha doesn't answer" });
    late_until_ms = world.scheduler.now_ms + 20_000;
    expect(await ended(run(ana, plan, "p2"))).toMatchObject({ result: "done" });
  });

  it("are in the journal, with the commands that they go by", async () => {
    const { open, run, ended, lines } = await engine();
    const made = (await open("eye")).plan({ action: "guest pause", args: { guest: "web01" } });
    if (typeof made === "string") throw new Error(made);
    const ana = await open("ana");
    await ended(run(ana, made));
    const checked = lines(0).find((line) => line.includes('"checked"'));
    expect(checked).toMatch(/^000002-more /);
    expect(checked).toContain('"source":"xl list -v"');
  });

  it.each([
    ["takes no lease", { keys: [] }],
    ["takes no lease", { hosts: [] }],
    ["has no steps", { steps: [] }],
    ["alpha holds no lease", { hosts: [beta] }],
    ["two of its steps", { steps: [stepNamed("one"), stepNamed("one")] }],
    ["loses data", { risk: "data_loss" }],
    ["too long", { steps: [stepNamed("one", { argv: ["x".repeat(LINE_BYTES_MAX)] })] }],
  ] as const)("refuse a plan that %s", async (why, wrong) => {
    const { open, run, ended, leases } = await engine();
    const ana = await open("ana");
    expect(await ended(run(ana, planOfSteps(["one"], wrong)))).toMatchObject({ result: "refused", text: expect.stringContaining(why) });
    expect(leases()).toEqual([]);
  });
});

describe("a plan taken over", () => {
  it("isn't gone on with after a step that was stopped before it began", async () => {
    const { open, run, takeOver, ended, ran, until, kinds, world } = await engine();
    const never = { kind: "guest_runs", host: alpha, uuid: "u", name: "nobody" } as const;
    const plan = planOfSteps([
      slowStep("one"),
      slowStep("two", { before: [never] }),
      slowStep("close", { always: true }),
      slowStep("late"),
    ]);
    const ana = await open("ana", meaning(plan));
    void run(ana, plan);
    await until(() => kinds(0).filter((kind) => kind === "outcome").length === 2 && kinds(1).length === kinds(0).length);
    ana.kill();
    const bob = await open("bob", meaning(planOfSteps(["x"])));
    expect(world.hosts[0].plans.journal.get("p1")?.has("end")).toBe(false);
    expect(await ended(takeOver(bob))).toMatchObject({ result: "failed", text: /^two: / });
    // What closes was done, once; nothing after it.
    expect(ran).toHaveLength(2);
  });

  it("only to be closed is waited for where a job of it runs, and begins nothing more", async () => {
    const { open, run, ended, ran, until, journalOf, who } = await engine();
    const plan = planOfSteps([
      slowStep("one", { argv: ["sleep", "30"] }),
      slowStep("two"),
      stepNamed("close", { always: true, argv: ["sleep", "1"] }),
    ]);
    const ana = await open("ana", meaning(plan));
    const bob = await open("bob");
    void run(ana, plan);
    await until(() => bob.journals()[0]?.entries.length === 1);
    ana.kill();
    const stop = { stopping: () => true, tell: () => undefined };
    const outcome = await ended(bob.operator.takeOver(journalOf(bob, "p1"), who(bob, "p1"), stop));
    expect(outcome).toMatchObject({ result: "stopped", text: "stopped by the operator between two steps", next: "what was done stays" });
    expect(ran).toEqual(["alpha: sleep 30", "alpha: sleep 1"]);
  });

  it("is one of many steps: it is written in parts, and read back whole", async () => {
    const { open, run, takeOver, ended, until, ran, lines, world } = await engine();
    const steps = Array.from({ length: 60 }, (_, at) => stepNamed(`s${at}`, { argv: ["sleep", "1"], undo: "x".repeat(600) }));
    const plan = planOfSteps(steps);
    const ana = await open("ana", meaning(plan));
    void run(ana, plan);
    await until(() => ran.length === 3);
    ana.kill();
    expect(lines(0).filter((line) => line.slice(6).startsWith("-more")).length).toBeGreaterThan(1);
    for (const line of lines(0)) expect(line.length).toBeLessThanOrEqual(LINE_BYTES_MAX);
    const bob = await open("bob", meaning(planOfSteps(["x"])));
    expect(bob.journals()[0]?.body).toBeUndefined();
    expect(await ended(takeOver(bob))).toMatchObject({ result: "done" });
    expect(ran).toHaveLength(60);
    expect([...(world.hosts[0].plans.journal.get("p1")?.keys() ?? [])]).toEqual(["000000", "end"]);
  });
});
