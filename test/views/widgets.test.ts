import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Line } from "../../src/views/pane.ts";
import { layOver, piece } from "../../src/views/widgets/canvas.ts";
import {
  cut,
  cutLine,
  cutMiddle,
  fitLine,
  fitText,
  lineText,
  lineWidth,
  sliceLine,
  spread,
  takeColumns,
  textWidth,
  wrapText,
} from "../../src/views/widgets/text.ts";
import { editText, pasteText } from "../../src/views/widgets/text-input.ts";
import { clean } from "../../src/xen/read/clean.ts";

const text = fc.oneof(fc.string({ unit: "grapheme", maxLength: 20 }), fc.stringMatching(/^[a-z 你한✓😀]{0,20}$/u));
const line: fc.Arbitrary<Line> = fc.array(
  text.map((each) => ({ text: each })),
  { maxLength: 5 },
);
const width = fc.integer({ min: 0, max: 40 });

describe("columns", () => {
  it("cutting and fitting never exceed what there is", () => {
    fc.assert(
      fc.property(text, line, width, (some, spans, columns) => {
        expect(textWidth(takeColumns(some, columns))).toBeLessThanOrEqual(columns);
        expect(textWidth(cut(some, columns))).toBeLessThanOrEqual(columns);
        expect(textWidth(cutMiddle(some, columns))).toBeLessThanOrEqual(columns);
        expect(textWidth(fitText(some, columns, "center"))).toBe(columns);
        expect(lineWidth(cutLine(spans, columns))).toBeLessThanOrEqual(columns);
        expect(lineWidth(fitLine(spans, columns))).toBe(columns);
        expect(lineWidth(spread(spans, [{ text: some }], columns))).toBe(columns);
      }),
    );
  });

  it("what fits is left as it is", () => {
    fc.assert(
      fc.property(text, line, (some, spans) => {
        expect(cut(some, textWidth(some))).toBe(some);
        expect(lineText(cutLine(spans, lineWidth(spans)))).toBe(lineText(spans));
      }),
    );
  });

  it("slices of a line are as wide as asked, and together the line", () => {
    fc.assert(
      fc.property(line, width, (spans, at) => {
        const whole = lineWidth(spans);
        const middle = Math.min(at, whole);
        expect(lineWidth(sliceLine(spans, 0, middle))).toBe(middle);
        expect(lineWidth(sliceLine(spans, middle, whole))).toBe(whole - middle);
      }),
    );
  });

  it("wrapped text fits and loses no word", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 30 }), (some, columns) => {
        const lines = wrapText(some, columns);
        for (const each of lines) expect(textWidth(each)).toBeLessThanOrEqual(columns);
        expect(lines.join("").replaceAll(" ", "")).toBe(some.replaceAll(" ", ""));
      }),
    );
  });

  it.each([
    ["3600140522b0a1c7", 9, "3600…a1c7"],
    ["short", 9, "short"],
    ["你好世界", 5, "你…界"],
  ])("%s in %i columns keeps both ends: %s", (some, columns, shown) => {
    expect(cutMiddle(some, columns)).toBe(shown);
  });
});

describe("a box over the panes", () => {
  it("covers exactly its place, also where it falls on wide characters", () => {
    const rows = [[piece([{ text: "你好世界" }], 8)], [piece([{ text: "abcdefgh" }], 8)]];
    const over = layOver(rows, { x: 3, y: 0, width: 2, rows: [[piece([{ text: "##" }], 2)]] }, 8);
    expect(over.map((row) => row.map((each) => lineText(each.line)).join(""))).toEqual(["你 ## 界", "abcdefgh"]);
  });
});

describe("typing", () => {
  it("appends, deletes characters, words and everything", () => {
    const type = (...keys: string[]): string => keys.reduce((now, key) => editText(now, key) ?? now, "");
    expect(type("a", "space", "é", "你")).toBe("a é你");
    expect(type("a", "space", "é", "你", "backspace")).toBe("a é");
    expect(type("a", "b", "space", "c", "d", "ctrl-w")).toBe("ab ");
    expect(type("a", "b", "ctrl-u")).toBe("");
    expect(editText("a", "f1")).toBeUndefined();
    expect(editText("a", "alt-x")).toBeUndefined();
  });

  it("is bounded, and a paste is its first line without control characters", () => {
    expect(pasteText("", "x".repeat(10_000)).length).toBe(1_024);
    expect(pasteText("a", "b\x1b[31mc\r\nq")).toBe("ab[31mc");
  });

  it("takes nothing that doesn't show, typed or pasted", () => {
    expect(pasteText("", "web\u202e01\u200b\u2066\ufeff\u00ad\u{e0041}")).toBe("web01");
    expect(editText("web", "\u202e")).toBe("web");
    expect(editText("web", "\u200b")).toBe("web");
    // As the screen shows such a character of a host: a name copied from there finds its row.
    expect(pasteText("", "evil\ufffdname")).toBe("evil\ufffdname");
    const hostile = fc.string({
      unit: fc.oneof(fc.string({ unit: "binary", minLength: 1, maxLength: 1 }), fc.constantFrom(..."\u202e\u200b\u2066\x1b\x9b\t\ufffda ")),
    });
    fc.assert(
      fc.property(hostile, hostile, (before, pasted) => {
        const typed = [...pasted].reduce((now, key) => editText(now, key) ?? now, "");
        for (const made of [pasteText(pasteText("", before), pasted), typed]) {
          expect(made).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
          expect(clean(made, made.length)).toBe(made);
        }
      }),
    );
  });
});
