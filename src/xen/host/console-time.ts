/**
 * The console's own time: what every age is counted by. Begins as the wall clock and goes on by itself, so that a clock that is set (NTP, by
 * hand) makes nothing older or younger. Time that the machine slept counts, because the hosts went on meanwhile.
 */
import { uptime } from "node:os";

/** A wall clock this far from where it should be was set, or the machine slept. */
const STEP_MS = 2_000;

export interface TimeSources {
  readonly wall_ms: () => number;
  /** Never goes back; may stand still while the machine sleeps. */
  readonly monotonic_ms: () => number;
  /** Since boot, sleep included; whole seconds are enough. */
  readonly uptime_s: () => number;
}

export function createConsoleTime({ wall_ms, monotonic_ms, uptime_s }: TimeSources): () => number {
  const wall_start_ms = wall_ms();
  const start_ms = monotonic_ms();
  const uptime_start_s = uptime_s();
  /** How far wall and monotonic clock have come apart, as far as it is accounted for. */
  let apart_ms = 0;
  let slept_ms = 0;
  return () => {
    const awake_ms = monotonic_ms() - start_ms;
    const apart_now_ms = wall_ms() - wall_start_ms - awake_ms;
    if (Math.abs(apart_now_ms - apart_ms) > STEP_MS) {
      apart_ms = apart_now_ms;
      const asleep_ms = (uptime_s() - uptime_start_s) * 1000 - awake_ms;
      if (asleep_ms > slept_ms + STEP_MS) slept_ms = asleep_ms;
    }
    // Whole milliseconds: what is written down and read again is the same moment.
    return Math.floor(wall_start_ms + awake_ms + slept_ms);
  };
}

/** Shared by links, runtime and commands: what one stamps, another compares. */
export const consoleTime_ms = createConsoleTime({
  wall_ms: () => Date.now(),
  monotonic_ms: () => performance.now(),
  uptime_s: uptime,
});
