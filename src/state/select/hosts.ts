/** The host strip: how each dom0 is reached, how old what it told is, which of its commands don't answer, and what it is. */
import type { HostId, Pair } from "../../xen/model/ids.ts";
import { newest } from "../../xen/model/known.ts";
import { type ReadingId, readingIds, readings } from "../../xen/read/index.ts";
import { BEAT_STALE_MS, evidence, hostAnswers, hungSince, overdueSince, unansweredSince } from "../freshness.ts";
import type { Beat, HostState, PairState } from "../state.ts";
import type { HostView, Reach, Severity } from "../view-model.ts";
import { isActive } from "./guest-state.ts";

/** A link that is up but silent is stale; one that is just up has BEAT_STALE_MS for its first beat. */
function reachOf({ link, beat, trouble }: HostState, now_ms: number): Reach {
  switch (link.phase) {
    case "idle":
      return "connecting";
    case "connecting":
      // Trying again changes nothing about what is known: it couldn't be reached.
      return trouble === undefined ? "connecting" : "unreachable";
    case "live":
      if (beat !== undefined && beat.at_ms >= link.since_ms - BEAT_STALE_MS) return now_ms - beat.at_ms <= BEAT_STALE_MS ? "live" : "stale";
      return now_ms - link.since_ms <= BEAT_STALE_MS ? "connecting" : "stale";
    case "needs_auth":
    case "unreachable":
    case "refused":
      return link.phase;
  }
}

/** Without ages: views count them on. */
function reasonOf({ link, trouble }: HostState, reach: Reach): string | undefined {
  switch (link.phase) {
    case "idle":
      return undefined;
    case "connecting":
      if (trouble !== undefined) return `${trouble.hop}: ${trouble.reason}`;
      return link.attempt > 1 ? `${link.hop}: attempt ${link.attempt}` : link.hop;
    case "needs_auth":
      return `${link.hop}: ${link.what}`;
    case "unreachable":
      return `${link.hop}: ${link.reason}`;
    case "refused":
      return `${link.hop}: ${link.reason}; ${link.advice}`;
    case "live":
      return reach === "stale" ? "connected, but it tells nothing" : undefined;
  }
}

/** Commands that outlive their limit, or are ended at it again and again without an answer. Longest first. */
function hungReadings(host: HostState, now_ms: number): HostView["hung"] {
  return late((reading) => hungSince(host, reading, now_ms) ?? unansweredSince(host, reading, now_ms));
}

/** Readings that the host hasn't come to in time though it goes on beating: it is slow, or busy with others. Longest first. */
function lateReadings(host: HostState, hung: HostView["hung"], now_ms: number): HostView["late"] {
  const stuck = new Set(hung.map(({ reading }) => reading));
  return late((reading) => (stuck.has(reading) ? undefined : overdueSince(host, reading, now_ms)));
}

function late(since: (reading: ReadingId) => number | undefined): HostView["hung"] {
  return readingIds
    .flatMap((reading) => {
      const since_ms = since(reading);
      return since_ms === undefined ? [] : [{ reading, source: readings[reading].source, since_ms }];
    })
    .sort((a, b) => a.since_ms - b.since_ms);
}

const severityOfReach: Readonly<Record<Reach, Severity>> = {
  live: "ok",
  connecting: "unknown",
  stale: "warning",
  needs_auth: "warning",
  unreachable: "critical",
  refused: "critical",
};

function hostView(host: HostState, now_ms: number): HostView {
  const { facts, link, beat } = host;
  const reach = reachOf(host, now_ms);
  const hung = hungReadings(host, now_ms);
  const dom0 = newest(facts.host);
  const xen = newest(facts["xl-info"]);
  const domains = newest(facts["xl-list"])?.domains;
  return {
    id: host.id,
    reach,
    reach_reason: reasonOf(host, reach),
    link,
    heard_ms: beat?.at_ms,
    hung,
    late: lateReadings(host, hung, now_ms),
    readings: readingIds.map((reading) => evidence(host, reading, now_ms)),
    hostname: dom0?.hostname ?? xen?.host,
    xen_version: xen?.xen_version,
    kernel: dom0?.kernel ?? xen?.release,
    os: dom0?.os,
    hardware: dom0?.hardware,
    cpu_model: dom0?.cpu_model,
    cpus: xen?.nr_cpus ?? dom0?.cpus,
    uptime_s: uptime(beat, hostAnswers(host, now_ms), now_ms) ?? dom0?.uptime_s,
    load_1min: dom0?.load_1min,
    memory_total_mib: xen?.total_memory_mib,
    memory_free_mib: xen?.free_memory_mib,
    dom0_memory_available_kib: dom0?.memory_available_kib,
    guests_running: domains?.filter((domain) => domain.domid !== 0 && isActive(domain)).length,
    skew_ms: beat?.skew_ms,
    drbd_version: newest(facts["drbd-proc"])?.version,
    severity: reach === "live" && hung.length > 0 ? "warning" : severityOfReach[reach],
  };
}

/** Goes on counting only while the host says that it lives. */
function uptime(beat: Beat | undefined, answers: boolean, now_ms: number): number | undefined {
  if (beat === undefined) return undefined;
  return answers ? beat.uptime_s + (now_ms - beat.at_ms) / 1000 : beat.uptime_s;
}

/** In the operator's order. Throws only where the state lacks a host of its own order. */
export function selectHosts(state: PairState, now_ms: number): Pair<HostView> {
  const one = (id: HostId): HostView => {
    const host = state.hosts.get(id);
    if (host === undefined) throw new Error(`the pair ${state.name} has no host ${id}`);
    return hostView(host, now_ms);
  };
  return [one(state.order[0]), one(state.order[1])];
}
