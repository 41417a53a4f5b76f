/** A frame as rows of pieces: lines of exact width side by side, each with its emphasis. */
import type { Line } from "../pane.ts";
import type { Emphasis, Theme } from "../theme.ts";
import { fitLine, lineWidth, sliceLine } from "./text.ts";

export interface Piece {
  readonly line: Line;
  readonly emphasis: Emphasis;
}
export type CanvasRow = readonly Piece[];

export const piece = (line: Line, width: number, emphasis: Emphasis = "none"): Piece => ({ line: fitLine(line, width), emphasis });

const sliceRow = (row: CanvasRow, from: number, to: number): CanvasRow => {
  let start = 0;
  return row.flatMap(({ line, emphasis }) => {
    const width = lineWidth(line);
    const begin = start;
    start += width;
    if (begin >= to || start <= from) return [];
    if (begin >= from && start <= to) return [{ line, emphasis }];
    return [{ line: sliceLine(line, from - begin, to - begin), emphasis }];
  });
};

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Each of exactly `width` columns. */
  readonly rows: readonly CanvasRow[];
}

/** The rows with a box laid over them; what of it is outside is cut. */
export function layOver(rows: readonly CanvasRow[], box: Box, columns: number): readonly CanvasRow[] {
  return rows.map((row, y) => {
    const over = box.rows[y - box.y];
    if (over === undefined) return row;
    return [...sliceRow(row, 0, box.x), ...over, ...sliceRow(row, box.x + box.width, columns)];
  });
}

export const encodeRow = (row: CanvasRow, theme: Theme): string => row.map(({ line, emphasis }) => theme.encode(line, emphasis)).join("");
