/**
 * Between Ink and the terminal: takes whole frames, sends the difference.
 *
 * One write is under way at a time. While the terminal hasn't taken it, frames replace each other and only the newest is sent: a slow or dead
 * terminal costs memory for one frame and never delays anything else. What the kernel has taken may still be on its way: see acks.ts.
 */
import { createAcks } from "./acks.ts";
import { type Clock, systemClock } from "./clock.ts";
import { diffGrid, type Pen } from "./diff.ts";
import { createGridParser, type Grid } from "./grid.ts";
import { createStyleTable, PLAIN } from "./sgr.ts";

export interface TtyOut {
  readonly columns: number;
  readonly rows: number;
  /** `done` is called once, when the terminal has taken the bytes or never will. */
  readonly write: (bytes: string, done: (error?: Error | null) => void) => void;
}

export interface SinkStats {
  frames_given: number;
  frames_sent: number;
  bytes_sent: number;
  cells_sent: number;
}

export interface Sink {
  /** A whole frame: lines of text with SGR, joined by newlines. */
  readonly frame: (text: string) => void;
  /** Bytes that show nothing (a copy to the clipboard, a question): sent before the next frame. Dropped when too many wait. */
  readonly raw: (bytes: string) => void;
  /** Nothing is known any more of what the terminal shows (resized): the next frame is sent whole. */
  readonly forget: () => void;
  /** The same, and the newest frame is sent again at once (resumed, ctrl-l). */
  readonly repaint: () => void;
  /** While held, frames are only remembered. */
  readonly hold: (held: boolean) => void;
  /** Frames of more than a short row are wrapped in DEC mode 2026, where the terminal said that it knows it. */
  readonly synchronise: (supported: boolean) => void;
  /** The terminal said that it has all up to its question. */
  readonly answered: () => void;
  /** A frame for this reason can't be sent now; `idle` is called when it may be. */
  readonly isBusy: (cause: Cause) => boolean;
  /** The terminal will still answer: what it says must not reach a shell. */
  readonly isOwed: () => boolean;
  readonly stop: () => void;
  readonly stats: Readonly<SinkStats>;
}

/** Why a frame is drawn: something changed by itself, or the operator did something. */
export type Cause = "data" | "key";

/** A frame of one short row can't be seen in parts. Anything else can: a line, a pipe or a busy reader may cut it anywhere. */
const ALONE_ROWS_MAX = 1;
const ALONE_BYTES_MAX = 128;
const SYNC_BEGIN = "\x1b[?2026h";
const SYNC_END = "\x1b[?2026l";
/** Copies and questions that wait for a terminal which takes nothing. */
const RAW_BYTES_MAX = 262_144;

export function createSink(
  tty: TtyOut,
  on: { readonly idle: () => void; readonly error: (error: Error) => void },
  clock: Clock = systemClock,
): Sink {
  const acks = createAcks(clock, () => {
    if (!writing) on.idle();
  });
  const table = createStyleTable();
  const parser = createGridParser(table);
  const stats: SinkStats = { frames_given: 0, frames_sent: 0, bytes_sent: 0, cells_sent: 0 };
  const pen: Pen = { row: undefined, column: undefined, style: PLAIN };
  let shown: Grid | undefined;
  let newest: string | undefined;
  let is_new = false;
  let waiting = "";
  let writing = false;
  let held = false;
  let synchronised = false;

  const frameBytes = (): string => {
    if (!is_new || newest === undefined) return "";
    is_new = false;
    const next = parser.parse(newest, { columns: tty.columns, rows: tty.rows });
    const whole = shown === undefined || shown.columns !== next.columns || shown.rows.length !== next.rows.length;
    if (whole) pen.style = PLAIN;
    const diff = diffGrid(whole ? undefined : shown, next, pen, table);
    shown = next;
    if (diff.text === "") return "";
    stats.frames_sent += 1;
    stats.cells_sent += diff.cells;
    const bytes = whole ? `\x1b[m${diff.text}` : diff.text;
    const alone = diff.rows <= ALONE_ROWS_MAX && bytes.length <= ALONE_BYTES_MAX;
    return synchronised && !alone ? SYNC_BEGIN + bytes + SYNC_END : bytes;
  };

  const flush = (): void => {
    if (writing || held) return;
    const frame = frameBytes();
    const bytes = waiting + frame + (frame === "" ? "" : acks.ask(frame.length));
    waiting = "";
    if (bytes === "") return;
    writing = true;
    stats.bytes_sent += Buffer.byteLength(bytes);
    tty.write(bytes, (error) => {
      writing = false;
      if (error) {
        on.error(error);
        return;
      }
      flush();
      if (!writing) on.idle();
    });
  };

  return {
    frame: (text) => {
      stats.frames_given += 1;
      newest = text;
      is_new = true;
      flush();
    },
    raw: (bytes) => {
      if (waiting.length + bytes.length <= RAW_BYTES_MAX) waiting += bytes;
      flush();
    },
    forget: () => {
      shown = undefined;
    },
    repaint: () => {
      shown = undefined;
      is_new = newest !== undefined;
      flush();
    },
    hold: (hold) => {
      held = hold;
      flush();
    },
    synchronise: (supported) => {
      synchronised = supported;
    },
    answered: acks.answered,
    isBusy: (cause) => writing || held || (cause === "data" ? acks.isAwaited() : acks.isFull()),
    isOwed: acks.isOwed,
    stop: acks.stop,
    stats,
  };
}
