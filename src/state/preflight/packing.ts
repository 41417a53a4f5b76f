/** Which guests come first, and how many of them fit into a host's free memory: for the lose-a-host verdict and for the plans that move or start many. */

export interface Wanting {
  readonly name: string;
  readonly uuid: string | undefined;
  /** Starts by itself on either host. */
  readonly starts: boolean;
  /** With Xen's overhead; undefined: not known. */
  readonly needed_mib: number | undefined;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** As the config file says what matters most; then what starts by itself; then the smallest, so that as many as can be are done soon; then by name. */
export function inOrder<T>(priority: readonly string[], all: readonly T[], wanting: (one: T) => Wanting): readonly T[] {
  const rank = ({ name, uuid }: Wanting): number => {
    const found = priority.findIndex((each) => each === name || each === uuid);
    return found < 0 ? priority.length : found;
  };
  const manual = ({ starts }: Wanting): number => (starts ? 0 : 1);
  return all
    .map((one) => ({ one, want: wanting(one) }))
    .sort(
      ({ want: a }, { want: b }) =>
        rank(a) - rank(b) ||
        manual(a) - manual(b) ||
        (a.needed_mib ?? Number.MAX_SAFE_INTEGER) - (b.needed_mib ?? Number.MAX_SAFE_INTEGER) ||
        compare(a.name, b.name),
    )
    .map(({ one }) => one);
}

export interface Packed<T> {
  readonly one: T;
  readonly result: "fits" | "short" | "unknown";
  /** What is left, with it where it fits. */
  readonly left_mib: number;
}

/** One after the other, in this order; what doesn't fit is left out and the next is tried. free_mib undefined: not known, then nothing fits. */
export function packed<T>(free_mib: number | undefined, all: readonly T[], needed: (one: T) => number | undefined): readonly Packed<T>[] {
  let left_mib = free_mib ?? 0;
  return all.map((one): Packed<T> => {
    const needed_mib = needed(one);
    if (needed_mib === undefined || free_mib === undefined) return { one, result: "unknown", left_mib };
    if (needed_mib > left_mib) return { one, result: "short", left_mib };
    left_mib -= needed_mib;
    return { one, result: "fits", left_mib };
  });
}
