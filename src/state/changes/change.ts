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
  const old = new Map<string, Row>();
  for (const row of before) if (!old.has(key(row))) old.set(key(row), row);
  const now = new Map<string, Row>();
  for (const row of after) if (!now.has(key(row))) now.set(key(row), row);
  return {
    came: [...now].filter(([id]) => !old.has(id)).map(([, row]) => row),
    went: [...old].filter(([id]) => !now.has(id)).map(([, row]) => row),
    both: [...now].flatMap(([id, row]) => {
      const previous = old.get(id);
      return previous === undefined ? [] : [{ before: previous, after: row }];
    }),
  };
}
