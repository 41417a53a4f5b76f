/** A plan whole: how it stands and what is safe next, every step with its command, its way back and its outcome, what its jobs said, its journal. */
import type { OwnRun } from "../../state/plan/desk.ts";
import { type Expectation, lookOf, readingOf } from "../../state/plan/expect.ts";
import type { Entry } from "../../state/plan/journal.ts";
import type { Journal } from "../../state/plan/journals.ts";
import { journalSteps } from "../../state/select/plans.ts";
import type { PlanStepView, PlanView } from "../../state/view-model.ts";
import { quoteArgv } from "../../xen/host/quote.ts";
import { readings } from "../../xen/read/index.ts";
import { age, localTime } from "../format.ts";
import type { Line, PaneRow, Tone } from "../pane.ts";
import { symbolsOf } from "../symbols.ts";
import { type DetailContext, type Fact, fact, section } from "./detail-parts.ts";
import { blank, heading, rowsOf, space, text, wrap } from "./parts.ts";
import { drivenBy, nextOf, ownRun, phaseWord, planState, progressText, runState, stepState, trustOfPlan } from "./plan-words.ts";
import { judged } from "./trust.ts";

export function planRows(context: DetailContext, plan: PlanView): PaneRow[] {
  const steps = stepsTold(context, plan);
  return [
    ...section(context, "plan", "Plan", planFacts(context, plan)),
    blank("steps"),
    heading("steps", "Steps", steps.length === 0 ? [text("none was written down", "dim")] : []),
    ...steps.flatMap((step, index) => stepRows(context, plan, step, index)),
    ...section(context, "checks", "Checks after the confirmation", checkFacts(context, plan)),
    ...outputRows(context, plan),
    ...section(context, "journal", "Journal", journalFacts(context, plan)),
  ];
}

/** Of a run of this console that no host tells of. */
export function runRows(context: DetailContext, run: OwnRun): PaneRow[] {
  const { outcome, progress } = run;
  const now =
    outcome?.text ?? (progress === undefined ? undefined : `${phaseWord(progress)}${progress.text === "" ? "" : `: ${progress.text}`}`);
  return section(context, "run", "Plan", [
    fact("state", judged(runState(run), undefined, context.ascii)),
    ...(now === undefined ? [] : [fact(outcome === undefined ? "now" : "why", [{ text: now }])]),
    ...(outcome === undefined || outcome.next === "" ? [] : [fact("next", [{ text: outcome.next, tone: "accent" }])]),
    ...(outcome?.details ?? []).map((line, index) => fact(String(index + 1), [{ text: line }])),
    fact("told", [text("no host tells of it: nothing was begun, or nothing of it is kept any more", "dim")]),
    fact("plan", [text(run.id, "dim")]),
  ]);
}

function planFacts(context: DetailContext, plan: PlanView): Fact[] {
  const { view, desk, ascii } = context;
  const run = ownRun(desk, plan.id);
  const since = plan.started_ms;
  const said = (label: string, value: string): Fact[] => (value === "" ? [] : [fact(label, [{ text: value }], plan.evidence)]);
  const { outcome } = run ?? {};
  return [
    fact("state", judged(planState(plan, desk), trustOfPlan(view, plan), ascii, { aged: true }), plan.evidence),
    fact("driven", [{ text: drivenBy(plan, desk, view.now_ms) }]),
    fact("next", [{ text: outcome !== undefined && outcome.next !== "" ? outcome.next : nextOf(plan, desk), tone: "accent" }]),
    ...(plan.end === undefined ? [] : said("ended", `${plan.end.text} (${localTime(plan.end.at_ms, view.now_ms)})`)),
    ...(outcome !== undefined && plan.end === undefined ? said("here", `${outcome.result}: ${outcome.text}`) : []),
    ...plan.doubt.map((doubt) => fact("doubt", [text(doubt, "unknown")], plan.evidence)),
    ...said("by", plan.driver.taken_over ? `${plan.operator}, taken over by ${plan.driver.operator}` : plan.operator),
    ...said("reason", plan.reason),
    ...(since === undefined ? [] : said("begun", `${localTime(since, view.now_ms)}, ${age(view.now_ms - since)} ago`)),
    ...said("leases", plan.keys.join(", ")),
    fact("plan", [text(plan.id, "dim")]),
    fact("log", [text(keptText(context, plan), "dim")]),
  ];
}

const INDENT = 6;

/** As the hosts tell them; of a plan whose steps they don't tell any more, as its journal does once it was fetched. */
function stepsTold({ desk }: DetailContext, plan: PlanView): readonly PlanStepView[] {
  const log = desk.logs.get(plan.id);
  if (plan.steps.every(({ step }) => step !== undefined) || typeof log !== "object" || typeof log.journal === "string") return plan.steps;
  const whole = journalSteps(log.journal);
  return plan.state === "over"
    ? whole
    : plan.steps.map((told, index) => (told.step === undefined ? { ...told, step: whole[index]?.step } : told));
}

function titleOf({ view, ascii }: DetailContext, plan: PlanView, told: PlanStepView, index: number): Line {
  const { text: word, severity } = stepState(told);
  const trust = trustOfPlan(view, plan);
  const here = index === plan.at && plan.state !== "over";
  const sign = symbolsOf(ascii);
  return [
    text(here ? `${sign.right} ` : "  ", "accent"),
    text(`${index + 1} `),
    { text: told.title, bold: here },
    text("  "),
    // What a host that doesn't answer told last is no good news now.
    ...judged({ text: word, severity }, trust, ascii),
    ...(told.begun_ms === undefined || told.state === "done" ? [] : [text(` ${age(view.now_ms - told.begun_ms)}`, "dim")]),
  ];
}

function stepRows(context: DetailContext, plan: PlanView, told: PlanStepView, index: number): PaneRow[] {
  const { view, width, ascii, evidence } = context;
  const { step, job, outcome, progress, child, state } = told;
  const here = index === plan.at && plan.state !== "over";
  const more: Line[] = [];
  const add = (label: string, said: string, tone?: Tone): void => {
    const lead = `${label}: `;
    more.push(...wrap([text(lead, "dim"), text(said, tone)], width - INDENT, lead.length).map((line): Line => [space(INDENT), ...line]));
  };
  if (step !== undefined) {
    add(step.host, quoteArgv(step.argv));
    add("undo", step.undo, "dim");
    if (step.no_return)
      more.push([
        space(INDENT),
        text(`${symbolsOf(ascii).severity.warning} no way back once it has run, but a plan of its own`, "warning"),
      ]);
  }
  if (here && (state === "running" || state === "begun")) add("now", progressText(told));
  if (progress?.warning !== undefined) add("warning", progress.warning, "warning");
  if (outcome !== undefined) add("facts", `${outcome.text} (${localTime(outcome.at_ms, view.now_ms)})`);
  if (job !== undefined && job.state === "ended") add("exit", String(job.rc ?? "unknown"), "dim");
  for (const line of job === undefined ? (outcome?.said ?? []) : []) add("it said", line, "dim");
  if (evidence && step !== undefined) {
    for (const each of step.before) add("before", expectationText(each), "dim");
    for (const each of step.after) add("done when", expectationText(each), "dim");
  }
  const lines = [...wrap(titleOf(context, plan, told, index), width, INDENT), ...more];
  return rowsOf(`step ${index}`, lines, child && { kind: "plan", id: child.id });
}

/** `beta, by xl list -v: guest_runs name web01 ...`: what is read, and what it must show. */
function expectationText(expected: Expectation): string {
  const { kind, host, ...rest } = expected;
  const wanted = Object.entries(rest).map(([key, value]) => `${key} ${Array.isArray(value) ? value.join("/") : String(value)}`);
  const reading = readingOf(expected);
  const look = lookOf(expected);
  const by = reading !== undefined ? readings[reading].source : look?.kind === "command" ? quoteArgv(look.argv) : "its fence agent";
  return `${host}, by ${by}: ${kind.replaceAll("_", " ")}${wanted.length === 0 ? "" : `, ${wanted.join(", ")}`}`;
}

/** How much of what the hosts keep of it is here. */
function keptText({ desk, view }: DetailContext, { id }: PlanView): string {
  const log = desk.logs.get(id);
  if (log === undefined) return "the newest lines; l fetches all of it";
  return log === "fetching" ? "fetching all of it" : `all of it, as of ${age(view.now_ms - log.fetched_ms)} ago`;
}

function outputRows(context: DetailContext, plan: PlanView): PaneRow[] {
  const log = context.desk.logs.get(plan.id);
  const whole = typeof log === "object" ? log : undefined;
  const parts: { readonly title: string; readonly lines: readonly string[] }[] =
    whole !== undefined
      ? whole.steps.map(({ title, lines }) => ({ title, lines: typeof lines === "string" ? [`? ${lines}`] : lines }))
      : plan.steps.flatMap(({ title, job }) => (job === undefined || job.tail.length === 0 ? [] : [{ title, lines: job.tail }]));
  const said = parts.filter(({ lines }) => lines.length > 0);
  const note = keptText(context, plan);
  if (said.length === 0 && log !== "fetching" && plan.steps.every(({ job }) => job === undefined))
    return [blank("output"), heading("output", "Output", [text("l fetches what the hosts keep of it", "dim")])];
  return [
    blank("output"),
    heading("output", "Output", [text(note, "dim")]),
    ...said.flatMap(({ title, lines }, part) => [
      ...rowsOf(`output ${part}`, wrap([space(2), text(title)], context.width, 4), undefined),
      ...lines.map(
        (line, index): PaneRow => ({ key: `output ${part} ${index}`, line: [space(4), text(line, "dim")], object: undefined, text: line }),
      ),
    ]),
  ];
}

function entryText(entry: Entry): string {
  switch (entry.kind) {
    case "intent":
      return `step ${entry.step + 1} begun by ${entry.driver}`;
    case "outcome":
      return `step ${entry.step + 1} ${entry.result}: ${entry.text}`;
    case "guard":
      return `beside step ${entry.step + 1}: ${entry.why}`;
    case "taken_over":
      return `taken over by ${entry.operator} (${entry.driver})${entry.why === undefined || entry.why === "" ? "" : `: ${entry.why}`}`;
    case "end":
      return `over, ${entry.result}: ${entry.text}`;
    case "header":
      return `begun by ${entry.operator}: ${entry.goal}`;
    case "plan":
    case "steps":
      return "its steps, as they were confirmed";
    case "checked":
      return "what its checks said after the confirmation";
  }
}

/** The whole journal, once it was fetched; what the reading tells of it else. */
const journalTold = ({ desk }: DetailContext, { id }: PlanView): Journal | undefined => {
  const log = desk.logs.get(id);
  return typeof log !== "object" || typeof log.journal === "string" ? undefined : log.journal;
};

function journalFacts(context: DetailContext, plan: PlanView): Fact[] {
  const whole = journalTold(context, plan);
  const begun: readonly Entry[] = whole?.header === undefined ? [] : [whole.header];
  const end: readonly Entry[] = plan.end === undefined ? [] : [{ kind: "end", ...plan.end }];
  const entries = [...begun, ...(whole?.entries ?? plan.entries), ...end];
  return entries.map((entry) =>
    fact("at_ms" in entry ? localTime(entry.at_ms, context.view.now_ms) : "", [{ text: entryText(entry) }], plan.evidence),
  );
}

const resultSeverity = { pass: "ok", warn: "warning", fail: "critical", unknown: "unknown" } as const;

/** Only the journal has them: by which commands what was known when it was begun. */
function checkFacts(context: DetailContext, plan: PlanView): Fact[] {
  const { ascii, view, evidence } = context;
  return (journalTold(context, plan)?.checks ?? []).map(({ result, text: said, evidence: from }, index) => {
    const sources = from.map(
      ({ host, source, at_ms }) => `${source} on ${host}${at_ms === undefined ? "" : `, ${localTime(at_ms, view.now_ms)}`}`,
    );
    const proof: Line = evidence && sources.length > 0 ? [text(`  ${[...new Set(sources)].join("; ")}`, "dim")] : [];
    return fact(String(index + 1), [...judged({ text: said, severity: resultSeverity[result] }, undefined, ascii), ...proof]);
  });
}
