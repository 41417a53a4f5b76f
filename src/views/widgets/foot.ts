/** The last line: the next useful keys, what is being typed, or what was just done. */
import type { CommandContext } from "../actions.ts";
import { type Command, keyLabel } from "../commands.ts";
import type { Line, Span } from "../pane.ts";
import { focusedBoard } from "../scene.ts";
import type { Symbols } from "../symbols.ts";
import { placeOf } from "../ui.ts";
import { lineWidth, span, spread } from "./text.ts";

const two = (number: number): string => String(number).padStart(2, "0");

/** Whether anything can be changed from here, and for how long. */
function modeLine({ act, view }: CommandContext, symbols: Symbols): Line {
  const { mode } = act.desk;
  if (act.why_not !== undefined) return [span("read-only ", "dim")];
  if (mode.kind !== "allowed") return [span("read-write ", "accent")];
  const left_s = Math.max(0, Math.ceil((mode.until_ms - view.now_ms) / 1000));
  return [span(`${symbols.severity.warning} read-write ${Math.floor(left_s / 60)}:${two(left_s % 60)} `, "warning")];
}
/** Between the keys and what stands at the end. */
const GAP_COLUMNS = 2;

/** As many as fit, the most useful first, in the order of the table. */
function keysLine(commands: readonly Command[], context: CommandContext, width: number): Line {
  const marked = (focusedBoard(context.scene)?.marks.size ?? 0) > 0;
  // What marks are for comes first while there are any.
  const place = ({ id, footer }: Command): number => (marked && id === "copy.row" ? -1 : (footer ?? 0));
  const offered = commands
    .filter((command) => command.footer !== undefined && command.when(context) === true)
    .sort((a, b) => place(a) - place(b));
  const line: Span[] = [span(" ")];
  for (const command of offered) {
    const hint: Span[] = [span(keyLabel(command.keys[0] ?? ""), "accent"), span(` ${command.title}  `, "dim")];
    if (lineWidth(line) + lineWidth(hint) > width) break;
    line.push(...hint);
  }
  return line;
}

const toastSymbol = (tone: Span["tone"], symbols: Symbols): string =>
  tone === "ok" || tone === "warning" || tone === "critical" ? symbols.severity[tone] : symbols.severity.info;

export function footLine(commands: readonly Command[], context: CommandContext, symbols: Symbols): Line {
  const { ui } = context;
  const { overlay, toast, columns } = ui;
  if (overlay.kind === "filter") {
    const typed: Line = [span(" / ", "accent"), span(placeOf(ui, overlay.place).filter), { text: " ", inverse: true }];
    return spread(typed, [span("  enter keeps  esc clears  ! without ", "dim")], columns);
  }
  const mode = modeLine(context, symbols);
  const end: Line = ui.note === undefined ? mode : [span(`${ui.note}  `, "info"), ...mode];
  if (toast !== undefined) return spread([span(` ${toastSymbol(toast.tone, symbols)} ${toast.text}`, toast.tone)], end, columns);
  return spread(keysLine(commands, context, columns - lineWidth(end) - GAP_COLUMNS), end, columns);
}
