import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFrameScheduler, DATA_FRAME_INTERVAL_MS, DATA_FRAMES_IN_A_ROW } from "../../../src/views/terminal/frame-scheduler.ts";
import { createManualClock } from "../manual-clock.ts";

function scheduled(): {
  clock: ReturnType<typeof createManualClock>;
  frames: number[];
  /** `shown`: the terminal has taken the last frame and not yet shown it. */
  busy: { now: boolean; shown: boolean };
  scheduler: ReturnType<typeof createFrameScheduler>;
} {
  const clock = createManualClock();
  const frames: number[] = [];
  const busy = { now: false, shown: true };
  const scheduler = createFrameScheduler({
    clock,
    draw: () => frames.push(clock.now_ms()),
    isBusy: (cause) => busy.now || (cause === "data" && !busy.shown),
  });
  return { clock, frames, busy, scheduler };
}

describe("frames", () => {
  it("of keys come at once, of data too, but in the long run four times a second", () => {
    const { clock, frames, scheduler } = scheduled();
    for (let ms = 0; ms < 990; ms += 10) {
      scheduler.data();
      clock.advance(10);
    }
    expect(frames).toEqual([0, 30, 60, 90, 120, 150, 250, 500, 750]);
    scheduler.now();
    scheduler.now();
    expect(frames.slice(9)).toEqual([990, 990]);
  });

  it("of a change wait neither for the second's figures nor for a key that were drawn a moment ago", () => {
    const { clock, frames, scheduler } = scheduled();
    for (let second = 0; second < 5; second += 1) {
      scheduler.data();
      clock.advance(60);
      scheduler.data();
      clock.advance(40);
      scheduler.now();
      clock.advance(5);
      scheduler.data();
      clock.advance(895);
    }
    expect(frames.slice(-4)).toEqual([4_000, 4_060, 4_100, 4_105]);
  });

  it("of a guest's console, at their own pace, take no turn from data", () => {
    const { clock, frames, scheduler } = scheduled();
    for (let ms = 0; ms < 1_000; ms += 10) {
      scheduler.data(67);
      clock.advance(10);
    }
    clock.advance(200);
    const before = frames.length;
    scheduler.data();
    expect([before, frames.at(-1)]).toEqual([16, clock.now_ms()]);
  });

  it("a key's frame shows the data too", () => {
    const { clock, frames, scheduler } = scheduled();
    scheduler.data();
    scheduler.data();
    clock.advance(20);
    scheduler.now();
    clock.advance(1_000);
    expect(frames).toEqual([0, 20]);
  });

  it("are not drawn while the terminal hasn't taken the last one, and one is drawn when it has", () => {
    const { clock, frames, busy, scheduler } = scheduled();
    busy.now = true;
    scheduler.now();
    scheduler.data();
    clock.advance(5_000);
    scheduler.now();
    expect(frames).toEqual([]);
    busy.now = false;
    scheduler.idle();
    scheduler.idle();
    expect(frames).toEqual([5_000]);
  });

  it("of data wait until the last one is shown, of keys don't, and show the data too", () => {
    const { clock, frames, busy, scheduler } = scheduled();
    busy.shown = false;
    scheduler.data();
    clock.advance(1_000);
    expect(frames).toEqual([]);
    scheduler.now();
    expect(frames).toEqual([1_000]);
    scheduler.data();
    clock.advance(1_000);
    expect(frames).toEqual([1_000]);
    busy.shown = true;
    scheduler.idle();
    scheduler.idle();
    expect(frames).toEqual([1_000, 2_000]);
  });

  it("of a key that had to wait isn't held back as data", () => {
    const { clock, frames, busy, scheduler } = scheduled();
    busy.now = true;
    scheduler.now();
    scheduler.data();
    clock.advance(1_000);
    busy.now = false;
    busy.shown = false;
    scheduler.idle();
    expect(frames).toEqual([1_000]);
  });

  it("none is drawn after the end", () => {
    const { clock, frames, scheduler } = scheduled();
    scheduler.data();
    scheduler.data();
    scheduler.stop();
    scheduler.now();
    clock.advance(1_000);
    expect(frames).toEqual([0]);
    expect(clock.pending()).toBe(0);
  });

  it("whatever happens: what changed is drawn within the interval, and data in the long run not oftener", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ wait_ms: fc.nat(400), cause: fc.constantFrom("data", "key") }), { maxLength: 40 }), (steps) => {
        const { clock, frames, scheduler } = scheduled();
        let key_frames = 0;
        for (const { wait_ms, cause } of steps) {
          clock.advance(wait_ms);
          if (cause === "key") {
            scheduler.now();
            key_frames += 1;
            expect(frames.at(-1)).toBe(clock.now_ms());
          } else scheduler.data();
        }
        const asked_ms = clock.now_ms();
        clock.advance(DATA_FRAME_INTERVAL_MS);
        if (steps.length > 0) expect(frames.at(-1)).toBeGreaterThanOrEqual(asked_ms - DATA_FRAME_INTERVAL_MS);
        const data_frames = frames.length - key_frames;
        expect(data_frames).toBeLessThanOrEqual(clock.now_ms() / DATA_FRAME_INTERVAL_MS + DATA_FRAMES_IN_A_ROW);
        expect(clock.pending()).toBe(0);
      }),
    );
  });
});
