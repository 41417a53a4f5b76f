/** What stands against a move, one thing at a time: 2-domain, section 3. Each breaks one thing of a pair that is well. */
import { describe, expect, it } from "vitest";
import { addDev } from "../../../src/sim/model/build.ts";
import { obstacles } from "../../../src/state/plan/plan.ts";
import { compared } from "../preflight/agree.ts";
import { calm, pairFor } from "./pair.ts";

type TestPair = ReturnType<typeof pairFor>;
type Breaks = (pair: TestPair) => void;

/** What a scenario fixes, changed all the same. */
const bend = (target: object, change: object): void => void Object.assign(target, change);
/** What only that host has. */
const bendHost = (host: ReturnType<typeof beta>, change: object): void => bend(host, { hardware: { ...host.hardware, ...change } });
const beta = ({ world }: TestPair) => world.hosts[1];
const domain = ({ world }: TestPair, name: string) => world.hosts.flatMap(({ domains }) => domains).find((each) => each.name === name);

async function moving(guest: string, breaks: Breaks, args: Readonly<Record<string, string>> = {}) {
  const pair = pairFor(calm);
  const ana = pair.open();
  await pair.pass(20_000);
  breaks(pair);
  ana.runtime.refresh();
  await pair.pass(30_000);
  const request = { action: "migrate", args: { guest, ...args } };
  return { pair, ana, request, plan: await pair.prepared(ana, request) };
}

describe("a move", () => {
  it.each(["web01", "db01", "erp01", "mail01", "db02", "build01"])("of %s has nothing against it on a pair that is well", async (guest) => {
    const { plan } = await moving(guest, () => undefined);
    expect(obstacles(plan)).toEqual([]);
    const ids = new Set(plan.checks.map(({ id }) => id));
    for (const id of [
      "guest",
      "host",
      "name",
      "memory",
      "hardware",
      "processor",
      "xen",
      "network",
      "vifname",
      "disk",
      "passthrough",
      "config",
      "clock",
    ])
      expect(ids, id).toContain(id);
    for (const { evidence, asked, id, text } of plan.checks)
      expect(evidence.length + (asked?.length ?? 0), `${id}: ${text}`).toBeGreaterThan(0);
  });

  it.each<[string, string, Breaks, string, RegExp]>([
    ["web01", "its domain is paused", ({ sim }) => sim.fault.guestPaused("web01", true), "guest", /paused/],
    ["web01", "a receiving shell is there", ({ sim }) => sim.fault.migrate("web01", "precopy"), "guest", /is there 2 times/],
    [
      "web01",
      "the target has no memory",
      ({ sim }) => sim.fault.memoryShort("beta", 1_000_000),
      "memory",
      /needs 4\d\d\d MiB, 0 MiB free on beta/,
    ],
    [
      "web01",
      "the target lacks CPU features",
      (pair) => bendHost(beta(pair), { hw_caps: beta(pair).hardware.hw_caps.replace(/[1-9a-f]/, "0") }),
      "hardware",
      /lacks \d+ CPU features/,
    ],
    [
      "web01",
      "the target has another maker's processor",
      (pair) => bendHost(beta(pair), { cpu_model: "AMD EPYC 9354" }),
      "processor",
      /another maker's/,
    ],
    ["web01", "the target's Xen is older", (pair) => bend(beta(pair).xen, { minor: 16 }), "version", /no live move/],
    [
      "web01",
      "the bridge is missing",
      ({ sim }) => sim.fault.vlanMissing("beta", 100, true),
      "network",
      /bridge xenbr-priv missing on beta/,
    ],
    ["web01", "the VLAN is missing", ({ sim }) => sim.fault.vlanMissing("beta", 100), "network", /xenbr-priv has no uplink on beta/],
    [
      "web01",
      "its interface's name is taken",
      (pair) => void addDev(beta(pair).network, { name: "web01.0", kind: "dummy" }, "0200000000aa"),
      "vifname",
      /web01.0 is there/,
    ],
    ["db01", "a disk isn't connected", ({ sim }) => sim.fault.disconnect("db01", "beta"), "drbd", /db01\/\d on alpha is/],
    ["db01", "a disk isn't whole", ({ sim }) => sim.fault.resync("db01", "alpha", 1024 * 1024), "drbd", /db01\/0 on/],
    ["db01", "a disk is split", ({ sim }) => sim.fault.splitBrain("db01"), "drbd", /db01/],
    [
      "erp01",
      "the target has no path",
      ({ sim, world }) => {
        for (const { dev } of world.hosts[1].storage.paths) sim.fault.pathFailed("beta", dev);
      },
      "disk",
      /erp01|path|map/,
    ],
    [
      "web01",
      "the target has no configuration",
      ({ sim }) => sim.fault.configMissing("web01", "beta"),
      "config",
      /guest sync-config web01 --to beta copies it/,
    ],
    [
      "web01",
      "a device is passed through",
      (pair) => bend(domain(pair, "web01") ?? {}, { guest: { ...domain(pair, "web01")?.guest, pci: ["0000:03:00.0"] } }),
      "passthrough",
      /passed through/,
    ],
    ["web01", "the clocks are apart", ({ sim }) => sim.fault.clockSkew("beta", 6_000), "clock", /6\.\d s apart/],
    ["web01", "the target is silent", ({ sim }) => sim.fault.consoleLinkCut("beta"), "host", /beta doesn't answer/],
    ["web01", "xl on the target hangs", ({ sim }) => sim.fault.hang("beta", "xl-list"), "name", /beta: not answering/],
  ])("of %s is refused where %s", async (guest, _, breaks, id, why) => {
    const { pair, ana, plan } = await moving(guest, breaks);
    expect(compared({ state: ana.runtime.state(), view: pair.view(ana) }).wrong).toEqual([]);
    const against = obstacles(plan).filter((each) => each.id === id);
    expect(
      against.map(({ text }) => text).join("\n"),
      plan.checks.map((each) => `${each.id} ${each.result}: ${each.text}`).join("\n"),
    ).toMatch(why);
  });

  it.each<[string, string, Breaks, string, RegExp]>([
    [
      "web01",
      "another disk is being copied",
      ({ sim }) => sim.fault.resync("mail01", "alpha", 60 * 1024 * 1024),
      "resync",
      /mail01\/0 is being copied/,
    ],
    ["web01", "the target's Xen is newer", (pair) => bend(beta(pair).xen, { minor: 18 }), "xen", /no way back to alpha/],
    ["web01", "the clocks are a little apart", ({ sim }) => sim.fault.clockSkew("beta", 2_000), "clock", /2\.\d s apart/],
    ["web01", "the configurations differ", ({ sim }) => sim.fault.configDrift("web01", "beta"), "config", /config differs/],
    [
      "web01",
      "another plan has its lease",
      (pair) => void beta(pair).plans.leases.set("guest-web01", "p9 d9 {}"),
      "lease",
      /plan p9 has guest-web01 on beta/,
    ],
  ])("of %s is warned of where %s", async (guest, _, breaks, id, why) => {
    const { pair, ana, plan } = await moving(guest, breaks);
    expect(compared({ state: ana.runtime.state(), view: pair.view(ana) }).wrong).toEqual([]);
    expect(obstacles(plan)).toEqual([]);
    const warned = plan.checks.filter((each) => each.id === id && each.result === "warn");
    expect(
      warned.map(({ text }) => text).join("\n"),
      plan.checks.map((each) => `${each.id} ${each.result}: ${each.text}`).join("\n"),
    ).toMatch(why);
  });

  it("opens the window for two primaries last, for each resource once, and closes it whatever happened", async () => {
    const closed: Breaks = ({ world }) => {
      for (const resource of world.drbd.values()) resource.two_primaries = [false, false];
    };
    const { pair, ana, plan } = await moving("db01", closed);
    expect(plan.steps.map(({ id }) => id.replace(/-\d+-/, "-"))).toEqual(["open-0", "open-1", "move", "close-0", "close-1"]);
    expect(plan.steps.filter(({ always }) => always).map(({ id }) => id.split("-")[0])).toEqual(["close", "close"]);
    pair.world.hosts[0].plans.faults.next = undefined;
    const running = pair.run(ana, plan);
    await pair.pass(4_000);
    pair.sim.fault.memoryShort("beta", 1_000_000);
    expect(["failed", "done"]).toContain((await pair.until(running)).result);
    expect(pair.world.drbd.get("db01")?.two_primaries).toEqual([false, false]);
  });

  it("goes over the address that was named, to the host that is meant", async () => {
    const { pair, ana, plan } = await moving("web01", () => undefined, { via: "10.99.1.2" });
    expect(plan.steps.at(-1)?.argv.at(-1)).toBe("10.99.1.2");
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "done" });
    const wrong = await moving("web01", () => undefined, { via: "10.99.1.1" });
    expect(await wrong.pair.until(wrong.pair.run(wrong.ana, wrong.plan))).toMatchObject({
      result: "refused",
      text: expect.stringContaining("10.99.1.1 is beta, as this console knows it"),
    });
  });

  it("goes over the network that the config file names", async () => {
    const pair = pairFor(calm, 1, { settings: { fence: new Map(), priority: [], migration: new Map([["beta", "10.99.1.2"]]) as never } });
    const ana = pair.open();
    await pair.pass(20_000);
    const plan = pair.made(ana, { action: "migrate", args: { guest: "web01" } });
    expect(plan.steps.at(-1)?.argv.at(-1)).toBe("10.99.1.2");
  });
});
