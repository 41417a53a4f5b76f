/** What several panes draw alike: headings, wrapped sentences, lists of names. */
import { count } from "../format.ts";
import type { Line, ObjectRef, PaneContent, PaneRow, Span, Tone } from "../pane.ts";
import { cut, cutLine, lineText, lineWidth, takeColumns, textWidth } from "../widgets/text.ts";

export const blank = (key: string): PaneRow => ({ key: `blank ${key}`, line: [], object: undefined, text: "" });

export const heading = (key: string, text: string, note: Line = []): PaneRow => ({
  key: `heading ${key}`,
  line: [{ text, tone: "title", bold: true }, ...(note.length === 0 ? [] : [{ text: "  " }, ...note])],
  object: undefined,
});

/** A row whose line, and text for `/` and `y`, are made only when somebody asks: of two hundred rows fifty are seen. */
export function lazyRow(key: string, lineOf: () => Line, object: ObjectRef | undefined, textOf: () => string, part_of?: string): PaneRow {
  let line: Line | undefined;
  const row = {
    key,
    get line() {
      line ??= lineOf();
      return line;
    },
    object,
    get text() {
      return textOf();
    },
  };
  return part_of === undefined ? row : Object.defineProperty(row, "part_of", { value: part_of, enumerable: true });
}

/** One row that may be several lines: the first is selectable, a filter shows and hides the others with it. */
export function rowsOf(key: string, lines: readonly Line[], object: ObjectRef | undefined, textOf?: () => string): PaneRow[] {
  const [first, ...under] = lines;
  return first === undefined ? [] : rowsUnder(key, () => first, under, object, textOf ?? (() => lines.map(lineText).join(" ")));
}

/** The same, the first line made when it is asked for. */
export function rowsUnder(
  key: string,
  firstOf: () => Line,
  under: readonly Line[],
  object: ObjectRef | undefined,
  textOf: () => string,
): PaneRow[] {
  const more = under.map((line, index): PaneRow => ({ key: `${key} +${index + 1}`, line, object: undefined, part_of: key }));
  return [lazyRow(key, firstOf, object, textOf), ...more];
}

interface Word {
  readonly text: string;
  readonly span: Span;
}

function wordsOf(line: Line): Word[] {
  // Spaces stay with the word before them, so that joined spans keep their distance.
  return line.flatMap((span) => (span.text.match(/[^ ]* */g) ?? []).filter((text) => text !== "").map((text) => ({ text, span })));
}

/** A sentence over as many lines as it needs; from the second on indented by `hang`. A word longer than a line is broken. */
export function wrap(line: Line, width: number, hang = 0): Line[] {
  if (lineWidth(line) <= width) return [line];
  const indent = Math.min(hang, Math.max(0, width - 8));
  const lines: Span[][] = [[]];
  let left = width;
  const put = (text: string, span: Span): void => {
    lines.at(-1)?.push({ ...span, text });
    left -= textWidth(text);
  };
  const feed = (): void => {
    lines.push(indent > 0 ? [{ text: " ".repeat(indent) }] : []);
    left = width - indent;
  };
  for (const { text, span } of wordsOf(line)) {
    const bare = trimSpaces(text);
    if (textWidth(bare) > left && left < width - indent) feed();
    let rest = text;
    while (textWidth(trimSpaces(rest)) > left) {
      const part = takeColumns(rest, left);
      // Where not even one character fits, it is left out rather than looping for ever.
      if (part === "") break;
      put(part, span);
      rest = rest.slice(part.length);
      feed();
    }
    put(textWidth(rest) > left ? trimSpaces(rest) : rest, span);
  }
  return lines.map(trimEnd);
}

/** Figures side by side, two columns apart; none is ever broken while it fits a line of its own. */
export function flow(chunks: readonly Line[], width: number, hang = 0): Line[] {
  const lines: Span[][] = [];
  let used = 0;
  for (const chunk of chunks) {
    const columns = lineWidth(chunk);
    const current = lines.at(-1);
    if (current !== undefined && used + 2 + columns <= width) {
      current.push({ text: "  " }, ...chunk);
      used += 2 + columns;
    } else {
      lines.push([...(lines.length === 0 ? [] : [space(hang)]), ...chunk]);
      used = (lines.length === 1 ? 0 : hang) + columns;
    }
  }
  return lines.flatMap((line) => wrap(line, width, hang));
}

/** Only plain spaces: any other white space is part of a name. */
function trimSpaces(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === " ") end -= 1;
  return text.slice(0, end);
}

function trimEnd(line: Line): Line {
  const last = line.at(-1);
  return last === undefined || !last.text.endsWith(" ") || line.length === 1
    ? line
    : [...line.slice(0, -1), { ...last, text: trimSpaces(last.text) }];
}

/** `web01, web02 and 5 more`, in at most `width` columns; always whole names, unless not even one fits. */
export function names(all: readonly string[], width: number, noun = "guest"): string {
  const text = all.join(", ");
  if (textWidth(text) <= width) return text;
  let fitting = 0;
  let used = 0;
  for (const [index, name] of all.entries()) {
    used += textWidth(name) + (index === 0 ? 0 : 2);
    if (used + textWidth(` and ${all.length - index - 1} more`) > width) break;
    fitting = index + 1;
  }
  if (fitting > 0) return `${all.slice(0, fitting).join(", ")} and ${all.length - fitting} more`;
  return all.length === 1 ? cut(text, width) : count(all.length, noun);
}

export const text = (value: string, tone?: Tone): Span => (tone === undefined ? { text: value } : { text: value, tone });
export const space = (columns: number): Span => ({ text: " ".repeat(Math.max(0, columns)) });

/** What every pane returns through: no line is ever wider than the pane, no key stands for two rows. */
export function content(width: number, header: readonly Line[], rows: readonly PaneRow[], empty: string): PaneContent {
  return {
    header: header.map((line) => fitted(line, width)),
    rows: withOwnKeys(rows).map((row) => fittedRow(row, width)),
    empty,
  };
}

const textOf = (row: PaneRow): string => row.text ?? lineText(row.line);

/** Measured, and where it must be cut, when it is asked for. */
const fittedRow = (row: PaneRow, width: number): PaneRow =>
  lazyRow(
    row.key,
    () => fitted(row.line, width),
    row.object,
    () => textOf(row),
    row.part_of,
  );

/** Two hosts or guests may bear the same name: the second gets a key of its own, and what continues it follows. */
function withOwnKeys(rows: readonly PaneRow[]): PaneRow[] {
  const taken = new Set<string>();
  const last = new Map<string, string>();
  return rows.map((row) => {
    let key = row.key;
    for (let copy = 2; taken.has(key); copy += 1) key = `${row.key} #${copy}`;
    taken.add(key);
    last.set(row.key, key);
    const part_of = row.part_of === undefined ? undefined : (last.get(row.part_of) ?? row.part_of);
    if (key === row.key && part_of === row.part_of) return row;
    return lazyRow(
      key,
      () => row.line,
      row.object,
      () => textOf(row),
      part_of,
    );
  });
}

const fitted = (line: Line, width: number): Line => (lineWidth(line) <= width ? line : cutLine(line, width));
