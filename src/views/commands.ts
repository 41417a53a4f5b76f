/**
 * The one table of commands. Dispatch, the footer, the help overlay, the palette and docs/keys.md all come from it.
 *
 * None of them changes anything on a host by itself: those of the group Act show a plan, and what confirms it is no key of this table
 * (acting/confirm.ts). A read-only console doesn't have them. Keys that end in something irreversible elsewhere (enter, d, k, x, delete) must stay
 * without such a command for ever.
 */
import { actCommands, modeCommands, planCommands } from "./acting/commands.ts";
import { type CommandContext, goToPrevious, nextPane, openScreen, type Step, sortBy } from "./actions.ts";
import { copyCommands, lookCommands, moveCommands, programCommands } from "./command-table.ts";
import { consoleScreenCommands, shellCommands } from "./console/screen-commands.ts";
import { incidentCommands, nextActionCommand } from "./incident-commands.ts";
import { keyLabel } from "./key-label.ts";
import type { Pane } from "./pane.ts";
import { replayCommands } from "./replay.ts";
import { focusedBoard } from "./scene.ts";

export const commandGroups = ["Screens", "Move", "Look closer", "Act", "Sort", "Incident", "Copy", "Replay", "Program"] as const;
export type CommandGroup = (typeof commandGroups)[number];

export interface Command {
  readonly id: string;
  /** As keys.ts names them; none: it is said in the palette (`typed`). */
  readonly keys: readonly string[];
  /** How it is typed, where it has no key: `:rw 15m`. */
  readonly typed?: string;
  /** One or two words, for the footer. */
  readonly title: string;
  /** One sentence without its full stop, for help, palette and docs. */
  readonly description: string;
  readonly group: CommandGroup;
  /** Place in the footer, first the lowest; undefined: not there. */
  readonly footer?: number;
  /** Works also while an overlay is open. */
  readonly always?: boolean;
  /** true, or why not now: shown wherever the command is shown. */
  readonly when: (context: CommandContext) => true | string;
  readonly run: (context: CommandContext) => Step;
}

const always = (): true => true;

const screenCommands = (panes: readonly Pane[]): Command[] =>
  panes.map((pane) => ({
    id: `screen.${pane.id}`,
    keys: [pane.key],
    title: pane.title,
    description: `Show ${pane.title}`,
    group: "Screens",
    when: always,
    run: openScreen(pane.id),
  }));

const sortCommands = (panes: readonly Pane[]): Command[] =>
  panes.flatMap((pane) =>
    pane.sorts.map(
      (sort): Command => ({
        id: `sort.${pane.id}.${sort.id}`,
        keys: [sort.key],
        title: `sort by ${sort.title}`,
        description: `${pane.title}: sort by ${sort.title}; again reverses, once more gives back the screen's own order`,
        group: "Sort",
        when: (context) => (focusedBoard(context.scene)?.pane?.id === pane.id ? true : `only on ${pane.title}`),
        run: sortBy(pane, sort),
      }),
    ),
  );

const aroundCommands = (panes: readonly Pane[]): Command[] => [
  {
    id: "pane.next",
    keys: ["tab"],
    title: "next",
    description: "Next screen; in a wide window between the list and the detail beside it",
    group: "Screens",
    footer: 6,
    when: always,
    run: nextPane(panes, 1),
  },
  {
    id: "pane.previous",
    keys: ["shift-tab"],
    title: "previous",
    description: "Previous screen; in a wide window between the detail and the list",
    group: "Screens",
    when: always,
    run: nextPane(panes, -1),
  },
  {
    id: "view.last",
    keys: ["-"],
    title: "last view",
    description: "Back to the view before this one, and forth again",
    group: "Screens",
    when: ({ ui }) => (ui.previous !== undefined ? true : "there was no other view yet"),
    run: goToPrevious,
  },
];

/**
 * `acts`: those that lead to a change are there. `reads`: where nothing may be changed they aren't. `replays`: nor are they where a recording is played,
 * which has keys of its own.
 */
export type CommandTable = "acts" | "reads" | "replays";

export const commandsOf = (panes: readonly Pane[], table: CommandTable): readonly Command[] => [
  ...(table === "replays" ? replayCommands : []),
  ...screenCommands(panes),
  ...aroundCommands(panes),
  ...moveCommands,
  ...lookCommands,
  ...(table === "replays" ? [] : consoleScreenCommands),
  ...planCommands,
  ...(table === "acts" ? [...actCommands, ...shellCommands] : []),
  ...sortCommands(panes),
  ...(table === "acts" ? [nextActionCommand] : []),
  ...incidentCommands,
  ...copyCommands,
  ...modeCommands,
  ...programCommands,
];

/** The command a key stands for now: of several with the same key (sorts) the one that can run. */
export function commandOf(commands: readonly Command[], key: string, context: CommandContext): Command | undefined {
  const meant = commands.filter((command) => command.keys.includes(key));
  return meant.find((command) => command.when(context) === true) ?? meant[0];
}

export const keyLabels = ({ keys, typed }: Pick<Command, "keys" | "typed">): readonly string[] => [
  ...keys.map(keyLabel),
  ...(typed === undefined ? [] : [typed]),
];
export { keyLabel };
