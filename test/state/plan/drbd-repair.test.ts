/** A split brain, from the evidence to UpToDate, on both kinds of DRBD. */
import { describe, expect, it } from "vitest";
import type { Flavour } from "../../../src/sim/model/drbd/types.ts";
import { demoPair } from "../../../src/sim/scenarios/parts/demo-pair.ts";
import type { Scenario } from "../../../src/sim/scenarios/scenario.ts";
import { fingerprint, obstacles, type Plan } from "../../../src/state/plan/plan.ts";
import { pairFor } from "./pair.ts";

const split = (flavour: Flavour): Scenario => ({
  name: "split",
  sentence: "split",
  build: (seed, start_ms) => demoPair(seed, start_ms, flavour),
  steps: [{ at_s: -60, what: "split", act: (fault) => fault.splitBrain("mail01") }],
});
const against = (plan: Plan): string[] => obstacles(plan).map(({ text }) => text);
const checksOf = (plan: Plan, id: string): string[] =>
  plan.checks.filter((check) => check.id === id).map(({ result, text }) => `${result}: ${text}`);

async function open(scenario: Scenario) {
  const pair = pairFor(scenario);
  const ana = pair.open();
  await pair.pass(25_000);
  const node = (host: 0 | 1) => {
    const resource = pair.world.drbd.get("mail01");
    if (resource === undefined) throw new Error("no mail01");
    return resource.nodes[host];
  };
  return { ...pair, ana, node, plan: (action: string, args: Record<string, string>) => pair.made(ana, { action, args }) };
}

describe.each(["8.4", "9.2"] as const)("a split brain of DRBD %s", (flavour) => {
  it("is repaired: snapshot, discard, connect, and watched until both sides are UpToDate", async () => {
    const pair = await open(split(flavour));
    expect([pair.node(0).connection, pair.node(1).connection]).toEqual(["StandAlone", "StandAlone"]);
    const plan = pair.plan("drbd repair", { resource: "mail01", discard: "beta" });
    expect(against(plan)).toEqual([]);
    expect(plan).toMatchObject({ risk: "data_loss", confirm: { kind: "typed", word: "discard beta" } });
    expect(plan.loses.join()).toMatch(/everything written to mail01 on beta since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: 256 KiB/);
    expect(plan.steps.map(({ id, host }) => `${id} ${host}`)).toEqual([
      "secondary beta",
      "snapshot-0 beta",
      "discard beta",
      "connect alpha",
      "watch-0 beta",
    ]);
    expect(plan.steps.map(({ argv }) => argv.join(" "))[4]).toBe(
      flavour === "8.4" ? "drbdsetup wait-sync 4" : "drbdsetup wait-sync-resource mail01",
    );
    const outcome = await pair.until(pair.run(pair.ana, plan));
    expect(outcome).toMatchObject({ result: "done" });
    for (const host of [0, 1] as const)
      expect(pair.node(host)).toMatchObject({ connection: "Connected", volumes: [{ disk: "UpToDate", replication: "Established" }] });
    const kept = pair.world.hosts[1].storage.lvs.filter(({ origin }) => origin === "mail01");
    expect(kept).toMatchObject([{ vg: "vg0", attr: "swi-a-s---" }]);
    expect(kept[0]?.data_percent).toBeGreaterThan(0);
    // alpha has written on: its data is what both have.
    expect(pair.world.hosts[0].domains.map(({ name }) => name)).toContain("mail01");
  });

  it("leaves a snapshot that is offered for removal only once both sides are whole", async () => {
    const pair = await open(split(flavour));
    await pair.until(pair.run(pair.ana, pair.plan("drbd repair", { resource: "mail01", discard: "beta" })));
    await pair.pass(5_000);
    expect(pair.ana.operator.plan({ action: "drbd forget", args: { resource: "mail01", on: "alpha" } })).toMatchObject({
      refused: "alpha keeps no snapshot of mail01",
    });
    const plan = pair.plan("drbd forget", { resource: "mail01", on: "beta" });
    expect(against(plan)).toEqual([]);
    expect(plan).toMatchObject({ risk: "data_loss", confirm: { word: "forget mail01 on beta" } });
    pair.sim.fault.detach("mail01", "alpha");
    await pair.pass(8_000);
    expect(against(pair.plan("drbd forget", { resource: "mail01", on: "beta" })).join()).toMatch(
      /mail01 on alpha is Primary Diskless, .*; needed: UpToDate/,
    );
    pair.sim.fault.attach("mail01", "alpha");
    await pair.pass(30_000);
    const free_kib = pair.world.hosts[1].storage.vgs[0]?.free_kib ?? 0;
    expect(await pair.until(pair.run(pair.ana, pair.plan("drbd forget", { resource: "mail01", on: "beta" })))).toMatchObject({
      result: "done",
    });
    expect(pair.world.hosts[1].storage.lvs.filter(({ origin }) => origin === "mail01")).toEqual([]);
    expect(pair.world.hosts[1].storage.vgs[0]?.free_kib).toBeGreaterThan(free_kib);
  });
});

describe("who is to give up data", () => {
  it("has to be said, has to be a host of the pair, and its guest has to be stopped", async () => {
    const pair = await open(split("8.4"));
    const ask = (args: Record<string, string>) => pair.ana.operator.plan({ action: "drbd repair", args });
    expect(ask({ resource: "mail01" })).toMatchObject({ refused: "drbd repair: the discard isn't said" });
    expect(ask({ resource: "mail01", discard: "gamma" })).toMatchObject({ refused: 'there is no host "gamma"' });
    expect(ask({ resource: "web01", discard: "beta" })).toMatchObject({ refused: "web01 is not split" });
    const plan = pair.plan("drbd repair", { resource: "mail01", discard: "alpha" });
    expect(against(plan)).toContain("mail01 on alpha uses mail01: stop it there first");
    expect(plan.confirm).toMatchObject({ word: "discard alpha" });
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject({ result: "refused" });
    expect([pair.node(0).connection, pair.node(1).connection]).toEqual(["StandAlone", "StandAlone"]);
  });

  it("is shown with what each side has, without a word on which is better", async () => {
    const pair = await open(split("8.4"));
    const plan = pair.plan("drbd repair", { resource: "mail01", discard: "beta" });
    const [alpha = "", beta = ""] = checksOf(plan, "evidence");
    expect(alpha).toMatch(
      /^pass: alpha: Primary UpToDate, [\d.]+ [KM]iB of its own since \d.* UTC, mail01 runs on it: it is written now, generation [0-9A-F]{16}:[0-9A-F]{16}$/,
    );
    expect(beta).toMatch(/^pass: beta: Primary UpToDate, 256 KiB of its own since .* UTC, Primary, .*, generation [0-9A-F]{16}/);
    pair.world.hosts[1].frozen = true;
    await pair.pass(20_000);
    expect(checksOf(pair.plan("drbd repair", { resource: "mail01", discard: "beta" }), "evidence").join("\n")).toMatch(
      /unknown: beta: mail01 not freshly read/,
    );
  });

  it("stays the same plan while the other side's guest goes on writing", async () => {
    const pair = await open(split("8.4"));
    const first = fingerprint(pair.plan("drbd repair", { resource: "mail01", discard: "beta" }));
    for (let minutes = 0; minutes < 10; minutes += 1) {
      await pair.pass(60_000);
      expect(fingerprint(pair.plan("drbd repair", { resource: "mail01", discard: "beta" }))).toBe(first);
    }
  });

  it("may be the side whose guest was stopped", async () => {
    const pair = await open(split("8.4"));
    pair.sim.fault.guestStop("mail01");
    await pair.pass(10_000);
    const plan = pair.plan("drbd repair", { resource: "mail01", discard: "alpha" });
    expect(against(plan)).toEqual([]);
    const beta_data = pair.node(1).volumes[0]?.gi.current;
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject({ result: "done" });
    expect((pair.node(0).volumes[0]?.gi.current ?? 0n) & ~1n).toBe((beta_data ?? 0n) & ~1n);
  });
});

describe("the snapshot of what is given up", () => {
  it("needs room; without it the repair is refused, unless nothing is to be kept", async () => {
    const pair = await open(split("8.4"));
    const beta = pair.world.hosts[1].storage;
    beta.vgs = beta.vgs.map((vg) => ({ ...vg, free_kib: 4096 }));
    await pair.pass(130_000);
    const plan = pair.plan("drbd repair", { resource: "mail01", discard: "beta" });
    expect(against(plan).join()).toMatch(/vg0 on beta has 4\.0 MiB free, the snapshot takes .*--snapshot no/);
    const without = pair.plan("drbd repair", { resource: "mail01", discard: "beta", snapshot: "no" });
    expect(against(without)).toEqual([]);
    expect(without.loses.join()).toMatch(/can't be brought back: no snapshot/);
    expect(without.steps.map(({ id }) => id)).not.toContain("snapshot-0");
    expect(
      pair.ana.operator.plan({ action: "drbd repair", args: { resource: "mail01", discard: "beta", snapshot: "maybe" } }),
    ).toMatchObject({
      refused: '--snapshot is yes or no, not "maybe"',
    });
  });

  it("that an earlier attempt took is used, not taken twice", async () => {
    const pair = await open(split("8.4"));
    const plan = pair.plan("drbd repair", { resource: "mail01", discard: "beta" });
    // It stops after the snapshot: somebody connects beta meanwhile, and the discard's conditions aren't met any more.
    pair.world.job_listeners.add(({ argv }) => {
      if (argv[0] === "lvcreate") pair.world.scheduler.after(600, () => pair.sim.fault.connect("mail01", "beta"));
    });
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject({ result: "failed" });
    await pair.pass(5_000);
    const again = pair.plan("drbd repair", { resource: "mail01", discard: "beta" });
    expect(against(again)).toEqual([]);
    expect(checksOf(again, "snapshot").join()).toMatch(
      /pass: beta has the snapshot vg0\/xenha-mail01-0-[0-9A-F]{16} of this very data already/,
    );
    expect(again.steps.map(({ id }) => id)).toEqual(["disconnect", "discard", "connect", "watch-0"]);
    expect(await pair.until(pair.run(pair.ana, again))).toMatchObject({ result: "done" });
    expect(pair.world.hosts[1].storage.lvs.filter(({ origin }) => origin === "mail01")).toHaveLength(1);
  });
});
