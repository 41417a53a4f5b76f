/**
 * What of an emulator is in sight: the end of what the guest prints, or the lines above, to be read, searched and copied while the guest goes on.
 * A line that is read stays where it is until it is no longer kept.
 */
import type { Line } from "../pane.ts";
import type { ColourDepth } from "../theme.ts";
import { drawLine, plainText } from "./cells.ts";
import type { Anchor, Emulator } from "./emulator.ts";
import type { ScreenSize } from "./intake.ts";
import { findFrom, type Match, matchesAt, wholeLine } from "./search.ts";

export interface Sight {
  readonly rows: readonly Line[];
  /** First column in sight; 0 where all are. */
  readonly left: number;
  /** Lines above and below what is in sight. */
  readonly above: number;
  readonly below: number;
}

export interface Look {
  readonly depth: ColourDepth;
  /** Where the guest's cursor is drawn. */
  readonly cursor: boolean;
}

export interface Reader {
  readonly reading: boolean;
  readonly selecting: boolean;
  /** What was looked for last; empty: nothing. */
  readonly wanted: string;
  /** Lines up (less than 0) or down; begins to read. `page`: rows in sight. */
  move(lines: number, page: number): void;
  toFirst(page: number): void;
  toLast(page: number): void;
  /** Back to the end, with whatever comes. */
  follow(): void;
  /** Begins to mark lines at the present one, or ends it. */
  select(page: number): void;
  /** False: there is none that way. */
  find(wanted: string, direction: 1 | -1, page: number): boolean;
  /** The marked lines, else the present one, else (while following) what is in sight. */
  copy(page: number): readonly string[];
  copyAll(): readonly string[];
  sight(size: ScreenSize, look: Look): Sight;
}

interface Place {
  readonly line: number;
  let_go(): void;
}

/** The last line that holds anything, or the cursor. */
function lastUsed(emulator: Emulator): number {
  for (let line = emulator.lines - 1; line > emulator.cursor.line; line -= 1)
    if (emulator.line(line)?.translateToString(true) !== "") return line;
  return emulator.cursor.line;
}

/** Lines that belong together are copied as one. */
function textLines(emulator: Emulator, first: number, end: number): string[] {
  const texts: string[] = [];
  for (let line = wholeLine(emulator, first).first; line < end; ) {
    const { end: next } = wholeLine(emulator, line);
    texts.push(Array.from({ length: next - line }, (_, at) => plainText(emulator, line + at)).join(""));
    line = next;
  }
  while (texts.at(-1) === "") texts.pop();
  return texts;
}

export function createReader(emulator: Emulator): Reader {
  let at: Place | undefined;
  let marked: Place | undefined;
  /** Rows above the present line. */
  let offset = 0;
  let alternate = false;
  let wanted = "";
  let match: Match | undefined;

  const placeAt = (line: number): Place => {
    const anchor: Anchor | undefined = emulator.anchor(line);
    return anchor ?? { line, let_go: () => undefined };
  };
  const topWhileFollowing = (page: number): number => {
    const first = emulator.alternate ? emulator.base : 0;
    if (emulator.size.rows <= page) return Math.max(first, emulator.lines - page);
    // Less than the guest's screen: the end of it, but never without the cursor.
    return Math.max(first, Math.min(lastUsed(emulator) + 1 - page, emulator.cursor.line));
  };
  const follow = (): void => {
    at?.let_go();
    marked?.let_go();
    [at, marked, match] = [undefined, undefined, undefined];
  };
  /** A full-screen program that came or went leaves nothing of what was read. */
  const settle = (): void => {
    if (at !== undefined && emulator.alternate !== alternate) follow();
  };
  const goTo = (line: number, row: number, page: number): void => {
    alternate = emulator.alternate;
    const to = Math.min(Math.max(0, line), emulator.lines - 1);
    at?.let_go();
    at = placeAt(to);
    offset = Math.min(Math.max(0, row), page - 1, to);
  };
  const begin = (page: number): number => {
    settle();
    if (at === undefined) {
      const top = topWhileFollowing(page);
      goTo(Math.min(top + page, lastUsed(emulator) + 1) - 1, page, page);
      offset = Math.min(page - 1, (at as Place | undefined)?.line ?? 0);
    }
    return at?.line ?? 0;
  };
  const range = (): readonly [number, number] | undefined => {
    if (at === undefined) return undefined;
    const other = marked?.line ?? at.line;
    return [Math.min(at.line, other), Math.max(at.line, other) + 1];
  };
  const topOf = (page: number): number => {
    if (at === undefined) return topWhileFollowing(page);
    return Math.min(Math.max(0, at.line - offset), Math.max(0, emulator.lines - page));
  };

  return {
    get reading() {
      settle();
      return at !== undefined;
    },
    get selecting() {
      return marked !== undefined;
    },
    get wanted() {
      return wanted;
    },
    move: (lines, page) => {
      const line = begin(page);
      goTo(line + lines, offset + lines, page);
    },
    toFirst: (page) => {
      begin(page);
      goTo(0, 0, page);
    },
    toLast: (page) => {
      begin(page);
      goTo(lastUsed(emulator), page - 1, page);
    },
    follow,
    select: (page) => {
      const line = begin(page);
      if (marked === undefined) marked = placeAt(line);
      else {
        marked.let_go();
        marked = undefined;
      }
    },
    find: (text, direction, page) => {
      wanted = text;
      const line = begin(page);
      const before = match?.[0];
      const from = before !== undefined && before.line === line ? before : { line, column: direction === 1 ? -1 : emulator.size.columns };
      const found = findFrom(emulator, text, from, direction);
      const first = found?.[0];
      if (found === undefined || first === undefined) return false;
      const top = topOf(page);
      goTo(first.line, first.line >= top && first.line < top + page ? first.line - top : Math.floor(page / 2), page);
      match = found;
      return true;
    },
    copy: (page) => {
      settle();
      const lines = range();
      if (lines !== undefined) return textLines(emulator, ...lines);
      const top = topWhileFollowing(page);
      return textLines(emulator, top, Math.min(emulator.lines, top + page));
    },
    copyAll: () => textLines(emulator, 0, emulator.lines),
    sight: ({ columns, rows }, look) => {
      settle();
      const top = topOf(rows);
      const { cursor, size } = emulator;
      const left =
        at === undefined && look.cursor && cursor.column >= columns ? Math.min(cursor.column - columns + 1, size.columns - columns) : 0;
      const lines = range();
      const turnedAt = (line: number): ((column: number) => boolean) | undefined => {
        const bar = lines !== undefined && line >= lines[0] && line < lines[1];
        const found =
          at === undefined || wanted === ""
            ? []
            : matchesAt(emulator, wanted, line)
                .flat()
                .filter((piece) => piece.line === line);
        const here = look.cursor && cursor.shown && at === undefined && cursor.line === line;
        if (found.length === 0 && !here) return bar ? () => true : undefined;
        // What was found stands out in the bar, too.
        return (column) =>
          bar !==
          ((here && column === cursor.column) || found.some((piece) => column >= piece.column && column < piece.column + piece.width));
      };
      return {
        rows: Array.from({ length: rows }, (_, row): Line => {
          const line = top + row;
          return line < emulator.lines ? drawLine(emulator, line, { from: left, width: columns }, turnedAt(line), look.depth) : [];
        }),
        left,
        above: top,
        below: Math.max(0, lastUsed(emulator) + 1 - top - rows),
      };
    },
  };
}
