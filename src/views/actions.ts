/** What the commands do to the UI state. Pure: effects are values, carried out by start.tsx. */
import type { Plan, PlanRequest } from "../state/plan/plan.ts";
import type { ReplayMove, ReplayStatus } from "../state/recorder/transport.ts";
import type { Finding, PairView } from "../state/view-model.ts";
import type { Act } from "./acting/act.ts";
import type { ConsoleRequest } from "./console/request.ts";
import { copyOf } from "./copy.ts";
import type { Pane, PaneRow, PaneSort } from "./pane.ts";
import { moveByOne, moveByRows, moveToFirst, moveToLast, rowText } from "./rows.ts";
import { type Board, cursorRow, focusedBoard, type Scene, seenRow } from "./scene.ts";
import { goTo, placeOf, type ScreenId, spotOf, type Ui, withoutPlace, withPlace, withToast } from "./ui.ts";
import { lineText } from "./widgets/text.ts";

export type Effect =
  | { readonly kind: "quit" }
  | { readonly kind: "suspend" }
  | { readonly kind: "repaint" }
  /** Try unreachable hosts now; read everything again on live ones. */
  | { readonly kind: "reconnect" }
  | { readonly kind: "copy"; readonly text: string }
  | { readonly kind: "replay"; readonly move: ReplayMove }
  /** What was confirmed, as it was shown. */
  | { readonly kind: "run"; readonly plans: readonly Plan[]; readonly reason: string }
  | { readonly kind: "take_over" | "let_go"; readonly plan: string; readonly reason: string }
  /** Ask what these plans must know beside the readings; "prepared" comes back. */
  | { readonly kind: "prepare"; readonly requests: readonly PlanRequest[] }
  /** No further step of a plan that this console drives. */
  | { readonly kind: "stop"; readonly plan: string }
  /** Changes are allowed for so many minutes; undefined: no longer. */
  | { readonly kind: "allow"; readonly minutes: number | undefined }
  /** Everything that the hosts keep of a plan. */
  | { readonly kind: "fetch"; readonly plan: string }
  | ConsoleRequest
  /** for_ms: a snooze. */
  | { readonly kind: "note"; readonly finding: Finding; readonly for_ms: number | undefined }
  | { readonly kind: "unnote"; readonly key: string }
  | { readonly kind: "report" }
  /** undefined: declined. */
  | { readonly kind: "answer"; readonly id: number; readonly answer: string | undefined };

/** What the operator wants of the program behind the screen. */
export type Wish = Extract<Effect, { readonly kind: "replay" | "note" | "unnote" | "report" }>;
const wishes: ReadonlySet<Effect["kind"]> = new Set<Wish["kind"]>(["replay", "note", "unnote", "report"]);
export const isWish = (effect: Effect): effect is Wish => wishes.has(effect.kind);

export type Step = readonly [Ui, readonly Effect[]];

export interface CommandContext {
  readonly ui: Ui;
  readonly scene: Scene;
  readonly view: PairView;
  /** Where one is in the recording that is played; undefined: it is live. */
  readonly replay?: ReplayStatus | undefined;
  readonly act: Act;
}

const only = (ui: Ui): Step => [ui, []];

type Move = (board: Board) => ReturnType<typeof moveByOne>;

const move =
  (moved: Move) =>
  ({ ui, scene }: CommandContext): Step => {
    const board = focusedBoard(scene);
    if (board === undefined) return only(ui);
    const place = moved(board);
    // On the last row of what grows at its end: it stays on the last.
    const follows = board.tail && place.key === board.rows.at(-1)?.key;
    return only(withPlace(ui, board.place, follows ? { ...place, key: undefined } : place));
  };

export const moveOne = (direction: 1 | -1) => move((board) => moveByOne(board.rows, board, board.page, direction));
export const movePages = (pages: number) => move((board) => moveByRows(board.rows, board, board.page, Math.trunc(pages * board.page) || 1));
export const moveFirst = move((board) => moveToFirst(board.rows, board.page));
export const moveLast = move((board) => moveToLast(board.rows, board.page));

export const openScreen =
  (screen: ScreenId) =>
  ({ ui }: CommandContext): Step =>
    only(goTo(ui, { screen, stack: ui.screen === screen && ui.stack.length === 0 ? ui.stack : [] }));

/** The screen `step` further in the table, round and round. */
export function turn(panes: readonly Pane[], ui: Ui, step: 1 | -1): Ui {
  const at = panes.findIndex(({ id }) => id === ui.screen);
  const next = panes[(at + step + panes.length) % panes.length];
  return next === undefined ? ui : goTo(ui, { screen: next.id, stack: [] });
}

/** Between the panes of the wide layout; screen by screen otherwise. */
export const nextPane =
  (panes: readonly Pane[], step: 1 | -1) =>
  ({ ui, scene }: CommandContext): Step => {
    if (scene.side === undefined) return only(turn(panes, ui, step));
    return only(ui.focus === "side" ? { ...ui, focus: "main", stack: [] } : { ...ui, focus: "side" });
  };

export function openDetail({ ui, scene }: CommandContext): Step {
  const board = focusedBoard(scene);
  const row = seenRow(board);
  if (board === undefined || row?.object === undefined) return only(ui);
  const kept = withPlace(withoutPlace(ui, row.object), board.place, { key: row.key, index: board.cursor, top: board.top, follow: true });
  // The detail that follows the list becomes the first of the opened ones.
  const followed = scene.side?.focused && ui.stack.length === 0 ? cursorRow(scene.main)?.object : undefined;
  return only(goTo(kept, { screen: ui.screen, stack: [...ui.stack, ...(followed === undefined ? [] : [followed]), row.object] }));
}

/** What esc would do now; undefined: nothing. */
export function backStep({ ui, scene }: CommandContext): Ui | undefined {
  if (ui.stack.length > 0) return { ...ui, stack: ui.stack.slice(0, -1), focus: "main", previous: spotOf(ui) };
  if (scene.side?.focused) return { ...ui, focus: "main" };
  const board = focusedBoard(scene);
  if (board === undefined) return undefined;
  if (board.filter !== "") return withPlace(ui, board.place, { filter: "" });
  if (board.marks.size > 0) return withPlace(ui, board.place, { marks: new Set() });
  return undefined;
}

export const goBack = (context: CommandContext): Step => only(backStep(context) ?? context.ui);

export const goToPrevious = ({ ui }: CommandContext): Step => only(ui.previous === undefined ? ui : goTo(ui, ui.previous));

export function toggleMark({ ui, scene }: CommandContext): Step {
  const board = focusedBoard(scene);
  const row = seenRow(board);
  if (board === undefined || row === undefined) return only(ui);
  const marks = new Set(placeOf(ui, board.place).marks);
  if (!marks.delete(row.key)) marks.add(row.key);
  const moved = moveByOne(board.rows, board, board.page, 1);
  return only(withPlace(ui, board.place, { ...moved, marks }));
}

const copied = (ui: Ui, rows: readonly string[]): Step => {
  const { text, rows: taken, rows_total } = copyOf(rows);
  const said =
    taken === rows_total
      ? `Sent ${taken} ${taken === 1 ? "row" : "rows"} to the terminal's clipboard.`
      : `Sent the first ${taken} of ${rows_total} rows: the rest is too long for a clipboard.`;
  // No terminal says whether it took them: nothing is claimed.
  return [withToast(ui, said, taken === rows_total ? "info" : "warning"), [{ kind: "copy", text }]];
};

export const rowsToCopy = (board: Board): readonly string[] => {
  const marked = board.rows.filter((row) => board.marks.has(row.key));
  const row = seenRow(board);
  return (marked.length > 0 ? marked : row === undefined ? [] : [row]).map(rowText);
};

export function copyRow({ ui, scene }: CommandContext): Step {
  const board = focusedBoard(scene);
  return board === undefined ? only(ui) : copied(ui, rowsToCopy(board));
}

/** Rows with their values whole; a line that goes on from a row only where the row hasn't said it already. */
function wholeRows(rows: readonly PaneRow[]): readonly string[] {
  const whole = new Map<string, string>();
  return rows.flatMap((row) => {
    const text = rowText(row);
    if (row.part_of === undefined) {
      whole.set(row.key, text);
      return [text];
    }
    return whole.get(row.part_of)?.includes(text.trim()) === true ? [] : [text];
  });
}

export function copyAll({ ui, scene }: CommandContext): Step {
  const board = focusedBoard(scene);
  return board === undefined ? only(ui) : copied(ui, [...board.header.map(lineText), ...wholeRows(board.rows)]);
}

/** Its own direction first, then the other, then the pane's own order. */
export const sortBy =
  (pane: Pane, sort: PaneSort) =>
  ({ ui }: CommandContext): Step => {
    const first = sort.descending_first ?? false;
    const now = ui.sorts.get(pane.id);
    const sorts = new Map(ui.sorts);
    if (now?.id !== sort.id) sorts.set(pane.id, { id: sort.id, descending: first });
    else if (now.descending === first) sorts.set(pane.id, { id: sort.id, descending: !first });
    else sorts.delete(pane.id);
    return only({ ...ui, sorts });
  };
