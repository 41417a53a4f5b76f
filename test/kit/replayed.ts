/** Frames of a recording as cells: drawn by the real screens, shown by the emulator that the pty's console has. */
import { createRequire } from "node:module";
import type { Player, Recording } from "../../src/state/recorder/player.ts";
import type { PairView } from "../../src/state/view-model.ts";
import { buildDetail } from "../../src/views/panes/detail.ts";
import { panes } from "../../src/views/panes/index.ts";
import { createScreenCore, createScreenStore } from "../../src/views/screen-core.ts";
import { createTheme } from "../../src/views/theme.ts";
import { type Cell, cellsOfTerminal } from "./console.ts";

const { Terminal } = createRequire(import.meta.url)("@xterm/headless") as typeof import("@xterm/headless");

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Rows with their colours, as the cells that a terminal shows. */
export async function cellsOf(rows: readonly string[], size: Size): Promise<Cell[][]> {
  const terminal = new Terminal({ cols: size.columns, rows: size.rows, allowProposedApi: true, scrollback: 0 });
  await new Promise<void>((resolve) =>
    terminal.write(rows.map((row, index) => `\u001b[${index + 1};1H\u001b[0m${row}`).join(""), () => resolve()),
  );
  const cells = cellsOfTerminal(terminal);
  terminal.dispose();
  return cells;
}

/** What an eye sees of cells: a blank has no colour of its own but its ground. Two screens are the same where this is. */
export const seen = (cells: readonly (readonly Cell[])[]): readonly string[] =>
  cells.map((row) =>
    row
      .map(({ text, fg, fg_kind, bg_kind, bold, inverse }) => {
        const blank = text.trim() === "" && !inverse;
        return blank ? ` ${bg_kind}` : `${text} ${fg_kind} ${fg} ${bg_kind} ${bold} ${inverse}`;
      })
      .join("|"),
  );

/** Time between two frames that are drawn: what changes with time alone are ages in seconds. */
const STEP_MS = 10;

/** Ages are told in tenths of a second. */
const AGE_TICK_MS = 100;

/** When a host's age reads differently, after this moment. */
const nextTick = ({ hosts }: PairView, after_ms: number): number =>
  Math.min(...hosts.map(({ heard_ms = after_ms }) => after_ms + AGE_TICK_MS - ((after_ms - heard_ms) % AGE_TICK_MS)));

/** The frames that a console could have shown in this time, each once. */
export async function framesBetween(
  player: Player,
  { from_ms, to_ms, keys, columns, rows }: Size & { readonly from_ms: number; readonly to_ms: number; readonly keys: readonly string[] },
  heard_ms: readonly number[] = [],
): Promise<Cell[][][]> {
  const drawn = new Set<string>();
  const frames: string[][] = [];
  // A view may have been made between two things that were heard in a burst.
  const times = new Set(heard_ms.filter((at_ms) => at_ms >= from_ms && at_ms <= to_ms));
  for (let at_ms = from_ms; at_ms <= to_ms; at_ms += STEP_MS) times.add(at_ms);
  const waiting = [...times].sort((a, b) => a - b);
  for (let at_ms = waiting.shift(); at_ms !== undefined; at_ms = waiting.shift()) {
    while (!player.go(at_ms));
    const view = player.view();
    // Or between the ticks of two hosts' ages, which may be a millisecond apart.
    const tick_ms = nextTick(view, at_ms);
    if (tick_ms < (waiting[0] ?? to_ms + 1)) waiting.unshift(tick_ms);
    const store = createScreenStore(view);
    const core = createScreenCore(store, { panes, detail: buildDetail }, createTheme({ depth: "256", light: false, ascii: false }));
    core.dispatch([{ kind: "resized", columns, rows }, ...keys.map((key) => ({ kind: "key" as const, key }))]);
    const shown = [...core.rows()];
    if (drawn.has(shown.join("\n"))) continue;
    drawn.add(shown.join("\n"));
    frames.push(shown);
  }
  return Promise.all(frames.map((frame) => cellsOf(frame, { columns, rows })));
}

/** What was on a live console's screen. */
export interface Frame {
  /** Keys that had been pressed by then. */
  readonly keys: readonly string[];
  readonly cells: readonly (readonly Cell[])[];
}

export const textOf = (cells: Frame["cells"]): string =>
  cells
    .map((row) =>
      row
        .map(({ text }) => text || " ")
        .join("")
        .trimEnd(),
    )
    .join("\n");

/** All but the top two lines, whose clock is the replay's, and the foot, whose keys are. */
export const body = (cells: Frame["cells"]): readonly string[] => seen(cells).slice(2, -1);

/** The second in which it was drawn, by the clock in its top line. */
function secondOf(cells: Frame["cells"], started_ms: number): number {
  const clock = /(\d\d:\d\d:\d\d) UTC/.exec(textOf(cells))?.[1];
  const at_ms = Date.parse(`${new Date(started_ms).toISOString().slice(0, 10)}T${clock}Z`);
  return at_ms < started_ms - 1000 ? at_ms + 86_400_000 : at_ms;
}

/**
 * The rows of a live frame that aren't in the replay of its second, each with what the nearest replayed frame has; undefined: it is there, cell by cell. What
 * the second line says of the hosts is held for a second: it is looked for by itself.
 */
export async function missingOf(
  player: Player,
  { header, items }: Recording,
  { keys, cells }: Frame,
  size: Size,
): Promise<string | undefined> {
  const from_ms = secondOf(cells, header.started_ms);
  const heard_ms = items.map((item) => (item.kind === "msg" ? item.msg.at_ms : item.at_ms));
  const replayed = await framesBetween(player, { from_ms, to_ms: from_ms + 999, keys, ...size }, heard_ms);
  const [, hosts, ...wanted] = seen(cells).slice(0, -1);
  let nearest: { readonly rows: readonly number[]; readonly frame: Cell[][] } | undefined;
  let same_hosts = false;
  for (const frame of replayed) {
    const [, also, ...found] = seen(frame).slice(0, -1);
    same_hosts ||= also === hosts;
    const rows = found.flatMap((row, index) => (row === wanted[index] ? [] : [index + 2]));
    if (nearest === undefined || rows.length < nearest.rows.length) nearest = { rows, frame };
  }
  if (nearest === undefined) return "there is no such second in the recording";
  const rows = [...(same_hosts ? [] : [1]), ...nearest.rows];
  if (rows.length === 0) return undefined;
  const [live, other] = [textOf(cells).split("\n"), textOf(nearest.frame).split("\n")];
  return rows.map((row) => `${row} live:     ${live[row]}\n${row} replayed: ${other[row]}`).join("\n");
}
