/** Where the screens and the consoles meet: who has the screen and the keys, and what each tells the other. */

import type { PairView } from "../../state/view-model.ts";
import type { Effect } from "../actions.ts";
import { keyLabel } from "../commands.ts";
import { count } from "../format.ts";
import type { ContentSource } from "../scene.ts";
import type { ScreenStore } from "../screen-core.ts";
import type { ShellEvent } from "../shell.ts";
import type { Clock } from "../terminal/clock.ts";
import type { InputEvent } from "../terminal/decoder.ts";
import { CONSOLE_FRAME_INTERVAL_MS, type FrameScheduler } from "../terminal/frame-scheduler.ts";
import type { TtyOut } from "../terminal/sink.ts";
import type { Theme } from "../theme.ts";
import { createFeeds } from "./feeds.ts";
import { type ConsoleLayer, createConsoleLayer, type LayerOptions } from "./layer.ts";
import type { ConsoleRequest } from "./request.ts";

/** From the composition root. */
export interface ConsolePorts extends Pick<LayerOptions, "link" | "now_ms" | "nonce" | "audit" | "prefix"> {
  /** Shown at once, and alone: leaving it ends the program. */
  readonly first: string | undefined;
}

interface Screens {
  readonly store: ScreenStore;
  readonly content: ContentSource;
  readonly theme: Theme;
  readonly clock: Clock;
  readonly tty: TtyOut;
  readonly scheduler: Pick<FrameScheduler, "now" | "data">;
  readonly dispatch: (events: readonly ShellEvent[]) => void;
  readonly carryOut: (effect: Effect) => void;
}

export interface ConsoleHook {
  /** undefined: the screens are shown. */
  readonly rows: () => readonly string[] | undefined;
  /** True: it was for a console, or for the way back to one. */
  readonly takes: (event: InputEvent) => boolean;
  readonly request: (request: ConsoleRequest) => void;
  /** A question of a connection: at once, or as soon as no console is shown. */
  readonly ask: (asked: ShellEvent) => void;
  readonly seen: (view: PairView) => void;
  /** Other details are open now. */
  readonly moved: () => void;
  readonly resized: () => void;
  /** Opens the first, where there is one. */
  readonly begin: () => void;
  readonly stop: () => void;
}

export function hookConsoles(ports: ConsolePorts, screens: Screens): ConsoleHook {
  const { store, scheduler, dispatch, carryOut } = screens;
  let held: readonly ShellEvent[] = [];
  const viewNow = (): PairView => store.getState().view;

  const note = (layer: ConsoleLayer): string | undefined => {
    const { count: number, key } = layer.open();
    return number === 0 ? undefined : `${count(number, "console")}: ${keyLabel(key)}`;
  };
  const layer: ConsoleLayer = createConsoleLayer({
    ...ports,
    ...screens,
    desk: () => store.getState().desk,
    alone: ports.first !== undefined,
    load: () => import("./emulator.ts"),
    size: () => ({ columns: screens.tty.columns, rows: screens.tty.rows }),
    draw: (cause) => (cause === "key" ? scheduler.now() : scheduler.data(CONSOLE_FRAME_INTERVAL_MS)),
    copy: (text) => carryOut({ kind: "copy", text }),
    repaint: () => carryOut({ kind: "repaint" }),
    suspend: () => carryOut({ kind: "suspend" }),
    quit: () => carryOut({ kind: "quit" }),
    toast: (text, tone) => dispatch([{ kind: "said", text, tone }]),
    shown: (on) => {
      if (on) return;
      const asked = held;
      held = [];
      dispatch([...asked, { kind: "noted", note: note(layer) }]);
    },
  });
  const feeds = createFeeds({ ...ports, clock: screens.clock, publish: (state) => store.setState({ feeds: state }) });
  const wantFeeds = (): void => {
    const { ui, view } = store.getState();
    feeds.want(
      layer.isShown() ? [] : ui.stack,
      view.hosts.filter(({ link }) => link.phase === "live").map(({ id }) => id),
    );
  };
  const refused = (why: string | undefined): void => {
    if (why !== undefined) dispatch([{ kind: "said", text: `${why}.`, tone: "warning" }]);
  };
  /** The prefix on the screens: back to the console. */
  const isBack = (event: InputEvent): boolean =>
    event.kind === "key" && event.key === ports.prefix && store.getState().ui.overlay.kind === "none";

  return {
    rows: () => (layer.isShown() ? layer.rows(viewNow(), held.length) : undefined),
    takes: (event) => {
      if (layer.isShown()) layer.input(event);
      else return isBack(event) && layer.back();
      return true;
    },
    request: (request) =>
      refused(
        request.kind === "console"
          ? layer.openGuest({ key: request.key, name: request.name }, viewNow())
          : layer.openShell(request.host, viewNow()),
      ),
    ask: (asked) => {
      if (!layer.isShown()) return dispatch([asked]);
      held = [...held, asked];
      scheduler.now();
    },
    seen: (view) => {
      layer.seen(view);
      wantFeeds();
    },
    moved: wantFeeds,
    resized: layer.resized,
    begin: () => {
      layer.seen(viewNow());
      if (ports.first !== undefined) layer.openGuest({ key: undefined, name: ports.first }, viewNow());
    },
    stop: () => {
      feeds.stop();
      layer.stop();
    },
  };
}
