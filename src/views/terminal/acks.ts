/**
 * How much of what was sent the terminal has shown: a device status request (CSI 5 n) goes after a frame, and the answer (CSI 0 n) says that all
 * before it has arrived. On a slow link the kernel takes far more than the line carries; without asking, a key pressed now would be seen behind
 * seconds of frames that nobody needs any longer.
 *
 * Frames of data wait for the answer; frames of a key only where too much is under way. A terminal that doesn't answer is not waited for.
 */
import type { Clock } from "./clock.ts";

/** ECMA-48 8.3.35 DSR; answered by every xterm, VTE, the Linux console, tmux and screen. */
const ASK = "\x1b[5n";
/** Less than this since the last question can't fill a line: not asked. */
export const ASK_BYTES_MIN = 256;
/** With more under way, frames of keys wait as well: a quarter of a second at 8 KB/s. */
export const UNDER_WAY_BYTES_MAX = 2_048;
/** An answer that takes longer is lost, or its terminal is. */
export const ANSWER_LIMIT_MS = 3_000;

export interface Acks {
  /** What to put after these bytes, which are sent now: a question, or nothing. */
  readonly ask: (bytes: number) => string;
  readonly answered: () => void;
  /** Frames of data have to wait. */
  readonly isAwaited: () => boolean;
  /** Frames of keys have to wait, too. */
  readonly isFull: () => boolean;
  /** Questions that a living terminal will still answer. */
  readonly isOwed: () => boolean;
  readonly stop: () => void;
}

/** `idle`: frames may have to wait no longer. */
export function createAcks(clock: Clock, idle: () => void): Acks {
  /** Bytes before each question under way, oldest first. */
  let under_way: number[] = [];
  /** Sent since the last question. */
  let unasked = 0;
  /** A terminal is waited for once it has answered, and until it fails to. undefined: nobody knows yet. */
  let answers: boolean | undefined;
  let cancel: (() => void) | undefined;

  const giveUp = (): void => {
    cancel = undefined;
    under_way = [];
    answers = false;
    idle();
  };
  const watch = (): void => {
    cancel?.();
    cancel = under_way.length > 0 ? clock.after(ANSWER_LIMIT_MS, giveUp) : undefined;
  };

  return {
    ask: (bytes) => {
      unasked += bytes;
      if (unasked < ASK_BYTES_MIN) return "";
      under_way.push(unasked);
      unasked = 0;
      if (under_way.length === 1) watch();
      return ASK;
    },
    answered: () => {
      answers = true;
      under_way.shift();
      watch();
      idle();
    },
    isAwaited: () => answers === true && under_way.length > 0,
    isFull: () => answers === true && under_way.reduce((sum, bytes) => sum + bytes, unasked) > UNDER_WAY_BYTES_MAX,
    isOwed: () => answers !== false && under_way.length > 0,
    stop: () => cancel?.(),
  };
}
