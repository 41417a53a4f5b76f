import { describe, expect, it } from "vitest";
import { answer } from "../../src/sim/format/index.ts";
import { createSim, type Sim, scenarioList } from "../../src/sim/index.ts";
import type { SimHost } from "../../src/sim/model/host.ts";
import { type FactsOf, type ReadingId, readings } from "../../src/xen/read/index.ts";
import type { ParseResult } from "../../src/xen/read/reading.ts";

const names = scenarioList().map(({ name }) => name);
/** The ten incidents of the product, and what else was promised. */
const promised =
  "pair host-dead host-returns resync-stall split-brain path-flap maintenance vlan-missing disk-full stuck-migration link-drop frozen-host hung-command san drbd9 large garbage".split(
    " ",
  );

function play(scenario: string, seconds: number, seed = 1): Sim {
  const sim = createSim({ scenario, seed });
  if (sim === undefined) throw new Error(`no scenario ${scenario}`);
  sim.advance(seconds * 1000);
  return sim;
}

function parse<Id extends ReadingId>(sim: Sim, host: SimHost, id: Id): ParseResult<FactsOf<Id>> {
  const { rc, stdout } = answer(sim.world, host, id);
  return readings[id].parse({ rc, stdout: stdout.replace(/\n+$/, ""), truncated: false }) as ParseResult<FactsOf<Id>>;
}
function facts<Id extends ReadingId>(sim: Sim, host: SimHost, id: Id): FactsOf<Id> {
  const result = parse(sim, host, id);
  if (!result.ok) throw new Error(`${host.name} ${id}: ${JSON.stringify(result)}`);
  return result.facts;
}
const notUnderstood = (value: unknown): readonly string[] =>
  typeof value === "object" && value !== null && "not_understood" in value ? (value as { not_understood: string[] }).not_understood : [];

describe("scenarios", () => {
  it("are those that were promised, each with one sentence", () => {
    expect(names).toEqual(expect.arrayContaining(promised));
    expect(new Set(names).size).toBe(names.length);
    for (const { sentence } of scenarioList()) expect(sentence).toMatch(/^[A-Za-z].{20,160}\.$/);
    expect(createSim({ scenario: "no such" })).toBeUndefined();
  });

  it.each(names.filter((name) => name !== "garbage"))("%s: the console's parsers understand every word, before and after", (name) => {
    const sim = play(name, 3);
    for (const seconds of [0, 40, 200]) {
      sim.advance(seconds * 1000);
      for (const host of sim.world.hosts)
        for (const id of Object.keys(readings) as ReadingId[]) {
          const result = parse(sim, host, id);
          if (result.ok) expect(notUnderstood(result.facts), `${host.name} ${id}`).toEqual([]);
          else expect(result, `${host.name} ${id}`).toMatchObject({ kind: "absent" });
        }
    }
  });

  it("garbage: no reading throws, and no control character comes through", () => {
    const sim = play("garbage", 5);
    for (const host of sim.world.hosts)
      for (const id of Object.keys(readings) as ReadingId[]) {
        const result = parse(sim, host, id);
        const text = JSON.stringify(result, (_key, value) => (value instanceof Map ? [...value] : value));
        expect(text, `${host.name} ${id}`).not.toMatch(/\\u00[01][0-9a-f]|\\u007f|\p{Bidi_Control}/u);
      }
    expect(facts(sim, sim.world.hosts[0], "xl-list").not_understood.length).toBeGreaterThan(0);
  });
});

describe("what the parsers understand is what the model holds", () => {
  it.each(["pair", "guest-trouble", "stuck-migration", "host-returns", "maintenance", "large"])("domains and their devices: %s", (name) => {
    const sim = play(name, 20);
    for (const host of sim.world.hosts) {
      const { domains } = facts(sim, host, "xl-list");
      expect(domains.map(({ name: told, domid, vcpus, memory_mib }) => ({ told, domid, vcpus, memory_mib }))).toEqual(
        host.domains.map((domain) => ({
          told: domain.name,
          domid: domain.domid,
          vcpus: domain.vcpus,
          memory_mib: Math.floor(domain.memory_kib / 1024),
        })),
      );
      const backends = facts(sim, host, "xenstore");
      expect(backends.vbds.map(({ domid, devid, physical_device }) => `${domid}/${devid} ${physical_device}`).sort()).toEqual(
        host.domains.flatMap((domain) => domain.vbds.map((vbd) => `${domain.domid}/${vbd.devid} ${vbd.physical_device}`)).sort(),
      );
      expect(backends.vifs.map(({ ifname, mac, bridge }) => `${ifname} ${mac} ${bridge}`).sort()).toEqual(
        host.domains.flatMap((domain) => domain.vifs.map((vif) => `${vif.ifname} ${vif.nic.mac} ${vif.nic.bridge}`)).sort(),
      );
      const live = facts(sim, host, "xl-list-long");
      const readable = host.domains.filter((domain) => domain.has_json).map(({ domid }) => domid);
      expect(live.domains.map(({ domid }) => domid)).toEqual(readable);
    }
  });

  it.each(["pair", "split-brain", "resync-stall", "replication-cut", "drbd9", "large"])("DRBD: %s", (name) => {
    const sim = play(name, 20);
    for (const host of sim.world.hosts) {
      const { resources } = facts(sim, host, "drbd-status");
      expect(resources.map((resource) => resource.name)).toEqual([...sim.world.drbd.keys()]);
      for (const resource of resources) {
        const node = sim.world.drbd.get(resource.name)?.nodes[host.ix];
        if (node === undefined) throw new Error(resource.name);
        expect(resource.role).toBe(node.role);
        expect(resource.volumes.map(({ disk }) => disk)).toEqual(node.volumes.map(({ disk }) => disk));
        const [connection] = resource.connections;
        expect(connection?.connection).toBe(node.has_connection ? node.connection : undefined);
        if (connection === undefined) continue;
        expect([...connection.volumes.values()].map((volume) => [volume.replication, volume.peer_disk, volume.out_of_sync_kib])).toEqual(
          node.volumes.map((volume) => [volume.replication, volume.peer_disk, volume.out_of_sync_kib]),
        );
      }
    }
  });

  it.each(["pair", "path-flap", "san"])("storage paths: %s", (name) => {
    const sim = play(name, 5);
    for (const host of sim.world.hosts) {
      const { maps } = facts(sim, host, "multipath");
      const usable = (wwid: string): number => host.storage.paths.filter((path) => path.wwid === wwid && path.dm_state === "active").length;
      expect(maps.map((map) => [map.wwid, map.paths.filter((path) => path.usable).length])).toEqual(
        host.storage.maps.map((map) => [map.wwid, usable(map.wwid)]),
      );
      for (const map of maps) expect(map.paths.length).toBe(host.storage.paths.filter((path) => path.wwid === map.wwid).length);
    }
  });
});

describe("the incidents happen", () => {
  const [ALPHA, BETA] = [0, 1] as const;

  it("host-dead: alpha's mirrors wait for their peer, nothing of beta's runs", () => {
    const sim = play("host-dead", 5);
    expect(sim.world.hosts[BETA].power).toBe("off");
    for (const resource of facts(sim, sim.world.hosts[ALPHA], "drbd-status").resources)
      expect(resource.connections[0]?.connection).toBe("Connecting");
  });

  it("host-returns: everything is up to date again in the end", () => {
    const sim = play("host-returns", 200);
    for (const resource of facts(sim, sim.world.hosts[BETA], "drbd-status").resources)
      expect(resource.volumes.map(({ disk }) => disk)).toEqual(resource.volumes.map(() => "UpToDate"));
    expect(facts(sim, sim.world.hosts[ALPHA], "xl-list").domains.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["web02", "ldap01", "db02"]),
    );
  });

  it("resync-stall: one stands still, one is paused by hand", () => {
    const sim = play("resync-stall", 5);
    const find = (): Map<string, number | undefined> =>
      new Map(
        facts(sim, sim.world.hosts[BETA], "drbd-status").resources.map((resource) => [
          resource.name,
          resource.connections[0]?.volumes.get(0)?.out_of_sync_kib,
        ]),
      );
    const before = find();
    sim.advance(30_000);
    for (const name of ["db01", "mail01"]) {
      expect(before.get(name)).toBeGreaterThan(0);
      expect(find().get(name)).toBe(before.get(name));
    }
    expect(facts(sim, sim.world.hosts[BETA], "drbd-proc").minors.find(({ minor }) => minor === 2)?.sync?.stalled).toBe(true);
    sim.advance(240_000);
    expect(find().get("db01")).toBeLessThan(before.get("db01") ?? 0);
  });

  it("split-brain: alone on both sides, and the log says why", () => {
    const sim = play("split-brain", 5);
    for (const host of sim.world.hosts) {
      expect(facts(sim, host, "drbd-status").resources.find(({ name }) => name === "mail01")).toMatchObject({
        role: "Primary",
        connections: [],
      });
      expect(facts(sim, host, "kernel-log").some(({ text }) => text.includes("Split-Brain detected"))).toBe(true);
    }
  });

  it("path-flap: paths of one portal go and come, others stay", () => {
    const sim = play("path-flap", 0);
    const seen = new Set<string>();
    for (let second = 0; second < 60; second += 1) {
      sim.advance(1000);
      for (const map of facts(sim, sim.world.hosts[ALPHA], "multipath").maps)
        seen.add(map.paths.map(({ usable }) => (usable ? "1" : "0")).join(""));
    }
    expect([...seen].sort()).toEqual(["10", "11"]);
  });

  it("maintenance: alpha is emptied and filled again", () => {
    const sim = play("maintenance", 300);
    expect(facts(sim, sim.world.hosts[ALPHA], "xl-list").domains.map(({ name }) => name)).toEqual(["Domain-0"]);
    expect([...sim.world.drbd.values()].some((resource) => resource.nodes[ALPHA].role === "Primary")).toBe(false);
    sim.advance(600_000);
    expect(facts(sim, sim.world.hosts[ALPHA], "xl-list").domains).toHaveLength(6);
  });

  it("vlan-missing: beta lacks the bridge, later it is back", () => {
    const sim = play("vlan-missing", 5);
    const links = (): string[] => facts(sim, sim.world.hosts[BETA], "ip-link").links.map(({ name }) => name);
    expect(links()).not.toContain("xenbr-dmz");
    expect(links()).not.toContain("bond0.200");
    sim.advance(300_000);
    expect(links()).toEqual(expect.arrayContaining(["xenbr-dmz", "bond0.200"]));
  });

  it("disk-full: it goes on filling until there is nothing left", () => {
    const sim = play("disk-full", 5);
    const used = (): number =>
      facts(sim, sim.world.hosts[ALPHA], "df").file_systems.find(({ mountpoint }) => mountpoint === "/")?.used_percent ?? 0;
    const before = used();
    expect(before).toBeGreaterThanOrEqual(91);
    sim.advance(900_000);
    expect(used()).toBe(100);
    expect(facts(sim, sim.world.hosts[ALPHA], "lvm").volumes.find(({ name }) => name === "thin0")?.data_percent).toBe(100);
    expect(facts(sim, sim.world.hosts[ALPHA], "kernel-log").some(({ text }) => text.includes("out-of-data-space"))).toBe(true);
  });

  it("stuck-migration: halves on both hosts that don't move", () => {
    const sim = play("stuck-migration", 5);
    const halves = (host: 0 | 1): string[] =>
      facts(sim, sim.world.hosts[host], "xl-list")
        .domains.map(({ name, migration, state }) => `${name} ${migration} ${state.text}`)
        .filter((text) => !text.includes(" none "));
    const before = [halves(ALPHA), halves(BETA)];
    expect(before).toEqual([
      ["proxy01--migratedaway migrated_away --pss-"],
      ["web01--incoming incoming --p---", "proxy01--incoming incoming --p---"],
    ]);
    sim.advance(120_000);
    expect([halves(ALPHA), halves(BETA)]).toEqual(before);
  });

  it("hung-command: the NFS client only sends", () => {
    const sim = play("hung-command", 5);
    expect([...sim.world.hosts[ALPHA].hung].sort()).toEqual(["df", "xl-list-long"]);
    const mount = (): { sends: number | undefined; receives: number | undefined } => {
      const [first] = facts(sim, sim.world.hosts[ALPHA], "nfs").mounts;
      return { sends: first?.xprt_sends, receives: first?.xprt_receives };
    };
    const before = mount();
    sim.advance(60_000);
    expect(mount().receives).toBe(before.receives);
    expect(mount().sends).toBeGreaterThan(before.sends ?? 0);
  });

  it("san: half of alpha's paths are gone, every map still has some", () => {
    const sim = play("san", 5);
    for (const map of facts(sim, sim.world.hosts[ALPHA], "multipath").maps)
      expect(map.paths.map(({ usable }) => usable)).toEqual([true, true, false, false]);
    expect(facts(sim, sim.world.hosts[ALPHA], "fc").ports.map(({ port_state }) => port_state)).toEqual(["Online", "Linkdown"]);
    expect(facts(sim, sim.world.hosts[BETA], "fc").ports[0]?.vports.map(({ state }) => state)).toEqual(["No Fabric Support", "Active"]);
  });

  it("large: two hundred guests and four hundred volumes", () => {
    const sim = play("large", 0);
    const guests = sim.world.hosts.flatMap((host) => facts(sim, host, "xl-list").domains).filter(({ domid }) => domid > 0);
    expect(guests.length).toBe(200);
    expect(facts(sim, sim.world.hosts[ALPHA], "drbd-status").resources.flatMap(({ volumes }) => volumes)).toHaveLength(400);
  });
});
