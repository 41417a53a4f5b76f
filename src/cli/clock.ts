/** The one real clock; everything else is given one. */
import type { Clock } from "../state/runtime.ts";
import { consoleTime_ms } from "../xen/host/console-time.ts";

export const systemClock: Clock = {
  now_ms: consoleTime_ms,
  after(delay_ms, callback) {
    const timer = setTimeout(callback, delay_ms);
    return () => clearTimeout(timer);
  },
};
