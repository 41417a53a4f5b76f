/** What keys may do to the pair now: whether at all, and the plan for a request on the facts of now. */

import { lookedAt, type PlanContext } from "../../state/plan/action.ts";
import { actionNamed, planFor } from "../../state/plan/actions/index.ts";
import { type DeskState, idleDesk } from "../../state/plan/desk.ts";
import { whyNot } from "../../state/plan/mode.ts";
import type { Plan, PlanRequest, Refusal } from "../../state/plan/plan.ts";
import type { PairState } from "../../state/state.ts";
import type { PairView } from "../../state/view-model.ts";

export interface Act {
  readonly desk: DeskState;
  readonly plan: (request: PlanRequest) => Plan | Refusal;
  /** What plans are made of; undefined: this screen has only a picture of a pair. */
  readonly context: PlanContext | undefined;
  /** undefined: changes are allowed. */
  readonly why_not: string | undefined;
}

/** Of a screen that stands for itself: a test's, a replay's. */
export const restingDesk: DeskState = idleDesk({ kind: "read_only", reason: "there is nothing here to act on", may_allow: false });

const noFacts: Refusal = { refused: "nothing is known of the pair yet", advice: "wait until a host answers" };

interface Made {
  readonly view: PairView;
  readonly facts: PairState | undefined;
  readonly looked: DeskState["looked"];
  readonly plans: Map<string, Plan | Refusal>;
}

/** Remembers what it planned as long as the facts are the same: a menu asks for every action with every frame. */
export function createAct(): (view: PairView, facts: PairState | undefined, desk: DeskState) => Act {
  let made: Made | undefined;
  return (view, facts, desk) => {
    if (made?.view !== view || made.facts !== facts || made.looked !== desk.looked)
      made = { view, facts, looked: desk.looked, plans: new Map() };
    const { plans } = made;
    const context = facts === undefined ? undefined : { state: facts, view, settings: desk.settings, looked: desk.looked };
    return {
      desk,
      context,
      why_not: whyNot(desk.mode, view.now_ms),
      plan: (request) => {
        const key = JSON.stringify([request.action, Object.entries(request.args).sort()]);
        const known = plans.get(key);
        if (known !== undefined) return known;
        const plan = context === undefined ? noFacts : planFor(context, request);
        plans.set(key, plan);
        return plan;
      },
    };
  };
}

/** Whether everything that the request's planner must know beside the readings was asked lately. */
export function isPrepared({ action, args }: PlanRequest, { context }: Act): boolean {
  const looks = context === undefined ? [] : (actionNamed(action)?.looks?.(context, args) ?? []);
  return context === undefined || looks.every((look) => lookedAt(context, look) !== undefined);
}
