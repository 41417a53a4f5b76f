/**
 * When to draw. What changed by a key is drawn at once; what changed by itself at most four times a second, so that a busy pair costs no more
 * than a quiet one. While the terminal hasn't taken the last frame nothing is drawn at all.
 */
import type { Clock } from "./clock.ts";

export const DATA_FRAME_INTERVAL_MS = 250;

export interface FrameScheduler {
  /** Something changed by itself. */
  readonly data: () => void;
  /** The operator did something. */
  readonly now: () => void;
  /** The terminal has taken everything. */
  readonly idle: () => void;
  readonly stop: () => void;
}

export function createFrameScheduler(options: {
  readonly clock: Clock;
  readonly draw: () => void;
  /** The terminal hasn't taken the last frame yet. */
  readonly isBusy: () => boolean;
}): FrameScheduler {
  const { clock, draw, isBusy } = options;
  let drawn_ms = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  let owed = false;
  let stopped = false;

  const drawNow = (): void => {
    cancel?.();
    cancel = undefined;
    if (stopped) return;
    owed = isBusy();
    if (owed) return;
    drawn_ms = clock.now_ms();
    draw();
  };

  return {
    now: drawNow,
    data: () => {
      if (cancel !== undefined || stopped) return;
      const wait_ms = drawn_ms + DATA_FRAME_INTERVAL_MS - clock.now_ms();
      if (wait_ms <= 0) drawNow();
      else cancel = clock.after(wait_ms, drawNow);
    },
    idle: () => {
      if (owed) drawNow();
    },
    stop: () => {
      stopped = true;
      cancel?.();
    },
  };
}
