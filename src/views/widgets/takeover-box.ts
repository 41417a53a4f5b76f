/** Taking over a plan: how far it came, what would be done, and the question. */
import { type Focus, focusOf } from "../acting/confirm.ts";
import { judgeTakeOver, type TakeOver } from "../acting/takeover.ts";
import type { CommandContext } from "../actions.ts";
import { age } from "../format.ts";
import { FOOT_ROWS } from "../layout.ts";
import type { Line } from "../pane.ts";
import { wrap } from "../panes/parts.ts";
import { drivenBy, stepState } from "../panes/plan-words.ts";
import { evidenceSpan } from "../panes/trust.ts";
import { type Symbols, severityTone, symbolsOf } from "../symbols.ts";
import type { Ui } from "../ui.ts";
import { BOX_FRAME_COLUMNS, BOX_FRAME_ROWS, centred, drawBox } from "./box.ts";
import type { Box } from "./canvas.ts";
import { confirmKeys, confirmLines } from "./confirm-lines.ts";
import { riskSpan } from "./plan-box.ts";
import { span } from "./text.ts";

const COLUMNS_MAX = 100;
/** The pair and its hosts stay in sight above it, the last line below. */
const TOP_ROW = 2;
const placeOf = (ui: Ui): { readonly x: number; readonly width: number } => centred(ui.columns, COLUMNS_MAX);

const explained: Readonly<Record<TakeOver["kind"], string>> = {
  take_over:
    "It goes by what the hosts show now: a step whose job runs is waited for, one that is done is not done again, one that was never begun is looked at first; then it goes on to the end. If its console still runs, that one is told, and stops.",
  let_go:
    "Nothing is done on the hosts but this: its leases are let go, so that other plans may act on these objects, and its journal says by whom and why. Only once what it had begun was looked at and settled by hand. It is refused while a job of it runs.",
};

function bodyOf(takeover: TakeOver, context: CommandContext, width: number, symbols: Symbols): readonly Line[] {
  const judged = judgeTakeOver(takeover, context);
  if (judged === undefined) return [[span("No host tells of this plan any more: esc closes.", "unknown")]];
  const { plan, risk } = judged;
  const { now_ms } = context.view;
  const said = (label: string, line: Line): readonly Line[] => wrap([span(`${label}: `, "dim"), ...line], width, label.length + 2);
  const begun = plan.started_ms === undefined ? "" : `, ${age(now_ms - plan.started_ms)} ago`;
  const steps = plan.steps.flatMap((step, index) => {
    const { text, severity } = stepState(step);
    const here = span(`${index === plan.at ? symbols.right : " "} `, "accent");
    return wrap([here, span(`${index + 1} ${step.title}  `), span(text, severityTone[severity])], width, 4);
  });
  const left: Line =
    risk === undefined
      ? [span("? what is left of it to do isn't told yet", "unknown")]
      : [riskSpan(risk, symbols), span("  at worst, of what is left to do", "dim")];
  return [
    ...said("plan", [{ text: plan.goal, bold: true }]),
    ...said("by", [span(`${plan.operator}${plan.reason === "" ? "" : `, ${plan.reason}`}`), span(begun, "dim")]),
    ...said("now", [span(drivenBy(plan, context.act.desk, now_ms))]),
    ...(takeover.kind === "take_over" ? [left] : []),
    ...steps,
    ...wrap([span(explained[takeover.kind], "dim")], width, 0),
    ...(takeover.confirming.evidence ? plan.evidence.map((each): Line => [span("  "), evidenceSpan(each, now_ms)]) : []),
  ];
}

interface Laid {
  readonly focus: Focus;
  readonly possible: boolean;
  readonly body: readonly Line[];
  readonly foot: readonly Line[];
  readonly page: number;
}

function layOut(takeover: TakeOver, context: CommandContext, symbols: Symbols): Laid {
  const { ui } = context;
  const width = placeOf(ui).width - BOX_FRAME_COLUMNS;
  const body = bodyOf(takeover, context, width, symbols);
  const judged = judgeTakeOver(takeover, context);
  const possible = judged?.possible === true;
  const word = judged?.word === undefined ? undefined : { word: judged.word, what: "these words" };
  const foot = confirmLines(
    { confirming: takeover.confirming, word, ready: judged?.ready ?? "no host tells of it", possible },
    width,
    symbols,
  );
  const room = Math.max(1, ui.rows - TOP_ROW - FOOT_ROWS - BOX_FRAME_ROWS - foot.length);
  return {
    focus: focusOf(takeover.confirming, { word: word?.word, possible }),
    possible,
    body,
    foot,
    page: Math.min(room, Math.max(1, body.length)),
  };
}

export const measureTakeOver = (takeover: TakeOver, context: CommandContext): { readonly lines: number; readonly page: number } => {
  const { body, page } = layOut(takeover, context, symbolsOf(false));
  return { lines: body.length, page };
};

export function drawTakeOver(takeover: TakeOver, context: CommandContext, symbols: Symbols): Box {
  const { focus, possible, body, foot, page } = layOut(takeover, context, symbols);
  const from = Math.min(takeover.confirming.top, Math.max(0, body.length - page));
  const shown = Array.from({ length: page }, (_, index): Line => body[from + index] ?? []);
  return drawBox(
    {
      title: takeover.kind === "take_over" ? "Take over a plan" : "Let go of a plan",
      lines: [...shown, ...foot],
      note: confirmKeys(focus, possible, ""),
    },
    { ...placeOf(context.ui), y: TOP_ROW },
    symbols,
  );
}
