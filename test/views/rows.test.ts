import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PaneRow } from "../../src/views/pane.ts";
import { filterRows, isSelectable, moveByOne, moveByRows, moveToFirst, moveToLast, windowOf } from "../../src/views/rows.ts";
import { newPlace, type Place } from "../../src/views/ui.ts";

const object = (key: string): PaneRow => ({ key, line: [{ text: key }], object: { kind: "guest", key } });
const heading = (key: string): PaneRow => ({ key, line: [{ text: key }], object: undefined });
const more = (key: string, of: string): PaneRow => ({ key, line: [{ text: key }], object: undefined, part_of: of });
const keys = (rows: readonly PaneRow[]): string[] => rows.map(({ key }) => key);

describe("a filter", () => {
  const rows = [
    heading("Running"),
    object("web01"),
    more("cause", "web01"),
    object("db01"),
    heading("Stopped"),
    object("web02"),
    object("mail"),
    more("note", "mail"),
  ];

  it.each([
    ["web", ["Running", "web01", "cause", "Stopped", "web02"]],
    ["WEB 1", ["Running", "web01", "cause"]],
    ["mail", ["Stopped", "mail", "note"]],
    ["!web", ["Running", "db01", "Stopped", "mail", "note"]],
    ["", keys(rows)],
    ["!", keys(rows)],
    ["  ", keys(rows)],
    ["nothing", []],
    ["db|mail", ["Running", "db01", "Stopped", "mail", "note"]],
    ["|", []],
    ["!db|mail", ["Running", "web01", "cause", "Stopped", "web02"]],
    ['"web0"|"mail"', ["Stopped", "mail", "note"]],
    ['"web01"', ["Running", "web01", "cause"]],
  ])("%j keeps what matches, with its headings and the lines that go on from it", (text, kept) => {
    expect(keys(filterRows(rows, text))).toEqual(kept);
  });

  it("finds facts that can't be selected, and not everything above them", () => {
    expect(keys(filterRows([heading("a"), heading("b"), heading("memory"), heading("c")], "mem"))).toEqual(["memory"]);
  });

  it("looks in the row's own text where it has one", () => {
    expect(keys(filterRows([{ ...object("x"), text: "long name that was cut" }, object("y")], "cut"))).toEqual(["x"]);
  });
});

const anyRows = fc
  .array(fc.constantFrom("object", "object", "heading", "more"), { maxLength: 60 })
  .map((kinds) =>
    kinds.map((kind, index) =>
      kind === "object" ? object(`o${index}`) : kind === "heading" ? heading(`h${index}`) : more(`m${index}`, `o${index - 1}`),
    ),
  );
const anyPlace: fc.Arbitrary<Place> = fc
  .record({
    key: fc.option(
      fc.nat(70).map((index) => `o${index}`),
      { nil: undefined },
    ),
    index: fc.integer({ min: -5, max: 80 }),
    top: fc.integer({ min: -5, max: 80 }),
    follow: fc.boolean(),
  })
  .map((place) => ({ ...newPlace, ...place }));
const page = fc.integer({ min: 1, max: 30 });

describe("the cursor", () => {
  it("is on a row that can be selected, in sight when it is followed, whatever rows came and went", () => {
    fc.assert(
      fc.property(anyRows, anyPlace, page, (rows, place, height) => {
        const { cursor, top } = windowOf(rows, place, height);
        if (rows.some(isSelectable)) expect(isSelectable(rows[cursor])).toBe(true);
        else expect(cursor).toBe(-1);
        expect(top).toBeGreaterThanOrEqual(0);
        expect(top).toBeLessThanOrEqual(Math.max(0, rows.length - height));
        if (place.follow && cursor !== -1) {
          expect(cursor).toBeGreaterThanOrEqual(top);
          expect(cursor).toBeLessThan(top + height);
        }
      }),
    );
  });

  it("moves past every line: by single steps down and up the whole list comes into sight", () => {
    fc.assert(
      fc.property(anyRows, fc.integer({ min: 3, max: 30 }), (rows, height) => {
        let place = newPlace;
        const seen = new Set<number>();
        for (const direction of [1, -1] as const) {
          for (let step = 0; step < rows.length * 2 + 2; step += 1) {
            const window = windowOf(rows, place, height);
            for (let index = window.top; index < Math.min(rows.length, window.top + height); index += 1) seen.add(index);
            place = { ...place, ...moveByOne(rows, window, height, direction) };
          }
        }
        expect(seen.size).toBe(rows.length);
      }),
    );
  });

  it("never moves against the direction pressed", () => {
    fc.assert(
      fc.property(anyRows, anyPlace, page, fc.constantFrom(-30, -5, -1, 1, 5, 30), (rows, place, height, count) => {
        const window = windowOf(rows, { ...place, follow: true }, height);
        const moved = windowOf(rows, { ...place, ...moveByRows(rows, window, height, count) }, height);
        if (count > 0) expect(moved.top).toBeGreaterThanOrEqual(window.top);
        if (count < 0) expect(moved.top).toBeLessThanOrEqual(window.top);
      }),
    );
  });

  it("g and G reach both ends", () => {
    const rows = [heading("a"), object("b"), ...Array.from({ length: 40 }, (_, index) => object(`c${index}`)), heading("z")];
    expect(moveToFirst(rows, 10)).toMatchObject({ key: "b", top: 0 });
    // Line 1 also where the first row that can be selected is below the window.
    const facts = [...Array.from({ length: 30 }, (_, index) => heading(`fact${index}`)), object("b"), object("c")];
    expect(windowOf(facts, newPlace, 10).top).toBe(0);
    expect(windowOf(facts, { ...newPlace, ...moveToFirst(facts, 10) }, 10).top).toBe(0);
    expect(moveToLast(rows, 10)).toMatchObject({ key: "c39", top: rows.length - 10 });
    expect(windowOf(rows, { ...newPlace, ...moveToLast(rows, 10) }, 10).top).toBe(rows.length - 10);
  });
});
