/** The plans under way, or left behind, on every screen: a line each, above the last one. */
import type { Line } from "../pane.ts";
import type { StripLine } from "../panes/plan-words.ts";
import { type Symbols, severityTone } from "../symbols.ts";
import { cutLine, lineWidth, span, spread } from "./text.ts";

const lineOf = ({ severity, word, text, who }: StripLine, symbols: Symbols): Line => [
  span(" "),
  {
    text: `${severity === "info" ? symbols.right : symbols.severity[severity]} ${word === "" ? "" : `${word} `}`,
    tone: severityTone[severity],
    bold: true,
  },
  span(text),
  ...(who === "" ? [] : [span(`  ${who}`, "dim")]),
];

/** As many lines as there is room for; how many there are besides stands at the end of the last. */
export function drawPlanStrip(lines: readonly StripLine[], room: number, columns: number, symbols: Symbols): readonly Line[] {
  const shown = lines.slice(0, room);
  const more = lines.length - shown.length;
  return shown.map((each, index) => {
    const right: Line = index === shown.length - 1 && more > 0 ? [span(` +${more}: 6 Jobs `, "accent")] : [];
    return spread(cutLine(lineOf(each, symbols), columns - lineWidth(right)), right, columns);
  });
}
