/**
 * What is on the screen: the pair's view and the operator's UI state joined to boards (a framed pane each). Pure, and remembered as long as its
 * inputs are the same, so that a key costs no pane its rows.
 */
import type { DeskState } from "../state/plan/desk.ts";
import type { Finding, PairView } from "../state/view-model.ts";
import { type FeedsState, noFeeds } from "./console/feed-state.ts";
import { type Area, contentWidth, type Layout, layoutOf } from "./layout.ts";
import type { Line, ObjectRef, Pane, PaneContent, PaneContext, PaneRow } from "./pane.ts";
import { planStrip } from "./panes/plan-words.ts";
import { filterRows, isSelectable, windowOf } from "./rows.ts";
import { detailPlace, type Place, placeOf, type Sort, type Ui } from "./ui.ts";

/** Where the content of the screens comes from: panes/index.ts and panes/detail.ts, or a test's own. */
export interface ContentSource {
  readonly panes: readonly Pane[];
  readonly detail: (context: PaneContext, object: ObjectRef, evidence: boolean) => PaneContent & { readonly title: string };
}

/** A pane with its frame: everything that is needed to draw it and to move in it. */
export interface Board {
  /** Id of its place in the UI state. */
  readonly place: string;
  /** undefined: a detail. */
  readonly pane: Pane | undefined;
  readonly title: string;
  readonly area: Area;
  readonly header: readonly Line[];
  readonly rows: readonly PaneRow[];
  /** Selectable rows, before and after the filter. */
  readonly total: number;
  readonly passing: number;
  readonly filter: string;
  readonly sort: Sort | undefined;
  readonly marks: ReadonlySet<string>;
  /** Index of the cursor's row; -1: none. */
  readonly cursor: number;
  readonly top: number;
  /** Rows in sight. */
  readonly page: number;
  readonly empty: string;
  readonly focused: boolean;
  /** Its cursor stays on the last row, as long as it is there. */
  readonly tail: boolean;
}

export interface Scene {
  readonly layout: Layout;
  /** undefined: the window is too small. */
  readonly main: Board | undefined;
  readonly side: Board | undefined;
  readonly strip: { readonly area: Area; readonly findings: readonly Finding[] } | undefined;
}

export const focusedBoard = (scene: Scene): Board | undefined => (scene.side?.focused ? scene.side : scene.main);
export const cursorRow = (board: Board | undefined): PaneRow | undefined => board?.rows[board.cursor];

/** The cursor's row, where it is in sight: nothing is opened, marked or copied that can't be seen. */
export function seenRow(board: Board | undefined): PaneRow | undefined {
  if (board === undefined || board.cursor < board.top || board.cursor >= board.top + board.page) return undefined;
  return board.rows[board.cursor];
}

/** Header lines leave at least this many rows of the pane. */
const PAGE_ROWS_MIN = 3;

export type SceneBuilder = (view: PairView, ui: Ui, desk: DeskState, feeds?: FeedsState) => Scene;

export function createSceneBuilder(source: ContentSource, ascii: boolean): SceneBuilder {
  const contents = { main: rememberEach<Titled>(), side: rememberEach<Titled>() };
  const filtered = { main: remember<readonly PaneRow[]>(), side: remember<readonly PaneRow[]>() };

  const boardOf = (slot: "main" | "side", request: Request): Board => {
    const { view, ui, desk, feeds, area, pane, object, focused } = request;
    const sort = pane && ui.sorts.get(pane.id);
    const context: PaneContext = { view, desk, feeds, width: contentWidth(area), height: area.height - 1, ascii, sort };
    const id = object === undefined ? (pane?.id ?? "") : detailPlace(object);
    const content = contents[slot](view, id, [desk, feeds, context.width, context.height, sort, ui.evidence], () =>
      object === undefined ? { title: pane?.title ?? "", ...paneContent(pane, context) } : source.detail(context, object, ui.evidence),
    );
    const place = placeOf(ui, id);
    const rows = filtered[slot]([content, place.filter], () => filterRows(content.rows, place.filter));
    const header = content.header.slice(0, Math.max(0, context.height - PAGE_ROWS_MIN));
    const page = context.height - header.length;
    return {
      place: id,
      pane: object === undefined ? pane : undefined,
      title: content.title,
      area,
      header,
      rows,
      total: countSelectable(content.rows),
      passing: countSelectable(rows),
      filter: place.filter,
      sort,
      marks: place.marks,
      ...windowOf(rows, content.tail === true && place.key === undefined ? atEnd(place, rows) : place, page),
      tail: content.tail === true,
      page,
      empty:
        place.filter !== "" && content.rows.length > 0 ? `Nothing here matches "${place.filter}". esc shows everything.` : content.empty,
      focused,
    };
  };

  return (view, ui, desk, feeds = noFeeds) => {
    const layout = layoutOf(ui.columns, ui.rows, { findings: ui.screen !== "overview", plans: planStrip(view, desk).length });
    if (layout.kind === "too_small") return { layout, main: undefined, side: undefined, strip: undefined };
    const given = { view, ui, desk, feeds };
    const pane = source.panes.find(({ id }) => id === ui.screen) ?? source.panes[0];
    const opened = ui.stack.at(-1);
    if (layout.kind === "narrow") {
      return {
        layout,
        main: boardOf("main", { ...given, area: layout.main, pane, object: opened, focused: true }),
        side: undefined,
        strip: undefined,
      };
    }
    const main = boardOf("main", { ...given, area: layout.main, pane, object: undefined, focused: ui.focus === "main" });
    const object = opened ?? cursorRow(main)?.object;
    return {
      layout,
      main,
      side: object === undefined ? undefined : boardOf("side", { ...given, area: layout.side, pane, object, focused: ui.focus === "side" }),
      strip: layout.strip && { area: layout.strip, findings: view.findings },
    };
  };
}

type Titled = PaneContent & { readonly title: string };

interface Request {
  readonly view: PairView;
  readonly desk: DeskState;
  readonly feeds: FeedsState;
  readonly ui: Ui;
  readonly area: Area;
  readonly pane: Pane | undefined;
  /** A detail instead of the pane. */
  readonly object: ObjectRef | undefined;
  readonly focused: boolean;
}

/** Whoever hasn't moved is at the end, whatever comes. */
const atEnd = (place: Place, rows: readonly PaneRow[]): Place => ({ ...place, key: rows.at(-1)?.key, follow: true });

const nothing: PaneContent = { header: [], rows: [], empty: "Nothing to show." };
const paneContent = (pane: Pane | undefined, context: PaneContext): PaneContent => pane?.build(context) ?? nothing;

const countSelectable = (rows: readonly PaneRow[]): number => rows.reduce((sum, row) => sum + (isSelectable(row) ? 1 : 0), 0);

/** Screens and details that one view is looked at through and gone back to are remembered; more than this in one view nobody opens. */
const REMEMBERED_MAX = 16;

/** The last value of each place, as long as it is asked for by the same inputs and of the same view: who goes back to a screen finds it ready. */
function rememberEach<Value>(): (view: PairView, place: string, inputs: readonly unknown[], make: () => Value) => Value {
  let of: PairView | undefined;
  const places = new Map<string, ReturnType<typeof remember<Value>>>();
  return (view, place, inputs, make) => {
    if (view !== of || (places.size >= REMEMBERED_MAX && !places.has(place))) places.clear();
    of = view;
    const own = places.get(place) ?? remember<Value>();
    places.set(place, own);
    return own(inputs, make);
  };
}

/** The last value, as long as it is asked for by the same inputs. */
function remember<Value>(): (inputs: readonly unknown[], make: () => Value) => Value {
  let last: { readonly inputs: readonly unknown[]; readonly value: Value } | undefined;
  return (inputs, make) => {
    if (last === undefined || inputs.some((input, index) => input !== last?.inputs[index])) last = { inputs, value: make() };
    return last.value;
  };
}
