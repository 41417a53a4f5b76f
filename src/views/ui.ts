/** What the operator has done to the screen: no fact about the pair is in here. Plain data, changed only by the shell's reducer. */
import type { Prompt } from "../xen/host/link.ts";
import type { Dialog } from "./acting/dialog.ts";
import type { Form } from "./acting/form.ts";
import type { Menu } from "./acting/menu.ts";
import type { TakeOver } from "./acting/takeover.ts";
import type { ObjectRef, Pane, Tone } from "./pane.ts";

export type ScreenId = Pane["id"];

/** Where the operator is in one pane. Kept by row key, so that it stays on the row when data changes. */
export interface Place {
  readonly key: string | undefined;
  /** The row's index when last seen: where the cursor goes when its row is gone. */
  readonly index: number;
  readonly top: number;
  /** False after scrolling past rows that the cursor skips: the window stays, the cursor may be outside. */
  readonly follow: boolean;
  readonly filter: string;
  /** Row keys. */
  readonly marks: ReadonlySet<string>;
}
/** At the first line, also where the first row that can be selected lies further down than the window. */
export const newPlace: Place = { key: undefined, index: 0, top: 0, follow: false, filter: "", marks: new Set() };

export interface Spot {
  readonly screen: ScreenId;
  /** Details opened one from the other, newest last. */
  readonly stack: readonly ObjectRef[];
}

export interface Asked {
  readonly id: number;
  readonly prompt: Prompt;
}

export type Overlay =
  | { readonly kind: "none" }
  | { readonly kind: "help"; readonly top: number }
  | { readonly kind: "palette"; readonly text: string; readonly index: number }
  /** The line where the filter is typed; the filter itself is the place's. */
  | { readonly kind: "filter"; readonly place: string }
  | { readonly kind: "prompt"; readonly asked: Asked; readonly text: string }
  | { readonly kind: "menu"; readonly menu: Menu }
  | { readonly kind: "form"; readonly form: Form }
  /** A plan that waits to be confirmed. */
  | { readonly kind: "plan"; readonly dialog: Dialog }
  | { readonly kind: "takeover"; readonly takeover: TakeOver }
  /** Whether to leave while this console drives plans. */
  | { readonly kind: "leave" };

export interface Toast {
  readonly seq: number;
  readonly text: string;
  readonly tone: Tone;
}

export interface Sort {
  readonly id: string;
  readonly descending: boolean;
}

export interface Ui extends Spot {
  readonly columns: number;
  readonly rows: number;
  readonly previous: Spot | undefined;
  /** In the wide layout: the list or the detail beside it. */
  readonly focus: "main" | "side";
  readonly places: ReadonlyMap<string, Place>;
  readonly sorts: ReadonlyMap<ScreenId, Sort>;
  /** Source and age of every fact in details. */
  readonly evidence: boolean;
  readonly overlay: Overlay;
  /** Questions that wait for the one on screen. */
  readonly asks: readonly Asked[];
  readonly toast: Toast | undefined;
  /** At the end of the foot: consoles that are open behind the screens. */
  readonly note: string | undefined;
  /** How many toasts there were: the next one's number. */
  readonly toasts: number;
}

export const noOverlay: Overlay = { kind: "none" };

export const initialUi = (columns: number, rows: number): Ui => ({
  columns,
  rows,
  screen: "overview",
  stack: [],
  previous: undefined,
  focus: "main",
  places: new Map(),
  sorts: new Map(),
  evidence: false,
  overlay: noOverlay,
  asks: [],
  toast: undefined,
  note: undefined,
  toasts: 0,
});

/** Panes and details whose cursor is remembered; the least recently used go first. */
const PLACES_MAX = 64;
/** Details opened one from the other; the oldest is forgotten first. */
const STACK_MAX = 32;

export const placeOf = (ui: Ui, id: string): Place => ui.places.get(id) ?? newPlace;

export function withPlace(ui: Ui, id: string, change: Partial<Place>): Ui {
  const places = new Map(ui.places);
  const place = { ...placeOf(ui, id), ...change };
  places.delete(id);
  places.set(id, place);
  for (const oldest of places.keys()) {
    if (places.size <= PLACES_MAX) break;
    places.delete(oldest);
  }
  return { ...ui, places };
}

export const detailPlace = (object: ObjectRef): string => `detail ${Object.values(object).join(" ")}`;

/** As if the object's detail had never been open: it begins at its first line. */
export function withoutPlace(ui: Ui, object: ObjectRef): Ui {
  const places = new Map(ui.places);
  return places.delete(detailPlace(object)) ? { ...ui, places } : ui;
}

export const spotOf = ({ screen, stack }: Ui): Spot => ({ screen, stack });

/** Goes to a screen or detail; where one was is what `-` goes back to. */
export function goTo(ui: Ui, spot: Spot): Ui {
  if (spot.screen === ui.screen && spot.stack === ui.stack) return ui;
  return { ...ui, ...spot, stack: spot.stack.slice(-STACK_MAX), previous: spotOf(ui), focus: "main" };
}

export const withToast = (ui: Ui, text: string, tone: Tone = "info"): Ui => ({
  ...ui,
  toast: { seq: (ui.toast?.seq ?? 0) + 1, text, tone },
});
