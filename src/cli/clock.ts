/** The one real clock; everything else is given one. */
import type { Clock } from "../state/runtime.ts";

export const systemClock: Clock = {
  now_ms: () => Date.now(),
  after(delay_ms, callback) {
    const timer = setTimeout(callback, delay_ms);
    return () => clearTimeout(timer);
  },
};
