/** A runbook on the screen: from the alarm to green, with this console's keys. */
import type { Runbook, RunbookStep } from "../../state/runbooks/runbook.ts";
import { keyLabel } from "../key-label.ts";
import type { Line, PaneRow, Span } from "../pane.ts";
import type { DetailContext } from "./detail-parts.ts";
import { blank, heading, rowsOf, space, text, wrap } from "./parts.ts";

/** `like this` in a runbook is what the screen says: it stands out. */
function spansOf(said: string): Span[] {
  return said
    .split("`")
    .flatMap((part, index): Span[] => (part === "" ? [] : [index % 2 === 1 ? { text: part, tone: "accent" } : { text: part }]));
}

const keysOf = (keys: readonly string[]): Span[] =>
  keys.flatMap((key, index) => [...(index === 0 ? [] : [space(1)]), { text: keyLabel(key), tone: "accent" as const, bold: true }]);

const INDENT = 5;

function stepRows({ width }: DetailContext, { do: what, keys, see, action }: RunbookStep, index: number): PaneRow[] {
  const line = (label: string, value: readonly Span[]): Line[] =>
    wrap([space(INDENT), text(label, "dim"), ...value], width, INDENT + label.length);
  const lines = [
    ...wrap([{ text: `${String(index + 1).padStart(3)}. `, bold: true }, ...spansOf(what)], width, INDENT),
    ...(keys === undefined ? [] : line("keys  ", keysOf(keys))),
    ...(see === undefined ? [] : line("see   ", spansOf(see))),
    ...(action === undefined
      ? []
      : line("action  ", [{ text: action, tone: "accent" }, text("  (xenha-tui ", "dim"), text(`${action} ...`, "dim"), text(")", "dim")])),
  ];
  return rowsOf(`step ${index + 1}`, lines, undefined);
}

export function runbookRows(context: DetailContext, runbook: Runbook): PaneRow[] {
  const { width } = context;
  const prose = (key: string, said: string): PaneRow[] => rowsOf(key, wrap([space(2), ...spansOf(said)], width, 2), undefined);
  return [
    heading("title", runbook.title),
    ...prose("when", runbook.when),
    blank("never"),
    heading("never", "Never"),
    ...runbook.never.flatMap((said, index) =>
      rowsOf(`never ${index}`, wrap([{ text: "  - ", tone: "critical" }, ...spansOf(said)], width, 4), undefined),
    ),
    blank("steps"),
    heading("steps", "Step by step", [text("NAME: what the finding is about; f: until it is the one", "dim")]),
    ...runbook.steps.flatMap((step, index) => stepRows(context, step, index)),
    blank("over"),
    heading("over", "It is over when"),
    ...prose("over text", runbook.over),
    blank("drill"),
    ...prose("drill", `Drill: \`xenha-tui --demo ${runbook.scenario}\`. In the documentation: docs/runbooks/${runbook.id}.md`),
  ];
}
