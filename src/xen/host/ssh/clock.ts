/** Time as the ssh edge needs it; injected, so that tests turn its hands. */
import { consoleTime_ms } from "../console-time.ts";

export interface Clock {
  /** The console's time; see console-time.ts. */
  now_ms(): number;
  /** Runs once after `ms`; the answer takes it back. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now_ms: consoleTime_ms,
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** A time limit that stands still while the operator is being asked something. */
export interface Deadline {
  pause(): void;
  resume(): void;
  cancel(): void;
}

export function createDeadline(clock: Clock, ms: number, expired: () => void): Deadline {
  let left_ms = ms;
  let started_ms = clock.now_ms();
  let over = false;
  let paused = 0;
  const arm = () =>
    clock.after(left_ms, () => {
      over = true;
      expired();
    });
  let disarm = arm();
  return {
    pause: () => {
      paused += 1;
      if (paused > 1 || over) return;
      disarm();
      // A wall clock set back meanwhile must not lengthen the limit.
      left_ms = Math.min(left_ms, Math.max(0, left_ms - (clock.now_ms() - started_ms)));
    },
    resume: () => {
      if (paused === 0) return;
      paused -= 1;
      if (paused > 0 || over) return;
      started_ms = clock.now_ms();
      disarm = arm();
    },
    cancel: () => {
      over = true;
      disarm();
    },
  };
}
