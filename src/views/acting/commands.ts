/** The entries of the command table that lead to a change. Not one of them is in the table of a console that is read-only. */
import { actions } from "../../state/plan/actions/index.ts";
import { ALLOW_DEFAULT_MIN } from "../../state/plan/mode.ts";
import { isRefusal } from "../../state/plan/plan.ts";
import { type CommandContext, openDetail, type Step } from "../actions.ts";
import type { Command } from "../commands.ts";
import { withToast } from "../ui.ts";
import { beginAction } from "./form.ts";
import { givenBy, missingArgs } from "./offers.ts";
import { nounOf, subjectsOf } from "./subject.ts";
import { openTakeOver, planOf, whyNotTaken } from "./takeover.ts";

const ofPair = actions.some(({ on }) => on === "pair");

/** Where no row is meant: what can be done to the pair as a whole, if anything. */
function openMenu(context: CommandContext): Step {
  const { ui } = context;
  const found = subjectsOf(context);
  if (typeof found === "string" && !ofPair) return [withToast(ui, `act: ${found}.`, "dim"), []];
  const subjects = typeof found === "string" ? [] : found.subjects;
  return [{ ...ui, overlay: { kind: "menu", menu: { subjects, index: 0 } } }, []];
}

const menu: Command = {
  id: "act.menu",
  keys: ["a"],
  title: "act",
  description: "What can be done to the row, or the marked rows: each action with its risk, and why it can't be done now",
  group: "Act",
  footer: 2.5,
  when: (context) => {
    const found = subjectsOf(context);
    return typeof found === "string" && !ofPair ? found : true;
  },
  run: openMenu,
};

/** Those that have a key of their own: the others are behind `a` and `:`. */
const direct: readonly Command[] = actions.flatMap((action): Command[] =>
  action.key === undefined
    ? []
    : [
        {
          id: `act.${action.id}`,
          keys: [action.key],
          title: action.title,
          description: `${action.description}${action.marked ? ", or the marked ones, one after the other" : ""}: shows the plan first`,
          group: "Act",
          footer: 2.6,
          when: (context) => {
            const found = subjectsOf(context);
            if (typeof found === "string") return found;
            const [first] = found.subjects;
            if (first?.kind !== action.on) return `only on a ${nounOf(action.on)}`;
            const given = givenBy(action, first);
            if (found.subjects.length > 1 || missingArgs(action, given, context.act).length > 0) return true;
            const made = context.act.plan({ action: action.id, args: given });
            return isRefusal(made) ? made.refused : true;
          },
          run: (context) => {
            const found = subjectsOf(context);
            return typeof found === "string" ? [context.ui, []] : [beginAction(context, action, found.subjects), []];
          },
        },
      ],
);

const takeOver: Command = {
  id: "plan.take_over",
  keys: ["t"],
  title: "take over",
  description: "Go on with a plan whose console is gone: shows what is known of it and asks first",
  group: "Act",
  footer: 2.7,
  when: (context) => {
    const plan = planOf(context);
    return typeof plan === "string" ? plan : (whyNotTaken("take_over", plan, context.act) ?? true);
  },
  run: openTakeOver("take_over"),
};

const letGo: Command = {
  id: "plan.let_go",
  keys: ["L"],
  title: "let go",
  description: "End a plan whose outcome nobody can find out, once it was settled by hand: its leases are let go, nothing else is done",
  group: "Act",
  when: (context) => {
    const plan = planOf(context);
    return typeof plan === "string" ? plan : (whyNotTaken("let_go", plan, context.act) ?? true);
  },
  run: openTakeOver("let_go"),
};

const stop: Command = {
  id: "plan.stop",
  keys: ["p"],
  title: "stop after step",
  description: "Let a plan that this console drives stop after the step that runs; what runs on the host goes on to its end",
  group: "Act",
  footer: 2.8,
  when: (context) => {
    const run = stoppable(context);
    return typeof run === "string" ? run : true;
  },
  run: (context) => {
    const run = stoppable(context);
    if (typeof run === "string") return [context.ui, []];
    return [withToast(context.ui, "No further step will be begun; what closes is still run."), [{ kind: "stop", plan: run.id }]];
  },
};

function stoppable(context: CommandContext): string | { readonly id: string } {
  const plan = planOf(context);
  const id = typeof plan === "string" ? undefined : plan.id;
  const run = context.act.desk.runs.find((each) => each.id === id);
  if (run === undefined || run.state === "over") return typeof plan === "string" ? plan : "this console doesn't drive it";
  return run.stopping ? "it stops already" : { id: run.id };
}

/** What a console that may act has, and a read-only one hasn't. */
export const actCommands: readonly Command[] = [menu, ...direct, takeOver, letGo, stop];

/** Whether changes are allowed: of both. */
export const modeCommands: readonly Command[] = [
  {
    id: "mode.allow",
    keys: [],
    typed: ":rw 15m",
    title: "rw",
    description: `Allow changes for a while (:rw 30m, :rw 2h; ${ALLOW_DEFAULT_MIN} minutes without a time), where the configuration lets it`,
    group: "Program",
    when: ({ act: { desk } }) => {
      const { mode } = desk;
      const read_only = mode.kind === "allowed" ? mode.then : mode.kind === "read_only" ? mode : undefined;
      if (read_only === undefined) return "changes are allowed anyway";
      return read_only.may_allow ? true : read_only.reason;
    },
    run: ({ ui }) => [ui, [{ kind: "allow", minutes: ALLOW_DEFAULT_MIN }]],
  },
  {
    id: "mode.read_only",
    keys: [],
    typed: ":ro",
    title: "ro",
    description: "End what :rw allowed: read-only again at once",
    group: "Program",
    when: ({ act }) => (act.desk.mode.kind === "allowed" ? true : "no permission of :rw runs"),
    run: ({ ui }) => [ui, [{ kind: "allow", minutes: undefined }]],
  },
];

/** Looking at a plan changes nothing: of both. */
export const planCommands: readonly Command[] = [
  {
    id: "plan.log",
    keys: ["l"],
    title: "whole log",
    description: "On a plan: open it, and fetch all that the hosts keep of it, its journal and the output of every step",
    group: "Look closer",
    footer: 2.9,
    when: (context) => {
      const plan = planOf(context);
      if (typeof plan === "string") return plan;
      return context.act.desk.logs.get(plan.id) === "fetching" ? "it is being fetched" : true;
    },
    run: (context) => {
      const plan = planOf(context);
      if (typeof plan === "string") return [context.ui, []];
      const opened = context.ui.stack.at(-1);
      const [ui] = opened?.kind === "plan" && opened.id === plan.id ? [context.ui] : openDetail(context);
      return [ui, [{ kind: "fetch", plan: plan.id }]];
    },
  },
];
