/** Of many samples, what is told. */

/** The sample that `part` of all are at or under; NaN of none. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}
export const median = (samples: readonly number[]): number => quantile(samples, 0.5);
