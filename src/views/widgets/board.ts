/** A pane in its frame: title line, the pane's header, the rows in sight with marks, cursor and scroll bar. */
import { GUTTER_COLUMNS, SCROLL_COLUMNS } from "../layout.ts";
import type { Line, Span } from "../pane.ts";
import type { Board } from "../scene.ts";
import type { Symbols } from "../symbols.ts";
import type { Emphasis } from "../theme.ts";
import { type Piece, piece } from "./canvas.ts";
import { cutLine, fitLine, fitText, lineWidth, span, wrapText } from "./text.ts";

/** `3 of 40 match "web"`, `by memory ↓`, `2 marked`. */
function notesOf(board: Board, symbols: Symbols): string[] {
  const notes: string[] = [];
  if (board.filter !== "") notes.push(`${board.passing} of ${board.total} match "${board.filter}"`);
  const sort = board.pane?.sorts.find(({ id }) => id === board.sort?.id);
  if (sort !== undefined) notes.push(`by ${sort.title} ${board.sort?.descending ? symbols.down : symbols.up}`);
  const marked = board.rows.filter((row) => board.marks.has(row.key)).length;
  if (marked > 0) notes.push(`${marked} marked`);
  return notes;
}

function positionOf(board: Board): string {
  if (board.rows.length <= board.page) return "";
  return `${board.top + 1}-${Math.min(board.rows.length, board.top + board.page)} of ${board.rows.length}`;
}

export function titleRule(board: Board, trail: readonly string[], symbols: Symbols): Line {
  const { width } = board.area;
  const line = (columns: number): Span => span(symbols.horizontal.repeat(Math.max(0, columns)), "dim");
  const title = [...trail, board.title];
  const left: Span[] = [line(1), span(" ")];
  for (const [index, part] of title.entries()) {
    if (index > 0) left.push(span(` ${symbols.right} `, "dim"));
    const last = index === title.length - 1;
    left.push(last ? { text: part, tone: board.focused ? "accent" : "dim", bold: board.focused } : span(part, "dim"));
  }
  left.push(span(" "));
  for (const note of notesOf(board, symbols)) left.push(line(1), span(` ${note} `, "accent"));
  const position = positionOf(board);
  const right: Line = position === "" ? [line(1)] : [span(` ${position} `, "dim"), line(1)];
  const kept = cutLine(left, width - lineWidth(right));
  return [...kept, line(width - lineWidth(kept) - lineWidth(right)), ...right];
}

function scrollCell(board: Board, index: number, symbols: Symbols): Span {
  const { rows, page, top } = board;
  if (rows.length <= page) return span(" ");
  const size = Math.max(1, Math.round((page * page) / rows.length));
  const start = Math.round((top / (rows.length - page)) * (page - size));
  return index >= start && index < start + size ? span(symbols.scroll_thumb, "dim") : span(" ");
}

function gutter(board: Board, index: number, symbols: Symbols): Span {
  const row = board.rows[index];
  if (row !== undefined && board.marks.has(row.key)) return span(symbols.mark, "accent");
  return index === board.cursor ? span(symbols.cursor, board.focused ? "accent" : "dim") : span(" ");
}

function emptyLines(board: Board, width: number): Line[] {
  const text_width = Math.min(width - 4, 72);
  const lines = wrapText(board.empty, text_width).map((text): Line => [span(fitText(text, width, "center"), "dim")]);
  const above = Math.max(0, Math.floor((board.page - lines.length) / 3));
  return [...Array.from({ length: above }, (): Line => []), ...lines];
}

/** Exactly `area.height` pieces of `area.width` columns. */
export function drawBoard(board: Board, trail: readonly string[], symbols: Symbols): Piece[] {
  const { width, height } = board.area;
  const inner = width - GUTTER_COLUMNS - SCROLL_COLUMNS;
  const pieces: Piece[] = [piece(titleRule(board, trail, symbols), width)];
  for (const line of board.header) pieces.push(piece([span(" "), ...line], width));
  const empty = board.rows.length === 0 ? emptyLines(board, width) : [];
  for (let offset = 0; offset < board.page; offset += 1) {
    const index = board.top + offset;
    const row = board.rows[index];
    if (row === undefined) {
      pieces.push(piece(empty[offset] ?? [], width));
      continue;
    }
    const here = index === board.cursor;
    const emphasis: Emphasis = !here ? "none" : board.focused ? "cursor" : "cursor_elsewhere";
    pieces.push(piece([gutter(board, index, symbols), ...fitLine(row.line, inner), scrollCell(board, offset, symbols)], width, emphasis));
  }
  return pieces.slice(0, height);
}
