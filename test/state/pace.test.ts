import { describe, expect, it } from "vitest";
import { createPace } from "../../src/state/pace.ts";

describe("a pace of four a second, six in a row, 30 ms apart", () => {
  const limits = { per_s: 4, in_a_row: 6, apart_ms: 30 };

  it("lets six be done in a row, and then each in its turn", () => {
    const pace = createPace(limits);
    const times: number[] = [];
    for (let now_ms = 0; now_ms < 4_000; now_ms += 1) {
      if (pace.next_ms(now_ms) > now_ms) continue;
      pace.done(now_ms);
      times.push(now_ms);
    }
    expect(times.slice(0, 6)).toEqual([0, 30, 60, 90, 120, 150]);
    expect(times.slice(6).every((ms) => ms % 250 === 0)).toBe(true);
    expect(times).toHaveLength(6 + 15);
  });

  it("owes no more than its turns, however often it was done beside it", () => {
    const pace = createPace(limits);
    for (let now_ms = 0; now_ms < 60_000; now_ms += 67) pace.done(now_ms);
    expect(pace.next_ms(60_000) - 60_000).toBeLessThanOrEqual(250);
  });

  it("leaves turns over for what is more urgent", () => {
    const pace = createPace(limits);
    for (const now_ms of [0, 30, 60]) pace.done(now_ms);
    expect(pace.next_ms(90)).toBe(90);
    expect(pace.next_ms(90, 3)).toBeGreaterThan(90);
  });
});
