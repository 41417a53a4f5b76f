/** Frames of text with SGR as rows of cells. */
import { PLAIN, type StyleTable } from "./sgr.ts";
import { isDropped, widthOfCodePoint } from "./width.ts";

/** One row of the terminal. Rows are never changed, so the same text may share one. */
export interface Row {
  /** One per column: a character with its combining marks, `" "`, or `""` for the right half of a wide one. */
  readonly glyphs: readonly string[];
  /** Style number per column, see StyleTable. */
  readonly styles: Uint16Array;
  /** From here on there is nothing but blanks. */
  readonly blank_from: number;
}

export interface Grid {
  readonly columns: number;
  readonly rows: readonly Row[];
}

/** Combining marks kept on one character; more would only be an attack on the terminal. */
const MARKS_MAX = 4;

export const blankRow = (columns: number): Row => ({
  glyphs: new Array<string>(columns).fill(" "),
  styles: new Uint16Array(columns),
  blank_from: 0,
});

interface Pencil {
  readonly glyphs: string[];
  readonly styles: Uint16Array;
  readonly columns: number;
  column: number;
  style: number;
  marks: number;
}

function put(pencil: Pencil, character: string, code: number, table: StyleTable): void {
  if (isDropped(code)) return;
  const width = widthOfCodePoint(code);
  if (width === 0) {
    addMark(pencil, character, code);
    return;
  }
  const { column, columns } = pencil;
  pencil.column += width;
  pencil.marks = 0;
  if (column >= columns) return;
  const fits = column + width <= columns;
  const glyph = fits ? character : " ";
  pencil.glyphs[column] = glyph;
  pencil.styles[column] = glyph === " " && table.blankSafe(pencil.style) ? PLAIN : pencil.style;
  if (width === 2 && fits) {
    pencil.glyphs[column + 1] = "";
    pencil.styles[column + 1] = pencil.style;
  }
}

function addMark(pencil: Pencil, character: string, code: number): void {
  // Control characters have no width either, and no place on the screen.
  if (code < 0xa0 || code === 0xad || pencil.column === 0 || pencil.column > pencil.columns || pencil.marks >= MARKS_MAX) return;
  const last = pencil.glyphs[pencil.column - 1] === "" ? pencil.column - 2 : pencil.column - 1;
  const glyph = pencil.glyphs[last];
  if (glyph === undefined || glyph === " ") return;
  pencil.glyphs[last] = glyph + character;
  pencil.marks += 1;
}

/** Where the escape sequence that starts at `at` ends (the index after it), and its SGR parameters if it is one. */
function escapeAt(text: string, at: number): { end: number; sgr: string | undefined } {
  const kind = text.charCodeAt(at + 1);
  if (kind === 0x5b) {
    let end = at + 2;
    while (end < text.length && text.charCodeAt(end) >= 0x20 && text.charCodeAt(end) <= 0x3f) end += 1;
    return { end: end + 1, sgr: text.charCodeAt(end) === 0x6d ? text.slice(at + 2, end) : undefined };
  }
  if (kind === 0x5d || kind === 0x50 || kind === 0x5e || kind === 0x5f || kind === 0x58) {
    const bell = text.indexOf("\x07", at);
    const terminator = text.indexOf("\x1b\\", at + 1);
    const ends = [bell === -1 ? Number.POSITIVE_INFINITY : bell + 1, terminator === -1 ? Number.POSITIVE_INFINITY : terminator + 2];
    return { end: Math.min(...ends, text.length), sgr: undefined };
  }
  return { end: at + 2, sgr: undefined };
}

/** Total: any text gives a row of exactly `columns` cells; what doesn't fit is cut, what isn't SGR is dropped. */
export function parseRow(text: string, columns: number, table: StyleTable): Row {
  const blank = blankRow(columns);
  const pencil: Pencil = { glyphs: [...blank.glyphs], styles: blank.styles, columns, column: 0, style: PLAIN, marks: 0 };
  let at = 0;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    if (unit === 0x1b) {
      const { end, sgr } = escapeAt(text, at);
      if (sgr !== undefined) pencil.style = table.apply(pencil.style, sgr);
      at = end;
    } else if (unit < 0xd800 || unit > 0xdfff) {
      put(pencil, text[at] ?? "", unit, table);
      at += 1;
    } else {
      const code = text.codePointAt(at) ?? 0xfffd;
      const lone = code >= 0xd800 && code <= 0xdfff;
      put(pencil, lone ? "\ufffd" : String.fromCodePoint(code), lone ? 0xfffd : code, table);
      at += code > 0xffff ? 2 : 1;
    }
  }
  return { glyphs: pencil.glyphs, styles: pencil.styles, blank_from: blankFrom(pencil) };
}

function blankFrom({ glyphs, styles, columns }: Pencil): number {
  let last = columns;
  while (last > 0 && glyphs[last - 1] === " " && styles[last - 1] === PLAIN) last -= 1;
  return last;
}

export interface GridParser {
  /** Lines beyond `rows` are cut, missing ones are blank. Rows with the same text as in the frame before are the same object. */
  readonly parse: (frame: string, size: { readonly columns: number; readonly rows: number }) => Grid;
}

/** Remembers the rows of the last frame by their text: an unchanged or scrolled row costs nothing. */
export function createGridParser(table: StyleTable): GridParser {
  let known = new Map<string, Row>();
  let known_columns = 0;
  let blank = blankRow(0);
  return {
    parse(frame, { columns, rows }) {
      if (columns !== known_columns) {
        known = new Map();
        known_columns = columns;
        blank = blankRow(columns);
      }
      const seen = new Map<string, Row>();
      const lines = frame.split("\n");
      const parsed: Row[] = [];
      for (let index = 0; index < rows; index += 1) {
        const line = lines[index] ?? "";
        const row = line === "" ? blank : (seen.get(line) ?? known.get(line) ?? parseRow(line, columns, table));
        seen.set(line, row);
        parsed.push(row);
      }
      known = seen;
      return { columns, rows: parsed };
    },
  };
}
