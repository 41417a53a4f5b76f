/** Help text, made from the table of commands. Fits 80 columns. */
import { type CommandId, type CommandSpec, commands, type FlagId, type FlagSpec, flags } from "./commands.ts";

const WIDTH = 80;
const FLAG_COLUMN = 24;

export function helpText(topic: CommandId | undefined): string {
  const lines = topic === undefined ? wholeHelp() : commandHelp(commands[topic]);
  return `${lines.join("\n")}\n`;
}

function wholeHelp(): string[] {
  const all: readonly CommandSpec[] = Object.values(commands);
  const allFlags = (Object.keys(flags) as FlagId[]).filter(
    (id) => !commands.debug.flags.includes(id) || commands.screen.flags.includes(id),
  );
  return [
    "xenha-tui - console for a pair of Xen dom0s",
    "",
    "Usage:",
    ...all.flatMap(({ usage }) => usage).map((usage) => `  xenha-tui ${usage}`),
    "",
    "Commands:",
    ...all.flatMap(({ id, summary }) => item(id === "screen" ? "(none)" : id, summary)),
    "",
    ...commands.screen.details.flatMap((text) => wrap(text, WIDTH)),
    "",
    "Options:",
    ...allFlags.flatMap((id) => flagItem(flags[id])),
    "",
    "`xenha-tui COMMAND --help` tells more of a command; in the screen, ? shows keys.",
    "A host or pair that is named like a command: put -- before it.",
  ];
}

function commandHelp({ usage, summary, details, flags: ids }: CommandSpec): string[] {
  return [
    ...usage.map((text, index) => `${index === 0 ? "Usage: " : "       "}xenha-tui ${text}`),
    "",
    `${capital(summary)}.`,
    ...details.flatMap((text) => wrap(text, WIDTH)),
    "",
    "Options:",
    ...ids.flatMap((id) => flagItem(flags[id])),
  ];
}

function flagItem({ long, short, value, help }: FlagSpec): string[] {
  const metavar = value === undefined ? "" : value.optional ? ` [${value.name}]` : ` ${value.name}`;
  return item(`${short === undefined ? "" : `${short}, `}${long}${metavar}`, help);
}

/** A term and its text beside it, or below where the term is long. */
function item(term: string, text: string): string[] {
  const rows = wrap(text, WIDTH - FLAG_COLUMN);
  const indent = " ".repeat(FLAG_COLUMN);
  const head = `  ${term}`;
  if (head.length + 2 > FLAG_COLUMN) return [head, ...rows.map((row) => indent + row)];
  return rows.map((row, index) => (index === 0 ? head.padEnd(FLAG_COLUMN) : indent) + row);
}

function wrap(text: string, width: number): string[] {
  const rows: string[] = [];
  let row = "";
  for (const word of text.split(" ")) {
    if (row !== "" && row.length + 1 + word.length > width) {
      rows.push(row);
      row = word;
    } else row = row === "" ? word : `${row} ${word}`;
  }
  return [...rows, row];
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
