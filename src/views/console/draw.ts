/** The console's screen as rows: a line that says what it is, what the guest shows, a line of keys; the facts beside it and boxes over it. Pure. */
import type { Severity } from "../../state/view-model.ts";
import { keyLabel } from "../commands.ts";
import { severityWord } from "../format.ts";
import type { Line, Span, Tone } from "../pane.ts";
import type { Symbols } from "../symbols.ts";
import { severityTone } from "../symbols.ts";
import { BOX_FRAME_COLUMNS, BOX_FRAME_ROWS, centred, drawBox } from "../widgets/box.ts";
import { type CanvasRow, type Box as DrawnBox, layOver, piece } from "../widgets/canvas.ts";
import { fitText, lineText, lineWidth, span, spread, textWidth, wrapText } from "../widgets/text.ts";
import { consoleCommands } from "./commands.ts";
import type { ScreenSize } from "./intake.ts";
import type { Sight } from "./reader.ts";
import type { Status } from "./status.ts";
import type { ConsoleInfo, ConsoleUi } from "./ui.ts";

/** Smaller windows show nothing. */
export const CONSOLE_COLUMNS_MIN = 20;
export const CONSOLE_ROWS_MIN = 5;
/** From here on facts stand beside the console; below it from the second. */
const BESIDE_COLUMNS_MIN = 120;
const ABOVE_ROWS_MIN = 20;
const FACTS_COLUMNS_MIN = 39;

export interface Areas {
  readonly console: ScreenSize;
  /** Beside it, above it, or nowhere. */
  readonly facts: (ScreenSize & { readonly beside: boolean }) | undefined;
}

/** The line on top, the line of keys. */
const FRAME_ROWS = 2;

export function areasOf({ columns, rows }: ScreenSize, split: boolean): Areas {
  const body = Math.max(1, rows - FRAME_ROWS);
  if (split && columns >= BESIDE_COLUMNS_MIN) {
    const facts = Math.max(FACTS_COLUMNS_MIN, Math.min(Math.floor(columns * 0.4), columns - 81));
    return { console: { columns: columns - facts - 1, rows: body }, facts: { columns: facts, rows: body, beside: true } };
  }
  if (split && rows >= ABOVE_ROWS_MIN) {
    const facts = Math.floor((body - 1) * 0.4);
    return { console: { columns, rows: body - facts - 1 }, facts: { columns, rows: facts, beside: false } };
  }
  return { console: { columns, rows: body }, facts: undefined };
}

export interface ConsoleFrame {
  readonly size: ScreenSize;
  readonly ui: ConsoleUi;
  readonly info: ConsoleInfo;
  readonly status: Status;
  /** undefined: nothing can be shown yet. */
  readonly sight: Sight | undefined;
  /** As large as its terminal is, where that isn't all in sight or not all of the room. */
  readonly terminal: ScreenSize | undefined;
  readonly facts: readonly Line[];
  /** One of each console that is open. */
  readonly list: readonly Line[];
  /** Above the list of keys to decide by: who holds it. */
  readonly rival: string;
  readonly health: { readonly severity: Severity; readonly count: number };
  readonly clock: string;
  /** Connections that wait for an answer on the screens. */
  readonly asking: number;
}

/** What typing looks like: all of the line, turned round, and the word. */
const TYPING: Span = { text: " TYPING ", tone: "warning", bold: true, inverse: true };

/** What doesn't fit is left out: the clock first, then the size, then what is wrong elsewhere. */
function headLine({ info, status, sight, terminal, health, clock, size, asking }: ConsoleFrame, symbols: Symbols): Line {
  const { columns } = size;
  const mode: Span = info.typing ? TYPING : span(info.kind === "shell" ? " shell " : " watching ", "dim");
  const left: Line = [{ text: ` ${info.name} `, tone: "accent", bold: true }, mode, span(" "), ...status.short];
  const alarm =
    health.count === 0
      ? []
      : [span(` ${symbols.severity[health.severity]} ${health.count} ${severityWord[health.severity]} `, severityTone[health.severity])];
  const reading = sight !== undefined && info.reading ? [span(` ${sight.above} lines above, ${sight.below} below `, "accent")] : [];
  const parts: readonly Line[] = [
    asking === 0 ? [] : [span(` ${symbols.severity.warning} a host asks: esc `, "warning")],
    reading,
    alarm,
    terminal === undefined ? [] : [span(` ${terminal.columns}x${terminal.rows} `, "dim")],
    [span(` ${clock} `, "dim")],
  ];
  let right: Line = [];
  for (const part of parts) if (lineWidth(left) + lineWidth(right) + lineWidth(part) <= columns) right = [...right, ...part];
  return spread(left, right, columns);
}

/** Rows that a sentence about the console takes at the most. */
const BANNER_ROWS_MAX = 2;

export function bannerRows({ long }: Status, { columns, rows }: ScreenSize): readonly string[] {
  if (long === undefined) return [];
  const lines = wrapText(long.text, Math.max(1, columns - 4));
  return lines.slice(0, rows < 10 ? 1 : BANNER_ROWS_MAX);
}

/** While typing every key is the guest's: the line says the one that isn't. */
function footLine({ ui, info, size }: ConsoleFrame, symbols: Symbols): Line {
  const { columns } = size;
  if (ui.box.kind === "search")
    return spread(
      [span(" / ", "accent"), span(ui.box.text), { text: " ", inverse: true }],
      [span("  enter looks upwards  esc ", "dim")],
      columns,
    );
  if (ui.notice !== undefined) {
    const { tone, text } = ui.notice;
    const sign = tone === "warning" || tone === "critical" ? symbols.severity[tone] : symbols.severity.info;
    return spread([span(` ${sign} ${text}`, tone)], [], columns);
  }
  const prefix = keyLabel(info.prefix);
  const direct = !info.typing || info.reading;
  const lead: Line = ui.prefixed
    ? [{ text: ` ${prefix} `, tone: "accent", inverse: true }, span(" ")]
    : direct
      ? [span(" ")]
      : [span(` ${prefix} `, "accent"), span("then ", "dim")];
  const line: Span[] = [...lead];
  const offered = consoleCommands
    .filter((command) => command.footer !== undefined && command.when(info, ui) === true)
    .sort((a, b) => (a.footer ?? 0) - (b.footer ?? 0));
  for (const command of offered) {
    const title = command.id === "typing" && info.typing ? "stop typing" : command.id === "leave" && info.reading ? "end" : command.title;
    const hint: Span[] = [span(keyLabel(command.keys[0] ?? ""), "accent"), span(` ${title}  `, "dim")];
    if (lineWidth(line) + lineWidth(hint) > columns) break;
    line.push(...hint);
  }
  return line;
}

const BOX_COLUMNS_MAX = 90;
const PASTE_LINES_SHOWN = 8;
const KEYS_COLUMNS = 18;

function helpLines(info: ConsoleInfo, ui: ConsoleUi, width: number): readonly Line[] {
  return consoleCommands.flatMap((command): Line[] => {
    const ready = command.when(info, ui);
    const texts = wrapText(command.description, Math.max(10, width - KEYS_COLUMNS - 1));
    const lines = texts.map(
      (text, at): Line => [
        span(fitText(at === 0 ? command.keys.map(keyLabel).join(" ") : "", KEYS_COLUMNS), ready === true ? "accent" : "dim"),
        span(` ${text}`, ready === true ? "plain" : "dim"),
      ],
    );
    return ready === true ? lines : [...lines, [span(`${" ".repeat(KEYS_COLUMNS)} not now: ${ready}`, "stale")]];
  });
}

function boxOf({ ui, info, size, list, rival }: ConsoleFrame, symbols: Symbols): DrawnBox | undefined {
  const { box } = ui;
  const place = { ...centred(size.columns, BOX_COLUMNS_MAX), y: 1 };
  const width = place.width - BOX_FRAME_COLUMNS;
  const page = Math.max(1, size.rows - 2 - BOX_FRAME_ROWS);
  const wrapped = (text: string, tone?: Tone): Line[] => wrapText(text, width).map((each): Line => [span(each, tone)]);
  const drawn = (title: string, lines: readonly Line[], note: string, cursor = -1): DrawnBox =>
    drawBox({ title, lines: lines.slice(0, page), note, cursor }, place, symbols);
  switch (box.kind) {
    case "none":
    case "search":
      return undefined;
    case "list": {
      const from = Math.max(0, Math.min(box.index - page + 1, list.length - page));
      return drawn("Consoles", list.slice(from), "enter shows  esc closes", box.index - from);
    }
    case "paste": {
      const rows = box.paste.text.split("\r");
      const shown = rows.slice(0, Math.max(1, Math.min(PASTE_LINES_SHOWN, page - 4)));
      const more = rows.length - shown.length;
      const dropped = box.paste.dropped === 0 ? "" : ` ${box.paste.dropped} control characters were left out.`;
      const lines = box.paste.lines === 1 ? "one line, and enter after it" : `${box.paste.lines} lines`;
      return drawn(
        "Paste",
        [
          ...wrapped(`Type ${lines} into ${info.name}?${dropped}`, "warning"),
          [],
          ...shown.map((text): Line => [span("  "), span(text)]),
          ...(more > 0 ? [[span(`  and ${more} more`, "dim")]] : []),
        ],
        "y types it  n doesn't",
      );
    }
    case "take_over":
      return drawn(
        "Take over",
        [
          ...wrapped(`${info.name}'s console is held by ${rival}.`),
          ...wrapped("End that one and attach here? It is on record.", "warning"),
        ],
        "y ends it  n doesn't",
      );
    case "help": {
      const lines = helpLines(info, ui, width);
      const from = Math.min(box.top, Math.max(0, lines.length - page + 1));
      const first = `While typing, ${keyLabel(info.prefix)} comes first; twice, it is typed.`;
      return drawn("Keys of a console", [[span(first, "dim")], ...lines.slice(from)], "j k scroll  esc closes");
    }
  }
}

function factsRule(width: number, symbols: Symbols): Line {
  const title = " facts ";
  return [
    span(symbols.horizontal, "dim"),
    span(title, "dim"),
    span(symbols.horizontal.repeat(Math.max(0, width - 1 - textWidth(title))), "dim"),
  ];
}

function bodyRows(frame: ConsoleFrame, symbols: Symbols): CanvasRow[] {
  const { console: own, facts } = areasOf(frame.size, frame.ui.split);
  const { long } = frame.status;
  const banner = bannerRows(frame.status, own).map((text, at): Line => {
    const sign =
      long?.tone === "unknown"
        ? symbols.severity.unknown
        : long?.tone === "critical"
          ? symbols.severity.critical
          : symbols.severity.warning;
    return [span(at === 0 ? ` ${long?.tone === "info" || long?.tone === "dim" ? symbols.severity.info : sign} ` : "   "), span(text)].map(
      (each) => ({ ...each, tone: long?.tone ?? "plain" }),
    );
  });
  const lines = [...banner, ...(frame.sight?.rows ?? [])];
  const shown = Array.from({ length: own.rows }, (_, y) => piece(lines[y] ?? [], own.columns));
  if (facts === undefined) return shown.map((each) => [each]);
  const told = Array.from({ length: facts.rows }, (_, y): Line => frame.facts[y] ?? []);
  if (facts.beside) {
    const between = piece([span(symbols.vertical, "dim")], 1);
    return shown.map((each, y) => [each, between, piece(told[y] ?? [], facts.columns)]);
  }
  return [
    ...told.map((line): CanvasRow => [piece(line, facts.columns)]),
    [piece(factsRule(facts.columns, symbols), facts.columns)],
    ...shown.map((each): CanvasRow => [each]),
  ];
}

const dimmed = (row: CanvasRow): CanvasRow => row.map(({ line }) => ({ line: [span(lineText(line), "dim")], emphasis: "none" }));

/** Exactly as many rows and columns as the window has. */
export function drawConsole(frame: ConsoleFrame, symbols: Symbols): readonly CanvasRow[] {
  const { columns, rows } = frame.size;
  if (columns < CONSOLE_COLUMNS_MIN || rows < CONSOLE_ROWS_MIN) {
    const texts = wrapText(`window too small: ${columns}x${rows}, need ${CONSOLE_COLUMNS_MIN}x${CONSOLE_ROWS_MIN}`, columns);
    return Array.from({ length: rows }, (_, y) => [piece([span(texts[y] ?? "")], columns)]);
  }
  const all: CanvasRow[] = [
    [piece(headLine(frame, symbols), columns)],
    ...bodyRows(frame, symbols),
    [piece(footLine(frame, symbols), columns)],
  ];
  const box = boxOf(frame, symbols);
  if (box === undefined) return all;
  return layOver(
    all.map((row, y) => (y === 0 ? row : dimmed(row))),
    box,
    columns,
  );
}
