/**
 * Findings that the operator has taken note of: for good (acknowledged) or for a while (snoozed). A note never hides a worsening: it counts for the
 * severity and the guests at risk that it was made of, and only while the finding lasts.
 */
import { worse } from "./select/severity.ts";
import type { Finding, Severity } from "./view-model.ts";

/** Notes kept of one pair; the oldest go first. */
export const ACKS_MAX = 200;
/** A finding that was gone for this long is another one when it comes back. */
export const ACK_FORGET_MS = 600_000;

export interface Ack {
  /** Of the finding: see findingKey. */
  readonly key: string;
  readonly by: string;
  readonly at_ms: number;
  /** A snooze ends then; undefined: as long as the finding lasts. */
  readonly until_ms: number | undefined;
  /** As it was when it was noted. */
  readonly severity: Severity;
  readonly at_risk: readonly string[];
}

/** One finding over time. Findings told together are named by their number, which changes while they are the same finding. */
export const findingKey = ({ rule, object }: Pick<Finding, "rule" | "object">): string =>
  `${rule} ${/^\d+ objects$/.test(object) ? "several" : object}`;

/** It is worse than what was noted: graver, or a threat to a guest that it wasn't a threat to. */
export const isWorse = (ack: Ack, { severity, at_risk }: Pick<Finding, "severity" | "at_risk">): boolean =>
  worse(ack.severity, severity) !== ack.severity || at_risk.some((guest) => !ack.at_risk.includes(guest));

export const isOver = ({ until_ms }: Ack, now_ms: number): boolean => until_ms !== undefined && until_ms <= now_ms;

/** The note that counts for the finding now. */
export function ackFor(acks: ReadonlyMap<string, Ack>, finding: Finding, now_ms: number): Ack | undefined {
  const ack = acks.get(findingKey(finding));
  return ack === undefined || isOver(ack, now_ms) || isWorse(ack, finding) ? undefined : ack;
}

export function withAck(acks: ReadonlyMap<string, Ack>, ack: Ack): ReadonlyMap<string, Ack> {
  const kept = new Map(acks);
  kept.delete(ack.key);
  kept.set(ack.key, ack);
  for (const oldest of kept.keys()) {
    if (kept.size <= ACKS_MAX) break;
    kept.delete(oldest);
  }
  return kept;
}

export function withoutAck(acks: ReadonlyMap<string, Ack>, key: string): ReadonlyMap<string, Ack> {
  if (!acks.has(key)) return acks;
  const kept = new Map(acks);
  kept.delete(key);
  return kept;
}
