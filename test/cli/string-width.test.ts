import fc from "fast-check";
import packageWidth from "string-width";
import { describe, expect, it } from "vitest";
import bundledWidth from "../../scripts/bundle/string-width.ts";

/** Every character up to here, then one in so many: some three seconds would go by for all of them. */
const ALL_UP_TO = 0x3100;
const STRIDE = 37;

describe("the bundle's string-width", () => {
  it("gives every character the width that the package gives it", () => {
    const wrong: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += code < ALL_UP_TO ? 1 : STRIDE) {
      const character = String.fromCodePoint(code);
      if (bundledWidth(character) !== packageWidth(character)) wrong.push(code.toString(16));
      if (bundledWidth(character, { ambiguousIsNarrow: false }) !== packageWidth(character, { ambiguousIsNarrow: false }))
        wrong.push(`${code.toString(16)} wide`);
    }
    expect(wrong).toEqual([]);
  });

  it("adds them up, and doesn't count escapes", () => {
    const letters = fc.string({ unit: fc.constantFrom(..."aZ09 -│─┌▸✓✗▲·äßЖ漢字かハ한…→"), maxLength: 40 });
    const sgr = fc.constantFrom("\u001b[0m", "\u001b[1;31m", "\u001b[38;2;125;133;144m", "\u001b[7m", "");
    fc.assert(
      fc.property(fc.array(fc.tuple(sgr, letters)), (parts) => {
        const text = parts.flat().join("");
        expect(bundledWidth(text)).toBe(packageWidth(text));
      }),
    );
  });

  it("counts joined characters one by one, as the screen does", () => {
    expect(bundledWidth("👩‍👩‍👧")).toBe(6);
    expect(bundledWidth("e\u0301")).toBe(1);
  });
});
