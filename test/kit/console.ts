/**
 * The real program in a real pty, its screen kept by a terminal emulator: what a person would see, as text and cells.
 * Waiting is for what the screen shows (or for the program's end), never for a time; the limit only turns a hang into a failure that shows the screen.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { spawn } from "@lydell/node-pty";
import type { Terminal as HeadlessTerminal } from "@xterm/headless";

const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as typeof import("@xterm/headless");

export const bundle = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
export const launcher = fileURLToPath(new URL("../../bin/xenha-tui.mjs", import.meta.url));

export interface ConsoleOptions {
  readonly args: readonly string[];
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Cell {
  readonly text: string;
  readonly fg: number;
  readonly default_fg: boolean;
  readonly bold: boolean;
  readonly inverse: boolean;
}

export interface Console {
  readonly pid: number;
  /** The screen's rows, right ends trimmed. */
  lines(): string[];
  screen(): string;
  cell(row: number, column: number): Cell;
  readonly terminal: HeadlessTerminal;
  /** Keys as a terminal sends them. */
  press(...keys: readonly string[]): void;
  resize(columns: number, rows: number): void;
  /** Resolves as soon as the screen matches; fails with the screen after the limit. */
  sees(what: RegExp | string | ((screen: string) => boolean), limit_ms?: number): Promise<string>;
  /** Resolves with the exit status. */
  readonly ended: Promise<{ readonly code: number; readonly signal: number | undefined }>;
  kill(signal?: string): void;
  /** Bytes that came from the program. */
  bytes(): number;
  /** Everything that came, as it came. */
  raw(): string;
}

/** Named keys; anything else is typed as it is. */
const keys: Readonly<Record<string, string>> = {
  enter: "\r",
  esc: "\x1b",
  tab: "\t",
  up: "\x1b[A",
  down: "\x1b[B",
  "ctrl-c": "\x03",
  "ctrl-d": "\x04",
  "ctrl-l": "\x0c",
  "ctrl-r": "\x12",
  "ctrl-u": "\x15",
  "ctrl-z": "\x1a",
  space: " ",
  backspace: "\x7f",
};

export const SEES_LIMIT_MS = 15_000;

export function openConsole({ args, columns = 80, rows = 24, env = {} }: ConsoleOptions): Console {
  if (!existsSync(bundle)) throw new Error("dist/main.js is missing: npm run build");
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  const pty = spawn(process.execPath, [launcher, ...args], {
    name: "xterm-256color",
    cols: columns,
    rows,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", LANG: "C.UTF-8", TERM: "xterm-256color", ...env },
  });
  let received = "";
  let count = 0;
  const watchers = new Set<() => void>();
  pty.onData((data) => {
    received = (received + data).slice(-2_000_000);
    count += Buffer.byteLength(data);
    terminal.write(data, () => {
      for (const look of watchers) look();
    });
  });
  // The emulator answers what the program asks the terminal, as a real one would.
  terminal.onData((answer) => pty.write(answer));
  const ended = new Promise<{ code: number; signal: number | undefined }>((resolve) =>
    pty.onExit(({ exitCode, signal }) => {
      resolve({ code: exitCode, signal });
      for (const look of watchers) look();
    }),
  );
  const lines = (): string[] =>
    Array.from(
      { length: terminal.rows },
      (_, row) => terminal.buffer.active.getLine(terminal.buffer.active.baseY + row)?.translateToString(true) ?? "",
    );
  const screen = (): string => lines().join("\n");
  return {
    pid: pty.pid,
    lines,
    screen,
    terminal,
    cell(row, column) {
      const cell = terminal.buffer.active.getLine(terminal.buffer.active.baseY + row)?.getCell(column);
      if (cell === undefined) throw new Error(`there is no cell ${row},${column}`);
      return {
        text: cell.getChars(),
        fg: cell.getFgColor(),
        default_fg: cell.isFgDefault(),
        bold: cell.isBold() !== 0,
        inverse: cell.isInverse() !== 0,
      };
    },
    press: (...pressed) => pressed.forEach((key) => void pty.write(keys[key] ?? key)),
    resize(to_columns, to_rows) {
      terminal.resize(to_columns, to_rows);
      pty.resize(to_columns, to_rows);
    },
    sees(what, limit_ms = SEES_LIMIT_MS) {
      const found = (): boolean =>
        typeof what === "function" ? what(screen()) : typeof what === "string" ? screen().includes(what) : what.test(screen());
      return new Promise((resolve, reject) => {
        const limit = setTimeout(() => {
          watchers.delete(look);
          reject(new Error(`not seen within ${limit_ms / 1000} s: ${String(what)}\n${screen()}`));
        }, limit_ms);
        const look = (): void => {
          if (!found()) return;
          clearTimeout(limit);
          watchers.delete(look);
          resolve(screen());
        };
        watchers.add(look);
        look();
      });
    },
    ended,
    kill: (signal = "SIGTERM") => pty.kill(signal),
    bytes: () => count,
    raw: () => received,
  };
}
