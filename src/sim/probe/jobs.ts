/** The readings that the played probe runs: each at its cadence, a few at once, a hung one waiting alone. */
import { readings } from "../../xen/read/index.ts";
import type { EventStream } from "../../xen/read/reading.ts";
import { answer } from "../format/index.ts";
import type { SimHost } from "../model/host.ts";
import { hostUptime, type World } from "../model/world.ts";

/** Jobs at once, hung ones not counted. */
const JOBS_MAX = 3;
/** How long a command of its kind takes here. */
const TOOK_MS = { least: 15, most: 120 };
/** How often a hung command is looked after. */
const HUNG_LOOK_MS = 1_000;
/** Runs of one reading that events and the console begin one after the other; then it waits its turn. */
const RUNS_IN_A_ROW = 3;
const TURN_MS = 500;

interface Job {
  readonly id: string;
  readonly bytes_max: number;
  readonly refreshed_by: readonly EventStream[];
  cadence_s: number;
  running_since_s: number | undefined;
  due_ms: number | undefined;
  last_started_ms: number;
  /** When its runs would be over, had each waited its turn. */
  turn_ms: number;
  again: boolean;
  /** The next run tells what it finds even if it is the same. */
  in_full: boolean;
  asked_ms: number | undefined;
  last: string | undefined;
}

export interface Told {
  readonly id: string;
  readonly rc: number;
  readonly took_s: number;
  readonly truncated: boolean;
  readonly stdout: string;
  readonly asked_ms?: number;
}

export interface Jobs {
  startDue(): void;
  /** Reads soon: at once, or at its turn where it began too often just now; again afterwards where it runs. */
  hurry(id: string, in_full?: boolean): void;
  hurryStream(stream: EventStream): void;
  setCadence(id: string, seconds: number): void;
  running(): { readonly id: string; readonly for_s: number }[];
  /** Readings that found the same as before, since this was last asked. */
  takeSame(): string[];
}

export interface JobsOptions {
  readonly world: World;
  readonly host: SimHost;
  readonly only: readonly string[] | undefined;
  /** False: the probe ended, or its host doesn't run. */
  readonly runs: () => boolean;
  /** True once the probe is gone for good. */
  readonly over: () => boolean;
  /** The newest stamp of the console. */
  readonly asked: () => number | undefined;
  readonly tell: (told: Told) => void;
}

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** As the probe cuts: by bytes. */
function cut(text: string, bytes_max: number): { stdout: string; truncated: boolean } {
  if (text.length * 4 <= bytes_max) return { stdout: text, truncated: false };
  const bytes = utf8.encode(text);
  if (bytes.length <= bytes_max) return { stdout: text, truncated: false };
  return { stdout: fromUtf8.decode(bytes.subarray(0, bytes_max)), truncated: true };
}

const newJobs = (now_ms: number): Job[] =>
  Object.values(readings).map(({ id, cadence_s, bytes_max, refreshed_by }) => ({
    id,
    cadence_s,
    bytes_max,
    refreshed_by,
    running_since_s: undefined,
    due_ms: now_ms,
    last_started_ms: Number.NEGATIVE_INFINITY,
    turn_ms: 0,
    again: false,
    in_full: false,
    asked_ms: undefined,
    last: undefined,
  }));

/** What the reading answers now; undefined: what it answered before. */
function read(world: World, host: SimHost, job: Job): Omit<Told, "took_s"> | undefined {
  const answered = answer(world, host, job.id);
  const { stdout, truncated } = cut(answered.stdout.replace(/\n+$/, ""), job.bytes_max);
  const now = `${answered.rc} ${truncated} ${stdout}`;
  if (now === job.last) return undefined;
  job.last = now;
  return { id: job.id, rc: answered.rc, truncated, stdout };
}

export function createJobs({ world, host, only, runs, over, asked, tell }: JobsOptions): Jobs {
  const { scheduler } = world;
  const jobs = newJobs(scheduler.now_ms).filter(({ id }) => only?.includes(id) ?? true);
  let same: string[] = [];
  let waking = false;

  function finish(job: Job, took_s: number): void {
    if (!runs()) return;
    job.running_since_s = undefined;
    job.due_ms = job.cadence_s > 0 ? scheduler.now_ms + job.cadence_s * 1000 : undefined;
    if (job.again) soon(job);
    const told = read(world, host, job);
    if (told === undefined) same.push(job.id);
    else tell({ ...told, took_s, ...(job.asked_ms === undefined ? {} : { asked_ms: job.asked_ms }) });
    startDue();
  }

  /** A hung command is asked again and again whether it still hangs; when it ends, its answer comes at last. */
  function wait(job: Job, took_ms: number): void {
    scheduler.after(took_ms, () => {
      if (over()) return;
      if (host.hung.has(job.id) || host.frozen) wait(job, HUNG_LOOK_MS);
      else finish(job, Math.round(scheduler.now_ms - job.last_started_ms) / 1000);
    });
  }

  /** The host's whole seconds, which the probe counts in. */
  const secondOf = (at_ms: number): number => Math.floor((at_ms - host.booted_ms) / 1000);
  const lateSecond = ({ due_ms = 0 }: Job): number => Math.max(0, secondOf(due_ms));

  /** The longest overdue first, then in the table's order. */
  const dueNow = (): Job[] =>
    jobs
      .filter((job) => job.running_since_s === undefined && job.due_ms !== undefined && job.due_ms <= scheduler.now_ms)
      .sort((a, b) => lateSecond(a) - lateSecond(b));

  function startDue(): void {
    let busy = jobs.filter((job) => job.running_since_s !== undefined && !host.hung.has(job.id)).length;
    for (const job of dueNow()) {
      if (busy >= JOBS_MAX) return;
      job.running_since_s = hostUptime(world, host);
      job.turn_ms = Math.max(job.turn_ms, scheduler.now_ms) + TURN_MS;
      job.again = false;
      job.last_started_ms = scheduler.now_ms;
      job.asked_ms = asked();
      if (job.in_full) job.last = undefined;
      job.in_full = false;
      if (!host.hung.has(job.id)) busy += 1;
      wait(job, world.random.between(TOOK_MS.least, TOOK_MS.most));
    }
  }

  function soon(job: Job | undefined): void {
    if (job === undefined) return;
    const { now_ms } = scheduler;
    job.again = job.running_since_s !== undefined || job.turn_ms - now_ms > (RUNS_IN_A_ROW - 1) * TURN_MS;
    if (!job.again) job.due_ms = now_ms;
    else if (job.running_since_s === undefined) wake();
  }
  /** For what was put off: nothing else may happen by then. */
  function wake(): void {
    if (waking) return;
    waking = true;
    scheduler.after(TURN_MS, () => {
      waking = false;
      if (!runs()) return;
      for (const job of jobs) if (job.again && job.running_since_s === undefined) soon(job);
      startDue();
    });
  }
  const find = (id: string): Job | undefined => jobs.find((job) => job.id === id);

  return {
    startDue,
    hurry: (id, in_full = false) => {
      const job = find(id);
      if (job !== undefined && in_full) job.in_full = true;
      soon(job);
    },
    hurryStream: (stream) => {
      for (const job of jobs) if (job.refreshed_by.includes(stream)) soon(job);
    },
    setCadence: (id, seconds) => {
      const job = find(id);
      if (job !== undefined) job.cadence_s = seconds;
      soon(job);
    },
    running: () => {
      const up = hostUptime(world, host);
      return jobs.flatMap(({ id, running_since_s }) =>
        running_since_s === undefined ? [] : [{ id, for_s: Math.max(0, Math.floor(up - running_since_s)) }],
      );
    },
    takeSame: () => {
      const taken = same;
      same = [];
      return taken;
    },
  };
}
