/**
 * A plan before it is run: what is shown is what would be run, and nothing else. On newer facts it is planned again for comparison: where something
 * else would be done now that is said, and only the plan shown anew can be confirmed. Pure.
 */
import type { Action } from "../../state/plan/action.ts";
import { actionNamed } from "../../state/plan/actions/index.ts";
import type { ObjectKind } from "../../state/plan/arguments.ts";
import {
  type Confirmation,
  fingerprint,
  isRefusal,
  obstacles,
  type Plan,
  type PlanCheck,
  type PlanRequest,
  type Refusal,
  type Risk,
} from "../../state/plan/plan.ts";
import { noOverlay, type Ui, withToast } from "../ui.ts";
import { type Act, isPrepared } from "./act.ts";
import { type Confirming, newConfirming, typeable } from "./confirm.ts";
import { nounOf } from "./subject.ts";

export interface DialogPart {
  readonly request: PlanRequest;
  /** What it is done to, as the screen calls it; "": the pair. */
  readonly name: string;
  readonly shown: Plan | Refusal;
}

export interface Dialog {
  readonly action: string;
  /** More than one: one after the other, up to the first that isn't done. */
  readonly parts: readonly DialogPart[];
  /** The hosts are being asked what its planner must know beside the readings; it is shown anew with that. */
  readonly waiting: boolean;
  readonly confirming: Confirming;
}

/** A part as it was shown, and as it would be now. */
export interface JudgedPart {
  readonly part: DialogPart;
  readonly now: Plan | Refusal;
  readonly changed: boolean;
  readonly against: readonly PlanCheck[];
}

export interface JudgedDialog {
  readonly parts: readonly JudgedPart[];
  readonly risk: Risk;
  readonly confirm: Confirmation;
  readonly changed: boolean;
  readonly ready: true | string;
  /** Of several: those that can't be done now. */
  readonly cannot: readonly JudgedPart[];
  /** Nothing but what has to be typed is missing. */
  readonly possible: boolean;
}

const risks: readonly Risk[] = ["routine", "disruptive", "data_loss"];
const worst = (all: readonly Risk[]): Risk => all.reduce<Risk>((a, b) => (risks.indexOf(b) > risks.indexOf(a) ? b : a), "routine");

const differs = (shown: Plan | Refusal, now: Plan | Refusal): boolean =>
  isRefusal(shown) || isRefusal(now) ? isRefusal(shown) !== isRefusal(now) : fingerprint(shown) !== fingerprint(now);

export function judgeDialog({ parts: shown, action, waiting, confirming }: Dialog, act: Act): JudgedDialog {
  const parts = shown.map((part): JudgedPart => {
    const now = act.plan(part.request);
    return { part, now, changed: differs(part.shown, now), against: isRefusal(now) ? [] : obstacles(now) };
  });
  const plans = shown.flatMap(({ shown: plan }) => (isRefusal(plan) ? [] : [plan]));
  const confirm = confirmationOf(plans, actionNamed(action));
  const cannot = parts.filter(({ now, against }) => isRefusal(now) || against.length > 0);
  const changed = parts.some((part) => part.changed);
  return {
    parts,
    risk: worst(plans.map(({ risk }) => risk)),
    confirm,
    changed,
    cannot,
    possible: act.why_not === undefined && !waiting && !changed && cannot.length === 0,
    ready:
      act.why_not ??
      (waiting ? "the hosts are being asked first" : undefined) ??
      readiness({ changed, cannot, confirm, word: confirming.word }),
  };
}

interface Standing {
  readonly changed: boolean;
  readonly cannot: readonly JudgedPart[];
  readonly confirm: Confirmation;
  readonly word: string;
}

function readiness({ changed, cannot, confirm, word }: Standing): true | string {
  if (changed) return "something else would be done now than is shown (r shows it)";
  const [first] = cannot;
  if (first !== undefined) return isRefusal(first.now) ? first.now.refused : (first.against[0]?.text ?? "its checks don't pass");
  const wanted = confirm.kind === "typed" ? typeable(confirm.word) : word;
  return confirm.kind === "typed" && word !== wanted ? `${confirm.what} isn't typed yet: ${wanted}` : true;
}

/** Of several: how many there are, so that none is confirmed unseen. */
function confirmationOf(plans: readonly Plan[], action: Action | undefined): Confirmation {
  const [first] = plans;
  if (first === undefined) return { kind: "yes" };
  if (plans.length === 1) return first.confirm;
  const noun = nounOf(action?.on ?? ("pair" satisfies ObjectKind));
  return plans.every(({ confirm }) => confirm.kind === "yes")
    ? { kind: "yes" }
    : { kind: "typed", word: `${plans.length} ${noun}s`, what: "how many they are" };
}

const partOf = (request: PlanRequest, name: string, act: Act): DialogPart => ({ request, name, shown: act.plan(request) });

/** Opens it on the facts of now. */
export function openDialog(
  ui: Ui,
  act: Act,
  action: Action,
  asked: readonly { readonly request: PlanRequest; readonly name: string }[],
): Ui {
  if (act.why_not !== undefined) return withToast({ ...ui, overlay: noOverlay }, `${action.title}: ${act.why_not}.`, "warning");
  const parts = asked.map(({ request, name }) => partOf(request, name, act));
  return { ...ui, overlay: { kind: "plan", dialog: fresh({ action: action.id, parts }, act) } };
}

/** What has to be asked before it can be shown for good. */
export const requestsToPrepare = ({ parts, waiting }: Dialog): readonly PlanRequest[] =>
  waiting ? parts.map(({ request }) => request) : [];

/** With nothing typed: what was typed was for something else. */
function fresh({ action, parts }: Pick<Dialog, "action" | "parts">, act: Act): Dialog {
  const waiting = parts.some(({ request }) => !isPrepared(request, act));
  return { action, parts, waiting, confirming: newConfirming };
}

/** Once what was asked has come: as it is with that, whatever that is. */
export const prepared = (dialog: Dialog, act: Act): Dialog => ({ ...again(dialog, act), waiting: false });

/** Shown anew, as it would be now; the reason stays. */
export const again = (dialog: Dialog, act: Act, parts: readonly DialogPart[] = dialog.parts): Dialog => {
  const { reason, evidence } = dialog.confirming;
  const made = fresh({ action: dialog.action, parts: parts.map(({ request, name }) => partOf(request, name, act)) }, act);
  return { ...made, confirming: { ...made.confirming, reason, evidence } };
};
