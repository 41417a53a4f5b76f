/**
 * The real program in a real pty, its screen kept by a terminal emulator: what a person would see, as text and cells.
 * Waiting is for what the screen shows (or for the program's end), never for a time; the limit only turns a hang into a failure that shows the screen.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type IPty, spawn } from "@lydell/node-pty";
import type { Terminal as HeadlessTerminal } from "@xterm/headless";
import { keys } from "./keys.ts";

const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as typeof import("@xterm/headless");

export const bundle = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
export const launcher = fileURLToPath(new URL("../../bin/xenha-tui.mjs", import.meta.url));

/** Where the operator's record goes: what tests do is in nobody's audit. */
const state_home = mkdtempSync(join(tmpdir(), "xenha-state-"));
process.once("exit", () => rmSync(state_home, { recursive: true, force: true }));

/** Nobody's own settings have a say in what a test sees. */
export const cleanEnvironment = {
  PATH: process.env.PATH ?? "",
  HOME: process.env.HOME ?? "/",
  XDG_CONFIG_HOME: "/nonexistent",
  XDG_STATE_HOME: state_home,
  LANG: "C.UTF-8",
  TERM: "xterm-256color",
} as const;

export interface ConsoleOptions {
  readonly args: readonly string[];
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What the terminal runs, in place of the program alone: `["sh", "-c", ...]`. The program's own command line is added to it. */
  readonly under?: readonly [string, ...string[]];
}

export interface Cell {
  readonly text: string;
  readonly fg: number;
  readonly default_fg: boolean;
  /** `default`, `16` (palette 0 to 15), `256` or `rgb`: how far the colour's number reaches. */
  readonly fg_kind: "default" | "16" | "256" | "rgb";
  readonly bg_kind: "default" | "16" | "256" | "rgb";
  readonly bold: boolean;
  readonly inverse: boolean;
}

export type Sight = RegExp | string | ((screen: string) => boolean);

export interface Console {
  readonly pid: number;
  /** The screen's rows, right ends trimmed. */
  lines(): string[];
  screen(): string;
  /** The first row of the screen that has this; fails with the screen where none has. */
  row(what: RegExp | string): string;
  cell(row: number, column: number): Cell;
  /** All cells of the screen, row by row. */
  cells(): Cell[][];
  readonly terminal: HeadlessTerminal;
  /** Keys as a terminal sends them. */
  press(...keys: readonly string[]): void;
  resize(columns: number, rows: number): void;
  /** Resolves as soon as the screen matches; fails with the screen after the limit, or where the program ended instead. */
  sees(what: Sight, limit_ms?: number): Promise<string>;
  /** From now on the screen must not show this, not even for a moment: `sees` and `kept` fail with that screen. */
  never(what: RegExp): void;
  /** Fails where something was seen that must never be. */
  kept(): void;
  /** Resolves with the exit status. */
  readonly ended: Promise<{ readonly code: number; readonly signal: number | undefined }>;
  kill(signal?: string): void;
  /** The terminal is gone: its other side is closed, as by a lost ssh session. */
  hangUp(): void;
  /** The terminal takes nothing any more, and goes on. */
  stall(): void;
  goOn(): void;
  /** Number of bytes that came from the program. */
  bytes(): number;
  /** Everything that came, as it came. */
  raw(): string;
  rawBytes(): Buffer;
}

export const SEES_LIMIT_MS = 60_000;
/** What is kept of what came. */
const RAW_BYTES_MAX = 4_000_000;

/** What of node-pty's terminal isn't in its types. */
interface Destroyable {
  destroy(): void;
}

type XtermCell = NonNullable<ReturnType<NonNullable<ReturnType<HeadlessTerminal["buffer"]["active"]["getLine"]>>["getCell"]>>;
const kindOf = (cell: XtermCell, side: "Fg" | "Bg"): Cell["fg_kind"] => {
  if (cell[`is${side}Default`]()) return "default";
  if (cell[`is${side}RGB`]()) return "rgb";
  return cell[`get${side}Color`]() < 16 ? "16" : "256";
};
const cellOf = (cell: XtermCell): Cell => ({
  text: cell.getChars(),
  fg: cell.getFgColor(),
  default_fg: cell.isFgDefault(),
  fg_kind: kindOf(cell, "Fg"),
  bg_kind: kindOf(cell, "Bg"),
  bold: cell.isBold() !== 0,
  inverse: cell.isInverse() !== 0,
});

/** What is looked at with everything that comes. */
interface Watch {
  readonly look: () => void;
  add(watcher: () => void): () => void;
}

function createWatch(): Watch {
  const watchers = new Set<() => void>();
  return {
    look: () => {
      for (const watcher of [...watchers]) watcher();
    },
    add: (watcher) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}

const isSeen = (what: Sight, screen: string): boolean =>
  typeof what === "function" ? what(screen) : typeof what === "string" ? screen.includes(what) : what.test(screen);

/** Keeps what came, up to a limit. */
function createTape(): { take(bytes: Buffer): void; count(): number; all(): Buffer } {
  const chunks: Buffer[] = [];
  let kept = 0;
  let count = 0;
  return {
    take: (bytes) => {
      count += bytes.length;
      chunks.push(bytes);
      for (kept += bytes.length; kept > RAW_BYTES_MAX; kept -= chunks.shift()?.length ?? kept);
    },
    count: () => count,
    all: () => Buffer.concat(chunks),
  };
}

function start({ args, columns = 80, rows = 24, env = {}, under }: ConsoleOptions): IPty {
  if (!existsSync(bundle)) throw new Error("dist/main.js is missing: npm run build");
  const [file, ...argv] = [...(under ?? []), process.execPath, launcher, ...args];
  // Bytes, not text: what isn't UTF-8 must be seen as it is.
  const given = { ...cleanEnvironment, ...env };
  return spawn(file ?? "", argv, { name: given.TERM, cols: columns, rows, encoding: null, env: given });
}

/** All cells of an emulator's screen, row by row. */
export const cellsOfTerminal = (terminal: HeadlessTerminal): Cell[][] => createScreen(terminal).cells();

function createScreen(terminal: HeadlessTerminal): Pick<Console, "lines" | "screen" | "row" | "cell" | "cells"> {
  const lineAt = (row: number) => terminal.buffer.active.getLine(terminal.buffer.active.baseY + row);
  const textAt = (row: number): string => lineAt(row)?.translateToString(true, 0, terminal.cols).trimEnd() ?? "";
  const lines = (): string[] => Array.from({ length: terminal.rows }, (_, row) => textAt(row));
  const screen = (): string => lines().join("\n");
  const cell = (row: number, column: number): Cell => {
    const found = lineAt(row)?.getCell(column);
    if (found === undefined) throw new Error(`there is no cell ${row},${column}`);
    return cellOf(found);
  };
  return {
    lines,
    screen,
    cell,
    cells: () => Array.from({ length: terminal.rows }, (_, row) => Array.from({ length: terminal.cols }, (_cell, x) => cell(row, x))),
    row: (what) => {
      const found = lines().find((line) => (typeof what === "string" ? line.includes(what) : what.test(line)));
      if (found === undefined) throw new Error(`no row has ${String(what)}\n${screen()}`);
      return found;
    },
  };
}

export function openConsole(options: ConsoleOptions): Console {
  const { columns = 80, rows = 24 } = options;
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  const shown = createScreen(terminal);
  const pty = start(options);
  const tape = createTape();
  const watch = createWatch();
  const forbidden: RegExp[] = [];
  let broken: Error | undefined;
  let over: { code: number; signal: number | undefined } | undefined;
  pty.onData((data) => {
    const bytes = Buffer.from(data);
    tape.take(bytes);
    terminal.write(bytes, () => {
      // A terminal shows nothing of a frame that isn't complete (DEC mode 2026).
      if (terminal.modes.synchronizedOutputMode) return;
      const what = forbidden.find((each) => each.test(shown.screen()));
      if (what !== undefined) broken ??= new Error(`must never be seen: ${String(what)}\n${shown.screen()}`);
      watch.look();
    });
  });
  // The emulator answers what the program asks the terminal, as a real one would.
  terminal.onData((answer) => pty.write(answer));
  const ended = new Promise<{ code: number; signal: number | undefined }>((resolve) =>
    pty.onExit(({ exitCode, signal }) => {
      over = { code: exitCode, signal };
      // What came last is on the screen before anybody is told.
      terminal.write("", () => {
        watch.look();
        resolve({ code: exitCode, signal });
      });
    }),
  );
  const kept = (): void => {
    if (broken !== undefined) throw broken;
  };
  return {
    ...shown,
    pid: pty.pid,
    terminal,
    press: (...pressed) => pressed.forEach((key) => void pty.write(keys[key] ?? key)),
    resize(to_columns, to_rows) {
      terminal.resize(to_columns, to_rows);
      pty.resize(to_columns, to_rows);
    },
    never: (what) => void forbidden.push(what),
    kept,
    sees: (what, limit_ms = SEES_LIMIT_MS) =>
      new Promise((resolve, reject) => {
        const finish = (error: Error | undefined): void => {
          clearTimeout(limit);
          remove();
          if (error === undefined) resolve(shown.screen());
          else reject(error);
        };
        const missing = (when: string): Error => new Error(`not seen ${when}: ${String(what)}\n${shown.screen()}`);
        const limit = setTimeout(() => finish(missing(`within ${limit_ms / 1000} s`)), limit_ms);
        const look = (): void => {
          if (broken !== undefined) finish(broken);
          else if (isSeen(what, shown.screen())) finish(undefined);
          else if (over !== undefined) finish(missing(`before it ended with ${over.code}`));
        };
        const remove = watch.add(look);
        look();
      }),
    ended,
    kill: (signal = "SIGTERM") => {
      if (over === undefined) pty.kill(signal);
    },
    hangUp: () => (pty as unknown as Destroyable).destroy(),
    stall: () => pty.pause(),
    goOn: () => pty.resume(),
    bytes: tape.count,
    raw: () => tape.all().toString("utf8"),
    rawBytes: tape.all,
  };
}

/** Opens the console, lets `story` use it, and leaves no process behind, however the story ends. */
export async function watching<T>(options: ConsoleOptions, story: (console: Console) => Promise<T>): Promise<T> {
  const console = openConsole(options);
  try {
    const told = await story(console);
    console.kept();
    return told;
  } finally {
    console.goOn();
    console.kill("SIGKILL");
    await console.ended;
  }
}
