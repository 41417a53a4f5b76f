/** A real terminal emulator to hold the sink against, counting widths as the console does. */
import xterm from "@xterm/headless";
import { isDropped, widthOfCodePoint } from "../../../src/views/terminal/width.ts";

export type Xterm = xterm.Terminal;

const WIDE = 2;

export function createXterm(columns: number, rows: number): Xterm {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  const wcwidth = (code: number): 0 | 1 | 2 => (isDropped(code) ? 0 : widthOfCodePoint(code));
  terminal.unicode.register({
    version: "console",
    wcwidth,
    // As xterm's own table does it: the width in bits 1 and 2, whether it joins the character before in bit 0.
    charProperties: (code, preceding) => {
      const joins = wcwidth(code) === 0 && preceding !== 0;
      const width = joins ? Math.max((preceding >> 1) & 3, 0) : wcwidth(code);
      return (width << 1) | (joins ? 1 : 0);
    },
  });
  terminal.unicode.activeVersion = "console";
  return terminal;
}

export const writeTo = (terminal: Xterm, text: string): Promise<void> => new Promise((done) => terminal.write(text, done));

export interface Cell {
  readonly text: string;
  readonly foreground: string;
  readonly background: string;
  readonly flags: string;
}

const blank: Cell = { text: " ", foreground: "", background: "", flags: "" };

/** The cells of the visible screen. What can't be seen (the colour of a blank) is left out. */
export function cellsOf(terminal: Xterm): Cell[][] {
  const buffer = terminal.buffer.active;
  return Array.from({ length: terminal.rows }, (_, y) => {
    const line = buffer.getLine(buffer.viewportY + y);
    return Array.from({ length: terminal.cols }, (_, x): Cell => {
      const cell = line?.getCell(x);
      if (cell === undefined) return blank;
      const text = cell.getWidth() === 0 ? "" : cell.getChars() || " ";
      const background = cell.isBgDefault() ? "" : `${cell.isBgRGB() ? "rgb" : "palette"} ${cell.getBgColor()}`;
      const shows = `${cell.isInverse() ? "inverse " : ""}${cell.isUnderline() ? "underline " : ""}${cell.isStrikethrough() ? "strike " : ""}`;
      if (text === " " && background === "" && shows === "") return blank;
      const foreground = cell.isFgDefault() ? "" : `${cell.isFgRGB() ? "rgb" : "palette"} ${cell.getFgColor()}`;
      const flags = `${shows}${cell.isBold() ? "bold " : ""}${cell.isDim() ? "dim " : ""}${cell.isItalic() ? "italic " : ""}`;
      return { text, foreground, background, flags };
    });
  });
}

export const textOf = (terminal: Xterm): string[] =>
  cellsOf(terminal).map((row) =>
    row
      .map((cell) => cell.text)
      .join("")
      .trimEnd(),
  );

/** Columns that a cell of the emulator takes. */
export const isWide = (terminal: Xterm, y: number, x: number): boolean =>
  terminal.buffer.active.getLine(y)?.getCell(x)?.getWidth() === WIDE;
