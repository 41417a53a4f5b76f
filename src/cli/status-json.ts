/**
 * `status --json`: the pair's state in a versioned form, named field by field so that nothing gets out, or changes, by chance.
 * Its schema is schema/status.schema.json. Within version 1 fields may be added, never removed or given another meaning.
 * What isn't known is null; every group of facts has its age and freshness.
 */
import { nextStep } from "../state/next-step.ts";
import { liveMove } from "../state/preflight/live-move.ts";
import type { Evidence, Finding, Freshness, GuestRow, HostView, LeftGuest, LoseHost, PairView, Readiness } from "../state/view-model.ts";
import { age, evidenceJson, known, type Now, seconds, told } from "./status-age.ts";
import { bridgeJson, drbdJson, guestJson, storageJson, uplinkJson } from "./status-rows.ts";

export const STATUS_SCHEMA = "xenha-tui.status/1";

export interface Collected {
  readonly view: PairView;
  readonly simulated: boolean;
  readonly took_ms: number;
  readonly timeout_s: number;
  /** xenha-tui's own. */
  readonly version: string;
}

/** Not told, or not told any more, or not to be had. An old answer of a host that does answer is one: its age is there. */
function isMissing({ freshness }: Evidence, { reach }: HostView): boolean {
  return freshness === "never" || freshness === "hung" || freshness === "failed" || (freshness === "stale" && reach !== "live");
}

/** A host that doesn't have something has answered. */
export function missingReadings(view: PairView): readonly Evidence[] {
  return view.hosts.flatMap((host) => host.readings.filter((item) => isMissing(item, host)));
}

export function statusJson({ view, simulated, took_ms, timeout_s, version }: Collected) {
  const now = view.now_ms;
  const missing = missingReadings(view);
  return {
    schema: STATUS_SCHEMA,
    xenha_tui: version,
    pair: view.name,
    simulated,
    at: new Date(now).toISOString(),
    took_s: seconds(took_ms),
    timeout_s,
    complete: missing.length === 0,
    missing: missing.map((item) => evidenceJson(item, now)),
    severity: view.severity,
    hosts: view.hosts.map((host) => hostJson(host, now)),
    guests: view.guests.map((guest) => guestJson(guest, now)),
    drbd: view.drbd.map((row) => drbdJson(row, now)),
    storage: view.storage.map((row) => storageJson(row, now)),
    network: {
      bridges: view.bridges.map((row) => bridgeJson(row, now)),
      uplinks: view.uplinks.map((row) => uplinkJson(row, view)),
    },
    readiness: view.guests.flatMap((guest) => guest.can_run.map((readiness) => readinessJson(guest, readiness, now))),
    hardware: view.hardware_parity.map(({ what, values, same }) => ({ what, values: [...values], same: known(same) })),
    verdict: view.lose.map((lose) => loseJson(lose, view)),
    findings: view.findings.map((finding) => findingJson(finding, now)),
  };
}

export type StatusJson = ReturnType<typeof statusJson>;

function hostJson(host: HostView, now: Now) {
  return {
    id: host.id,
    severity: host.severity,
    reach: host.reach,
    reach_reason: known(host.reach_reason),
    age_s: age(host.heard_ms, now),
    freshness: hostFreshness(host),
    hostname: known(host.hostname),
    xen_version: known(host.xen_version),
    kernel: known(host.kernel),
    os: known(host.os),
    hardware: known(host.hardware),
    cpu_model: known(host.cpu_model),
    cpus: known(host.cpus),
    uptime_s: known(host.uptime_s),
    load_1min: known(host.load_1min),
    memory_total_mib: known(host.memory_total_mib),
    memory_free_mib: known(host.memory_free_mib),
    dom0_memory_available_kib: known(host.dom0_memory_available_kib),
    guests_running: known(host.guests_running),
    clock_skew_s: host.skew_ms === undefined ? null : seconds(host.skew_ms),
    drbd_version: known(host.drbd_version),
    hung: host.hung.map(({ reading, source, since_ms }) => ({ reading, source, for_s: age(since_ms, now) })),
    late: host.late.map(({ reading, source, since_ms }) => ({ reading, source, for_s: age(since_ms, now) })),
    readings: host.readings.map((item) => evidenceJson(item, now)),
  };
}

function hostFreshness({ reach, heard_ms }: HostView): Freshness {
  if (heard_ms === undefined) return "never";
  return reach === "live" ? "fresh" : "stale";
}

function readinessJson(guest: GuestRow, readiness: Readiness, now: Now) {
  const { host, answer, checks, reason } = readiness;
  const move = liveMove(readiness);
  return {
    guest: guest.key,
    name: guest.name,
    host,
    answer,
    reason: known(reason),
    live_move: move === undefined ? null : { answer: move.answer, reason: known(move.reason) },
    ...told(
      checks.flatMap(({ evidence }) => evidence),
      now,
    ),
    checks: checks.map(({ id, result, text, evidence }) => ({
      id,
      result,
      text,
      evidence: evidence.map((item) => evidenceJson(item, now)),
    })),
  };
}

const leftJson = ({ guest, name, reason, since_ms, behind_kib }: LeftGuest, now: Now) => ({
  guest,
  name,
  reason,
  since_s: age(since_ms, now),
  behind_kib: known(behind_kib),
});

export function loseJson(lose: LoseHost, view: PairView) {
  const basis = view.guests.flatMap(({ can_run }) =>
    can_run.filter(({ host }) => host === lose.survivor).flatMap(({ checks }) => checks.flatMap(({ evidence }) => evidence)),
  );
  return {
    lost: lose.lost,
    survivor: lose.survivor,
    severity: lose.severity,
    answer: lose.answer,
    ...told(basis, view.now_ms),
    restart: [...lose.restart],
    cannot: lose.cannot.map((left) => leftJson(left, view.now_ms)),
    unknown: lose.unknown.map((left) => leftJson(left, view.now_ms)),
    stops: lose.stops.map((left) => leftJson(left, view.now_ms)),
    memory_needed_mib: lose.memory_needed_mib,
    memory_free_mib: known(lose.memory_free_mib),
  };
}

const leftOf = (until_ms: number | undefined, now: Now): number | null =>
  until_ms === undefined ? null : Math.max(0, seconds(until_ms - now));

export function findingJson(finding: Finding, now: Now) {
  return {
    rule: finding.rule,
    severity: finding.severity,
    object: finding.object,
    cause: finding.cause,
    evidence: finding.evidence.map(({ text, from }) => ({ text, from: from === undefined ? null : evidenceJson(from, now) })),
    at_risk: [...finding.at_risk],
    next: nextStep(finding),
    action: finding.act === undefined ? null : { action: finding.act.action, args: finding.act.args },
    runbook: known(finding.runbook),
    since_s: age(finding.since_ms, now),
    flaps: known(finding.flaps),
    gone_s: age(finding.gone_ms, now),
    noted:
      finding.ack === undefined
        ? null
        : { by: finding.ack.by, age_s: age(finding.ack.at_ms, now), left_s: leftOf(finding.ack.until_ms, now) },
  };
}
