/** Looking for text in an emulator's lines. Lines that the guest's terminal broke are one line here. Pure but for reading the emulator. */
import { columnsOf } from "./cells.ts";
import type { Emulator } from "./emulator.ts";

/** A stretch of one line of the buffer. */
export interface Piece {
  readonly line: number;
  readonly column: number;
  readonly width: number;
}
/** One finding: more than one piece where the line was broken within it. */
export type Match = readonly Piece[];

const WRAPPED_MAX = 100;

/** The line that `index` is a part of: first of its lines, and the one after the last. */
export function wholeLine(emulator: Emulator, index: number): { readonly first: number; readonly end: number } {
  let first = index;
  while (first > 0 && index - first < WRAPPED_MAX && emulator.line(first)?.isWrapped === true) first -= 1;
  let end = index + 1;
  while (end < emulator.lines && end - index < WRAPPED_MAX && emulator.line(end)?.isWrapped === true) end += 1;
  return { first, end };
}

interface Place {
  readonly line: number;
  readonly column: number;
  readonly width: number;
}

/** The text of some lines, and where each of its characters (UTF-16) stands. */
function textAndPlaces(emulator: Emulator, first: number, end: number): { readonly text: string; readonly places: readonly Place[] } {
  let text = "";
  const places: Place[] = [];
  for (let line = first; line < end; line += 1) {
    const columns = columnsOf(emulator, line);
    for (const [column, characters] of columns.entries()) {
      const width = columns[column + 1] === "" ? 2 : 1;
      for (let unit = 0; unit < characters.length; unit += 1) places.push({ line, column, width });
      text += characters;
    }
  }
  return { text, places };
}

function piecesOf(places: readonly Place[]): Match {
  const pieces: { line: number; column: number; width: number }[] = [];
  for (const { line, column, width } of places) {
    const last = pieces.at(-1);
    if (last === undefined || last.line !== line) pieces.push({ line, column, width });
    else last.width = column + width - last.column;
  }
  return pieces;
}

/** Small letters find large ones, too; a large one is meant. */
const isExact = (wanted: string): boolean => wanted !== wanted.toLowerCase();

/** All findings in the line that `index` is a part of, from left to right. */
export function matchesAt(emulator: Emulator, wanted: string, index: number): readonly Match[] {
  if (wanted === "") return [];
  const { first, end } = wholeLine(emulator, index);
  const { text, places } = textAndPlaces(emulator, first, end);
  const lower = text.toLowerCase();
  // Letters that change their length by case are looked for as they are.
  const searched = isExact(wanted) || lower.length !== text.length ? text : lower;
  const matches: Match[] = [];
  for (let at = searched.indexOf(wanted); at !== -1; at = searched.indexOf(wanted, at + wanted.length))
    matches.push(piecesOf(places.slice(at, at + wanted.length)));
  return matches;
}

const isBefore = (a: Piece, b: Pick<Piece, "line" | "column">): boolean => a.line < b.line || (a.line === b.line && a.column < b.column);

/** The nearest finding before or after a place; undefined: there is none that way. */
export function findFrom(emulator: Emulator, wanted: string, from: Pick<Piece, "line" | "column">, direction: 1 | -1): Match | undefined {
  let index = from.line;
  while (index >= 0 && index < emulator.lines) {
    const { first, end } = wholeLine(emulator, index);
    const beyond = matchesAt(emulator, wanted, index).filter(([piece]) =>
      piece === undefined ? false : direction === 1 ? isBefore({ ...from, width: 1 }, piece) : isBefore(piece, from),
    );
    const found = direction === 1 ? beyond[0] : beyond.at(-1);
    if (found !== undefined) return found;
    index = direction === 1 ? end : first - 1;
  }
  return undefined;
}
