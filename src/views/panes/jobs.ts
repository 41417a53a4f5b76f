/** Screen 6: plans of every operator, as both hosts tell them: those left behind first, those under way with what they say, then those that are over. */
import type { OwnRun } from "../../state/plan/desk.ts";
import type { PlanView } from "../../state/view-model.ts";
import { age } from "../format.ts";
import type { Line, Pane, PaneContent, PaneContext, PaneRow } from "../pane.ts";
import { severityTone, symbolsOf } from "../symbols.ts";
import { lineText } from "../widgets/text.ts";
import { blank, content, heading, rowsOf, space, text, wrap } from "./parts.ts";
import { isTold, outerPlans, ownRun, planState, standingOf, waitingText, whereText } from "./plan-words.ts";
import { type Column, layOut } from "./table.ts";
import { mark, whyEmpty } from "./trust.ts";

/** Lines of its output that stand under a plan that runs. */
const TAIL_SHOWN = { few: 2, many: 6 } as const;
/** From here on there is room for more of them. */
const TALL_HEIGHT = 40;
const INDENT = 4;

function columnsOf({ view, ascii, desk }: PaneContext): Column<PlanView>[] {
  return [
    {
      title: "  how",
      drop: 0,
      min: 10,
      max: 17,
      cell: (plan) => {
        const { text: word, severity } = planState(plan, desk);
        return [mark(severity, isTold(plan) ? undefined : { age_ms: undefined }, ascii), text(` ${word}`, severityTone[severity])];
      },
    },
    { title: "plan", drop: 0, min: 20, max: 90, cell: ({ goal }) => [{ text: goal, bold: true }] },
    {
      title: "by",
      drop: 2,
      min: 6,
      max: 24,
      gives: true,
      cell: ({ driver, operator }) => [text(driver.taken_over ? `${driver.operator} (${operator})` : operator)],
    },
    {
      title: "age",
      drop: 1,
      min: 5,
      max: 7,
      align: "right",
      cell: ({ started_ms }) => (started_ms === undefined ? [] : [text(age(view.now_ms - started_ms), "dim")]),
    },
  ];
}

/** What stands under its row: where it is, a warning, and the newest words of the job that runs. */
function under(context: PaneContext, plan: PlanView): Line[] {
  const { view, desk, width, height } = context;
  const standing = standingOf(plan, desk);
  const inside = Math.max(20, width - INDENT);
  const lines = (said: string, tone?: Parameters<typeof text>[1]): Line[] =>
    wrap([text(said, tone)], inside, 2).map((line): Line => [space(INDENT), ...line]);
  if (standing === "over") return plan.end === undefined || plan.end.result === "done" ? [] : lines(plan.end.text, "dim");
  const step = plan.at === undefined ? undefined : plan.steps[plan.at];
  const progress = step?.progress;
  const tail = step?.state === "running" ? (step.job?.tail ?? []) : [];
  const shown = tail.slice(-(height >= TALL_HEIGHT ? TAIL_SHOWN.many : TAIL_SHOWN.few));
  const advice =
    standing === "left" ? "t takes it over" : standing === "doubtful" ? "hands off: its journal can't be relied on" : undefined;
  return [
    ...lines(whereText(plan, view.now_ms, ownRun(desk, plan.id))),
    ...(progress?.no_return === true ? lines("past the point of no return: it can only go forward", "warning") : []),
    ...(progress?.warning === undefined ? [] : lines(progress.warning, "warning")),
    ...(advice === undefined ? [] : lines(advice, "accent")),
    ...shown.map((line): Line => [space(INDENT), text("| ", "dim"), text(line, "dim")]),
  ];
}

function waitingRows({ desk, ascii }: PaneContext): PaneRow[] {
  const waiting = desk.runs.filter(({ state }) => state === "waiting");
  const line = ({ goal }: OwnRun): Line => [text(symbolsOf(ascii).severity.info, "dim"), text(" to come    ", "dim"), text(goal)];
  return waiting.map((run): PaneRow => ({ key: `waiting ${run.id}`, line: line(run), object: { kind: "plan", id: run.id } }));
}

function build(context: PaneContext): PaneContent {
  const { view, width, ascii, desk } = context;
  const order = { left: 0, doubtful: 0, own: 1, others: 1, over: 2 } as const;
  const groupOf = (plan: PlanView): 0 | 1 | 2 => order[standingOf(plan, desk)];
  const plans = [...outerPlans(view)].sort((a, b) => groupOf(a) - groupOf(b));
  const table = layOut(columnsOf(context), plans, { width, ascii, gap: 2 });
  const rowsOfGroup = (group: 0 | 1 | 2): PaneRow[] =>
    plans.flatMap((plan, index) =>
      groupOf(plan) === group
        ? rowsOf(`plan ${plan.id}`, [table.lines[index] ?? [], ...under(context, plan)], { kind: "plan", id: plan.id }, () =>
            [table.textOf(index), plan.reason, ...under(context, plan).map(lineText)].join(" "),
          )
        : [],
    );
  const section = (key: string, title: string, note: string, rows: readonly PaneRow[]): PaneRow[] =>
    rows.length === 0 ? [] : [heading(key, title, note === "" ? [] : [text(note, "dim")]), ...rows, blank(key)];
  const running = [...rowsOfGroup(1), ...waitingRows(context)];
  const rows = [
    ...section("left", "Unfinished", "nobody goes on with these", rowsOfGroup(0)),
    ...section("running", "Under way", waitingText(desk) ?? "", running),
    ...section("over", "Over", "the hosts keep the newest", rowsOfGroup(2)),
  ];
  return content(
    width,
    rows.length === 0 ? [] : table.header,
    rows.slice(0, rows.at(-1)?.line.length === 0 ? -1 : undefined),
    whyEmpty(
      view,
      "plan",
      ["xenha"],
      "No plans: nothing was done to this pair since its hosts were started, by any console. a on a row lists what can be done to it.",
    ),
  );
}

export const jobs: Pane = { id: "jobs", key: "6", title: "Jobs", sorts: [], build };
