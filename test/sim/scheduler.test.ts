import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/sim/random.ts";
import { createScheduler } from "../../src/sim/scheduler.ts";

describe("the scheduler", () => {
  it("runs tasks in order of time, and of asking within one instant", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }), (delays) => {
        const scheduler = createScheduler(1000);
        const ran: { at_ms: number; order: number }[] = [];
        for (const [order, delay] of delays.entries()) scheduler.after(delay, () => ran.push({ at_ms: scheduler.now_ms, order }));
        scheduler.advance(100);
        expect(ran.map(({ at_ms }) => at_ms)).toEqual(delays.map((delay) => 1000 + delay).sort((a, b) => a - b));
        expect(ran).toEqual([...ran].sort((a, b) => a.at_ms - b.at_ms || a.order - b.order));
      }),
    );
  });

  it("runs what a task asks for within the same advance, and leaves the rest", () => {
    const scheduler = createScheduler(0);
    const ran: number[] = [];
    const again = (): void => {
      ran.push(scheduler.now_ms);
      scheduler.after(10, again);
    };
    scheduler.after(10, again);
    scheduler.advance(35);
    expect(ran).toEqual([10, 20, 30]);
    expect(scheduler.now_ms).toBe(35);
    expect(scheduler.pending).toBe(1);
  });

  it("forgets a cancelled task", () => {
    const scheduler = createScheduler(0);
    let ran = 0;
    const cancel = scheduler.after(5, () => {
      ran += 1;
    });
    cancel();
    scheduler.advance(10);
    expect(ran).toBe(0);
  });

  it("says so when tasks breed at one instant", () => {
    const scheduler = createScheduler(0);
    const again = (): void => {
      scheduler.after(0, again);
    };
    again();
    expect(() => scheduler.advance(1)).toThrow("without end");
  });
});

describe("randomness", () => {
  it("repeats by its seed, and forks stand apart", () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, createRandom(seed).next);
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    const [a, b] = [createRandom(7), createRandom(7)];
    b.next();
    expect(a.fork("x").hex(16)).toBe(b.fork("x").hex(16));
    expect(a.fork("x").hex(16)).not.toBe(a.fork("y").hex(16));
  });
});
