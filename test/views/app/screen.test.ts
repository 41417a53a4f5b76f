import { describe, expect, it } from "vitest";
import type { PairView } from "../../../src/state/view-model.ts";
import { alpha, beta, fixtureGuest, fixtureHost, fixtureView, NOW_MS } from "../panes/fixture.ts";
import { betaUnreachable, nothingYet, splitBrain } from "../panes/fixture-variants.ts";
import { modernTerminal, renderAt } from "../render.tsx";
import { createXterm, textOf, writeTo } from "../terminal/xterm.ts";
import { plainContent } from "./content.ts";

const many = (count: number): PairView =>
  fixtureView({ guests: Array.from({ length: count }, (_, index) => fixtureGuest(`g${String(index).padStart(3, "0")}`, alpha, "r0")) });
const plain = { content: plainContent };

describe("at 80x24", () => {
  it("says which pair, both hosts with their age, how bad it is, and the time", async () => {
    const { lines } = await renderAt(80, 24, splitBrain);
    expect(lines()[0]).toMatch(/^ lab {2}✗ 1 critical {2}▲ 1 warning .* 03:14:15 UTC$/);
    expect(lines()[1]).toBe(" alpha ✓ live 0.4 s  │  beta ✓ live 0.4 s");
    expect(lines()[2]).toBe(" 1 Overview  2 Guests▲ 3 DRBD✗ 4 Storage  5 Network  6 Jobs  7 Timeline");
    expect(lines()[23]).toMatch(/^ enter detail {2}\/ filter .*read-only$/);
  });

  it("is complete before any host answers", async () => {
    const { lines } = await renderAt(80, 24, nothingYet);
    expect(lines()[1]).toMatch(/alpha · connecting.*beta · connecting/);
  });

  it("takes the terminal and shows all of it in one write: a slow terminal isn't waited for in between", async () => {
    const { first_write, lines } = await renderAt(80, 24, nothingYet);
    const terminal = createXterm(80, 24);
    await writeTo(terminal, first_write);
    expect(first_write.startsWith("\u001b[?1049h")).toBe(true);
    expect(textOf(terminal)).toEqual(lines());
  });

  it("never shows an unreachable host as dead: what it is, since when, why, and when it tries again", async () => {
    const { lines } = await renderAt(120, 30, betaUnreachable);
    expect(lines()[1]).toMatch(/beta \? unreachable .*retry in/);
    expect(lines()[1]).not.toMatch(/dead|down/);
  });

  it("ages tick once a second, not with every frame of data", async () => {
    const at = (now_ms: number): PairView =>
      fixtureView({ now_ms, hosts: [fixtureHost(alpha, { heard_ms: NOW_MS - 400 }), fixtureHost(beta, { heard_ms: NOW_MS - 400 })] });
    const screen = await renderAt(80, 24, at(NOW_MS), [], plain);
    screen.taken();
    await screen.show(at(NOW_MS + 300));
    await screen.show(at(NOW_MS + 800));
    expect(screen.taken()).toBe("");
    await screen.show(at(NOW_MS + 1_050));
    expect(screen.lines()[1]).toContain("alpha ✓ live 1.4 s");
  });

  it("scrolls, and says what part is shown", async () => {
    const screen = await renderAt(80, 24, many(200), ["2", "\x04", "\x04"], plain);
    expect(screen.lines()[3]).toMatch(/─ 19-36 of 200 ─$/);
    expect(screen.lines()[4]).toBe(" Guests of the pair");
    await screen.press("G");
    expect(screen.lines()[22]).toMatch(/^▸g199 +┃$/);
    await screen.press("g");
    expect(screen.lines()[5]).toMatch(/^▸g000 +┃$/);
  });

  it("the cursor's row is set off over its whole width, with a sign as well", async () => {
    const { cells } = await renderAt(80, 24, many(3), ["2", "j"], plain);
    const row = cells()[6] ?? [];
    expect(
      row
        .slice(0, 5)
        .map((cell) => cell.text)
        .join(""),
    ).toBe("▸g001");
    expect(new Set(row.map((cell) => cell.background))).toEqual(new Set(["rgb 2633790"]));
  });

  it("fast typing is one chunk and as many keys, drawn once", async () => {
    const screen = await renderAt(80, 24, many(50), ["2"], plain);
    const before = screen.screen.stats.frames_given;
    await screen.press("jjj");
    expect(screen.lines()[8]).toMatch(/^▸g003/);
    expect(screen.screen.stats.frames_given).toBe(before + 1);
  });

  it("the cursor stays on its row when rows come and go", async () => {
    const screen = await renderAt(80, 24, many(50), ["2", "jjjjj"], plain);
    const { guests } = many(50);
    await screen.show(fixtureView({ guests: guests.slice(2) }));
    expect(screen.text()).toContain("▸g005");
    await screen.show(fixtureView({ guests: guests.filter(({ key }) => key !== guests[5]?.key) }));
    expect(screen.text()).toContain("▸g006");
  });

  it("says why there are no rows", async () => {
    const { text } = await renderAt(80, 24, many(0), ["2"], plain);
    expect(text()).toContain("No guests. Define one.");
  });
});

describe("keys", () => {
  it("number keys, tab, shift-tab and - change the screen", async () => {
    const screen = await renderAt(80, 24, many(3), [], plain);
    const title = (): string => screen.lines()[3]?.split(" ")[1] ?? "";
    const titles = [title()];
    for (const key of ["3", "\t", "\x1b[Z", "\x1b[Z", "-", "7", "\t"]) {
      await screen.press(key);
      titles.push(title());
    }
    expect(titles).toEqual(["Overview", "DRBD", "Storage", "DRBD", "Guests", "DRBD", "Timeline", "Overview"]);
  });

  it("enter opens a detail, e its evidence, enter again the next, esc goes back to the same row", async () => {
    const screen = await renderAt(80, 24, many(9), ["2", "jj", "\r"], plain);
    expect(screen.lines()[3]).toMatch(/^─ Guests → guest g002/);
    expect(screen.text()).not.toContain("from xl list");
    await screen.press("e");
    expect(screen.text()).toContain("from xl list");
    await screen.press("\r");
    expect(screen.lines()[3]).toContain("guest disk of g002");
    await screen.press("\x1b", "\x1b");
    expect(screen.text()).toContain("▸g002");
  });

  it("every line of a detail can be read, also where nothing can be selected", async () => {
    const screen = await renderAt(80, 24, many(1), ["2", "\r"], plain);
    const seen = new Set<string>();
    for (let press = 0; press < 50; press += 1) {
      for (const line of screen.lines()) seen.add(line.trim().replace(/ +┃$/, ""));
      await screen.press("j");
    }
    for (let fact = 0; fact < 60; fact += 1) expect(seen).toContain(`fact ${fact} of g000`);
  });

  it("/ filters while typing, ! turns it round, enter keeps it for this screen, esc clears it", async () => {
    const screen = await renderAt(80, 24, many(30), ["2", "/", "g00", "7"], plain);
    expect(screen.lines()[3]).toMatch(/^─ Guests ─ 1 of 30 match "g007"/);
    expect(screen.lines()[23]).toMatch(/^ \/ g007 .*enter keeps/);
    await screen.press("\r", "3");
    expect(screen.lines()[3]).not.toContain("match");
    await screen.press("2");
    expect(screen.lines()[3]).toContain('1 of 30 match "g007"');
    await screen.press("\x1b");
    expect(screen.lines()[3]).not.toContain("match");
    await screen.press("/", "!g00");
    expect(screen.lines()[3]).toContain('20 of 30 match "!g00"');
    await screen.press("\x1b");
    expect(screen.lines()[3]).not.toContain("match");
    await screen.press("/", "nothing like it", "\r");
    expect(screen.text()).toContain('Nothing here matches "nothing like it". esc shows everything.');
  });

  it("a paste goes to what is being typed and is no key anywhere else", async () => {
    const screen = await renderAt(80, 24, many(30), ["2", "\x1b[200~q\x1b[201~", "/", "\x1b[200~g00\r7q\x1b[201~"], plain);
    expect(screen.lines()[23]).toMatch(/^ \/ g00 /);
    await screen.press("\r");
    expect(screen.lines()[3]).toContain("10 of 30");
  });

  it("shift letters sort, the other way round, and back to the screen's own order", async () => {
    const screen = await renderAt(80, 24, many(9), ["2", "N"], plain);
    expect(screen.lines()[3]).toContain("─ by name ↑ ─");
    await screen.press("N");
    expect(screen.lines()[3]).toContain("─ by name ↓ ─");
    expect(screen.lines()[5]).toContain("g008");
    await screen.press("N");
    expect(screen.lines()[3]).not.toContain("by name");
  });

  it("space marks, y copies what is marked, Y everything, all through OSC 52", async () => {
    const screen = await renderAt(80, 24, many(3), ["2", "  "], plain);
    expect(screen.lines().slice(5, 8)).toEqual(["●g000", "●g001", "▸g002"]);
    expect(screen.lines()[3]).toContain("2 marked");
    const copied = async (key: string): Promise<string> => {
      screen.taken();
      await screen.press(key);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: OSC 52 is what is looked for
      return Buffer.from(/\x1b\]52;c;([^\x07]*)\x07/.exec(screen.taken())?.[1] ?? "", "base64").toString();
    };
    expect(await copied("y")).toBe("g000\ng001");
    expect(screen.lines()[23]).toContain("· Sent 2 rows to the terminal's clipboard.");
    screen.clock.advance(4_000);
    await screen.settle();
    expect(screen.lines()[23]).not.toContain("Sent");
    expect(await copied("Y")).toBe("Guests of the pair\ng000\ng001\ng002");
    await screen.press("\x1b");
    expect(await copied("y")).toBe("g002");
  });

  it("in tmux a copy goes to tmux and through it", async () => {
    const screen = await renderAt(80, 24, many(3), ["2"], { ...plain, env: { ...modernTerminal, TMUX: "/tmp/tmux-0/default,1,0" } });
    screen.taken();
    await screen.press("y");
    expect(screen.taken()).toContain("\x1b]52;c;ZzAwMA==\x07\x1bPtmux;\x1b\x1b]52;c;ZzAwMA==\x07\x1b\\");
  });

  it("a disabled command says why, in the help and when pressed", async () => {
    const screen = await renderAt(80, 24, many(3), ["e"], plain);
    expect(screen.lines()[23]).toContain("evidence: open a detail first (enter).");
    await screen.press("?", "G");
    expect(screen.text()).toMatch(/End the console/);
    await screen.press("g", "\x06");
    expect(screen.text()).toContain("not now: there is nothing to go back from");
    await screen.press("\x1b");
    expect(screen.text()).not.toContain("esc closes");
  });

  it(": finds commands and objects by a few letters", async () => {
    const screen = await renderAt(80, 24, fixtureView(), [":", "web"], plain);
    expect(screen.text()).toMatch(/│ web01 .*guest │/);
    await screen.press("\r");
    expect(screen.lines()[3]).toMatch(/^─ Guests → guest/);
    await screen.press(":", "stor", "\r");
    expect(screen.lines()[3]).toMatch(/^─ Storage/);
    await screen.press(":", "evidence", "\r");
    expect(screen.lines()[23]).toContain("evidence: open a detail first (enter).");
  });

  it("ctrl-r reaches the runtime, ctrl-l draws everything again", async () => {
    const screen = await renderAt(80, 24, many(3), ["\x12"], plain);
    expect(screen.reconnects()).toBe(1);
    screen.taken();
    await screen.press("\x0c");
    expect(screen.taken()).toContain("Overview of the pair");
  });

  it.each([["q"], ["\x03"], ["?\x03"], [":\x03"]])("%j ends the console, asking nothing", async (keys) => {
    const screen = await renderAt(80, 24, many(3), [keys], plain);
    expect(await screen.screen.closed).toBe(0);
    expect(screen.raw_modes.at(-1)).toBe(false);
  });
});
