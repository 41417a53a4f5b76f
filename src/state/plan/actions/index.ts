/** The table of actions: the command line, the keys and docs/actions.md go by it. A new one is a file beside this one and a line here. */
import type { Action, PlanContext } from "../action.ts";
import type { Plan, PlanRequest, Refusal } from "../plan.ts";
import { drbdActions } from "./drbd.ts";
import { guestActions } from "./guest.ts";
import { migrate } from "./migrate.ts";

export const actions: readonly Action[] = [migrate, ...guestActions, ...drbdActions];

export const actionNamed = (id: string): Action | undefined => actions.find((action) => action.id === id);

/** The plan for a request on the facts of now. */
export function planFor(context: PlanContext, { action, args }: PlanRequest): Plan | Refusal {
  const found = actionNamed(action);
  if (found === undefined)
    return { refused: `there is no action ${JSON.stringify(action)}`, advice: `there are ${actions.map(({ id }) => id).join(", ")}` };
  const missing = found.args.find(({ name, optional }) => !optional && (args[name] ?? "") === "");
  return missing === undefined
    ? found.plan(context, args)
    : {
        refused: `${found.id}: the ${missing.name} isn't said`,
        advice: found.args.map(({ name, optional }) => (optional ? `[${name}]` : name)).join(" "),
      };
}
