/**
 * When to draw. What changed by a key is drawn at once; what changed by itself at most four times a second, so that a busy pair costs no more
 * than a quiet one. While the terminal hasn't taken the last frame nothing is drawn at all; while it hasn't shown it, only what a key changed.
 */
import type { Clock } from "./clock.ts";
import type { Cause } from "./sink.ts";

export const DATA_FRAME_INTERVAL_MS = 250;
/** What a guest prints on the console that is shown: at most fifteen times a second. */
export const CONSOLE_FRAME_INTERVAL_MS = 67;

export interface FrameScheduler {
  /** Something changed by itself. interval_ms: how long after the last frame it may be drawn; DATA_FRAME_INTERVAL_MS where it isn't said. */
  readonly data: (interval_ms?: number) => void;
  /** The operator did something. */
  readonly now: () => void;
  /** The terminal has taken everything. */
  readonly idle: () => void;
  readonly stop: () => void;
}

export function createFrameScheduler(options: {
  readonly clock: Clock;
  readonly draw: () => void;
  /** The terminal isn't ready for a frame of this cause; `idle` will tell. */
  readonly isBusy: (cause: Cause) => boolean;
}): FrameScheduler {
  const { clock, draw, isBusy } = options;
  let drawn_ms = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  /** When a frame of data is due. */
  let due_ms = Number.POSITIVE_INFINITY;
  let owed: Cause | undefined;
  let stopped = false;

  const drawFor = (cause: Cause): void => {
    cancel?.();
    cancel = undefined;
    due_ms = Number.POSITIVE_INFINITY;
    if (stopped) return;
    const urgent: Cause = owed === "key" ? "key" : cause;
    owed = isBusy(urgent) ? urgent : undefined;
    if (owed !== undefined) return;
    drawn_ms = clock.now_ms();
    draw();
  };

  return {
    now: () => drawFor("key"),
    data: (interval_ms = DATA_FRAME_INTERVAL_MS) => {
      const at_ms = drawn_ms + interval_ms;
      if (stopped || due_ms <= at_ms) return;
      cancel?.();
      due_ms = at_ms;
      const wait_ms = at_ms - clock.now_ms();
      if (wait_ms <= 0) drawFor("data");
      else cancel = clock.after(wait_ms, () => drawFor("data"));
    },
    idle: () => {
      if (owed !== undefined) drawFor(owed);
    },
    stop: () => {
      stopped = true;
      cancel?.();
    },
  };
}
