/**
 * Readiness and plans, held against each other: what stands against a guest on a host in the eyes of the one must stand against it in the eyes of the other,
 * but for what the tables here name, each with the reason.
 */

import type { PlanContext } from "../../../src/state/plan/action.ts";
import { ableLooks, type Purpose, saysFor } from "../../../src/state/plan/actions/able.ts";
import { planFor } from "../../../src/state/plan/actions/index.ts";
import { ofTheMoment } from "../../../src/state/plan/actions/preflight.ts";
import { lookKey } from "../../../src/state/plan/look.ts";
import { isRefusal, obstacles, type PlanCheck, type PlanRequest } from "../../../src/state/plan/plan.ts";
import { liveMove } from "../../../src/state/preflight/live-move.ts";
import type { GuestRow, ReadinessCheck } from "../../../src/state/view-model.ts";

/** Checks of plans that say nothing of whether the host could have the guest. */
export const ofThePlanAlone: Readonly<Record<string, string>> = {
  guest: "how the guest's own domain stands: only one that runs, once, can be moved, and only one that is nowhere started",
  host: "a start and a move ask that both hosts tell what they run (S7); a failover asks for a proof of death instead",
  target: "it is there already",
  ...ofTheMoment,
  ssh: "the other host's death has to be proved before a failover (S7)",
  ping: "as ssh",
  power: "as ssh",
  storage: "as ssh",
};

/** What readiness can't know, and a plan finds out or makes true. */
const settledByThePlan: readonly { readonly action: string; readonly settles: (told: ReadinessCheck) => boolean; readonly why: string }[] =
  [
    {
      action: "guest failover",
      settles: ({ id, result, text }) => id === "disk" && result === "unknown" && text.includes("may hold newer data"),
      why: "a silent host's copy counts no more once it is proved dead: then this copy's age is judged by the kernel's log (preflight/surviving-copy.ts)",
    },
    {
      action: "guest failover",
      settles: ({ id }) => id === "name",
      why: "what a migration left on the survivor is ended first",
    },
  ];

/** A mirrored disk is one fact, told by the disk in readiness and by its volume in a plan. */
const factOf = (id: string): string => (id === "drbd" || id === "two_primaries" ? "disk" : id);
const stands = ({ result }: Pick<PlanCheck, "result">): boolean => result === "fail" || result === "unknown";
const ofDeath = ({ id, text }: PlanCheck): boolean => id === "drbd" && /alive|none of \d+ resources|what DRBD on/.test(text);

interface Question {
  readonly request: PlanRequest;
  readonly purpose: Purpose;
}

function questions(context: PlanContext, guest: GuestRow, at: 0 | 1): readonly Question[] {
  const host = context.view.hosts[at].id;
  const there = context.view.hosts[at === 0 ? 1 : 0];
  const { key } = guest;
  if (guest.can_run[at].answer === "here") return [];
  if (guest.placements.length === 0) return [{ request: { action: "guest start", args: { guest: key, on: host } }, purpose: "start" }];
  if (guest.placements.some((part) => part.host === host)) return [];
  return [
    { request: { action: "migrate", args: { guest: key, to: host } }, purpose: "move" },
    ...(there.reach === "live"
      ? []
      : [{ request: { action: "guest failover", args: { guest: key, on: host, proof: "attest" } }, purpose: "start" as const }]),
  ];
}

export interface Compared {
  /** Answers that were held against a plan, by `yes start`, `no move`. */
  readonly asked: ReadonlyMap<string, number>;
  readonly wrong: readonly string[];
}

function compare(context: PlanContext, guest: GuestRow, at: 0 | 1, { request, purpose }: Question): { verdict: string; wrong: string[] } {
  const plan = planFor(context, request);
  const told = guest.can_run[at].checks;
  const against = told.filter((each) => stands(saysFor(purpose, each)));
  const verdict = against.length === 0 ? "yes" : against.some((each) => saysFor(purpose, each).result === "fail") ? "no" : "unknown";
  const shown = purpose === "move" ? liveMove(guest.can_run[at]) : undefined;
  if (shown !== undefined && shown.answer !== verdict)
    return { verdict, wrong: [`${guest.name}: a live move is shown as ${shown.answer}, its facts say ${verdict}`] };
  // A plan that can't be made says so of the guest itself.
  if (isRefusal(plan)) return { verdict: "refused", wrong: [] };
  const where = `${request.action} ${guest.name} to ${context.view.hosts[at].id}`;
  const of_plan = obstacles(plan).filter((each) => !ofDeath(each) && !Object.hasOwn(ofThePlanAlone, each.id));
  const silent = against.some(({ id }) => id === "host");
  const unsaid = silent ? [] : of_plan.filter(({ id }) => !against.some((each) => factOf(each.id) === factOf(id)));
  const unheard = against.filter(
    (each) =>
      !obstacles(plan).some(({ id }) => factOf(id) === factOf(each.id)) &&
      !settledByThePlan.some(({ action, settles }) => action === request.action && settles(each)),
  );
  return {
    verdict,
    wrong: [
      ...unsaid.map(({ id, text }) => `${where}: the plan is refused by ${id}, readiness says ${verdict}: ${text}`),
      ...unheard.map(({ id, text }) => `${where}: readiness says no by ${id}, the plan doesn't: ${text}`),
    ],
  };
}

/** Every guest on every host. */
export function compared(context: PlanContext): Compared {
  const asked = new Map<string, number>();
  const wrong = new Set<string>();
  for (const guest of context.view.guests)
    for (const at of [0, 1] as const)
      for (const question of questions(context, guest, at)) {
        // What would be asked for it answers that nothing is there.
        const looked = new Map(
          ableLooks(context, guest, context.view.hosts[at].id).map(
            (look) => [lookKey(look), { at_ms: context.view.now_ms, code: 0, stdout: "", said: "" }] as const,
          ),
        );
        const found = compare({ ...context, looked }, guest, at, question);
        const name = `${question.request.action}: ${found.verdict}`;
        asked.set(name, (asked.get(name) ?? 0) + 1);
        for (const line of found.wrong) wrong.add(line);
      }
  return { asked, wrong: [...wrong] };
}
