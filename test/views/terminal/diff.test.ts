import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffGrid, type Pen } from "../../../src/views/terminal/diff.ts";
import { createGridParser, type Grid, type GridParser } from "../../../src/views/terminal/grid.ts";
import { createStyleTable, type StyleTable } from "../../../src/views/terminal/sgr.ts";
import { cellsOf, createXterm, textOf, writeTo } from "./xterm.ts";

interface Token {
  readonly text: string;
  readonly width: number;
}

const sgr = fc
  .constantFrom(
    "0",
    "1",
    "2",
    "3",
    "4",
    "7",
    "9",
    "22",
    "23",
    "24",
    "27",
    "29",
    "31",
    "92",
    "39",
    "44",
    "49",
    "38;5;208",
    "48;5;17",
    "38;2;1;2;3",
    "48;2;9;8;7",
    "1;31",
    "",
  )
  .map((parameters): Token => ({ text: `\x1b[${parameters}m`, width: 0 }));
const token: fc.Arbitrary<Token> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "Z", "-", "é", "│", "✓", "█", "▲").map((text) => ({ text, width: 1 })) },
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 12 }).map((width) => ({ text: " ".repeat(width), width })) },
  { weight: 2, arbitrary: fc.constantFrom("你", "한", "😀", "🇩").map((text) => ({ text, width: 2 })) },
  { weight: 1, arbitrary: fc.constantFrom("e\u0301", "o\u0308\u0323", "⚠").map((text) => ({ text, width: 1 })) },
  { weight: 3, arbitrary: sgr },
);

/** A line that fits: what would pass the last column is left out. */
const lineOf = (tokens: readonly Token[], columns: number): string => {
  let used = 0;
  let line = "";
  for (const { text, width } of tokens) {
    if (used + width > columns) continue;
    used += width;
    line += text;
  }
  return line;
};

const sizes = fc.record({ columns: fc.integer({ min: 1, max: 24 }), rows: fc.integer({ min: 1, max: 5 }) });
const framesOf = (size: { columns: number; rows: number }, count: number): fc.Arbitrary<string[]> =>
  fc.array(
    fc
      .array(fc.array(token, { maxLength: 14 }), { maxLength: size.rows })
      .map((lines) => lines.map((tokens) => lineOf(tokens, size.columns)).join("\n")),
    { minLength: 1, maxLength: count },
  );

class Screen {
  readonly table: StyleTable = createStyleTable();
  readonly parser: GridParser = createGridParser(this.table);
  readonly pen: Pen = { row: undefined, column: undefined, style: 0 };
  shown: Grid | undefined;

  draw(frame: string, size: { columns: number; rows: number }): string {
    const next = this.parser.parse(frame, size);
    const { text } = diffGrid(this.shown, next, this.pen, this.table);
    this.shown = next;
    return text;
  }
}

const naive = (frame: string): string =>
  frame
    .split("\n")
    .map((line, y) => `\x1b[m\x1b[${y + 1};1H${line}`)
    .join("");

describe("diffs", () => {
  it("applied to a terminal give the same cells as each whole frame drawn on a new one", async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes.chain((size) => framesOf(size, 4).map((frames) => ({ size, frames }))),
        async ({ size, frames }) => {
          const screen = new Screen();
          const terminal = createXterm(size.columns, size.rows);
          await writeTo(terminal, `\x1b[?7l${"x".repeat(size.columns)}`);
          for (const frame of frames) {
            await writeTo(terminal, screen.draw(frame, size));
            const reference = createXterm(size.columns, size.rows);
            await writeTo(reference, `\x1b[?7l${naive(frame)}`);
            expect(cellsOf(terminal)).toEqual(cellsOf(reference));
            reference.dispose();
          }
          terminal.dispose();
        },
      ),
      { numRuns: 250 },
    );
  });

  it("an unchanged frame is no bytes at all", () => {
    fc.assert(
      fc.property(
        sizes.chain((size) => framesOf(size, 1).map((frames) => ({ size, frame: frames[0] ?? "" }))),
        ({ size, frame }) => {
          const screen = new Screen();
          screen.draw(frame, size);
          expect(screen.draw(frame, size)).toBe("");
        },
      ),
    );
  });

  it("never clears the screen, never leaves the row by writing", () => {
    fc.assert(
      fc.property(
        sizes.chain((size) => framesOf(size, 3).map((frames) => ({ size, frames }))),
        ({ size, frames }) => {
          const screen = new Screen();
          for (const frame of frames) {
            const bytes = screen.draw(frame, size);
            // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are the subject
            expect(bytes).not.toMatch(/\x1b\[\d*J|\n|\x1bc/);
          }
        },
      ),
    );
  });

  it("a terminal that counts other widths is put right after each such character", async () => {
    const terminal = createXterm(20, 1);
    // Its own table thinks emoji narrow.
    terminal.unicode.activeVersion = "6";
    await writeTo(terminal, new Screen().draw("😀 web01 ⚠ ok", { columns: 20, rows: 1 }));
    expect(textOf(terminal)[0]?.slice(4)).toBe("web01 ⚠ ok");
  });
});

describe("bytes", () => {
  const size = { columns: 200, rows: 60 };
  const frameWith = (cell: string): string =>
    Array.from({ length: 60 }, (_, y) => (y === 41 ? `${"x".repeat(123)}${cell}${"y".repeat(76)}` : "z".repeat(200))).join("\n");

  it.each([
    ["a letter", "b"],
    ["a letter in truecolor", "\x1b[38;2;139;148;158mb\x1b[39m"],
    ["a bold symbol in truecolor", "\x1b[1m\x1b[38;2;255;95;95m✗\x1b[39m\x1b[22m"],
  ])("%s costs at most 32 bytes for its cell", (_, cell) => {
    const screen = new Screen();
    screen.draw(frameWith("a"), size);
    const bytes = Buffer.byteLength(screen.draw(frameWith(cell), size));
    expect(bytes).toBeLessThanOrEqual(32);
    expect(bytes).toBeGreaterThan(0);
  });

  it("a row that became empty is erased, not overwritten", () => {
    const screen = new Screen();
    screen.draw("z".repeat(200), { columns: 200, rows: 1 });
    expect(Buffer.byteLength(screen.draw("", { columns: 200, rows: 1 }))).toBeLessThanOrEqual(8);
  });
});
