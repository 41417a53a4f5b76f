/** Time moved by hand: what is due runs in order, nothing waits. */
import type { Clock } from "../../src/views/terminal/clock.ts";

export interface ManualClock extends Clock {
  readonly advance: (ms: number) => void;
  /** Timers that are set. */
  readonly pending: () => number;
}

export function createManualClock(): ManualClock {
  let now_ms = 0;
  let timers: { readonly at_ms: number; readonly call: () => void }[] = [];
  return {
    now_ms: () => now_ms,
    pending: () => timers.length,
    after: (delay_ms, call) => {
      const timer = { at_ms: now_ms + delay_ms, call };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    advance: (ms) => {
      const end_ms = now_ms + ms;
      for (;;) {
        const next = timers.filter((timer) => timer.at_ms <= end_ms).sort((a, b) => a.at_ms - b.at_ms)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now_ms = next.at_ms;
        next.call();
      }
      now_ms = end_ms;
    },
  };
}
