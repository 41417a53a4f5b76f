/** The small parts of a console: colours, glyphs, answers, pastes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { glyphOf } from "../../../src/views/console/cells.ts";
import { type Colour, colourParameters, paletteRgb } from "../../../src/views/console/colours.ts";
import { needsAsking, pasteBytes, pasteOf } from "../../../src/views/console/paste.ts";
import { createReplies, REPLIES_PER_S_MAX } from "../../../src/views/console/replies.ts";
import { textWidth } from "../../../src/views/terminal/width.ts";

const rgb = (value: number): Colour => ({ kind: "rgb", value });
const palette = (index: number): Colour => ({ kind: "palette", index });

describe("a guest's colour", () => {
  it("is shown as far as the terminal can", () => {
    const cases: readonly (readonly [Colour, string, string, string])[] = [
      [{ kind: "default" }, "", "", ""],
      [palette(1), "31", "31", "31"],
      [palette(9), "91", "91", "91"],
      [palette(208), "38;5;208", "38;5;208", "33"],
      [rgb(0xff8700), "38;2;255;135;0", "38;5;208", "33"],
      [rgb(0x808080), "38;2;128;128;128", "38;5;244", "90"],
      [rgb(0x000000), "38;2;0;0;0", "38;5;16", "30"],
    ];
    for (const [colour, truecolor, of256, of16] of cases) {
      expect(colourParameters(colour, "text", "truecolor")).toBe(truecolor);
      expect(colourParameters(colour, "text", "256")).toBe(of256);
      expect(colourParameters(colour, "text", "16")).toBe(of16);
      expect(colourParameters(colour, "text", "none")).toBe("");
    }
    expect(colourParameters(palette(4), "ground", "16")).toBe("44");
    expect(colourParameters(palette(12), "ground", "16")).toBe("104");
    expect(colourParameters(rgb(0x010203), "ground", "truecolor")).toBe("48;2;1;2;3");
  });

  it("of the palette is its own nearest", () => {
    for (let index = 16; index < 256; index += 1) {
      const [red, green, blue] = paletteRgb(index);
      const same = colourParameters(rgb((red << 16) | (green << 8) | blue), "text", "256");
      expect(paletteRgb(Number(same.split(";")[2])), String(index)).toEqual([red, green, blue]);
    }
  });
});

describe("what is in a cell", () => {
  it("is a letter of the cell's width with its marks, or says that it is none", () => {
    expect(glyphOf("a", 1)).toBe("a");
    expect(glyphOf("日", 2)).toBe("日");
    expect(glyphOf("e\u0301", 1)).toBe("e\u0301");
    expect(glyphOf("", 1)).toBe(" ");
    for (const hostile of ["\u202e", "\u200b", "\x1b", "\u0085", "\u2028", "\ud800", "\ue000", "\u{e0041}", "\u0301"])
      expect(glyphOf(hostile, 1)).toBe("\ufffd");
    expect(glyphOf("a\u202e\u200d", 1)).toBe("a");
    expect(glyphOf("\u202e", 2)).toBe("\ufffd ");
  });

  it("is as wide as the cell, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 6 }), fc.constantFrom(1, 2), (characters, width) => {
        const glyph = glyphOf(characters, width);
        expect(textWidth(glyph)).toBe(width);
        expect(glyph).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe("the answers to a guest", () => {
  it("are of two kinds, in fixed form, and few", () => {
    const replies = createReplies();
    const at = { row: 3, column: 7 };
    expect(replies.answer("cursor", at, 0)).toBe("\x1b[3;7R");
    expect(replies.answer("device", at, 0)).toBe("\x1b[?1;2c");
    const given = Array.from({ length: 1_000 }, (_, ms) => replies.answer("cursor", at, ms)).filter((answer) => answer !== undefined);
    expect(given.length).toBe(REPLIES_PER_S_MAX - 2);
    expect(replies.answer("cursor", at, 1_000)).toBe("\x1b[3;7R");
  });
});

describe("a paste", () => {
  it("is typed as it is where it is one line, and asked about where it isn't", () => {
    const line = pasteOf("echo hi");
    expect(line).toEqual({ text: "echo hi", lines: 1, dropped: 0 });
    expect(line !== undefined && needsAsking(line)).toBe(false);
    const sent = pasteOf("echo hi\n");
    expect(sent !== undefined && needsAsking(sent)).toBe(true);
    expect(pasteOf("a\r\nb\nc")).toEqual({ text: "a\rb\rc", lines: 3, dropped: 0 });
  });

  it("holds no control character, and can't end its own marks", () => {
    const paste = pasteOf("a\x1b[201~b\x03c\x9b1m\td");
    expect(paste).toEqual({ text: "a[201~bc1m\td", lines: 1, dropped: 3 });
    expect(paste && pasteBytes(paste, true)).toBe("\x1b[200~a[201~bc1m\td\x1b[201~");
  });

  it("is refused where its end may be missing", () => expect(pasteOf("x".repeat(65_536))).toBeUndefined());
});
