/** How long what a cell asked of the clock has the same answers. */

/** Later than from_ms and not later than until_ms; with moment_ms at that time only. */
export interface Span {
  readonly from_ms: number;
  readonly until_ms: number;
  readonly moment_ms: number | undefined;
}
export const always: Span = { from_ms: Number.NEGATIVE_INFINITY, until_ms: Number.POSITIVE_INFINITY, moment_ms: undefined };

export const isWithin = ({ from_ms, until_ms, moment_ms }: Span, now_ms: number): boolean =>
  now_ms > from_ms && now_ms <= until_ms && (moment_ms === undefined || moment_ms === now_ms);

/** Where both hold, which they do now. */
export function and(a: Span, b: Span): Span {
  if (b === always || a === b) return a;
  if (a === always) return b;
  return {
    from_ms: Math.max(a.from_ms, b.from_ms),
    until_ms: Math.min(a.until_ms, b.until_ms),
    moment_ms: a.moment_ms ?? b.moment_ms,
  };
}
