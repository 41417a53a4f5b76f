/** The store, the scene and the reducer put together: events in, effects out, rows to draw. Knows no terminal. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { DeskState } from "../state/plan/desk.ts";
import type { ReplayStatus } from "../state/recorder/transport.ts";
import type { PairState } from "../state/state.ts";
import type { PairView } from "../state/view-model.ts";
import { type Act, createAct, restingDesk } from "./acting/act.ts";
import type { Effect } from "./actions.ts";
import { type Command, commandsOf } from "./commands.ts";
import { type FeedsState, noFeeds } from "./console/feed-state.ts";
import { drawFrame } from "./frame.ts";
import { type ContentSource, createSceneBuilder } from "./scene.ts";
import { reduce, type ShellEvent, type World } from "./shell.ts";
import { symbolsOf } from "./symbols.ts";
import type { Theme } from "./theme.ts";
import { initialUi, type Ui } from "./ui.ts";
import { createHeadHold, tabAt } from "./widgets/head.ts";

export interface ScreenState {
  readonly view: PairView;
  /** What the view was made of: plans are made of both. undefined: there is only a picture of a pair. */
  readonly facts: PairState | undefined;
  readonly desk: DeskState;
  /** Logs that are followed. */
  readonly feeds: FeedsState;
  readonly ui: Ui;
  /** Where one is in the recording that is played; undefined: it is live. */
  readonly replay?: ReplayStatus | undefined;
}
/** The runtime sets `view` and `facts` together, the desk sets `desk`, the screen sets `ui`. */
export type ScreenStore = StoreApi<ScreenState>;

/** The window's real size is set by startScreen. Without a desk nothing can be acted on. */
export const createScreenStore = (
  view: PairView,
  { desk = restingDesk, replay }: { readonly desk?: DeskState; readonly replay?: ReplayStatus } = {},
): ScreenStore => createStore(() => ({ view, facts: undefined, desk, feeds: noFeeds, ui: initialUi(80, 24), replay }));

export interface ScreenCore {
  readonly rows: () => readonly string[];
  /** All of them, then one change of the store: fast typing is drawn once. */
  readonly dispatch: (events: readonly ShellEvent[]) => readonly Effect[];
}

export function createScreenCore(store: ScreenStore, content: ContentSource, theme: Theme): ScreenCore {
  const tables = {
    acts: commandsOf(content.panes, "acts"),
    reads: commandsOf(content.panes, "reads"),
    replays: commandsOf(content.panes, "replays"),
  };
  const tableOf = ({ why_not }: Act, replay: ReplayStatus | undefined): readonly Command[] =>
    tables[replay !== undefined ? "replays" : why_not === undefined ? "acts" : "reads"];
  const actOf = createAct();
  const sceneOf = createSceneBuilder(content, theme.look.ascii);
  const headOf = createHeadHold();
  const symbols = symbolsOf(theme.look.ascii);
  return {
    rows: () => {
      const { view, facts, desk, feeds, ui, replay } = store.getState();
      const act = actOf(view, facts, desk);
      return drawFrame({
        view,
        act,
        head: replay === undefined ? headOf(view) : view,
        ui,
        scene: sceneOf(view, ui, desk, feeds),
        panes: content.panes,
        commands: tableOf(act, replay),
        theme,
        replay,
      });
    },
    dispatch: (events) => {
      const { view, facts, desk, feeds, ui: before, replay } = store.getState();
      const act = actOf(view, facts, desk);
      const commands = tableOf(act, replay);
      const world: World = {
        view,
        act,
        commands,
        replay,
        sceneOf: (ui) => sceneOf(view, ui, desk, feeds),
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
