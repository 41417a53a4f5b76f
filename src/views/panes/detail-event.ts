/** A finding with its evidence and whom it threatens; an entry of the timeline, whole. */
import { nextStep, screenTitles } from "../../state/next-step.ts";
import { runbookNamed } from "../../state/runbooks/index.ts";
import type { TimelineEntry } from "../../state/state.ts";
import type { Finding, FindingAct } from "../../state/view-model.ts";
import { age, localTime, severityWord, skew } from "../format.ts";
import type { PaneRow } from "../pane.ts";
import { guestFacts } from "./detail-drbd.ts";
import { type DetailContext, type Fact, fact, section } from "./detail-parts.ts";
import { noteOf } from "./findings.ts";
import { objectNamed } from "./lookup.ts";
import { text } from "./parts.ts";
import { entrySource } from "./timeline-source.ts";
import { evidenceSpan, judged } from "./trust.ts";

/** As the command line has it; what isn't known yet is asked for. */
const actText = ({ action, args }: FindingAct): string =>
  [
    action,
    ...Object.entries(args).map(([name, value]) =>
      name === "guest" || name === "resource" || name === "bridge" ? value : `--${name} ${value}`,
    ),
  ].join(" ");

export function findingRows(context: DetailContext, finding: Finding): PaneRow[] {
  const { view, ascii } = context;
  const facts: Fact[] = [
    fact("severity", judged({ text: severityWord[finding.severity], severity: finding.severity }, undefined, ascii)),
    fact("object", [{ text: finding.object, bold: true }], [], objectNamed(view, finding.object)),
    fact("cause", [{ text: finding.cause }]),
    ...(finding.since_ms === undefined
      ? []
      : [fact("for", [{ text: `${age(view.now_ms - finding.since_ms)}, since ${localTime(finding.since_ms, view.now_ms)}` }])]),
    ...(noteOf(finding, view.now_ms) === undefined ? [] : [fact("noted", [text(noteOf(finding, view.now_ms) ?? "", "info")])]),
    ...(finding.flaps === undefined ? [] : [fact("flaps", [text(`found ${finding.flaps} times in ten minutes`, "warning")])]),
    fact("next", [{ text: nextStep(finding), tone: "accent" }]),
    ...(finding.act === undefined ? [] : [fact("action", [{ text: actText(finding.act), tone: "accent" }])]),
    ...(finding.runbook === undefined
      ? []
      : [
          fact("runbook", [{ text: runbookNamed(finding.runbook)?.title ?? finding.runbook }, text("  r", "accent")], [], {
            kind: "runbook",
            id: finding.runbook,
          }),
        ]),
    fact("look on", [{ text: `${finding.screen} ${screenTitles[finding.screen] ?? ""}` }]),
    fact("rule", [text(finding.rule, "dim")]),
  ];
  // Evidence is what a finding is: its sources are shown whether asked for or not.
  const proofs = finding.evidence.map(({ text: said, from }, index) =>
    fact(String(index + 1), [{ text: said }, ...(from === undefined ? [] : [text("  ", "dim"), evidenceSpan(from, view.now_ms)])]),
  );
  return [
    ...section(context, "finding", "Finding", facts),
    ...section(context, "evidence", "Evidence", proofs),
    ...(finding.at_risk.length === 0 ? [] : section(context, "risk", "Guests at risk", guestFacts(context, finding.at_risk))),
  ];
}

const originText: Readonly<Record<TimelineEntry["origin"], string>> = {
  seen: "seen by this console",
  journal: "told by the host's journal",
};

/** UTC to the millisecond: as good for comparing with a log as it gets. */
const stamp = (at_ms: number): string => new Date(at_ms).toISOString().replace("T", " ");

export function entryRows(context: DetailContext, entry: TimelineEntry): PaneRow[] {
  const { view, ascii } = context;
  const source = entrySource(view, entry);
  const skew_ms = view.hosts.find(({ id }) => id === entry.host)?.skew_ms;
  // Both clocks: what a log on the host calls this moment, and what this console does.
  const clocks = [
    fact("console clock", [{ text: stamp(entry.at_ms) }]),
    ...(entry.host === undefined
      ? []
      : [
          fact(`${entry.host} clock`, [
            skew_ms === undefined
              ? text("? its skew isn't known", "unknown")
              : { text: `${stamp(entry.at_ms + skew_ms)} (${skew(skew_ms)} against this console)` },
          ]),
        ]),
  ];
  const evidence = context.evidence ? [fact("told by", [{ text: source }])] : [];
  return section(context, "entry", "What changed", [
    fact("time", [{ text: `${localTime(entry.at_ms, view.now_ms)}, ${age(view.now_ms - entry.at_ms)} ago` }]),
    fact("host", [{ text: entry.host ?? "both or none" }], [], entry.host && { kind: "host", id: entry.host }),
    fact("origin", [{ text: entry.rule === undefined ? originText[entry.origin] : `found by this console (${entry.rule})` }]),
    fact("severity", judged({ text: severityWord[entry.severity], severity: entry.severity }, undefined, ascii)),
    fact("object", [{ text: entry.object, bold: true }], [], objectNamed(view, entry.object.replace(/^\w+ /, ""))),
    fact("what", [{ text: entry.text }]),
    ...evidence,
    ...clocks,
  ]);
}
