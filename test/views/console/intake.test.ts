// biome-ignore-all lint/suspicious/noControlCharactersInRegex: controls are what it is about
/** What a guest prints, on its way into its emulator: held against an emulator that gets everything. */
import xterm from "@xterm/headless";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createIntake } from "../../../src/views/console/intake.ts";
import { cellWidths } from "../../../src/views/console/widths.ts";
import { cellsOf, writeTo, type Xterm } from "../terminal/xterm.ts";

const size = { columns: 20, rows: 6 };
const take = (...parts: readonly string[]): string => {
  const intake = createIntake();
  return parts.map((part) => intake.take(part, size)).join("");
};

function plainXterm(): Xterm {
  const terminal = new xterm.Terminal({ cols: size.columns, rows: size.rows, allowProposedApi: true, scrollback: 0, logLevel: "off" });
  terminal.unicode.register(cellWidths);
  terminal.unicode.activeVersion = cellWidths.version;
  // It would underline links.
  terminal.parser.registerOscHandler(8, () => true);
  return terminal;
}

const piece = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 6 }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom("\x1b", "\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x1bX", "\x1b^", "\x9b", "\x9d", "\x90", "\x9c", "\x1b\\"),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom("\x07", "\x18", "\x1a", "\r", "\n", "\b", "\t", "\x0e", "\x0f", "\x7f", "\x00", "\x84", "\x85", "\x8d"),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom("", "?", ">", "="),
        fc.array(fc.constantFrom("", "0", "1", "2", "4", "5", "7", "12", "25", "31", "38", "48", "1049", ":2"), { maxLength: 4 }),
        fc.constantFrom("", "", "", " ", "!", "$", "'"),
        fc.constantFrom(..."@ABCDEFGHIJKLMPSTXZ`adefghlmnpqrsu"),
      )
      .map(([prefix, parameters, intermediates, final]) => `\x1b[${prefix}${parameters.join(";")}${intermediates}${final}`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom("\x1b(0", "\x1b(B", "\x1b7", "\x1b8", "\x1b=", "\x1b>", "\x1bD", "\x1bE", "\x1bM", "\x1bH", "\x1b#8"),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "\x1bP$qm\x1b\\", "\x1b_Gf=24;x\x1b\\"),
  },
  { weight: 1, arbitrary: fc.constantFrom("é", "日本", "e\u0301", "\u200d", "🙂", "─") },
);

describe("what a guest prints", () => {
  it("looks the same as where everything gets in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        // Left out on purpose: lines above are not erased, a full reset keeps them.
        const text = pieces.join("").replace(/\x1bc/g, "");
        fc.pre(!/3J|\x1b[\x00-\x1f\x7f]*c/.test(text));
        // Of these strings it holds a letter that isn't ASCII for the end.
        fc.pre(!/(?:\x1b[\x00-\x1f\x7f]*[PX^_]|[\x90\x98\x9e\x9f])[^\x1b]*[\u00a0-\uffff]/.test(text));
        const [all, some] = [plainXterm(), plainXterm()];
        await writeTo(all, text);
        await writeTo(some, take(text));
        expect(cellsOf(some)).toEqual(cellsOf(all));
        const { cursorX, cursorY } = all.buffer.active;
        expect([some.buffer.active.cursorX, some.buffer.active.cursorY]).toEqual([cursorX, cursorY]);
      }),
      { numRuns: 500 },
    );
  });

  it("means the same however it is cut", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.array(fc.nat(40), { maxLength: 6 }), (pieces, cuts) => {
        const text = pieces.join("");
        const at = [...cuts].sort((a, b) => a - b).map((cut) => Math.min(cut, text.length));
        const parts = [0, ...at].map((from, index) => text.slice(from, at[index] ?? text.length));
        expect(take(...parts)).toBe(take(text));
      }),
    );
  });

  it("holds no string, whatever it is for", () => {
    for (const text of [
      "\x1b]0;title\x07",
      "\x1b]2;title\x1b\\",
      "\x1b]52;c;aGk=\x07",
      "\x1b]8;;http://x\x1b\\",
      "\x1b]4;1;?\x07",
      "\x1b]10;?\x07",
      "\x1b]11;#000\x1b\\",
      "\x9d0;title\x9c",
      "\x1bP$qm\x1b\\",
      "\x1bP+q544e\x1b\\",
      "\x1bPq#0;2;0;0;0~-\x1b\\",
      "\x1b_Gf=24,s=1,v=1;AAAA\x1b\\",
      "\x1b^private\x1b\\",
      "\x1bXsos\x1b\\",
    ])
      expect(take("a", text, "b").replace(/\x1b\\/g, ""), JSON.stringify(text)).toBe("ab");
  });

  it("keeps no string that never ends, and goes on after it", () => {
    const intake = createIntake();
    expect(intake.take("a\x1b]52;c;", size)).toBe("a\x1b\\");
    for (let at = 0; at < 100; at += 1) expect(intake.take("A".repeat(10_000), size)).toBe("");
    expect(intake.take("\x07b", size)).toBe("b");
  });

  it("does nothing more often than a screen has rows or columns", () => {
    expect(take("\x1b[2147483647S\x1b[99999999999999999999b\x1b[7L\x1b[21;500M")).toBe("\x1b[6S\x1b[120b\x1b[6L\x1b[6;6M");
    expect(take("\x1b[?1049h\x1b[38;5;208m\x1b[38;2;1;2;300m\x1b[70000;3H")).toBe(
      "\x1b[?1049h\x1b[38;5;208m\x1b[38;2;1;2;300m\x1b[65535;3H",
    );
  });

  it("leaves a sequence out that has no end", () => {
    expect(take(`a\x1b[${"1;".repeat(300)}mb`)).toBe("ab");
  });

  it("erases nothing that was printed before", () => {
    expect(take("\x1b[3J\x1b[?3J\x1b[003J")).toBe("");
    expect(take("\x1bc")).not.toContain("\x1bc");
    expect(take("\x1b\nc")).not.toMatch(/\x1b\n?c/);
  });

  it("asks for no other window", () => expect(take("\x1b[8;100;200t\x1b[21t\x1b[22;0t")).toBe(""));
});
