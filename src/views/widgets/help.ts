/** The help overlay: every command from the table, with the reason where one doesn't work now. */
import type { CommandContext } from "../actions.ts";
import { type Command, commandGroups, keyLabels } from "../commands.ts";
import type { Line } from "../pane.ts";
import type { Symbols } from "../symbols.ts";
import type { Ui } from "../ui.ts";
import { BOX_FRAME_COLUMNS, BOX_FRAME_ROWS, centred, drawBox } from "./box.ts";
import type { Box } from "./canvas.ts";
import { ELLIPSIS, fitText, span, textWidth, wrapText } from "./text.ts";

const HELP_COLUMNS_MAX = 100;
const HELP_TOP_ROW = 1;

/** Lines of help in sight. */
export const helpPage = (ui: Ui): number => ui.rows - 2 * HELP_TOP_ROW - BOX_FRAME_ROWS;

const keysOf = (command: Command): string => keyLabels(command).join("  ");

function commandLines(command: Command, context: CommandContext, keys_width: number, width: number): Line[] {
  const ready = command.when(context);
  const texts = wrapText(command.description, width - keys_width - 2);
  const lines = texts.map(
    (text, index): Line => [
      span(fitText(index === 0 ? keysOf(command) : "", keys_width), ready === true ? "accent" : "dim"),
      span("  "),
      span(text, ready === true ? "plain" : "dim"),
    ],
  );
  return ready === true ? lines : [...lines, [span(" ".repeat(keys_width + 2)), span(`not now: ${ready}`, "stale")]];
}

/** Everything the help says, for a window of `columns`. */
export function helpRows(commands: readonly Command[], context: CommandContext, columns: number): readonly Line[] {
  const width = centred(columns, HELP_COLUMNS_MAX).width - BOX_FRAME_COLUMNS;
  const keys_width = Math.max(...commands.map((command) => textWidth(keysOf(command))));
  const groups = commandGroups.flatMap((group): Line[] => {
    const members = commands.filter((command) => command.group === group);
    if (members.length === 0) return [];
    return [[], [span(group, "title")], ...members.flatMap((command) => commandLines(command, context, keys_width, width))];
  });
  const { why_not } = context.act;
  const intro =
    `${why_not === undefined ? "Nothing is changed on a host but by a plan that is shown first and confirmed." : `No key changes anything on a host: ${why_not}.`} ` +
    "A sign and a word say how bad something is; colour only repeats it. " +
    `${ELLIPSIS} at a value's end: it was cut, enter and y have it whole. ~ before a value: it is old.`;
  return [...wrapText(intro, width).map((text): Line => [span(text, "dim")]), ...groups];
}

export function drawHelp(commands: readonly Command[], context: CommandContext, top: number, symbols: Symbols): Box {
  const { ui } = context;
  const rows = helpRows(commands, context, ui.columns);
  const page = helpPage(ui);
  const from = Math.min(top, Math.max(0, rows.length - page));
  const lines = Array.from({ length: page }, (_, index): Line => rows[from + index] ?? []);
  const note =
    rows.length > page ? `${from + 1}-${Math.min(rows.length, from + page)} of ${rows.length}  j k scroll  esc closes` : "esc closes";
  return drawBox({ title: "Keys", lines, note }, { ...centred(ui.columns, HELP_COLUMNS_MAX), y: HELP_TOP_ROW }, symbols);
}
