import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Line } from "../../../src/views/pane.ts";
import { type Column, EXTRA, layOut, type Table } from "../../../src/views/panes/table.ts";
import { lineText, lineWidth } from "../../../src/views/widgets/text.ts";
import { hostileNames } from "./fixture-variants.ts";

interface Row {
  readonly name: string;
  readonly size: number;
  readonly note: string;
}
const column = (title: keyof Row, overrides: Partial<Column<Row>> = {}): Column<Row> => ({
  title,
  drop: 0,
  min: 4,
  max: 20,
  cell: (row) => [{ text: String(row[title]) }],
  ...overrides,
});
const columns = [column("name"), column("size", { align: "right", drop: 2 }), column("note", { drop: EXTRA })];
const rows: Row[] = [
  { name: "web01", size: 5, note: "first" },
  { name: "database01", size: 12_345, note: "the second one" },
];
const linesOf = (table: Table, of: readonly Row[]): Line[] => of.map((_, index) => table.lineOf(index));
const text = (width: number, of: readonly Column<Row>[] = columns): string[] => {
  const table = layOut(of, rows, { width, ascii: false });
  return [...table.header, ...linesOf(table, rows)].map(lineText);
};

describe("columns", () => {
  it("are as wide as what is in them, numbers to the right", () => {
    expect(text(80)).toEqual(["name        size note", "web01          5 first", "database01 12345 the second one"]);
  });

  it("lose the extras before anything is cut", () => {
    expect(text(30)).toEqual(["name        size", "web01          5", "database01 12345"]);
    expect(text(31)[2]).toBe("database01 12345 the second one");
  });

  it("are cut before one goes that is more than an extra", () => {
    expect(text(12)).toEqual(["name    size", "web01      5", "datab… 12345"]);
    expect(text(8)).toEqual(["name", "web01", "databas…"]);
  });

  it("that can't stay cost no cell", () => {
    const made = new Map<string, number>();
    const counted = columns.map((each, index) =>
      column((["name", "size", "note"] as const)[index] ?? "name", {
        drop: index === 0 ? 0 : EXTRA + index,
        cell: (row) => {
          made.set(each.title, (made.get(each.title) ?? 0) + 1);
          return each.cell(row);
        },
      }),
    );
    const table = layOut(counted, rows, { width: 12, ascii: false });
    expect(table.header.map(lineText)).toEqual(["name"]);
    expect(Object.fromEntries(made)).toEqual({ name: 2 });
    // What a narrow window doesn't show is found and copied all the same.
    expect(table.textOf(1)).toBe("database01 12345 the second one");
  });

  it("stay or go as if all of them were measured", () => {
    const extra = fc.record({ drop: fc.integer({ min: 0, max: EXTRA + 3 }), title: fc.constantFrom("", "a", "title"), size: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(extra, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 40 }), (wanted, width) => {
        const made = wanted.map(
          ({ drop, title, size }, at): Column<string> => ({
            title: title === "" ? "" : `${title}${at}`,
            drop,
            min: 1,
            max: 8,
            cell: () => [{ text: "x".repeat(size) }],
          }),
        );
        const widthOf = (at: number): number => Math.min(8, Math.max(made[at]?.title.length ?? 0, wanted[at]?.size ?? 0));
        let all = made.map((_, at) => at).filter((at) => widthOf(at) > 0);
        for (;;) {
          const least = Math.max(0, ...all.map((at) => wanted[at]?.drop ?? 0));
          const needed = all.map((at) => (least >= EXTRA ? widthOf(at) : 1)).reduce((sum, each) => sum + each, Math.max(0, all.length - 1));
          if (least === 0 || needed <= width) break;
          all = all.filter((at) => wanted[at]?.drop !== least);
        }
        const table = layOut(made, ["row"], { width, ascii: false });
        const titled = (at: number): boolean => made[at]?.title !== "";
        const kept = made.map((_, at) => at).filter((at) => titled(at) && table.place(undefined, made[at]?.title ?? "") !== undefined);
        expect(kept).toEqual(all.filter(titled));
      }),
    );
  });

  it("let the one that gives lose letters first", () => {
    const giving = [column("name", { min: 10 }), column("note", { gives: true }), column("size", { align: "right" })];
    expect(text(24, giving)[2]).toBe("database01 the se… 12345");
  });

  it("keep both ends of a name where those tell it apart", () => {
    expect(text(8, [column("name", { cut: "middle", min: 8, max: 8 })])[2]).toBe("data…e01");
  });

  it("mark the column that sorts", () => {
    const table = layOut([column("name", { sort: "name" }), column("size")], rows, {
      width: 40,
      ascii: true,
      sort: { id: "name", descending: true },
    });
    expect(table.header.map(lineText)).toEqual(["namev      size"]);
  });

  it("name their group above them, once", () => {
    const table = layOut([column("name"), column("size", { group: "alpha" }), column("note", { group: "alpha" })], rows, {
      width: 60,
      ascii: false,
    });
    expect(table.header.map(lineText)).toEqual(["           alpha", "name       size  note"]);
    expect(table.place("alpha", "note")).toEqual({ start: 17, width: 14 });
    expect(table.place(undefined, "note")).toBeUndefined();
  });

  it("have no header where no column has a title, and tell the whole text however narrow", () => {
    const table = layOut([column("name", { title: "" })], rows, { width: 5, ascii: false });
    expect(table.header).toEqual([]);
    expect(linesOf(table, rows).map(lineText)).toEqual(["web01", "data…"]);
    expect([table.textOf(0), table.textOf(1)]).toEqual(["web01", "database01"]);
  });

  it("are never wider than they may be, whatever is in them", () => {
    const name = fc.oneof(fc.constantFrom(...hostileNames), fc.string({ unit: "grapheme" }), fc.string());
    const row = fc.record({ name, size: fc.nat(), note: name });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), fc.integer({ min: 1, max: 250 }), fc.boolean(), (items, width, ascii) => {
        const table = layOut(columns, items, { width, ascii, gap: 2 });
        for (const line of [...table.header, ...linesOf(table, items)]) expect(lineWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});
