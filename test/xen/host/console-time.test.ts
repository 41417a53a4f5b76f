import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { consoleTime_ms, createConsoleTime } from "../../../src/xen/host/console-time.ts";

/** A machine whose clocks are moved by hand. */
function machine() {
  const at = { wall: 1_700_000_000_000, monotonic: 500, uptime: 90_000_000 };
  const now = createConsoleTime({
    wall_ms: () => at.wall,
    monotonic_ms: () => at.monotonic,
    uptime_s: () => Math.floor(at.uptime / 1000),
  });
  return {
    now,
    run(ms: number): void {
      at.wall += ms;
      at.monotonic += ms;
      at.uptime += ms;
    },
    sleep(ms: number): void {
      at.wall += ms;
      at.uptime += ms;
    },
    setClock(ms: number): void {
      at.wall += ms;
    },
  };
}
const HOUR_MS = 3_600_000;

describe("the console's time", () => {
  it("begins as the wall clock and goes on with it", () => {
    const { now, run } = machine();
    expect(now()).toBe(1_700_000_000_000);
    run(1234);
    expect(now()).toBe(1_700_000_001_234);
  });

  it("doesn't follow a clock that is set back or forth: no age changes by it", () => {
    for (const step of [-HOUR_MS, HOUR_MS]) {
      const { now, run, setClock } = machine();
      setClock(step);
      expect(now()).toBe(1_700_000_000_000);
      run(5000);
      expect(now()).toBe(1_700_000_005_000);
    }
  });

  it("counts an hour that the machine slept", () => {
    const { now, run, sleep } = machine();
    run(10_000);
    now();
    sleep(HOUR_MS);
    expect(Math.abs(now() - (1_700_000_010_000 + HOUR_MS))).toBeLessThanOrEqual(1000);
  });

  it("counts sleep also where the clock is set right after it", () => {
    const { now, sleep, setClock } = machine();
    sleep(HOUR_MS);
    setClock(-2 * HOUR_MS);
    expect(Math.abs(now() - (1_700_000_000_000 + HOUR_MS))).toBeLessThanOrEqual(1000);
  });

  it("never goes back", () => {
    const step = fc.record({ what: fc.constantFrom("run", "sleep", "setClock"), ms: fc.integer({ min: -HOUR_MS, max: HOUR_MS }) });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const clock = machine();
        let last = clock.now();
        for (const { what, ms } of steps) {
          if (what === "setClock") clock.setClock(ms);
          else clock[what === "run" ? "run" : "sleep"](Math.abs(ms));
          const next = clock.now();
          expect(next).toBeGreaterThanOrEqual(last);
          last = next;
        }
      }),
    );
  });

  it("is near this machine's clock", () => {
    expect(Math.abs(consoleTime_ms() - Date.now())).toBeLessThan(60_000);
  });
});
