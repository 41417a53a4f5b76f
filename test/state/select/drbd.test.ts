import { describe, expect, it } from "vitest";
import { selectDrbd } from "../../../src/state/select/drbd.ts";
import { drbdOfTarget, drbdTargets } from "../../../src/state/select/drbd-targets.ts";
import { sidesOf } from "../../../src/state/select/sides.ts";
import type { PairState } from "../../../src/state/state.ts";
import type { DrbdRow } from "../../../src/state/view-model.ts";
import type { DrbdResource, DrbdStatus } from "../../../src/xen/model/drbd.ts";
import type { DiskConfig } from "../../../src/xen/model/xen.ts";
import { parseDrbdGi } from "../../../src/xen/read/drbd-gi.ts";
import { parseDrbdStatus } from "../../../src/xen/read/drbd-status.ts";
import { cpuSince } from "../../kit/cpu.ts";
import { ALPHA, BETA, factsOf, LOST_MS, NOW_MS, pairFromRecordings, unreachable, withFacts, withHost } from "../pair-from-recordings.ts";

const WEB01 = "5ca1ab1e-0000-4000-8000-000000000011";

function row(pair: PairState, key: string): DrbdRow {
  const found = selectDrbd(pair, NOW_MS).find((candidate) => candidate.key === key);
  if (found === undefined) throw new Error(`no row ${key}`);
  return found;
}
const words = (pair: PairState) => selectDrbd(pair, NOW_MS).map(({ key, state }) => `${key} ${state.severity} ${state.text}`);
const allWell = ["r0/0 ok UpToDate", "r1/0 ok UpToDate", "r2/0 ok UpToDate"];

/** The scenario with a host's resource changed. */
function changed(pair: PairState, host: typeof ALPHA, name: string, change: (resource: DrbdResource) => DrbdResource): PairState {
  const status = factsOf(pair, host, "drbd-status");
  return withFacts(pair, host, "drbd-status", {
    ...status,
    resources: status.resources.map((resource) => (resource.name === name ? change(resource) : resource)),
  });
}
const withDisk =
  (disk: DrbdResource["volumes"][number]["disk"], more: Partial<DrbdResource["volumes"][number]> = {}) =>
  (resource: DrbdResource): DrbdResource => ({ ...resource, volumes: resource.volumes.map((volume) => ({ ...volume, ...more, disk })) });
const withPeer = (resource: DrbdResource, change: object, link: object = {}): DrbdResource => ({
  ...resource,
  connections: resource.connections.map((connection) => ({
    ...connection,
    ...link,
    volumes: new Map([...connection.volumes].map(([number, peer]) => [number, { ...peer, ...change }])),
  })),
});

describe("DRBD rows of recorded scenarios", () => {
  it("are all well on a healthy pair, 8.4 and 9 alike", () => {
    for (const scenario of ["healthy", "drbd9-healthy", "pathfail", "ovs"])
      expect(words(pairFromRecordings(scenario)), scenario).toEqual(allWell);
  });

  it("join both hosts' views, with minors, backing disks and guests", () => {
    expect(row(pairFromRecordings("healthy"), "r0/0")).toMatchObject({
      resource: "r0",
      volume: 0,
      minor: [0, 0],
      size_kib: 131032,
      backing: ["/dev/vg0/web01", "/dev/vg0/web01"],
      allow_two_primaries: [true, true],
      guests: [WEB01],
      disagreement: [],
      resync: undefined,
      split_brain: undefined,
      sides: [
        {
          host: ALPHA,
          present: true,
          role: "Primary",
          disk: "UpToDate",
          connection: "Connected",
          replication: "Established",
          peer_role: "Secondary",
          peer_disk: "UpToDate",
          suspended: "no",
          severity: "ok",
        },
        { host: BETA, present: true, role: "Secondary", peer_role: "Primary", evidence: { freshness: "fresh", reading: "drbd-status" } },
      ],
    });
  });

  it("show a resync on the one volume that resyncs", () => {
    expect(words(pairFromRecordings("resync"))).toEqual(["r0/0 warning resync 46.9 %", ...allWell.slice(1)]);
    expect(words(pairFromRecordings("drbd9-resync"))[0]).toBe("r0/0 warning resync 33.6 %");
    expect(words(pairFromRecordings("reconnect"))[2]).toBe("r2/0 warning resync 57.2 %");
    expect(words(pairFromRecordings("paused"))[0]).toBe("r0/0 warning resync paused 1.4 %");
  });

  it("show lost disks: critical where a guest runs over the network", () => {
    expect(words(pairFromRecordings("detach"))).toEqual([
      "r0/0 critical no disk on alpha, runs over the network",
      "r1/0 ok UpToDate",
      "r2/0 warning no disk on beta",
    ]);
  });

  it("show a cut link on both sides", () => {
    const pair = pairFromRecordings("linkcut");
    expect(words(pair)).toEqual(["r0", "r1", "r2"].map((name) => `${name}/0 critical Connecting on alpha`));
    expect(row(pair, "r0/0").sides.map(({ connection, peer_disk }) => [connection, peer_disk])).toEqual([
      ["Connecting", "DUnknown"],
      ["Connecting", "DUnknown"],
    ]);
    expect(selectDrbd(pair, NOW_MS).every(({ split_brain }) => split_brain === undefined)).toBe(true);
  });

  it("keep the last words of a host that doesn't answer, as old ones, and never call it dead", () => {
    for (const scenario of ["peerdown", "peerfrozen", "drbd9-peerdown"]) {
      const pair = pairFromRecordings(scenario);
      const r1 = row(pair, "r1/0");
      expect(r1.state).toEqual({ text: "Connecting on alpha", severity: "critical" });
      expect(r1.sides[1]).toMatchObject({
        present: true,
        role: "Primary",
        disk: "UpToDate",
        connection: "Connected",
        severity: "unknown",
        evidence: { freshness: "stale", at_ms: LOST_MS },
      });
      expect(r1.disagreement).toEqual([]);
      expect(JSON.stringify(selectDrbd(pair, NOW_MS))).not.toMatch(/dead/i);
    }
  });

  it("believe the host that answers where its kernel says that all is well", () => {
    const pair = withHost(pairFromRecordings("healthy"), BETA, unreachable);
    expect(words(pair)).toEqual(allWell);
    expect(row(pair, "r0/0").sides[1].severity).toBe("unknown");
  });

  it("find nothing well where nobody answers", () => {
    const pair = withHost(withHost(pairFromRecordings("healthy"), BETA, unreachable), ALPHA, unreachable);
    expect(words(pair)).toEqual(["r0", "r1", "r2"].map((name) => `${name}/0 unknown UpToDate`));
    const lost = pairFromRecordings("splitbrain");
    expect(words(withHost(withHost(lost, BETA, unreachable), ALPHA, unreachable))[2]).toBe("r2/0 critical split brain");
  });

  it("have the peer that came back in sync", () => {
    expect(words(pairFromRecordings("peerback"))).toEqual(allWell);
  });
});

describe("split brain", () => {
  it.each([
    ["splitbrain", "r2/0"],
    ["drbd9-splitbrain", "r2/0"],
    ["migratediverge", "r0/0"],
  ])("is found in %s with the kernel's words and both sides", (scenario, key) => {
    const pair = pairFromRecordings(scenario);
    const found = row(pair, key);
    expect(found.state).toEqual({ text: "split brain", severity: "critical" });
    expect(found.sides.map(({ connection }) => connection)).toEqual(["StandAlone", "StandAlone"]);
    expect(found.split_brain?.evidence).toEqual([
      expect.stringMatching(/^alpha: kernel: .*Split-Brain detected/),
      expect.stringMatching(/^beta: kernel: .*Split-Brain detected/),
      expect.stringMatching(/^alpha: (Primary|Secondary), UpToDate, StandAlone, \d+ KiB out-of-sync$/),
      expect.stringMatching(/^beta: Primary, UpToDate, StandAlone, \d+ KiB out-of-sync$/),
    ]);
    expect(found.split_brain?.since_ms).toBeLessThan(NOW_MS);
    expect(selectDrbd(pair, NOW_MS).filter(({ split_brain }) => split_brain !== undefined)).toHaveLength(1);
  });

  it("is found with one host silent, from the other's log", () => {
    const pair = withHost(pairFromRecordings("splitbrain"), BETA, unreachable);
    expect(row(pair, "r2/0").split_brain?.evidence[0]).toMatch(/Split-Brain detected/);
  });

  const quiet = (pair: PairState): PairState => withFacts(withFacts(pair, ALPHA, "kernel-log", []), BETA, "kernel-log", []);

  it("isn't claimed of a StandAlone without proof", () => {
    const r2 = row(quiet(pairFromRecordings("splitbrain")), "r2/0");
    expect(r2.split_brain).toBeUndefined();
    expect(r2.state).toEqual({ text: "Primary on both, not connected", severity: "critical" });
  });

  it("isn't claimed from a detection that a later connection has made history", () => {
    const pair = pairFromRecordings("splitbrain");
    const log = factsOf(pair, ALPHA, "kernel-log");
    const healed = [
      ...log,
      {
        host_wall_ms: NOW_MS,
        source: "kernel" as const,
        subject: "drbd2",
        text: "block drbd2: peer( Unknown -> Secondary ) conn( WFReportParams -> WFBitMapS )",
      },
    ];
    const calm = withFacts(withFacts(pair, ALPHA, "kernel-log", healed), BETA, "kernel-log", []);
    expect(row(calm, "r2/0").split_brain).toBeUndefined();
  });

  it("is heard in the kernel's stream after the log was read", () => {
    const pair = quiet(pairFromRecordings("splitbrain"));
    const heard: PairState = {
      ...pair,
      timeline: [
        {
          seq: 1,
          at_ms: NOW_MS - 9000,
          host: BETA,
          origin: "journal",
          object: "drbd2",
          text: "block drbd2: Split-Brain detected but unresolved, dropping connection!",
          severity: "critical",
        },
      ],
    };
    expect(row(heard, "r2/0").split_brain).toMatchObject({ since_ms: NOW_MS - 9000 });
  });

  const gi = (lines: readonly string[]) => {
    const result = parseDrbdGi({
      rc: 0,
      stdout: `@@ debugfs\n${lines.map((line) => `r2/volumes/0/data_gen_id:0x${line}`).join("\n")}\n`,
      truncated: false,
    });
    if (!result.ok) throw new Error("not parsed");
    return result.facts;
  };
  const base = "5555555555555554";

  it("is proved by generations of which neither host knows the other's", () => {
    const pair = quiet(pairFromRecordings("splitbrain"));
    const split = withFacts(
      withFacts(pair, ALPHA, "drbd-gi", gi(["AAAAAAAAAAAAAAA1", base])),
      BETA,
      "drbd-gi",
      gi(["BBBBBBBBBBBBBBB3", base]),
    );
    expect(row(split, "r2/0")).toMatchObject({
      generations: [`AAAAAAAAAAAAAAA1:${base}`, `BBBBBBBBBBBBBBB3:${base}`],
      split_brain: { evidence: ["generations: neither host knows the other's current one", expect.any(String), expect.any(String)] },
    });
    // One only lags behind: the other's bitmap is its current one, but for the bit that says Primary.
    const behind = withFacts(
      withFacts(pair, ALPHA, "drbd-gi", gi(["AAAAAAAAAAAAAAA1", base])),
      BETA,
      "drbd-gi",
      gi(["5555555555555555", "0000000000000000"]),
    );
    expect(row(behind, "r2/0").split_brain).toBeUndefined();
  });
});

describe("what one host says", () => {
  const healthy = pairFromRecordings("drbd9-healthy");
  const said = (change: (resource: DrbdResource) => DrbdResource, host = ALPHA) => {
    const { text, severity } = row(changed(healthy, host, "r0", change), "r0/0").state;
    return `${severity} ${text}`;
  };

  it("is judged by its worst", () => {
    expect(said((resource) => ({ ...resource, suspended: "quorum" }))).toBe("critical I/O suspended on alpha: quorum");
    expect(said(withDisk("UpToDate", { quorum: false }))).toBe("critical quorum lost on alpha");
    expect(said(withDisk("Failed"))).toBe("critical disk Failed on alpha");
    expect(said(withDisk("Inconsistent"), BETA)).toBe("warning Inconsistent on beta");
    expect(said(withDisk("Inconsistent"), ALPHA)).toBe("critical Inconsistent on alpha");
    expect(said(withDisk("Outdated"), BETA)).toBe("warning Outdated on beta");
    expect(said(withDisk("Negotiating"), BETA)).toBe("info Negotiating on beta");
    expect(said(withDisk("Diskless", { client: true }), BETA)).toBe("info the hosts disagree");
    expect(said((resource) => withPeer(resource, { replication: "Ahead" }))).toBe("warning Ahead: the link can't keep up");
    expect(said((resource) => withPeer(resource, { replication: "VerifyS" }))).toBe("info verify");
    expect(said((resource) => withPeer(resource, { out_of_sync_kib: 8 }))).toBe("warning blocks differ, found by a verify");
    expect(said((resource) => withPeer(resource, {}, { congested: true }))).toBe("info link congested, says alpha");
    expect(said((resource) => withPeer(resource, {}, { connection: "StandAlone" }))).toBe("critical StandAlone on alpha");
  });

  it("is unknown in words that nobody knows", () => {
    expect(said(withDisk({ other: "Melted" }))).toBe("unknown disk Melted on alpha");
    expect(said((resource) => withPeer(resource, {}, { connection: { other: "Tangled" } }))).toBe("unknown connection Tangled on alpha");
    expect(said((resource) => withPeer(resource, { replication: { other: "Sideways" } }))).toBe("unknown replication Sideways on alpha");
  });

  it("tells of a resource that isn't up", () => {
    const status = factsOf(healthy, BETA, "drbd-status");
    const pair = withFacts(healthy, BETA, "drbd-status", { ...status, resources: status.resources.filter(({ name }) => name !== "r0") });
    expect(row(pair, "r0/0")).toMatchObject({
      state: { text: "not up on beta", severity: "warning" },
      sides: [{ present: true }, { present: false, disk: "" }],
    });
  });

  it("tells of a host without DRBD, and can't deny anything of one that hasn't told yet", () => {
    const facts = (host: string, state: object) =>
      withHost(healthy, BETA, (beta) => ({ ...beta, facts: { ...beta.facts, [host]: state } as typeof beta.facts }));
    const without = facts("drbd-status", { state: "absent", why: "DRBD isn't loaded", at_ms: NOW_MS - 500 });
    expect(row(without, "r0/0")).toMatchObject({ state: { text: "not up on beta" }, sides: [{}, { present: false }] });
    const silent = facts("drbd-status", { state: "unknown" });
    expect(row(silent, "r0/0")).toMatchObject({
      state: { text: "UpToDate", severity: "ok" },
      sides: [{}, { present: true, role: "", disk: "", severity: "unknown", evidence: { freshness: "never" } }],
    });
  });

  it("is shown where the other host says otherwise", () => {
    const pair = changed(healthy, BETA, "r0", (resource) => withPeer(resource, { peer_disk: "Outdated" }, { peer_role: "Secondary" }));
    expect(row(pair, "r0/0").disagreement).toEqual([
      "beta takes alpha for Secondary, which says Primary",
      "beta takes alpha's disk for Outdated, which says UpToDate",
    ]);
    const apart = changed(healthy, BETA, "r0", (resource) => withPeer(resource, { replication: "Off" }, { connection: "Connecting" }));
    expect(row(apart, "r0/0")).toMatchObject({
      disagreement: ["alpha says Connected, beta says Connecting"],
      state: { severity: "critical" },
    });
    // Contradicting an old word is no contradiction.
    expect(row(withHost(apart, BETA, unreachable), "r0/0").disagreement).toEqual([]);
  });

  it("takes two Primaries for a migration only while there is one", () => {
    const primary = (resource: DrbdResource): DrbdResource => ({ ...resource, role: "Primary" });
    const both = changed(changed(healthy, BETA, "r0", primary), ALPHA, "r0", (resource) =>
      withPeer(resource, {}, { peer_role: "Primary" }),
    );
    expect(row(both, "r0/0").state).toEqual({ text: "Primary on both", severity: "warning" });
    const list = factsOf(both, ALPHA, "xl-list");
    const moving = withFacts(both, ALPHA, "xl-list", {
      ...list,
      domains: list.domains.map((domain) => (domain.base_name === "web01" ? { ...domain, migration: "migrated_away" as const } : domain)),
    });
    expect(row(moving, "r0/0").state).toEqual({ text: "Primary on both: migration", severity: "info" });
  });

  it("says StandAlone for an 8.4 connection that isn't there, also before /proc/drbd agrees", () => {
    const old = changed(pairFromRecordings("healthy"), ALPHA, "r0", (resource) => ({ ...resource, connections: [] }));
    expect(row(old, "r0/0").sides[0]).toMatchObject({ connection: "StandAlone" });
    const nine = changed(healthy, ALPHA, "r0", (resource) => ({ ...resource, connections: [] }));
    expect(row(nine, "r0/0")).toMatchObject({ state: { severity: "unknown", text: "connection not told by alpha" } });
  });

  it("takes the connection to the other host of the pair where DRBD 9 has more", () => {
    const more = changed(healthy, ALPHA, "r0", (resource) => {
      const [first] = resource.connections;
      return first === undefined ? resource : { ...resource, connections: [{ ...first, name: "backup", connection: "Connecting" }, first] };
    });
    expect(words(more)).toEqual(allWell);
  });
});

describe("which volume a disk is", () => {
  const targets = drbdTargets(sidesOf(pairFromRecordings("healthy"), NOW_MS));
  const disk = (target: string | undefined, script?: string): DiskConfig => ({
    vdev: "xvda",
    target,
    format: "raw",
    script,
    backend: undefined,
    read_write: true,
    cdrom: false,
  });
  const of = (target: string | undefined, script?: string, physical_device?: string) =>
    drbdOfTarget(targets, 0, { disk: disk(target, script), physical_device });

  it("is told by name, path, minor, backing disk and device number", () => {
    expect(of("r1", "block-drbd")).toBe("r1/0");
    expect(of("/r1", "block-drbd")).toBe("r1/0");
    expect(of("r1/3", "block-drbd")).toBe("r1/3");
    expect(of("/dev/drbd2")).toBe("r2/0");
    expect(of("/dev/drbd/by-res/r0")).toBe("r0/0");
    expect(of("/dev/drbd/by-res/r0/0")).toBe("r0/0");
    expect(of("/dev/drbd/by-disk/vg0/db01")).toBe("r1/0");
    expect(of(undefined, undefined, "93:1")).toBe("r1/0");
    expect(of("whatever", undefined, "93:1")).toBe("r1/0");
    expect(of("unknown-yet", "block-drbd")).toBe("unknown-yet/0");
  });

  it("isn't any other disk's", () => {
    for (const target of ["/dev/vg0/web01", "/dev/drbd77", "/srv/images/r0", undefined]) expect(of(target)).toBeUndefined();
    expect(of("/dev/sda", undefined, "8:0")).toBeUndefined();
  });
});

describe("many volumes", () => {
  const VOLUMES = 400;
  const host = (own: "Primary" | "Secondary", peer: "Primary" | "Secondary"): DrbdStatus => {
    const one = (index: number) =>
      `v${index} role:${own} suspended:no\n  volume:0 minor:${index} disk:UpToDate size:1024\n  peer connection:Connected role:${peer} congested:no\n    volume:0 replication:Established peer-disk:UpToDate resync-suspended:no\n        out-of-sync:0\n`;
    const result = parseDrbdStatus({
      rc: 0,
      stdout: Array.from({ length: VOLUMES }, (_, index) => one(index)).join("\n"),
      truncated: false,
    });
    if (!result.ok) throw new Error("not parsed");
    return result.facts;
  };

  it("are in natural order and cost little", () => {
    const pair = withFacts(
      withFacts(pairFromRecordings("healthy"), ALPHA, "drbd-status", host("Primary", "Secondary")),
      BETA,
      "drbd-status",
      host("Secondary", "Primary"),
    );
    selectDrbd(pair, NOW_MS);
    const cpu_ms = cpuSince();
    const rows = selectDrbd(pair, NOW_MS);
    // Four times a second must stay far from a quarter of a second, on a busy machine too.
    expect(cpu_ms()).toBeLessThan(200);
    expect(rows).toHaveLength(VOLUMES);
    expect(rows.slice(0, 3).map(({ key }) => key)).toEqual(["v0/0", "v1/0", "v2/0"]);
    expect(rows.every(({ state }) => state.severity === "ok")).toBe(true);
  });

  it("start from nothing", () => {
    const none = withFacts(
      withFacts(pairFromRecordings("healthy"), ALPHA, "drbd-status", { resources: [], not_understood: [] }),
      BETA,
      "drbd-status",
      { resources: [], not_understood: [] },
    );
    expect(selectDrbd(none, NOW_MS)).toEqual([]);
  });
});
