/**
 * What the bundle has in place of Intl.Segmenter and Intl.Collator: the same, made when they have something to do.
 *
 * Modules make theirs when they are imported, and the first of each kind costs 5 to 7 ms of a start that should take 150. The first picture sorts no
 * names, and Ink is given rows of one character (see src/views/terminal/row-refs.ts).
 */
// Not by their whole names: those are what the bundle replaces, here as well.
const { Segmenter, Collator } = Intl;

type Segments = Iterable<Pick<Intl.SegmentData, "segment" | "index">>;

const isOneCharacter = (text: string): boolean => text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff);

export class LateSegmenter {
  readonly #made: () => Intl.Segmenter;
  constructor(...given: ConstructorParameters<typeof Intl.Segmenter>) {
    this.#made = once(() => new Segmenter(...given));
  }
  segment(text: string): Segments {
    return isOneCharacter(text) ? [{ segment: text, index: 0 }] : this.#made().segment(text);
  }
}

export class LateCollator {
  readonly compare: Intl.Collator["compare"];
  constructor(...given: ConstructorParameters<typeof Intl.Collator>) {
    const made = once(() => new Collator(...given));
    this.compare = (left, right) => made().compare(left, right);
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
