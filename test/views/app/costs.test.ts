import { describe, expect, it } from "vitest";
import type { PairView } from "../../../src/state/view-model.ts";
import { alpha, fixtureGuest, fixtureView } from "../panes/fixture.ts";
import { renderAt } from "../render.tsx";
import { plainContent } from "./content.ts";

const many = (count: number): PairView =>
  fixtureView({ guests: Array.from({ length: count }, (_, index) => fixtureGuest(`g${String(index).padStart(3, "0")}`, alpha, "r0")) });
const plain = { content: plainContent };

describe("what a change costs", () => {
  const renamed = (view: PairView, from: string, to: string): PairView => ({
    ...view,
    guests: view.guests.map((guest) => (guest.name === from ? { ...guest, name: to } : guest)),
  });

  it.each([
    [80, 24],
    [200, 60],
  ])("one changed cell at %ix%i is one frame, one cell and at most 32 bytes", async (columns, rows) => {
    const view = many(200);
    const screen = await renderAt(columns, rows, view, ["2"], plain);
    const before = { ...screen.screen.stats };
    screen.taken();
    await screen.show(renamed(view, "g009", "g00x"));
    expect(Buffer.byteLength(screen.taken())).toBeLessThanOrEqual(32);
    expect(screen.text()).toContain("g00x");
    expect(screen.screen.stats.frames_given - before.frames_given).toBe(1);
    expect(screen.screen.stats.cells_sent - before.cells_sent).toBe(1);
  });

  it("a change out of sight is no bytes, and a hundred changes in a quarter of a second are one frame", async () => {
    const first = many(200);
    const view = renamed(first, "g150", "hidden");
    const screen = await renderAt(80, 24, first, ["2"], plain);
    screen.clock.advance(1_000);
    await screen.show(view);
    screen.taken();
    await screen.show(renamed(view, "g151", "hidden too"));
    expect(screen.taken()).toBe("");
    const before = screen.screen.stats.frames_given;
    for (let change = 0; change < 100; change += 1) screen.store.setState({ view: renamed(view, "g003", `g${change}`) });
    screen.clock.advance(250);
    await screen.settle();
    expect(screen.screen.stats.frames_given - before).toBeLessThanOrEqual(2);
    expect(screen.text()).toContain("g99");
  });

  it("moving the cursor touches two rows", async () => {
    const screen = await renderAt(80, 24, many(200), ["2", "j"], plain);
    const before = screen.screen.stats.cells_sent;
    await screen.press("j");
    expect(screen.screen.stats.cells_sent - before).toBeLessThanOrEqual(2 * 80);
  });
});

describe("the end", () => {
  it("comes when the terminal hangs up", async () => {
    const screen = await renderAt(80, 24, many(3), [], plain);
    screen.hangUp();
    expect(await screen.screen.closed).toBe(129);
  });

  it("comes once, with the first reason, and nothing works after it", async () => {
    const screen = await renderAt(80, 24, many(3), [], plain);
    screen.screen.stop(3);
    screen.screen.stop(4);
    expect(await screen.screen.closed).toBe(3);
    const shown = screen.text();
    screen.taken();
    screen.screen.say("too late", "info");
    await screen.press("2");
    await screen.show(many(5));
    expect(screen.taken()).toBe("");
    expect(screen.text()).toBe(shown);
    expect(screen.clock.pending()).toBe(0);
  });

  it("until then the program can say something at the foot", async () => {
    const screen = await renderAt(80, 24, many(3), [], plain);
    screen.screen.say("alpha: known_hosts could not be written", "warning");
    await screen.settle();
    expect(screen.lines()[23]).toMatch(/^ ▲ alpha: known_hosts could not be written .*read-only$/);
  });
});
