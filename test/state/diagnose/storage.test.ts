import { describe, expect, it } from "vitest";
import type { StorageCell, StorageRow } from "../../../src/state/view-model.ts";
import type { FcPort, IscsiSession, MultipathMap, MultipathPath, NfsMount, VolumeGroup } from "../../../src/xen/model/storage.ts";
import { readings } from "../../../src/xen/read/index.ts";
import { recording } from "../../helpers.ts";
import { critical, fixtureCell, fixtureDisk, fixtureGuest, fixtureStorage, fixtureView, ok, warning } from "../../views/panes/fixture.ts";
import { alpha, NOW_MS, type SomeFacts } from "../pair-of-facts.ts";
import { findings, type Given, judge } from "./judge.ts";

const path = (dev: string, host_adapter: string, usable = true): MultipathPath => ({
  dev,
  dm_state: usable ? "active" : "failed",
  dev_state: "running",
  checker_state: usable ? "ready" : "faulty",
  host_adapter,
  target: "iqn.x",
  marginal: undefined,
  usable,
});
const map = (paths: MultipathPath[], over: Partial<MultipathMap> = {}): MultipathMap => ({
  name: "mpatha",
  wwid: "36001",
  dm_device: "dm-3",
  dm_state: "active",
  queueing: "off",
  path_faults: 0,
  vendor: undefined,
  product: undefined,
  size_text: "64M",
  paths,
  ...over,
});
const multipath = (...maps: MultipathMap[]): SomeFacts => ({ multipath: { maps, not_understood: [] } });
const guestOnLun = {
  guests: [
    fixtureGuest("web01", alpha, "r0", { disks: [fixtureDisk("x", { kind: "multipath", object: "36001" })] }),
    ...fixtureView().guests.slice(1),
  ],
};
const on = (facts: SomeFacts): Given => ({ facts: { alpha: facts }, view: guestOnLun });

describe("multipath", () => {
  it("one failed path of two is a warning, with what the failed share", () => {
    const maps = [
      map([path("sda", "10.0.0.1", false), path("sdb", "10.0.1.1")]),
      map([path("sdc", "10.0.0.1", false), path("sdd", "10.0.1.1")], { name: "mpathb", wwid: "36002" }),
    ];
    expect(judge("storage.path", on(multipath(...maps)))).toMatchObject([
      { severity: "warning", object: "alpha", cause: "2 paths of mpatha and mpathb failed on alpha, all by 10.0.0.1", at_risk: ["web01"] },
    ]);
    expect(judge("storage.path", on(multipath(map([path("sda", "a"), path("sdb", "b")]))))).toEqual([]);
  });

  it("no path left is red, and says whether I/O hangs", () => {
    const dead = (queueing: string) => on(multipath(map([path("sda", "a", false)], { queueing })));
    expect(judge("storage.no_paths", dead("on"))).toMatchObject([
      { severity: "critical", cause: "mpatha on alpha has no path left: I/O hangs (queueing is on)", at_risk: ["web01"] },
    ]);
    expect(judge("storage.no_paths", dead("off"))[0]?.cause).toBe("mpatha on alpha has no path left: I/O fails");
    expect(findings(dead("on")).map(({ rule }) => rule)).toEqual(["storage.no_paths"]);
    expect(judge("storage.no_paths", on(multipath(map([]))))).toHaveLength(1);
    expect(judge("storage.no_paths", on(multipath(map([path("sda", "a")]))))).toEqual([]);
  });

  it("paths that come and go are flapping, also while they are there", () => {
    const there = on(multipath(map([path("sda", "a"), path("sdb", "b")])));
    const flaps = { paths: ["sdb"], since_ms: NOW_MS - 240_000, last_ms: NOW_MS - 20_000 };
    const cell = fixtureCell(alpha, { flaps_10min: 5, flapping: flaps });
    const view = (one: StorageCell) => ({ ...guestOnLun, storage: [fixtureStorage({ title: "mpatha", cells: [one, undefined] })] });
    expect(judge("storage.path_flapping", { ...there, view: view(cell) })).toMatchObject([
      {
        severity: "warning",
        object: "alpha",
        at_risk: ["web01"],
        cause: "a path of mpatha on alpha comes and goes: lost 5 times in 10 min",
        since_ms: NOW_MS - 240_000,
      },
    ]);
    expect(judge("storage.path_flapping", { view: view(fixtureCell(alpha, { flaps_10min: 3 })) })).toEqual([]);
    expect(judge("storage.path_flapping", { view: view(cell), lost: [alpha] })).toEqual([]);
  });

  it("all paths by one adapter is information", () => {
    expect(judge("storage.one_adapter", on(multipath(map([path("sda", "a"), path("sdb", "a")]))))).toMatchObject([{ severity: "info" }]);
    expect(judge("storage.one_adapter", on(multipath(map([path("sda", "a"), path("sdb", "b")]))))).toEqual([]);
    expect(judge("storage.one_adapter", on(multipath(map([path("sda", "a")]))))).toEqual([]);
  });
});

describe("iSCSI", () => {
  const session = (over: Partial<IscsiSession> = {}): IscsiSession => ({
    sid: 1,
    target: "iqn.x",
    portal: "10.99.1.2:3260,1",
    iface_address: "10.99.1.1",
    initiator: undefined,
    connection_state: "LOGGED IN",
    session_state: "LOGGED_IN",
    internal_state: "NO CHANGE",
    devices: [{ lun: 0, dev: "sda", state: "running" }],
    ...over,
  });
  const down = session({ connection_state: "TRANSPORT WAIT", session_state: "FAILED", internal_state: "REOPEN" });
  const facts = (one: IscsiSession): SomeFacts => ({
    ...multipath(map([path("sda", "10.99.1.1", false), path("sdb", "10.99.2.1")])),
    iscsi: { sessions: [one], not_understood: [] },
  });

  it("a session that is down explains its failed paths", () => {
    const found = findings(on(facts(down)));
    expect(found.map(({ rule }) => rule)).toEqual(["storage.iscsi"]);
    expect(found[0]).toMatchObject({
      severity: "warning",
      cause: "1 iSCSI session of alpha is down: 10.99.1.2 doesn't answer",
      at_risk: ["web01"],
    });
    expect(found[0]?.evidence.at(-1)?.text).toBe("so: 1 path of mpatha failed on alpha");
    expect(judge("storage.iscsi", on(facts(session())))).toEqual([]);
  });

  it("also one that has lost its devices, by the initiator's address; but not other paths", () => {
    expect(findings(on(facts({ ...down, devices: [] }))).map(({ rule }) => rule)).toEqual(["storage.iscsi"]);
    expect(findings(on(facts({ ...down, devices: [], iface_address: "10.99.7.1" }))).map(({ rule }) => rule)).toEqual([
      "storage.path",
      "storage.iscsi",
    ]);
  });

  it("as recorded while the replication link was cut", () => {
    const result = readings.iscsi.parse(recording("linkcut/alpha/iscsiadm-session-P3.txt"));
    if (!result.ok) throw new Error("not parsed");
    expect(judge("storage.iscsi", { facts: { alpha: { iscsi: result.facts } } })).toMatchObject([
      { object: "alpha", cause: expect.stringContaining("10.99.1.2") },
    ]);
  });
});

describe("Fibre Channel", () => {
  const port = (over: Partial<FcPort> = {}): FcPort => ({
    host: "host3",
    port_name: "50014380",
    node_name: undefined,
    port_state: "Online",
    port_type: undefined,
    speed: undefined,
    max_npiv_vports: 8,
    npiv_vports_inuse: 1,
    vports: [{ name: "vport-3:0-0", port_name: "2001", node_name: "2000", state: "Active" }],
    ...over,
  });
  const fc = (...ports: FcPort[]) => on({ fc: { ports, not_understood: [] } });
  it("a port without link is a cable, a vport that isn't Active is the fabric", () => {
    expect(judge("storage.fc", fc(port(), port({ host: "host4", port_state: "Linkdown" })))).toMatchObject([
      { severity: "warning", cause: "Fibre Channel on alpha: host4 is Linkdown", next: expect.stringContaining("cable") },
    ]);
    expect(judge("storage.fc", fc(port({ port_state: "Offline" })))).toMatchObject([{ severity: "critical" }]);
    expect(judge("storage.fc", fc(port({ vports: [{ name: "v", port_name: "2001", node_name: "2000", state: "Failed" }] })))).toMatchObject(
      [{ cause: "Fibre Channel on alpha: vport 2001 of host3 is Failed", next: expect.stringContaining("zoning") }],
    );
    expect(judge("storage.fc", fc(port()))).toEqual([]);
  });
  it("explains the paths that went by it", () => {
    const facts = (adapter: string): SomeFacts => ({
      fc: { ports: [port(), port({ host: "host4", port_name: "0x5001438011111111", port_state: "Linkdown" })], not_understood: [] },
      ...multipath(map([path("sda", adapter, false), path("sdb", "0x50014380")])),
    });
    for (const adapter of ["0x5001438011111111", "host4", "0000:03:00.0"])
      expect(findings(on(facts(adapter)))).toMatchObject([{ rule: "storage.fc", at_risk: ["web01"] }]);
  });
});

describe("NFS", () => {
  const mount: NfsMount = {
    device: "10.99.1.2:/srv/export",
    mountpoint: "/mnt/nfs",
    fstype: "nfs4",
    options: ["rw", "hard"],
    hard: true,
    age_s: 100,
    ops: 10,
    transmissions: 10,
    timeouts: 0,
    xprt_sends: 31,
    xprt_receives: 31,
    xprt_connects: 1,
  };
  const sample = (ago_ms: number, ops: number, timeouts: number, sends = 31, receives = 31) => ({
    at_ms: NOW_MS - ago_ms,
    ops,
    timeouts,
    sends,
    receives,
  });
  const given = (...samples: ReturnType<typeof sample>[]): Given => ({
    ...on({ nfs: { mounts: [mount], not_understood: [] } }),
    history: { nfs: new Map([["alpha|/mnt/nfs", samples]]) },
  });

  it("a server that doesn't answer is told by deltas", () => {
    expect(judge("storage.nfs", given(sample(60_000, 9, 0), sample(30_000, 10, 0), sample(1000, 10, 4, 35)))).toMatchObject([
      {
        severity: "warning",
        cause: "NFS server 10.99.1.2 doesn't answer alpha: whatever touches /mnt/nfs hangs",
        object: "10.99.1.2",
        evidence: [{ text: "alpha: /mnt/nfs: 4 timeouts and nothing done in 29 s" }],
        since_ms: NOW_MS - 30_000,
        next: expect.stringContaining("don't touch"),
      },
    ]);
    expect(judge("storage.nfs", given(sample(30_000, 10, 0, 31), sample(1000, 10, 0, 33)))).toMatchObject([
      { evidence: [{ text: "alpha: /mnt/nfs: 2 requests unanswered and nothing done in 29 s" }] },
    ]);
  });
  it("a server that neither host reaches is one finding, with the guests on it", () => {
    const both = given(sample(30_000, 10, 0), sample(1000, 10, 4));
    const history = {
      nfs: new Map([...(both.history?.nfs ?? []), ["beta|/mnt/nfs", [sample(30_000, 10, 0), sample(1000, 10, 4)]] as const]),
    };
    const guests = [fixtureGuest("web01", alpha, "r0", { disks: [fixtureDisk("x", { kind: "nfs", object: mount.device })] })];
    expect(
      judge("storage.nfs", {
        ...both,
        facts: { alpha: both.facts?.alpha ?? {}, beta: both.facts?.alpha ?? {} },
        history,
        view: { guests },
      }),
    ).toMatchObject([
      {
        severity: "critical",
        cause: "NFS server 10.99.1.2 doesn't answer alpha and beta: whatever touches /mnt/nfs hangs",
        at_risk: ["web01"],
      },
    ]);
  });
  it("an idle or a slow one isn't", () => {
    expect(judge("storage.nfs", given(sample(30_000, 10, 0), sample(1000, 10, 0)))).toEqual([]);
    expect(judge("storage.nfs", given(sample(30_000, 10, 0), sample(1000, 14, 1, 40, 39)))).toEqual([]);
    expect(judge("storage.nfs", given(sample(3000, 10, 0), sample(1000, 10, 1, 32)))).toEqual([]);
    expect(judge("storage.nfs", given())).toEqual([]);
  });
  it("is the cause of a df that hangs", () => {
    const hung = given(sample(30_000, 10, 0), sample(1000, 10, 4));
    const view = fixtureView();
    const hosts = [{ ...view.hosts[0], hung: [{ reading: "df", source: "df -P", since_ms: NOW_MS - 40_000 }] }, view.hosts[1]] as const;
    expect(judge("host.hung", { ...hung, view: { hosts } })).toHaveLength(1);
    expect(findings({ ...hung, view: { hosts } }).map(({ rule }) => rule)).toEqual(["storage.nfs"]);
    // But not of an xl that hangs beside it.
    const both = [
      { ...hosts[0], hung: [...hosts[0].hung, { reading: "xl-list", source: "xl list -v", since_ms: NOW_MS - 40_000 }] },
      hosts[1],
    ] as const;
    expect(findings({ ...hung, view: { hosts: both } }).map(({ rule }) => rule)).toEqual(["host.hung", "storage.nfs"]);
  });
});

describe("what fills or is missing", () => {
  const filesystem = (
    state: { text: string; severity: "ok" | "warning" | "critical" | "info" | "unknown" },
    over: Partial<StorageRow> = {},
  ) =>
    fixtureStorage({
      key: "filesystem /",
      kind: "filesystem",
      title: "/",
      cells: [fixtureCell(alpha, { state, details: [] }), undefined],
      ...over,
    });
  it("is as grave as its cell", () => {
    expect(judge("storage.fill", { view: { storage: [filesystem(warning("91 % of 20 GiB"))] } })).toMatchObject([
      { severity: "warning", object: "alpha:/", cause: "/ on alpha: 91 % of 20 GiB" },
    ]);
    expect(
      judge("storage.fill", {
        view: { storage: [filesystem(critical("98 %"), { kind: "lvm_thin", title: "vg0/pool", guests: ["web01"] })] },
      }),
    ).toMatchObject([{ severity: "critical", at_risk: ["web01"], next: expect.stringContaining("extend the pool") }]);
    expect(judge("storage.fill", { view: { storage: [filesystem(ok("40 %")), filesystem(critical("x"), { kind: "nbd" })] } })).toEqual([]);
  });
  it("is silent of a host that doesn't answer", () => {
    expect(judge("storage.fill", { view: { storage: [filesystem(critical("98 %"))] }, lost: [alpha] })).toEqual([]);
  });
  it("a volume group without one of its disks is red", () => {
    const group = (missing_pvs: number): VolumeGroup => ({ name: "vg0", size_bytes: 1, free_bytes: 1, missing_pvs, attr: "wz-pn-" });
    const lvm = (missing: number) => on({ lvm: { volumes: [], groups: [group(missing)], not_understood: [] } });
    expect(judge("storage.missing_pv", lvm(1))).toMatchObject([
      { severity: "critical", cause: "volume group vg0 on alpha misses 1 physical volume" },
    ]);
    expect(judge("storage.missing_pv", lvm(0))).toEqual([]);
  });
});
