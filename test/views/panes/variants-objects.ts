/** The pair of fixture.ts with a guest, a volume, a path or a bridge that isn't well. */
import type { GuestRow, PairView, StorageRow } from "../../../src/state/view-model.ts";
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
  fixtureLose,
  fixtureNic,
  fixtureNode,
  fixturePlacement,
  fixtureReadiness,
  fixtureSide,
  fixtureStorage,
  fixtureTree,
  fixtureUplink,
  fixtureView,
  NOW_MS,
  warning,
} from "./fixture.ts";

const healthy = fixtureView();

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
      next: "compare both sides; don't migrate cache01",
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
      next: "see the difference",
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
    stalled: { since_ms: NOW_MS - 180_000, why: "no progress: the rate is 0" },
  },
});

/** ... because somebody holds it, and did when it was first looked at. */
export const paused: PairView = withR1({
  ...resyncRow,
  state: warning("resync paused"),
  resync: resyncRow.resync && {
    ...resyncRow.resync,
    rate_kib_s: 0,
    eta_s: undefined,
    paused: "by hand on beta",
    stalled: { since_ms: NOW_MS - 180_000, at_least: true, why: "paused by hand on beta" },
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

export const flapping: readonly StorageRow[] = [
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
