import { describe, expect, it } from "vitest";
import { answer } from "../../src/sim/format/index.ts";
import { createSim, type Sim } from "../../src/sim/index.ts";
import { type FactsOf, type ReadingId, readings } from "../../src/xen/read/index.ts";
import type { ParseResult } from "../../src/xen/read/reading.ts";

function pair(scenario = "pair"): Sim {
  const sim = createSim({ scenario });
  if (sim === undefined) throw new Error(`no scenario ${scenario}`);
  sim.advance(2_000);
  return sim;
}

/** What the console's own parser makes of a host's answer. */
function told<Id extends ReadingId>(sim: Sim, name: string, id: Id): FactsOf<Id> {
  const host = sim.world.hosts.find((each) => each.name === name);
  if (host === undefined) throw new Error(name);
  const { rc, stdout } = answer(sim.world, host, id);
  const result = readings[id].parse({ rc, stdout: stdout.replace(/\n+$/, ""), truncated: false }) as ParseResult<FactsOf<Id>>;
  if (!result.ok) throw new Error(`${name} ${id}: ${JSON.stringify(result)}`);
  return result.facts;
}
const domain = (sim: Sim, host: string, name: string) => told(sim, host, "xl-list").domains.find((each) => each.name === name);
const link = (sim: Sim, host: string, name: string) => told(sim, host, "ip-link").links.find((each) => each.name === name);
const config = (sim: Sim, host: string, name: string) => told(sim, host, "xl-configs").find((file) => file.config?.name === name);
const mirror = (sim: Sim, host: string, name: string) => told(sim, host, "drbd-status").resources.find((each) => each.name === name);
const kernelSays = (sim: Sim, host: string, text: string): boolean =>
  told(sim, host, "kernel-log").some((line) => line.text.includes(text));

describe("faults of guests", () => {
  it("a crash, a pause, a second instance, a start and a stop", () => {
    const sim = pair();
    sim.fault.guestCrash("ldap01");
    expect(domain(sim, "beta", "ldap01")?.state).toMatchObject({ shutdown: true, shutdown_reason: "crash" });
    sim.fault.guestPaused("build01", true);
    expect(domain(sim, "beta", "build01")?.state.paused).toBe(true);
    sim.fault.guestPaused("build01", false);
    expect(domain(sim, "beta", "build01")?.state.paused).toBe(false);
    sim.fault.guestDoubled("web02");
    expect([domain(sim, "alpha", "web02")?.uuid, domain(sim, "beta", "web02")?.uuid]).toEqual([
      expect.any(String),
      domain(sim, "alpha", "web02")?.uuid,
    ]);
    sim.fault.guestStop("web01");
    expect(domain(sim, "alpha", "web01")).toBeUndefined();
    expect(mirror(sim, "alpha", "web01")?.role).toBe("Secondary");
    sim.fault.guestStart("web01", "beta");
    sim.advance(5_000);
    expect(domain(sim, "beta", "web01")?.state.text).toMatch(/^[rb-]{2}----$/);
    expect(mirror(sim, "beta", "web01")?.role).toBe("Primary");
    expect(told(sim, "beta", "xl-logs").some(({ text }) => text.includes("Waiting for domain web01"))).toBe(true);
  });

  it("a start without good data fails, and says so in xl's log", () => {
    const sim = pair();
    sim.fault.guestStop("web01");
    sim.fault.disconnect("web01", "beta");
    sim.advance(2_000);
    sim.fault.outdate("web01", "beta");
    sim.fault.guestStart("web01", "beta");
    sim.advance(5_000);
    expect(domain(sim, "beta", "web01")).toBeUndefined();
    expect(told(sim, "beta", "xl-logs").some(({ text }) => text.includes("block-drbd failed"))).toBe(true);
  });

  it("a configuration that is missing, differs, or needs a path that is gone", () => {
    const sim = pair();
    expect(config(sim, "beta", "proxy01")?.config).toEqual(config(sim, "alpha", "proxy01")?.config);
    sim.fault.configMissing("proxy01", "beta");
    expect(config(sim, "beta", "proxy01")).toBeUndefined();
    sim.fault.configDrift("erp01", "beta");
    expect(config(sim, "beta", "erp01")?.config?.vcpus).toBe((config(sim, "alpha", "erp01")?.config?.vcpus ?? 0) + 1);
    sim.fault.pathMissing("beta", "/etc/xen/scripts/block-drbd");
    expect(config(sim, "beta", "web01")?.paths?.find(({ path }) => path.endsWith("block-drbd"))?.present).toBe(false);
    expect(config(sim, "alpha", "web01")?.paths?.every(({ present }) => present === true)).toBe(true);
    expect(config(sim, "alpha", "build01")?.paths?.find(({ path }) => path.startsWith("/srv/nfs"))?.present).toBeUndefined();
  });

  it("a move that nothing hinders, with both sides Primary only in between", () => {
    const sim = pair();
    sim.fault.migrate("web01");
    const both: boolean[] = [];
    for (let step = 0; step < 120; step += 1) {
      sim.advance(250);
      both.push(sim.world.drbd.get("web01")?.nodes.every((node) => node.role === "Primary") === true);
    }
    expect(domain(sim, "alpha", "web01")).toBeUndefined();
    expect(domain(sim, "beta", "web01")?.domid).toBeGreaterThan(4);
    expect(both.filter(Boolean).length).toBeGreaterThan(2);
    expect(both.filter(Boolean).length).toBeLessThan(20);
    expect(both.at(-1)).toBe(false);
  });
});

describe("faults of hosts", () => {
  it("memory, clock and load are told", () => {
    const sim = pair();
    const before = told(sim, "beta", "xl-info").free_memory_mib ?? 0;
    sim.fault.memoryShort("beta", 60_000);
    expect(told(sim, "beta", "xl-info").free_memory_mib).toBe(before - 60_000);
    sim.fault.clockSkew("beta", 5_000);
    sim.fault.disconnect("web01", "beta");
    const [newest] = told(sim, "beta", "kernel-log").slice(-1);
    expect(newest?.host_wall_ms).toBeGreaterThan(sim.now_ms() + 4_900);
  });

  it("names that aren't there are mistakes", () => {
    const sim = pair();
    expect(() => sim.fault.hostDead("gamma")).toThrow("gamma");
    expect(() => sim.fault.resync("nothing", "alpha")).toThrow("nothing");
    expect(() => sim.fault.migrate("nobody")).toThrow("nobody");
    expect(() => sim.fault.iscsiDown("alpha", "192.0.2.1")).toThrow("192.0.2.1");
  });
});

describe("faults of networks", () => {
  it("a bond loses a slave, then the other: only then its bridges have no carrier", () => {
    const sim = pair();
    sim.fault.bondSlaveDown("alpha", "eno1");
    expect(told(sim, "alpha", "bond").bonds[0]).toMatchObject({ mii_up: true, active_slave: "eno2" });
    expect(link(sim, "alpha", "xenbr0")?.carrier).toBe(true);
    sim.fault.bondSlaveDown("alpha", "eno2");
    expect(told(sim, "alpha", "bond").bonds[0]).toMatchObject({ mii_up: false });
    expect(link(sim, "alpha", "bond0.100")).toMatchObject({ carrier: false, operstate: "LOWERLAYERDOWN" });
    expect(kernelSays(sim, "alpha", "bond0: now running without any active interface!")).toBe(true);
    sim.fault.bondSlaveUp("alpha", "eno2");
    expect(link(sim, "alpha", "bond0.100")?.carrier).toBe(true);
    expect(told(sim, "alpha", "bond").bonds[0]?.slaves.map(({ link_failures }) => link_failures)).toEqual([1, 1]);
  });

  it("a bridge has another MTU, a NIC no carrier", () => {
    const sim = pair();
    sim.fault.bridgeMtu("beta", "xenbr-dmz", 9000);
    expect([link(sim, "alpha", "xenbr-dmz")?.mtu, link(sim, "beta", "xenbr-dmz")?.mtu]).toEqual([1500, 9000]);
    sim.fault.carrierLost("beta", "ens1f1");
    expect(link(sim, "beta", "ens1f1")?.carrier).toBe(false);
    sim.fault.carrierBack("beta", "ens1f1");
    expect(link(sim, "beta", "ens1f1")?.carrier).toBe(true);
  });

  it("a guest on a bridge that isn't there has a failed backend", () => {
    const sim = pair();
    sim.fault.guestStop("web01");
    sim.fault.vlanMissing("beta", 200, true);
    sim.fault.guestStart("web01", "beta");
    sim.advance(5_000);
    const vif = told(sim, "beta", "xenstore").vifs.find(({ ifname }) => ifname === "web01.0");
    expect(vif).toMatchObject({ state: "init_wait", hotplug_status: "error", hotplug_error: expect.stringContaining("vif-bridge") });
  });
});

describe("faults of storage", () => {
  it("a path fails and comes back, with the kernel's words", () => {
    const sim = pair();
    const usable = (): number =>
      told(sim, "alpha", "multipath")
        .maps.flatMap(({ paths }) => paths)
        .filter(({ usable: on }) => on).length;
    const before = usable();
    sim.fault.pathFailed("alpha", "sdb");
    expect(usable()).toBe(before - 1);
    expect(kernelSays(sim, "alpha", "Failing path 8:16.")).toBe(true);
    sim.fault.pathBack("alpha", "sdb");
    expect(usable()).toBe(before);
    sim.fault.pathFlapping("alpha", "sdc", 4, 3);
    sim.advance(20_000);
    expect(usable()).toBe(before);
    expect(told(sim, "alpha", "kernel-log").filter(({ text }) => text.includes("Failing path 8:32."))).toHaveLength(3);
  });

  it("a map without any path queues", () => {
    const sim = pair();
    for (const portal of ["10.99.1.20", "10.99.2.20"]) sim.fault.iscsiDown("alpha", portal);
    expect(told(sim, "alpha", "multipath").maps.map(({ queueing }) => queueing)).toEqual(["on", "on"]);
    sim.advance(15_000);
    expect(told(sim, "alpha", "iscsi").sessions.map(({ session_state }) => session_state)).toEqual(["FREE", "FREE"]);
    for (const portal of ["10.99.1.20", "10.99.2.20"]) sim.fault.iscsiBack("alpha", portal);
    expect(told(sim, "alpha", "iscsi").sessions.map(({ connection_state }) => connection_state)).toEqual(["LOGGED IN", "LOGGED IN"]);
  });

  it("file systems and pools fill to the brim and no further", () => {
    const sim = pair();
    sim.fault.diskUsed("alpha", "/var/log", 99);
    sim.fault.diskFilling("alpha", "/var/log", 10_000);
    sim.fault.thinPoolUsed("alpha", "thin0", 99, 40);
    sim.fault.thinPoolFilling("alpha", "thin0", 0.5);
    sim.advance(60_000);
    expect(told(sim, "alpha", "df").file_systems.find(({ mountpoint }) => mountpoint === "/var/log")?.used_percent).toBe(100);
    expect(told(sim, "alpha", "lvm").volumes.find(({ name }) => name === "thin0")?.data_percent).toBe(100);
    expect(kernelSays(sim, "alpha", "no space left")).toBe(true);
  });

  it("an nbd device loses its server", () => {
    const sim = pair();
    sim.world.hosts[0].storage.nbd.push({ dev: "nbd0", size_bytes: 65_536, pid: 77 });
    expect(told(sim, "alpha", "nbd").devices[0]).toMatchObject({ pid: 77, size_bytes: 65_536 });
    sim.fault.nbdDown("alpha", "nbd0");
    expect(told(sim, "alpha", "nbd").devices[0]?.pid).toBeUndefined();
  });
});

describe("faults of mirrors", () => {
  it("a disk is lost and comes back with what it missed", () => {
    const sim = pair();
    sim.fault.detach("db01", "alpha");
    sim.advance(5_000);
    expect(mirror(sim, "alpha", "db01")?.volumes.map(({ disk }) => disk)).toEqual(["Diskless", "Diskless"]);
    expect([...(mirror(sim, "beta", "db01")?.connections[0]?.volumes.values() ?? [])].map(({ peer_disk }) => peer_disk)).toEqual([
      "Diskless",
      "Diskless",
    ]);
    sim.fault.attach("db01", "alpha");
    sim.advance(30_000);
    expect(mirror(sim, "alpha", "db01")?.volumes.map(({ disk }) => disk)).toEqual(["UpToDate", "UpToDate"]);
  });

  it("I/O is suspended while a handler hangs", () => {
    const sim = pair();
    sim.fault.suspend("web01", "alpha", "fencing");
    expect(mirror(sim, "alpha", "web01")?.suspended).toBe("fencing");
    expect(told(sim, "alpha", "drbd-proc").minors[0]?.io_suspended).toBe(true);
    sim.fault.suspend("web01", "alpha", "no");
    expect(mirror(sim, "alpha", "web01")?.suspended).toBe("no");
  });
});
