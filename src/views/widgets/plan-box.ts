/** A plan's dialog: what is lost, what stands against it, the steps with their commands and ways back, the checks, and the question. */

import { actionNamed } from "../../state/plan/actions/index.ts";
import { isRefusal, type Plan, type PlanCheck, type PlanStep, type Risk, shownArgv } from "../../state/plan/plan.ts";
import type { Severity } from "../../state/view-model.ts";
import { quoteArgv } from "../../xen/host/quote.ts";
import { type Focus, focusOf } from "../acting/confirm.ts";
import { type Dialog, type JudgedDialog, type JudgedPart, judgeDialog } from "../acting/dialog.ts";
import { nextSafe } from "../acting/next-safe.ts";
import type { CommandContext } from "../actions.ts";
import { age, count } from "../format.ts";
import { FOOT_ROWS } from "../layout.ts";
import type { Line, Tone } from "../pane.ts";
import { wrap } from "../panes/parts.ts";
import { evidenceSpan } from "../panes/trust.ts";
import { type Symbols, severityTone, symbolsOf } from "../symbols.ts";
import type { Ui } from "../ui.ts";
import { BOX_FRAME_COLUMNS, BOX_FRAME_ROWS, centred, drawBox } from "./box.ts";
import type { Box } from "./canvas.ts";
import { confirmKeys, confirmLines } from "./confirm-lines.ts";
import { span, spread } from "./text.ts";

const DIALOG_COLUMNS_MAX = 110;
/** The pair and its hosts stay in sight above it, the last line below. */
const DIALOG_TOP_ROW = 2;

export const riskSeverity: Readonly<Record<Risk, Severity>> = { routine: "info", disruptive: "warning", data_loss: "critical" };
export const riskWord: Readonly<Record<Risk, string>> = { routine: "routine", disruptive: "disruptive", data_loss: "loses data" };
export const riskSpan = (risk: Risk, symbols: Symbols) =>
  span(`${symbols.severity[riskSeverity[risk]]} ${riskWord[risk]}`, severityTone[riskSeverity[risk]]);

const resultSeverity: Readonly<Record<PlanCheck["result"], Severity>> = {
  pass: "ok",
  warn: "warning",
  fail: "critical",
  unknown: "unknown",
};

interface Drawing {
  readonly context: CommandContext;
  readonly dialog: Dialog;
  readonly width: number;
  readonly symbols: Symbols;
}

const indented = (line: Line, width: number, by: number, hang = by + 2): readonly Line[] =>
  wrap([span(" ".repeat(by)), ...line], width, hang);
const title = (text: string, note = ""): Line => [{ text, tone: "title", bold: true }, ...(note === "" ? [] : [span(`  ${note}`, "dim")])];

function checkLines({ context, width, symbols, dialog }: Drawing, check: PlanCheck, always: boolean): readonly Line[] {
  const { result, text, evidence, asked = [] } = check;
  const severity = resultSeverity[result];
  const tone: Tone = result === "pass" ? "plain" : severityTone[severity];
  const line: Line = [span(`${symbols.severity[severity]} `, severityTone[severity]), span(text, tone)];
  const proofs = always || dialog.confirming.evidence ? evidence : [];
  const { now_ms } = context.view;
  const commands = always || dialog.confirming.evidence ? asked : [];
  const spans = [
    ...proofs.map((each) => evidenceSpan(each, now_ms)),
    ...commands.map(({ command, host, at_ms }) => span(`${command} on ${host}, ${age(now_ms - at_ms)} ago`, "dim")),
  ];
  const once = spans.filter(({ text: said }, index) => spans.findIndex((other) => other.text === said) === index);
  return [...indented(line, width, 2, 4), ...once.flatMap((each) => indented([each], width, 6))];
}

function stepLines({ width, symbols, dialog }: Drawing, step: PlanStep, index: number): readonly Line[] {
  const back = step.no_return ? [span(`  ${symbols.severity.warning} point of no return`, "warning")] : [];
  const mild = step.risk === "routine" ? [] : [span("  "), riskSpan(step.risk, symbols)];
  const expected = dialog.confirming.evidence ? step.after.map(({ kind, host }) => `${kind.replaceAll("_", " ")} on ${host}`) : [];
  return [
    ...indented([span(`${index + 1} `, "accent"), { text: step.title, bold: true }, ...mild, ...back], width, 2, 4),
    ...indented([span(`${step.host}: `, "dim"), span(quoteArgv(shownArgv(step.argv)))], width, 4, 6 + step.host.length),
    ...indented([span("undo: ", "dim"), span(step.undo, "dim")], width, 4, 10),
    ...(expected.length === 0 ? [] : indented([span("done when: ", "dim"), span(expected.join("; "), "dim")], width, 4, 15)),
  ];
}

function planLines(drawing: Drawing, part: JudgedPart, plan: Plan): readonly Line[] {
  const { width, symbols, context } = drawing;
  const { now } = part;
  // Checks are as they are now; steps are those that were shown.
  const checks = isRefusal(now) ? plan.checks : now.checks;
  const against = checks.filter(({ result }) => result === "fail" || result === "unknown");
  const warnings = checks.filter(({ result }) => result === "warn");
  const passed = checks.filter(({ result }) => result === "pass");
  const next = nextSafe(part, context.view);
  return [
    ...plan.loses.flatMap((lost) =>
      indented([span(`${symbols.severity.critical} lost for good: `, "critical"), span(lost, "critical")], width, 0, 2),
    ),
    ...(against.length === 0 ? [] : [title("Stands against it"), ...against.flatMap((check) => checkLines(drawing, check, true))]),
    ...(next === undefined ? [] : indented([span("next: ", "dim"), span(next, "accent")], width, 2, 8)),
    ...(warnings.length === 0 ? [] : [title("To be minded"), ...warnings.flatMap((check) => checkLines(drawing, check, false))]),
    ...(plan.notes === undefined ? [] : [title("To be read"), ...plan.notes.map((note): Line => [span("  "), span(note)])]),
    title("Steps", plan.steps.length === 0 ? "none can be planned as things are" : ""),
    ...plan.steps.flatMap((step, index) => stepLines(drawing, step, index)),
    ...(plan.trials.length === 0
      ? []
      : [
          title("Tried first"),
          ...plan.trials.flatMap(({ text }) => indented([span(`${symbols.severity.info} `, "dim"), span(text)], width, 2, 4)),
        ]),
    ...(plan.next === undefined ? [] : indented([span("afterwards: ", "dim"), span(plan.next)], width, 0, 2)),
    title("Checks passed", `${passed.length}; made again on what is read after the confirmation`),
    ...passed.flatMap((check) => checkLines(drawing, check, false)),
  ];
}

function partLines(drawing: Drawing, part: JudgedPart, index: number, of: number): readonly Line[] {
  const { width, symbols, context } = drawing;
  const { shown, name } = part.part;
  const gone = part.changed && isRefusal(part.now) ? part.now : undefined;
  const refused = isRefusal(shown) ? shown : gone;
  const head: Line[] =
    of === 1
      ? []
      : [[], [span(`${index + 1} of ${of} `, "accent"), { text: isRefusal(shown) ? name : shown.goal, tone: "title", bold: true }]];
  if (refused !== undefined) {
    const next = isRefusal(part.now) ? (nextSafe(part, context.view) ?? refused.advice) : "r plans it anew: it can be planned now";
    return [
      ...head,
      ...indented([span(`${symbols.severity.critical} `, "critical"), span(refused.refused, "critical")], width, 0, 2),
      ...indented([span("next: ", "dim"), span(next, "accent")], width, 2, 8),
    ];
  }
  return isRefusal(shown) ? head : [...head, ...planLines(drawing, part, shown)];
}

function bodyLines(drawing: Drawing, judged: JudgedDialog): readonly Line[] {
  const { width, symbols, dialog } = drawing;
  const plans = dialog.parts.flatMap(({ shown }) => (isRefusal(shown) ? [] : [shown]));
  const steps = plans.reduce((sum, plan) => sum + plan.steps.length, 0);
  const hosts = [...new Set(plans.flatMap((plan) => plan.steps.map(({ host }) => host)))];
  const serial = dialog.parts.length > 1 ? "; one after the other, up to the first that isn't done" : "";
  const leave_out =
    judged.cannot.length > 0 && judged.cannot.length < judged.parts.length
      ? [
          ...indented(
            [
              span(`${count(judged.cannot.length, "of them", "of them")} can't be done now: `, "warning"),
              span("l leaves out what can't", "accent"),
            ],
            width,
            0,
            2,
          ),
        ]
      : [];
  return [
    ...(dialog.waiting
      ? indented(
          [span(`${symbols.severity.info} The hosts are being asked what no reading tells; it is shown anew with that.`, "info")],
          width,
          0,
          2,
        )
      : []),
    ...(judged.changed && !dialog.waiting
      ? indented(
          [
            span(`${symbols.severity.warning} Things have changed since this was shown: something else would be done now. `, "warning"),
            span("r shows it anew.", "accent"),
          ],
          width,
          0,
          2,
        )
      : []),
    ...(plans.length === 0
      ? []
      : [
          spread(
            [
              riskSpan(judged.risk, symbols),
              span(`  ${count(steps, "step")}${hosts.length === 0 ? "" : ` on ${hosts.join(" and ")}`}${serial}`, "dim"),
            ],
            [],
            width,
          ),
        ]),
    ...leave_out,
    ...judged.parts.flatMap((part, index) => partLines(drawing, part, index, judged.parts.length)),
  ];
}

interface Laid {
  readonly focus: Focus;
  readonly possible: boolean;
  readonly body: readonly Line[];
  readonly foot: readonly Line[];
  readonly page: number;
}

const placeOf = (ui: Ui): { readonly x: number; readonly width: number } => centred(ui.columns, DIALOG_COLUMNS_MAX);

function layOut(dialog: Dialog, context: CommandContext, symbols: Symbols): Laid {
  const { ui, act } = context;
  const width = placeOf(ui).width - BOX_FRAME_COLUMNS;
  const judged = judgeDialog(dialog, act);
  const body = bodyLines({ context, dialog, width, symbols }, judged);
  const word = judged.confirm.kind === "typed" ? judged.confirm : undefined;
  const { possible } = judged;
  const foot = confirmLines({ confirming: dialog.confirming, word, ready: judged.ready, possible }, width, symbols);
  const room = Math.max(1, ui.rows - DIALOG_TOP_ROW - FOOT_ROWS - BOX_FRAME_ROWS - foot.length);
  return {
    focus: focusOf(dialog.confirming, { word: word?.word, possible }),
    possible,
    body,
    foot,
    page: Math.min(room, Math.max(1, body.length)),
  };
}

/** For who scrolls it; the same in ASCII. */
export const measureDialog = (dialog: Dialog, context: CommandContext): { readonly lines: number; readonly page: number } => {
  const { body, page } = layOut(dialog, context, symbolsOf(false));
  return { lines: body.length, page };
};

function titleOf({ parts, action }: Dialog): string {
  const [first] = parts;
  if (first === undefined || parts.length > 1) return `${actionNamed(action)?.title ?? action}: ${parts.length} of them`;
  return isRefusal(first.shown) ? `${actionNamed(action)?.title ?? action} ${first.name}` : first.shown.goal;
}

export function drawDialog(dialog: Dialog, context: CommandContext, symbols: Symbols): Box {
  const { focus, possible, body, foot, page } = layOut(dialog, context, symbols);
  const from = Math.min(dialog.confirming.top, Math.max(0, body.length - page));
  const shown = Array.from({ length: page }, (_, index): Line => body[from + index] ?? []);
  const place = body.length > page ? `${from + 1}-${from + page} of ${body.length}  ` : "";
  const optional = actionNamed(dialog.action)?.args.some((arg) => arg.optional) === true;
  return drawBox(
    {
      title: titleOf(dialog),
      lines: [...shown, ...foot],
      note: `${place}${confirmKeys(focus, possible, `${optional ? "  o options" : ""}  c shell`)}`,
    },
    { ...placeOf(context.ui), y: DIALOG_TOP_ROW },
    symbols,
  );
}
