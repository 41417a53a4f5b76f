/**
 * Runs a plan (safety rules S2-S6): leases, checks again on newer facts, then for each step: what must hold before it, the intent in the journal,
 * the job, and the facts that show its outcome. It decides nothing by exit status and does nothing twice; where it can't know, it says so and
 * stops with everything left as it is. All it touches goes through its ports: a console that dies is ports that answer no more.
 */
import type { JobAnswer, JobVerb } from "../../xen/host/job-client.ts";
import type { HostId } from "../../xen/model/ids.ts";
import type { JobFact } from "../../xen/model/plan-facts.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import { hostAnswers } from "../freshness.ts";
import type { PairState } from "../state.ts";
import { type Expectation, judgeAll, lookOf, readingOf, type Verdict } from "./expect.ts";
import { bodyOf, type Entry, headerOf, type Journal, journalsOf, type Result, seqOf } from "./journal.ts";
import { type Look, type Looked, lookKey } from "./look.ts";
import {
  fingerprint,
  isRefusal,
  obstacles,
  type Plan,
  type PlanRequest,
  type PlanStep,
  type PowerAction,
  type Refusal,
  type StepInput,
} from "./plan.ts";

export interface DrivePorts {
  now_ms(): number;
  wait(ms: number): Promise<void>;
  state(): PairState;
  /** input: for `start`, what the step's command reads. */
  call(host: HostId, verb: JobVerb, input?: string): Promise<JobAnswer>;
  /** Asks a host for readings in full, and stamps the time: what comes of it has `asked_ms` of at least now. */
  ask(host: HostId, readings: readonly ReadingId[]): void;
  /** Runs a command that changes nothing, for a check that no reading answers. */
  run(
    host: HostId,
    argv: readonly string[],
  ): Promise<{ readonly code: number | undefined; readonly stdout: string; readonly said: string }>;
  look(look: Look): Promise<Looked>;
  /** Switches a host's power by its fence agent, and says how that ended; what it did, looks tell. */
  power(of: HostId, action: PowerAction): Promise<{ readonly code: number | undefined; readonly said: string }>;
  /** What a step is to read; undefined: it can't be had now. */
  input(input: StepInput): Promise<string | undefined>;
  /** Asks anew what the request's planner must know beside the readings. */
  prepare(request: PlanRequest): Promise<void>;
  /** The same request on the facts of now. */
  plan(request: Plan["request"]): Plan | Refusal;
  /** Ports of a plan within this one: its records go by its own name. */
  child(who: Driver, plan: Plan | undefined, tell: (progress: Progress) => void): DrivePorts;
  /** Into the operator's own journal and the audit, durable. False: it can't be written. */
  record(entry: Entry): Promise<boolean>;
  /** The operator wants no further step. */
  stopping(): boolean;
  tell(progress: Progress): void;
}

export interface Progress {
  readonly phase: "leases" | "checks" | "before" | "starting" | "running" | "verifying" | "closing";
  readonly step: number | undefined;
  readonly text: string;
}

export interface Outcome {
  /** held: another has a lease. lost: another console drives it now. refused: a check said no; nothing was done. */
  readonly result: Result | "refused" | "held" | "lost";
  readonly text: string;
  /** What is safe to do next. */
  readonly next: string;
  /** How each plan within it ended, one line each. */
  readonly details?: readonly string[];
}

export interface Driver {
  readonly id: string;
  /** This console, this run: names the holder in leases. */
  readonly driver: string;
  readonly operator: string;
  readonly reason: string;
}

/** How often a call whose answer was lost is said again, and after how long. */
const CALL_TRIES = 4;
const CALL_AGAIN_MS = 1_500;
/** How long readings that were asked for are waited for. */
export const READ_LIMIT_MS = 45_000;
const LOOK_MS = 250;
/** Both hosts' answers come within this time of each other, else they are asked again. */
const TOGETHER_MS = 10_000;
/** Between two looks at a running job. */
const JOB_LOOK_MS = 1_000;
/** A job whose process doesn't come up. */
const MADE_LIMIT_MS = 60_000;
/** Starts of a step that was never seen to begin. */
const START_TRIES = 3;
/** Facts that can't be had: after this the outcome is called unknown, and everything is left as it is. */
export const UNKNOWN_AFTER_MS = 120_000;
/** Between two looks at the facts that a step's outcome shows in. */
const SETTLE_LOOK_MS = 1_500;
/** A command that failed gets this long to show that it worked all the same. */
const FAILED_SETTLE_S = 5;
/** Plans within a plan that run beside each other. One that hangs holds one place. */
export const TOGETHER_MAX = 3;

type Step = { readonly result: Result; readonly text: string; readonly ran: boolean };

/** Another console goes on with this plan: nothing may be done or let go any more. */
class Lost extends Error {}

export interface Asking {
  readonly host: HostId;
  readonly readings: readonly ReadingId[];
}

const unite = (wanted: readonly Asking[]): readonly Asking[] => {
  const hosts = new Map<HostId, Set<ReadingId>>();
  for (const { host, readings } of wanted) hosts.set(host, new Set([...(hosts.get(host) ?? []), ...readings]));
  return [...hosts].map(([host, readings]) => ({ host, readings: [...readings] }));
};

/** Asks, and waits until every reading has come that began after now; false where some haven't in time. */
async function readAnew(
  ports: DrivePorts,
  wanted: readonly Asking[],
  limit_ms: number,
): Promise<{ readonly since_ms: number; readonly all: boolean }> {
  // Stamps are whole: what began in this very millisecond counts.
  const since_ms = Math.floor(ports.now_ms());
  const open = unite(wanted);
  for (const { host, readings } of open) ports.ask(host, readings);
  const missing = (): boolean =>
    open.some(({ host, readings }) => {
      const facts = ports.state().hosts.get(host)?.facts;
      return readings.some((id) => {
        const known = facts?.[id];
        if (known === undefined || known.state === "unknown") return true;
        // What failed or is absent has been answered as well.
        return known.state === "known" ? (known.asked_ms ?? 0) < since_ms : known.at_ms < since_ms;
      });
    });
  while (missing()) {
    if (ports.now_ms() - since_ms >= limit_ms) return { since_ms, all: false };
    await ports.wait(LOOK_MS);
  }
  return { since_ms, all: true };
}

class Run {
  readonly #ports: DrivePorts;
  readonly #who: Driver;
  readonly #hosts: readonly HostId[];
  readonly #keys: readonly string[];
  #next = 0;

  constructor(ports: DrivePorts, who: Driver, hosts: readonly HostId[], keys: readonly string[], next: number) {
    this.#ports = ports;
    this.#who = who;
    // All consoles take leases in the same order.
    this.#hosts = [...hosts].sort();
    this.#keys = [...keys].sort();
    this.#next = next;
  }

  async call(host: HostId, verb: JobVerb, tries: number = CALL_TRIES, input?: string): Promise<JobAnswer> {
    for (let at = 1; ; at += 1) {
      const answer = await this.#ports.call(host, verb, input);
      if ((answer.kind === "said" && answer.word !== "again") || at >= tries) return answer;
      await this.#ports.wait(CALL_AGAIN_MS);
    }
  }

  /** undefined: they are ours on every host. */
  async lease(text: string): Promise<Outcome | undefined> {
    for (const host of this.#hosts)
      for (const key of this.#keys) {
        const answer = await this.#take(host, key, text);
        if (answer.kind === "said" && answer.word === "taken") continue;
        await this.drop();
        if (answer.kind === "said" && answer.word === "held")
          return {
            result: "held",
            text: `${key} is held on ${host}: ${holderOf(answer.rest)}`,
            next: "look at Jobs: it ends by itself, or can be taken over",
          };
        const why = answer.kind === "said" ? answer.rest : answer.reason;
        return { result: "refused", text: `no lease of ${key} on ${host}: ${why}`, next: "nothing was done; try again" };
      }
    return undefined;
  }

  /** What is left of a plan that has ended (its host couldn't be told then) is in nobody's way. */
  async #take(host: HostId, key: string, text: string): Promise<JobAnswer> {
    const take: JobVerb = ["take", key, this.#who.id, this.#who.driver, text];
    const answer = await this.call(host, take);
    if (answer.kind !== "said" || answer.word !== "held") return answer;
    const [plan = "", driver = ""] = answer.rest.split(" ");
    if (!endedPlans(this.#ports.state()).has(plan)) return answer;
    await this.call(host, ["drop", key, plan, driver], 2);
    return this.call(host, take);
  }

  async #dropOn(host: HostId): Promise<void> {
    const { id, driver } = this.#who;
    await Promise.all(this.#keys.map((key) => this.call(host, ["drop", key, id, driver], 2)));
  }

  async drop(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => this.#dropOn(host)));
  }

  /** On the operator's machine first, then on every host that answers; false where it isn't on all of those, or not on one that must have it. */
  async note(entry: Entry, must: readonly HostId[] = []): Promise<boolean> {
    if (!(await this.#ports.record(entry))) return false;
    const seq = seqOf(this.#next);
    this.#next += 1;
    const line = JSON.stringify(entry);
    const verb: JobVerb = ["note", this.#who.id, seq, line];
    const answers = await Promise.all(this.#hosts.map(async (host) => ({ host, answer: await this.call(host, verb) })));
    if (answers.some(({ answer }) => answer.kind === "said" && answer.word === "conflict")) throw new Lost();
    return answers.every(({ host, answer }) => {
      if (answer.kind === "said") return answer.word === "noted";
      return !must.includes(host) && !hostAnswers(this.#ports.state().hosts.get(host), this.#ports.now_ms());
    });
  }

  async judged(step: PlanStep, which: "before" | "after"): Promise<Verdict> {
    const expected = step[which];
    const wanted = expected.flatMap((each) => {
      const reading = readingOf(each);
      return reading === undefined ? [] : [{ host: each.host, readings: [reading] }];
    });
    const end_ms = this.#ports.now_ms() + READ_LIMIT_MS;
    const looked = await this.#looked(expected);
    for (;;) {
      const { since_ms, all } = await readAnew(this.#ports, wanted, Math.max(0, end_ms - this.#ports.now_ms()));
      // Facts of one moment, as far as that can be had: what the one host told may have changed while the other was waited for.
      const apart = all && this.#ports.now_ms() - since_ms > TOGETHER_MS && this.#ports.now_ms() < end_ms;
      if (!apart) return judgeAll(this.#ports.state(), expected, since_ms, looked);
    }
  }

  /** What no reading tells. */
  async #looked(expected: readonly Expectation[]): Promise<ReadonlyMap<string, Looked>> {
    const looks = new Map(expected.flatMap((each) => lookOf(each) ?? []).map((look) => [lookKey(look), look]));
    return new Map(await Promise.all([...looks].map(async ([key, look]) => [key, await this.#ports.look(look)] as const)));
  }

  /** The job as its host tells it now; "silent": the host doesn't tell. */
  async #job(step: PlanStep): Promise<JobFact | "none" | "silent"> {
    const { since_ms, all } = await readAnew(this.#ports, [{ host: step.host, readings: ["xenha"] }], READ_LIMIT_MS);
    const known = this.#ports.state().hosts.get(step.host)?.facts.xenha;
    if (!all || known?.state !== "known" || (known.asked_ms ?? 0) < since_ms) return "silent";
    return known.value.jobs.find((job) => job.plan === this.#who.id && job.step === step.id) ?? "none";
  }

  async #start(step: PlanStep): Promise<JobAnswer> {
    const { id, driver } = this.#who;
    const input = step.input === undefined ? undefined : await this.#ports.input(step.input);
    if (step.input !== undefined && input === undefined) return { kind: "said", word: "refused", rest: "what it is to read can't be had" };
    return this.call(step.host, ["start", id, driver, step.id, ...this.#keys, "--", ...step.argv], CALL_TRIES, input);
  }

  /** Starts the step's job, or finds the one that was started, and stays until it has ended. */
  async #watch(step: PlanStep, index: number, adopted: boolean): Promise<JobFact | Step> {
    let starts = 0;
    /** Once it was there, its absence means that its host has lost it: it is never started again. */
    let seen = false;
    let silent_since_ms: number | undefined;
    let made_since_ms: number | undefined;
    if (!adopted) {
      const answer = await this.#start(step);
      starts += 1;
      if (answer.kind === "said" && answer.word !== "started" && answer.word !== "exists")
        return { result: "failed", text: `${step.host} didn't start it: ${answer.rest}`, ran: false };
      seen = answer.kind === "said";
    }
    for (;;) {
      const now_ms = this.#ports.now_ms();
      const job = await this.#job(step);
      if (job === "silent") {
        silent_since_ms ??= now_ms;
        this.#tell("running", index, `${step.host} doesn't tell: whether it goes on isn't known`);
        if (now_ms - silent_since_ms >= UNKNOWN_AFTER_MS)
          return { result: "unknown", text: `${step.host} hasn't told for ${Math.round((now_ms - silent_since_ms) / 1000)} s`, ran: true };
      } else silent_since_ms = undefined;
      if (job === "none") {
        if (seen) return { plan: this.#who.id, step: step.id, state: "gone", rc: undefined, tail: [] };
        // Of a plan taken over nothing is begun that nobody has looked at since: only what closes.
        if (adopted && !step.always) {
          const after = await this.judged(step, "after");
          if (after.result === "yes") return { result: "done", text: after.text, ran: true };
          const before = await this.judged(step, "before");
          if (before.result === "yes") return { result: "stopped", text: `it was never started: ${before.text}`, ran: false };
          const result = before.result === "no" ? "failed" : "unknown";
          return { result, text: `${step.host} has no job of it any more; ${before.text}`, ran: true };
        }
        if (starts >= START_TRIES) return { result: "unknown", text: `whether ${step.host} started it isn't known`, ran: true };
        const before = await this.judged(step, "before");
        if (before.result !== "yes") return { result: "failed", text: `not started: ${before.text}`, ran: false };
        const answer = await this.#start(step);
        starts += 1;
        if (answer.kind === "said" && answer.word !== "started" && answer.word !== "exists")
          return { result: "failed", text: `${step.host} didn't start it: ${answer.rest}`, ran: false };
        seen = answer.kind === "said";
      } else if (job !== "silent") {
        seen = true;
        if (job.state === "ended" || job.state === "gone") return job;
        made_since_ms = job.state === "made" ? (made_since_ms ?? now_ms) : undefined;
        if (made_since_ms !== undefined && now_ms - made_since_ms >= MADE_LIMIT_MS) return { ...job, state: "gone" };
        this.#tell("running", index, job.tail.at(-1) ?? "started");
      }
      await this.#ports.wait(JOB_LOOK_MS);
    }
  }

  /** What the facts say after the command ended. */
  async #outcome(step: PlanStep, index: number, job: JobFact): Promise<Step> {
    const ended_ms = this.#ports.now_ms();
    const settle_ms = 1000 * (job.rc === 0 || job.rc === undefined ? step.settle_s : FAILED_SETTLE_S);
    for (;;) {
      this.#tell("verifying", index, "reading the hosts again");
      const after = await this.judged(step, "after");
      const passed_ms = this.#ports.now_ms() - ended_ms;
      if (after.result === "yes") return { result: "done", text: after.text, ran: true };
      if (step.waits === true) this.#tell("verifying", index, after.text);
      if (step.waits === true && this.#ports.stopping()) return { result: "stopped", text: after.text, ran: true };
      if (after.result === "no" && passed_ms >= settle_ms) return { result: "failed", text: failedText(job, after), ran: true };
      if (after.result === "unknown" && passed_ms >= UNKNOWN_AFTER_MS)
        return { result: "unknown", text: `what it did isn't known: ${after.text}`, ran: true };
      await this.#ports.wait(SETTLE_LOOK_MS);
    }
  }

  async step(step: PlanStep, index: number, adopted: boolean): Promise<Step> {
    if (!adopted) {
      this.#tell("before", index, "reading the hosts again");
      const before = await this.judged(step, "before");
      if (before.result !== "yes") {
        const text = `not run: ${before.text}`;
        // Whoever takes over must not take it for done.
        await this.note({ kind: "outcome", step: index, result: "stopped", text, at_ms: this.#ports.now_ms() });
        return { result: "stopped", text, ran: false };
      }
      const { driver } = this.#who;
      if (!(await this.note({ kind: "intent", step: index, driver, at_ms: this.#ports.now_ms() }, [step.host])))
        return { result: "stopped", text: "not run: its intent couldn't be written to every host that answers", ran: false };
      this.#tell("starting", index, step.title);
    }
    const outcome = await this.#act(step, index, adopted);
    await this.note({ kind: "outcome", step: index, result: outcome.result, text: outcome.text, at_ms: this.#ports.now_ms() });
    return outcome;
  }

  async #act(step: PlanStep, index: number, adopted: boolean): Promise<Step> {
    if (step.sub !== undefined) return this.#sub(step.sub, index);
    if (step.power !== undefined) {
      const { of, action } = step.power;
      // What an older console asked for isn't asked for again: what is shows what came of it.
      const { code, said } = adopted ? { code: undefined, said: "" } : await this.#ports.power(of, action);
      return this.#outcome(step, index, { plan: this.#who.id, step: step.id, state: "ended", rc: code, tail: [said] });
    }
    const job = await this.#watch(step, index, adopted);
    return "result" in job ? job : this.#outcome(step, index, job);
  }

  /** A plan within this one: its own facts say how it ended. */
  async #sub(request: PlanRequest, index: number): Promise<Step> {
    const who = { ...this.#who, id: childId(this.#who.id, index) };
    const begun_ms = this.#ports.now_ms();
    const { result, text } = await runChild(request, who, this.#hosts, (plan) =>
      this.#ports.child(who, plan, (progress) => this.#tell("running", index, `${plan?.goal ?? ""}: ${progress.phase} ${progress.text}`)),
    );
    if (result === "lost") throw new Lost();
    const took = `${Math.round((this.#ports.now_ms() - begun_ms) / 1000)} s`;
    if (result === "done") return { result, text: `${text}, ${took}`, ran: true };
    if (result === "failed" || result === "unknown") return { result, text, ran: true };
    return { result: "stopped", text, ran: result === "stopped" };
  }

  #tell(phase: Progress["phase"], step: number | undefined, text: string): void {
    this.#ports.tell({ phase, step, text });
  }

  /**
   * The steps from `from` on; those that close what was opened also after a failure. begun: steps that an older console began and left open;
   * settled: steps whose outcome is known.
   */
  async steps(
    { steps, next = "" }: Pick<Plan, "steps" | "next">,
    from: number,
    begun: ReadonlySet<number> = new Set(),
    settled: ReadonlySet<number> = new Set(),
  ): Promise<Outcome> {
    let failure: Done | undefined;
    let stopped = false;
    let ran = from > 0 || begun.size > 0;
    const missed: Done[] = [];
    const details: string[] = [];
    for (const batch of batches(steps, from, settled)) {
      const results = await this.#batch(batch, begun, ({ always }) => {
        stopped ||= this.#ports.stopping();
        return !(failure !== undefined || stopped) || (always && ran);
      });
      for (const one of results) {
        const { step, what } = one;
        ran ||= what.ran;
        if (step.sub !== undefined) details.push(`${step.title}: ${what.result === "done" ? "" : `${what.result}: `}${what.text}`);
        // Where a step's outcome isn't known, nothing more is done: not even closing.
        if (what.result === "unknown") return { result: "unknown", text: `${step.title}: ${what.text}`, next: NEXT_UNKNOWN };
        if (what.result === "done") continue;
        if (step.go_on === true) missed.push(one);
        else failure ??= one;
      }
    }
    return {
      ...ended({ failure, stopped, ran, missed, last: steps.at(-1)?.title ?? "", next }),
      ...(details.length === 0 ? {} : { details }),
    };
  }

  /** Steps that run beside each other, or the one that runs alone. */
  async #batch(batch: readonly Numbered[], begun: ReadonlySet<number>, may: (step: PlanStep) => boolean): Promise<readonly Done[]> {
    const waiting = [...batch];
    const done: Done[] = [];
    const work = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        const { step, index } = one;
        if (may(step)) done.push({ step, index, what: await this.step(step, index, begun.has(index)) });
      }
    };
    await Promise.all(Array.from({ length: Math.min(TOGETHER_MAX, batch.length) }, work));
    return done.sort((a, b) => a.index - b.index);
  }

  /** Ends the plan's journal and lets go; of a plan whose outcome isn't known, neither. */
  async close({ result, text }: Outcome): Promise<void> {
    if (result === "unknown" || result === "lost") return;
    this.#tell("closing", undefined, "");
    const ended: Result = result === "done" || result === "failed" ? result : "stopped";
    const entry: Entry = { kind: "end", result: ended, text, at_ms: this.#ports.now_ms() };
    await this.#ports.record(entry);
    const line = JSON.stringify(entry);
    await Promise.all(
      this.#hosts.map(async (host) => {
        // A lease that stays where the end couldn't be told says that there is something to tidy up.
        const answer = await this.call(host, ["end", this.#who.id, line]);
        if (answer.kind === "said") await this.#dropOn(host);
      }),
    );
  }

  /** Takes the leases of an older driver of the same plan, on every host that answers. */
  async seize(older: ReadonlyMap<string, string>, text: string): Promise<Outcome | undefined> {
    const { id, driver } = this.#who;
    for (const host of this.#hosts)
      for (const key of this.#keys) {
        const from = older.get(`${host} ${key}`);
        const answer = await this.call(host, from === undefined ? ["take", key, id, driver, text] : ["seize", key, id, from, driver, text]);
        if (answer.kind === "said" && answer.word === "taken") continue;
        if (answer.kind === "said" && answer.word === "gone") {
          const again = await this.call(host, ["take", key, id, driver, text]);
          if (again.kind === "said" && again.word === "taken") continue;
        }
        const why = answer.kind === "said" ? holderOf(answer.rest) : answer.reason;
        return { result: "held", text: `${key} on ${host} can't be taken over: ${why}`, next: "look at Jobs again" };
      }
    return undefined;
  }
}

interface Numbered {
  readonly step: PlanStep;
  readonly index: number;
}
interface Done extends Numbered {
  readonly what: Step;
}

/** What is to be run, in order; neighbours that may run together in one. */
function batches(steps: readonly PlanStep[], from: number, settled: ReadonlySet<number>): readonly (readonly Numbered[])[] {
  const found: Numbered[][] = [];
  let last: PlanStep | undefined;
  for (const [index, step] of steps.entries()) {
    if (index < from || settled.has(index)) continue;
    if (step.together === true && last?.together === true) found.at(-1)?.push({ step, index });
    else found.push([{ step, index }]);
    last = step;
  }
  return found;
}

interface Tally {
  readonly failure: Done | undefined;
  readonly stopped: boolean;
  readonly ran: boolean;
  readonly missed: readonly Done[];
  readonly last: string;
  readonly next: string;
}

function ended({ failure, stopped, ran, missed, last, next }: Tally): Outcome {
  if (failure !== undefined) {
    const { step, what } = failure;
    const result = what.result === "stopped" && !ran ? "stopped" : "failed";
    return {
      result,
      text: `${step.title}: ${what.text}`,
      next: ran ? `look at what there is before the next plan; undo: ${step.undo}` : NEXT_NOTHING,
    };
  }
  if (stopped)
    return { result: "stopped", text: "stopped by the operator between two steps", next: ran ? "what was done stays" : NEXT_NOTHING };
  const [first] = missed;
  if (first !== undefined)
    return {
      result: "failed",
      text: `${missed.length} not done: ${missed.map(({ step }) => step.title).join(", ")}: ${first.what.text}`,
      next,
    };
  return { result: "done", text: last, next };
}

const childId = (id: string, index: number): string => `${id}.${index + 1}`;

/** The leases of a plan as they are told, `HOST KEY` -> driver. */
export const leasesOf = (state: PairState, id: string): ReadonlyMap<string, string> =>
  new Map(
    [...state.hosts].flatMap(([host, { facts }]) => {
      const leases = facts.xenha.state === "known" ? facts.xenha.value.leases : [];
      return leases.filter(({ plan }) => plan === id).map(({ key, driver }) => [`${host} ${key}`, driver] as const);
    }),
  );

/** Goes on with the plan of that name where an older console began it, else makes it on the facts of now. */
async function runChild(
  request: PlanRequest,
  who: Driver,
  hosts: readonly HostId[],
  portsFor: (plan: Plan | undefined) => DrivePorts,
): Promise<Outcome> {
  const ports = portsFor(undefined);
  const refused = (text: string): Outcome => ({ result: "refused", text, next: NEXT_NOTHING });
  await readAnew(
    ports,
    hosts.map((host) => ({ host, readings: ["xenha"] })),
    READ_LIMIT_MS,
  );
  const state = ports.state();
  const told = [...state.hosts].flatMap(([host, { facts }]) => (facts.xenha.state === "known" ? [{ host, facts: facts.xenha.value }] : []));
  const begun = journalsOf(told).find(({ id }) => id === who.id);
  if (begun !== undefined) return adopt(begun, leasesOf(state, who.id), who, ports);
  await ports.prepare(request);
  const plan = ports.plan(request);
  if (isRefusal(plan)) return refused(plan.refused);
  const [worst] = obstacles(plan);
  return worst === undefined ? drive(plan, who, portsFor(plan)) : refused(worst.text);
}

/** Plans that some host tells the end of. */
const endedPlans = (state: PairState): ReadonlySet<string> =>
  new Set(
    [...state.hosts.values()].flatMap(({ facts: { xenha } }) =>
      xenha.state === "known" ? xenha.value.journal.flatMap(({ plan, seq }) => (seq === "end" ? [plan] : [])) : [],
    ),
  );

const NEXT_UNKNOWN = "leases and journal stay; when the host answers again, take the plan over in Jobs: it goes by the facts it finds";
const NEXT_NOTHING = "nothing was changed";

/** `PLAN DRIVER {"by":...}` as one phrase. */
export function holderOf(lease: string): string {
  const [plan = "", , ...rest] = lease.split(" ");
  try {
    const told = JSON.parse(rest.join(" ")) as { readonly by?: unknown; readonly goal?: unknown };
    return `${String(told.by ?? "?")}, ${String(told.goal ?? plan)} (${plan})`;
  } catch {
    return plan;
  }
}

function failedText(job: JobFact, after: Verdict): string {
  const how = job.state === "gone" ? "its process was ended from outside" : `exit ${job.rc ?? "unknown"}`;
  const said = job.tail.findLast((line) => line.trim() !== "");
  return `${how}; ${after.text}${said === undefined ? "" : `; it said: ${said}`}`;
}

const leaseText = ({ operator }: Driver, goal: string, at_ms: number): string => JSON.stringify({ by: operator, goal, at_ms });

async function guarded(run: Run, drive: () => Promise<Outcome>): Promise<Outcome> {
  try {
    const outcome = await drive();
    await run.close(outcome);
    return outcome;
  } catch (error) {
    if (!(error instanceof Lost)) throw error;
    return { result: "lost", text: "another console goes on with this plan", next: "look at Jobs" };
  }
}

/** What was confirmed, run from its beginning. */
export async function drive(plan: Plan, who: Driver, ports: DrivePorts): Promise<Outcome> {
  const run = new Run(ports, who, plan.hosts, plan.keys, 0);
  ports.tell({ phase: "leases", step: undefined, text: "" });
  const held = await run.lease(leaseText(who, plan.goal, ports.now_ms()));
  if (held !== undefined) return held;
  ports.tell({ phase: "checks", step: undefined, text: "reading the hosts again" });
  const refused = await checkAgain(plan, ports);
  if (refused !== undefined) {
    await run.drop();
    return refused;
  }
  return guarded(run, async () => {
    const { id, operator, reason } = who;
    const begun =
      (await run.note(headerOf(plan, { id, operator, reason, at_ms: ports.now_ms() }), plan.hosts)) &&
      (await run.note(bodyOf(plan), plan.hosts));
    if (!begun) return { result: "stopped", text: "the journal couldn't be written to every host that answers", next: NEXT_NOTHING };
    return run.steps(plan, 0);
  });
}

/** Safety rule S3: on what is read after the confirmation, and it must be the same plan. */
async function checkAgain(plan: Plan, ports: DrivePorts): Promise<Outcome | undefined> {
  const { all } = await readAnew(ports, plan.relies_on, READ_LIMIT_MS);
  const refused = (text: string): Outcome => ({ result: "refused", text, next: NEXT_NOTHING });
  if (!all) return refused("not everything that the checks rely on could be read again");
  await ports.prepare(plan.request);
  const again = ports.plan(plan.request);
  if (isRefusal(again)) return refused(again.refused);
  const [worst] = obstacles(again);
  if (worst !== undefined) return refused(worst.text);
  if (fingerprint(again) !== fingerprint(plan)) return refused("what would be done now isn't what was confirmed");
  for (const trial of plan.trials) {
    const { code, stdout, said } = await ports.run(trial.host, trial.argv);
    if (code === 0 && new RegExp(trial.stdout).test(stdout)) continue;
    const how = code === undefined ? "no answer" : code === 0 ? "it said something else" : `exit ${code}`;
    return refused(`${trial.text}: ${how}${said === "" ? "" : `: ${said}`}`);
  }
  return undefined;
}

/** A plan that another console began, from what its journal and the hosts tell. older: `HOST KEY` -> the driver that holds the lease there. */
export async function adopt(journal: Journal, older: ReadonlyMap<string, string>, who: Driver, ports: DrivePorts): Promise<Outcome> {
  const { header, body, entries } = journal;
  const hands_off = (text: string): Outcome => ({ result: "unknown", text, next: "hands off: settle it by hand on the hosts" });
  if (header === undefined) return hands_off("its journal has no beginning");
  if (journal.doubt.length > 0) return hands_off(`its journal can't be relied on: ${journal.doubt[0]}`);
  const run = new Run(ports, who, header.hosts as readonly HostId[], header.keys, journal.next);
  const held = await run.seize(older, leaseText(who, header.goal, ports.now_ms()));
  if (held !== undefined) return held;
  const { end } = journal;
  // Over already, but not on a host that couldn't be told then.
  if (end !== undefined) return guarded(run, async () => ({ result: end.result, text: end.text, next: "" }));
  return guarded(run, async () => {
    await run.note({ kind: "taken_over", driver: who.driver, operator: who.operator, at_ms: ports.now_ms() });
    // Without its steps nothing can have been started.
    if (body === undefined) return { result: "stopped", text: "it was never begun", next: NEXT_NOTHING };
    const outcomes = new Map(entries.flatMap((entry) => (entry.kind === "outcome" ? [[entry.step, entry] as const] : [])));
    const intents = entries.flatMap((entry) => (entry.kind === "intent" ? [entry.step] : []));
    const begun = new Set(intents.filter((step) => (outcomes.get(step)?.result ?? "unknown") === "unknown"));
    const from = begun.size > 0 ? Math.min(...begun) : Math.max(-1, ...intents) + 1;
    // What isn't known to be done before that step wasn't: then only what closes is left to do.
    const fine = (step: PlanStep, index: number): boolean =>
      outcomes.get(index)?.result === "done" || step.always || (step.go_on === true && outcomes.has(index));
    const bad = body.steps.findIndex((step, index) => index < from && !fine(step, index));
    const settled = new Set(
      body.steps.flatMap((step, index) => (outcomes.has(index) && !begun.has(index) && fine(step, index) ? [index] : [])),
    );
    return bad < 0
      ? run.steps(body, from, begun, settled)
      : afterFailure(run, body.steps, { from, open: begun.size > 0, text: outcomes.get(bad)?.text ?? "not run", bad });
  });
}

interface AfterFailure {
  /** The step to go on from, and whether it had been begun. */
  readonly from: number;
  readonly open: boolean;
  /** The step that failed, and how. */
  readonly bad: number;
  readonly text: string;
}

/** What closes, of a plan that had failed when its console died. */
async function afterFailure(run: Run, steps: readonly PlanStep[], { from, open, bad, text }: AfterFailure): Promise<Outcome> {
  for (const [index, step] of steps.entries()) {
    if (index < from || !step.always) continue;
    const what = await run.step(step, index, open && index === from);
    if (what.result === "unknown") return { result: "unknown", text: `${step.title}: ${what.text}`, next: NEXT_UNKNOWN };
  }
  return { result: "failed", text: `${steps[bad]?.title ?? ""}: ${text}`, next: "look at what there is before the next plan" };
}
