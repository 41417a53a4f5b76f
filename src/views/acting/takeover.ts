/** Going on with a plan that another console began, or letting go of one that nobody can settle: what is known of it, and a question. Pure. */
import type { Risk } from "../../state/plan/plan.ts";
import { journalSteps, riskLeft } from "../../state/select/plans.ts";
import type { PlanView } from "../../state/view-model.ts";
import type { CommandContext, Effect, Step } from "../actions.ts";
import { type Standing, standingOf } from "../panes/plan-words.ts";
import { focusedBoard, seenRow } from "../scene.ts";
import { noOverlay, withToast } from "../ui.ts";
import type { Act } from "./act.ts";
import { type Asking, type Confirming, confirmKey, newConfirming } from "./confirm.ts";

export type TakeOverKind = "take_over" | "let_go";

export interface TakeOver {
  readonly kind: TakeOverKind;
  readonly plan: string;
  readonly confirming: Confirming;
}

/** The plan under the cursor, or the one that is open. */
export function planOf({ ui, scene, view }: Pick<CommandContext, "ui" | "scene" | "view">): PlanView | string {
  const row = seenRow(focusedBoard(scene));
  const object = row?.object?.kind === "plan" ? row.object : ui.stack.at(-1);
  if (object?.kind !== "plan") return "only on a plan (6 Jobs)";
  return view.plans.find(({ id }) => id === object.id) ?? "no host tells of it now";
}

/** The worst of what is left of it to be done, by what the hosts tell or by its journal once that was fetched; undefined: not known. */
export function riskOf({ id, risk_left }: PlanView, { desk }: Pick<Act, "desk">): Risk | undefined {
  const log = desk.logs.get(id);
  if (risk_left !== undefined || typeof log !== "object" || typeof log.journal === "string") return risk_left;
  return riskLeft(journalSteps(log.journal));
}

/** What has to be typed: by what is left of it to be done, and by whether its console may still be there. */
function wordOf(kind: TakeOverKind, risk: Risk | undefined, standing: Standing): string | undefined {
  if (kind === "let_go") return "let go";
  if (risk === "data_loss") return "take over and lose data";
  return standing === "left" && risk === "routine" ? undefined : "take over";
}

/** Why it can't be done, whatever is typed. */
export function whyNotTaken(kind: TakeOverKind, plan: PlanView, act: Pick<Act, "desk" | "why_not">): string | undefined {
  const standing = standingOf(plan, act.desk);
  if (act.why_not !== undefined) return act.why_not;
  if (standing === "over") return "it is over";
  if (standing === "own") return "this console drives it";
  if (plan.parent !== undefined) return "it is a step of another: take that over";
  return kind === "take_over" && standing === "doubtful" ? `hands off: ${plan.doubt[0] ?? "its journal can't be relied on"}` : undefined;
}

const titles: Readonly<Record<TakeOverKind, string>> = { take_over: "take over", let_go: "let go" };

export const openTakeOver =
  (kind: TakeOverKind) =>
  (context: CommandContext): Step => {
    const { ui, act } = context;
    const plan = planOf(context);
    const why = typeof plan === "string" ? plan : whyNotTaken(kind, plan, act);
    if (typeof plan === "string" || why !== undefined) return [withToast(ui, `${titles[kind]}: ${why}.`, "warning"), []];
    // Of a long plan the reading has no steps: what would be done is fetched before anybody is asked.
    const fetch: readonly Effect[] = riskOf(plan, act) === undefined ? [{ kind: "fetch", plan: plan.id }] : [];
    return [{ ...ui, overlay: { kind: "takeover", takeover: { kind, plan: plan.id, confirming: newConfirming } } }, fetch];
  };

export interface JudgedTakeOver extends Pick<Asking, "word" | "possible" | "ready"> {
  readonly plan: PlanView;
  readonly risk: Risk | undefined;
}

/** How it stands now; undefined: no host tells of it any more. */
export function judgeTakeOver(
  { kind, plan: id, confirming }: TakeOver,
  { view, act }: Pick<CommandContext, "view" | "act">,
): JudgedTakeOver | undefined {
  const plan = view.plans.find((each) => each.id === id);
  if (plan === undefined) return undefined;
  const risk = riskOf(plan, act);
  const word = wordOf(kind, risk, standingOf(plan, act.desk));
  const unknown = kind === "take_over" && risk === undefined ? "what is left of it to do isn't told yet" : undefined;
  const why = whyNotTaken(kind, plan, act) ?? unknown;
  return {
    plan,
    risk,
    word,
    possible: why === undefined,
    ready: why ?? (word !== undefined && confirming.word !== word ? `it isn't typed yet: ${word}` : true),
  };
}

export type MeasureTakeOver = (takeover: TakeOver, context: CommandContext) => { readonly lines: number; readonly page: number };

export function takeOverKey(takeover: TakeOver, key: string, context: CommandContext, measure: MeasureTakeOver): Step {
  const { ui } = context;
  const closed = { ...ui, overlay: noOverlay };
  const judged = judgeTakeOver(takeover, context);
  if (judged === undefined) return [withToast(closed, "No host tells of that plan any more.", "warning"), []];
  const { word, possible, ready } = judged;
  const answer = confirmKey(takeover.confirming, key, { ...measure(takeover, context), word, possible, ready });
  switch (answer.kind) {
    case "cancel":
      return [withToast(closed, "Nothing was done.", "dim"), []];
    case "confirm":
      return [closed, [{ kind: takeover.kind, plan: takeover.plan, reason: answer.reason }]];
    case "open":
      return [{ ...ui, overlay: { kind: "takeover", takeover: { ...takeover, confirming: answer.confirming } } }, []];
  }
}
