/**
 * The fewest bytes that turn what the terminal shows into the next frame. Never clears the screen: a row that isn't known is erased to its end
 * and written, nothing else is touched twice.
 */
import { blankRow, type Grid, type Row } from "./grid.ts";
import { PLAIN, type StyleTable } from "./sgr.ts";
import { isWidthCertain } from "./width.ts";

/** Where the terminal's cursor is and what it writes with. */
export interface Pen {
  /** undefined: anywhere. */
  row: number | undefined;
  /** undefined: somewhere on the row (after the last column, or after a character whose width terminals disagree on). */
  column: number | undefined;
  style: number;
}

/** Erasing to the end of the row takes three bytes; fewer blanks than this are written. */
const ERASE_CELLS_MIN = 4;

/** Erasing in the middle of a row takes an escape, and another to go on: fewer blanks than this are written. */
const BLANKS_MIN = 12;

interface Draft {
  readonly parts: string[];
  readonly pen: Pen;
  readonly table: StyleTable;
  readonly columns: number;
  cells: number;
}

const certain = (glyph: string): boolean => {
  const code = glyph.codePointAt(0) ?? 0;
  return code < 0x80 ? glyph.length === 1 : isWidthCertain(code) && glyph.length === (code > 0xffff ? 2 : 1);
};

const differ = (a: Row, b: Row, x: number): boolean => a.glyphs[x] !== b.glyphs[x] || a.styles[x] !== b.styles[x];

/** Cells between the cursor and `to` that can be written again in the present style more cheaply than jumped over. */
function gapText(draft: Draft, row: Row, from: number, to: number, limit: number): string | undefined {
  if (to - from > limit) return undefined;
  let text = "";
  for (let x = from; x < to; x += 1) {
    const glyph = row.glyphs[x] ?? "";
    const same = row.styles[x] === draft.pen.style || (glyph === " " && row.styles[x] === PLAIN && draft.table.blankSafe(draft.pen.style));
    if (!same || glyph.length !== 1 || glyph > "~") return undefined;
    text += glyph;
  }
  return text;
}

const cursorTo = (y: number, x: number): string => (x === 0 ? (y === 0 ? "\x1b[H" : `\x1b[${y + 1}H`) : `\x1b[${y + 1};${x + 1}H`);

function moveTo(draft: Draft, row: Row, y: number, x: number): void {
  const { pen } = draft;
  if (pen.row === y && pen.column === x) return;
  let move = cursorTo(y, x);
  if (pen.row === y) {
    const options = [x === 0 ? "\r" : `\x1b[${x + 1}G`];
    if (pen.column !== undefined) {
      const distance = x - pen.column;
      if (distance > 0) {
        options.push(distance === 1 ? "\x1b[C" : `\x1b[${distance}C`);
        const gap = gapText(draft, row, pen.column, x, ERASE_CELLS_MIN);
        if (gap !== undefined) options.push(gap);
      } else options.push(distance === -1 ? "\b" : `\x1b[${-distance}D`);
    }
    for (const option of options) if (option.length < move.length) move = option;
  }
  draft.parts.push(move);
  pen.row = y;
  pen.column = x;
}

function setStyle(draft: Draft, style: number): void {
  draft.parts.push(draft.table.between(draft.pen.style, style));
  draft.pen.style = style;
}

function writeCell(draft: Draft, row: Row, y: number, x: number): void {
  const glyph = row.glyphs[x] ?? " ";
  const style = row.styles[x] ?? PLAIN;
  moveTo(draft, row, y, x);
  if (!(glyph === " " && style === PLAIN && draft.table.blankSafe(draft.pen.style))) setStyle(draft, style);
  draft.parts.push(glyph);
  draft.cells += 1;
  const next = x + (row.glyphs[x + 1] === "" ? 2 : 1);
  draft.pen.column = next < draft.columns && certain(glyph) ? next : undefined;
}

/** From where the row is better erased than written; `columns` where it isn't. */
function eraseFrom(previous: Row, next: Row, columns: number): number {
  let first = columns;
  let changed = 0;
  for (let x = next.blank_from; x < columns; x += 1) {
    if (!differ(previous, next, x)) continue;
    if (changed === 0) first = x;
    changed += 1;
  }
  return changed >= ERASE_CELLS_MIN ? first : columns;
}

/** How many columns from `x` on become blank: up to the last changed one before the next character. */
function blanksAt(previous: Row, next: Row, x: number, limit: number): number {
  let last = x - 1;
  for (let at = x; at < limit && next.glyphs[at] === " " && next.styles[at] === PLAIN; at += 1) if (differ(previous, next, at)) last = at;
  return last - x + 1;
}

function eraseCells(draft: Draft, row: Row, y: number, x: number, count: number): void {
  moveTo(draft, row, y, x);
  if (draft.table.hasBackground(draft.pen.style)) setStyle(draft, PLAIN);
  draft.parts.push(`\x1b[${count}X`);
  draft.cells += 1;
}

function diffRow(draft: Draft, previous: Row, next: Row, y: number): void {
  const erase = eraseFrom(previous, next, draft.columns);
  for (let x = 0; x < erase; x += 1) {
    if (!differ(previous, next, x)) continue;
    const blanks = next.glyphs[x] === " " ? blanksAt(previous, next, x, erase) : 0;
    if (blanks >= BLANKS_MIN) {
      eraseCells(draft, next, y, x, blanks);
      x += blanks - 1;
      continue;
    }
    // The right half of a wide character is written with its left half.
    if (next.glyphs[x] === "") {
      if (x > 0 && !differ(previous, next, x - 1)) writeCell(draft, next, y, x - 1);
      continue;
    }
    writeCell(draft, next, y, x);
  }
  if (erase < draft.columns) {
    moveTo(draft, next, y, erase);
    if (draft.table.hasBackground(draft.pen.style)) setStyle(draft, PLAIN);
    draft.parts.push("\x1b[K");
    draft.cells += 1;
  }
}

export interface Diff {
  readonly text: string;
  /** Cells written. */
  readonly cells: number;
  /** Rows that differ. */
  readonly rows: number;
}

/**
 * `previous` undefined: nothing is known of what the terminal shows. The pen is moved on to where the terminal will be.
 * The first move of a frame is absolute, so that a stray cursor can't spoil more than one frame.
 */
export function diffGrid(previous: Grid | undefined, next: Grid, pen: Pen, table: StyleTable): Diff {
  const draft: Draft = { parts: [], pen, table, columns: next.columns, cells: 0 };
  const blank = blankRow(next.columns);
  let rows = 0;
  pen.row = undefined;
  pen.column = undefined;
  for (const [y, row] of next.rows.entries()) {
    const before = previous?.columns === next.columns ? previous.rows[y] : undefined;
    if (before === row) continue;
    if (before === undefined) {
      moveTo(draft, row, y, 0);
      if (table.hasBackground(pen.style)) setStyle(draft, PLAIN);
      draft.parts.push("\x1b[K");
    }
    const written = draft.parts.length;
    diffRow(draft, before ?? blank, row, y);
    if (before === undefined || draft.parts.length > written) rows += 1;
  }
  return { text: draft.parts.join(""), cells: draft.cells, rows };
}
