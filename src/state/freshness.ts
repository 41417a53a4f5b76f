/**
 * How far a fact can be trusted now. The one place where age, link and beats are turned into a verdict; every selector asks here.
 *
 * A fact is fresh only while its host answers (link live, a beat younger than BEAT_STALE_MS), and only if that link confirmed it within
 * the reading's cadence_s + timeout_s + CONFIRM_SLACK_MS. A host that doesn't answer has no fresh fact.
 */
import { BEAT_S, KEEPALIVE_S } from "../xen/host/wire.ts";
import type { Known } from "../xen/model/known.ts";
import { type FactsOf, type ReadingId, readings } from "../xen/read/index.ts";
import type { Reading } from "../xen/read/reading.ts";
import type { Facts, HostState } from "./state.ts";
import type { Evidence, Freshness } from "./view-model.ts";

/** Beats come every two seconds, later from an overloaded dom0; a host silent for longer than this doesn't answer. */
export const BEAT_STALE_MS = 7_000;
/**
 * A beat repeats when the console asked last, as far as the host had heard: where all goes well that is one round of asking and one of beating ago,
 * and a little for a busy host. What is beyond that lay on the way, and everything that comes with it is that much older than it looks.
 */
export const LATE_SLACK_MS = (KEEPALIVE_S + BEAT_S) * 1000 + 2_000;
/** Time for the section to cross a slow link and for a busy host to get round to starting the reading. */
export const CONFIRM_SLACK_MS = 2_000;
/** A command is killed at its limit; one that is still there this much later can't be killed (D state). */
export const HUNG_SLACK_MS = 1_000;

/** The link is live and the host said so within BEAT_STALE_MS. Says nothing of a host it is false for: unreachable is not dead. */
export function hostAnswers(host: HostState | undefined, now_ms: number): boolean {
  if (host === undefined || host.link.phase !== "live" || host.beat === undefined) return false;
  return now_ms - host.beat.at_ms <= BEAT_STALE_MS;
}

/** How late what arrives now is told. asked_ms: what the beat repeats, by the console's clock; a host that says what can't be is believed to be on time. */
export function lateness(asked_ms: number | undefined, arrived_ms: number): number {
  if (asked_ms === undefined) return 0;
  return Math.max(0, arrived_ms - asked_ms - LATE_SLACK_MS);
}

/** Since when a reading's command has been running, where that is longer than it is allowed to; undefined: it isn't, or the host doesn't answer. */
export function hungSince(host: HostState, reading: ReadingId, now_ms: number): number | undefined {
  if (!hostAnswers(host, now_ms)) return undefined;
  const since_ms = host.running_since_ms.get(reading);
  if (since_ms === undefined) return undefined;
  return now_ms - since_ms > contract(reading).timeout_s * 1000 + HUNG_SLACK_MS ? since_ms : undefined;
}

/** Since when a reading's command has answered nothing, where the last attempts were ended at its limit; undefined: it answers, or the host doesn't. */
export function unansweredSince(host: HostState, reading: ReadingId, now_ms: number): number | undefined {
  const known: Known<unknown> = knownOf(host, reading);
  if (!hostAnswers(host, now_ms) || host.link.phase !== "live" || known.state !== "failed" || known.no_answer !== true) return undefined;
  return Math.max(known.last?.at_ms ?? host.link.since_ms, host.link.since_ms);
}

/** Since when a reading is overdue while its host goes on beating: it should have told and didn't. undefined: it isn't overdue. */
export function overdueSince(host: HostState, reading: ReadingId, now_ms: number): number | undefined {
  if (!hostAnswers(host, now_ms) || host.link.phase !== "live") return undefined;
  const { cadence_s, timeout_s } = contract(reading);
  const known: Known<unknown> = knownOf(host, reading);
  const told_ms = known.state === "unknown" ? host.link.since_ms : Math.max(known.at_ms, host.link.since_ms);
  if (cadence_s === 0 && known.state !== "unknown" && known.at_ms >= host.link.since_ms) return undefined;
  const due_ms = told_ms + (cadence_s + timeout_s) * 1000 + CONFIRM_SLACK_MS;
  return now_ms > due_ms ? told_ms : undefined;
}

/** Where a claim made from this reading comes from and how far to trust it now. */
export function evidence(host: HostState, reading: ReadingId, now_ms: number): Evidence {
  const known: Known<unknown> = knownOf(host, reading);
  const { freshness, note } = judge(host, reading, known, now_ms);
  return { host: host.id, reading, source: contract(reading).source, at_ms: confirmedAt(known), freshness, note };
}

/** The value, only if it is fresh: what may be relied on for a yes. */
export function freshValue<Id extends ReadingId>(host: HostState | undefined, reading: Id, now_ms: number): FactsOf<Id> | undefined {
  if (host === undefined) return undefined;
  const known: Known<unknown> = knownOf(host, reading);
  if (known.state !== "known" || evidence(host, reading, now_ms).freshness !== "fresh") return undefined;
  return known.value as FactsOf<Id>;
}

/** The host said, freshly, that it doesn't have this. */
export function freshlyAbsent(host: HostState | undefined, reading: ReadingId, now_ms: number): boolean {
  return host !== undefined && evidence(host, reading, now_ms).freshness === "absent";
}

function judge(
  host: HostState,
  reading: ReadingId,
  known: Known<unknown>,
  now_ms: number,
): { freshness: Freshness; note: string | undefined } {
  if (!hostAnswers(host, now_ms)) {
    if (known.state === "unknown") return { freshness: "never", note: undefined };
    return { freshness: "stale", note: `${host.id} doesn't answer` };
  }
  const hung_ms = hungSince(host, reading, now_ms);
  if (hung_ms !== undefined) return { freshness: "hung", note: `not answering for ${seconds(now_ms - hung_ms)}` };
  if (known.state === "unknown") return { freshness: "never", note: undefined };
  if (known.state === "failed") return { freshness: "failed", note: known.error };
  if (!confirmed(host, reading, known.at_ms, now_ms)) return { freshness: "stale", note: `last told ${seconds(now_ms - known.at_ms)} ago` };
  if (known.state === "absent") return { freshness: "absent", note: known.why };
  return { freshness: "fresh", note: undefined };
}

/** By the present link: what an earlier one told may be from before a reboot. */
function confirmed(host: HostState, reading: ReadingId, at_ms: number, now_ms: number): boolean {
  if (host.link.phase !== "live" || at_ms < host.link.since_ms) return false;
  const { cadence_s, timeout_s } = contract(reading);
  return cadence_s === 0 || now_ms - at_ms <= (cadence_s + timeout_s) * 1000 + CONFIRM_SLACK_MS;
}

function confirmedAt(known: Known<unknown>): number | undefined {
  if (known.state === "unknown") return undefined;
  return known.state === "failed" ? known.last?.at_ms : known.at_ms;
}

const knownOf = (host: HostState, reading: keyof Facts): Known<unknown> => host.facts[reading];
const contract = (reading: ReadingId): Reading<unknown> => readings[reading];
const seconds = (ms: number): string => `${Math.max(0, Math.round(ms / 1000))} s`;
