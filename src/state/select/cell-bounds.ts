/** How long a cell's value holds without another look at it: a span of time, and the inputs that it goes back to. */

/** Later than from_ms and not later than until_ms; with moment_ms at that time only. */
export interface Span {
  readonly from_ms: number;
  readonly until_ms: number;
  readonly moment_ms: number | undefined;
}
export const always: Span = { from_ms: Number.NEGATIVE_INFINITY, until_ms: Number.POSITIVE_INFINITY, moment_ms: undefined };

export const isWithin = ({ from_ms, until_ms, moment_ms }: Span, now_ms: number): boolean =>
  now_ms > from_ms && now_ms <= until_ms && (moment_ms === undefined || moment_ms === now_ms);

/** Where both hold, which they do now. */
export function and(a: Span, b: Span): Span {
  if (b === always || a === b) return a;
  if (a === always) return b;
  return {
    from_ms: Math.max(a.from_ms, b.from_ms),
    until_ms: Math.min(a.until_ms, b.until_ms),
    moment_ms: a.moment_ms ?? b.moment_ms,
  };
}

/**
 * A set of inputs as bits. There are more inputs than bits, so some share one: then a value is looked at in vain when the other has changed, which
 * costs a moment and changes nothing.
 */
export type Inputs = readonly [number, number, number, number];
const WORD_BITS = 30;
const WORDS = 4;
export const none: Inputs = [0, 0, 0, 0];

export function union(a: Inputs, b: Inputs): Inputs {
  if (b === none || a === b) return a;
  if (a === none) return b;
  return [a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]];
}
export const overlap = (a: Inputs, b: Inputs): boolean => ((a[0] & b[0]) | (a[1] & b[1]) | (a[2] & b[2]) | (a[3] & b[3])) !== 0;

export interface Changes {
  newInput(): Inputs;
  begin(view: number): void;
  /** It has changed in this view. */
  note(input: Inputs): void;
  /** All that changed in later views than this one. */
  since(view: number): Inputs;
}

export function changesSince(): Changes {
  let inputs = 0;
  let now = 0;
  /** By bit: the last view in which one of its inputs changed. */
  const changed_in: number[] = new Array(WORDS * WORD_BITS).fill(0);
  let asked = new Map<number, Inputs>();
  const bits = ([...words]: Inputs): number[] =>
    words.flatMap((word, at) => Array.from({ length: WORD_BITS }, (_, bit) => ((word >> bit) & 1 ? [at * WORD_BITS + bit] : [])).flat());
  const inputOf = (bit: number): Inputs => {
    const word = (at: number): number => (Math.floor(bit / WORD_BITS) === at ? 1 << (bit % WORD_BITS) : 0);
    return [word(0), word(1), word(2), word(3)];
  };
  return {
    newInput: () => inputOf(inputs++ % (WORDS * WORD_BITS)),
    begin(view) {
      now = view;
      asked = new Map();
    },
    note(input) {
      for (const bit of bits(input)) changed_in[bit] = now;
      asked = new Map();
    },
    since(view) {
      const old = asked.get(view);
      if (old !== undefined) return old;
      const made = changed_in.reduce<Inputs>((all, last, bit) => (last > view ? union(all, inputOf(bit)) : all), none);
      asked.set(view, made);
      return made;
    },
  };
}
