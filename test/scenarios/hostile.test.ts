/** Hosts and guests that mean harm: whatever they are called and whatever they print, the terminal gets nothing but what the program itself writes. */
import { describe, expect, it } from "vitest";
import type { Console } from "../kit/console.ts";
import { watching } from "../kit/console.ts";
import { foreignIn } from "../kit/escapes.ts";

const TOLD = /alpha ✓ live[\s\S]*beta ✓ live[\s\S]*failed: xentop[\s\S]*21 guests/;

/** Whether a detail is open: the foot says how to leave it. */
const seesBack = (console: Console, open: boolean): Promise<string> =>
  console.sees(() => (console.lines().at(-1) ?? "").includes("esc back") === open);

/** Every screen from its first row to its last, with what is behind a row that a hostile guest named. */
async function lookEverywhere(console: Console): Promise<void> {
  await console.sees(TOLD);
  for (const [key, what] of [
    ["1", /Overview ─[\s\S]*21 guests/],
    ["2", /Guests ─[\s\S]*4711/],
    ["3", /DRBD ─[\s\S]*Quantum/],
    ["4", /Storage ─[\s\S]*Multipath maps/],
    ["5", /Network ─[\s\S]*xenbr-back/],
    ["7", /Timeline ─[\s\S]*connected/],
  ] as const) {
    console.press(key);
    await console.sees(what);
    console.press("G");
    await console.sees((screen) => /▸/.test(screen) && !/▸.*\n.*read-write$/.test(screen.split("\n").slice(0, 5).join("\n")));
    console.press("ctrl-u", "g", "Y", "enter");
    await seesBack(console, true);
    console.press("e", "G");
    console.press("esc");
    await seesBack(console, false);
  }
  console.press("2", "/", "owned");
  await console.sees(/1 of 21 match "owned"/);
  console.press("enter");
  await console.sees(/▸. .\]0;owned.t/);
  console.press("enter");
  await console.sees(/─ (?:.*→ )?guest .\]0;owned.title ─/);
  console.press("Y", ":", "gnp");
  await console.sees(/gnp\.exe +Open guest .gnp\.exe/);
  console.press("enter");
  await console.sees(/─ (?:.*→ )?guest .gnp\.exe ─/);
}

const goneBy = async (console: Console): Promise<void> => {
  console.press("q");
  expect((await console.ended).code).toBe(0);
};

describe.concurrent("a hostile pair", () => {
  it("sends no byte of its own to the terminal, in a small window", () =>
    watching({ args: ["--demo", "garbage"] }, async (console) => {
      await lookEverywhere(console);
      await goneBy(console);
      expect(console.raw().length).toBeGreaterThan(20_000);
      expect(foreignIn(console.rawBytes())).toEqual([]);
    }));

  it("nor in a large one", () =>
    watching({ args: ["--demo", "garbage"], columns: 200, rows: 60 }, async (console) => {
      await lookEverywhere(console);
      await goneBy(console);
      expect(foreignIn(console.rawBytes())).toEqual([]);
    }));

  it("sends nothing through the clipboard", () =>
    watching({ args: ["--demo", "garbage"] }, async (console) => {
      await console.sees(TOLD);
      console.press("2");
      await console.sees(/Guests ─[\s\S]*4711/);
      console.press("Y");
      await console.sees(/Sent \d+ rows/);
      const copied = (): string =>
        // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the escape itself that is looked for
        Buffer.from(/\x1b\]52;c;([^\x07]*)\x07/.exec(console.raw())?.[1] ?? "", "base64").toString("utf8");
      await console.sees(() => copied() !== "");
      expect(copied()).toMatch(/日本語ゲスト/);
      expect(copied()).toMatch(/\]0;owned.t/);
      expect(copied().replace(/\n/g, "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }));

  it("shows each guest by its name, whatever it is, and keeps its columns", () =>
    watching({ args: ["--demo", "garbage"] }, async (console) => {
      await console.sees(TOLD);
      console.press("2");
      await console.sees(/Guests ─[\s\S]*日本語ゲスト/);
      for (const name of ["-rf", "(null)", "4711", "tab here", "two  words", "$(reboot)`i", "xxxxxxxxxxx…", "zero\ufffdwidth", "gnp.exe"])
        expect(console.screen()).toContain(name);
      // The state stands in the same column of every row, also after characters that take two.
      const columns = console.cells().flatMap((cells) => {
        const at = cells.findIndex((_cell, x) => "running".startsWith(cells[x]?.text || "-") && rowWord(cells, x) === "running");
        return at === -1 ? [] : [at];
      });
      expect(columns.length).toBeGreaterThan(10);
      expect(new Set(columns).size).toBe(1);
    }));

  it("can't have what was typed or pasted sent back", () =>
    watching({ args: ["--demo"] }, async (console) => {
      await console.sees(/9 guests: all running/);
      console.press("2", "/", "\x1b[200~\x1b]0;owned\x07\x9b31mgnp\x1b[201~");
      await console.sees(/of 9 match/);
      console.press("esc");
      await console.sees((screen) => !screen.includes(" match "));
      await goneBy(console);
      expect(foreignIn(console.rawBytes())).toEqual([]);
    }));
});

const rowWord = (cells: readonly { readonly text: string }[], from: number): string =>
  cells
    .slice(from, from + "running".length)
    .map(({ text }) => text)
    .join("");

describe("the list of what may be sent", () => {
  it("finds what isn't on it", () => {
    for (const text of [
      "\x1b[31;1mred",
      "\x1b]0;owned\x07",
      "\x1b[2J",
      "\x1b[6n",
      "\x1bP+q\x1b\\",
      "\x1b]8;;http://x\x07",
      "\x9b31m",
      "\u202e",
      "\u200b",
      "\u2028",
      "\t",
      "\x00",
      "\x07",
      "\x7f",
      "\x1b[8m",
      "\x1b[?1000h",
    ])
      expect(foreignIn(Buffer.from(`a${text}b`)).length, JSON.stringify(text)).toBeGreaterThan(0);
    expect(foreignIn(Buffer.from([0x61, 0x9b, 0x62]))).toEqual(["bytes that aren't UTF-8"]);
  });

  it("lets pass what the program writes", () => {
    expect(
      foreignIn(Buffer.from("\x1b[?1049h\x1b[?25l\x1b[m\x1b[2;10Ha\x1b[1;38;5;203m✗\x1b[K\x1b[12X\r\b\x1b]52;c;YQ==\x07日本")),
    ).toEqual([]);
  });
});
