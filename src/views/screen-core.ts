/** The store, the scene and the reducer put together: events in, effects out, rows to draw. Knows no terminal. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { ReplayStatus } from "../state/recorder/transport.ts";
import type { PairView } from "../state/view-model.ts";
import type { Effect } from "./actions.ts";
import { commandsOf } from "./commands.ts";
import { drawFrame } from "./frame.ts";
import { type ContentSource, createSceneBuilder } from "./scene.ts";
import { reduce, type ShellEvent, type World } from "./shell.ts";
import { symbolsOf } from "./symbols.ts";
import type { Theme } from "./theme.ts";
import { initialUi, type Ui } from "./ui.ts";
import { createHeadHold, tabAt } from "./widgets/head.ts";

export interface ScreenState {
  readonly view: PairView;
  readonly ui: Ui;
  /** Where one is in the recording that is played; undefined: it is live. */
  readonly replay?: ReplayStatus | undefined;
}
/** The runtime sets `view`, the screen sets `ui`. */
export type ScreenStore = StoreApi<ScreenState>;

/** The window's real size is set by startScreen. */
export const createScreenStore = (view: PairView, replay?: ReplayStatus): ScreenStore =>
  createStore(() => ({ view, ui: initialUi(80, 24), replay }));

export interface ScreenCore {
  readonly rows: () => readonly string[];
  /** All of them, then one change of the store: fast typing is drawn once. */
  readonly dispatch: (events: readonly ShellEvent[]) => readonly Effect[];
}

export function createScreenCore(store: ScreenStore, content: ContentSource, theme: Theme): ScreenCore {
  const commands = commandsOf(content.panes, store.getState().replay !== undefined);
  const sceneOf = createSceneBuilder(content, theme.look.ascii);
  const headOf = createHeadHold();
  const symbols = symbolsOf(theme.look.ascii);
  return {
    rows: () => {
      const { view, ui, replay } = store.getState();
      return drawFrame({
        view,
        head: replay === undefined ? headOf(view) : view,
        ui,
        scene: sceneOf(view, ui),
        panes: content.panes,
        commands,
        theme,
        replay,
      });
    },
    dispatch: (events) => {
      const { view, ui: before, replay } = store.getState();
      const world: World = {
        view,
        commands,
        replay,
        sceneOf: (ui) => sceneOf(view, ui),
        tabAt: (ui, column) => tabAt({ panes: content.panes, screen: ui.screen, view, width: ui.columns, symbols }, column),
      };
      const effects: Effect[] = [];
      let ui = before;
      for (const event of events) {
        const [next, wanted] = reduce(ui, event, world);
        ui = next;
        effects.push(...wanted);
      }
      if (ui !== before) store.setState({ ui });
      return effects;
    },
  };
}
