/** Rules about plans: begun by a console, and left. */
import type { PlanView } from "../view-model.ts";
import { draft, type Rule, type RuleInput, said, span } from "./rule.ts";

/** Where it was left, in one phrase. */
function leftAt({ at, steps, begun }: PlanView): string {
  if (begun === "no") return "before it began anything, with its leases taken";
  if (steps.length === 0) return "with its leases taken; how far it came isn't told";
  const step = at === undefined ? undefined : steps[at];
  return step === undefined ? "after its last step" : `at step ${(at ?? 0) + 1} of ${steps.length}, ${step.title}`;
}

/** Those within another are told with it. */
const outer = ({ view }: RuleInput): readonly PlanView[] => view.plans.filter(({ parent }) => parent === undefined);

const unfinished: Rule = {
  id: "plan.unfinished",
  title: "a plan was begun and nobody goes on with it",
  judge: (input) =>
    outer(input)
      .filter(({ state, doubt }) => state === "quiet" && doubt.length === 0)
      .map((plan) =>
        draft(input, "plan.unfinished", {
          severity: "warning",
          object: plan.goal,
          cause: `left ${leftAt(plan)}; ${plan.driver.operator}'s console has been silent for ${span(plan.quiet_ms ?? 0)}`,
          next: "6: t takes it over; it goes by what the hosts show, and does nothing twice",
          screen: 6,
          about: [`plan:${plan.id}`],
          evidence: plan.evidence.map((from) => said("its journal has no end", from)),
          ...(plan.started_ms === undefined ? {} : { since_ms: plan.started_ms }),
        }),
      ),
};

const unclear: Rule = {
  id: "plan.unclear",
  title: "a plan's journal can't be relied on",
  judge: (input) =>
    outer(input)
      .filter(({ state, doubt }) => state !== "over" && doubt.length > 0)
      .map((plan) =>
        draft(input, "plan.unclear", {
          severity: "warning",
          object: plan.goal,
          cause: `its journal can't be relied on: ${plan.doubt[0] ?? ""}`,
          next: "6: hands off; settle by hand on the hosts what it had begun",
          screen: 6,
          about: [`plan:${plan.id}`],
          evidence: plan.evidence.map((from) => said("lines of its journal", from)),
        }),
      ),
};

export const planRules: readonly Rule[] = [unfinished, unclear];
