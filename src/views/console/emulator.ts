/**
 * A terminal of its own for what a guest prints: @xterm/headless behind the few things that the console asks of it. The only file that loads it, and it is
 * itself loaded when the first console is opened.
 *
 * Nothing that the emulator would answer goes anywhere: its `onData` has no listener. The two questions that may be answered (`replies.ts`) are told by name.
 */
import xterm, { type IBufferCell, type IBufferLine, type Terminal } from "@xterm/headless";
import { createIntake, RESET, type ScreenSize } from "./intake.ts";
import { cellWidths } from "./widths.ts";

/** Lines kept above the screen. */
export const SCROLLBACK_LINES = 1_000;

export type Question =
  /** CSI 6 n: where is the cursor? */
  | "cursor"
  /** CSI c: what are you? */
  | "device";

export interface Cursor {
  /** Line of the buffer: 0 is the oldest that is kept. */
  readonly line: number;
  readonly column: number;
  readonly shown: boolean;
}

export interface Emulator {
  readonly size: ScreenSize;
  /** What the guest printed, cleaned of what may not get in. `done`: it is on the screen. */
  write(text: string, done: () => void): void;
  resize(size: ScreenSize): void;
  /** From here on the modes are the first ones again, as for another machine; what was printed before stays above `line`. */
  begin(line: string, done: () => void): void;
  /** Lines of the buffer, the screen's own among them. */
  readonly lines: number;
  /** The buffer's line that the screen begins with. */
  readonly base: number;
  /** Holds on to a line while others are added and the oldest are dropped; undefined where a full-screen program has the screen. */
  anchor(index: number): Anchor | undefined;
  /** A full-screen program has the screen: there are no lines above it. */
  readonly alternate: boolean;
  line(index: number): IBufferLine | undefined;
  /** To be used with `line`, again and again. */
  readonly cell: IBufferCell;
  readonly cursor: Cursor;
  /** What keys and pastes are to look like. */
  readonly application_cursor: boolean;
  readonly bracketed_paste: boolean;
  dispose(): void;
}

export interface Anchor {
  /** Where the line is now; the oldest that is kept where it was dropped. */
  readonly line: number;
  let_go(): void;
}

interface Events {
  readonly asked: (question: Question) => void;
}

function anchorAt(terminal: Terminal, index: number): Anchor | undefined {
  const { type, baseY, cursorY } = terminal.buffer.active;
  const marker = type === "alternate" ? undefined : terminal.registerMarker(index - baseY - cursorY);
  if (marker === undefined) return undefined;
  return {
    get line() {
      return Math.max(0, marker.line);
    },
    let_go: () => marker.dispose(),
  };
}

export function createEmulator(size: ScreenSize, { asked }: Events): Emulator {
  const terminal = new xterm.Terminal({
    cols: size.columns,
    rows: size.rows,
    scrollback: SCROLLBACK_LINES,
    // What a program clears was printed all the same.
    scrollOnEraseInDisplay: true,
    allowProposedApi: true,
    logLevel: "off",
  });
  terminal.unicode.register(cellWidths);
  terminal.unicode.activeVersion = cellWidths.version;
  let intake = createIntake();
  let cursor_shown = true;
  const { parser } = terminal;
  const shows = (to: boolean) => (parameters: (number | number[])[]) => {
    if (parameters.includes(25)) cursor_shown = to;
    return false;
  };
  parser.registerCsiHandler({ prefix: "?", final: "h" }, shows(true));
  parser.registerCsiHandler({ prefix: "?", final: "l" }, shows(false));
  parser.registerCsiHandler({ final: "n" }, ([which]) => {
    if (which === 6) asked("cursor");
    return true;
  });
  parser.registerCsiHandler({ final: "c" }, ([which]) => {
    if (which === undefined || which === 0) asked("device");
    return true;
  });
  const sizeNow = (): ScreenSize => ({ columns: terminal.cols, rows: terminal.rows });
  const cell = terminal.buffer.active.getNullCell();

  return {
    get size() {
      return sizeNow();
    },
    write: (text, done) => terminal.write(intake.take(text, sizeNow()), done),
    resize: ({ columns, rows }) => {
      if (columns !== terminal.cols || rows !== terminal.rows) terminal.resize(columns, rows);
    },
    begin: (line, done) => {
      cursor_shown = true;
      intake = createIntake();
      terminal.write(`\x18${RESET}${line === "" ? "" : `${line}\r\n`}`, done);
    },
    get lines() {
      return terminal.buffer.active.length;
    },
    get base() {
      return terminal.buffer.active.baseY;
    },
    anchor: (index) => anchorAt(terminal, index),
    get alternate() {
      return terminal.buffer.active.type === "alternate";
    },
    line: (index) => terminal.buffer.active.getLine(index),
    cell,
    get cursor() {
      const { baseY, cursorX, cursorY } = terminal.buffer.active;
      return { line: baseY + cursorY, column: Math.min(cursorX, terminal.cols - 1), shown: cursor_shown };
    },
    get application_cursor() {
      return terminal.modes.applicationCursorKeysMode;
    },
    get bracketed_paste() {
      return terminal.modes.bracketedPasteMode;
    },
    dispose: () => terminal.dispose(),
  };
}
