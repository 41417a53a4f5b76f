/** Commands that change hosts, without a screen: the plan is shown, confirmed, run, and the facts tell how it ended. */
import { actions } from "../state/plan/actions/index.ts";
import type { Outcome, Progress } from "../state/plan/drive.ts";
import { createOperator, type Operator } from "../state/plan/operator.ts";
import { isRefusal, obstacles, type Plan, type PlanRequest, type Refusal } from "../state/plan/plan.ts";
import { type Clock, createRuntime, type Runtime } from "../state/runtime.ts";
import { journalsIn } from "../state/select/plans.ts";
import type { PairState } from "../state/state.ts";
import { initialState } from "../state/update.ts";
import type { PairView } from "../state/view-model.ts";
import { hostId, type Pair } from "../xen/model/ids.ts";
import { clean } from "../xen/read/clean.ts";
import { readingIds } from "../xen/read/index.ts";
import type { Args } from "./args.ts";
import { settled } from "./collect.ts";
import { driverName, planId } from "./console-name.ts";
import { actCodes, exitCodes } from "./exit-codes.ts";
import type { OpenPair, Printed } from "./headless.ts";
import { createRecall, createRecord, makeStateDir } from "./operator-record.ts";
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
type JobsArgs = Extract<Args, { readonly command: "jobs" }>;

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
async function open({ pair, clock, select, timeout_s, state_dir }: ActSurroundings): Promise<Live> {
  const hosts: Pair<ReturnType<typeof hostId>> = [hostId(pair.hosts[0]), hostId(pair.hosts[1])];
  const links = [
    { host: hosts[0], link: pair.links[0] },
    { host: hosts[1], link: pair.links[1] },
  ] as const;
  const initial = initialState({ name: pair.name, hosts, now_ms: clock.now_ms() });
  const runtime = createRuntime({ initial, links, clock, select, publish: () => undefined, asked: readingIds });
  const operator = createOperator({
    links,
    clock,
    state: runtime.state,
    select,
    record: createRecord(state_dir),
    recall: createRecall(state_dir),
    ...powerOf(pair),
  });
  const end_ms = clock.now_ms() + timeout_s * 1000;
  runtime.start();
  while (clock.now_ms() < end_ms && !settled(runtime.state(), clock.now_ms()))
    await new Promise<void>((resolve) => {
      clock.after(LOOK_MS, resolve);
    });
  return { runtime, operator };
}

const complaint = ({ refused, advice }: Refusal): Printed => ({
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
function teller(say: (line: string) => void, steps: number): (progress: Progress) => void {
  let last = "";
  return (progress) => {
    const line = progressText(progress, steps);
    if (line !== last) say(line);
    last = line;
  };
}

function ended(outcome: Outcome, json: boolean, more: object): Printed {
  const text = json ? `${JSON.stringify({ ...more, ...outcome }, undefined, 2)}\n` : outcomeText(outcome);
  return { text, code: codes[outcome.result] };
}

export async function runAct(args: ActArgs, around: ActSurroundings): Promise<Printed> {
  const request = requestOf(args);
  if ("refused" in request) return complaint(request);
  const cannot = args.confirm.dry_run ? undefined : makeStateDir(around.state_dir);
  if (cannot !== undefined) return complaint({ refused: cannot, advice: "nothing is done that can't be recorded" });
  const { runtime, operator } = await open(around);
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

const ago = (ms: number): string =>
  ms < 120_000
    ? `${Math.max(0, Math.round(ms / 1000))} s`
    : ms < 7_200_000
      ? `${Math.round(ms / 60_000)} min`
      : `${Math.round(ms / 3_600_000)} h`;

function jobsText(state: PairState, now_ms: number): string {
  const all = journalsIn(state);
  const silent = state.order.filter((host) => state.hosts.get(host)?.facts.xenha.state !== "known");
  const lines = all.map(({ id, header, end, entries }) => {
    const last = entries.at(-1);
    const steps = header?.steps.length ?? 0;
    const where =
      last !== undefined && "step" in last
        ? `step ${last.step + 1}/${steps} ${last.kind === "intent" ? "begun" : last.result}`
        : "not begun";
    const now = end === undefined ? where : `${end.result}${end.result === "done" ? "" : `: ${end.text}`}`;
    return `${id}  ${header?.goal ?? "?"}  ${now}  by ${header?.operator ?? "?"}, ${ago(now_ms - (header?.at_ms ?? now_ms))} ago`;
  });
  const none = lines.length === 0 ? ["no plans"] : [];
  return [...none, ...lines, ...silent.map((host) => `${host}: not known`)].map((line) => `${line}\n`).join("");
}

export async function runJobs(args: JobsArgs, around: ActSurroundings): Promise<Printed> {
  const { runtime, operator } = await open(around);
  try {
    const state = runtime.state();
    const complete = state.order.every((host) => state.hosts.get(host)?.facts.xenha.state === "known");
    const code = complete ? exitCodes.ok.code : exitCodes.incomplete.code;
    if (args.action === "list") {
      const text = args.options.json
        ? `${JSON.stringify({ plans: journalsIn(state) }, undefined, 2)}\n`
        : jobsText(state, around.clock.now_ms());
      return { text, code };
    }
    const found = journalsIn(state).find(({ id }) => id === args.plan);
    if (found === undefined)
      return complaint({
        refused: `no host that answers knows a plan ${JSON.stringify(clean(args.plan, 60))}`,
        advice: "`jobs` names them",
      });
    if (args.action === "log") {
      const steps = found.body?.steps ?? [];
      const parts = await Promise.all(steps.map(async (step) => ({ step, log: await operator.log(step.host, found.id, step.id) })));
      return {
        text: parts.map(({ step, log }) => `== ${step.title} (${step.host})\n${typeof log === "string" ? log : log.join("\n")}\n`).join(""),
        code,
      };
    }
    const cannot = makeStateDir(around.state_dir);
    if (cannot !== undefined) return complaint({ refused: cannot, advice: "nothing is done that can't be recorded" });
    const sure =
      args.yes ||
      (around.ask !== undefined && (await around.ask(`go on with "${found.header?.goal ?? found.id}"? [y/N] `)).toLowerCase() === "y");
    if (!sure) return complaint({ refused: "it wasn't confirmed", advice: "nothing was changed" });
    const who = { id: found.id, driver: driverName(), operator: around.operator, reason: clean(args.reason) };
    const outcome = await operator.takeOver(found, who, {
      stopping: around.stopping,
      tell: teller(around.say, found.header?.steps.length ?? 0),
    });
    return ended(outcome, args.options.json, { id: found.id, goal: found.header?.goal });
  } finally {
    runtime.stop();
  }
}
