/** The audit as Markdown, for the incident report: plan by plan what was checked by which command, what was run where, and what the facts said. */
import type { CheckedLine } from "../state/plan/journal.ts";
import { clean, redact } from "../xen/read/clean.ts";
import type { AuditLine } from "./operator-record.ts";

/** What isn't a time must not keep the rest from being told. */
const stamp = (ms: number): string => {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "no time" : date.toISOString().replace("T", " ").slice(0, 19);
};
/** Of one cell. */
const CELL_MAX = 600;
const cell = (value: unknown): string => redact(clean(String(value ?? ""), CELL_MAX)).replaceAll("|", "\\|");
const code = (text: string): string => (text === "" ? "" : `\`${cell(text).replaceAll("`", "'")}\``);
const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const table = (titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] =>
  rows.length === 0 ? [] : [row(titles), row(titles.map(() => "---")), ...rows.map(row), ""];

/** Not told yet when it was written down: as in evidence of a reading that was never told. */
const whenRead = (at_ms: number | undefined): string => (at_ms === undefined ? "not read" : stamp(at_ms));
const evidenceText = ({ evidence }: CheckedLine): string =>
  evidence.map(({ host, source, at_ms }) => `${code(source)} on ${cell(host)}, ${whenRead(at_ms)}`).join("; ");

function checkRows(own: readonly AuditLine[]): readonly (readonly string[])[] {
  const checks = own.flatMap(({ kind, checks: list }) =>
    kind === "checked" && Array.isArray(list) ? (list as readonly CheckedLine[]) : [],
  );
  return checks.map((check) => [cell(check.result), cell(check.text), evidenceText(check)]);
}

const words: Readonly<Record<string, string>> = {
  header: "confirmed",
  intent: "begun",
  outcome: "outcome",
  taken_over: "taken over",
  end: "ended",
};

function stepRow(line: AuditLine): readonly string[] {
  const argv = Array.isArray(line.argv) ? code(line.argv.join(" ")) : "";
  const said = Array.isArray(line.said) ? line.said.map((each) => code(String(each))).join(" ") : "";
  const how = [cell(line.text), line.rc === undefined ? "" : `exit ${cell(line.rc)}`, said].filter((part) => part !== "").join("; ");
  const who = line.kind === "taken_over" ? `by ${cell(line.operator)}` : cell(line.title);
  return [stamp(line.at_ms), words[line.kind] ?? cell(line.kind), cell(line.host), who, argv, cell(line.result), how];
}

function planText(plan: string, own: readonly AuditLine[]): string {
  const header = own.find(({ kind }) => kind === "header") ?? own[0];
  const reason = cell(header?.reason);
  return [
    `## ${cell(header?.goal)} (${cell(plan)})`,
    "",
    `${cell(header?.operator)}${reason === "" ? "" : `: ${reason}`}`,
    "",
    ...table(["check", "found", "known by (UTC)"], checkRows(own)),
    ...table(["UTC", "what", "host", "step", "command", "result", "facts"], own.filter(({ kind }) => kind !== "checked").map(stepRow)),
  ].join("\n");
}

/** Times are UTC. */
export function auditMarkdown(lines: readonly AuditLine[]): string {
  const plans = new Map<string, AuditLine[]>();
  for (const line of lines) plans.set(line.plan, [...(plans.get(line.plan) ?? []), line]);
  if (plans.size === 0) return "Nothing was done from this machine.\n";
  return [...plans].map(([plan, own]) => planText(plan, own)).join("\n");
}
