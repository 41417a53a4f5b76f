/**
 * How many columns a character takes, as terminals count: character by character, not by grapheme cluster.
 *
 * Terminals agree on single code points and disagree on clusters (joined emoji, flags, skin tones), so clusters are never formed here:
 * joiners and variation selectors are dropped and every other code point has a width of its own.
 */
import stringWidth from "string-width";

export type CellWidth = 0 | 1 | 2;

/** Distinct characters remembered; a console shows a few hundred. Beyond it the memory starts afresh. */
const WIDTHS_MAX = 8_192;
const widths = new Map<number, CellWidth>();

const ZERO_WIDTH_JOINER = 0x200d;
const isVariationSelector = (code: number): boolean => (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0100 && code <= 0xe01ef);

/** True for characters that are not shown at all, whatever they follow. */
export const isDropped = (code: number): boolean => code === ZERO_WIDTH_JOINER || isVariationSelector(code);

export function widthOfCodePoint(code: number): CellWidth {
  if (code < 0x300) return code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0xad ? 0 : 1;
  const known = widths.get(code);
  if (known !== undefined) return known;
  const measured = stringWidth(String.fromCodePoint(code));
  const width: CellWidth = measured <= 0 ? 0 : measured === 1 ? 1 : 2;
  if (widths.size >= WIDTHS_MAX) widths.clear();
  widths.set(code, width);
  return width;
}

/**
 * True where every terminal agrees on the width. After any other character the sink says where the cursor is instead of trusting the count.
 * Latin, Greek, Cyrillic, box drawing, blocks and geometric shapes, arrows, common Han, kana and Hangul.
 */
export function isWidthCertain(code: number): boolean {
  if (code < 0x300) return true;
  if (code < 0x370) return false;
  if (code < 0x530) return code < 0x483 || code > 0x489;
  if (code >= 0x2010 && code < 0x2030) return true;
  if (code >= 0x2190 && code <= 0x21ff) return code !== 0x2194 && code !== 0x2195;
  if (code >= 0x2500 && code <= 0x25fc) return true;
  if (code === 0x2713 || code === 0x2717) return true;
  if (code >= 0x3041 && code <= 0x30ff) return code !== 0x3099 && code !== 0x309a;
  return (code >= 0x4e00 && code <= 0x9fff) || (code >= 0xac00 && code <= 0xd7a3) || code === 0xfffd;
}

const printableAscii = /^[\u0020-\u007e]*$/;

/** Columns that a text without escapes takes. */
export function textWidth(text: string): number {
  if (printableAscii.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (!isDropped(code)) width += widthOfCodePoint(code);
  }
  return width;
}
