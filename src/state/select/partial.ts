/** An answer of which a part was cut off or wasn't understood: what isn't in it may be there all the same. */
import type { ReadingId } from "../../xen/read/index.ts";
import { perFacts } from "./memo.ts";
import type { Side } from "./sides.ts";

const partialCells = perFacts((side: Side) =>
  side.cells.cells((reading: ReadingId): boolean => {
    const value: unknown = side.known(reading);
    if (typeof value !== "object" || value === null || !("not_understood" in value)) return false;
    return Array.isArray(value.not_understood) && value.not_understood.length > 0;
  }),
);

/** "It isn't there" can't be said by this reading. */
export const isPartial = (side: Side, reading: ReadingId): boolean => partialCells(side)(reading);
