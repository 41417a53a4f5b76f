/** What is wrong, worst first: the cause, whom it threatens, what to do next. */
import { lookOn, nextStep } from "../../state/next-step.ts";
import type { Finding } from "../../state/view-model.ts";
import { age, count, duration, severityRank, severityWord } from "../format.ts";
import type { Line, PaneContext, PaneRow } from "../pane.ts";
import { severityTone, symbolsOf } from "../symbols.ts";
import { heading, names, rowsOf, space, text, wrap } from "./parts.ts";
import { evidenceSpan, isFresh } from "./trust.ts";

/** Past the symbol. */
const INDENT = 2;
/** From here on a finding's evidence stands under it without being asked for. */
const EVIDENCE_HEIGHT = 40;

/** A cause that says for how long by itself: the same age twice, rounded otherwise, reads as two. */
const AGE_TOLD = / for \d+ (?:s|min|h|days?)\b/;

const worstFirst = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((left, right) => severityRank(right.severity) - severityRank(left.severity));

function summary(findings: readonly Finding[]): string {
  const of = (severity: Finding["severity"]): number => findings.filter((finding) => finding.severity === severity).length;
  const noted = findings.filter(({ ack }) => ack !== undefined).length;
  const words = (["critical", "warning", "unknown", "info"] as const)
    .filter((severity) => of(severity) > 0)
    .map((severity) => `${of(severity)} ${severityWord[severity]}`);
  return [...words, ...(noted === 0 ? [] : [`${noted} of them noted`])].join(", ");
}

/** Who has taken note of it, and for how long. */
export function noteOf({ ack }: Finding, now_ms: number): string | undefined {
  if (ack === undefined) return undefined;
  if (ack.until_ms === undefined) return `acknowledged by ${ack.by} ${age(now_ms - ack.at_ms)} ago`;
  return `snoozed by ${ack.by} ${age(now_ms - ack.at_ms)} ago, ${duration((ack.until_ms - now_ms) / 1000)} left`;
}

function findingLines(context: PaneContext, finding: Finding): Line[] {
  const { view, width, ascii, height } = context;
  // One that somebody has seen steps back; its sign and its word stay.
  const noted = noteOf(finding, view.now_ms);
  const tone = noted === undefined ? severityTone[finding.severity] : "dim";
  const since: Line =
    finding.since_ms === undefined || AGE_TOLD.test(finding.cause) ? [] : [text(`  for ${age(view.now_ms - finding.since_ms)}`, "dim")];
  const first: Line = [
    {
      text: `${symbolsOf(ascii).severity[finding.severity]} ${severityWord[finding.severity]} `,
      tone,
      bold: finding.severity === "critical" && noted === undefined,
    },
    { text: finding.object, bold: noted === undefined },
    text(`  ${finding.cause}`, noted === undefined ? undefined : "dim"),
    ...since,
    ...(finding.flaps === undefined || finding.gone_ms !== undefined ? [] : [text(`  found ${finding.flaps} times in 10 min`, "warning")]),
    ...(noted === undefined ? [] : [text(`  ${noted}`, "info")]),
  ];
  const risk: Line =
    finding.at_risk.length === 0
      ? []
      : [text("at risk: ", "dim"), { text: names(finding.at_risk, Math.max(16, Math.floor(width / 3))) }, text("  ", "dim")];
  const screen = lookOn(finding);
  const look: Line = screen === undefined ? [] : [text(`  (${screen})`, "dim")];
  const next: Line = [space(INDENT), ...risk, text("next: ", "dim"), { text: nextStep(finding), tone: "accent" }, ...look];
  const evidence = height < EVIDENCE_HEIGHT ? [] : evidenceLines(context, finding);
  return [...wrap(first, width, INDENT), ...wrap(next, width, INDENT), ...evidence];
}

/** Proofs shown under a finding; enter shows all of them. */
const EVIDENCE_MAX = 4;

function evidenceLines({ view, width }: PaneContext, { evidence }: Finding): Line[] {
  const shown = evidence.slice(0, evidence.length > EVIDENCE_MAX ? EVIDENCE_MAX - 1 : EVIDENCE_MAX);
  const rest = evidence.length - shown.length;
  const lines = shown.flatMap((each) => wrap(evidenceLine(each, view.now_ms), width, INDENT * 2));
  return rest === 0 ? lines : [...lines, [space(INDENT), text(`and ${rest} more: enter`, "dim")]];
}

const evidenceLine = ({ text: said, from }: Finding["evidence"][number], now_ms: number): Line => [
  space(INDENT),
  text(said, "dim"),
  ...(from === undefined ? [] : [text("  ", "dim"), evidenceSpan(from, now_ms)]),
];

/** Nothing found is good news only where everything was looked at. */
function nothingFound({ view, ascii }: PaneContext): Line {
  const unseen = view.hosts.filter(({ reach }) => reach !== "live").map(({ id }) => id);
  const unread = view.hosts.flatMap(({ id, reach, readings }) => {
    const never = readings.filter(({ freshness }) => freshness === "never").length;
    const old = readings.filter((evidence) => !isFresh(evidence)).length - never;
    if (reach !== "live") return [];
    return [
      ...(never === 0 ? [] : [`${id}: ${count(never, "reading")} not told yet`]),
      ...(old === 0 ? [] : [`${id}: ${count(old, "reading")} not fresh`]),
    ];
  });
  const gaps = [...(unseen.length === 0 ? [] : [`${unseen.join(" and ")} can't be seen now`]), ...unread];
  if (gaps.length === 0) return [{ text: `${symbolsOf(ascii).severity.ok} `, tone: "ok" }, { text: "none" }];
  return [{ text: `? none in what is known; ${gaps.join(", ")}`, tone: "unknown" }];
}

export function findingRows(context: PaneContext): PaneRow[] {
  const { findings } = context.view;
  if (findings.length === 0) {
    const { line } = heading("findings", "Findings", nothingFound(context));
    return rowsOf("heading findings", wrap(line, context.width, INDENT), undefined);
  }
  return [
    heading("findings", count(findings.length, "finding"), [text(summary(findings), "dim")]),
    ...worstFirst(findings).flatMap((finding) =>
      rowsOf(`finding ${finding.rule} ${finding.object}`, findingLines(context, finding), {
        kind: "finding",
        rule: finding.rule,
        object: finding.object,
      }),
    ),
  ];
}
