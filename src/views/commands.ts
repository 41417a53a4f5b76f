/**
 * The one table of commands. Dispatch, the footer, the help overlay, the palette and docs/keys.md all come from it.
 *
 * Nothing in it changes anything on a host: this console only reads. Keys that end in something irreversible elsewhere (enter, d, k, x, delete)
 * must stay without such a command for ever.
 */
import {
  backStep,
  type CommandContext,
  copyAll,
  copyRow,
  goBack,
  goToPrevious,
  moveFirst,
  moveLast,
  moveOne,
  movePages,
  nextPane,
  openDetail,
  openScreen,
  rowsToCopy,
  type Step,
  sortBy,
  toggleMark,
} from "./actions.ts";
import type { Pane } from "./pane.ts";
import { type Board, cursorRow, focusedBoard } from "./scene.ts";
import { withToast } from "./ui.ts";

export const commandGroups = ["Screens", "Move", "Look closer", "Sort", "Copy", "Program"] as const;
export type CommandGroup = (typeof commandGroups)[number];

export interface Command {
  readonly id: string;
  /** As keys.ts names them. */
  readonly keys: readonly string[];
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
const withRows = ({ scene }: CommandContext): true | string => ((focusedBoard(scene)?.rows.length ?? 0) > 0 ? true : "there are no rows");
const withRow = ({ scene }: CommandContext): true | string => (cursorRow(focusedBoard(scene)) !== undefined ? true : "no row is selected");
const board = (context: CommandContext): Board | undefined => focusedBoard(context.scene);

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
        when: (context) => (board(context)?.pane?.id === pane.id ? true : `only on ${pane.title}`),
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

const moveCommands: readonly Command[] = [
  { id: "move.down", keys: ["j", "down"], title: "down", description: "One row down", group: "Move", when: withRows, run: moveOne(1) },
  { id: "move.up", keys: ["k", "up"], title: "up", description: "One row up", group: "Move", when: withRows, run: moveOne(-1) },
  {
    id: "move.half_down",
    keys: ["ctrl-d"],
    title: "half page down",
    description: "Half a page down",
    group: "Move",
    when: withRows,
    run: movePages(0.5),
  },
  {
    id: "move.half_up",
    keys: ["ctrl-u"],
    title: "half page up",
    description: "Half a page up",
    group: "Move",
    when: withRows,
    run: movePages(-0.5),
  },
  {
    id: "move.page_down",
    keys: ["pagedown", "ctrl-f"],
    title: "page down",
    description: "A page down",
    group: "Move",
    when: withRows,
    run: movePages(1),
  },
  {
    id: "move.page_up",
    keys: ["pageup", "ctrl-b"],
    title: "page up",
    description: "A page up",
    group: "Move",
    when: withRows,
    run: movePages(-1),
  },
  { id: "move.first", keys: ["g", "home"], title: "first", description: "To the first row", group: "Move", when: withRows, run: moveFirst },
  { id: "move.last", keys: ["G", "end"], title: "last", description: "To the last row", group: "Move", when: withRows, run: moveLast },
];

const lookCommands: readonly Command[] = [
  {
    id: "detail.open",
    keys: ["enter"],
    title: "detail",
    description: "Everything known about the selected row",
    group: "Look closer",
    footer: 0,
    when: withRow,
    run: openDetail,
  },
  {
    id: "back",
    keys: ["escape"],
    title: "back",
    description: "Back: closes a detail, else clears the filter, else the marks",
    group: "Look closer",
    footer: 1,
    when: (context) => (backStep(context) !== undefined ? true : "there is nothing to go back from"),
    run: goBack,
  },
  {
    id: "detail.evidence",
    keys: ["e"],
    title: "evidence",
    description: "In a detail: the command each fact came from, and its age",
    group: "Look closer",
    footer: 2,
    when: ({ scene, ui }) => (scene.side !== undefined || ui.stack.length > 0 ? true : "open a detail first (enter)"),
    run: ({ ui }) => [{ ...ui, evidence: !ui.evidence }, []],
  },
  {
    id: "filter",
    keys: ["/"],
    title: "filter",
    description: "Show only rows with these words; with ! in front only rows without them. Kept for each screen, esc clears",
    group: "Look closer",
    footer: 3,
    when: always,
    run: (context) => {
      const place = board(context)?.place;
      return [place === undefined ? context.ui : { ...context.ui, overlay: { kind: "filter", place } }, []];
    },
  },
  {
    id: "mark",
    keys: ["space"],
    title: "mark",
    description: "Mark the row and go on to the next",
    group: "Look closer",
    footer: 8,
    when: withRow,
    run: toggleMark,
  },
];

const copyCommands: readonly Command[] = [
  {
    id: "copy.row",
    keys: ["y"],
    title: "copy",
    description: "Copy the row, or the marked rows, to the clipboard (OSC 52)",
    group: "Copy",
    footer: 7,
    when: (context) => {
      const shown = board(context);
      return shown !== undefined && rowsToCopy(shown).length > 0 ? true : "no row is selected";
    },
    run: copyRow,
  },
  {
    id: "copy.all",
    keys: ["Y"],
    title: "copy all",
    description: "Copy everything the pane shows, also what is scrolled out of sight",
    group: "Copy",
    when: withRows,
    run: copyAll,
  },
];

const programCommands: readonly Command[] = [
  {
    id: "help",
    keys: ["?", "f1"],
    title: "help",
    description: "All keys, and why one doesn't work right now",
    group: "Program",
    footer: 4,
    when: always,
    run: ({ ui }) => [{ ...ui, overlay: { kind: "help", top: 0 } }, []],
  },
  {
    id: "palette",
    keys: [":"],
    title: "command",
    description: "Find a command, guest, resource or host by a few letters of its name",
    group: "Program",
    footer: 9,
    when: always,
    run: ({ ui }) => [{ ...ui, overlay: { kind: "palette", text: "", index: 0 } }, []],
  },
  {
    id: "refresh",
    keys: ["ctrl-r"],
    title: "refresh",
    description: "Try unreachable hosts now, and read everything again on the others",
    group: "Program",
    footer: 10,
    when: always,
    run: ({ ui }) => [withToast(ui, "Trying every host and reading again."), [{ kind: "reconnect" }]],
  },
  {
    id: "repaint",
    keys: ["ctrl-l"],
    title: "repaint",
    description: "Draw the whole screen again",
    group: "Program",
    always: true,
    when: always,
    run: ({ ui }) => [ui, [{ kind: "repaint" }]],
  },
  {
    id: "suspend",
    keys: ["ctrl-z"],
    title: "suspend",
    description: "To the shell; `fg` comes back",
    group: "Program",
    always: true,
    when: always,
    run: ({ ui }) => [ui, [{ kind: "suspend" }]],
  },
  {
    id: "quit",
    keys: ["q"],
    title: "quit",
    description: "End the console. Nothing on the hosts depends on it",
    group: "Program",
    footer: 5,
    when: always,
    run: ({ ui }) => [ui, [{ kind: "quit" }]],
  },
  {
    id: "quit.now",
    keys: ["ctrl-c"],
    title: "quit",
    description: "End the console, also out of an overlay",
    group: "Program",
    always: true,
    when: always,
    run: ({ ui }) => [ui, [{ kind: "quit" }]],
  },
];

export const commandsOf = (panes: readonly Pane[]): readonly Command[] => [
  ...screenCommands(panes),
  ...aroundCommands(panes),
  ...moveCommands,
  ...lookCommands,
  ...sortCommands(panes),
  ...copyCommands,
  ...programCommands,
];

/** The command a key stands for now: of several with the same key (sorts) the one that can run. */
export function commandOf(commands: readonly Command[], key: string, context: CommandContext): Command | undefined {
  const meant = commands.filter((command) => command.keys.includes(key));
  return meant.find((command) => command.when(context) === true) ?? meant[0];
}

const shortNames: Readonly<Record<string, string>> = { escape: "esc", pageup: "pgup", pagedown: "pgdn" };
/** How a key is written on the screen. */
export const keyLabel = (key: string): string => shortNames[key] ?? key;
