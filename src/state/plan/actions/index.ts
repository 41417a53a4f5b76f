/** The table of actions: the command line, the keys and docs/actions.md go by it. A new one is a file beside this one and a line here. */
import type { Action, PlanContext } from "../action.ts";
import { argLabel, argProblem } from "../arguments.ts";
import type { Plan, PlanRequest, Refusal } from "../plan.ts";
import { abort } from "./abort.ts";
import { drbdActions } from "./drbd.ts";
import { evacuate } from "./evacuate.ts";
import { failover } from "./failover.ts";
import { guestActions } from "./guest.ts";
import { guestAutostart } from "./guest-autostart.ts";
import { guestFailover } from "./guest-failover.ts";
import { guestMemory } from "./guest-memory.ts";
import { guestSync } from "./guest-sync.ts";
import { hostPower } from "./host-power.ts";
import { migrate } from "./migrate.ts";
import { netActions } from "./net.ts";
import { rejoin } from "./rejoin.ts";
import { resolve } from "./resolve.ts";
import { restore } from "./restore.ts";
import { storageActions } from "./storage.ts";

export const actions: readonly Action[] = [
  migrate,
  abort,
  ...guestActions,
  guestAutostart,
  guestMemory,
  guestSync,
  resolve,
  evacuate,
  restore,
  failover,
  guestFailover,
  rejoin,
  ...hostPower,
  ...drbdActions,
  ...storageActions,
  ...netActions,
];

export const actionNamed = (id: string): Action | undefined => actions.find((action) => action.id === id);

/** The plan for a request on the facts of now. */
export function planFor(context: PlanContext, { action, args }: PlanRequest): Plan | Refusal {
  const found = actionNamed(action);
  if (found === undefined)
    return { refused: `there is no action ${JSON.stringify(action)}`, advice: `there are ${actions.map(({ id }) => id).join(", ")}` };
  const usage = found.args.map(argLabel).join(" ");
  for (const arg of found.args) {
    const value = args[arg.name] ?? "";
    if (value === "" && !arg.optional) return { refused: `${found.id}: the ${arg.name} isn't said`, advice: usage };
    const problem = value === "" ? undefined : argProblem(arg, value);
    if (problem !== undefined) return { refused: problem, advice: `${found.id} ${usage}` };
  }
  return found.plan(context, args);
}
