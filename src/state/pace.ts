/**
 * How often something is done that can be asked for at any time: at once as a rule, some of it in a row, and in the long run no more than so often.
 * A change on a dom0 comes as several answers within a moment; each is worth its own picture, a storm of them isn't.
 */
export interface Pace {
  /** The first time, now or later, at which it may be done again. kept: turns that are left over then for what is more urgent. */
  readonly next_ms: (now_ms: number, kept?: number) => number;
  /** It is done now. */
  readonly done: (now_ms: number) => void;
}

export interface PaceLimits {
  /** In the long run. */
  readonly per_s: number;
  /** In a row, after a rest of as many turns. */
  readonly in_a_row: number;
  /** Between any two. */
  readonly apart_ms: number;
}

export function createPace({ per_s, in_a_row, apart_ms }: PaceLimits): Pace {
  const turn_ms = 1000 / per_s;
  let last_ms = Number.NEGATIVE_INFINITY;
  /** When all that was done would be over, had each waited its turn. */
  let owed_until_ms = Number.NEGATIVE_INFINITY;
  return {
    next_ms: (now_ms, kept = 0) => Math.max(now_ms, last_ms + apart_ms, owed_until_ms - (in_a_row - 1 - kept) * turn_ms),
    done: (now_ms) => {
      last_ms = now_ms;
      // What was done beyond its turns (for another reason) is no debt for ever.
      owed_until_ms = Math.min(Math.max(owed_until_ms, now_ms) + turn_ms, now_ms + in_a_row * turn_ms);
    },
  };
}
