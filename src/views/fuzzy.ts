/** Finding names by a few of their letters. Pure. */

/**
 * How well the letters of `query` are found in `text`, in order; undefined: not at all. Letters that follow each other and beginnings of words
 * count most.
 */
export function fuzzyScore(query: string, text: string): number | undefined {
  const letters = query.toLowerCase();
  const searched = text.toLowerCase();
  let score = 0;
  let at = -1;
  for (const letter of letters) {
    const found = searched.indexOf(letter, at + 1);
    if (found === -1) return undefined;
    const begins_word = found === 0 || /[^a-z0-9]/.test(searched[found - 1] ?? " ");
    score += found === at + 1 ? 3 : begins_word ? 2 : 0;
    at = found;
  }
  const whole = searched.indexOf(letters);
  if (whole !== -1) score += 4 + (whole === 0 ? 4 : 0);
  return score - searched.length / 100;
}
