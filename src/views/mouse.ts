/**
 * The mouse, where it was asked for (`--mouse`): a click puts the cursor on a row or shows a screen, the wheel scrolls what is under it. It opens
 * and confirms nothing: a click is too easily a slip.
 */
import type { CommandContext, Step } from "./actions.ts";
import { isSelectable, scrollByRows } from "./rows.ts";
import type { Board, Scene } from "./scene.ts";
import type { MouseEvent } from "./terminal/decoder.ts";
import { goTo, type ScreenId, type Ui, withPlace } from "./ui.ts";

const WHEEL_ROWS = 3;
/** The third line on top: see widgets/head.ts. */
const TABS_ROW = 2;

const isIn = ({ area: { x, y, width, height } }: Board, { column, row }: MouseEvent): boolean =>
  column >= x && column < x + width && row >= y && row < y + height;

const boardAt = ({ main, side }: Scene, event: MouseEvent): Board | undefined =>
  [main, side].find((board): board is Board => board !== undefined && isIn(board, event));

/** In the wide layout: as tab goes from the one to the other. */
function focused(ui: Ui, { main, side }: Scene, board: Board): Ui {
  if (board === side) return { ...ui, focus: "side" };
  return board === main && ui.focus === "side" ? { ...ui, focus: "main", stack: [] } : ui;
}

function click({ ui, scene }: CommandContext, event: MouseEvent, tabAt: (column: number) => ScreenId | undefined): Ui {
  if (event.row === TABS_ROW) {
    const screen = tabAt(event.column);
    return screen === undefined ? ui : goTo(ui, { screen, stack: [] });
  }
  const board = boardAt(scene, event);
  if (board === undefined) return ui;
  const next = focused(ui, scene, board);
  // Below the title line and the pane's own header.
  const line = event.row - board.area.y - 1 - board.header.length;
  const index = board.top + line;
  const row = line < 0 ? undefined : board.rows[index];
  if (row === undefined || !isSelectable(row)) return next;
  return withPlace(next, board.place, { key: row.key, index, top: board.top, follow: true });
}

function wheel({ ui, scene }: CommandContext, event: MouseEvent): Ui {
  const board = boardAt(scene, event);
  if (board === undefined) return ui;
  const rows = event.action === "wheel_up" ? -WHEEL_ROWS : WHEEL_ROWS;
  return withPlace(ui, board.place, scrollByRows(board.rows, board, board.page, rows));
}

/** Nothing while a box lies over the panes: what can't be seen can't be meant. */
export function mouseStep(context: CommandContext, event: MouseEvent, tabAt: (column: number) => ScreenId | undefined): Step {
  if (context.ui.overlay.kind !== "none") return [context.ui, []];
  return [event.action === "press" ? click(context, event, tabAt) : wheel(context, event), []];
}
