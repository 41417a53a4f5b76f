import { describe, expect, it } from "vitest";
import { alpha, fixtureGuest, fixtureView } from "../panes/fixture.ts";
import { renderAt } from "../render.tsx";
import { plainContent } from "./content.ts";

const guests = fixtureView({
  guests: Array.from({ length: 60 }, (_, index) => fixtureGuest(`g${String(index).padStart(3, "0")}`, alpha, "r0")),
});
const mouse = { content: plainContent, mouse: true };
/** Cells are counted from 1 on the wire. */
const click = (column: number, row: number): string => `\x1b[<0;${column + 1};${row + 1}M\x1b[<0;${column + 1};${row + 1}m`;
const wheel = (column: number, row: number, down: boolean): string => `\x1b[<${down ? 65 : 64};${column + 1};${row + 1}M`;

describe("a click", () => {
  it("puts the cursor on a row that can be selected, and opens nothing, however often", async () => {
    const screen = await renderAt(80, 24, guests, ["2"], mouse);
    await screen.press(click(10, 8), click(10, 8), click(10, 8));
    expect(screen.lines()[8]).toMatch(/^▸g003/);
    expect(screen.lines()[3]).toMatch(/^─ Guests ─/);
    await screen.press(click(10, 4), click(10, 3), click(10, 23));
    expect(screen.lines()[8]).toMatch(/^▸g003/);
  });

  it("on a tab shows that screen, between two tabs none", async () => {
    const screen = await renderAt(80, 24, guests, [], mouse);
    const at = screen.lines()[2]?.indexOf("3 DRBD") ?? -1;
    await screen.press(click(at + 3, 2));
    expect(screen.lines()[3]).toMatch(/^─ DRBD ─/);
    await screen.press(click(0, 2), click(79, 2));
    expect(screen.lines()[3]).toMatch(/^─ DRBD ─/);
  });

  it("in a wide window goes to the pane that it hits", async () => {
    const screen = await renderAt(200, 60, guests, ["2", "\r"], mouse);
    expect(screen.store.getState().ui.focus).toBe("side");
    await screen.press(click(10, 8));
    expect(screen.store.getState().ui).toMatchObject({ focus: "main", stack: [] });
    expect(screen.lines()[8]).toMatch(/^▸g003/);
    await screen.press(click(150, 10));
    expect(screen.store.getState().ui.focus).toBe("side");
  });

  it("does nothing while a box lies over the panes, and in too small a window", async () => {
    const screen = await renderAt(80, 24, guests, ["2", "?"], mouse);
    const before = screen.text();
    await screen.press(click(10, 8), wheel(10, 8, true), click(10, 2));
    expect(screen.text()).toBe(before);
    await screen.press("\x1b");
    await screen.resize(40, 10);
    const small = screen.text();
    await screen.press(click(10, 2));
    expect(screen.text()).toBe(small);
  });

  it("is nothing where the mouse wasn't asked for", async () => {
    const screen = await renderAt(80, 24, guests, ["2"], { content: plainContent });
    expect(screen.taken()).not.toMatch(/\?100[0-6]h/);
    await screen.press(click(10, 8), wheel(10, 8, true));
    expect(screen.lines()[5]).toMatch(/^▸g000/);
  });
});

describe("the wheel", () => {
  it("scrolls what is under it, three rows at a time", async () => {
    const screen = await renderAt(200, 60, guests, ["2"], mouse);
    await screen.press(wheel(150, 20, true));
    expect(screen.lines()[3]).toMatch(/─ 4-5\d of 6\d ─$/);
    expect(screen.lines()[3]).toMatch(/^─ Guests ─+ 1-4\d of 60 ─/);
    await screen.press(wheel(10, 20, true), wheel(10, 20, true), wheel(10, 20, false));
    expect(screen.lines()[3]).toMatch(/^─ Guests ─+ 4-5\d of 60 ─/);
  });
});
