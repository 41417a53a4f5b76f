/** Plans that have leases and no line: shown, taken over, let go of; and consoles that were slow, or come back to them. */
import { describe, expect, it } from "vitest";
import { accountOf, begunOf } from "../../../src/state/plan/account.ts";
import { type DrivePorts, READ_LIMIT_MS } from "../../../src/state/plan/drive.ts";
import { journalOf, journalsOf } from "../../../src/state/plan/journals.ts";
import { selectPlans } from "../../../src/state/select/plans.ts";
import { hostId } from "../../../src/xen/model/ids.ts";
import { engine, meaning, slowStep } from "./engine.ts";
import { planOfSteps, stepNamed } from "./plans.ts";

const [alpha, beta] = [hostId("alpha"), hostId("beta")];
const plan = planOfSteps([slowStep("one", { argv: ["sleep", "20"] }), slowStep("two", { argv: ["sleep", "9"] })], {
  keys: ["guest-web01", "host-alpha"],
  relies_on: [{ host: alpha, readings: ["xl-list"] }],
});
const LAST = ["header", "taken_over", "end"];

type Call = DrivePorts["call"];
/** Its calls wait where `holds` says so. */
const slow =
  (holds: (...call: Parameters<Call>) => Promise<void> | undefined) =>
  (ports: DrivePorts): Partial<DrivePorts> => ({
    call: async (...call) => {
      await holds(...call);
      return ports.call(...call);
    },
  });

/** ana has the leases, and her checks wait for a reading. */
const checking = async (bobs: (ports: DrivePorts) => Partial<DrivePorts> = () => ({})) => {
  const pair = await engine();
  const ana = await pair.open("ana", meaning(plan));
  const bob = await pair.open("bob", meaning(plan, bobs));
  pair.fault.hang("alpha", "xl-list");
  pair.world.scheduler.after(READ_LIMIT_MS - 5_000, () => pair.fault.release("alpha", "xl-list"));
  const first = pair.run(ana, plan);
  await pair.until(() => bob.journals()[0]?.held !== undefined);
  expect([pair.kinds(0), pair.kinds(1)]).toEqual([[], []]);
  return { ...pair, ana, bob, first };
};

describe("a plan that has its leases and has written nothing yet", () => {
  it("is told by every console, with who began it, and what may be done", async () => {
    const { bob } = await checking();
    const [journal] = bob.journals();
    if (journal === undefined) throw new Error("nobody tells it");
    expect(journal.held).toMatchObject({ operator: "ana", goal: plan.goal });
    const tellers = [alpha, beta].map((host) => ({ host, jobs: [] }));
    expect(accountOf(journal, tellers)).toMatchObject({ state: "held", operator: "ana", goal: plan.goal, steps: [] });
    expect(accountOf(journal, tellers).next).toBe(
      "Nothing of it was begun. Its console reads the hosts, or is gone: then take it over, and its leases are let go.",
    );
    expect(selectPlans(bob.state(), 0, [])[0]).toMatchObject({ begun: "no", risk_left: "routine", goal: plan.goal });
  });

  it("is ended by whoever takes it over: nothing of it was begun", async () => {
    const { ana, bob, takeOver, ended, ran, kinds, leases, pass } = await checking();
    ana.kill();
    expect(await ended(takeOver(bob))).toMatchObject({ result: "stopped", text: "it was never begun" });
    expect([ran, leases(), kinds(0), kinds(1)]).toEqual([[], [], LAST, LAST]);
    await pass(60_000);
    expect(ran).toEqual([]);
  });

  it("is taken from a console that lives as well: that one is told, and begins nothing", async () => {
    const { bob, first, takeOver, ended, ran, leases } = await checking();
    const second = takeOver(bob);
    expect(await ended(first)).toMatchObject({ result: "lost" });
    expect(await ended(second)).toMatchObject({ result: "stopped", text: "it was never begun" });
    expect([ran, leases()]).toEqual([[], []]);
  });

  it("is begun no more by a console that comes back to it after it was let go of", async () => {
    const { bob, first, letGo, ended, ran, leases, kinds } = await checking();
    expect(await ended(letGo(bob))).toMatchObject({ result: "stopped" });
    expect(leases()).toEqual([]);
    expect(await ended(first)).toMatchObject({ result: "lost" });
    expect([ran, leases(), kinds(0), kinds(1)]).toEqual([[], [], LAST, LAST]);
  });

  it("keeps its leases where that can't be written down, so that nobody can come back to it unseen", async () => {
    const { bob, letGo, takeOver, ended, leases, pass } = await checking(() => ({ record: async () => false }));
    expect(await ended(letGo(bob))).toMatchObject({ result: "unknown", text: "that it was let go of couldn't be written down" });
    expect(leases()).toHaveLength(4);
    await pass(10_000);
    expect(await ended(takeOver(bob))).toMatchObject({ result: "unknown" });
    expect(leases()).toHaveLength(4);
  });

  it("keeps its leases while a host doesn't say whether it was begun", async () => {
    const { ana, bob, takeOver, ended, fault, leases, pass } = await checking();
    ana.kill();
    const before = leases();
    fault.consoleLinkCut("beta");
    await pass(30_000);
    const text = "whether it was begun isn't known: beta doesn't answer";
    expect(await ended(takeOver(bob))).toMatchObject({ result: "unknown", text });
    expect(leases()).toEqual(before);
    expect(selectPlans(bob.state(), 0, [])[0]).toMatchObject({ begun: "no" });
    fault.consoleLinkBack("beta");
    await pass(30_000);
    expect(await ended(takeOver(bob))).toMatchObject({ result: "stopped", text: "it was never begun" });
    expect(leases()).toEqual([]);
  });

  it("isn't gone on with where it was begun meanwhile: that isn't what was confirmed", async () => {
    const { ana, bob, ended, ran, until, how } = await checking();
    const [shown] = bob.journals();
    if (shown === undefined) throw new Error("nobody tells it");
    await until(() => ran.length > 0);
    ana.kill();
    const outcome = await ended(bob.operator.takeOver(shown, { id: "p1", driver: "d-bob", operator: "bob", reason: "" }, how));
    expect(outcome.result).toBe("unknown");
    expect(outcome.text).toMatch(/^(it was begun in the meantime|whether it was begun isn't known: its job one runs on alpha)/);
    expect(ran).toHaveLength(1);
  });
});

describe("a console that is still taking its leases when another takes the plan over", () => {
  it.each(["before", "after"])("leaves it to that one, who ends it %s the next lease is taken", async (when) => {
    const pair = await engine();
    const [take, write] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const ana = await pair.open(
      "ana",
      meaning(
        plan,
        slow((host, [verb]) => (host === beta && verb === "take" ? take.promise : undefined)),
      ),
    );
    let words = 0;
    const record = (ports: DrivePorts): Partial<DrivePorts> => ({
      record: async (...entry) => {
        words += 1;
        if (when === "after") await write.promise;
        return ports.record(...entry);
      },
    });
    const bob = await pair.open("bob", meaning(plan, record));
    const first = pair.run(ana, plan);
    await pair.until(() => bob.journals()[0]?.held !== undefined);
    const second = pair.takeOver(bob);
    if (when === "after") await pair.until(() => words > 0);
    else await pair.ended(second);
    take.resolve();
    await pair.pass(3_000);
    write.resolve();
    expect(await pair.ended(first)).toMatchObject({ result: "lost" });
    expect(await pair.ended(second)).toMatchObject({ result: "stopped", text: "it was never begun" });
    await pair.pass(30_000);
    expect([pair.ran, pair.leases(), pair.kinds(0), pair.kinds(1)]).toEqual([[], [], LAST, LAST]);
  });
});

describe("a console that is still taking its leases when another lets go of the plan", () => {
  it("begins nothing on the host that it comes to next", async () => {
    const pair = await engine();
    const take = Promise.withResolvers<void>();
    const ana = await pair.open(
      "ana",
      meaning(
        plan,
        slow((host, [verb]) => (host === beta && verb === "take" ? take.promise : undefined)),
      ),
    );
    const bob = await pair.open("bob", meaning(plan));
    const first = pair.run(ana, plan);
    await pair.until(() => bob.journals()[0]?.held !== undefined);
    expect(await pair.ended(pair.letGo(bob))).toMatchObject({ result: "stopped" });
    take.resolve();
    expect(await pair.ended(first)).toMatchObject({ result: "lost" });
    expect([pair.ran, pair.leases(), pair.kinds(0), pair.kinds(1)]).toEqual([[], [], LAST, LAST]);
  });
});

describe("a plan within one that was taken over", () => {
  const inner = planOfSteps([slowStep("inner", { argv: ["sleep", "20"] })], {
    request: { action: "guest pause", args: { guest: "inner" } },
    keys: ["guest-inner"],
  });
  const outer = planOfSteps([stepNamed("outer", { argv: ["-"], sub: inner.request }), slowStep("after", { argv: ["sleep", "7"] })], {
    keys: ["host-alpha"],
  });
  const both = (more: (ports: DrivePorts) => Partial<DrivePorts> = () => ({})) =>
    meaning(outer, (ports) => {
      const own: Partial<DrivePorts> = { plan: ({ args }) => (args.guest === "inner" ? inner : outer), ...more(ports) };
      return { ...own, child: (...about) => ({ ...ports.child(...about), ...own }) };
    });

  it.each(["has its leases", "runs"])("isn't taken back by the old console that wakes while it %s", async (state) => {
    const pair = await engine();
    const wake = Promise.withResolvers<void>();
    let waits = false;
    const ana = await pair.open(
      "ana",
      both(
        slow((_host, [verb, key]) => {
          if (verb !== "take" || key !== "guest-inner") return undefined;
          waits = true;
          return wake.promise;
        }),
      ),
    );
    const bob = await pair.open("bob", both());
    const first = pair.run(ana, outer);
    await pair.until(() => waits && bob.journals().some(({ id, header }) => id === "p1" && header !== undefined));
    const second = pair.takeOver(bob);
    await pair.until(() => (state === "runs" ? pair.ran.length > 0 : pair.leases().some((lease) => lease.includes("guest-inner"))));
    wake.resolve();
    expect(await pair.ended(first)).toMatchObject({ result: "lost" });
    expect(await pair.ended(second)).toMatchObject({ result: "done" });
    expect([pair.ran.length, pair.leases()]).toEqual([2, []]);
  });
});

describe("whether a plan was begun", () => {
  const lease = (text: string) => [
    {
      host: alpha,
      facts: { leases: [{ key: "guest-web01", plan: "p1", driver: "d1", text }], jobs: [], journal: [], kept: [], not_understood: [] },
    },
  ];
  const [held] = journalsOf(lease('{"by":"ana","goal":"move it","at_ms":5}'));

  it("isn't known while a host doesn't tell, or not all of it", () => {
    if (held === undefined) throw new Error("not told");
    expect(
      begunOf(held, [
        { host: alpha, jobs: [] },
        { host: beta, jobs: [] },
      ]),
    ).toBe("no");
    expect(
      begunOf(held, [
        { host: alpha, jobs: [] },
        { host: beta, jobs: undefined },
      ]),
    ).toBe("unknown");
    expect(
      begunOf(held, [
        { host: alpha, jobs: [], cut: true },
        { host: beta, jobs: [] },
      ]),
    ).toBe("unknown");
    expect(accountOf(held, [{ host: alpha, jobs: undefined }]).next).toMatch(/^Whether it was begun isn't known\. alpha doesn't tell/);
  });

  it("isn't denied of steps that aren't told, where all hosts that tell the plan were booted since it was begun", () => {
    const header = {
      kind: "header",
      v: 1,
      id: "p1",
      goal: "g",
      action: "a",
      operator: "ana",
      reason: "",
      at_ms: 100_000,
      keys: [],
      hosts: [alpha, beta],
      steps: ["one"],
    };
    const told = [alpha, beta].map((host) => ({ host, lines: [{ seq: "000000", text: JSON.stringify(header) }] }));
    const booted = (...times: readonly number[]) => [alpha, beta].map((host, at) => ({ host, jobs: [], booted_ms: times[at] }));
    const journal = journalOf("p1", told);
    expect(accountOf(journal, booted(50_000, 50_000)).steps[0]).toMatchObject({ state: "not begun" });
    expect(accountOf(journal, booted(50_000, 200_000)).steps[0]).toMatchObject({ state: "not begun" });
    const account = accountOf(journal, booted(200_000, 200_000));
    expect(account.steps[0]).toMatchObject({ state: "unknown", text: "not told: its hosts were booted since it was begun" });
    expect(account.next).toMatch(/^Take it over: it looks at what step 1 did before anything else/);
  });

  it("shows in a job of it, and in any line of it", () => {
    if (held === undefined) throw new Error("not told");
    const job = { plan: "p1", step: "one", state: "running" as const, rc: undefined, tail: [] };
    expect(begunOf(held, [{ host: alpha, jobs: [job] }])).toBe("yes");
    const line = journalOf("p1", [{ host: alpha, lines: [{ seq: "000001", text: '{"kind":"intent","step":0,"driver":"d1","at_ms":1}' }] }]);
    expect(begunOf(line, [])).toBe("yes");
    expect(accountOf(line, []).next).toMatch(/^Its beginning isn't told/);
  });

  it("is told with words of its lease that may be anything", () => {
    for (const text of ["", "null", "[]", "{", '{"by":1,"goal":{},"at_ms":1e308}', '{"at_ms":-5}', '{"at_ms":"now"}']) {
      const [journal] = journalsOf(lease(text));
      expect(journal?.held).toMatchObject({ operator: "", goal: "", at_ms: undefined });
    }
    expect(journalsOf(lease('{"by":"a\\u001b[2Jna","goal":"x","at_ms":7}'))[0]?.held?.operator).not.toContain("\u001b");
  });
});
