/** What is said of a plan, wherever it is shown: how it stands, how far it is, what is safe next. Of this console's own with what it knows itself. */
import type { DeskState, OwnRun } from "../../state/plan/desk.ts";
import type { Outcome, Progress } from "../../state/plan/drive.ts";
import type { Judged, PairView, PlanStepView, PlanView, Severity } from "../../state/view-model.ts";
import { age, count } from "../format.ts";
import { oldest, type Trust, trustOf } from "./trust.ts";

export type Standing = "own" | "others" | "left" | "doubtful" | "over";

export const ownRun = ({ runs }: DeskState, id: string): OwnRun | undefined => runs.find((run) => run.id === id);
/** Plans that aren't a step of another. */
export const outerPlans = ({ plans }: Pick<PairView, "plans">): readonly PlanView[] => plans.filter(({ parent }) => parent === undefined);
/** A plan within one that this console drives is driven by it as well. */
const drivenHere = (desk: DeskState, id: string): boolean =>
  desk.runs.some((run) => run.state === "running" && (run.id === id || id.startsWith(`${run.id}.`)));

/** Its console is gone: known of one on this machine, else concluded from nobody's having gone on. */
const isLeft = ({ state, driver }: PlanView, { gone }: DeskState): boolean =>
  state === "quiet" || (state === "open" && driver.name !== undefined && gone.has(driver.name));

export function standingOf(plan: PlanView, desk: DeskState): Standing {
  if (plan.state === "over") return "over";
  if (drivenHere(desk, plan.id)) return "own";
  if (plan.doubt.length > 0) return "doubtful";
  return isLeft(plan, desk) ? "left" : "others";
}

const ends: Readonly<Record<NonNullable<PlanView["end"]>["result"], Judged>> = {
  done: { text: "done", severity: "ok" },
  failed: { text: "failed", severity: "warning" },
  stopped: { text: "stopped", severity: "info" },
  unknown: { text: "outcome unknown", severity: "unknown" },
};

/** One word or two. */
export function planState(plan: PlanView, desk: DeskState): Judged {
  switch (standingOf(plan, desk)) {
    case "own":
      return { text: "running", severity: "info" };
    case "others":
      return { text: "running", severity: "info" };
    case "left":
      return { text: "unfinished", severity: "warning" };
    case "doubtful":
      return { text: "unclear", severity: "unknown" };
    case "over":
      return plan.end === undefined ? ends.unknown : ends[plan.end.result];
  }
}

/** Who drives it, in one phrase. */
export function drivenBy(plan: PlanView, desk: DeskState, now_ms: number): string {
  const { driver, quiet_ms } = plan;
  switch (standingOf(plan, desk)) {
    case "own":
      return "driven by this console";
    case "others":
      return `driven by ${driver.operator}'s console; whether that still runs isn't known here`;
    case "left":
      return driver.name !== undefined && desk.gone.has(driver.name)
        ? `${driver.operator}'s console is gone: it ran on this machine and doesn't any more`
        : `nobody has gone on for ${age(quiet_ms ?? 0)}: ${driver.operator}'s console seems gone`;
    case "doubtful":
      return plan.doubt[0] ?? "";
    case "over":
      return `ended ${age(now_ms - (plan.end?.at_ms ?? now_ms))} ago`;
  }
}

/** Of one that has its leases, and no line that is told. */
const unbegun = ({ begun }: PlanView): string =>
  begun === "no" ? "its leases are taken, nothing is begun" : "its leases are taken; whether it was begun isn't told";

/** What is safe to do next, in one sentence. */
export function nextOf(plan: PlanView, desk: DeskState): string {
  switch (standingOf(plan, desk)) {
    case "own":
      return "it goes on by itself; p lets it stop after this step";
    case "others":
      return "watch it; take it over (t) only where its console is gone";
    case "left":
      if (plan.begun === "no") return "t takes it over: nothing of it was begun, and its leases are let go";
      if (plan.begun === "unknown") return "wait until both hosts tell whether it was begun";
      return "t takes it over: it goes by what the hosts show now, and does nothing twice";
    case "doubtful":
      return "hands off: settle by hand on the hosts what it had begun, then L lets go of it";
    case "over": {
      const { result } = plan.end ?? {};
      if (result === "done") return "nothing: it is done";
      if (result === "stopped" && plan.steps.length === 0) return "nothing: no step of it was begun";
      return result === "unknown" ? "look at what the hosts show; nothing of it was undone" : "look at what there is before the next plan";
    }
  }
}

const stepWords: Readonly<Record<PlanStepView["state"], Judged>> = {
  waiting: { text: "to come", severity: "info" },
  begun: { text: "begun", severity: "info" },
  running: { text: "running", severity: "info" },
  ended: { text: "ended, to be judged", severity: "info" },
  gone: { text: "its process is gone", severity: "warning" },
  cancelled: { text: "never ran", severity: "info" },
  put_away: { text: "not told any more", severity: "unknown" },
  done: { text: "done", severity: "ok" },
  failed: { text: "failed", severity: "warning" },
  stopped: { text: "not run", severity: "info" },
  unknown: { text: "unknown", severity: "unknown" },
};
export const stepState = ({ state }: PlanStepView): Judged => stepWords[state];

const phases: Readonly<Record<Progress["phase"], string>> = {
  leases: "taking the leases",
  checks: "checking again",
  before: "looking before the step",
  starting: "starting",
  running: "running",
  verifying: "looking at the outcome",
  closing: "closing",
};
export const phaseWord = ({ phase }: Progress): string => phases[phase];

/** `copying memory 43 %, iteration 3`; the last line of its output where it is no migration. */
export function progressText({ progress, job, child, state }: PlanStepView): string {
  const inner = child?.at === undefined ? undefined : child.steps[child.at];
  if (child !== undefined && child.state !== "over" && inner !== undefined)
    return `step ${(child.at ?? 0) + 1}/${child.steps.length} of it, ${inner.title}: ${progressText(inner)}`;
  if (progress !== undefined) {
    const { phase, percent, iteration } = progress;
    return [`${phase}${percent === undefined ? "" : ` ${percent} %`}`, ...(iteration === undefined ? [] : [`iteration ${iteration}`])].join(
      ", ",
    );
  }
  if (state === "running") return job?.tail.findLast((line) => line.trim() !== "") ?? "running";
  return stepWords[state].text;
}

const sinceOf = ({ begun_ms }: PlanStepView, now_ms: number): string =>
  begun_ms === undefined ? "" : `, ${age(Math.max(0, now_ms - begun_ms))}`;

/** Where it is: `step 2/3`, the step's title, and how far that is, `copying memory 43 %, iteration 3, 12 s`. */
function placeOf(
  plan: PlanView,
  now_ms: number,
  own: OwnRun | undefined,
): { readonly at: string; readonly title: string; readonly how: string } | string {
  const { at, steps, end } = plan;
  if (end !== undefined) return end.text;
  if (plan.begun !== "yes") return own?.progress === undefined ? unbegun(plan) : phaseWord(own.progress);
  if (steps.length === 0 && own?.progress !== undefined) return phaseWord(own.progress);
  if (steps.length === 0) return plan.driver.taken_over ? "taken over: what was begun of it isn't told yet" : "its beginning isn't told";
  const step = at === undefined ? undefined : steps[at];
  if (at === undefined || step === undefined) return "every step is done; its end isn't written yet";
  const phase = own?.progress === undefined || step.state === "running" ? progressText(step) : phaseWord(own.progress);
  return { at: `step ${at + 1}/${steps.length}`, title: step.title, how: `${phase}${sinceOf(step, now_ms)}` };
}

/** `step 2/3 move web01 from alpha to beta: copying memory 43 %, 12 s`. */
export function whereText(plan: PlanView, now_ms: number, own?: OwnRun): string {
  const place = placeOf(plan, now_ms, own);
  return typeof place === "string" ? place : `${place.at} ${place.title}: ${place.how}`;
}

/** The same with what changes first, for a line that may be cut. */
function howText(plan: PlanView, now_ms: number, own?: OwnRun): string {
  const place = placeOf(plan, now_ms, own);
  return typeof place === "string" ? place : `${place.at} ${place.how}: ${place.title}`;
}

/** This console's runs that no host tells of; newest first. */
export const unknownRuns = ({ plans }: Pick<PairView, "plans">, { runs }: DeskState): readonly OwnRun[] => {
  const told = new Set(plans.map(({ id }) => id));
  return runs.filter(({ id }) => !told.has(id)).reverse();
};

const outcomeStates: Readonly<Record<Outcome["result"], Judged>> = {
  ...ends,
  refused: { text: "refused", severity: "warning" },
  held: { text: "held", severity: "warning" },
  lost: { text: "lost", severity: "info" },
};

/** How such a run stands. */
export function runState({ state, outcome }: OwnRun): Judged {
  if (outcome !== undefined) return outcomeStates[outcome.result];
  return state === "waiting" ? { text: "to come", severity: "info" } : { text: "beginning", severity: "info" };
}

export interface StripLine {
  readonly severity: Severity;
  /** "": it runs, which its step says. */
  readonly word: string;
  readonly text: string;
  readonly who: string;
}

/** The key first: the line may be cut. */
function leftText({ goal, at, steps }: PlanView, standing: "left" | "doubtful"): string {
  const where = at === undefined ? "" : `, left at step ${at + 1}/${steps.length}`;
  return `${standing === "left" ? "6 Jobs, t takes it over" : "6 Jobs, hands off"}: ${goal}${where}`;
}

/** How long a plan of this console that isn't done stays on every screen after its end. */
const ENDED_SHOWN_MS = 60_000;

/** What every screen tells of plans, the most urgent first: those left behind, those that run, this console's own that didn't get done. */
export function planStrip(view: PairView, desk: DeskState): readonly StripLine[] {
  const { now_ms } = view;
  const told = outerPlans(view).filter((plan) => plan.state !== "over" || drivenHere(desk, plan.id));
  const lines = told.map((plan): StripLine & { readonly rank: number } => {
    const standing = standingOf(plan, desk);
    const { text, severity } = planState(plan, desk);
    const step = plan.at === undefined ? undefined : plan.steps[plan.at];
    const how = howText(plan, now_ms, ownRun(desk, plan.id));
    const where =
      standing === "left" || standing === "doubtful" ? leftText(plan, standing) : step !== undefined ? how : `${plan.goal}: ${how}`;
    const warning = step?.progress?.warning;
    return {
      rank: standing === "left" || standing === "doubtful" ? 0 : 1,
      severity: warning === undefined ? severity : "warning",
      word: severity === "info" && warning === undefined ? "" : text,
      text: warning === undefined ? where : `${where}; ${warning}`,
      who: standing === "own" ? "" : plan.driver.operator,
    };
  });
  const own = unknownRuns(view, desk).flatMap((run): (StripLine & { readonly rank: number })[] => {
    if (run.state === "over") {
      const shown = run.outcome !== undefined && run.outcome.result !== "done" && now_ms - run.since_ms < ENDED_SHOWN_MS;
      if (!shown || run.outcome === undefined) return [];
      const unknown = run.outcome.result === "unknown";
      return [
        { rank: 0, severity: unknown ? "unknown" : "warning", word: run.outcome.result, text: `${run.goal}: ${run.outcome.text}`, who: "" },
      ];
    }
    if (run.state === "waiting") return [];
    // Not written on any host yet, or not told of yet.
    const phase = run.progress === undefined ? "beginning" : phaseWord(run.progress);
    return [{ rank: 1, severity: "info", word: "", text: `${run.goal}: ${phase}`, who: "" }];
  });
  return [...lines, ...own].sort((a, b) => a.rank - b.rank);
}

/** undefined: every host of the plan tells of it now. */
export function trustOfPlan({ hosts, now_ms }: PairView, { evidence }: PlanView): Trust {
  if (evidence.length === 0) return { age_ms: undefined };
  const silent = hosts.filter(({ id, reach }) => reach !== "live" && evidence.some(({ host }) => host === id));
  return oldest([
    ...evidence.map((each) => trustOf(each, now_ms)),
    ...silent.map(({ heard_ms }): Trust => ({ age_ms: heard_ms === undefined ? undefined : now_ms - heard_ms })),
  ]);
}

export const waitingText = ({ runs }: DeskState): string | undefined => {
  const waiting = runs.filter(({ state }) => state === "waiting").length;
  return waiting === 0 ? undefined : `${count(waiting, "plan")} of this console still to come`;
};
