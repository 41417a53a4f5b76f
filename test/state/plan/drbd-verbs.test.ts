/** DRBD's single steps: each changes the pair as it says, and none takes a copy or a device from whoever lives on it. */
import { describe, expect, it } from "vitest";
import { disconnect, promote } from "../../../src/sim/model/drbd/operate.ts";
import { demoPair } from "../../../src/sim/scenarios/parts/demo-pair.ts";
import type { Scenario } from "../../../src/sim/scenarios/scenario.ts";
import { obstacles, type Plan } from "../../../src/state/plan/plan.ts";
import { pairFor } from "./pair.ts";

const quiet = (flavour: "8.4" | "9.2" = "8.4"): Scenario => ({
  name: "quiet",
  sentence: "all is well",
  build: (seed, start_ms) => demoPair(seed, start_ms, flavour),
  steps: [],
});
const against = (plan: Plan): string =>
  obstacles(plan)
    .map(({ text }) => text)
    .join("\n");
const warned = (plan: Plan): string => plan.checks.flatMap(({ result, text }) => (result === "warn" ? [text] : [])).join("\n");

async function open(flavour: "8.4" | "9.2" = "8.4") {
  const pair = pairFor(quiet(flavour));
  const ana = pair.open();
  await pair.pass(25_000);
  const resource = (name: string) => {
    const found = pair.world.drbd.get(name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };
  const plan = (action: string, args: Record<string, string>) => pair.made(ana, { action, args });
  const act = async (action: string, args: Record<string, string>) => {
    const made = plan(action, args);
    expect(against(made), action).toBe("");
    return pair.until(pair.run(ana, made));
  };
  return { ...pair, ana, resource, plan, act };
}
const done = { result: "done" };

describe("parting two sides", () => {
  it("disconnects, and connects again with what was missed", async () => {
    const pair = await open();
    expect(await pair.act("drbd disconnect", { resource: "web01", on: "beta" })).toMatchObject(done);
    expect(pair.resource("web01").nodes[1].connection).toBe("StandAlone");
    await pair.pass(8_000);
    const plan = pair.plan("drbd connect", { resource: "web01" });
    expect(plan.steps.map(({ host }) => host)).toEqual(["beta"]);
    expect(plan.checks.map(({ text }) => text).join("\n")).toMatch(/alpha has \d+ KiB that the other hasn't: it is copied/);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(against(pair.plan("drbd connect", { resource: "web01" }))).toMatch(/StandAlone on neither host/);
  });

  it("is refused where a Primary lives on the other's copy, on whichever side it is asked for", async () => {
    const pair = await open();
    pair.sim.fault.detach("web01", "alpha");
    await pair.pass(8_000);
    for (const on of ["alpha", "beta"])
      expect(against(pair.plan("drbd disconnect", { resource: "web01", on })), on).toMatch(
        /web01 can't be parted: alpha is Primary on a Diskless disk and lives on beta's copy/,
      );
  });

  it("is refused where both are Primary: it would split them", async () => {
    const pair = await open();
    pair.resource("ldap01").two_primaries = [true, true];
    promote(pair.world, pair.resource("ldap01"), 0);
    await pair.pass(8_000);
    expect(against(pair.plan("drbd disconnect", { resource: "ldap01", on: "alpha" }))).toMatch(/Primary on both hosts/);
  });

  it("in the middle of a resync says what that leaves", async () => {
    const pair = await open();
    pair.sim.fault.resync("web01", "alpha", 4_000_000);
    await pair.pass(8_000);
    expect(warned(pair.plan("drbd disconnect", { resource: "web01", on: "beta" }))).toMatch(/stays Inconsistent, with one good copy/);
  });

  it("connects nothing that is Primary on both sides", async () => {
    const pair = await open();
    disconnect(pair.world, pair.resource("web01"), 0);
    await pair.pass(2_000);
    promote(pair.world, pair.resource("web01"), 1);
    disconnect(pair.world, pair.resource("web01"), 1);
    await pair.pass(8_000);
    expect(against(pair.plan("drbd connect", { resource: "web01" }))).toMatch(/web01 is (Primary on both hosts|split)/);
  });
});

describe("a role", () => {
  it("is not taken from what a guest uses", async () => {
    const pair = await open();
    const plan = pair.plan("drbd secondary", { resource: "web01", on: "alpha" });
    expect(against(plan)).toMatch(/web01 on alpha uses web01: stop it there first/);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject({ result: "refused" });
    expect(pair.resource("web01").nodes[0].role).toBe("Primary");
  });

  it("is given and taken where nobody uses it", async () => {
    const pair = await open();
    pair.sim.fault.guestStop("web01");
    await pair.pass(10_000);
    expect(await pair.act("drbd primary", { resource: "web01", on: "beta" })).toMatchObject(done);
    expect(pair.resource("web01").nodes[1].role).toBe("Primary");
    await pair.pass(6_000);
    expect(against(pair.plan("drbd primary", { resource: "web01", on: "alpha" }))).toMatch(
      /web01 on beta is Primary UpToDate, .*; needed: Secondary/,
    );
    expect(await pair.act("drbd secondary", { resource: "web01", on: "beta" })).toMatchObject(done);
    expect(pair.resource("web01").nodes[1].role).toBe("Secondary");
  });

  it("isn't judged where it isn't known what uses it", async () => {
    const pair = await open();
    pair.sim.fault.guestStop("web01");
    await pair.pass(5_000);
    pair.sim.fault.hang("alpha", "lsblk");
    await pair.pass(200_000);
    promote(pair.world, pair.resource("web01"), 0);
    await pair.pass(8_000);
    expect(against(pair.plan("drbd secondary", { resource: "web01", on: "alpha" }))).toMatch(/whether web01 is used isn't known \(lsblk/);
  });
});

describe("a resync", () => {
  it("is held and let go on by the host on which it was held", async () => {
    const pair = await open();
    pair.sim.fault.resync("web01", "alpha", 8_000_000);
    await pair.pass(8_000);
    expect(await pair.act("drbd pause-sync", { resource: "web01", on: "beta" })).toMatchObject(done);
    expect(pair.resource("web01").nodes[1].volumes[0]).toMatchObject({ replication: "PausedSyncT", paused_user: true });
    await pair.pass(6_000);
    expect(against(pair.plan("drbd resume-sync", { resource: "web01", on: "alpha" }))).toMatch(/web01 was paused on beta: resume it there/);
    expect(await pair.act("drbd resume-sync", { resource: "web01", on: "beta" })).toMatchObject(done);
    expect(pair.resource("web01").nodes[1].volumes[0]).toMatchObject({ replication: "SyncTarget", paused_user: false });
  });

  it("goes faster once its target lets it, and as before once that is undone", async () => {
    const pair = await open();
    pair.sim.fault.resync("web01", "alpha", 15_000_000);
    await pair.pass(8_000);
    const left = () => pair.resource("web01").nodes[0].volumes[0]?.out_of_sync_kib ?? 0;
    const perSecond = async () => {
      const before = left();
      await pair.pass(10_000);
      return (before - left()) / 10;
    };
    const slow = await perSecond();
    const plan = pair.plan("drbd rate", { resource: "web01", rate: "81920", on: "beta" });
    expect(plan.steps).toMatchObject([
      { argv: ["drbdadm", "disk-options", "--c-max-rate=81920", "web01"], undo: "drbd rate web01 20480 --on beta" },
    ]);
    expect(warned(plan)).toBe("");
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(pair.resource("web01").c_max_rate_kib_s).toEqual([20_480, 81_920]);
    expect(await perSecond()).toBeGreaterThan(2.5 * slow);
    expect(await pair.act("drbd rate", { resource: "web01", rate: "20480", on: "beta" })).toMatchObject(done);
    expect(await perSecond()).toBeLessThan(1.3 * slow);
  });

  it("isn't made faster on the wrong side without a word, nor set to what it is", async () => {
    const pair = await open();
    pair.sim.fault.resync("web01", "alpha", 8_000_000);
    await pair.pass(8_000);
    expect(warned(pair.plan("drbd rate", { resource: "web01", rate: "81920", on: "alpha" }))).toMatch(
      /asked for by beta: its own setting counts/,
    );
    expect(against(pair.plan("drbd rate", { resource: "web01", rate: "20480", on: "beta" }))).toMatch(/c-max-rate is 20480 KiB\/s already/);
    for (const rate of ["0", "249", "4194305", "fast", "10M", "-1", "1e5"])
      expect(pair.ana.operator.plan({ action: "drbd rate", args: { resource: "web01", rate, on: "beta" } })).toMatchObject({
        refused: expect.stringMatching(/^rate is a whole number of KiB\/s from 250 to 4194304/),
      });
  });

  it("that keeps to a fixed rate is set by that one", async () => {
    const pair = await open();
    pair.resource("web01").c_plan_ahead[1] = 0;
    pair.resource("web01").resync_rate_kib_s[1] = 10_240;
    await pair.pass(70_000);
    const plan = pair.plan("drbd rate", { resource: "web01", rate: "30000", on: "beta" });
    expect(plan.steps[0]?.argv).toEqual(["drbdadm", "disk-options", "--resync-rate=30000", "web01"]);
    expect(warned(plan)).toMatch(/c-plan-ahead is 0: resync-rate counts/);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(pair.resource("web01").resync_rate_kib_s[1]).toBe(30_000);
  });

  it("of DRBD 9 is set with its peer, for every volume", async () => {
    const pair = await open("9.2");
    const plan = pair.plan("drbd rate", { resource: "db01", rate: "40960", on: "beta" });
    expect(plan.steps).toMatchObject([
      { argv: ["drbdadm", "peer-device-options", "--c-max-rate=40960", "db01"], after: [{ kib_s: [40_960, 40_960] }] },
    ]);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(pair.resource("db01").c_max_rate_kib_s[1]).toBe(40_960);
  });

  it("may be paced while a plan waits for it", async () => {
    const pair = await open();
    const [slower, other] = [
      pair.plan("drbd rate", { resource: "web01", rate: "300", on: "beta" }),
      pair.plan("drbd detach", { resource: "web01", on: "beta" }),
    ];
    expect(slower.keys.filter((key) => other.keys.includes(key))).toEqual([]);
  });
});

describe("a disk", () => {
  it("is detached and attached again, with its peer's copy there all the time", async () => {
    const pair = await open();
    expect(await pair.act("drbd detach", { resource: "web01", on: "beta" })).toMatchObject(done);
    expect(pair.resource("web01").nodes[1].volumes[0]?.disk).toBe("Diskless");
    await pair.pass(6_000);
    expect(against(pair.plan("drbd detach", { resource: "web01", on: "alpha" }))).toMatch(/its peer UpToDate, as alpha sees it/);
    expect(await pair.act("drbd attach", { resource: "web01", on: "beta" })).toMatchObject(done);
    await pair.pass(20_000);
    expect(pair.resource("web01").nodes[1].volumes[0]?.disk).toBe("UpToDate");
  });

  it("is copied anew only from a whole copy, after what it loses was typed, with a snapshot where one is wanted", async () => {
    const pair = await open();
    const plan = pair.plan("drbd invalidate", { resource: "web01", on: "beta", snapshot: "yes" });
    expect(against(plan)).toBe("");
    expect(plan).toMatchObject({ risk: "data_loss", confirm: { word: "invalidate web01 on beta" } });
    expect(plan.steps.map(({ id }) => id)).toEqual(["snapshot-0", "invalidate"]);
    expect(pair.plan("drbd invalidate", { resource: "web01", on: "beta" }).loses.join()).toMatch(/can't be brought back/);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(pair.resource("web01").nodes[1].volumes[0]?.disk).toBe("Inconsistent");
    await pair.pass(8_000);
    // Now beta's is the copy that must not be relied on.
    expect(against(pair.plan("drbd invalidate", { resource: "web01", on: "alpha" }))).toMatch(/stop it there first[\s\S]*UpToDate/);
  });

  it("whose copying was asked for and not begun isn't said to be done", async () => {
    const pair = await open();
    const plan = pair.plan("drbd invalidate", { resource: "web01", on: "beta" });
    pair.world.hosts[1].plans.faults.next = "fail";
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject({ result: "failed" });
  });

  it("is compared where there is something to compare by; a small one's end counts as well", async () => {
    const pair = await open();
    expect(await pair.act("drbd verify", { resource: "ldap01", on: "alpha" })).toMatchObject(done);
    const plan = pair.plan("drbd verify", { resource: "web02", on: "beta" });
    pair.world.hosts[1].plans.faults.next = "fail";
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject({ result: "failed" });
  });
});

describe("names that nobody has", () => {
  it.each(["", "; reboot", "$(reboot)", "-x", "web01 ", "wеb01", "web01\u001b[31m", "a".repeat(300)])(
    "%j is refused in one sentence",
    async (name) => {
      const pair = await open();
      for (const action of ["drbd connect", "drbd disconnect", "drbd rate", "drbd repair", "drbd forget"]) {
        const args = { resource: name, on: "alpha", rate: "1000", discard: "alpha" };
        const plan = pair.ana.operator.plan({ action, args });
        expect(plan, action).toMatchObject({ refused: expect.any(String) });
        const host = pair.ana.operator.plan({ action, args: { resource: "web01", on: name, rate: "1000", discard: name } });
        if (action !== "drbd connect") expect(host, action).toMatchObject({ refused: expect.any(String) });
      }
    },
  );
});
