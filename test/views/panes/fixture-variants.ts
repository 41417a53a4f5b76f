/** The pair of fixture.ts, broken: one variant for each way in which a screen must not lie. */
import type { Evidence, GuestRow, HostView, PairView, StorageRow } from "../../../src/state/view-model.ts";
import type { HostId } from "../../../src/xen/model/ids.ts";
import {
  alpha,
  beta,
  critical,
  doubtful,
  fixtureBridge,
  fixtureCell,
  fixtureCheck,
  fixtureDisk,
  fixtureDrbd,
  fixtureEvidence,
  fixtureGuest,
  fixtureHost,
  fixtureLose,
  fixtureNic,
  fixtureNode,
  fixturePlacement,
  fixtureReadiness,
  fixtureReadings,
  fixtureSide,
  fixtureStorage,
  fixtureTree,
  fixtureUplink,
  fixtureView,
  NOW_MS,
  warning,
} from "./fixture.ts";

const old = (host: HostId, source = "xl list -v"): Evidence =>
  fixtureEvidence(host, { source, at_ms: NOW_MS - 42_000, freshness: "stale", note: `${host} doesn't answer` });

const healthy = fixtureView();

const unheard = (id: HostId): HostView =>
  fixtureHost(id, {
    reach: "connecting",
    link: { phase: "connecting", hop: id, since_ms: NOW_MS - 700, attempt: 1 },
    heard_ms: undefined,
    readings: fixtureReadings(id, { at_ms: undefined, freshness: "never" }),
    hostname: undefined,
    xen_version: undefined,
    kernel: undefined,
    os: undefined,
    hardware: undefined,
    cpu_model: undefined,
    cpus: undefined,
    uptime_s: undefined,
    load_1min: undefined,
    memory_total_mib: undefined,
    memory_free_mib: undefined,
    dom0_memory_available_kib: undefined,
    guests_running: undefined,
    skew_ms: undefined,
    drbd_version: undefined,
    severity: "unknown",
  });

/** No host has answered yet. */
export const nothingYet: PairView = fixtureView({
  hosts: [unheard(alpha), unheard(beta)],
  guests: [],
  drbd: [],
  storage: [],
  bridges: [],
  uplinks: [],
  lose: [
    fixtureLose(alpha, beta, { answer: "unknown", restart: [], memory_needed_mib: 0, memory_free_mib: undefined, severity: "unknown" }),
    fixtureLose(beta, alpha, { answer: "unknown", restart: [], memory_needed_mib: 0, memory_free_mib: undefined, severity: "unknown" }),
  ],
  timeline: [],
  hardware_parity: [],
  severity: "unknown",
});

/** The link to beta is down; what it told is 42 s old. */
export const betaUnreachable: PairView = fixtureView({
  hosts: [
    healthy.hosts[0],
    fixtureHost(beta, {
      reach: "unreachable",
      reach_reason: "jump1: connection refused",
      link: {
        phase: "unreachable",
        hop: "jump1",
        reason: "connection refused",
        since_ms: NOW_MS - 40_000,
        retry_at_ms: NOW_MS + 4_000,
        attempt: 3,
      },
      heard_ms: NOW_MS - 42_000,
      readings: fixtureReadings(beta, { at_ms: NOW_MS - 42_000, freshness: "stale", note: "beta doesn't answer" }),
      guests_running: 1,
      severity: "unknown",
    }),
  ],
  guests: healthy.guests.map((guest) =>
    guest.host === beta
      ? {
          ...guest,
          placements: [fixturePlacement(beta, { name: guest.name, state: doubtful("running"), evidence: old(beta) })],
          state: doubtful("running"),
          severity: "unknown",
        }
      : { ...guest, can_run: [guest.can_run[0], fixtureReadiness(beta, { answer: "unknown", reason: "beta doesn't answer", checks: [] })] },
  ),
  drbd: healthy.drbd.map((row) => ({
    ...row,
    state: doubtful("beta unseen"),
    sides: [
      { ...row.sides[0], connection: "Connecting", replication: "Off", peer_role: "Unknown", peer_disk: "DUnknown", severity: "warning" },
      { ...row.sides[1], evidence: old(beta, "drbdsetup status"), severity: "unknown" },
    ],
  })),
  storage: healthy.storage.map((row) => ({ ...row, cells: [row.cells[0], row.cells[1] && { ...row.cells[1], evidence: old(beta) }] })),
  bridges: healthy.bridges.map((row) => ({
    ...row,
    evidence: [row.evidence[0], old(beta, "ip -j -d link")],
    state: doubtful("beta unseen"),
  })),
  lose: [
    fixtureLose(alpha, beta, {
      answer: "unknown",
      restart: [],
      unknown: ["web01", "cache01"].map((name) => ({ guest: name, name, reason: "beta doesn't answer" })),
      severity: "unknown",
    }),
    fixtureLose(beta, alpha),
  ],
  findings: [
    {
      rule: "host.unreachable",
      severity: "critical",
      object: "beta",
      cause: "beta can't be reached: jump1 refuses the connection; whether beta is alive isn't known",
      evidence: [{ text: "ssh: connection refused by jump1", from: undefined }],
      at_risk: ["db01"],
      next: "check jump1, then ctrl-r",
      screen: 1,
      since_ms: NOW_MS - 40_000,
    },
  ],
  severity: "critical",
});

/** `xl list -v` hangs on alpha while alpha beats on. */
export const alphaHung: PairView = fixtureView({
  hosts: [
    fixtureHost(alpha, {
      hung: [{ reading: "xl-list", source: "xl list -v", since_ms: NOW_MS - 42_000 }],
      readings: fixtureReadings(alpha).map((each) =>
        each.reading === "xl-list" ? { ...each, at_ms: NOW_MS - 44_000, freshness: "hung", note: "not answering for 42 s" } : each,
      ),
      severity: "warning",
    }),
    healthy.hosts[1],
  ],
  guests: healthy.guests.map((guest) => ({
    ...guest,
    placements: guest.placements.map((placement) =>
      placement.host === alpha
        ? { ...placement, evidence: fixtureEvidence(alpha, { at_ms: NOW_MS - 44_000, freshness: "hung", note: "not answering for 42 s" }) }
        : placement,
    ),
  })),
  severity: "warning",
});

/** r2 has split: both sides StandAlone, cache01 runs on alpha. */
export const splitBrain: PairView = fixtureView({
  guests: healthy.guests.map((guest) =>
    guest.name === "cache01"
      ? {
          ...guest,
          disks: [fixtureDisk("r2", { state: critical("split brain") })],
          disks_worst: critical("split brain"),
          can_run: [
            guest.can_run[0],
            fixtureReadiness(beta, {
              answer: "no",
              reason: "r2 split brain",
              checks: [
                fixtureCheck({
                  id: "disk",
                  result: "fail",
                  text: "r2/0 has split: beta's copy differs",
                  evidence: [fixtureEvidence(beta)],
                }),
                fixtureCheck({ id: "hardware", result: "unknown", text: "CPU flags not read yet" }),
                fixtureCheck({ id: "version", result: "warn", text: "beta runs an older Xen" }),
                fixtureCheck(),
              ],
            }),
          ],
          config_drift: ["memory: 112 on alpha, 128 on beta"],
          severity: "critical",
        }
      : guest,
  ),
  drbd: healthy.drbd.map((row) =>
    row.resource === "r2"
      ? fixtureDrbd("r2", alpha, "cache01", {
          state: critical("split brain"),
          sides: [
            fixtureSide(alpha, "Primary", {
              connection: "StandAlone",
              replication: "Off",
              peer_role: "Unknown",
              peer_disk: "DUnknown",
              out_of_sync_kib: 4_096,
              severity: "critical",
            }),
            fixtureSide(beta, "Secondary", {
              connection: "StandAlone",
              replication: "Off",
              peer_role: "Unknown",
              peer_disk: "DUnknown",
              out_of_sync_kib: 1_024,
              severity: "critical",
            }),
          ],
          split_brain: {
            evidence: ["alpha kernel: Split-Brain detected but unresolved, dropping connection!", "both sides StandAlone"],
            since_ms: NOW_MS - 180_000,
          },
          generations: ["5A7A0E6E2B0C9D52", "11D3C4B2A1908F70"],
          disagreement: ["alpha says beta is Unknown, beta says Secondary"],
        })
      : row,
  ),
  lose: [
    fixtureLose(alpha, beta, {
      answer: "some",
      restart: ["web01"],
      cannot: [{ guest: "cache01", name: "cache01", reason: "r2 split brain" }],
      severity: "critical",
    }),
    fixtureLose(beta, alpha),
  ],
  findings: [
    {
      rule: "drbd.split_brain",
      severity: "critical",
      object: "r2",
      cause: "r2 has split: both sides took writes while apart",
      evidence: [
        { text: "alpha StandAlone", from: fixtureEvidence(alpha, { source: "drbdsetup status" }) },
        { text: "Split-Brain detected but unresolved", from: fixtureEvidence(alpha, { source: "kernel journal" }) },
      ],
      at_risk: ["cache01"],
      next: "3: compare both sides; don't migrate cache01",
      screen: 3,
      since_ms: NOW_MS - 180_000,
    },
    {
      rule: "guest.drift",
      severity: "warning",
      object: "cache01",
      cause: "the hosts' config files differ: memory",
      evidence: [],
      at_risk: ["cache01"],
      next: "enter: see the difference",
      screen: 2,
      since_ms: undefined,
    },
  ],
  severity: "critical",
});

const resyncRow = fixtureDrbd("r1", beta, "db01", {
  state: warning("resync"),
  sides: [
    fixtureSide(alpha, "Secondary", { disk: "Inconsistent", replication: "SyncTarget", out_of_sync_kib: 119_808, severity: "warning" }),
    fixtureSide(beta, "Primary", { replication: "SyncSource", peer_disk: "Inconsistent", out_of_sync_kib: 119_808, severity: "warning" }),
  ],
  resync: {
    source: beta,
    target: alpha,
    kind: "resync",
    done_percent: 54.3,
    in_sync_percent: 91.2,
    left_kib: 119_808,
    rate_kib_s: 2_156,
    rate_average_kib_s: 2_048,
    eta_s: 57,
    paused: undefined,
    stalled: undefined,
  },
});
const withR1 = (row: PairView["drbd"][number]): PairView =>
  fixtureView({ drbd: healthy.drbd.map((each) => (each.resource === "r1" ? row : each)), severity: "warning" });

/** r1 resyncs from beta to alpha. */
export const resync: PairView = withR1(resyncRow);

/** ... and has not moved for three minutes. */
export const stalled: PairView = withR1({
  ...resyncRow,
  state: critical("resync stalled"),
  resync: resyncRow.resync && {
    ...resyncRow.resync,
    rate_kib_s: 0,
    eta_s: undefined,
    paused: "user",
    stalled: { since_ms: NOW_MS - 180_000, why: "paused by the operator on beta" },
  },
});

const troubled: readonly GuestRow[] = [
  fixtureGuest("web01", alpha, "r0", {
    placements: [fixturePlacement(alpha), fixturePlacement(beta, { domid: 9 })],
    state: critical("runs twice"),
    severity: "critical",
  }),
  fixtureGuest("web02", alpha, "r0", {
    placements: [fixturePlacement(alpha, { name: "web02", state: warning("paused"), flags: "--p---" })],
    state: warning("paused"),
    severity: "warning",
  }),
  fixtureGuest("db01", beta, "r1", {
    placements: [fixturePlacement(beta, { name: "db01", state: critical("crashed"), flags: "---sc-" })],
    state: critical("crashed"),
    severity: "critical",
  }),
  fixtureGuest("cache01", alpha, "r2", {
    placements: [
      fixturePlacement(alpha, { name: "cache01", state: warning("suspended"), flags: "---ss-" }),
      fixturePlacement(beta, { name: "cache01--incoming", migration: "incoming", state: warning("receiving"), flags: "--p---" }),
    ],
    state: warning("migrating"),
    severity: "warning",
  }),
  fixtureGuest("old01", alpha, "r2", {
    placements: [],
    state: doubtful("not running"),
    vcpus: undefined,
    memory_mib: undefined,
    cpu_percent: undefined,
    disks: [],
    nics: [],
    disks_worst: doubtful("not known"),
    nics_worst: doubtful("not known"),
    severity: "unknown",
  }),
];

/** Guests that run twice, are paused, crashed, in a migration, nowhere. */
export const guestsInTrouble: PairView = fixtureView({
  guests: troubled.map((guest) => (guest.name === "web01" || guest.name === "old01" ? { ...guest, host: undefined } : guest)),
  severity: "critical",
});

const flapping: readonly StorageRow[] = [
  fixtureStorage({
    cells: [
      fixtureCell(alpha, {
        state: critical("0 of 2 paths"),
        details: ["sda 10.99.1.1 failed faulty running", "sdb 10.99.2.1 failed faulty running"],
        flaps_10min: 7,
      }),
      fixtureCell(beta, { state: warning("1 of 2 paths") }),
    ],
    guests: ["web01", "db01"],
    severity: "critical",
  }),
  ...healthy.storage.slice(1),
];

/** A LUN without paths on alpha, a VLAN missing on beta, an uplink without carrier. */
export const pathsAndBridges: PairView = fixtureView({
  guests: healthy.guests.map((guest) => ({
    ...guest,
    nics: [
      fixtureNic(),
      fixtureNic({ devid: 1, bridge: "xenbr-dmz", state: critical("bridge missing on beta"), chain: [["bridge xenbr-dmz"], []] }),
    ],
    nics_worst: critical("xenbr-dmz missing on beta"),
  })),
  storage: flapping,
  bridges: [
    fixtureBridge("xenbr-dmz", [fixtureTree("xenbr-dmz", [["web01.2", "web01"]], 200), undefined], {
      role: "mixed",
      vlan_id: [200, undefined],
      mtu: [1500, undefined],
      parity: [critical("missing on beta: a migration cuts web01 off"), warning("mtu 1500 on alpha, unknown on beta")],
      state: critical("missing on beta"),
    }),
    ...healthy.bridges,
  ],
  uplinks: [
    fixtureUplink("eth2", { nodes: [fixtureNode("eth2", "nic", { state: critical("no carrier") }), undefined], severity: "critical" }),
    fixtureUplink("eth0"),
  ],
  severity: "critical",
});

/** Names that try to break the columns: wide, combining, emoji, right-to-left, very long, digits only. */
export const hostileNames = [
  "データベース本番サーバー",
  "e\u0301e\u0301\u0301\u0301\u0301 combining",
  "👩‍👩‍👧‍👦🇩🇪👍🏽 family",
  "חומר שלום עליכם",
  "\ufe0f#\ufe0f1\ufe0f",
  "(null)",
  "123",
  "x".repeat(512),
  "กำ ໍຳ 각 각 ᄀᄀᄀ각ᆨᆨ",
  "\u0600\u0661\u0662 \ufffd\ufffd",
] as const;

/** Every text that a host or a guest may choose, hostile. */
export function hostileView(name: string): PairView {
  const base = splitBrain;
  return fixtureView({
    guests: base.guests.map((guest, index) => ({
      ...guest,
      key: `${name}${index}`,
      name,
      placements: guest.placements.map((placement) => ({ ...placement, name })),
      disks: [fixtureDisk(name, { state: critical(name), chain: [[name, name], [name]] })],
      nics: [fixtureNic({ bridge: name, ifname: name, chain: [[name], [name, name]] })],
      nics_worst: warning(name),
      can_run: [
        guest.can_run[0],
        fixtureReadiness(beta, { answer: "no", reason: name, checks: [fixtureCheck({ result: "fail", text: name })] }),
      ],
      config_drift: [name],
    })),
    drbd: base.drbd.map((row) => ({ ...row, key: `${name}/${row.resource}`, resource: name, disagreement: [name], guests: [name, name] })),
    storage: flapping.map((row) => ({ ...row, key: `${row.key}${name}`, title: name, subtitle: name, guests: [name] })),
    bridges: [fixtureBridge(name, [fixtureTree(name, [[name, name]], 7), undefined], { parity: [critical(name)], guests: [name] })],
    uplinks: [fixtureUplink(name)],
    lose: [
      fixtureLose(alpha, beta, { answer: "none", restart: [], cannot: [{ guest: `${name}1`, name, reason: name }], severity: "critical" }),
      fixtureLose(beta, alpha, { restart: [name] }),
    ],
    findings: base.findings.map((finding) => ({ ...finding, object: name, cause: name, at_risk: [name], next: name })),
    timeline: [{ seq: 1, at_ms: NOW_MS - 1_000, host: alpha, origin: "seen", object: name, text: name, severity: "critical" }],
    severity: "critical",
  });
}

export const variants: Readonly<Record<string, PairView>> = {
  healthy,
  nothingYet,
  betaUnreachable,
  alphaHung,
  splitBrain,
  resync,
  stalled,
  guestsInTrouble,
  pathsAndBridges,
};
