/** The pieces of a hand-built view, each healthy, each taking overrides of its own type. */
import type {
  BridgeRow,
  DrbdRow,
  DrbdSide,
  Evidence,
  GuestDisk,
  GuestNic,
  GuestRow,
  HostView,
  Judged,
  LoseHost,
  NetNode,
  Placement,
  Readiness,
  ReadinessCheck,
  StorageCell,
  StorageRow,
  UplinkRow,
} from "../../../src/state/view-model.ts";
import { type HostId, hostId, type Pair } from "../../../src/xen/model/ids.ts";
import { readings } from "../../../src/xen/read/index.ts";

export const NOW_MS = Date.UTC(2026, 10, 22, 3, 14, 15);
export const alpha = hostId("alpha");
export const beta = hostId("beta");

export const ok = (text: string): Judged => ({ text, severity: "ok" });
export const warning = (text: string): Judged => ({ text, severity: "warning" });
export const critical = (text: string): Judged => ({ text, severity: "critical" });
export const doubtful = (text: string): Judged => ({ text, severity: "unknown" });

export function fixtureEvidence(host: HostId, overrides: Partial<Evidence> = {}): Evidence {
  return { host, reading: "xl-list", source: "xl list -v", at_ms: NOW_MS - 1_200, freshness: "fresh", note: undefined, ...overrides };
}

/** Every second of them older, all fresh; multipath is absent. */
export function fixtureReadings(host: HostId, overrides: Partial<Evidence> = {}): Evidence[] {
  const ids = ["xl-list", "xl-info", "xl-list-long", "xl-configs", "xen-auto", "xentop", "xenstore", "host", "ip-link", "xenha"] as const;
  return ids.map((reading, index) =>
    fixtureEvidence(host, { reading, source: readings[reading].source, at_ms: NOW_MS - 1_000 * index - 200, ...overrides }),
  );
}

export function fixtureHost(id: HostId, overrides: Partial<HostView> = {}): HostView {
  return {
    id,
    reach: "live",
    reach_reason: undefined,
    link: { phase: "live", since_ms: NOW_MS - 3_600_000 },
    heard_ms: NOW_MS - 400,
    hung: [],
    late: [],
    readings: fixtureReadings(id),
    hostname: id,
    xen_version: "4.17.6-pre",
    kernel: "6.1.0-56-amd64",
    os: "Debian GNU/Linux 12 (bookworm)",
    hardware: "Dell Inc. PowerEdge R640",
    cpu_model: "Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz",
    cpus: 32,
    uptime_s: 12 * 86_400,
    load_1min: 0.18,
    memory_total_mib: 1599,
    memory_free_mib: 552,
    dom0_memory_available_kib: 512_000,
    guests_running: 2,
    skew_ms: 20,
    drbd_version: "8.4.11",
    severity: "ok",
    ...overrides,
  };
}

export function fixtureCheck(overrides: Partial<ReadinessCheck> = {}): ReadinessCheck {
  return { id: "memory", result: "pass", text: "needs 114 MiB of 552 MiB free", evidence: [], ...overrides };
}

export function fixtureReadiness(host: HostId, overrides: Partial<Readiness> = {}): Readiness {
  return {
    host,
    answer: "yes",
    checks: [
      fixtureCheck({ id: "disk", text: "drbd r0/0 UpToDate", evidence: [fixtureEvidence(host)] }),
      fixtureCheck({ evidence: [fixtureEvidence(host)] }),
    ],
    reason: undefined,
    ...overrides,
  };
}

export function fixturePlacement(host: HostId, overrides: Partial<Placement> = {}): Placement {
  return {
    host,
    domid: 1,
    name: "web01",
    migration: "none",
    state: ok("running"),
    flags: "-b----",
    evidence: fixtureEvidence(host),
    ...overrides,
  };
}

export function fixtureDisk(resource: string, overrides: Partial<GuestDisk> = {}): GuestDisk {
  return {
    vdev: "xvda",
    target: resource,
    kind: "drbd",
    read_write: true,
    object: `${resource}/0`,
    state: ok("UpToDate"),
    chain: [
      [`drbd ${resource}/0 UpToDate`, `lv vg0/${resource}`, "disk sda"],
      [`drbd ${resource}/0 UpToDate`, `lv vg0/${resource}`, "disk sdb"],
    ],
    backend: ok("Connected"),
    ...overrides,
  };
}

export function fixtureNic(overrides: Partial<GuestNic> = {}): GuestNic {
  return {
    devid: 0,
    mac: "00:16:3e:00:00:11",
    bridge: "xenbr0",
    ifname: "web01.0",
    state: ok("up"),
    chain: [
      ["bridge xenbr0", "nic eth2"],
      ["bridge xenbr0", "nic eth2"],
    ],
    backend: ok("Connected"),
    ...overrides,
  };
}

/** A healthy guest that runs on `host`, with one DRBD disk `resource` and one nic. */
export function fixtureGuest(name: string, host: HostId, resource: string, overrides: Partial<GuestRow> = {}): GuestRow {
  const can_run: Pair<Readiness> = [
    fixtureReadiness(alpha, { answer: host === alpha ? "here" : "yes" }),
    fixtureReadiness(beta, { answer: host === beta ? "here" : "yes" }),
  ];
  return {
    key: name,
    name,
    uuid: "5ca1ab1e-0000-4000-8000-000000000011",
    type: "pvh",
    placements: [fixturePlacement(host, { name })],
    host,
    state: ok("running"),
    vcpus: 1,
    memory_mib: 112,
    cpu_percent: 3.4,
    disks: [fixtureDisk(resource)],
    nics: [fixtureNic()],
    disks_worst: ok("UpToDate"),
    nics_worst: ok("up"),
    can_run,
    autostart: [],
    config_files: [alpha, beta].map((id) => ({ host: id, path: `/etc/xen/${name}.cfg` })),
    config_drift: [],
    severity: "ok",
    ...overrides,
  };
}

export function fixtureSide(host: HostId, role: string, overrides: Partial<DrbdSide> = {}): DrbdSide {
  return {
    host,
    present: true,
    role,
    disk: "UpToDate",
    connection: "Connected",
    replication: "Established",
    peer_role: role === "Primary" ? "Secondary" : "Primary",
    peer_disk: "UpToDate",
    out_of_sync_kib: 0,
    suspended: "no",
    resync_suspended: "no",
    severity: "ok",
    evidence: fixtureEvidence(host, { source: "drbdsetup status --verbose --statistics" }),
    ...overrides,
  };
}

export function fixtureDrbd(resource: string, primary: HostId, guest: string, overrides: Partial<DrbdRow> = {}): DrbdRow {
  return {
    key: `${resource}/0`,
    resource,
    volume: 0,
    minor: [0, 0],
    size_kib: 131_032,
    sides: [fixtureSide(alpha, primary === alpha ? "Primary" : "Secondary"), fixtureSide(beta, primary === beta ? "Primary" : "Secondary")],
    state: ok("in sync"),
    resync: undefined,
    split_brain: undefined,
    guests: [guest],
    backing: [`/dev/vg0/${guest}`, `/dev/vg0/${guest}`],
    allow_two_primaries: [true, true],
    generations: ["5A7A0E6E2B0C9D52", "5A7A0E6E2B0C9D52"],
    disagreement: [],
    ...overrides,
  };
}

export function fixtureCell(host: HostId, overrides: Partial<StorageCell> = {}): StorageCell {
  return {
    host,
    state: ok("2 of 2 paths"),
    details: ["sda 10.99.1.1 active ready running", "sdb 10.99.2.1 active ready running"],
    flaps_10min: 0,
    evidence: fixtureEvidence(host, { source: "multipathd show maps json" }),
    ...overrides,
  };
}

export function fixtureStorage(overrides: Partial<StorageRow> = {}): StorageRow {
  return {
    key: "multipath 360000000000000000e00a0a000a00001",
    kind: "multipath",
    title: "360000000000000000e00a0a000a00001",
    subtitle: "XENHA,ARRAY-ALPHA 64M",
    cells: [fixtureCell(alpha), fixtureCell(beta)],
    guests: [],
    severity: "ok",
    ...overrides,
  };
}

export function fixtureNode(name: string, kind: string, overrides: Partial<NetNode> = {}): NetNode {
  return { name, kind, state: ok("UP"), mtu: 1500, vlan_id: undefined, guest: undefined, details: [], children: [], ...overrides };
}

/** xenbr0 or a VLAN's bridge: vifs of guests and an uplink under it. */
export function fixtureTree(bridge: string, vifs: readonly (readonly [string, string])[], vlan_id?: number): NetNode {
  const nic = fixtureNode("eth2", "nic");
  const uplink = vlan_id === undefined ? nic : fixtureNode(`eth2.${vlan_id}`, "vlan", { vlan_id, children: [nic] });
  return fixtureNode(bridge, "bridge", { children: [...vifs.map(([ifname, guest]) => fixtureNode(ifname, "vif", { guest })), uplink] });
}

export function fixtureBridge(name: string, trees: Pair<NetNode | undefined>, overrides: Partial<BridgeRow> = {}): BridgeRow {
  return {
    name,
    trees,
    role: "uplinked",
    vlan_id: [undefined, undefined],
    mtu: [1500, 1500],
    parity: [],
    guests: ["web01", "cache01", "db01"],
    state: ok("same on both"),
    evidence: [fixtureEvidence(alpha, { source: "ip -j -d link" }), fixtureEvidence(beta, { source: "ip -j -d link" })],
    ...overrides,
  };
}

export function fixtureUplink(name: string, overrides: Partial<UplinkRow> = {}): UplinkRow {
  return { name, kind: "nic", nodes: [fixtureNode(name, "nic"), fixtureNode(name, "nic")], severity: "ok", ...overrides };
}

export function fixtureLose(lost: HostId, survivor: HostId, overrides: Partial<LoseHost> = {}): LoseHost {
  return {
    lost,
    survivor,
    answer: "all",
    restart: lost === alpha ? ["web01", "cache01"] : ["db01"],
    cannot: [],
    unknown: [],
    stops: [],
    memory_needed_mib: 228,
    memory_free_mib: 552,
    severity: "ok",
    ...overrides,
  };
}
