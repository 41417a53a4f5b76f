/** Asks for one argument of an action. */
import type { ActionArg } from "../../state/plan/arguments.ts";
import { askedOf, type Form } from "../acting/form.ts";
import { subjectsText } from "../acting/subject.ts";
import type { CommandContext } from "../actions.ts";
import type { Line } from "../pane.ts";
import type { Symbols } from "../symbols.ts";
import { BOX_FRAME_COLUMNS, centred, drawBox } from "./box.ts";
import type { Box } from "./canvas.ts";
import { cut, span } from "./text.ts";

const COLUMNS_MAX = 84;
const TOP_ROW = 3;
const CHOICES_SHOWN = 12;
/** Frame, what is asked, input line, problem, something of the panes below. */
const ROWS_BESIDES = 9;

function boundsOf(arg: ActionArg): string {
  if (arg.kind === "number") return ` (${arg.unit}, ${arg.min} to ${arg.max})`;
  return arg.optional ? " (may be left out: tab)" : "";
}

export function drawForm(form: Form, context: CommandContext, symbols: Symbols): Box {
  const { ui, act } = context;
  const place = { ...centred(ui.columns, COLUMNS_MAX), y: TOP_ROW };
  const width = place.width - BOX_FRAME_COLUMNS;
  const asked = askedOf(form, act);
  if (asked === undefined) return drawBox({ title: form.action, lines: [[span("esc closes", "dim")]] }, place, symbols);
  const { action, arg, choices, lettered } = asked;
  const now = form.given[arg.name] ?? "";
  const page = Math.max(1, Math.min(CHOICES_SHOWN, ui.rows - ROWS_BESIDES));
  const at = Math.min(form.index, Math.max(0, choices.length - 1));
  const from = Math.max(0, Math.min(at - Math.floor(page / 2), choices.length - page));
  const listed = choices.slice(from, from + page).map(({ letter, value, title }): Line => {
    const name = lettered || title === "" ? value : title;
    return [
      ...(lettered ? [{ text: `${letter}  `, tone: "accent" as const, bold: true }] : []),
      span(cut(name, width - 6)),
      ...(lettered && title !== "" ? [span(`  ${title}`, "dim")] : []),
      ...(value === now ? [span("  as it is", "dim")] : []),
    ];
  });
  const input: Line[] = lettered ? [] : [[span(`${symbols.cursor} `, "accent"), span(form.text), { text: " ", inverse: true }]];
  const head: Line = [
    { text: `${arg.prompt}${boundsOf(arg)}`, tone: "title" },
    ...(now === "" ? [] : [span(`  now ${cut(now, 30)}`, "dim")]),
  ];
  const problem: Line[] = form.problem === undefined ? [] : [[span(`${symbols.severity.warning} ${form.problem}`, "warning")]];
  const none: Line[] = lettered && choices.length === 0 ? [[span("There is nothing to choose.", "dim")]] : [];
  const step = form.asking.length > 1 ? `  ${form.asking.length - 1} more after it` : "";
  return drawBox(
    {
      title: `${action.title}${form.subjects.length === 0 ? "" : ` ${subjectsText(form.subjects)}`}`,
      lines: [head, ...input, ...listed, ...none, ...problem],
      cursor: choices.length === 0 ? -1 : 1 + input.length + at - from,
      note: `${lettered ? "a letter chooses" : "enter takes it"}${arg.optional ? "  tab leaves it out" : ""}${step}  esc cancels`,
    },
    place,
    symbols,
  );
}
