import type { Clock } from "../../../../src/xen/host/ssh/clock.ts";

export interface FakeClock extends Clock {
  /** Moves time on, running what falls due in order. */
  advance(ms: number): void;
  /** Timers that are set. */
  readonly pending: number;
}

export function createFakeClock(start_ms = 1_000_000): FakeClock {
  let now_ms = start_ms;
  let next_id = 0;
  const timers = new Map<number, { at_ms: number; run: () => void }>();
  return {
    now_ms: () => now_ms,
    after: (ms, run) => {
      const id = next_id++;
      timers.set(id, { at_ms: now_ms + ms, run });
      return () => timers.delete(id);
    },
    advance: (ms) => {
      const end_ms = now_ms + ms;
      for (;;) {
        const due = [...timers].filter(([, timer]) => timer.at_ms <= end_ms).sort((a, b) => a[1].at_ms - b[1].at_ms || a[0] - b[0])[0];
        if (due === undefined) break;
        timers.delete(due[0]);
        now_ms = due[1].at_ms;
        due[1].run();
      }
      now_ms = end_ms;
    },
    get pending() {
      return timers.size;
    },
  };
}
