import { describe, expect, it } from "vitest";
import { fixtureView } from "../panes/fixture.ts";
import { betaUnreachable, hostileNames, hostileView, splitBrain, variants } from "../panes/fixture-variants.ts";
import { modernTerminal, renderAt } from "../render.tsx";

const screens = ["1", "2", "3", "4", "5", "6", "7"];

describe("at 200x60", () => {
  it("shows list and detail side by side, findings below, each screen its own", async () => {
    const screen = await renderAt(200, 60, splitBrain, ["2"]);
    expect(screen.lines()[3]).toMatch(/^─ Guests ─+┬─ guest cache01 ─+$/);
    expect(screen.lines()[53]).toMatch(/^─ Findings ─+$/);
    expect(screen.lines()[54]).toMatch(/^ ✗ critical r2 /);
    await screen.press("j");
    expect(screen.lines()[3]).toMatch(/┬─ guest db01 ─/);
    await screen.press("1");
    expect(screen.text()).not.toContain("─ Findings ─");
  });

  it("tab gives the keys to the detail, where they scroll it and leave the list alone", async () => {
    const screen = await renderAt(200, 60, splitBrain, ["2", "\t", "G"]);
    expect(screen.lines()[3]).toContain("─ guest cache01 ─");
    const accent = screen.cells()[3]?.[118]?.foreground;
    await screen.press("\t");
    expect(screen.cells()[3]?.[118]?.foreground).not.toBe(accent);
    expect(screen.cells()[3]?.[2]?.foreground).toBe(accent);
  });

  it("becomes narrow and wide again with the window, keeping what was open", async () => {
    const screen = await renderAt(200, 60, splitBrain, ["2", "\r"]);
    await screen.resize(80, 24);
    expect(screen.lines()[3]).toMatch(/^─ Guests → guest cache01 /);
    expect(screen.lines().length).toBe(24);
    await screen.resize(200, 60);
    expect(screen.lines()[3]).toMatch(/^─ Guests ─+┬─ guest cache01 ─/);
  });
});

describe("too small", () => {
  it.each([
    [20, 5, ["window too small:", "20x5, need 60x15", "q quits"]],
    [59, 24, ["window too small: 59x24, need 60x15", "q quits"]],
    [80, 14, ["window too small: 80x14, need 60x15", "q quits"]],
  ])("%ix%i says what it is and what it needs, and takes no key but quit", async (columns, rows, said) => {
    const screen = await renderAt(columns, rows, splitBrain);
    expect(screen.lines().slice(0, said.length)).toEqual(said);
    await screen.press("2", "?", ":", "/", "\r", "j", "\x12");
    expect(screen.lines().slice(0, said.length)).toEqual(said);
    expect(screen.reconnects()).toBe(0);
    await screen.resize(80, 24);
    expect(screen.lines()[3]).toMatch(/^─ Overview /);
    await screen.press("q");
    expect(await screen.screen.closed).toBe(0);
  });

  it("quits from there", async () => {
    const screen = await renderAt(20, 5, splitBrain, ["q"]);
    expect(await screen.screen.closed).toBe(0);
  });

  it.each(screens)("60x15 is enough for screen %s", async (key) => {
    const screen = await renderAt(60, 15, splitBrain, [key]);
    expect(screen.lines()[2]).toMatch(/^ 1/);
    expect(screen.lines()[3]).toMatch(/^─ /);
    expect(screen.lines()[14]).toContain("read-only");
  });
});

describe("colour", () => {
  const withoutColour = { TERM: "xterm-256color", COLORTERM: "truecolor", LANG: "C.UTF-8", NO_COLOR: "1" };

  it.each(screens)("NO_COLOR: no cell of screen %s has a colour, severities are words and signs", async (key) => {
    const screen = await renderAt(80, 24, splitBrain, [key], { env: withoutColour });
    const coloured = screen
      .cells()
      .flat()
      .filter((cell) => cell.foreground !== "" || cell.background !== "");
    expect(coloured).toEqual([]);
    expect(screen.lines()[0]).toContain("✗ 1 critical");
  });

  it("NO_COLOR: the cursor's row and the present screen are inverse", async () => {
    const screen = await renderAt(80, 24, fixtureView(), ["2"], { env: withoutColour });
    const inverse = screen.cells().map((row) => row.filter((cell) => cell.flags.includes("inverse")).length);
    expect(inverse[2]).toBe("2 Guests".length);
    expect(inverse.filter((count) => count === 80)).toHaveLength(1);
  });

  it("--color overrides NO_COLOR, and 16 colours are only the palette's", async () => {
    const screen = await renderAt(80, 24, splitBrain, ["2"], { env: withoutColour, look: { depth: "16" } });
    const colours = new Set(
      screen
        .cells()
        .flat()
        .map((cell) => cell.foreground),
    );
    expect(colours.size).toBeGreaterThan(3);
    for (const colour of colours) expect(colour).toMatch(/^(palette (\d|1[0-5]))?$/);
  });

  it.each([
    ["truecolor", { COLORTERM: "truecolor" }, "rgb"],
    ["256", { COLORTERM: "" }, "palette"],
  ])("finds out %s by the environment", async (_, env, kind) => {
    const screen = await renderAt(80, 24, splitBrain, [], { env: { ...modernTerminal, ...env } });
    const critical = screen.cells()[0]?.find((cell) => cell.text === "✗");
    expect(critical?.foreground.split(" ")[0]).toBe(kind);
    expect(critical?.flags).toContain("bold");
  });

  it("a light background gets darker tones", async () => {
    const tone = async (look: { light: boolean }): Promise<number> => {
      const screen = await renderAt(80, 24, splitBrain, [], { look });
      const [, colour = "0"] =
        screen
          .cells()[0]
          ?.find((cell) => cell.text === "▲")
          ?.foreground.split(" ") ?? [];
      return Number(colour);
    };
    const brightness = (rgb: number): number => (rgb >> 16) + ((rgb >> 8) & 255) + (rgb & 255);
    expect(brightness(await tone({ light: true }))).toBeLessThan(brightness(await tone({ light: false })));
  });
});

describe("--ascii", () => {
  const latin = { TERM: "xterm", LANG: "de_DE.ISO-8859-1" };

  it.each(Object.entries(variants))(
    "%s: nothing but ASCII reaches the terminal, on any screen, in help, palette and details",
    async (_, view) => {
      const screen = await renderAt(80, 24, view, [], { look: { ascii: true } });
      for (const keys of [...screens, "?", "\x1b", ":", "\x1b", "2", "\r", "e", "\x1b", "/", "é你", "\r"]) {
        await screen.press(keys);
        for (const cell of screen.cells().flat()) expect(cell.text).toMatch(/^[ -~]$/);
      }
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that nothing else is written is what is asserted
      expect(screen.taken()).toMatch(/^[\x08\r\x1b -~]*$/);
    },
  );

  it("is found out by the locale, and severities keep a sign of their own", async () => {
    const screen = await renderAt(80, 24, betaUnreachable, [], { env: latin });
    expect(screen.lines()[1]).toMatch(/alpha \+ live .*\| {2}beta \? unreachable/);
    expect(screen.lines()[3]).toMatch(/^- Overview -+ 1-\d+ of \d+ -$/);
  });
});

describe("what a host or guest is called", () => {
  it.each(hostileNames)("%j can't move the cursor, colour the screen or make a row longer", async (name) => {
    const screen = await renderAt(80, 24, hostileView(name));
    for (const key of screens) {
      await screen.press(key);
      expect(screen.lines()[3]).toMatch(/^─ /);
      expect(screen.lines()[23]).toContain("read-only");
      await screen.press("\r");
      expect(screen.lines()[3]).toMatch(/^─ /);
    }
  });
});
