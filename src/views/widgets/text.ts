/** Lines of spans measured, cut and joined by columns. Pure; every pane and the shell go by it. */
import type { Line, Span, Tone } from "../pane.ts";
import { isDropped, textWidth, widthOfCodePoint } from "../terminal/width.ts";

export { textWidth } from "../terminal/width.ts";

/** Shown where text was cut. One column; theme-free: `--ascii` replaces it when the row is drawn. */
export const ELLIPSIS = "…";

export const lineText = (line: Line): string => line.map((span) => span.text).join("");
export const lineWidth = (line: Line): number => line.reduce((sum, span) => sum + textWidth(span.text), 0);

/** The longest start of `text` that fits `width` columns. A wide character that would be halved is left out. */
export function takeColumns(text: string, width: number): string {
  if (width <= 0) return "";
  if (text.length <= width && textWidth(text) <= width) return text;
  let used = 0;
  let taken = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const columns = isDropped(code) ? 0 : widthOfCodePoint(code);
    if (used + columns > width) break;
    used += columns;
    taken += character.length;
  }
  return text.slice(0, taken);
}

/** `text` in at most `width` columns, with an ellipsis where it was cut. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  return width <= 0 ? "" : `${takeColumns(text, width - 1)}${ELLIPSIS}`;
}

/** `text` in exactly `width` columns: cut or padded. */
export function fitText(text: string, width: number, align: "left" | "right" | "center" = "left"): string {
  const shown = cut(text, width);
  const room = Math.max(0, width - textWidth(shown));
  if (align === "right") return " ".repeat(room) + shown;
  if (align === "center") return " ".repeat(Math.floor(room / 2)) + shown + " ".repeat(Math.ceil(room / 2));
  return shown + " ".repeat(room);
}

/** Like `cut`, but keeps both ends: for identifiers that differ at the end (WWIDs, paths). */
export function cutMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width <= 2) return cut(text, width);
  const characters = [...text];
  const tail_width = Math.floor((width - 1) / 2);
  let tail = "";
  while (characters.length > 0) {
    const longer = (characters.pop() ?? "") + tail;
    if (textWidth(longer) > tail_width) break;
    tail = longer;
  }
  return `${takeColumns(text, width - 1 - textWidth(tail))}${ELLIPSIS}${tail}`;
}

/** A line cut to `width` columns, with an ellipsis in the tone of the span it fell in. */
export function cutLine(line: Line, width: number): Line {
  let left = width;
  const kept: Span[] = [];
  for (const [index, span] of line.entries()) {
    const columns = textWidth(span.text);
    const more = line.slice(index + 1).some((later) => later.text !== "");
    if (columns < left || (columns === left && !more)) {
      kept.push(span);
      left -= columns;
      continue;
    }
    const text = columns <= left && !more ? span.text : `${takeColumns(span.text, left - 1)}${left > 0 ? ELLIPSIS : ""}`;
    if (text !== "") kept.push({ ...span, text });
    left -= textWidth(text);
    break;
  }
  return kept;
}

/** A line of exactly `width` columns. */
export function fitLine(line: Line, width: number): Line {
  const kept = lineWidth(line) > width ? cutLine(line, width) : line;
  const room = width - lineWidth(kept);
  return room > 0 ? [...kept, { text: " ".repeat(room) }] : kept;
}

/** `left` and `right` at the two ends of `width` columns; where both don't fitText, the left end gives way. */
export function spread(left: Line, right: Line, width: number): Line {
  const right_width = lineWidth(right);
  if (right_width >= width) return fitLine(right, width);
  return [...fitLine(left, width - right_width), ...right];
}

export const span = (text: string, tone?: Tone): Span => (tone === undefined ? { text } : { text, tone });

/** Columns `from` to `to` of a line. Where a wide character is cut in two, a space stands for its half. */
export function sliceLine(line: Line, from: number, to: number): Line {
  const kept: Span[] = [];
  let column = 0;
  for (const each of line) {
    let text = "";
    for (const character of each.text) {
      const code = character.codePointAt(0) ?? 0;
      const columns = isDropped(code) ? 0 : widthOfCodePoint(code);
      const inside = Math.min(column + columns, to) - Math.max(column, from);
      if (columns === 0 ? text !== "" : inside === columns) text += character;
      else if (inside > 0) text += " ".repeat(inside);
      column += columns;
    }
    if (text !== "") kept.push({ ...each, text });
  }
  return kept;
}

/** A text over as many lines as it needs, broken at spaces; words longer than a line are broken anywhere. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (textWidth(line) > width) {
      const part = takeColumns(line, width);
      if (part === "") break;
      lines.push(part);
      line = line.slice(part.length);
    }
  }
  return [...lines, line];
}
