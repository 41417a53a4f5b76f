/** docs/keys.md, from the command table. */
import { actions } from "../state/plan/actions/index.ts";
import { type ObjectKind, objectKinds } from "../state/plan/arguments.ts";
import { type Command, commandGroups, commandsOf, keyLabels } from "./commands.ts";
import { consoleCommands } from "./console/commands.ts";
import { COLUMNS_MIN, ROWS_MIN, WIDE_COLUMNS_MIN, WIDE_ROWS_MIN } from "./layout.ts";
import { panes } from "./panes/index.ts";

const code = (label: string): string => `\`${label}\``;
const row = (command: Pick<Command, "keys" | "description">): string =>
  `| ${keyLabels(command).map(code).join(" ")} | ${command.description.replaceAll("|", "\\|")} |`;

const noun: Readonly<Record<ObjectKind, string>> = {
  guest: "A guest",
  resource: "A DRBD resource",
  host: "A host",
  storage: "Storage",
  network: "A bridge or interface",
  pair: "The pair",
};

function actionRows(kind: ObjectKind): string[] {
  const own = actions.filter(({ on }) => on === kind);
  if (own.length === 0) return [];
  const rows = own.map(({ letter, key, id, risk, description, marked }) => {
    const keys = [code(`a ${letter}`), ...(key === undefined ? [] : [code(key)])].join(" ");
    return `| ${keys} | ${code(`:${id}`)} | ${risk.replace("_", " ")} | ${marked ? "yes" : ""} | ${description.replaceAll("|", "\\|")} |`;
  });
  return [
    `### ${noun[kind]}`,
    "",
    "| keys | by name | risk at least | marked | what it does |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ];
}

export function renderKeysDoc(): string {
  const acting = commandsOf(panes, "acts");
  const commands = [...acting, ...commandsOf(panes, "replays").filter(({ id }) => acting.every((command) => command.id !== id))];
  const groups = commandGroups.flatMap((group) => {
    const members = commands.filter((command) => command.group === group);
    return members.length === 0 ? [] : [`## ${group}`, "", "| keys | what they do |", "| --- | --- |", ...members.map(row), ""];
  });
  return [
    "<!-- Generated from src/views/commands.ts by `npm run generate`. Don't edit. -->",
    "# Keys",
    "",
    "The same table drives the keys themselves, the footer, the help (`?`) and the palette (`:`). A command that can't be used right now stays there with the reason.",
    "No key changes anything on a host by itself: those under Act show a plan, which has to be confirmed. A read-only console doesn't have them.",
    "",
    ...groups,
    "## Actions",
    "",
    "What `a` lists on a row. Those that lose data have capital letters. Several marked rows are acted on one after the other, where the action takes them.",
    "",
    ...objectKinds.flatMap(actionRows),
    "## In a plan",
    "",
    "| keys | what they do |",
    "| --- | --- |",
    "| `y` | Does what is shown, once what it asks for is typed to the letter. Not in a field: `tab` leaves it |",
    "| `n` `esc` `enter` | Closes it; nothing was done. In a field `enter` confirms nothing |",
    "| `tab` `shift-tab` | Between the plan, the word that confirms, and the reason for journal and audit |",
    "| `e` | Evidence: the command, host and age behind every check |",
    "| `r` | Shows it anew, where something else would be done by now |",
    "| `l` | Of several: leaves out those that can't be done now |",
    "| `o` | Options: what may be chosen though it needn't be |",
    "| `c` | Sends its commands to the clipboard, for a shell |",
    "| `j` `k` `pgup` `pgdn` `g` `G` | Scroll |",
    "",
    "A paste types into the reason and into nothing else there: what confirms is typed.",
    "",
    "## On a console",
    "",
    "A guest's console (`c`) or a shell (`s`). They work as they are while nothing is typed into the guest and while lines above are read; while typing, after the prefix:",
    "`ctrl-t`, or `console_prefix` in the config file. Pressed twice it is typed. On the screens it leads back to the console that was shown last.",
    "Every other key goes to the guest as an xterm sends it, ctrl-] among them.",
    "",
    "| keys | what they do |",
    "| --- | --- |",
    ...consoleCommands.map(row),
    "",
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
