/** The findings below the panes of a wide window, on every screen that doesn't hold them anyway. */
import type { Finding } from "../../state/view-model.ts";
import { severityRank, severityWord } from "../format.ts";
import type { Area } from "../layout.ts";
import type { Line } from "../pane.ts";
import { type Symbols, severityTone } from "../symbols.ts";
import { type Piece, piece } from "./canvas.ts";
import { fitText, lineWidth, span } from "./text.ts";

const SEVERITY_COLUMNS = 10;
const OBJECT_COLUMNS = 18;

function findingLine(finding: Finding, symbols: Symbols): Line {
  const tone = finding.ack === undefined ? severityTone[finding.severity] : "dim";
  return [
    span(" "),
    span(fitText(`${symbols.severity[finding.severity]} ${severityWord[finding.severity]}`, SEVERITY_COLUMNS), tone),
    span(" "),
    span(fitText(finding.object, OBJECT_COLUMNS)),
    span(" "),
    span(finding.ack === undefined ? finding.cause : `(noted) ${finding.cause}`, finding.ack === undefined ? "plain" : "dim"),
    ...(finding.at_risk.length === 0 ? [] : [span(`  at risk: ${finding.at_risk.join(", ")}`, "dim")]),
  ];
}

export function drawStrip(area: Area, findings: readonly Finding[], symbols: Symbols): Piece[] {
  const worst_first = [...findings].sort((a, b) => severityRank(b.severity) - severityRank(a.severity));
  const shown = worst_first.slice(0, area.height - 1);
  const more = findings.length - shown.length;
  const title: Line = [span(symbols.horizontal, "dim"), span(" "), span("Findings", "dim"), span(" ")];
  const end: Line = more > 0 ? [span(` ${more} more on 1 `, "dim"), span(symbols.horizontal, "dim")] : [span(symbols.horizontal, "dim")];
  const rule: Line = [
    ...title,
    span(symbols.horizontal.repeat(Math.max(0, area.width - lineWidth(title) - lineWidth(end))), "dim"),
    ...end,
  ];
  const none: Line = [span(` ${symbols.severity.ok} none`, "ok")];
  const lines = shown.length === 0 ? [none] : shown.map((finding) => findingLine(finding, symbols));
  return Array.from({ length: area.height }, (_, index) => piece(index === 0 ? rule : (lines[index - 1] ?? []), area.width));
}
