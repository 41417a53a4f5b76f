/** A program in a pty of 200x60, with an emulator that answers what a terminal answers and shows when something is to be seen. */
import { spawn } from "@lydell/node-pty";
import xterm from "@xterm/headless";
import type { Line } from "./line.ts";
import { openLine } from "./line.ts";

export const COLUMNS = 200;
export const ROWS = 60;
/** Only turns a hang into an error. */
const SEES_LIMIT_MS = 60_000;

export interface Screen {
  readonly row: (y: number) => string;
  readonly text: () => string;
  /** Whether a cell of this row is shown inverted. */
  readonly inverted: (y: number) => boolean;
}

export interface Terminal {
  readonly pid: number;
  /** Written by the program. */
  readonly bytes: () => number;
  /** Writes by the program, as the pty handed them over. */
  readonly chunks: () => number;
  readonly type: (keys: string) => void;
  /** When (performance.now) the bytes came that made it true. */
  readonly sees: (what: (screen: Screen) => boolean) => Promise<number>;
  /** Nothing came for so long. */
  readonly quiet: (ms: number) => Promise<void>;
  /** Stops reading, as a terminal does whose window hangs. */
  readonly stall: (on: boolean) => void;
  readonly close: () => Promise<void>;
}

export interface Opening {
  readonly env?: Readonly<Record<string, string>>;
  /** The line between the program and the terminal; absent: none. */
  readonly line?: Line;
}

export function openTerminal([file = "", ...args]: readonly string[], { env = {}, line }: Opening = {}): Terminal {
  const pty = spawn(file, args, {
    name: "xterm-256color",
    cols: COLUMNS,
    rows: ROWS,
    encoding: null,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", LANG: "C.UTF-8", TERM: "xterm-256color", ...env },
  });
  const emulator = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true, scrollback: 0 });
  const wire = openLine(line, { pause: () => pty.pause(), resume: () => pty.resume() });
  const waiting = new Set<(came_ms: number) => void>();
  let bytes = 0;
  let chunks = 0;
  let last_ms = performance.now();
  const exited = new Promise<void>((done) => pty.onExit(() => done()));
  const show = (data: Uint8Array): void => {
    const came_ms = performance.now();
    last_ms = came_ms;
    emulator.write(data, () => {
      for (const look of waiting) look(came_ms);
    });
  };
  pty.onData((data: string | Uint8Array) => {
    const chunk = typeof data === "string" ? Buffer.from(data) : data;
    bytes += chunk.length;
    chunks += 1;
    wire.down(chunk, show);
  });
  emulator.onData((answer) => wire.up(() => pty.write(answer)));
  const screen = screenOf(emulator);
  return {
    pid: pty.pid,
    bytes: () => bytes,
    chunks: () => chunks,
    type: (keys) => wire.up(() => pty.write(keys)),
    sees: (what) =>
      new Promise((done, fail) => {
        const limit = setTimeout(() => {
          waiting.delete(look);
          fail(new Error(`not seen: ${what}\n${screen.text()}`));
        }, SEES_LIMIT_MS);
        const look = (came_ms: number): void => {
          if (!what(screen)) return;
          clearTimeout(limit);
          waiting.delete(look);
          done(came_ms);
        };
        waiting.add(look);
        look(performance.now());
      }),
    quiet: async (ms) => {
      while (performance.now() - last_ms < ms) await new Promise((done) => setTimeout(done, ms - (performance.now() - last_ms) + 1));
    },
    stall: (on) => (on ? pty.pause() : pty.resume()),
    close: async () => {
      pty.resume();
      pty.kill("SIGTERM");
      const limit = setTimeout(() => pty.kill("SIGKILL"), 5_000);
      await exited;
      clearTimeout(limit);
      wire.close();
      emulator.dispose();
    },
  };
}

function screenOf(emulator: xterm.Terminal): Screen {
  const lineAt = (y: number) => emulator.buffer.active.getLine(emulator.buffer.active.viewportY + y);
  const row = (y: number): string => lineAt(y)?.translateToString(true) ?? "";
  return {
    row,
    text: () => Array.from({ length: ROWS }, (_, y) => row(y)).join("\n"),
    inverted: (y) => Array.from({ length: 12 }, (_, x) => lineAt(y)?.getCell(x)?.isInverse() ?? 0).some((inverse) => inverse !== 0),
  };
}
