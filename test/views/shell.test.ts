import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PairView } from "../../src/state/view-model.ts";
import { createAct, restingDesk } from "../../src/views/acting/act.ts";
import { type Command, commandsOf } from "../../src/views/commands.ts";
import { drawFrame } from "../../src/views/frame.ts";
import { buildDetail } from "../../src/views/panes/detail.ts";
import { panes } from "../../src/views/panes/index.ts";
import { type ContentSource, createSceneBuilder, focusedBoard } from "../../src/views/scene.ts";
import { reduce, type ShellEvent, type World } from "../../src/views/shell.ts";
import { createTheme } from "../../src/views/theme.ts";
import { initialUi, type Ui } from "../../src/views/ui.ts";
import { lineWidth } from "../../src/views/widgets/text.ts";
import { plainContent } from "./app/content.ts";
import { alpha, fixtureGuest, fixtureView } from "./panes/fixture.ts";
import { variants } from "./panes/fixture-variants.ts";

const acting = createAct();
const actOf = (view: PairView) => acting(view, undefined, restingDesk);
const real: ContentSource = { panes, detail: buildDetail };
const views: readonly PairView[] = [
  ...Object.values(variants),
  fixtureView({ guests: Array.from({ length: 40 }, (_, index) => fixtureGuest(`g${index}`, alpha, "r0")) }),
  fixtureView({ guests: [] }),
];

const key = fc
  .oneof(
    { weight: 4, arbitrary: fc.constantFrom(...commandsOf(panes, "acts").flatMap((command) => command.keys)) },
    { weight: 2, arbitrary: fc.constantFrom("enter", "escape", "backspace", "up", "down", "tab", "space") },
    { weight: 1, arbitrary: fc.constantFrom("a", "w", "!", "ctrl-w", "ctrl-u", "f12", "alt-x", "é", "你") },
  )
  .map((pressed): ShellEvent => ({ kind: "key", key: pressed }));
const mouse = fc.record({
  kind: fc.constant("mouse" as const),
  action: fc.constantFrom("press" as const, "wheel_up" as const, "wheel_down" as const),
  column: fc.nat(210),
  row: fc.nat(70),
});
/** Tabs are ten columns wide. */
const tabAt: World["tabAt"] = (_, column) => panes[Math.floor(column / 10)]?.id;
const prompt = { kind: "secret", host: "alpha", hop: "alpha", label: "Password", echo: false } as const;
const event: fc.Arbitrary<ShellEvent | { kind: "view"; index: number }> = fc.oneof(
  { weight: 12, arbitrary: key },
  { weight: 4, arbitrary: mouse },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }).map((text): ShellEvent => ({ kind: "paste", text })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom([80, 24], [200, 60], [60, 15], [20, 5], [160, 45], [1, 1])
      .map(([columns = 80, rows = 24]): ShellEvent => ({ kind: "resized", columns, rows })),
  },
  { weight: 1, arbitrary: fc.nat(9).map((id): ShellEvent => ({ kind: "asked", asked: { id, prompt } })) },
  { weight: 1, arbitrary: fc.nat(9).map((seq): ShellEvent => ({ kind: "toast_expired", seq })) },
  { weight: 2, arbitrary: fc.nat(views.length - 1).map((index) => ({ kind: "view" as const, index })) },
);

function play(
  content: ContentSource,
  events: readonly (ShellEvent | { kind: "view"; index: number })[],
  check: (ui: Ui, view: PairView, world: World) => void,
): void {
  const commands = commandsOf(content.panes, "acts");
  const sceneOf = createSceneBuilder(content, false);
  let view = fixtureView();
  let ui = initialUi(80, 24);
  for (const each of events) {
    if (each.kind === "view") view = views[each.index] ?? view;
    const shown = view;
    const world: World = { view: shown, act: actOf(shown), commands, sceneOf: (state) => sceneOf(shown, state, restingDesk), tabAt };
    if (each.kind !== "view") [ui] = reduce(ui, each, world);
    check(ui, view, world);
  }
}

describe("any keys, any data, any size", () => {
  it.each([
    ["the real screens", real, 150],
    ["plain rows", plainContent, 400],
  ])(
    "on %s: never throws, the cursor is on a row in sight or on none, the focus is on something that is there",
    (_, content, numRuns) => {
      fc.assert(
        fc.property(fc.array(event, { maxLength: 40 }), (events) => {
          play(content, events, (ui, _view, world) => {
            const scene = world.sceneOf(ui);
            if (scene.layout.kind === "wide" && ui.stack.length > 0) expect(ui.focus).toBe("side");
            if (scene.layout.kind === "narrow") expect(ui.focus).toBe("main");
            for (const board of [scene.main, scene.side]) {
              if (board === undefined) continue;
              expect(board.cursor).toBeLessThan(board.rows.length);
              if (board.cursor >= 0) expect(board.rows[board.cursor]?.object).toBeDefined();
              else expect(board.rows.every((row) => row.object === undefined)).toBe(true);
              expect(board.top).toBeGreaterThanOrEqual(0);
              expect(board.top).toBeLessThanOrEqual(Math.max(0, board.rows.length - board.page));
            }
          });
        }),
        { numRuns },
      );
    },
    60_000,
  );

  it("the frame is exactly as large as the window", () => {
    const theme = createTheme({ depth: "none", light: false, ascii: false });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR is taken out to count columns
    const bare = (row: string): string => row.replace(/\x1b\[[\d;]*m/g, "");
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), (events) => {
        const commands = commandsOf(real.panes, "acts");
        let last: readonly string[] = [];
        let size = { columns: 80, rows: 24 };
        play(real, events, (ui, view, world) => {
          size = ui;
          last = drawFrame({ view, act: actOf(view), head: view, ui, scene: world.sceneOf(ui), panes: real.panes, commands, theme });
        });
        if (events.length === 0) return;
        expect(last.length).toBe(size.rows);
        for (const row of last) expect(lineWidth([{ text: bare(row) }])).toBe(size.columns);
      }),
      { numRuns: 150 },
    );
  });

  it("in too small a window no key does anything but end it", () => {
    fc.assert(
      fc.property(fc.oneof(key, mouse), (pressed) => {
        const commands = commandsOf(real.panes, "acts");
        const sceneOf = createSceneBuilder(real, false);
        const view = fixtureView();
        const ui = initialUi(59, 24);
        const [next, effects] = reduce(ui, pressed, {
          view,
          act: actOf(view),
          commands,
          sceneOf: (state) => sceneOf(view, state, restingDesk),
          tabAt,
        });
        const quits = pressed.kind === "key" && (pressed.key === "q" || pressed.key === "ctrl-c");
        expect(effects).toEqual(quits ? [{ kind: "quit" }] : []);
        expect(next).toEqual(ui);
      }),
    );
  });
});

describe("the table", () => {
  const commands = commandsOf(panes, "acts");

  it("has one command for each key on each screen", () => {
    const sceneOf = createSceneBuilder(real, false);
    const view = fixtureView();
    for (const pane of panes) {
      const ui: Ui = { ...initialUi(80, 24), screen: pane.id };
      const context = { ui, view, act: actOf(view), scene: sceneOf(view, ui, restingDesk) };
      // Sorts, and logs of what isn't a plan and of what is, never can both.
      const shared = (command: Command): boolean => command.group === "Sort" || command.keys.includes("l");
      const keys = commands.filter((command) => !shared(command) || command.when(context) === true).flatMap((command) => command.keys);
      expect(new Set(keys).size, `${pane.id}: ${keys.join(" ")}`).toBe(keys.length);
    }
  });

  it("puts nothing on the keys that destroy something elsewhere", () => {
    const taken = new Set(commands.flatMap((command) => command.keys));
    for (const dangerous of ["d", "x", "delete", "D", "X"]) {
      const meant = commands.filter((command) => command.keys.includes(dangerous));
      expect(
        meant.every((command) => command.group === "Sort"),
        dangerous,
      ).toBe(true);
    }
    expect(taken.has("k")).toBe(true);
    expect(commands.find((command) => command.keys.includes("enter"))?.id).toBe("detail.open");
  });

  it("says of every command in one sentence what it does", () => {
    for (const { description, title, id } of commands) {
      expect(description, id).toMatch(/^[A-Z].*[^.]$/);
      expect(title.length, id).toBeLessThanOrEqual(24);
    }
    expect(new Set(commands.map(({ id }) => id)).size).toBe(commands.length);
  });

  it("an opened detail in a wide window has the keys, tab gives them back to the list", () => {
    const sceneOf = createSceneBuilder(plainContent, false);
    const view = fixtureView({ guests: [fixtureGuest("web01", alpha, "r0")] });
    const world: World = {
      view,
      act: actOf(view),
      commands: commandsOf(plainContent.panes, "acts"),
      sceneOf: (state) => sceneOf(view, state, restingDesk),
      tabAt,
    };
    const pressAll = (ui: Ui, ...keys: string[]): Ui =>
      keys.reduce((state, each) => reduce(state, { kind: "key", key: each }, world)[0], ui);
    const opened = pressAll(initialUi(200, 60), "2", "enter");
    expect(opened.focus).toBe("side");
    expect(focusedBoard(sceneOf(view, opened, restingDesk))?.title).toContain("guest");
    const back = pressAll(opened, "tab");
    expect(back).toMatchObject({ focus: "main", stack: [] });
    expect(pressAll(opened, "escape")).toMatchObject({ focus: "main", stack: [] });
  });
});
