/** Commands that change hosts, without a screen: the plan is shown, confirmed, run, and the facts tell how it ended. */
import { actions } from "../state/plan/actions/index.ts";
import type { Outcome, Progress } from "../state/plan/drive.ts";
import { createOperator, type Operator } from "../state/plan/operator.ts";
import { isRefusal, obstacles, type Plan, type PlanRequest, type Refusal } from "../state/plan/plan.ts";
import { type Clock, createRuntime, type Runtime } from "../state/runtime.ts";
import type { PairState } from "../state/state.ts";
import { initialState } from "../state/update.ts";
import type { PairView } from "../state/view-model.ts";
import { hostId, type Pair } from "../xen/model/ids.ts";
import { clean } from "../xen/read/clean.ts";
import { readingIds } from "../xen/read/index.ts";
import type { Args } from "./args.ts";
import { settled } from "./collect.ts";
import { driverName, planId } from "./console-name.ts";
import { actCodes } from "./exit-codes.ts";
import type { OpenPair, Printed } from "./headless.ts";
import { createRecall, createRecord, createRemember, makeStateDir } from "./operator-record.ts";
import { outcomeText, planText, progressText } from "./plan-text.ts";
import type { Style } from "./table.ts";

export interface ActSurroundings {
  readonly pair: OpenPair;
  readonly clock: Clock;
  readonly select: (state: PairState, now_ms: number) => PairView;
  readonly timeout_s: number;
  readonly style: Style;
  /** Of the operator's record. */
  readonly state_dir: string;
  readonly operator: string;
  /** A line for whoever watches (standard error). */
  readonly say: (line: string) => void;
  /** Asks on the terminal; undefined: there is none. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** True once the operator pressed ctrl-c. */
  readonly stopping: () => boolean;
}

type ActArgs = Extract<Args, { readonly command: "act" }>;

/** How often it is looked whether the hosts have told all. */
const LOOK_MS = 100;

const codes: Readonly<Record<Outcome["result"], number>> = {
  done: actCodes.done.code,
  failed: actCodes.failed.code,
  stopped: actCodes.failed.code,
  refused: actCodes.refused.code,
  unknown: actCodes.unknown.code,
  held: actCodes.held.code,
  lost: actCodes.held.code,
};

/** The request that the words stand for, before anything is connected to. */
export function requestOf({ words, args }: Pick<ActArgs, "words" | "args">): PlanRequest | Refusal {
  const named = ({ id }: { readonly id: string }): boolean => id.split(" ").every((word, at) => word === words[at]);
  // `storage iscsi login` has three words, `migrate abort` two, `migrate` one: the longest that fits is meant.
  const [action] = actions.filter(named).sort((a, b) => b.id.split(" ").length - a.id.split(" ").length);
  const known = actions.filter(({ id }) => id.split(" ")[0] === words[0]).map(({ id }) => id);
  if (action === undefined)
    return {
      refused: `there is no action ${JSON.stringify(clean(words.slice(0, 2).join(" "), 60))}`,
      advice: `there is ${(known.length === 0 ? actions.map(({ id }) => id) : known).join(", ")}`,
    };
  const given = words.slice(action.id.split(" ").length);
  const usage = `${action.id} ${action.args.map(({ name, optional }) => (optional ? `[--${name} ...]` : name.toUpperCase())).join(" ")}`;
  const open = action.args.filter(({ name }) => args[name] === undefined);
  const strange = Object.keys(args).find((name) => !action.args.some((arg) => arg.name === name));
  if (strange !== undefined) return { refused: `--${strange} has no meaning for ${action.id}`, advice: usage };
  if (given.length > open.length) return { refused: `${action.id}: too many words`, advice: usage };
  const filled = { ...args, ...Object.fromEntries(given.map((word, at) => [open[at]?.name ?? "", word])) };
  const missing = action.args.find(({ name, optional }) => !optional && (filled[name] ?? "") === "");
  return missing === undefined
    ? { action: action.id, args: filled }
    : { refused: `${action.id}: the ${missing.name} isn't said`, advice: usage };
}

interface Live {
  readonly runtime: Runtime;
  readonly operator: Operator;
}

/** What the config file says beside the hosts. */
const powerOf = ({ settings, fence }: OpenPair) => ({
  ...(settings === undefined ? {} : { settings }),
  ...(fence === undefined ? {} : { fence }),
});

/** Connects, and waits until the hosts have told all they will within the time limit. */
export async function openActing({ pair, clock, select, timeout_s, state_dir }: ActSurroundings): Promise<Live> {
  const hosts: Pair<ReturnType<typeof hostId>> = [hostId(pair.hosts[0]), hostId(pair.hosts[1])];
  const links = [
    { host: hosts[0], link: pair.links[0] },
    { host: hosts[1], link: pair.links[1] },
  ] as const;
  const initial = initialState({ name: pair.name, hosts, now_ms: clock.now_ms(), priority: pair.settings?.priority });
  const runtime = createRuntime({ initial, links, clock, select, publish: () => undefined, asked: readingIds });
  const operator = createOperator({
    links,
    clock,
    state: runtime.state,
    select,
    record: createRecord(state_dir),
    recall: createRecall(state_dir),
    ...powerOf(pair),
    remember: createRemember(state_dir),
  });
  const end_ms = clock.now_ms() + timeout_s * 1000;
  runtime.start();
  while (clock.now_ms() < end_ms && !settled(runtime.state(), clock.now_ms()))
    await new Promise<void>((resolve) => {
      clock.after(LOOK_MS, resolve);
    });
  return { runtime, operator };
}

export const complaint = ({ refused, advice }: Refusal): Printed => ({
  text: "",
  err: `xenha-tui: ${refused}; ${advice}\n`,
  code: actCodes.usage.code,
});

/** True, or why it isn't confirmed. */
async function confirmed(plan: Plan, { confirm }: ActArgs, { ask }: ActSurroundings): Promise<true | string> {
  const wanted = plan.confirm;
  if (plan.risk === "data_loss") {
    const phrase = wanted.kind === "typed" ? wanted.word : plan.goal;
    if (confirm.understood !== undefined) return confirm.understood === phrase || `--i-understand must be ${JSON.stringify(phrase)}`;
    if (ask === undefined) return `it loses data: say --i-understand ${JSON.stringify(phrase)}`;
    return (await ask(`type "${phrase}" to do it: `)) === phrase || "it wasn't confirmed";
  }
  if (confirm.yes) return true;
  if (ask === undefined) return "there is nobody to ask: say --yes";
  if (wanted.kind === "typed")
    return (await ask(`type ${wanted.what}, "${wanted.word}", to do it: `)) === wanted.word || "it wasn't confirmed";
  return (await ask("do it? [y/N] ")).toLowerCase() === "y" || "it wasn't confirmed";
}

/** Said once where it is the same as before. */
export function teller(say: (line: string) => void, steps: number): (progress: Progress) => void {
  let last = "";
  return (progress) => {
    const line = progressText(progress, steps);
    if (line !== last) say(line);
    last = line;
  };
}

export function ended(outcome: Outcome, json: boolean, more: object): Printed {
  const text = json ? `${JSON.stringify({ ...more, ...outcome }, undefined, 2)}\n` : outcomeText(outcome);
  return { text, code: codes[outcome.result] };
}

export async function runAct(args: ActArgs, around: ActSurroundings): Promise<Printed> {
  const request = requestOf(args);
  if ("refused" in request) return complaint(request);
  const cannot = args.confirm.dry_run ? undefined : makeStateDir(around.state_dir);
  if (cannot !== undefined) return complaint({ refused: cannot, advice: "nothing is done that can't be recorded" });
  const { runtime, operator } = await openActing(around);
  try {
    await operator.prepare(request);
    const plan = operator.plan(request);
    if (isRefusal(plan)) return complaint(plan);
    const { json } = args.options;
    const against = obstacles(plan).length > 0;
    if (args.confirm.dry_run || against) {
      const text = json ? `${JSON.stringify({ plan }, undefined, 2)}\n` : planText(plan, around.style);
      return { text, code: against ? actCodes.refused.code : actCodes.done.code };
    }
    if (!json) around.say(planText(plan, around.style).trimEnd());
    const sure = await confirmed(plan, args, around);
    if (sure !== true) return complaint({ refused: sure, advice: "nothing was changed" });
    const id = planId(around.clock.now_ms());
    const who = { id, driver: driverName(), operator: around.operator, reason: clean(args.reason) };
    around.say(`plan ${id}`);
    const outcome = await operator.run(plan, who, { stopping: around.stopping, tell: teller(around.say, plan.steps.length) });
    return ended(outcome, json, { id, goal: plan.goal });
  } finally {
    runtime.stop();
  }
}
