/** `jobs`: what every plan has done, what isn't known of it, what is safe next; and going on with one, closing it, or letting go of it. */
import { type Account, accountOf, goalOf, type StepAccount } from "../state/plan/account.ts";
import type { Journal } from "../state/plan/journals.ts";
import type { Operator } from "../state/plan/operator.ts";
import { journalsIn, tellersIn } from "../state/select/plans.ts";
import type { PairState } from "../state/state.ts";
import { clean } from "../xen/read/clean.ts";
import { type ActSurroundings, complaint, ended, openActing, teller } from "./act.ts";
import type { Args } from "./args.ts";
import { driverName } from "./console-name.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Printed } from "./headless.ts";
import { makeStateDir, unfinishedHere } from "./operator-record.ts";

type JobsArgs = Extract<Args, { readonly command: "jobs" }>;

/** What the hosts tell, and what they have lost and this machine has. */
export async function plansKnown(state: PairState, state_dir: string): Promise<readonly Journal[]> {
  const told = journalsIn(state);
  const written = new Set(told.flatMap(({ id, lines, end }) => (lines.length > 0 || end !== undefined ? [id] : [])));
  const own = (await unfinishedHere(state_dir)).filter(({ id }) => !written.has(id));
  const here = new Set(own.map(({ id }) => id));
  return [...told.filter(({ id }) => !here.has(id)), ...own];
}

const ago = (ms: number): string =>
  ms < 120_000
    ? `${Math.max(0, Math.round(ms / 1000))} s`
    : ms < 7_200_000
      ? `${Math.round(ms / 60_000)} min`
      : `${Math.round(ms / 3_600_000)} h`;

/** In the order in which they are told; steps of one state that have nothing more to say share a line. */
const states: readonly { readonly state: StepAccount["state"]; readonly words: string; readonly each: boolean }[] = [
  { state: "done", words: "done", each: false },
  { state: "failed", words: "failed", each: true },
  { state: "stopped", words: "stopped", each: true },
  { state: "under way", words: "under way", each: true },
  { state: "unknown", words: "not known", each: true },
  { state: "not begun", words: "not begun", each: false },
];

function stepLines(steps: readonly StepAccount[]): readonly string[] {
  return states.flatMap(({ state, words, each }) => {
    const own = steps.flatMap((step, at) => (step.state === state ? [{ ...step, number: at + 1 }] : []));
    if (own.length === 0) return [];
    if (each) return own.map(({ number, title, text }) => `  ${words}: ${number} ${title}${text === "" ? "" : `: ${text}`}`);
    return [`  ${words}: ${own.map(({ number, title }) => `${number} ${title}`).join("; ")}`];
  });
}

function planLines(account: Account, now_ms: number): readonly string[] {
  const { id, goal, operator, taken_over_by, at_ms, state, end, steps, next } = account;
  const now = end === undefined ? state : `${end.result}${end.result === "done" ? "" : `: ${end.text}`}`;
  const by = [operator === "" ? "" : `by ${operator}`, at_ms === undefined ? "" : `${ago(now_ms - at_ms)} ago`].filter(
    (part) => part !== "",
  );
  const taken = taken_over_by === undefined || taken_over_by === operator ? "" : `, taken over by ${taken_over_by}`;
  const head = [id, goal, now, `${by.join(", ")}${taken}`].filter((part) => part !== "").join("  ");
  return [head, ...(end === undefined ? stepLines(steps) : []), ...(next === "" ? [] : [`  next: ${next}`])];
}

function listText(accounts: readonly Account[], state: PairState, now_ms: number): string {
  const silent = tellersIn(state).flatMap(({ host, jobs }) => (jobs === undefined ? [`${host}: not known`] : []));
  const lines = accounts.length === 0 ? ["no plans"] : accounts.flatMap((account) => planLines(account, now_ms));
  return [...lines, ...silent].map((line) => `${line}\n`).join("");
}

/** All that its commands said, on whatever host has its journal whole. */
async function logText(journal: Journal, operator: Operator): Promise<string> {
  const whole = await Promise.all(journal.hosts.map((host) => operator.journal(host, journal.id)));
  const steps = whole.flatMap((told) => (typeof told === "string" ? [] : [told.body?.steps ?? []])).find(({ length }) => length > 0) ?? [];
  const jobs = steps.flatMap((step) => [step, ...(step.guards ?? [])]);
  const parts = await Promise.all(jobs.map(async (job) => ({ job, log: await operator.log(job.host, journal.id, job.id) })));
  if (parts.length === 0) return whole.map((told) => (typeof told === "string" ? `${told}\n` : "it never had a step\n")).join("");
  return parts.map(({ job, log }) => `== ${job.title} (${job.host})\n${typeof log === "string" ? log : log.join("\n")}\n`).join("");
}

const questions: Readonly<Record<"takeover" | "stop" | "letgo", (goal: string) => string>> = {
  takeover: (goal) => `take over "${goal}"?`,
  stop: (goal) => `begin nothing more of "${goal}", and close what was opened?`,
  letgo: (goal) => `let go of "${goal}", whatever it did?`,
};

export async function runJobs(args: JobsArgs, around: ActSurroundings): Promise<Printed> {
  const { runtime, operator } = await openActing(around);
  try {
    const state = runtime.state();
    const code = tellersIn(state).every(({ jobs }) => jobs !== undefined) ? exitCodes.ok.code : exitCodes.incomplete.code;
    const journals = await plansKnown(state, around.state_dir);
    if (args.action === "list") {
      const accounts = journals.map((journal) => accountOf(journal, tellersIn(state)));
      const plans = journals.map((journal, at) => ({ ...journal, account: accounts[at] }));
      const text = args.options.json ? `${JSON.stringify({ plans }, undefined, 2)}\n` : listText(accounts, state, around.clock.now_ms());
      return { text, code };
    }
    const found = journals.find(({ id }) => id === args.plan);
    if (found === undefined)
      return complaint({
        refused: `no host that answers, nor this machine, knows a plan ${JSON.stringify(clean(args.plan, 60))}`,
        advice: "`jobs` names them",
      });
    return args.action === "log"
      ? { text: await logText(found, operator), code }
      : await settle({ ...args, action: args.action }, found, operator, around);
  } finally {
    runtime.stop();
  }
}

async function settle(
  { action, yes, reason, options }: JobsArgs & { readonly action: "takeover" | "stop" | "letgo" },
  journal: Journal,
  operator: Operator,
  around: ActSurroundings,
): Promise<Printed> {
  const cannot = makeStateDir(around.state_dir);
  if (cannot !== undefined) return complaint({ refused: cannot, advice: "nothing is done that can't be recorded" });
  const goal = goalOf(journal);
  const sure = yes || (around.ask !== undefined && (await around.ask(`${questions[action](goal)} [y/N] `)).toLowerCase() === "y");
  if (!sure) return complaint({ refused: "it wasn't confirmed", advice: "nothing was changed" });
  const who = { id: journal.id, driver: driverName(), operator: around.operator, reason: clean(reason) };
  const stopping = action === "stop" ? () => true : around.stopping;
  const how = { stopping, tell: teller(around.say, journal.header?.steps.length ?? 0) };
  const outcome = action === "letgo" ? await operator.letGo(journal, who, how) : await operator.takeOver(journal, who, how);
  return ended(outcome, options.json, { id: journal.id, goal });
}
