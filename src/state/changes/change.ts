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

function firstByKey<Row>(rows: readonly Row[], key: (row: Row) => string): ReadonlyMap<string, Row> {
  const found = new Map<string, Row>();
  for (const row of rows) {
    const id = key(row);
    if (!found.has(id)) found.set(id, row);
  }
  return found;
}
