/**
 * What was read from a piece of text, kept for when the same text comes again: a host with four hundred resources tells all of them anew because one
 * has changed. What is made of one text is always the same, so nothing but time and identity shows whether it was kept.
 */

/** Texts longer than this aren't kept. */
const TEXT_MAX = 4096;

/**
 * The results for the last texts: at least `keep_max` of them, at most twice as many. What is made is shared by all who ask, and must never be changed;
 * it depends on nothing but the text.
 */
export function keptByText<Made>(keep_max: number): (text: string, make: () => Made) => Made {
  let young = new Map<string, Made>();
  let old = new Map<string, Made>();
  const keep = (text: string, made: Made): Made => {
    if (young.size >= keep_max) {
      old = young;
      young = new Map();
    }
    young.set(text, made);
    return made;
  };
  return (text, make) => {
    const known = young.get(text);
    if (known !== undefined) return known;
    const older = old.get(text);
    if (older !== undefined) return keep(text, older);
    const made = make();
    return text.length > TEXT_MAX ? made : keep(ownCopy(text), made);
  };
}

export function perText<Made>(keep_max: number, make: (text: string) => Made): (text: string) => Made {
  const kept = keptByText<Made>(keep_max);
  return (text) => kept(text, () => make(text));
}

/** A part of a long text keeps all of that text in memory (V8's sliced strings); a copy doesn't. */
const ownCopy = (text: string): string => JSON.parse(JSON.stringify(text)) as string;
