import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Line } from "../../../src/views/pane.ts";
import { content, flow, names, rowsOf, wrap } from "../../../src/views/panes/parts.ts";
import { lineText, lineWidth, textWidth } from "../../../src/views/widgets/text.ts";
import { hostileNames } from "./fixture-variants.ts";

const wrapped = (text: string, width: number, hang = 0): string[] => wrap([{ text }], width, hang).map(lineText);
const anyText = fc.oneof(fc.constantFrom(...hostileNames), fc.string({ unit: "grapheme" }), fc.string(), fc.lorem({ maxCount: 30 }));

describe("wrap", () => {
  it("breaks between words and hangs what follows", () => {
    expect(wrapped("one two three four", 11, 2)).toEqual(["one two", "  three", "  four"]);
    expect(wrapped("short", 9)).toEqual(["short"]);
  });

  it("breaks a word that is longer than a line", () => {
    expect(wrapped("abcdefghijkl", 5)).toEqual(["abcde", "fghij", "kl"]);
  });

  it("keeps tones", () => {
    expect(
      wrap(
        [
          { text: "one ", tone: "critical" },
          { text: "two three", tone: "dim" },
        ],
        8,
      ),
    ).toEqual([
      [
        { text: "one ", tone: "critical" },
        { text: "two", tone: "dim" },
      ],
      [{ text: "three", tone: "dim" }],
    ]);
  });

  it("loses no letter and never gets too wide", () => {
    fc.assert(
      fc.property(fc.array(anyText), fc.integer({ min: 10, max: 120 }), fc.integer({ min: 0, max: 30 }), (texts, width, hang) => {
        const line: Line = texts.map((text) => ({ text }));
        const lines = wrap(line, width, hang);
        for (const each of lines) expect(lineWidth(each)).toBeLessThanOrEqual(width);
        const letters = (of: string): string => of.replace(/ /g, "");
        expect(letters(lines.map(lineText).join(""))).toBe(letters(lineText(line)));
      }),
    );
  });
});

describe("flow", () => {
  it("puts figures side by side and breaks none", () => {
    const figures = ["54.3 % done", "2.1 MiB/s", "ETA 57 s"].map((text): Line => [{ text }]);
    expect(flow(figures, 80).map(lineText)).toEqual(["54.3 % done  2.1 MiB/s  ETA 57 s"]);
    expect(flow(figures, 24, 2).map(lineText)).toEqual(["54.3 % done  2.1 MiB/s", "  ETA 57 s"]);
  });
});

describe("names", () => {
  it("names as many as fit and counts the others", () => {
    const guests = ["web01", "web02", "db01", "cache01"];
    expect(names(guests, 40)).toBe("web01, web02, db01, cache01");
    expect(names(guests, 24)).toBe("web01, web02 and 2 more");
    expect(names(guests, 10)).toBe("4 guests");
    expect(names(["a-very-long-name"], 8)).toBe("a-very-…");
  });

  it("stays in its columns where a count alone does", () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1 }), fc.integer({ min: 12, max: 60 }), (all, width) => {
        expect(textWidth(names(all, width))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("content", () => {
  it("cuts what is too wide and keeps its whole text for the filter", () => {
    const { rows } = content(10, [], [{ key: "a", line: [{ text: "0123456789abc" }], object: undefined }], "");
    expect(rows.map(({ line, text }) => [lineText(line), text])).toEqual([["012345678…", "0123456789abc"]]);
  });

  it("gives two rows of one key keys of their own, and what continues them follows", () => {
    const twice = [
      ...rowsOf("web01", [[{ text: "one" }], [{ text: "more" }]], undefined),
      ...rowsOf("web01", [[{ text: "two" }], [{ text: "more" }]], undefined),
    ];
    expect(content(10, [], twice, "").rows.map(({ key, part_of }) => [key, part_of])).toEqual([
      ["web01", undefined],
      ["web01 +1", "web01"],
      ["web01 #2", undefined],
      ["web01 +1 #2", "web01 #2"],
    ]);
  });
});
