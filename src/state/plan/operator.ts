/** Plans on a live pair: the drive's ports made of the pair's links and the runtime's state. */
import { callJob } from "../../xen/host/job-client.ts";
import type { HostLink } from "../../xen/host/link.ts";
import type { HostId, Pair } from "../../xen/model/ids.ts";
import { clean } from "../../xen/read/clean.ts";
import type { Clock } from "../runtime.ts";
import type { PairState } from "../state.ts";
import type { PairView } from "../view-model.ts";
import { planFor } from "./actions/index.ts";
import { adopt, type DrivePorts, type Driver, drive, type Outcome, type Progress } from "./drive.ts";
import type { Entry, Journal } from "./journal.ts";
import type { Plan, PlanRequest, Refusal } from "./plan.ts";

/** A check's own command. */
const RUN_TIMEOUT_MS = 20_000;
const RUN_BYTES_MAX = 64 * 1024;

/** Where the operator's own record goes; false: it isn't durable. */
export type RecordEntry = (who: Driver, entry: Entry, plan: Plan | undefined) => Promise<boolean>;

export interface OperatorOptions {
  readonly links: Pair<{ readonly host: HostId; readonly link: HostLink }>;
  readonly clock: Clock;
  readonly state: () => PairState;
  readonly select: (state: PairState, now_ms: number) => PairView;
  readonly record: RecordEntry;
  /** Drills switch safety rules off here, one by one, to see that they are missed. */
  readonly wrap?: (ports: DrivePorts) => DrivePorts;
}

export interface RunOptions {
  readonly stopping: () => boolean;
  readonly tell: (progress: Progress) => void;
}

export interface Operator {
  /** On the facts of now. */
  plan(request: PlanRequest): Plan | Refusal;
  run(plan: Plan, who: Driver, options: RunOptions): Promise<Outcome>;
  takeOver(journal: Journal, who: Driver, options: RunOptions): Promise<Outcome>;
  /** Plans as both hosts tell of them; see journal.ts. */
  readonly log: (host: HostId, plan: string, step: string) => Promise<readonly string[] | string>;
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

export function createOperator({ links, clock, state, select, record, wrap = (ports) => ports }: OperatorOptions): Operator {
  const linkOf = (host: HostId): HostLink => {
    const found = links.find((each) => each.host === host);
    if (found === undefined) throw new Error(`there is no host ${host}`);
    return found.link;
  };
  const plan = (request: PlanRequest): Plan | Refusal => {
    const now = state();
    return planFor({ state: now, view: select(now, clock.now_ms()) }, request);
  };
  const ports = (who: Driver, running: Plan | undefined, options: RunOptions): DrivePorts => wrap(portsOf(who, running, options));
  const portsOf = (who: Driver, running: Plan | undefined, { stopping, tell }: RunOptions): DrivePorts => ({
    now_ms: () => clock.now_ms(),
    wait: (ms) =>
      new Promise((resolve) => {
        clock.after(ms, resolve);
      }),
    state,
    call: (host, verb) => new Promise((resolve) => callJob(linkOf(host), clock, verb, resolve)),
    ask: (host, readings) => {
      const link = linkOf(host);
      link.send(`k ${Math.floor(clock.now_ms())}`);
      for (const id of readings) link.send(`f ${id}`);
    },
    run: (host, argv) => runOn(linkOf(host), clock, argv),
    plan,
    record: (entry) => record(who, entry, running),
    stopping,
    tell,
  });
  return {
    plan,
    run: (wanted, who, options) => drive(wanted, who, ports(who, wanted, options)),
    takeOver: (journal, who, options) => {
      const older = new Map(
        links.flatMap(({ host }) => {
          const known = state().hosts.get(host)?.facts.xenha;
          const leases = known?.state === "known" ? known.value.leases : [];
          return leases.filter((lease) => lease.plan === journal.id).map((lease) => [`${host} ${lease.key}`, lease.driver] as const);
        }),
      );
      return adopt(journal, older, who, ports(who, undefined, options));
    },
    log: (host, id, step) =>
      new Promise((resolve) =>
        callJob(linkOf(host), clock, ["log", id, step], (answer) => {
          if (answer.kind === "unknown") resolve(answer.reason);
          else resolve(answer.word === "log" ? answer.rest.split("\n").slice(1) : "there is no log of it any more");
        }),
      ),
  };
}
