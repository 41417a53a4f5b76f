import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pairUp } from "../../../src/state/changes/change.ts";

interface Row {
  readonly id: string;
  readonly told: number;
}
const rows = fc.array(fc.record({ id: fc.constantFrom("a", "b", "c", "d"), told: fc.integer({ min: 0, max: 2 }) }), { maxLength: 5 });
/** The first row of each key, in order. */
const firsts = (list: readonly Row[]): Row[] => list.filter(({ id }, at) => list.findIndex((other) => other.id === id) === at);

describe("rows of two answers, paired by their keys", () => {
  it("are those that came, went and stayed, whatever their order, of a key that comes twice the first", () => {
    fc.assert(
      fc.property(rows, rows, (before, after) => {
        const [old, now] = [firsts(before), firsts(after)];
        const has = (list: readonly Row[], { id }: Row): boolean => list.some((other) => other.id === id);
        expect(pairUp(before, after, ({ id }) => id)).toEqual({
          came: now.filter((row) => !has(old, row)),
          went: old.filter((row) => !has(now, row)),
          both: now.filter((row) => has(old, row)).map((row) => ({ before: old.find(({ id }) => id === row.id), after: row })),
        });
      }),
    );
  });
});
