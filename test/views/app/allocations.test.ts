/** What a frame leaves for the collector, counted in bytes of heap: no measure of the machine it runs on. */
import { getHeapStatistics } from "node:v8";
import { describe, expect, it } from "vitest";
import type { PairView } from "../../../src/state/view-model.ts";
import { alpha, fixtureGuest, fixtureView } from "../panes/fixture.ts";
import { renderAt } from "../render.tsx";

const FRAMES = 24;
const GUESTS = 200;
/** Of a row that has changed, in sight or not: 1.1 KB when it was measured. */
const ROW_BYTES_MAX = 3_000;
/** Of the screen around it, where one row has changed: 0.5 MB. */
const SCREEN_BYTES_MAX = 1_000_000;
const used = (): number => getHeapStatistics().used_heap_size;

const guests = Array.from({ length: GUESTS }, (_, index) => fixtureGuest(`g${String(index).padStart(3, "0")}`, alpha, "r0"));
const base = fixtureView({ guests });

/** Half of the frames allocate no more than this: a collection in between makes one of them look like less than nothing. */
async function bytesOfFrame(change: (frame: number) => PairView): Promise<number> {
  const screen = await renderAt(200, 60, base, ["2"]);
  const bytes: number[] = [];
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const view = change(frame);
    screen.clock.advance(1_000);
    const before = used();
    await screen.show(view);
    bytes.push(used() - before);
    screen.taken();
  }
  return bytes.filter((one) => one > 0).sort((a, b) => a - b)[Math.floor(FRAMES / 2)] ?? Number.POSITIVE_INFINITY;
}

describe("a frame of 200 guests at 200x60", () => {
  it("allocates by the rows that change", async () => {
    const one = await bytesOfFrame((frame) => ({
      ...base,
      guests: guests.map((guest, at) => (at === 3 ? { ...guest, cpu_percent: frame } : guest)),
    }));
    const all = await bytesOfFrame((frame) => ({ ...base, guests: guests.map((guest) => ({ ...guest, cpu_percent: frame })) }));
    const none = await bytesOfFrame((frame) => ({ ...base, now_ms: base.now_ms + frame }));
    // The terminal that this is drawn on, and a frame in which nothing moved, are in all of them.
    expect((all - one) / (GUESTS - 1)).toBeLessThanOrEqual(ROW_BYTES_MAX);
    expect(one - none).toBeLessThanOrEqual(SCREEN_BYTES_MAX);
  });
});
