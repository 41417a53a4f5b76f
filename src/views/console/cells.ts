/** Cells of a guest's emulator as lines that the console draws: harmless characters, each exactly as wide as its cell. */
import type { IBufferCell } from "@xterm/headless";
import type { Line, Span } from "../pane.ts";
import { textWidth, widthOfCodePoint } from "../terminal/width.ts";
import type { ColourDepth } from "../theme.ts";
import { type Colour, colourParameters } from "./colours.ts";
import type { Emulator } from "./emulator.ts";

/** Controls, formats (bidi, zero width), halves of characters, separators, and what is only for private use: a guest shows letters and nothing else. */
const unfit = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;
const REPLACED = "\ufffd";
const printableAscii = /^[\x20-\x7e]$/;

/** The characters of a cell of `width` columns. */
export function glyphOf(characters: string, width: number): string {
  if (width === 1 && printableAscii.test(characters)) return characters;
  if (characters === "") return " ".repeat(width);
  const [first = "", ...marks] = [...characters.replace(unfit, "")];
  const kept = marks.filter((mark) => widthOfCodePoint(mark.codePointAt(0) ?? 0) === 0).join("");
  if (first !== "" && textWidth(first) === width) return first + kept;
  return REPLACED + " ".repeat(Math.max(0, width - 1));
}

/** What of an attribute is drawn as it is. Hidden text isn't shown, and neither is it sent. */
const attributes: readonly (readonly [code: string, is: (cell: IBufferCell) => number])[] = [
  ["1", (cell) => cell.isBold()],
  ["2", (cell) => cell.isDim()],
  ["3", (cell) => cell.isItalic()],
  ["4", (cell) => cell.isUnderline()],
  ["5", (cell) => cell.isBlink()],
  ["9", (cell) => cell.isStrikethrough()],
  ["53", (cell) => cell.isOverline()],
];

const colourOf = (is_default: boolean, is_rgb: boolean, value: number): Colour =>
  is_default ? { kind: "default" } : is_rgb ? { kind: "rgb", value } : { kind: "palette", index: value };

function parametersOf(cell: IBufferCell, inverse: boolean, depth: ColourDepth): string {
  const set = attributes.filter(([, is]) => is(cell) !== 0).map(([code]) => code);
  if (inverse) set.push("7");
  const text = colourParameters(colourOf(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()), "text", depth);
  const ground = colourParameters(colourOf(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()), "ground", depth);
  return [...set, text, ground].filter((part) => part !== "").join(";");
}

/** How a column stands out besides what the guest wants: turned round, for the cursor, a selection or what was found. */
export type Turned = (column: number) => boolean;

export interface Stretch {
  /** First column, and how many. */
  readonly from: number;
  readonly width: number;
}

/** Everything that makes two cells look alike, in two numbers. */
const looksOf = (cell: IBufferCell): number =>
  (cell.isBold() !== 0 ? 1 : 0) |
  (cell.isDim() !== 0 ? 2 : 0) |
  (cell.isItalic() !== 0 ? 4 : 0) |
  (cell.isUnderline() !== 0 ? 8 : 0) |
  (cell.isBlink() !== 0 ? 16 : 0) |
  (cell.isInverse() !== 0 ? 32 : 0) |
  (cell.isInvisible() !== 0 ? 64 : 0) |
  (cell.isStrikethrough() !== 0 ? 128 : 0) |
  (cell.isOverline() !== 0 ? 256 : 0) |
  (cell.isFgDefault() ? 512 : cell.isFgRGB() ? 1024 : 2048) |
  (cell.isBgDefault() ? 4096 : cell.isBgRGB() ? 8192 : 16384);

/** One line of the buffer. Columns beyond what the line has are blank; a wide character that doesn't fit whole isn't shown. */
export function drawLine(
  emulator: Emulator,
  index: number,
  { from, width }: Stretch,
  turned: Turned | undefined,
  depth: ColourDepth,
): Line {
  const line = emulator.line(index);
  const spans: Span[] = [];
  let text = "";
  let parameters = "";
  let looks = -1;
  let fg = -1;
  let bg = -1;
  let flip = false;
  const finish = (): void => {
    if (text !== "") spans.push(parameters === "" ? { text } : { text, sgr: parameters });
    text = "";
  };
  for (let column = from; column < from + width; ) {
    const cell = line?.getCell(column, emulator.cell);
    const wanted = turned?.(column) ?? false;
    if (cell === undefined) {
      if (looks !== -2 || flip !== wanted) {
        finish();
        parameters = wanted ? "7" : "";
        [looks, flip] = [-2, wanted];
      }
      text += " ";
      column += 1;
      continue;
    }
    const now = looksOf(cell);
    if (now !== looks || cell.getFgColor() !== fg || cell.getBgColor() !== bg || wanted !== flip) {
      finish();
      [looks, fg, bg, flip] = [now, cell.getFgColor(), cell.getBgColor(), wanted];
      parameters = parametersOf(cell, (cell.isInverse() !== 0) !== wanted, depth);
    }
    // The right half alone, where its left one is out of sight.
    const columns = cell.getWidth() === 0 ? 1 : cell.getWidth();
    const shown = cell.isInvisible() !== 0 || cell.getWidth() === 0 || column + columns > from + width ? "" : cell.getChars();
    text += shown === "" ? " ".repeat(Math.min(columns, from + width - column)) : glyphOf(shown, columns);
    column += columns;
  }
  finish();
  return spans;
}

/** A line's text by columns: the right half of a wide character is empty. */
export function columnsOf(emulator: Emulator, index: number): readonly string[] {
  const line = emulator.line(index);
  if (line === undefined) return [];
  const texts: string[] = [];
  for (let column = 0; column < line.length; column += 1) {
    const cell = line.getCell(column, emulator.cell);
    const width = cell?.getWidth() ?? 1;
    texts.push(width === 0 ? "" : cell === undefined || cell.isInvisible() !== 0 ? " ".repeat(width) : glyphOf(cell.getChars(), width));
  }
  return texts;
}

export const plainText = (emulator: Emulator, index: number): string => columnsOf(emulator, index).join("").trimEnd();
