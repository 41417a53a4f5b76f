/** The pair of fixture.ts with a host that isn't seen, or not wholly. */
import type { Evidence, HostView, PairView } from "../../../src/state/view-model.ts";
import type { HostId } from "../../../src/xen/model/ids.ts";
import {
  alpha,
  beta,
  doubtful,
  fixtureEvidence,
  fixtureHost,
  fixtureLose,
  fixturePlacement,
  fixtureReadiness,
  fixtureReadings,
  fixtureView,
  NOW_MS,
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
