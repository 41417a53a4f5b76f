/**
 * The real screen on a terminal emulator: `renderAt(80, 24, view, ["2", "jj", "\r"])` starts it, presses the keys and gives what is to be seen.
 * Keys are bytes as a terminal sends them. Time is moved by hand.
 */
import { EventEmitter } from "node:events";
import type { PairView } from "../../src/state/view-model.ts";
import type { ContentSource } from "../../src/views/scene.ts";
import { createScreenStore, type RunningScreen, type ScreenOptions, type ScreenStore, startScreen } from "../../src/views/start.tsx";
import { createManualClock, type ManualClock } from "./manual-clock.ts";
import { type Cell, cellsOf, createXterm, textOf, writeTo, type Xterm } from "./terminal/xterm.ts";

export interface Rendered {
  readonly screen: RunningScreen;
  readonly store: ScreenStore;
  readonly clock: ManualClock;
  readonly terminal: Xterm;
  /** Rows of text, right ends trimmed. */
  readonly lines: () => string[];
  readonly text: () => string;
  readonly cells: () => Cell[][];
  /** Presses keys and waits until the terminal shows what came of them. */
  readonly press: (...keys: readonly string[]) => Promise<void>;
  readonly show: (view: PairView) => Promise<void>;
  readonly resize: (columns: number, rows: number) => Promise<void>;
  /** Waits until the terminal has taken everything. */
  readonly settle: () => Promise<void>;
  /** Everything written to the terminal since the last call. */
  readonly taken: () => string;
  /** What was written first, before the terminal had taken anything. */
  readonly first_write: string;
  readonly raw_modes: readonly boolean[];
  /** Times ctrl-r reached the runtime. */
  readonly reconnects: () => number;
  readonly hangUp: () => void;
}

export interface RenderOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly look?: ScreenOptions["look"];
  readonly content?: ContentSource;
  readonly mouse?: boolean;
}

export const modernTerminal = { TERM: "xterm-256color", COLORTERM: "truecolor", LANG: "C.UTF-8" };
const ESCAPE_TIMEOUT_MS = 30;

export async function renderAt(
  columns: number,
  rows: number,
  view: PairView,
  keys: readonly string[] = [],
  { env = modernTerminal, look, content, mouse }: RenderOptions = {},
): Promise<Rendered> {
  const terminal = createXterm(columns, rows);
  const clock = createManualClock();
  const stdin = Object.assign(new EventEmitter(), {
    raw_modes: [] as boolean[],
    isTTY: true,
    resume: () => undefined,
    pause: () => undefined,
    setRawMode(raw: boolean) {
      this.raw_modes.push(raw);
    },
  });
  // It answers what it is asked, as a real one does.
  terminal.onData((answer) => void stdin.emit("data", Buffer.from(answer)));
  let taken = "";
  let first_write: string | undefined;
  let writing: Promise<void> = Promise.resolve();
  const stdout = Object.assign(new EventEmitter(), {
    columns,
    rows,
    write: (bytes: string, done: () => void) => {
      taken += bytes;
      first_write ??= bytes;
      writing = writeTo(terminal, bytes).then(done);
    },
  });
  const store = createScreenStore(view);
  let reconnects = 0;
  const screen = startScreen({
    store,
    terminal: { stdin, stdout },
    env,
    clock,
    reconnect: () => {
      reconnects += 1;
    },
    ...(look === undefined ? {} : { look }),
    ...(mouse === undefined ? {} : { mouse }),
    ...(content === undefined ? {} : { content }),
  });

  // A write's end may start the next one.
  const settle = async (): Promise<void> => {
    for (let awaited: Promise<void> | undefined; awaited !== writing; ) {
      awaited = writing;
      await awaited;
    }
  };
  const press = async (...pressed: readonly string[]): Promise<void> => {
    for (const key of pressed) {
      stdin.emit("data", Buffer.from(key, "utf8"));
      if (key === "\x1b") clock.advance(ESCAPE_TIMEOUT_MS);
      await settle();
    }
  };
  await settle();
  await press(...keys);

  return {
    screen,
    store,
    clock,
    terminal,
    lines: () => textOf(terminal),
    text: () => textOf(terminal).join("\n"),
    cells: () => cellsOf(terminal),
    press,
    settle,
    show: async (next) => {
      store.setState({ view: next });
      clock.advance(250);
      await settle();
    },
    resize: async (new_columns, new_rows) => {
      terminal.resize(new_columns, new_rows);
      Object.assign(stdout, { columns: new_columns, rows: new_rows });
      stdout.emit("resize");
      await settle();
    },
    taken: () => {
      const bytes = taken;
      taken = "";
      return bytes;
    },
    first_write: first_write ?? "",
    raw_modes: stdin.raw_modes,
    reconnects: () => reconnects,
    hangUp: () => void stdin.emit("end"),
  };
}
