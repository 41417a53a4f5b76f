/**
 * What the bundle has in place of the package string-width: the same widths, character by character.
 *
 * The package looks at clusters, for which it compiles every emoji sequence there is and loads a segmenter when it is imported: 20 ms of
 * a start that should take 150, and again for each version of it that Ink brings. The console never counts in clusters, because terminals
 * disagree on them (see src/views/terminal/width.ts); for single characters and what stands between escapes both say the same, which
 * test/cli/string-width.test.ts holds against the package.
 */
import { stripVTControlCharacters } from "node:util";
// What string-width itself is built on.
import { eastAsianWidth } from "get-east-asian-width";

const printableAscii = /^[\u0020-\u007e]*$/;
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Me}\p{Mn}]/u;
/** Format characters that are seen all the same: signs over the number that follows. */
const seenFormat: ReadonlySet<number> = new Set([0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6dd, 0x890, 0x891, 0x8e2, 0x110bd, 0x110cd]);
const isRegionalIndicator = (code: number): boolean => code >= 0x1f1e6 && code <= 0x1f1ff;

interface Options {
  readonly ambiguousIsNarrow?: boolean;
  readonly countAnsiEscapeCodes?: boolean;
}

export default function stringWidth(text: string, { ambiguousIsNarrow = true, countAnsiEscapeCodes = false }: Options = {}): number {
  if (typeof text !== "string" || text === "") return 0;
  const plain = countAnsiEscapeCodes || !(text.includes("\u001b") || text.includes("\u009b")) ? text : stripVTControlCharacters(text);
  if (printableAscii.test(plain)) return plain.length;
  let width = 0;
  for (const character of plain) width += characterWidth(character, !ambiguousIsNarrow);
  return width;
}

function characterWidth(character: string, ambiguousAsWide: boolean): number {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return 1;
  if (invisible.test(character) && !seenFormat.has(code)) return 0;
  if (code >= 0xd800 && code <= 0xdfff) return ambiguousAsWide ? 2 : 1;
  return isRegionalIndicator(code) ? 2 : eastAsianWidth(code, { ambiguousAsWide });
}
