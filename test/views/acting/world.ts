/** The screen's reducer on a simulated pair whose time stands still: keys in, UI state and effects out. */
import type { DeskState } from "../../../src/state/plan/desk.ts";
import { idleDesk } from "../../../src/state/plan/desk.ts";
import type { Mode } from "../../../src/state/plan/mode.ts";
import type { PairState } from "../../../src/state/state.ts";
import type { PairView } from "../../../src/state/view-model.ts";
import { createAct } from "../../../src/views/acting/act.ts";
import type { Effect } from "../../../src/views/actions.ts";
import { type Command, commandsOf } from "../../../src/views/commands.ts";
import { drawFrame } from "../../../src/views/frame.ts";
import { buildDetail } from "../../../src/views/panes/detail.ts";
import { panes } from "../../../src/views/panes/index.ts";
import { createSceneBuilder } from "../../../src/views/scene.ts";
import { reduce, type ShellEvent, type World } from "../../../src/views/shell.ts";
import { createTheme } from "../../../src/views/theme.ts";
import { initialUi, type Ui } from "../../../src/views/ui.ts";
import { pairFor } from "../../state/plan/pair.ts";

export interface Known {
  readonly view: PairView;
  readonly facts: PairState;
}

/** What a console knows of a pair in such a story, after a while. */
export async function known(scenario = "pair", after_ms = 20_000): Promise<Known> {
  const pair = pairFor(scenario);
  const ana = pair.open();
  await pair.pass(after_ms);
  return { view: pair.view(ana), facts: ana.runtime.state() };
}

const readWrite: Mode = { kind: "read_write" };

export interface Player {
  ui(): Ui;
  readonly effects: Effect[];
  readonly commands: readonly Command[];
  world(): World;
  event(event: ShellEvent): readonly Effect[];
  /** Keys as keys.ts names them. */
  press(...keys: readonly string[]): void;
  /** Each character as a key. */
  type(text: string): void;
  /** Newer facts. */
  know(next: Known): void;
  desk(change: Partial<DeskState>): void;
  /** As it would be drawn, without colours, in ASCII or not. */
  screen(ascii?: boolean): string;
}

export function play(
  start: Known,
  { mode = readWrite, columns = 80, rows = 24 }: { mode?: Mode; columns?: number; rows?: number } = {},
): Player {
  const sceneOf = createSceneBuilder({ panes, detail: buildDetail }, false);
  const actOf = createAct();
  const tables = { acts: commandsOf(panes, "acts"), reads: commandsOf(panes, "reads") };
  let now = start;
  let desk = idleDesk(mode);
  let ui = initialUi(columns, rows);
  const effects: Effect[] = [];
  const world = (): World => {
    const act = actOf(now.view, now.facts, desk);
    const commands = act.why_not === undefined ? tables.acts : tables.reads;
    return { view: now.view, act, commands, sceneOf: (state) => sceneOf(now.view, state, desk), tabAt: () => undefined };
  };
  const event = (one: ShellEvent): readonly Effect[] => {
    const [next, wanted] = reduce(ui, one, world());
    ui = next;
    effects.push(...wanted);
    return wanted;
  };
  const press = (...keys: readonly string[]): void => {
    for (const key of keys) event({ kind: "key", key });
  };
  return {
    ui: () => ui,
    effects,
    get commands() {
      return world().commands;
    },
    world,
    event,
    press,
    type: (text) => press(...[...text].map((character) => (character === " " ? "space" : character))),
    know: (next) => {
      now = next;
    },
    desk: (change) => {
      desk = { ...desk, ...change };
    },
    screen: (ascii = false) => {
      const { view, act, commands, sceneOf: scene } = world();
      const theme = createTheme({ depth: "none", light: false, ascii });
      const drawn = drawFrame({ view, act, head: view, ui, scene: scene(ui), panes, commands, theme });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR is taken out
      return drawn.map((row) => row.replace(/\x1b\[[\d;]*m/g, "").trimEnd()).join("\n");
    },
  };
}

/** Puts the cursor of a screen on the row that stands for this, by its name. */
export function cursorOn(player: Player, screen: string, name: string): void {
  player.press(screen, "g");
  player.press("/", "ctrl-u");
  player.type(name);
  player.press("enter");
}
