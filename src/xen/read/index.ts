/** The table of readings: one file each, one line here. */
import type { Reading } from "./reading.ts";
import { xlList } from "./xl-list.ts";

export const readings = {
  "xl-list": xlList,
} as const satisfies Record<string, Reading<unknown>>;

export type ReadingId = keyof typeof readings;
/** The facts that reading `Id` gives. */
export type FactsOf<Id extends ReadingId> = (typeof readings)[Id] extends Reading<infer Facts> ? Facts : never;
export const readingIds = Object.keys(readings) as readonly ReadingId[];
