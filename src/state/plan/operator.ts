/** Plans on a live pair: the drive's ports made of the pair's links and the runtime's state. */
import { callJob, type JobAnswer, type JobVerb } from "../../xen/host/job-client.ts";
import type { HostLink } from "../../xen/host/link.ts";
import type { HostId, Pair } from "../../xen/model/ids.ts";
import { clean } from "../../xen/read/clean.ts";
import type { Clock } from "../runtime.ts";
import type { PairState } from "../state.ts";
import type { PairView } from "../view-model.ts";
import type { PlanContext } from "./action.ts";
import { actionNamed, planFor } from "./actions/index.ts";
import { adopt, type DrivePorts, type Driver, drive, leasesOf, letGo, type Outcome, type Progress } from "./drive.ts";
import type { Entry, Line } from "./journal.ts";
import { type Journal, journalOf } from "./journals.ts";
import { linesTold } from "./ledger.ts";
import { LOOKS_AT_ONCE, LOOKS_MAX, type Look, type Looked, lookKey, powerOf } from "./look.ts";
import type { Plan, PlanRequest, PowerAction, Refusal, StepInput } from "./plan.ts";
import type { About } from "./ports.ts";
import { noSettings, type PlanSettings } from "./settings.ts";

/** A check's own command. */
const RUN_TIMEOUT_MS = 20_000;
const RUN_BYTES_MAX = 64 * 1024;
/** Of many plans in a row each asks whether a host is off: its BMC takes seconds for every answer. */
const OFF_AGAIN_MS = 20_000;

/** Where the operator's own record goes; false: it isn't durable. */
export type RecordEntry = (who: Driver, entry: Entry, plan: About | undefined, line: Line) => Promise<boolean>;

export interface OperatorOptions {
  readonly links: Pair<{ readonly host: HostId; readonly link: HostLink }>;
  readonly clock: Clock;
  readonly state: () => PairState;
  readonly select: (state: PairState, now_ms: number) => PairView;
  readonly record: RecordEntry;
  /** What that record has of a plan; absent: nothing. */
  readonly recall?: (id: string) => Promise<readonly Line[]>;
  /** Adds to that record what others have written of a plan; absent: nothing is kept of it. */
  readonly remember?: (id: string, lines: readonly Line[]) => Promise<boolean>;
  readonly settings?: PlanSettings;
  /** Runs the fence agent of a host, wherever that is to be done; absent: there is none. */
  readonly fence?: Fence;
  /** Drills switch safety rules off here, one by one, to see that they are missed. */
  readonly wrap?: (ports: DrivePorts) => DrivePorts;
}

/** What a fence agent was asked, and how that ended. Never rejects. */
export type Fence = (
  host: HostId,
  action: PowerAction | "status",
) => Promise<{ readonly code: number | undefined; readonly stdout: string; readonly said: string }>;

export interface RunOptions {
  readonly stopping: () => boolean;
  readonly tell: (progress: Progress) => void;
}

export interface Operator {
  /** Asks what the request's planner must know beside the readings. Before `plan`, for actions that have looks. */
  prepare(request: PlanRequest): Promise<void>;
  /** What came of every look so far. */
  looked(): ReadonlyMap<string, Looked>;
  /** On the facts of now. */
  plan(request: PlanRequest): Plan | Refusal;
  run(plan: Plan, who: Driver, options: RunOptions): Promise<Outcome>;
  /** Goes on with a plan that another console began. */
  takeOver(journal: Journal, who: Driver, options: RunOptions): Promise<Outcome>;
  /** Ends a plan that nobody can find out the outcome of; see adopt.ts. */
  letGo(journal: Journal, who: Driver, options: RunOptions): Promise<Outcome>;
  /** All that is kept of what a step's job said; a text: why there is nothing. */
  readonly log: (host: HostId, plan: string, step: string) => Promise<readonly string[] | string>;
  /** A plan's whole journal as a host has it, also of one that is over; a text: why there is none. */
  readonly journal: (host: HostId, plan: string) => Promise<Journal | string>;
}

function runOn(link: HostLink, clock: Clock, argv: readonly string[]): ReturnType<DrivePorts["run"]> {
  return new Promise((resolve) => {
    const decoder = new TextDecoder();
    let stdout = "";
    let stderr = "";
    let over = false;
    const finish = (code: number | undefined, reason: string | undefined): void => {
      if (over) return;
      over = true;
      cancel();
      channel.close();
      const words = (reason ?? (stderr.trim() || stdout.trim())).split("\n").at(-1) ?? "";
      resolve({ code, stdout, said: clean(words, 200) });
    };
    const channel = link.open({ argv }, (event) => {
      if (event.kind === "data") stdout = (stdout + decoder.decode(event.chunk, { stream: true })).slice(0, RUN_BYTES_MAX);
      if (event.kind === "stderr") stderr = (stderr + new TextDecoder().decode(event.chunk)).slice(-RUN_BYTES_MAX);
      if (event.kind === "end") finish(event.code, event.reason);
    });
    const cancel = clock.after(RUN_TIMEOUT_MS, () => finish(undefined, `no answer within ${RUN_TIMEOUT_MS / 1000} s`));
    channel.end();
  });
}

export function createOperator(options: OperatorOptions): Operator {
  const { links, clock, state, select, record, recall, remember, settings = noSettings, fence, wrap = (ports) => ports } = options;
  const looked = new Map<string, Looked>();
  const linkOf = (host: HostId): HostLink => {
    const found = links.find((each) => each.host === host);
    if (found === undefined) throw new Error(`there is no host ${host}`);
    return found.link;
  };
  const contextNow = (): PlanContext => {
    const now = state();
    return { state: now, view: select(now, clock.now_ms()), settings, looked };
  };
  const plan = (request: PlanRequest): Plan | Refusal => planFor(contextNow(), request);
  const look = async (wanted: Look): Promise<Looked> => {
    const at_ms = clock.now_ms();
    const none = { code: undefined, stdout: "", said: "no fence agent is configured" };
    const answer =
      wanted.kind === "command" ? await runOn(linkOf(wanted.host), clock, wanted.argv) : await (fence?.(wanted.of, "status") ?? none);
    return { at_ms, ...answer };
  };
  const prepare = async (request: PlanRequest): Promise<void> => {
    const wanted = actionNamed(request.action)?.looks?.(contextNow(), request.args) ?? [];
    const all = [...new Map(wanted.slice(0, LOOKS_MAX).map((each) => [lookKey(each), each]))];
    const again_ms = clock.now_ms() - OFF_AGAIN_MS;
    const waiting = all.filter(
      ([key]) => !(powerOf(looked.get(key)) === "off" && key.startsWith('["power"') && (looked.get(key)?.at_ms ?? 0) >= again_ms),
    );
    for (const [key] of waiting) looked.delete(key);
    const work = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) looked.set(one[0], await look(one[1]));
    };
    await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, work));
  };
  const input = async (wanted: StepInput): Promise<string | undefined> => {
    if (wanted.kind === "text") return wanted.text;
    const { code, stdout } = await runOn(linkOf(wanted.host), clock, ["cat", "--", wanted.path]);
    return code === 0 && stdout.length < RUN_BYTES_MAX ? stdout : undefined;
  };
  const ports = (who: Driver, running: Plan | undefined, how: RunOptions): DrivePorts => wrap(portsOf(who, running, how));
  const portsOf = (who: Driver, running: Plan | undefined, { stopping, tell }: RunOptions): DrivePorts => ({
    now_ms: () => clock.now_ms(),
    wait: (ms) =>
      new Promise((resolve) => {
        clock.after(ms, resolve);
      }),
    state,
    call: (host, verb, text) => new Promise((resolve) => callJob(linkOf(host), clock, verb, resolve, text)),
    ask: (host, readings) => {
      const link = linkOf(host);
      link.send(`k ${Math.floor(clock.now_ms())}`);
      for (const id of readings) link.send(`f ${id}`);
    },
    run: (host, argv) => runOn(linkOf(host), clock, argv),
    look,
    power: async (of, action: PowerAction) => (await fence?.(of, action)) ?? { code: undefined, said: "no fence agent is configured" },
    input,
    prepare,
    plan,
    child: (child, its, told) => ports(child, its, { stopping, tell: told }),
    record: (entry, line, about) => record(who, entry, about ?? running, line),
    recall: async () => (await recall?.(who.id)) ?? [],
    remember: async (lines) => (await remember?.(who.id, lines)) ?? true,
    stopping,
    tell,
  });
  const called = (host: HostId, verb: JobVerb): Promise<JobAnswer> => new Promise((resolve) => callJob(linkOf(host), clock, verb, resolve));
  const log = async (host: HostId, id: string, step: string): Promise<readonly string[] | string> => {
    const answer = await called(host, ["log", id, step]);
    if (answer.kind === "unknown") return answer.reason;
    return answer.word === "log" ? answer.rest.split("\n").slice(1) : "there is no log of it any more";
  };
  const journal = async (host: HostId, id: string): Promise<Journal | string> => {
    const answer = await called(host, ["journal", id]);
    const lines = linesTold(answer);
    if (lines === undefined) return answer.kind === "unknown" ? answer.reason : "it didn't come whole";
    return lines.length === 0 ? `${host} has no journal of it any more` : journalOf(id, [{ host, lines }]);
  };
  return {
    prepare,
    looked: () => looked,
    plan,
    run: (wanted, who, how) => drive(wanted, who, ports(who, wanted, how)),
    takeOver: (journal, who, how) => adopt(journal, leasesOf(state(), journal.id), who, ports(who, undefined, how)),
    letGo: (known, who, how) => letGo({ known, older: leasesOf(state(), known.id), who, ports: ports(who, undefined, how) }),
    log,
    journal,
  };
}
