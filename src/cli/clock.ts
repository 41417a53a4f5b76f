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

/**
 * Lets everything go on that doesn't wait for a clock, files that are being read or written among it: time that a program makes pass itself stands
 * still meanwhile, and a slow disk makes no other story.
 */
export async function idle(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq")));
}
