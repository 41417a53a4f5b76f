/** Rows of a pane under a filter, and the cursor among them. Pure. */
import type { PaneRow } from "./pane.ts";
import type { Place } from "./ui.ts";
import { lineText } from "./widgets/text.ts";

export const rowText = (row: PaneRow): string => row.text ?? lineText(row.line);
export const isSelectable = (row: PaneRow | undefined): boolean => row?.object !== undefined;

/**
 * Words that a row must all have; `!` in front: must not all have. `web01|r0`: either of them; `"r1"` in quotes: not as a part of `r10`.
 * Undefined: no filter.
 */
interface Filter {
  readonly words: readonly string[];
  readonly inverse: boolean;
}

function parseFilter(text: string): Filter | undefined {
  const inverse = text.startsWith("!");
  const words = (inverse ? text.slice(1) : text)
    .toLowerCase()
    .split(" ")
    .filter((word) => word !== "");
  return words.length === 0 ? undefined : { words, inverse };
}

const passes = (row: PaneRow, { words, inverse }: Filter): boolean => {
  const text = rowText(row).toLowerCase();
  return words.every((word) => word.split("|").some((each) => has(text, each))) !== inverse;
};

/** What names are made of: before and after it another name has begun. */
const nameChar = /[\p{L}\p{N}_]/u;

function has(text: string, word: string): boolean {
  const whole = word.length > 2 && word.startsWith('"') && word.endsWith('"') ? word.slice(1, -1) : undefined;
  if (whole === undefined) return word !== "" && text.includes(word);
  for (let at = text.indexOf(whole); at !== -1; at = text.indexOf(whole, at + 1))
    if (!nameChar.test(text[at - 1] ?? "") && !nameChar.test(text[at + whole.length] ?? "")) return true;
  return false;
}

/** Lines above a row that count as its headings. */
const HEADINGS_MAX = 2;

/**
 * Rows that pass, with the lines that continue them and the headings above them. A line without an object that passes by itself (a fact in a
 * detail) is shown too.
 */
export function filterRows(rows: readonly PaneRow[], text: string): readonly PaneRow[] {
  const filter = parseFilter(text);
  if (filter === undefined) return rows;
  const shown: PaneRow[] = [];
  const kept = new Set<string>();
  let headings: PaneRow[] = [];
  let after_object = false;
  for (const row of rows) {
    if (row.part_of !== undefined) {
      if (kept.has(row.part_of)) shown.push(row);
      continue;
    }
    const is_object = isSelectable(row);
    if (!is_object && after_object) headings = [];
    after_object = is_object;
    const is_shown = passes(row, filter) && (is_object || !filter.inverse);
    if (is_shown) {
      kept.add(row.key);
      shown.push(...(is_object ? headings.slice(-HEADINGS_MAX) : []), row);
      headings = [];
    } else if (!is_object) headings.push(row);
  }
  return shown;
}

/** The selectable row nearest to `index`; -1: there is none. */
function nearest(rows: readonly PaneRow[], index: number): number {
  for (let distance = 0; distance < rows.length; distance += 1) {
    if (isSelectable(rows[index + distance])) return index + distance;
    if (isSelectable(rows[index - distance])) return index - distance;
  }
  return -1;
}

export function findSelectable(rows: readonly PaneRow[], from: number, direction: 1 | -1): number {
  for (let index = from; index >= 0 && index < rows.length; index += direction) if (isSelectable(rows[index])) return index;
  return -1;
}

const topMax = (rows: readonly PaneRow[], page: number): number => Math.max(0, rows.length - page);
const clampTop = (rows: readonly PaneRow[], top: number, page: number): number => Math.min(Math.max(0, top), topMax(rows, page));

/** Lines around the cursor's row that are brought in view with it: headings above, continuations below. */
const COMPANIONS_MAX = 3;

function reveal(rows: readonly PaneRow[], cursor: number, top: number, page: number): number {
  let first = cursor;
  const above_max = findSelectable(rows, cursor - 1, -1) === -1 ? page - 1 : COMPANIONS_MAX;
  while (first > 0 && cursor - first < above_max && !isSelectable(rows[first - 1]) && rows[first - 1]?.part_of === undefined) first -= 1;
  let last = cursor;
  while (last - cursor < COMPANIONS_MAX && rows[last + 1]?.part_of !== undefined && rows[last + 1]?.part_of === rows[cursor]?.key)
    last += 1;
  const shown = first < top ? first : last >= top + page ? last - page + 1 : top;
  const kept = Math.min(shown, cursor);
  return clampTop(rows, cursor >= kept + page ? cursor - page + 1 : kept, page);
}

export interface Window {
  /** Index among the rows; -1: no row can be selected. */
  readonly cursor: number;
  readonly top: number;
}

/** Where the cursor and the window are now, whatever became of the rows since. */
export function windowOf(rows: readonly PaneRow[], place: Place, page: number): Window {
  const kept = place.key === undefined ? -1 : rows.findIndex((row) => row.key === place.key && isSelectable(row));
  const cursor = kept !== -1 ? kept : nearest(rows, Math.min(Math.max(0, place.index), Math.max(0, rows.length - 1)));
  const top = clampTop(rows, place.top, page);
  return { cursor, top: place.follow && cursor !== -1 ? reveal(rows, cursor, top, page) : top };
}

type Moved = Pick<Place, "key" | "index" | "top" | "follow">;

const at = (rows: readonly PaneRow[], cursor: number, top: number, page: number): Moved => ({
  key: rows[cursor]?.key,
  index: Math.max(0, cursor),
  top: cursor === -1 ? clampTop(rows, top, page) : reveal(rows, cursor, clampTop(rows, top, page), page),
  follow: true,
});

const scrolled = (rows: readonly PaneRow[], { cursor }: Window, top: number, page: number): Moved => ({
  key: rows[cursor]?.key,
  index: Math.max(0, cursor),
  top: clampTop(rows, top, page),
  follow: false,
});

/** One row up or down. Where the next selectable row is further than the window, the window moves instead, so that every line can be read. */
export function moveByOne(rows: readonly PaneRow[], window: Window, page: number, direction: 1 | -1): Moved {
  const { cursor, top } = window;
  const visible = cursor >= top && cursor < top + page;
  const from = visible ? cursor + direction : direction === 1 ? top : top + page - 1;
  const next = findSelectable(rows, from, direction);
  const near = next !== -1 && next >= top - 1 && next <= top + page;
  if (near) return at(rows, next, top, page);
  return scrolled(rows, window, top + direction, page);
}

/** `count` rows up or down, the window with the cursor. */
export function moveByRows(rows: readonly PaneRow[], window: Window, page: number, count: number): Moved {
  const direction = count < 0 ? -1 : 1;
  const top = clampTop(rows, window.top + count, page);
  const start = window.cursor >= window.top && window.cursor < window.top + page ? window.cursor : window.top;
  const target = Math.min(Math.max(0, start + count), Math.max(0, rows.length - 1));
  const ahead = findSelectable(rows, target, direction);
  const next = ahead !== -1 ? ahead : findSelectable(rows, target, direction === 1 ? -1 : 1);
  if (next !== -1 && next >= top && next < top + page) return { ...at(rows, next, top, page), top, follow: true };
  return scrolled(rows, window, top, page);
}

/** The window `count` rows up or down; the cursor stays on its row, also out of sight. */
export const scrollByRows = (rows: readonly PaneRow[], window: Window, page: number, count: number): Moved =>
  scrolled(rows, window, window.top + count, page);

/** The first line, whether or not it can be selected; the cursor is on the first row that can. */
export function moveToFirst(rows: readonly PaneRow[], page: number): Moved {
  const first = findSelectable(rows, 0, 1);
  return { key: rows[first]?.key, index: Math.max(0, first), top: 0, follow: first !== -1 && first < page };
}

export function moveToLast(rows: readonly PaneRow[], page: number): Moved {
  const last = findSelectable(rows, rows.length - 1, -1);
  return { ...at(rows, last, topMax(rows, page), page), top: topMax(rows, page), follow: last >= topMax(rows, page) };
}
