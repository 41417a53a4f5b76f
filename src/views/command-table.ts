/** The entries of the command table that don't depend on the screens: see commands.ts. */
import { leave } from "./acting/leave.ts";
import {
  backStep,
  type CommandContext,
  copyAll,
  copyRow,
  goBack,
  moveFirst,
  moveLast,
  moveOne,
  movePages,
  openDetail,
  rowsToCopy,
  toggleMark,
} from "./actions.ts";
import type { Command } from "./commands.ts";
import { type Board, cursorRow, focusedBoard, seenRow } from "./scene.ts";
import { withToast } from "./ui.ts";

const always = (): true => true;
const withRows = ({ scene }: CommandContext): true | string => ((focusedBoard(scene)?.rows.length ?? 0) > 0 ? true : "there are no rows");
const withRow = ({ scene }: CommandContext): true | string => {
  const shown = focusedBoard(scene);
  if (seenRow(shown) !== undefined) return true;
  return cursorRow(shown) === undefined ? "no row is selected" : "the selected row is out of sight (j k move there)";
};
const board = (context: CommandContext): Board | undefined => focusedBoard(context.scene);

export const moveCommands: readonly Command[] = [
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

export const lookCommands: readonly Command[] = [
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

export const copyCommands: readonly Command[] = [
  {
    id: "copy.row",
    keys: ["y"],
    title: "copy",
    description: "Send the row, or the marked rows, to the terminal's clipboard (OSC 52), values whole",
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
    description: "Send everything the pane shows to the clipboard, also what is cut or scrolled out of sight",
    group: "Copy",
    when: withRows,
    run: copyAll,
  },
];

export const programCommands: readonly Command[] = [
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
    description: "End the console; asks first while it drives a plan. What runs on the hosts goes on",
    group: "Program",
    footer: 5,
    when: always,
    run: leave,
  },
  {
    id: "quit.now",
    keys: ["ctrl-c"],
    title: "quit",
    description: "End the console, also out of an overlay; a second one doesn't ask",
    group: "Program",
    always: true,
    when: always,
    run: leave,
  },
];
