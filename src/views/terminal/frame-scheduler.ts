/**
 * When to draw. What changed by a key is drawn at once; what changed by itself too, but in the long run at most four times a second, so that a busy pair
 * costs no more than a quiet one. While the terminal hasn't taken the last frame nothing is drawn at all; while it hasn't shown it, only what a key changed.
 */
import { createPace } from "../../state/pace.ts";
import type { Clock } from "./clock.ts";
import type { Cause } from "./sink.ts";

/** Frames of data: as often as there are views (state/runtime.ts). */
export const DATA_FRAME_INTERVAL_MS = 250;
export const DATA_FRAMES_IN_A_ROW = 6;
export const DATA_FRAMES_APART_MS = 30;
/** What a guest prints on the console that is shown: at most fifteen times a second. */
export const CONSOLE_FRAME_INTERVAL_MS = 67;

export interface FrameScheduler {
  /** Something changed by itself. interval_ms: how long after the last frame it may be drawn, at the asker's own pace; the pace of data where it isn't said. */
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
  const pace = createPace({
    per_s: 1000 / DATA_FRAME_INTERVAL_MS,
    in_a_row: DATA_FRAMES_IN_A_ROW,
    apart_ms: DATA_FRAMES_APART_MS,
  });
  let drawn_ms = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  /** When a frame of data is due. */
  let due_ms = Number.POSITIVE_INFINITY;
  /** The frame that is due takes a turn of the pace. */
  let paced = false;
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
    if (paced && urgent === "data") pace.done(drawn_ms);
    paced = false;
    draw();
  };

  return {
    now: () => drawFor("key"),
    data: (interval_ms) => {
      const at_ms = interval_ms === undefined ? pace.next_ms(clock.now_ms()) : drawn_ms + interval_ms;
      paced ||= interval_ms === undefined;
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
