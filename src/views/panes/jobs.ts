/** Screen 6: plans of every operator, as both hosts tell them: those left behind first, those under way with what they say, then those that are over. */
import type { OwnRun } from "../../state/plan/desk.ts";
import type { Judged, PlanView } from "../../state/view-model.ts";
import { age } from "../format.ts";
import type { Line, Pane, PaneContent, PaneContext, PaneRow, Tone } from "../pane.ts";
import { lineText } from "../widgets/text.ts";
import { blank, content, heading, rowsUnder, space, text, wrap } from "./parts.ts";
import {
  outerPlans,
  ownRun,
  phaseWord,
  planState,
  runState,
  standingOf,
  trustOfPlan,
  unknownRuns,
  waitingText,
  whereText,
} from "./plan-words.ts";
import { type Column, layOut } from "./table.ts";
import { judged, type Trust, whyEmpty } from "./trust.ts";

/** Lines of its output that stand under a plan that runs. */
const TAIL_SHOWN = { few: 2, many: 6 } as const;
/** From here on there is room for more of them. */
const TALL_HEIGHT = 40;
const INDENT = 4;

/** What a line of the table is made of: a plan that hosts tell of, or a run of this console that none does. */
interface Item {
  readonly id: string;
  readonly group: 0 | 1 | 2;
  readonly state: Judged;
  /** Whether the hosts tell of it now. */
  readonly trust: Trust;
  readonly goal: string;
  readonly by: string;
  readonly since_ms: number | undefined;
  readonly under: readonly Line[];
  /** Found by `/` beside what the line says. */
  readonly also: string;
}

const columnsOf = ({ view, ascii }: PaneContext): Column<Item>[] => [
  {
    title: "  how",
    drop: 0,
    min: 10,
    max: 17,
    cell: ({ state, trust }) => judged(state, trust, ascii),
  },
  { title: "plan", drop: 0, min: 20, max: 90, cell: ({ goal }) => [{ text: goal, bold: true }] },
  { title: "by", drop: 2, min: 6, max: 24, gives: true, cell: ({ by }) => [text(by)] },
  {
    title: "age",
    drop: 1,
    min: 5,
    max: 7,
    align: "right",
    cell: ({ since_ms }) => (since_ms === undefined ? [] : [text(age(view.now_ms - since_ms), "dim")]),
  },
];

const indented = (said: string, width: number, tone?: Tone): Line[] =>
  wrap([text(said, tone)], Math.max(20, width - INDENT), 2).map((line): Line => [space(INDENT), ...line]);

/** What stands under its row: where it is, a warning, and the newest words of the job that runs. */
function under(context: PaneContext, plan: PlanView): Line[] {
  const { view, desk, width, height } = context;
  const standing = standingOf(plan, desk);
  const lines = (said: string, tone?: Tone): Line[] => indented(said, width, tone);
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

const groups = { left: 0, doubtful: 0, own: 1, others: 1, over: 2 } as const;

const planItem = (context: PaneContext, plan: PlanView): Item => ({
  id: plan.id,
  group: groups[standingOf(plan, context.desk)],
  state: planState(plan, context.desk),
  trust: trustOfPlan(context.view, plan),
  goal: plan.goal,
  by: plan.driver.taken_over ? `${plan.driver.operator} (${plan.operator})` : plan.operator,
  since_ms: plan.started_ms,
  under: under(context, plan),
  also: plan.reason,
});

/** This console's own that no host tells of: still to come, not begun yet, or refused before anything was done. */
function runItem({ width }: PaneContext, run: OwnRun): Item {
  const said = run.outcome?.text ?? (run.progress === undefined ? "" : phaseWord(run.progress));
  return {
    id: run.id,
    group: run.state === "over" ? 2 : 1,
    state: runState(run),
    trust: undefined,
    goal: run.goal,
    by: "this console",
    since_ms: run.since_ms,
    under: said === "" ? [] : indented(said, width, "dim"),
    also: run.outcome?.next ?? "",
  };
}

function build(context: PaneContext): PaneContent {
  const { view, width, ascii, desk } = context;
  const items = [
    ...unknownRuns(view, desk).map((run) => runItem(context, run)),
    ...outerPlans(view).map((plan) => planItem(context, plan)),
  ];
  const table = layOut(columnsOf(context), items, { width, ascii, gap: 2 });
  const rowsOfGroup = (group: Item["group"]): PaneRow[] =>
    items.flatMap((item, index) =>
      item.group === group
        ? rowsUnder(
            `plan ${item.id}`,
            () => table.lineOf(index),
            item.under,
            { kind: "plan", id: item.id },
            () => [table.textOf(index), item.also, ...item.under.map(lineText)].join(" "),
          )
        : [],
    );
  const section = (key: string, title: string, note: string, rows: readonly PaneRow[]): PaneRow[] =>
    rows.length === 0 ? [] : [heading(key, title, note === "" ? [] : [text(note, "dim")]), ...rows, blank(key)];
  const rows = [
    ...section("left", "Unfinished", "nobody goes on with these", rowsOfGroup(0)),
    ...section("running", "Under way", waitingText(desk) ?? "", rowsOfGroup(1)),
    ...section("over", "Over", "the hosts keep the newest", rowsOfGroup(2)),
  ];
  return content(
    width,
    rows.length === 0 ? [] : table.header,
    // The last section needs no distance.
    rows.slice(0, -1),
    whyEmpty(
      view,
      "plan",
      ["xenha"],
      "No plans: nothing was done to this pair since its hosts were started, by any console. a on a row lists what can be done to it.",
    ),
  );
}

export const jobs: Pane = { id: "jobs", key: "6", title: "Jobs", sorts: [], build };
