/** Columns that fit: the least important go first when it gets narrow, the widest give way next, numbers keep to the right. */
import type { Line, Span } from "../pane.ts";
import { symbolsOf } from "../symbols.ts";
import { cut, cutLine, cutMiddle, lineText, lineWidth, textWidth } from "../widgets/text.ts";

export interface Column<Item> {
  /** "" where the cells say what they are. */
  readonly title: string;
  /** 0: never dropped. Else the highest goes first: from EXTRA on before anything is cut, below it only before something would be useless. */
  readonly drop: number;
  /** With fewer columns than this it would tell nothing. */
  readonly min: number;
  readonly max: number;
  readonly align?: "right";
  /** Loses letters before any other column does: what it says is said elsewhere too. */
  readonly gives?: boolean;
  /** For names that differ at their end. */
  readonly cut?: "middle";
  /** Columns with the same group stand side by side under its name. */
  readonly group?: string;
  /** Sort id (PaneSort) that orders by this column. */
  readonly sort?: string;
  readonly cell: (item: Item) => Line;
}

export interface Table {
  readonly header: readonly Line[];
  /** The line of an item, by its place among them. Made when asked for: of two hundred rows fifty are seen. */
  readonly lineOf: (index: number) => Line;
  /** The same, uncut: what `/` looks in and `y` copies. Made when asked for. */
  readonly textOf: (index: number) => string;
  /** Where each kept column begins, and how wide it is; by title (or group + title). */
  readonly place: (group: string | undefined, title: string) => { readonly start: number; readonly width: number } | undefined;
}

export interface TableOptions {
  readonly width: number;
  readonly ascii: boolean;
  readonly sort?: { readonly id: string; readonly descending: boolean } | undefined;
  /** Between two columns. */
  readonly gap?: number;
}

/** Columns that are nice to have: they give way before others lose a letter. */
export const EXTRA = 5;

interface Kept<Item> {
  readonly column: Column<Item>;
  readonly cells: readonly Line[];
  /** Of each cell. */
  readonly cell_widths: readonly number[];
  readonly low: number;
  width: number;
}

export function layOut<Item>(columns: readonly Column<Item>[], items: readonly Item[], options: TableOptions): Table {
  const gap = options.gap ?? 1;
  const measured = measureWhatFits(columns, items, options, gap);
  const kept = dropToFit([...measured.values()], options.width, gap);
  shrinkToFit(kept, options.width, gap);
  const starts = startsOf(kept, gap);
  const cellOf = (column: Column<Item>, index: number): Line => {
    const item = items[index];
    return measured.get(column)?.cells[index] ?? (item === undefined ? [] : column.cell(item));
  };
  return {
    header: headerOf(kept, starts, options),
    lineOf: (index) => joinCells(kept, (each) => padCell(each.cells[index] ?? [], each.cell_widths[index] ?? 0, each), gap, options.width),
    textOf: (index) =>
      columns
        .map((column) => lineText(cellOf(column, index)))
        .filter((text) => text !== "")
        .join(" "),
    place: (group, title) => {
      const index = kept.findIndex(({ column }) => column.title === title && column.group === group);
      const found = kept[index];
      return found && { start: starts[index] ?? 0, width: found.width };
    },
  };
}

/**
 * All columns in their order, but for extras that can't stay: where what outlasts one is too wide already with its title beside it, its cells aren't made,
 * nor those of any that goes before it.
 */
function measureWhatFits<Item>(
  columns: readonly Column<Item>[],
  items: readonly Item[],
  options: TableOptions,
  gap: number,
): ReadonlyMap<Column<Item>, Kept<Item>> {
  const found = new Map<Column<Item>, Kept<Item>>();
  const widths: number[] = [];
  let gone = Number.POSITIVE_INFINITY;
  for (const column of [...columns].sort((left, right) => left.drop - right.drop)) {
    const least = Math.min(column.max, textWidth(titleOf(column, options)));
    if (column.drop >= EXTRA && least > 0 && totalOf([...widths, least], gap) > options.width) {
      gone = column.drop;
      break;
    }
    const kept = measure(column, items, options);
    found.set(column, kept);
    if (kept.width > 0) widths.push(kept.width);
  }
  return new Map(
    columns.flatMap((column) => {
      const kept = found.get(column);
      return kept === undefined || column.drop >= gone ? [] : [[column, kept] as const];
    }),
  );
}

function measure<Item>(column: Column<Item>, items: readonly Item[], options: TableOptions): Kept<Item> {
  const cells = items.map((item) => column.cell(item));
  const cell_widths = cells.map(lineWidth);
  const widest = cell_widths.reduce((most, each) => Math.max(most, each), textWidth(titleOf(column, options)));
  const width = Math.min(column.max, widest);
  return { column, cells, cell_widths, width, low: Math.min(column.min, width) };
}

const totalOf = (widths: readonly number[], gap: number): number =>
  widths.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, widths.length - 1);

function dropToFit<Item>(all: readonly Kept<Item>[], width: number, gap: number): Kept<Item>[] {
  // A column without anything in it (no title, empty cells) takes no gap either.
  let kept = all.filter((each) => each.width > 0);
  for (;;) {
    const least = kept.reduce((most, each) => Math.max(most, each.column.drop), 0);
    const needed = kept.map((each) => (least >= EXTRA ? each.width : each.low));
    if (least === 0 || totalOf(needed, gap) <= width) return kept;
    kept = kept.filter((each) => each.column.drop !== least);
  }
}

/** Takes from the column that has most to give, until it fits or nothing is left to take. */
function shrinkToFit<Item>(kept: readonly Kept<Item>[], width: number, gap: number): void {
  let over =
    totalOf(
      kept.map((each) => each.width),
      gap,
    ) - width;
  while (over > 0) {
    const able = kept.filter((each) => each.width > each.low);
    const first = able.filter(({ column }) => column.gives === true);
    const giver = widestOf(first.length > 0 ? first : able);
    if (giver === undefined) return;
    giver.width -= 1;
    over -= 1;
  }
}

const widestOf = <Item>(columns: readonly Kept<Item>[]): Kept<Item> | undefined =>
  columns.reduce<Kept<Item> | undefined>((most, each) => (most === undefined || each.width > most.width ? each : most), undefined);

function startsOf<Item>(kept: readonly Kept<Item>[], gap: number): number[] {
  let next = 0;
  return kept.map((each) => {
    const start = next;
    next += each.width + gap;
    return start;
  });
}

function titleOf<Item>(column: Column<Item>, { sort, ascii }: TableOptions): string {
  if (sort === undefined || column.sort !== sort.id) return column.title;
  return `${column.title}${sort.descending ? symbolsOf(ascii).down : symbolsOf(ascii).up}`;
}

function headerOf<Item>(kept: readonly Kept<Item>[], starts: readonly number[], options: TableOptions): Line[] {
  if (kept.every(({ column }) => column.title === "")) return [];
  const titles = joinCells(kept, (each) => titleCell(each, options), options.gap ?? 1, options.width);
  const groups = groupLine(kept, starts);
  return groups.length === 0 ? [titles] : [cutLine(groups, options.width), titles];
}

function groupLine<Item>(kept: readonly Kept<Item>[], starts: readonly number[]): Line {
  const line: Span[] = [];
  let at = 0;
  for (const [index, { column }] of kept.entries()) {
    if (column.group === undefined || kept[index - 1]?.column.group === column.group) continue;
    const start = starts[index] ?? 0;
    const after = kept.findIndex((each, later) => later > index && each.column.group !== column.group);
    const end = after === -1 ? Number.MAX_SAFE_INTEGER : (starts[after] ?? start) - 1;
    const name = cut(column.group, end - start);
    line.push({ text: " ".repeat(Math.max(0, start - at)) }, { text: name, tone: "dim", bold: true });
    at = Math.max(at, start) + textWidth(name);
  }
  return line;
}

function titleCell<Item>(each: Kept<Item>, options: TableOptions): Line {
  const { column } = each;
  const title = titleOf(column, options);
  return padCell(
    [{ text: title, tone: "dim", bold: column.sort !== undefined && column.sort === options.sort?.id }],
    textWidth(title),
    each,
  );
}

/** Cells that are padded already, side by side; nothing but spaces at the end. */
function joinCells<Item>(kept: readonly Kept<Item>[], cellOf: (each: Kept<Item>) => Line, gap: number, width: number): Line {
  const line: Span[] = [];
  let taken = 0;
  for (const [index, each] of kept.entries()) {
    if (index > 0) line.push({ text: " ".repeat(gap) });
    line.push(...cellOf(each));
    taken += each.width + (index > 0 ? gap : 0);
  }
  while (line.length > 0 && line.at(-1)?.text.trim() === "") line.pop();
  return taken <= width ? line : cutLine(line, width);
}

/** A cell in exactly its column's width. */
function padCell<Item>(cell: Line, cell_width: number, { column, width }: Kept<Item>): Line {
  if (cell_width > width) return padCutCell(column.cut === "middle" ? cutMiddleLine(cell, width) : cutLine(cell, width), width);
  const room = width - cell_width;
  if (room === 0) return cell;
  return column.align === "right" ? [{ text: " ".repeat(room) }, ...cell] : [...cell, { text: " ".repeat(room) }];
}

/** A wide character that didn't fit leaves a column free. */
function padCutCell(cell: Line, width: number): Line {
  const room = width - lineWidth(cell);
  return room <= 0 ? cell : [...cell, { text: " ".repeat(room) }];
}

/** The longest span takes the cut: it holds the name. */
function cutMiddleLine(cell: Line, width: number): Line {
  const longest = cell.reduce((most, span, index) => (textWidth(span.text) > textWidth(cell[most]?.text ?? "") ? index : most), 0);
  const room = width - (lineWidth(cell) - textWidth(cell[longest]?.text ?? ""));
  if (room < CUT_MIDDLE_MIN) return cutLine(cell, width);
  return cell.map((span, index) => (index === longest ? { ...span, text: cutMiddle(span.text, room) } : span));
}

/** With fewer columns than this both ends of a name tell nothing. */
const CUT_MIDDLE_MIN = 8;
