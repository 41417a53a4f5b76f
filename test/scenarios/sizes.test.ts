/** Windows of every size, also while they change, and terminals of every kind. */
import { describe, expect, it } from "vitest";
import { type Cell, type Console, type ConsoleOptions, watching } from "../kit/console.ts";
import { guestsInOrder } from "../kit/demo-guests.ts";

const TOLD = /alpha [^ ] live[\s\S]*beta [^ ] live[\s\S]*mail01 can't[\s\S]*all running/;
const open = (options: Omit<ConsoleOptions, "args"> & { readonly flags?: readonly string[] }, story: (console: Console) => Promise<void>) =>
  watching({ ...options, args: ["--demo", ...(options.flags ?? [])] }, async (console) => {
    await console.sees(TOLD);
    await story(console);
  });

/** Every cell of the screen that shows something. */
const inked = (console: Console): Cell[] =>
  console
    .cells()
    .flat()
    .filter(({ text }) => text.trim() !== "");
const kindsOf = (console: Console): string[] =>
  [...new Set(inked(console).flatMap(({ fg_kind, bg_kind }) => [`fg ${fg_kind}`, `bg ${bg_kind}`]))].sort();
/** The colour of the first cell that shows this. */
const colourOf = (console: Console, text: string): number =>
  inked(console).find((cell) => cell.text === text && !cell.default_fg)?.fg ?? -1;

/** Every screen once, with its rows there. */
async function tour(console: Console, see: () => void): Promise<void> {
  for (const [key, what] of [
    ["1", /Overview .*[\s\S]*all running/],
    ["2", /Guests .*[\s\S]*mail01/],
    ["3", /DRBD .*[\s\S]*mail01\/0/],
    ["4", /Storage .*[\s\S]*Multipath maps/],
    ["5", /Network .*[\s\S]*xenbr-back/],
    ["6", /Jobs .*[\s\S]*No plans/],
    ["7", /Timeline .*[\s\S]*connected/],
  ] as const) {
    console.press(key);
    await console.sees((screen) => what.test(screen.split("\n").slice(3).join("\n")));
    see();
  }
}

describe.concurrent("a window", () => {
  it("of 80x24 holds every screen, each row within it", () =>
    open({}, async (console) => {
      await tour(console, () => {
        const lines = console.lines();
        expect(lines).toHaveLength(24);
        expect(lines[23]).toMatch(/q quit.*read-write$/);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
      });
    }));

  it("of 200x60 shows list and detail side by side, with the findings below", () =>
    open({ columns: 200, rows: 60 }, async (console) => {
      await console.sees(/┬─ host alpha ─[\s\S]*Identical hardware\?/);
      console.press("2");
      await console.sees(/─ Guests ─+┬─ guest mail01 ─[\s\S]*▸▲ mail01 .*SyncTarget \d+.* │ /);
      expect(console.screen()).toMatch(/│ {3}uuid +\S{36}[\s\S]*─ Findings ─[\s\S]*▲ warning +mail01/);
      await guestsInOrder(console);
      // The detail follows the cursor; tab puts the keys into it.
      console.press("j");
      await console.sees(/┬─ guest build01 ─/);
      console.press("tab");
      await console.sees(/esc back/);
      expect(console.screen()).toMatch(/┬─ guest build01 ─/);
      console.press("esc");
      await console.sees(() => !(console.lines().at(-1) ?? "").includes("esc back"));
      await tour(console, () => expect(console.lines()).toHaveLength(60));
    }));

  it("may change while one looks, down to where nothing can be read, and back", () =>
    open({}, async (console) => {
      console.press("2");
      await guestsInOrder(console);
      console.press("j");
      await console.sees(/▸. build01/);
      console.resize(200, 60);
      await console.sees(/─ Guests ─+┬─ guest build01 ─[\s\S]*─ Findings ─/);
      expect(console.lines()).toHaveLength(60);
      console.resize(80, 24);
      await console.sees((screen) => /▸. build01/.test(screen) && !screen.includes("┬"));
      expect(console.lines()[23]).toMatch(/^ enter detail.*read-write$/);
      console.resize(20, 5);
      await console.sees(/^window too small:\n20x5, need 60x15\nq quits/);
      // Nothing is taken: not the screens, not a question, not the palette.
      console.press("5", "?", ":", "G", "/", "x", "enter");
      // A signal may overtake keys: by this frame they have been read.
      console.resize(21, 5);
      await console.sees(/^window too small:\n21x5/);
      console.resize(61, 16);
      await console.sees(/─ Guests ─[\s\S]*▸. build01/);
      expect(console.screen()).not.toMatch(/Keys|Find a command|match "/);
      console.resize(80, 24);
      await console.sees(/▸. build01[\s\S]* web02 /);
      for (const line of console.lines()) expect(line.length).toBeLessThanOrEqual(80);
    }));

  it("may change and change back before anybody looks: all that the terminal threw about is drawn again", () =>
    open({}, async (console) => {
      console.press("2");
      await console.sees(/▸. mail01/);
      for (let turn = 0; turn < 3; turn += 1) {
        console.resize(30, 10);
        console.resize(80, 24);
      }
      // What narrowing and widening leave of a screen in some terminals, with no size that has changed.
      console.terminal.write("\x1b[2J");
      console.kill("SIGWINCH");
      await console.sees(/▸. mail01 .* [✗▲] SyncT\S* .*\n[\s\S]* web02 .* here\n/);
    }));

  it("that is too small still takes q", () =>
    watching({ args: ["--demo"], columns: 20, rows: 5 }, async (console) => {
      await console.sees("q quits");
      console.press("2", "enter", "q");
      expect((await console.ended).code).toBe(0);
    }));

  it("that is much too small takes no harm", () =>
    watching({ args: ["--demo"] }, async (console) => {
      await console.sees(TOLD);
      for (const [columns, rows, shown] of [
        [2, 1, /^wi$/],
        [12, 1, /^window too$/],
        [500, 2, /^window too small: 500x2, need 60x15\nq quits$/],
        [3, 200, /^win\ndow\n/],
      ] as const) {
        console.resize(columns, rows);
        await console.sees(shown);
      }
      console.resize(80, 24);
      await console.sees((screen) => /^ demo pair[\s\S]*all running[\s\S]*read-write$/.test(screen));
    }));
});

describe.concurrent("a terminal", () => {
  it("with 256 colours gets no more than that", () =>
    open({}, async (console) => {
      await tour(console, () => expect(kindsOf(console).filter((kind) => kind.endsWith("rgb"))).toEqual([]));
      expect(kindsOf(console)).toContain("fg 256");
    }));

  it("with 16 colours gets those, no other", () =>
    open({ env: { TERM: "xterm" } }, async (console) => {
      await tour(console, () => expect(kindsOf(console).filter((kind) => !/default|16$/.test(kind))).toEqual([]));
      expect(kindsOf(console)).toContain("fg 16");
    }));

  it("that asks for no colour gets none, and misses nothing", () =>
    open({ env: { NO_COLOR: "1" } }, async (console) => {
      await tour(console, () => expect(kindsOf(console)).toEqual(["bg default", "fg default"]));
      console.press("2");
      await console.sees(/▸▲ mail01/);
      // What is under the cursor is inverse, besides its sign.
      expect(
        console
          .cells()
          .flat()
          .filter(({ inverse }) => inverse).length,
      ).toBeGreaterThan(20);
    }));

  it("with a light background gets darker colours", async () => {
    let dark = -1;
    await open({}, async (console) => {
      dark = colourOf(console, "▲");
    });
    await open({ flags: ["--light"] }, async (console) => {
      expect(colourOf(console, "▲")).not.toBe(-1);
      expect(colourOf(console, "▲")).not.toBe(dark);
    });
  });

  it("without Unicode gets ASCII alone", async () => {
    const onlyAscii = (console: Console) => (): void => expect(console.screen()).toMatch(/^[\x20-\x7e\n]*$/);
    for (const how of [{ flags: ["--ascii"] }, { env: { LANG: "C" } }, { env: { TERM: "linux" } }]) {
      await open(how, async (console) => {
        await tour(console, onlyAscii(console));
        console.press("2", "enter");
        await console.sees(/> guest mail01/);
        console.press("?");
        await console.sees(/- Keys -/);
        onlyAscii(console)();
      });
    }
  });
});
