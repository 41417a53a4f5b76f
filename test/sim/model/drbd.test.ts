import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare } from "../../../src/sim/model/drbd/generation.ts";
import type { DrbdResource } from "../../../src/sim/model/drbd/types.ts";
import { type Lab, lab } from "../lab.ts";

const r = (at: Lab, name: string): DrbdResource => {
  const resource = at.world.drbd.get(name);
  if (resource === undefined) throw new Error(name);
  return resource;
};
const states = (at: Lab, name: string): string[] =>
  r(at, name).nodes.map((node) => `${node.connection} ${node.role} ${node.volumes[0]?.disk} ${node.volumes[0]?.replication}`);

describe("DRBD's model", () => {
  it("resyncs over time, at c-max-rate, and ends up to date", () => {
    const at = lab();
    r(at, "r0").c_max_rate_kib_s = [2048, 2048];
    at.fault.resync("r0", "alpha");
    at.advance(10);
    const left = r(at, "r0").nodes[0].volumes[0]?.out_of_sync_kib ?? 0;
    expect(131_032 - left).toBeGreaterThan(2048 * 7);
    expect(131_032 - left).toBeLessThan(2048 * 11);
    at.advance(80);
    expect(states(at, "r0")).toEqual(["Connected Primary UpToDate Established", "Connected Secondary UpToDate Established"]);
  });

  it("stands still while stalled or paused, and goes on", () => {
    const at = lab();
    r(at, "r0").c_max_rate_kib_s = [2048, 2048];
    at.fault.resync("r0", "alpha");
    at.advance(5);
    const left = (): number => r(at, "r0").nodes[1].volumes[0]?.out_of_sync_kib ?? 0;
    for (const halt of [(on: boolean) => at.fault.stall("r0", on), (on: boolean) => at.fault.pauseSync("r0", "beta", on)]) {
      halt(true);
      const before = left();
      at.advance(20);
      expect(left()).toBe(before);
      halt(false);
      at.advance(5);
      expect(left()).toBeLessThan(before);
    }
  });

  it("shares the link between resyncs", () => {
    const at = lab();
    at.world.replication_kib_s = 2000;
    at.fault.resync("r0", "alpha");
    at.fault.resync("r1", "beta");
    at.advance(11);
    const moved = (name: string, total: number): number => total - (r(at, name).nodes[0].volumes[0]?.out_of_sync_kib ?? 0);
    expect(moved("r0", 131_032)).toBeLessThan(12_000);
    expect(moved("r1", 262_100)).toBeLessThan(12_000);
  });

  it("counts what is written while apart, and copies just that", () => {
    const at = lab();
    at.fault.replicationLinkCut();
    at.advance(60);
    expect(states(at, "r0")).toEqual(["Connecting Primary UpToDate Off", "Connecting Secondary UpToDate Off"]);
    const missed = r(at, "r0").nodes[0].volumes[0]?.out_of_sync_kib ?? 0;
    expect(missed).toBeGreaterThan(0);
    expect(missed).toBeLessThan(1000);
    at.fault.replicationLinkBack();
    at.advance(20);
    expect(states(at, "r0")).toEqual(["Connected Primary UpToDate Established", "Connected Secondary UpToDate Established"]);
    const [a, b] = r(at, "r0").nodes.map((node) => (node.volumes[0]?.gi.current ?? 0n) & ~1n);
    expect(a).toBe(b);
  });

  it("splits when both sides were Primary while apart, and heals by a victim", () => {
    const at = lab();
    at.fault.guestStop("cache01");
    at.fault.splitBrain("r2");
    at.advance(20);
    expect(states(at, "r2")).toEqual(["StandAlone Primary UpToDate Off", "StandAlone Primary UpToDate Off"]);
    r(at, "r2").nodes[1].role = "Secondary";
    at.fault.connect("r2", "beta", true);
    at.fault.connect("r2", "alpha");
    at.advance(20);
    expect(states(at, "r2")).toEqual(["Connected Primary UpToDate Established", "Connected Secondary UpToDate Established"]);
  });

  it("lets a dead host's copy catch up when it returns, and a crashed Primary copy its activity log", () => {
    const at = lab();
    at.fault.hostDead("beta");
    at.advance(30);
    at.fault.guestStart("db01", "alpha");
    at.advance(60);
    expect(r(at, "r1").nodes[0].role).toBe("Primary");
    at.fault.hostBack("beta");
    at.advance(90);
    for (const name of ["r0", "r1", "r2"])
      expect(states(at, name)).toEqual(["Connected Primary UpToDate Established", "Connected Secondary UpToDate Established"]);
    expect(r(at, "r1").nodes[1].volumes[0]?.received_kib).toBeGreaterThanOrEqual(4096);
  });

  it("refuses a second Primary where two aren't allowed, and any without good data", () => {
    const at = lab();
    r(at, "r0").two_primaries = [false, false];
    at.fault.migrate("web01");
    at.advance(10);
    expect(at.world.migrations[0]?.phase).toBe("failed");
    expect(at.alpha.domains.find(({ name }) => name === "web01")?.run).toMatch(/blocked|running/);
    expect(at.beta.domains.some(({ name }) => name?.startsWith("web01"))).toBe(false);
  });

  it("verifies, marks what differs and doesn't mend it", () => {
    const at = lab();
    at.fault.verify("r2", "alpha", 16);
    at.advance(1);
    expect(states(at, "r2")).toEqual(["Connected Primary UpToDate VerifyS", "Connected Secondary UpToDate VerifyT"]);
    at.advance(30);
    expect(states(at, "r2")[0]).toBe("Connected Primary UpToDate Established");
    expect(r(at, "r2").nodes.map((node) => node.volumes[0]?.out_of_sync_kib)).toEqual([16, 16]);
  });

  it("drops nothing on a host that stands still, and says nothing of a peer once it has dropped it", () => {
    const at = lab("8.4", 1);
    at.fault.hostFrozen("beta");
    at.fault.disconnect("r0", "beta");
    at.fault.hostThawed("beta");
    at.advance(60);
    for (const { connection, volumes } of r(at, "r0").nodes)
      if (connection !== "Connected") expect(volumes.map(({ replication }) => replication)).toEqual(["Off"]);
  });

  it("never has two up-to-date generations on a settled, connected resource, whatever is done to it", () => {
    const act = fc.constantFrom(
      "cut",
      "mend",
      "resync",
      "disconnect-a",
      "disconnect-b",
      "connect-a",
      "connect-b",
      "detach-b",
      "attach-b",
      "dead-b",
      "back-b",
      "freeze-b",
      "thaw-b",
      "migrate",
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(act, fc.integer({ min: 0, max: 40 })), { maxLength: 12 }),
        fc.integer({ min: 1, max: 99 }),
        (acts, seed) => {
          const at = lab("8.4", seed);
          const { fault } = at;
          const doIt: Record<string, () => void> = {
            cut: () => fault.replicationLinkCut(),
            mend: () => fault.replicationLinkBack(),
            resync: () => fault.resync("r0", "alpha"),
            "disconnect-a": () => fault.disconnect("r0", "alpha"),
            "disconnect-b": () => fault.disconnect("r0", "beta"),
            "connect-a": () => fault.connect("r0", "alpha"),
            "connect-b": () => fault.connect("r0", "beta"),
            "detach-b": () => fault.detach("r0", "beta"),
            "attach-b": () => fault.attach("r0", "beta"),
            "dead-b": () => fault.hostDead("beta"),
            "back-b": () => fault.hostBack("beta"),
            "freeze-b": () => fault.hostFrozen("beta"),
            "thaw-b": () => fault.hostThawed("beta"),
            migrate: () => {
              if (at.alpha.domains.some(({ name }) => name === "web01")) fault.migrate("web01");
            },
          };
          for (const [what, seconds] of acts) {
            doIt[what]?.();
            at.advance(seconds);
          }
          at.advance(60);
          const { nodes } = r(at, "r0");
          for (const node of nodes)
            for (const volume of node.volumes) {
              expect(volume.out_of_sync_kib % 4).toBe(0);
              expect(volume.out_of_sync_kib).toBeGreaterThanOrEqual(0);
              expect(volume.out_of_sync_kib).toBeLessThanOrEqual(131_032);
              if (node.connection !== "Connected") expect(volume.replication).toBe("Off");
            }
          const settled = nodes.every(
            (node) =>
              node.connection === "Connected" && node.volumes[0]?.replication === "Established" && node.volumes[0]?.disk === "UpToDate",
          );
          const reachable = at.world.replication_link && at.world.hosts.every((host) => host.power === "on" && !host.frozen);
          if (settled && reachable)
            expect((nodes[0].volumes[0]?.gi.current ?? 0n) & ~1n).toBe((nodes[1].volumes[0]?.gi.current ?? 0n) & ~1n);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("comparing generations", () => {
  const gi = (current: bigint, bitmap = 0n, younger = 0n, older = 0n) => ({ current, bitmap, younger, older });
  it("follows the kernel's rules, from both sides", () => {
    expect(compare(gi(8n), gi(9n))).toMatchObject({ outcome: "none", rule: 40 });
    expect(compare(gi(8n), gi(16n, 8n))).toMatchObject({ outcome: "target", code: -1, rule: 50 });
    expect(compare(gi(16n, 8n), gi(8n))).toMatchObject({ outcome: "source", code: 1, rule: 70 });
    expect(compare(gi(16n, 8n), gi(32n, 8n))).toMatchObject({ outcome: "split-brain", code: 100, rule: 90 });
    expect(compare(gi(64n, 32n, 8n), gi(8n))).toMatchObject({ outcome: "source-full" });
    expect(compare(gi(8n), gi(64n, 32n, 8n))).toMatchObject({ outcome: "target-full" });
    expect(compare(gi(64n), gi(8n))).toMatchObject({ outcome: "unrelated" });
  });
});
