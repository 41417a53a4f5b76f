/** docs/keys.md, from the command table. */
import { type Command, commandGroups, commandsOf, keyLabel } from "./commands.ts";
import { COLUMNS_MIN, ROWS_MIN, WIDE_COLUMNS_MIN, WIDE_ROWS_MIN } from "./layout.ts";
import { panes } from "./panes/index.ts";

const code = (key: string): string => `\`${keyLabel(key)}\``;
const row = ({ keys, description }: Command): string => `| ${keys.map(code).join(" ")} | ${description.replaceAll("|", "\\|")} |`;

export function renderKeysDoc(): string {
  const commands = commandsOf(panes, true);
  const groups = commandGroups.flatMap((group) => {
    const members = commands.filter((command) => command.group === group);
    return members.length === 0 ? [] : [`## ${group}`, "", "| keys | what they do |", "| --- | --- |", ...members.map(row), ""];
  });
  return [
    "<!-- Generated from src/views/commands.ts by `npm run generate`. Don't edit. -->",
    "# Keys",
    "",
    "The same table drives the keys themselves, the footer, the help (`?`) and the palette (`:`). This console only reads: no key changes anything on a host.",
    "A command that can't be used right now stays in the help and in the palette with the reason.",
    "",
    ...groups,
    "## While typing",
    "",
    "| keys | what they do |",
    "| --- | --- |",
    "| `enter` | Keeps the filter, runs what the palette points at, sends an answer |",
    "| `esc` | Clears the filter, closes the palette, declines a question |",
    "| `backspace` `ctrl-w` `ctrl-u` | Delete a character, a word, everything |",
    "| `up` `down` | Move in the rows that are left, or in what the palette found |",
    "",
    "A paste types its first line into what is being typed and does nothing anywhere else. The mouse is left to the terminal, so that text can be selected.",
    "",
    "## Sizes",
    "",
    `Every screen is complete at 80x24. From ${WIDE_COLUMNS_MIN}x${WIDE_ROWS_MIN} on, list and detail stand side by side with the findings below; down to ${COLUMNS_MIN}x${ROWS_MIN} columns are left out. In a smaller window only \`q\` and \`ctrl-c\` work.`,
    "",
  ].join("\n");
}
