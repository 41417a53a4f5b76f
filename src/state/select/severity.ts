/** Severities in order, and the worst of several. */
import type { Judged, Severity } from "../view-model.ts";

const rank: Readonly<Record<Severity, number>> = { ok: 0, info: 1, unknown: 2, warning: 3, critical: 4 };

/** The worse of the two. */
export const worse = (one: Severity, other: Severity): Severity => (rank[other] > rank[one] ? other : one);

/** Of those equally bad the first; undefined where there is none. */
export function worstOf(judged: readonly Judged[]): Judged | undefined {
  return judged.reduce<Judged | undefined>(
    (found, next) => (found === undefined || rank[next.severity] > rank[found.severity] ? next : found),
    undefined,
  );
}

export const worstSeverity = (judged: readonly Judged[]): Severity => worstOf(judged)?.severity ?? "ok";
