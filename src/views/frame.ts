/** The whole screen as rows of text with SGR: exactly as many rows and columns as the window has. Pure. */
import type { ReplayStatus } from "../state/recorder/transport.ts";
import type { PairView } from "../state/view-model.ts";
import type { Act } from "./acting/act.ts";
import type { Command } from "./commands.ts";
import { COLUMNS_MIN, ROWS_MIN } from "./layout.ts";
import type { Pane } from "./pane.ts";
import { planStrip } from "./panes/plan-words.ts";
import type { Board, Scene } from "./scene.ts";
import { type Symbols, symbolsOf } from "./symbols.ts";
import type { Theme } from "./theme.ts";
import type { Ui } from "./ui.ts";
import { drawBoard } from "./widgets/board.ts";
import { type Box, type CanvasRow, encodeRow, layOver, piece } from "./widgets/canvas.ts";
import { footLine } from "./widgets/foot.ts";
import { drawForm } from "./widgets/form-box.ts";
import { hostsLine, tabsLine, titleLine } from "./widgets/head.ts";
import { drawHelp } from "./widgets/help.ts";
import { drawLeave } from "./widgets/leave-box.ts";
import { drawMenu } from "./widgets/menu-box.ts";
import { drawPalette } from "./widgets/palette-box.ts";
import { drawDialog } from "./widgets/plan-box.ts";
import { drawPlanStrip } from "./widgets/plan-strip.ts";
import { drawPrompt } from "./widgets/prompt-box.ts";
import { drawStrip } from "./widgets/strip.ts";
import { drawTakeOver } from "./widgets/takeover-box.ts";
import { lineText, span, takeColumns, wrapText } from "./widgets/text.ts";

export interface FrameInput {
  readonly view: PairView;
  readonly act: Act;
  /** The view that the hosts' ages and the clock are told from. */
  readonly head: PairView;
  readonly ui: Ui;
  readonly scene: Scene;
  readonly panes: readonly Pane[];
  readonly commands: readonly Command[];
  readonly theme: Theme;
  readonly replay?: ReplayStatus | undefined;
}

export function drawFrame(input: FrameInput): readonly string[] {
  const { ui, scene, theme } = input;
  const symbols = symbolsOf(theme.look.ascii);
  const rows = scene.main === undefined ? tooSmall(ui) : wholeScreen(input, scene.main, symbols);
  const box = scene.main === undefined ? undefined : overlayBox(input, symbols);
  const drawn = box === undefined ? rows : withBox(rows, box, ui.columns);
  return drawn.map((row) => encodeRow(row, theme));
}

/** The pair and its hosts stay as they are under a box; the rest steps back. */
const BRIGHT_ROWS = 2;
const dimmed = (row: CanvasRow): CanvasRow => row.map(({ line }) => ({ line: [span(lineText(line), "dim")], emphasis: "none" }));

/** A box taller than the room below its place moves up: its last line is where one types. */
function withBox(rows: readonly CanvasRow[], box: Box, columns: number): readonly CanvasRow[] {
  const y = Math.max(0, Math.min(box.y, rows.length - box.rows.length));
  const behind = rows.map((row, index) => (index < BRIGHT_ROWS ? row : dimmed(row)));
  return layOver(behind, { ...box, y }, columns);
}

function tooSmall({ columns, rows }: Ui): CanvasRow[] {
  const texts = [...wrapText(`window too small: ${columns}x${rows}, need ${COLUMNS_MIN}x${ROWS_MIN}`, columns), "q quits"];
  return Array.from({ length: rows }, (_, y) => [piece([span(takeColumns(texts[y] ?? "", columns))], columns)]);
}

function wholeScreen(input: FrameInput, main: Board, symbols: Symbols): CanvasRow[] {
  const { view, act, head: told, ui, scene, panes, commands, replay } = input;
  const { columns } = ui;
  const head = [
    titleLine(view, told.now_ms, columns, symbols, replay),
    hostsLine(told, columns, symbols),
    tabsLine({ panes, screen: ui.screen, view, width: columns, symbols }),
  ];
  const foot = footLine(commands, { ui, scene, view, act, replay }, symbols);
  const plan_rows = scene.layout.kind === "too_small" ? 0 : scene.layout.plan_rows;
  return [
    ...head.map((line): CanvasRow => [piece(line, columns)]),
    ...bodyRows(input, main, symbols),
    ...(scene.strip === undefined ? [] : drawStrip(scene.strip.area, scene.strip.findings, symbols).map((line): CanvasRow => [line])),
    ...drawPlanStrip(planStrip(view, act.desk), plan_rows, columns, symbols).map((line): CanvasRow => [piece(line, columns)]),
    [piece(foot, columns)],
  ];
}

function bodyRows({ ui, scene, panes }: FrameInput, main: Board, symbols: Symbols): CanvasRow[] {
  const screen = panes.find(({ id }) => id === ui.screen)?.title ?? "";
  const left = drawBoard(main, main.pane === undefined ? [screen] : [], symbols);
  if (scene.layout.kind !== "wide") return left.map((line) => [line]);
  const { side } = scene.layout;
  const right = scene.side === undefined ? [] : drawBoard(scene.side, [], symbols);
  const between = piece([span(symbols.vertical, "dim")], 1);
  const corner = piece([span(symbols.cross_down, "dim")], 1);
  const bare = piece([span(symbols.horizontal.repeat(side.width), "dim")], side.width);
  return left.map((line, y) => [line, y === 0 ? corner : between, right[y] ?? (y === 0 ? bare : piece([], side.width))]);
}

function overlayBox({ ui, scene, view, act, commands, replay }: FrameInput, symbols: Symbols): Box | undefined {
  const { overlay } = ui;
  const context = { ui, scene, view, act, replay };
  switch (overlay.kind) {
    case "none":
    case "filter":
      return undefined;
    case "help":
      return drawHelp(commands, context, overlay.top, symbols);
    case "palette":
      return drawPalette(commands, context, overlay, symbols);
    case "prompt":
      return drawPrompt({ prompt: overlay.asked.prompt, text: overlay.text, waiting: ui.asks.length }, ui, symbols);
    case "menu":
      return drawMenu(overlay.menu, context, symbols);
    case "form":
      return drawForm(overlay.form, context, symbols);
    case "plan":
      return drawDialog(overlay.dialog, context, symbols);
    case "takeover":
      return drawTakeOver(overlay.takeover, context, symbols);
    case "leave":
      return drawLeave(context, symbols);
  }
}
