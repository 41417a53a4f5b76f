/** A plan and its progress as text, for a terminal or a pipe. */
import type { Outcome, Progress } from "../state/plan/drive.ts";
import { obstacles, type Plan, shownArgv } from "../state/plan/plan.ts";
import { quoteArgv } from "../xen/host/quote.ts";
import { paint, type Style, type Tint } from "./table.ts";

const marks: Readonly<Record<Plan["checks"][number]["result"], { readonly sign: string; readonly plain: string; readonly tint: Tint }>> = {
  pass: { sign: "✓", plain: "ok     ", tint: "ok" },
  warn: { sign: "▲", plain: "warning", tint: "warning" },
  fail: { sign: "✗", plain: "no     ", tint: "critical" },
  unknown: { sign: "?", plain: "unknown", tint: "unknown" },
};

const riskWords = { routine: "routine", disruptive: "disruptive", data_loss: "LOSES DATA" } as const;

export function planText(plan: Plan, style: Style): string {
  const lines = [paint(plan.goal, "title", style), `  risk: ${riskWords[plan.risk]}`];
  for (const lost of plan.loses) lines.push(`  ${paint(`lost for good: ${lost}`, "critical", style)}`);
  lines.push("checks:");
  for (const { result, text } of plan.checks) {
    const { sign, plain, tint } = marks[result];
    lines.push(`  ${paint(style.ascii ? plain : sign, tint, style)} ${style.ascii ? text.replace(/[^\u0020-\u007e]/gu, "?") : text}`);
  }
  for (const { text } of plan.trials) lines.push(`  ${paint(style.ascii ? "to try " : "·", "dim", style)} tried at the start: ${text}`);
  for (const note of plan.notes ?? [])
    lines.push(paint(`  | ${style.ascii ? note.replace(/[^\u0020-\u007e]/gu, "?") : note}`, "dim", style));
  lines.push(plan.steps.length === 0 ? "steps: none can be planned" : "steps:");
  for (const [at, step] of plan.steps.entries()) {
    lines.push(`  ${at + 1}. ${step.title}${step.no_return ? " (no way back but a new plan)" : ""}`);
    lines.push(`     on ${step.host}: ${quoteArgv(shownArgv(step.argv))}`);
    lines.push(paint(`     undo: ${step.undo}`, "dim", style));
  }
  const against = obstacles(plan).length;
  if (against > 0)
    lines.push(paint(`not to be done: ${against} of its checks ${against === 1 ? "stands" : "stand"} against it`, "critical", style));
  return `${lines.join("\n")}\n`;
}

const phases: Readonly<Record<Progress["phase"], string>> = {
  leases: "taking the leases",
  checks: "checking again",
  before: "looking before the step",
  starting: "starting",
  running: "running",
  verifying: "looking at the outcome",
  closing: "closing",
};

export const progressText = ({ phase, step, text }: Progress, steps: number): string =>
  `${step === undefined ? "" : `step ${step + 1}/${steps} `}${phases[phase]}${text === "" ? "" : `: ${text}`}`;

export const outcomeText = ({ result, text, next, details = [] }: Outcome): string =>
  [...details.map((line) => `  ${line}`), `${result}: ${text}`, ...(next === "" ? [] : [`next: ${next}`])]
    .map((line) => `${line}\n`)
    .join("");
