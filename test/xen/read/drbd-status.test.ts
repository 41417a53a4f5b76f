import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DrbdStatus } from "../../../src/xen/model/drbd.ts";
import { drbdStatus, parseDrbdStatus } from "../../../src/xen/read/drbd-status.ts";
import { recording } from "../../helpers.ts";
import { expectTotal, recorded, recordings } from "./totality.ts";

function facts(path: string): DrbdStatus {
  const result = parseDrbdStatus(recording(path));
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return result.facts;
}
const read = (stdout: string, rc = 0) => parseDrbdStatus({ rc, stdout, truncated: false });
const resource = (status: DrbdStatus, name: string) => status.resources.find((candidate) => candidate.name === name);
const peer = (status: DrbdStatus, name: string) => resource(status, name)?.connections[0]?.volumes.get(0);

describe("drbdsetup status as text", () => {
  it("reads a healthy pair on 8.4", () => {
    const status = facts("healthy/alpha/drbdsetup-status.txt");
    expect(status.not_understood).toEqual([]);
    expect(status.resources.map(({ name }) => name)).toEqual(["r0", "r1", "r2"]);
    expect(resource(status, "r0")).toMatchObject({
      role: "Primary",
      suspended: "no",
      volumes: [{ volume: 0, minor: 0, disk: "UpToDate", size_kib: 131032, upper_pending: 0, lower_pending: 0, blocked: "no" }],
      connections: [{ name: "peer", connection: "Connected", peer_role: "Secondary", congested: false }],
    });
    expect(peer(status, "r0")).toMatchObject({
      replication: "Established",
      peer_disk: "UpToDate",
      resync_suspended: "no",
      out_of_sync_kib: 0,
      in_sync_percent: 100,
      sent_kib: 40,
      sync: undefined,
    });
  });

  it("reads a resync, wrapped lines and all", () => {
    expect(peer(facts("resync/alpha/drbdsetup-status.txt"), "r0")).toMatchObject({
      replication: "SyncSource",
      peer_disk: "Inconsistent",
      out_of_sync_kib: 81320,
      resync_suspended: "no",
      sync: { done_percent: 37.94, eta_s: undefined, not_converging: false },
    });
  });

  it("reads who paused a resync", () => {
    expect(peer(facts("paused/alpha/drbdsetup-status.txt"), "r0")).toMatchObject({ replication: "PausedSyncS", resync_suspended: "peer" });
    expect(peer(facts("paused/beta/drbdsetup-status.txt"), "r0")).toMatchObject({ replication: "PausedSyncT", resync_suspended: "user" });
  });

  it("has no connection where 8.4 is StandAlone", () => {
    const r2 = resource(facts("splitbrain/alpha/drbdsetup-status.txt"), "r2");
    expect(r2).toMatchObject({ role: "Primary", volumes: [{ disk: "UpToDate" }], connections: [] });
  });

  it("reads a detached disk", () => {
    const status = facts("detach/alpha/drbdsetup-status.txt");
    expect(resource(status, "r0")?.volumes[0]?.disk).toBe("Diskless");
    expect(peer(status, "r2")).toMatchObject({ peer_disk: "Diskless", out_of_sync_kib: 4 });
  });

  it("reads 9's text: node ids, rate and ETA", () => {
    const status = facts("drbd9-resync/alpha/drbdsetup-status.txt");
    expect(resource(status, "r0")?.connections[0]).toMatchObject({ name: "beta", peer_node_id: 1, connection: "Connected" });
    expect(resource(status, "r0")?.volumes[0]).toMatchObject({ quorum: true });
    expect(peer(status, "r0")?.sync).toMatchObject({ done_percent: 40.44, rate_recent_kib_s: 1802, eta_s: 43, not_converging: false });
  });

  it("takes nan, infinity and 987654321 for not converging", () => {
    for (const eta of ["nan", "inf", "987654321"]) {
      const text = `r0 role:Primary suspended:no\n  volume:0 minor:0 disk:UpToDate\n  b connection:Connected role:Secondary\n    volume:0 replication:SyncSource done:2.15 dbdt1:0.00 eta:${eta}`;
      const result = read(text);
      expect(result.ok && peer(result.facts, "r0")?.sync).toMatchObject({ eta_s: undefined, not_converging: true, rate_recent_kib_s: 0 });
    }
  });

  it("reads several volumes and peers", () => {
    const text = [
      "multi role:Secondary suspended:quorum",
      "  volume:0 minor:10 disk:UpToDate size:1024",
      "  volume:1 minor:11 disk:Diskless client:no size:2048 blocked:upper",
      "  b node-id:1 connection:Connecting role:Unknown congested:no",
      "    volume:0 replication:Off peer-disk:DUnknown resync-suspended:no",
      "        received:0 sent:0 out-of-sync:512 pending:0 unacked:0",
      "    volume:1 replication:Off peer-disk:Outdated resync-suspended:no",
      "  c node-id:2 connection:StandAlone role:Unknown",
      "    volume:0 replication:Off peer-disk:DUnknown",
    ].join("\n");
    const result = read(text);
    if (!result.ok) throw new Error("not parsed");
    const [multi] = result.facts.resources;
    expect(multi).toMatchObject({ suspended: "quorum" });
    expect(multi?.volumes).toMatchObject([{ volume: 0 }, { volume: 1, minor: 11, disk: "Diskless", client: false, blocked: "upper" }]);
    expect(multi?.connections.map(({ name, connection }) => [name, connection])).toEqual([
      ["b", "Connecting"],
      ["c", "StandAlone"],
    ]);
    expect(multi?.connections[0]?.volumes.get(0)).toMatchObject({ out_of_sync_kib: 512, in_sync_percent: 50 });
    expect(multi?.connections[0]?.volumes.get(1)?.peer_disk).toBe("Outdated");
  });

  it("reads what drbdadm status prints without --verbose", () => {
    const result = parseDrbdStatus(recording("healthy/alpha/drbdadm-status.txt"));
    if (!result.ok) throw new Error("not parsed");
    expect(result.facts.not_understood).toEqual([]);
    expect(resource(result.facts, "r0")).toMatchObject({ role: "Primary", volumes: [{ volume: 0, disk: "UpToDate" }] });
    expect(resource(result.facts, "r0")?.connections[0]).toMatchObject({ connection: "Connected", peer_role: "Secondary" });
    expect(peer(result.facts, "r0")).toMatchObject({ peer_disk: "UpToDate" });
  });

  it("keeps words that it doesn't know", () => {
    const result = read("r0 role:Tertiary\n  volume:0 disk:Melted\n  b connection:Tangled role:Odd\n    volume:0 replication:Sideways");
    if (!result.ok) throw new Error("not parsed");
    expect(result.facts.resources[0]).toMatchObject({
      role: { other: "Tertiary" },
      volumes: [{ disk: { other: "Melted" } }],
      connections: [{ connection: { other: "Tangled" }, peer_role: { other: "Odd" } }],
    });
  });

  it("doesn't put a stray line into the resource above it", () => {
    const result = read("r0 role:Primary\n  volume:0 minor:0 disk:UpToDate\nr1 rol\n  volume:0 minor:1 disk:Failed");
    if (!result.ok) throw new Error("not parsed");
    expect(result.facts.resources.map(({ volumes }) => volumes.length)).toEqual([1]);
    expect(result.facts.not_understood).toEqual(["r1 rol", "volume:0 minor:1 disk:Failed"]);
  });
});

describe("drbdsetup status --json", () => {
  it("reads a healthy pair on 9", () => {
    const status = facts("drbd9-healthy/alpha/drbdsetup-status.json");
    expect(status.resources).toHaveLength(3);
    expect(resource(status, "r0")).toMatchObject({
      role: "Primary",
      suspended: "no",
      volumes: [{ volume: 0, minor: 0, disk: "UpToDate", client: false, quorum: true, size_kib: 131032 }],
      connections: [{ name: "beta", peer_node_id: 1, connection: "Connected", peer_role: "Secondary", congested: false }],
    });
    expect(peer(status, "r0")).toMatchObject({ replication: "Established", in_sync_percent: 100, sync: undefined });
  });

  it("reads a resync with both percentages, rates and ETA", () => {
    expect(peer(facts("drbd9-resync/alpha/drbdsetup-status.json"), "r0")).toMatchObject({
      replication: "SyncSource",
      out_of_sync_kib: 79064,
      in_sync_percent: 39.66,
      sync: {
        done_percent: 39.66,
        rate_recent_kib_s: 1751,
        rate_average_kib_s: 1833,
        rate_wanted_kib_s: undefined,
        eta_s: 45,
        not_converging: false,
      },
    });
  });

  it("keeps the connection of a StandAlone", () => {
    const r2 = resource(facts("drbd9-splitbrain/alpha/drbdsetup-status.json"), "r2");
    expect(r2?.connections[0]).toMatchObject({ connection: "StandAlone", peer_role: "Unknown" });
    expect(r2?.connections[0]?.volumes.get(0)).toMatchObject({ replication: "Off", peer_disk: "DUnknown", out_of_sync_kib: 256 });
  });

  it("tells why I/O is suspended, and that it is where the reason isn't told", () => {
    const json = (more: object) => JSON.stringify([{ name: "r0", role: "Primary", ...more }]);
    const suspended = (more: object) => {
      const result = read(json(more));
      return result.ok ? result.facts.resources[0]?.suspended : undefined;
    };
    expect(suspended({ suspended: true, "suspended-quorum": true, "suspended-fencing": true })).toBe("fencing,quorum");
    expect(suspended({ suspended: true })).toBe("yes");
    expect(suspended({ suspended: false })).toBe("no");
  });

  it("gives every whole resource of an output that was cut, and says that it was", () => {
    const { stdout } = recording("drbd9-healthy/alpha/drbdsetup-status.json");
    const cut = stdout.slice(0, stdout.lastIndexOf('"r2"') + 40);
    const result = parseDrbdStatus({ rc: 0, stdout: cut, truncated: true });
    if (!result.ok) throw new Error("not parsed");
    expect(result.facts.resources.map(({ name }) => name)).toEqual(["r0", "r1"]);
    expect(result.facts.not_understood.join()).toContain("r2");
    expect(result.facts.not_understood.at(-1)).toContain("cut");
  });
});

describe("drbdsetup status otherwise", () => {
  it("fails on 8.4's usage text", () => {
    const result = parseDrbdStatus(recorded("healthy/alpha/drbdsetup-status.json"));
    expect(result).toMatchObject({ ok: false, kind: "failed", error: expect.stringContaining("20") });
  });

  it("takes no resources for none, in all the ways that is told", () => {
    for (const text of ["", "# No currently configured DRBD found.\n", "[\n]\n"])
      expect(read(text)).toEqual({ ok: true, facts: { resources: [], not_understood: [] } });
  });

  it("says absent, failed and late apart", () => {
    expect(read("", 69)).toMatchObject({ ok: false, kind: "absent" });
    expect(read("", 1)).toMatchObject({ ok: false, kind: "failed" });
    expect(read("no such module\n", 0)).toEqual({ ok: false, kind: "failed", error: "drbdsetup status exited with 0: no such module" });
    expect(parseDrbdStatus({ ...recording("healthy/alpha/drbdsetup-status.txt"), rc: 124 })).toMatchObject({
      ok: false,
      kind: "failed",
      error: expect.stringContaining("time limit"),
    });
  });

  const every = recordings(/^drbdsetup-status\.(txt|json)$/);
  it.each(every)("understands every word of %s", (path) => {
    const result = drbdStatus.parse(recorded(path));
    if (!result.ok) {
      expect(result.kind === "failed" && result.error).toContain("options");
      return;
    }
    expect(result.facts.not_understood).toEqual([]);
    expect(result.facts.resources.length).toBe(3);
    for (const { role, volumes } of result.facts.resources) {
      expect(typeof role).toBe("string");
      expect(volumes).toHaveLength(1);
    }
  });

  it("is total", () => {
    expectTotal(
      parseDrbdStatus,
      ["resync/alpha/drbdsetup-status.txt", "drbd9-resync/alpha/drbdsetup-status.json", "drbd9-resync/beta/drbdsetup-status.txt"].map(
        (path) => recording(path).stdout,
      ),
    );
  });

  it("never loses a resource, wherever the answer is cut and whatever bytes are among it", () => {
    const states = ["UpToDate", "Failed", "\u001b[31m", "é", "{", ""];
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 6 }), fc.constantFrom(...states), (names, state) => {
        const text = names.map((one) => `${one} role:Primary suspended:no\n  volume:0 minor:0 disk:${state}\n`).join("\n");
        const result = read(text);
        expect(result.ok && result.facts.resources.map((one) => one.name)).toEqual(names);
        const json = read(JSON.stringify(names.map((one) => ({ name: one, role: "Primary", devices: [{ "disk-state": state }] }))));
        expect(json.ok && json.facts.resources.map((one) => one.name)).toEqual(names);
      }),
    );
  });
});
