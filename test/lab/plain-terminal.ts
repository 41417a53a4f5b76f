/** A terminal of nobody's make at a guest's console: ssh, `xl console`, and @xterm/headless, which answers what it is asked. What the console's pane is held against. */
import { createRequire } from "node:module";
import { spawn } from "@lydell/node-pty";
import type { Console } from "../kit/console.ts";
import { sshConfig } from "./pair.ts";

const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as typeof import("@xterm/headless");

/** A guest behind hvc0 takes its terminal for that. */
export const [COLUMNS, ROWS] = [80, 24] as const;
const LIMIT_MS = 2 * 60_000;

/** Keys, and what the screen shows once they are done. */
export type Act = readonly [keys: string, shown: RegExp];

export interface PlainCell {
  readonly text: string;
  readonly bold: boolean;
  readonly inverse: boolean;
  /** `default`, a number of the palette, or `rgb`. */
  readonly fg: string;
}
export type Picture = readonly (readonly PlainCell[])[];

export interface PlainTerminal {
  does(act: Act): Promise<void>;
  /** What is on it now, the cursor turned round. */
  picture(): Picture;
  close(): Promise<void>;
}

export function plainTerminal(host: string, guest: string): PlainTerminal {
  const terminal = new Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  const pty = spawn("ssh", ["-F", sshConfig, "-tt", host, `exec xl console ${guest}`], {
    name: "xterm-256color",
    cols: COLUMNS,
    rows: ROWS,
  });
  const watchers = new Set<() => void>();
  pty.onData((data) =>
    terminal.write(data, () => {
      for (const look of [...watchers]) look();
    }),
  );
  terminal.onData((answer) => pty.write(answer));
  const ended = new Promise<void>((done) => pty.onExit(() => done()));
  const lineAt = (y: number) => terminal.buffer.active.getLine(terminal.buffer.active.baseY + y);
  const screen = (): string => Array.from({ length: ROWS }, (_, y) => lineAt(y)?.translateToString(true).trimEnd() ?? "").join("\n");
  const cellAt = (y: number, x: number): PlainCell => {
    const cell = lineAt(y)?.getCell(x);
    if (cell === undefined) throw new Error(`the plain terminal has no cell ${y},${x}`);
    const { cursorX, cursorY } = terminal.buffer.active;
    return {
      text: cell.getChars().trim(),
      bold: cell.isBold() !== 0,
      inverse: (cell.isInverse() !== 0) !== (y === cursorY && x === cursorX),
      fg: cell.isFgDefault() ? "default" : cell.isFgRGB() ? "rgb" : String(cell.getFgColor()),
    };
  };
  return {
    does: ([keys, shown]) =>
      new Promise((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error(`the plain terminal shows no ${String(shown)}:\n${screen()}`)), LIMIT_MS);
        const look = (): void => {
          if (!shown.test(screen())) return;
          clearTimeout(limit);
          watchers.delete(look);
          resolve();
        };
        pty.write(keys);
        watchers.add(look);
        look();
      }),
    picture: () => Array.from({ length: ROWS }, (_, y) => Array.from({ length: COLUMNS }, (_cell, x) => cellAt(y, x))),
    close: async () => {
      pty.kill();
      await ended;
    },
  };
}

/** Where a guest's screen on the console, which begins in its second row, isn't that of the plain terminal. */
export function differences(console: Console, picture: Picture): readonly string[] {
  return picture.flatMap((row, y) =>
    row.flatMap((wanted, x) => {
      const { text, bold, inverse, default_fg, fg_kind, fg } = console.cell(y + 1, x);
      // The terminal that it is shown on has 256 colours: of others the nearest is shown.
      const colour = default_fg ? "default" : wanted.fg === "rgb" && fg_kind === "256" ? "rgb" : String(fg);
      const told: PlainCell = { text: text.trim(), bold, inverse, fg: colour };
      const same =
        told.text === wanted.text &&
        told.inverse === wanted.inverse &&
        (wanted.text === "" || (told.bold === wanted.bold && told.fg === wanted.fg));
      return same ? [] : [`${y},${x}: ${JSON.stringify(told)}, not ${JSON.stringify(wanted)}`];
    }),
  );
}
