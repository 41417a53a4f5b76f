/** What a new answer of a reading changed, in words for the timeline. One pure function per reading, listed in index.ts. */
export interface Change {
  /** `web01`, `r0/0`, `360000...` */
  readonly object: string;
  readonly text: string;
  readonly severity: "info" | "ok" | "warning" | "critical";
}

/** Both answers, the earlier undefined where this is the first: a first answer changes nothing, it is how things were found. */
export type DescribeChanges<Facts> = (before: Facts, after: Facts) => readonly Change[];

/** Most changes told of one answer; the rest is counted. */
export const CHANGES_TOLD_MAX = 60;

/** Rows by key on both sides: those that came, those that went, those on both. Duplicate keys: the first counts. */
export function pairUp<Row>(before: readonly Row[], after: readonly Row[], key: (row: Row) => string) {
  const both_same = samePlaces(before, after, key);
  if (both_same !== undefined) return { came: [], went: [], both: both_same };
  const old = firstByKey(before, key);
  const came: Row[] = [];
  const both: { readonly before: Row; readonly after: Row }[] = [];
  const now = firstByKey(after, key);
  for (const [id, row] of now) {
    const previous = old.get(id);
    if (previous === undefined) came.push(row);
    else both.push({ before: previous, after: row });
  }
  const went: Row[] = [];
  for (const [id, row] of old) if (!now.has(id)) went.push(row);
  return { came, went, both };
}

/** Nearly always both have the same rows in the same order, and there is nothing to look for; undefined: they haven't. */
function samePlaces<Row>(before: readonly Row[], after: readonly Row[], key: (row: Row) => string) {
  if (before.length !== after.length) return undefined;
  const seen = new Set<string>();
  const both: { readonly before: Row; readonly after: Row }[] = [];
  for (const [at, row] of after.entries()) {
    const old = before[at] as Row;
    const id = key(row);
    if (key(old) !== id || seen.has(id)) return undefined;
    seen.add(id);
    both.push({ before: old, after: row });
  }
  return both;
}

function firstByKey<Row>(rows: readonly Row[], key: (row: Row) => string): ReadonlyMap<string, Row> {
  const found = new Map<string, Row>();
  for (const row of rows) {
    const id = key(row);
    if (!found.has(id)) found.set(id, row);
  }
  return found;
}
