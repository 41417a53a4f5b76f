import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LateCollator, LateSegmenter } from "../../scripts/bundle/late-intl.ts";

const graphemes = { granularity: "grapheme" } as const;

describe("the bundle's segmenter", () => {
  it("finds the clusters that Intl finds, in any text", () => {
    const late = new LateSegmenter(undefined, graphemes);
    const real = new Intl.Segmenter(undefined, graphemes);
    const found = (segments: Iterable<{ readonly segment: string; readonly index: number }>) =>
      [...segments].map(({ segment, index }) => [index, segment]);
    const units = [fc.string({ unit: "binary", maxLength: 4 }), fc.string({ unit: "grapheme", maxLength: 4 })];
    // Halves of pairs, what joins, and what is joined to nothing.
    const odd = fc.string({
      unit: fc.constantFrom("\ud83d", "\udc69", "\u200d", "\u0301", "\ufe0f", "\u{1f1e9}", "\r", "\n", "a"),
      maxLength: 4,
    });
    fc.assert(fc.property(fc.oneof(...units, odd), (text) => void expect(found(late.segment(text))).toEqual(found(real.segment(text)))));
    for (let code = 0; code <= 0x10ffff; code += 61) {
      const text = String.fromCodePoint(code);
      expect(found(late.segment(text))).toEqual(found(real.segment(text)));
    }
  });
});

describe("the bundle's collator", () => {
  it("orders as Intl does, also where its compare is handed on alone", () => {
    const { compare } = new LateCollator("en", { numeric: true });
    const real = new Intl.Collator("en", { numeric: true });
    const name = fc.string({ unit: fc.constantFrom(..."aAbB0129-_.äß"), maxLength: 6 });
    fc.assert(fc.property(name, name, (left, right) => void expect(compare(left, right)).toBe(real.compare(left, right))));
    expect(["r10", "r9", "r1"].sort(compare)).toEqual(["r1", "r9", "r10"]);
  });
});
