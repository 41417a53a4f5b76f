/** The reducer of the UI state: `(ui, event, world) -> [ui, effects]`. Pure and total: any event in any state gives a valid state. */
import type { ReplayStatus } from "../state/recorder/transport.ts";
import type { PairView } from "../state/view-model.ts";
import type { Act } from "./acting/act.ts";
import { prepared, requestsToPrepare } from "./acting/dialog.ts";
import type { CommandContext, Effect, Step } from "./actions.ts";
import { type Command, commandOf } from "./commands.ts";
import { mouseStep } from "./mouse.ts";
import { overlayKey, overlayPaste } from "./overlays.ts";
import type { Tone } from "./pane.ts";
import type { Scene } from "./scene.ts";
import type { MouseEvent } from "./terminal/decoder.ts";
import { type Asked, noOverlay, type Overlay, type ScreenId, type Ui, withToast } from "./ui.ts";

export type ShellEvent =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "paste"; readonly text: string }
  | MouseEvent
  | { readonly kind: "resized"; readonly columns: number; readonly rows: number }
  /** A question of a connection. */
  | { readonly kind: "asked"; readonly asked: Asked }
  /** What a plan on the screen has to know beside the readings was asked. */
  | { readonly kind: "prepared" }
  | { readonly kind: "noted"; readonly note: string | undefined }
  | { readonly kind: "said"; readonly text: string; readonly tone: Tone }
  | { readonly kind: "toast_expired"; readonly seq: number };

/** What the reducer may look at: the screen as it is and the table of commands. */
export interface World {
  readonly view: PairView;
  readonly act: Act;
  readonly sceneOf: (ui: Ui) => Scene;
  readonly commands: readonly Command[];
  /** The screen whose tab is in that column. */
  readonly tabAt: (ui: Ui, column: number) => ScreenId | undefined;
  readonly replay?: ReplayStatus | undefined;
}

/** Questions that wait; more at once than a pair has hops are declined. */
const ASKS_MAX = 16;

export function reduce(ui: Ui, event: ShellEvent, world: World): Step {
  const [next, effects] = react(ui, event, world);
  return next === ui ? [ui, effects] : [settle(next, world), [...effects, ...prepares(ui.overlay, next.overlay)]];
}

/** A plan that has just come up, and waits for what the hosts must be asked first. */
function prepares(before: Overlay, after: Overlay): readonly Effect[] {
  const requests = after.kind === "plan" ? requestsToPrepare(after.dialog) : [];
  const asked = before.kind === "plan" && before.dialog.waiting;
  return requests.length === 0 || asked ? [] : [{ kind: "prepare", requests }];
}

function react(ui: Ui, event: ShellEvent, world: World): Step {
  switch (event.kind) {
    case "key":
      return press(event.key, { ui, scene: world.sceneOf(ui), view: world.view, act: world.act, replay: world.replay }, world.commands);
    case "paste":
      return [overlayPaste(ui, event.text), []];
    case "mouse": {
      const scene = world.sceneOf(ui);
      if (scene.main === undefined) return [ui, []];
      return mouseStep({ ui, scene, view: world.view, act: world.act }, event, (column) => world.tabAt(ui, column));
    }
    case "resized":
      return [{ ...ui, columns: event.columns, rows: event.rows }, []];
    case "asked":
      if (ui.asks.length >= ASKS_MAX) return [ui, [{ kind: "answer", id: event.asked.id, answer: undefined }]];
      return [{ ...ui, asks: [...ui.asks, event.asked] }, []];
    case "prepared":
      if (ui.overlay.kind !== "plan" || !ui.overlay.dialog.waiting) return [ui, []];
      return [{ ...ui, overlay: { kind: "plan", dialog: prepared(ui.overlay.dialog, world.act) } }, []];
    case "noted":
      return [{ ...ui, note: event.note }, []];
    case "said":
      return [withToast(ui, event.text, event.tone), []];
    case "toast_expired":
      return [ui.toast?.seq === event.seq ? { ...ui, toast: undefined } : ui, []];
  }
}

function press(key: string, context: CommandContext, commands: readonly Command[]): Step {
  const { ui, scene } = context;
  const command = commandOf(commands, key, context);
  // What can't be seen can't be meant: only the way out works in too small a window.
  if (scene.main === undefined) return command?.id === "quit" || command?.id === "quit.now" ? command.run(context) : [ui, []];
  if (command?.always) return command.run(context);
  const taken = overlayKey(key, context, commands);
  if (taken !== undefined) return taken;
  if (command === undefined) return [ui, []];
  const cleared: Ui = ui.toast === undefined ? ui : { ...ui, toast: undefined };
  const ready = command.when(context);
  if (ready !== true) return [withToast(cleared, `${command.title}: ${ready}.`, "dim"), []];
  return command.run({ ...context, ui: cleared });
}

/** What must hold after any event: the focus is on something that is there, a waiting question is shown as soon as nothing is being typed. */
function settle(ui: Ui, world: World): Ui {
  const { layout, main, side } = world.sceneOf(ui);
  let settled = ui;
  if (layout.kind === "narrow" && ui.focus === "side") settled = { ...settled, focus: "main" };
  if (layout.kind === "wide" && ui.stack.length > 0 && ui.focus === "main") settled = { ...settled, focus: "side" };
  if (layout.kind === "wide" && side === undefined && settled.focus === "side") settled = { ...settled, focus: "main" };
  const [asked, ...asks] = settled.asks;
  const free = settled.overlay.kind === "none" || settled.overlay.kind === "help";
  if (asked !== undefined && free) settled = { ...settled, asks, overlay: { kind: "prompt", asked, text: "" } };
  // The pane whose filter is being typed went out of sight (the window shrank).
  if (settled.overlay.kind === "filter" && main?.place !== settled.overlay.place && side?.place !== settled.overlay.place) {
    settled = { ...settled, overlay: noOverlay };
  }
  return settled;
}
