import { describe, expect, it } from "vitest";
import type { DrbdRow, DrbdSide, ResyncView } from "../../../src/state/view-model.ts";
import type { DrbdSettings } from "../../../src/xen/model/drbd.ts";
import type { NetLink } from "../../../src/xen/model/network.ts";
import { fixtureDrbd, fixturePlacement, fixtureView } from "../../views/panes/fixture.ts";
import { alpha, beta, factsOf, NOW_MS, type SomeFacts } from "../pair-of-facts.ts";
import { findings, type Given, judge } from "./judge.ts";

type Sides = readonly [Partial<DrbdSide>, Partial<DrbdSide>];
/** r0, with web01 on it on alpha. */
function r0([first, second]: Sides, over: Partial<DrbdRow> = {}, name = "r0"): DrbdRow {
  const row = fixtureDrbd(name, alpha, "web01");
  return {
    ...row,
    sides: [
      { ...row.sides[0], ...first },
      { ...row.sides[1], ...second },
    ],
    ...over,
  };
}
const only = (...drbd: DrbdRow[]): Given => ({ view: { drbd } });
const forty = (sides: Sides) => Array.from({ length: 40 }, (_, index) => r0(sides, {}, `r${index}`));
const waiting: Partial<DrbdSide> = { connection: "Connecting", replication: "Off", peer_disk: "DUnknown" };
const alone: Partial<DrbdSide> = { ...waiting, connection: "StandAlone" };
const resync = (over: Partial<ResyncView>): ResyncView => ({
  source: alpha,
  target: beta,
  kind: "resync",
  done_percent: 10,
  in_sync_percent: 50,
  left_kib: 65_536,
  rate_kib_s: 2048,
  rate_average_kib_s: 2048,
  eta_s: 32,
  paused: undefined,
  stalled: undefined,
  ...over,
});

describe("split brain", () => {
  const row = r0([alone, { ...alone, role: "Primary" }], {
    split_brain: { evidence: ["Split-Brain detected but unresolved"], since_ms: NOW_MS - 5000 },
  });
  it("is the one thing said of its resource", () => {
    const found = findings(only(row, ...fixtureView().drbd.slice(1)));
    expect(found.map(({ rule, object }) => `${rule} ${object}`)).toEqual(["drbd.split_brain r0"]);
    expect(found[0]).toMatchObject({
      severity: "critical",
      at_risk: ["web01"],
      screen: 3,
      since_ms: NOW_MS - 5000,
      next: "3: look at r0 on both hosts; don't promote or migrate until repaired",
    });
    expect(found[0]?.evidence.map(({ text }) => text)).toContain("Split-Brain detected but unresolved");
  });
  it("isn't claimed without evidence", () => expect(judge("drbd.split_brain", only(r0([alone, alone])))).toEqual([]));
});

describe("connections", () => {
  it("StandAlone is told with the side that waits for it", () => {
    const found = findings(only(r0([alone, waiting])));
    expect(found).toMatchObject([
      { rule: "drbd.standalone", severity: "critical", object: "r0", cause: expect.stringContaining("r0 on alpha is StandAlone") },
    ]);
    expect(found[0]?.evidence).toHaveLength(2);
    expect(judge("drbd.standalone", only(r0([waiting, waiting])))).toEqual([]);
  });

  it("forty that wait are one finding", () => {
    const found = findings(only(...forty([waiting, waiting])));
    expect(found).toMatchObject([
      {
        rule: "drbd.connecting",
        severity: "critical",
        object: "replication",
        cause: expect.stringContaining("the replication link is down while both hosts answer: all 40 volumes wait"),
      },
    ]);
    expect(found[0]?.evidence.at(-1)?.text).toMatch(/^and \d+ more$/);
    expect(judge("drbd.connecting")).toEqual([]);
  });

  it("are a lost carrier's consequence where they go by that NIC", () => {
    const settings = (own: string, peer: string): DrbdSettings => ({
      name: "r0",
      allow_two_primaries: undefined,
      protocol: "C",
      fencing: undefined,
      verify_alg: undefined,
      auto_promote: undefined,
      quorum: undefined,
      local_address: `${own}:7788`,
      peer_addresses: [`${peer}:7788`],
      volumes: [],
    });
    const nic: NetLink = {
      ifindex: 3,
      name: "eth1",
      flags: ["NO-CARRIER", "UP"],
      mtu: 9000,
      operstate: "DOWN",
      carrier: false,
      admin_up: true,
      mac: undefined,
      master: undefined,
      parent: undefined,
      kind: undefined,
      vlan_id: undefined,
      vlan_protocol: undefined,
      bond_mode: undefined,
      bond_slave_state: undefined,
      bond_slave_mii: undefined,
      bridge_vlan_filtering: undefined,
      bridge_stp: undefined,
      bridge_port_state: undefined,
      loopback: false,
      physical: true,
      bus_address: undefined,
    };
    const facts = (own: string, peer: string): SomeFacts => ({
      "ip-link": { links: [nic], not_understood: [] },
      "ip-addr": { addresses: [{ ifname: "eth1", family: "inet", address: own, prefix_length: 24, scope: "global" }], not_understood: [] },
      "drbd-show": { resources: [settings(own, peer)], not_understood: [] },
    });
    const dead = {
      name: "eth1",
      kind: "nic",
      state: { text: "no carrier", severity: "critical" },
      mtu: 9000,
      vlan_id: undefined,
      guest: undefined,
      details: [],
      children: [],
    } as const;
    const given = {
      view: {
        drbd: [r0([waiting, waiting])],
        uplinks: [{ name: "eth1", kind: "nic", nodes: [dead, undefined] as const, severity: "critical" as const }],
      },
      facts: { alpha: facts("10.99.1.1", "10.99.1.2"), beta: facts("10.99.1.2", "10.99.1.1") },
    };
    const found = findings(given);
    expect(found.map(({ rule, object }) => `${rule} ${object}`)).toEqual(["net.carrier eth1"]);
    expect(found[0]).toMatchObject({ cause: "eth1 (10.99.1.1) on alpha: no carrier", at_risk: ["web01"] });
    expect(found[0]?.evidence.at(-1)?.text).toContain("so: the replication link is down");
    // Another NIC's carrier explains nothing.
    const other = {
      ...given,
      view: {
        ...given.view,
        uplinks: [
          {
            ...given.view.uplinks[0],
            name: "eth9",
            kind: "nic",
            severity: "critical" as const,
            nodes: [{ ...dead, name: "eth9" }, undefined] as const,
          },
        ],
      },
    };
    expect(
      findings(other)
        .map(({ rule }) => rule)
        .sort(),
    ).toEqual(["drbd.connecting", "net.carrier"]);
  });

  it("that come and go are flapping", () => {
    const changes = (times: number, over_ms: number) => ({
      connection_changes: new Map([["alpha|r0|peer", Array.from({ length: times }, (_, index) => NOW_MS - over_ms + index)]]),
    });
    const given = (times: number, over_ms = 1_800_000) => ({ ...only(r0([{}, {}])), history: changes(times, over_ms) });
    expect(judge("drbd.flapping", given(8))).toMatchObject([
      { severity: "warning", cause: "the connection of r0 changed 8 times in 30 min" },
    ]);
    expect(judge("drbd.flapping", given(7))).toEqual([]);
    expect(judge("drbd.flapping", given(8, 7_200_000))).toEqual([]);
  });

  it("with unrelated data stop everything", () => {
    const line = { host_wall_ms: NOW_MS, source: "kernel", subject: "drbd r0", text: "block drbd0: Unrelated data, aborting!" } as const;
    const facts = { alpha: { "kernel-log": [line] } };
    expect(findings({ ...only(r0([alone, waiting])), facts }).map(({ rule }) => rule)).toEqual(["drbd.unrelated_data"]);
    expect(judge("drbd.unrelated_data", { ...only(r0([{}, {}])), facts })).toEqual([]);
    expect(
      judge("drbd.unrelated_data", {
        ...only(r0([alone, alone], { minor: [5, 5] })),
        facts: { alpha: { "kernel-log": [{ ...line, subject: "drbd r9" }] } },
      }),
    ).toEqual([]);
  });
});

describe("primaries", () => {
  const two = r0([{}, { role: "Primary" }]);
  it("two without a migration are a warning, and say whether they are allowed", () => {
    expect(judge("drbd.dual_primary", only(two))).toMatchObject([
      { severity: "warning", cause: expect.stringContaining("two primaries are allowed") },
    ]);
    expect(judge("drbd.dual_primary", only(r0([{}, { role: "Primary" }], { allow_two_primaries: [true, undefined] })))).toMatchObject([
      { cause: "r0 is Primary on both hosts and nothing migrates" },
    ]);
    expect(judge("drbd.dual_primary", only(r0([{}, {}])))).toEqual([]);
  });
  it("two belong to a migration", () => {
    const [first, ...others] = fixtureView().guests;
    if (first === undefined) throw new Error("no guest");
    const moving = {
      ...first,
      placements: [...first.placements, fixturePlacement(beta, { name: "web01--incoming", migration: "incoming", flags: "--p---" })],
    };
    expect(judge("drbd.dual_primary", { view: { drbd: [two], guests: [moving, ...others] } })).toEqual([]);
  });
  it("two that aren't connected diverge", () => {
    expect(findings(only(r0([waiting, { ...waiting, role: "Primary" }])))).toMatchObject([
      { rule: "drbd.diverging", severity: "critical" },
    ]);
    expect(judge("drbd.diverging", only(r0([waiting, waiting])))).toEqual([]);
    expect(judge("drbd.diverging", { ...only(r0([waiting, { ...waiting, role: "Primary" }])), lost: [beta] })).toEqual([]);
  });

  const device = {
    name: "drbd0",
    kname: "drbd0",
    path: "/dev/drbd0",
    type: "disk",
    size_bytes: 1,
    mountpoints: [],
    wwn: undefined,
    serial: undefined,
    model: undefined,
    transport: undefined,
    state: undefined,
    maj_min: "147:0",
    parents: [],
  } as const;
  const idle = (over: Partial<SomeFacts> = {}): SomeFacts => ({
    lsblk: { devices: [device], not_understood: [] },
    xenstore: { vbds: [], vifs: [], names: [], truncated: false },
    ...over,
  });
  const unusedRow = r0([{ role: "Secondary" }, { role: "Primary" }]);
  it("one that nobody uses is leaked", () => {
    expect(judge("drbd.primary_unused", { ...only(unusedRow), facts: { beta: idle() } })).toMatchObject([
      { severity: "warning", object: "r0", cause: "r0 is Primary on beta, but no guest there uses it" },
    ]);
  });
  it("isn't judged while devices have just changed", () => {
    const facts = {
      ...factsOf(idle()),
      xenstore: {
        state: "known",
        value: { vbds: [], vifs: [], names: [], truncated: false },
        at_ms: NOW_MS,
        changed_ms: NOW_MS - 19_000,
      } as const,
    };
    expect(judge("drbd.primary_unused", { ...only(unusedRow), host: { beta: { facts } } })).toEqual([]);
    expect(judge("drbd.dual_primary", { ...only(two), host: { beta: { facts } } })).toEqual([]);
  });
  it("one that dom0 mounts, a vbd uses, a guest runs on, or that can't be told isn't", () => {
    const mounted = idle({ lsblk: { devices: [{ ...device, mountpoints: ["/srv"] }], not_understood: [] } });
    const stacked = idle({
      lsblk: { devices: [device, { ...device, kname: "dm-3", maj_min: "253:3", parents: ["drbd0"] }], not_understood: [] },
    });
    for (const facts of [mounted, stacked, {}])
      expect(judge("drbd.primary_unused", { ...only(unusedRow), facts: { beta: facts } })).toEqual([]);
    expect(judge("drbd.primary_unused", { ...only(r0([{}, {}])), facts: { alpha: idle() } })).toEqual([]);
  });
});

describe("disks", () => {
  it("frozen I/O says why", () => {
    expect(judge("drbd.suspended", only(r0([{ suspended: "quorum" }, {}])))).toMatchObject([
      { severity: "critical", cause: "I/O of r0 on alpha is frozen: quorum lost", next: expect.stringContaining("tie-breaker") },
    ]);
    expect(judge("drbd.suspended", only(r0([{ suspended: "user,fencing" }, {}])))[0]?.cause).toContain(
      "suspended by hand, the fencing handler",
    );
    expect(judge("drbd.suspended", only(r0([{ suspended: "martian" }, {}])))[0]?.cause).toContain("martian");
    expect(judge("drbd.suspended")).toEqual([]);
  });

  it("lost under a Primary: it lives on the other's", () => {
    expect(judge("drbd.diskless", only(r0([{ disk: "Diskless" }, {}])))).toMatchObject([
      { severity: "critical", cause: "r0 on alpha has no disk and runs from beta's over the network" },
    ]);
    expect(judge("drbd.diskless", only(r0([{}, { disk: "Failed" }])))).toMatchObject([
      { severity: "warning", cause: "r0 on beta has no disk: only alpha's copy is left" },
    ]);
    expect(judge("drbd.diskless", only(...forty([{ disk: "Diskless" }, {}])))).toMatchObject([{ object: "alpha" }]);
    expect(judge("drbd.diskless")).toEqual([]);
  });

  it("missing on purpose (a client) is no fault", () => {
    const volume = {
      volume: 0,
      minor: 0,
      disk: "Diskless",
      client: true,
      quorum: true,
      size_kib: 1,
      upper_pending: 0,
      lower_pending: 0,
      blocked: "no",
    } as const;
    const status = {
      resources: [{ name: "r0", role: "Primary", suspended: "no", volumes: [volume], connections: [] }],
      not_understood: [],
    } as const;
    expect(judge("drbd.diskless", { ...only(r0([{ disk: "Diskless" }, {}])), facts: { alpha: { "drbd-status": status } } })).toEqual([]);
  });

  it("without quorum, though not frozen", () => {
    const volume = (quorum: boolean) =>
      ({
        volume: 0,
        minor: 0,
        disk: "UpToDate",
        client: false,
        quorum,
        size_kib: 1,
        upper_pending: 0,
        lower_pending: 0,
        blocked: "no",
      }) as const;
    const status = (quorum: boolean) =>
      ({
        resources: [{ name: "r0", role: "Primary", suspended: "no", volumes: [volume(quorum)], connections: [] }],
        not_understood: [],
      }) as const;
    const given = (quorum: boolean, side: Partial<DrbdSide> = {}) => ({
      ...only(r0([side, {}])),
      facts: { alpha: { "drbd-status": status(quorum) } },
    });
    expect(judge("drbd.quorum_lost", given(false))).toMatchObject([
      { severity: "critical", cause: "r0 on alpha has lost quorum: writes fail" },
    ]);
    expect(judge("drbd.quorum_lost", given(true))).toEqual([]);
    expect(judge("drbd.quorum_lost", given(false, { suspended: "quorum" }))).toEqual([]);
  });

  it("Inconsistent without a sync", () => {
    expect(judge("drbd.inconsistent", only(r0([{}, { disk: "Inconsistent", ...waiting }])))).toMatchObject([
      { severity: "warning", cause: expect.stringContaining("r0 on beta is Inconsistent and nothing syncs it") },
    ]);
    expect(judge("drbd.inconsistent", only(r0([{ disk: "Failed" }, { disk: "Inconsistent" }])))).toMatchObject([{ severity: "critical" }]);
    for (const replication of ["SyncTarget", "PausedSyncT", "WFBitMapT"])
      expect(judge("drbd.inconsistent", only(r0([{}, { disk: "Inconsistent", replication }])))).toEqual([]);
  });

  it("Outdated and not connected", () => {
    expect(judge("drbd.outdated", only(r0([{}, { disk: "Outdated", ...waiting }])))).toMatchObject([
      { severity: "warning", cause: expect.stringContaining("no failover to beta") },
    ]);
    expect(judge("drbd.outdated", only(r0([{}, { disk: "Outdated" }])))).toEqual([]);
    expect(findings(only(r0([waiting, { disk: "Outdated", ...waiting }]))).map(({ rule }) => rule)).toEqual(["drbd.connecting"]);
  });
});

describe("resyncs", () => {
  it("that run leave one good copy", () => {
    const row = r0([{ replication: "SyncSource" }, { replication: "SyncTarget", disk: "Inconsistent" }], { resync: resync({}) });
    expect(findings(only(row))).toMatchObject([
      { rule: "drbd.syncing", severity: "warning", cause: "r0 resyncs to beta, 64 MiB left: until then there is one good copy" },
    ]);
    expect(judge("drbd.syncing", only(r0([{}, {}], { resync: resync({ kind: "verify" }) })))).toMatchObject([
      { cause: "r0 is being verified" },
    ]);
    expect(judge("drbd.syncing")).toEqual([]);
  });
  it("that are paused say by whom", () => {
    const paused = (resync_suspended: string) =>
      only(
        r0([{ replication: "PausedSyncS" }, { replication: "PausedSyncT", disk: "Inconsistent", resync_suspended }], {
          resync: resync({ paused: `by ${resync_suspended} on beta` }),
        }),
      );
    const found = findings(paused("user"));
    expect(found.map(({ rule, object }) => `${rule} ${object}`)).toEqual(["drbd.paused_sync r0"]);
    expect(judge("drbd.paused_sync", paused("user"))[0]).toMatchObject({
      severity: "warning",
      cause: "the resync of r0 is paused by user on beta",
    });
    // Told before the state that follows from it.
    const early = only(
      r0([{ replication: "SyncSource" }, { replication: "SyncTarget" }], { resync: resync({ paused: "by hand on beta" }) }),
    );
    expect(findings(early).map(({ rule, cause }) => `${rule}: ${cause}`)).toEqual([
      "drbd.paused_sync: the resync of r0 is paused by hand on beta",
    ]);
    expect(judge("drbd.paused_sync", paused("dependency"))[0]).toMatchObject({ severity: "info" });
    // Since when, where that is known: not since it was first looked at.
    const held = (stalled: NonNullable<ResyncView["stalled"]>) =>
      judge(
        "drbd.paused_sync",
        only(
          r0([{ replication: "PausedSyncS" }, { replication: "PausedSyncT", disk: "Inconsistent", resync_suspended: "user" }], {
            resync: resync({ paused: "by hand on beta", stalled }),
          }),
        ),
      )[0]?.since_ms;
    const why = "paused by hand on beta";
    expect(held({ since_ms: NOW_MS - 600_000, why })).toBe(NOW_MS - 600_000);
    expect(held({ since_ms: NOW_MS - 600_000, at_least: true, why })).toBeUndefined();
    expect(judge("drbd.paused_sync")).toEqual([]);
  });
  it("that stall say since when and why", () => {
    const row = r0([{ replication: "SyncSource" }, { replication: "SyncTarget" }], {
      resync: resync({ stalled: { since_ms: NOW_MS - 660_000, why: "its rate is 0" } }),
    });
    expect(findings(only(row))).toMatchObject([
      {
        rule: "drbd.stalled",
        severity: "warning",
        cause: "the resync of r0 hasn't moved for 11 min: its rate is 0",
        since_ms: NOW_MS - 660_000,
      },
    ]);
    expect(judge("drbd.stalled", only(r0([{}, {}], { resync: resync({}) })))).toEqual([]);
  });
  it("that a verify asks for", () => {
    expect(judge("drbd.verify_mismatch", only(r0([{ out_of_sync_kib: 12 }, {}])))).toMatchObject([
      { severity: "warning", cause: expect.stringContaining("12 KiB of r0 differ") },
    ]);
    expect(judge("drbd.verify_mismatch", only(r0([{ out_of_sync_kib: 12, replication: "SyncSource" }, {}])))).toEqual([]);
    expect(judge("drbd.verify_mismatch", only(r0([{ out_of_sync_kib: 8, disk: "Diskless" }, {}])))).toEqual([]);
    expect(judge("drbd.verify_mismatch")).toEqual([]);
  });
  it("that lag behind", () => {
    expect(judge("drbd.behind", only(r0([{ replication: "Ahead" }, { replication: "Behind" }])))).toMatchObject([
      { severity: "warning", cause: expect.stringContaining("r0 is Ahead on alpha and r0 is Behind on beta") },
    ]);
    expect(judge("drbd.behind")).toEqual([]);
  });
});

it("tells contradictions, while both hosts answer", () => {
  const row = r0([{}, {}], { disagreement: ["alpha calls beta's disk Outdated, beta calls it UpToDate"] });
  expect(judge("drbd.disagreement", only(row))).toMatchObject([{ severity: "info", object: "r0" }]);
  expect(judge("drbd.disagreement", { ...only(row), lost: [beta] })).toEqual([]);
});

it("takes no word that it doesn't know for a healthy state", () => {
  expect(judge("drbd.strange_state", only(r0([{ disk: "Frobnicated" }, {}])))).toMatchObject([
    { severity: "warning", cause: expect.stringContaining("DRBD on alpha says Frobnicated of r0") },
  ]);
  expect(judge("drbd.strange_state", only(r0([alone, { connection: "", replication: "" }])))).toEqual([]);
});

it("sees a resource that is up on one host only", () => {
  const row = r0([waiting, { present: false, role: "", disk: "", connection: "", replication: "" }]);
  expect(findings(only(row))).toMatchObject([
    { rule: "drbd.not_up", severity: "critical", object: "r0", cause: "r0 isn't up on beta: nothing is replicated there" },
  ]);
  expect(judge("drbd.not_up", { ...only(row), lost: [beta] })).toEqual([]);
  expect(judge("drbd.not_up")).toEqual([]);
});
