/** A framed box over the panes. */
import type { Line } from "../pane.ts";
import type { Symbols } from "../symbols.ts";
import { type Box, type CanvasRow, piece } from "./canvas.ts";
import { cut, fitLine, span, textWidth } from "./text.ts";

/** Columns that a box's frame and padding take of its width. */
export const BOX_FRAME_COLUMNS = 4;
export const BOX_FRAME_ROWS = 2;

export interface BoxContent {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Index of the line under the cursor, if any. */
  readonly cursor?: number;
  /** In the lower edge, at its end. */
  readonly note?: string;
}

function edge(left: string, right: string, text: string, at_end: boolean, width: number, symbols: Symbols): Line {
  const shown = text === "" ? "" : ` ${cut(text, width - 6)} `;
  const room = width - 3 - textWidth(shown);
  const title = span(shown, at_end ? "dim" : "title");
  return at_end
    ? [span(left + symbols.horizontal.repeat(Math.max(0, room)), "dim"), title, span(symbols.horizontal + right, "dim")]
    : [span(left + symbols.horizontal, "dim"), title, span(symbols.horizontal.repeat(Math.max(0, room)) + right, "dim")];
}

export function drawBox(
  content: BoxContent,
  place: { readonly x: number; readonly y: number; readonly width: number },
  symbols: Symbols,
): Box {
  const { width } = place;
  const inner = width - BOX_FRAME_COLUMNS;
  const { corner, vertical } = symbols;
  const side: Line = [span(vertical, "dim")];
  const body = content.lines.map((line, index): CanvasRow => {
    const emphasis = index === content.cursor ? "cursor" : "none";
    return [piece(side, 1), piece([span(" "), ...fitLine(line, inner), span(" ")], inner + 2, emphasis), piece(side, 1)];
  });
  return {
    ...place,
    rows: [
      [piece(edge(corner.top_left, corner.top_right, content.title, false, width, symbols), width)],
      ...body,
      [piece(edge(corner.bottom_left, corner.bottom_right, content.note ?? "", true, width, symbols), width)],
    ],
  };
}

/** The column and width of a box of at most `most` columns in the middle of the window. */
export function centred(columns: number, most: number): { readonly x: number; readonly width: number } {
  const width = Math.min(most, columns - 2);
  return { x: Math.floor((columns - width) / 2), width };
}
