/** Age and freshness of facts, as `status --json` tells them. */
import type { Evidence, Freshness } from "../state/view-model.ts";
import type { HostId } from "../xen/model/ids.ts";

/** Console clock, ms. */
export type Now = number;

export interface OriginJson {
  readonly reading: string;
  readonly source: string;
  readonly age_s: number | null;
  readonly freshness: Freshness;
  readonly note: string | null;
}

/** Where a host's claim comes from, for a group of facts that names its host itself. */
export function origin({ reading, source, at_ms, freshness, note }: Evidence, now: Now): OriginJson {
  return { reading, source, age_s: age(at_ms, now), freshness, note: known(note) };
}

export function evidenceJson(evidence: Evidence, now: Now): OriginJson & { readonly host: HostId } {
  return { host: evidence.host, ...origin(evidence, now) };
}

/** Worst last: a join is as fresh as the worst that it is made of. */
const byFreshness: readonly Freshness[] = ["absent", "fresh", "stale", "hung", "failed", "never"];

/** Of facts joined from several readings: the oldest age, the worst freshness. From none: never told. */
export function told(items: readonly Evidence[], now: Now): { age_s: number | null; freshness: Freshness } {
  const times = items.flatMap(({ at_ms }) => (at_ms === undefined ? [] : [at_ms]));
  const worst = items.reduce((rank, { freshness }) => Math.max(rank, byFreshness.indexOf(freshness)), -1);
  return { age_s: times.length === 0 ? null : age(Math.min(...times), now), freshness: byFreshness[worst] ?? "never" };
}

export function age(at_ms: number | undefined, now: Now): number | null {
  return at_ms === undefined ? null : Math.max(0, seconds(now - at_ms));
}

export const seconds = (ms: number): number => Math.round(ms) / 1000;
export const known = <T>(value: T | undefined): T | null => (value === undefined ? null : value);
