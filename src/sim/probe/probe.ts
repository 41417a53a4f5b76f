/**
 * The probe's side of the wire (src/xen/host/wire.ts), played: readings at their cadence, beats each second, events at once.
 * It behaves like the program of src/xen/host/probe-source.ts, hung commands and frozen hosts included.
 */
import type { ProbeFrame } from "../../xen/host/wire.ts";
import { readings } from "../../xen/read/index.ts";
import type { EventStream } from "../../xen/read/reading.ts";
import { events2Lines } from "../format/drbd-events2.ts";
import { answer } from "../format/index.ts";
import { journalLine } from "../format/kernel-log.ts";
import { isAlive, type SimHost } from "../model/host.ts";
import { hostUptime, hostWall, type SimEvent, type World } from "../model/world.ts";

const READING_LIST = Object.values(readings).map(({ id, cadence_s, bytes_max, refreshed_by }) => ({
  id: id as string,
  cadence_s,
  bytes_max,
  refreshed_by: refreshed_by as readonly EventStream[],
}));

/** Jobs at once, hung ones not counted. */
const JOBS_MAX = 4;
/** How long a command of its kind takes here. */
const TOOK_MS = { least: 15, most: 120 };
/** The wall clock comes with every so many beats. */
const WALL_EVERY_BEATS = 5;
const EVENT_LINES_PER_S_MAX = 40;

interface Job {
  readonly id: string;
  readonly bytes_max: number;
  readonly refreshed_by: readonly EventStream[];
  cadence_s: number;
  running_since_s: number | undefined;
  due_ms: number | undefined;
  last_started_ms: number;
  again: boolean;
  last: string | undefined;
}

export interface SimProbe {
  /** A line from the console: `k`, `r ID`, `c ID SECONDS`, `q`. */
  hear(line: string): void;
  /** The channel is gone. */
  end(): void;
}

export interface ProbeOptions {
  readonly world: World;
  readonly host: SimHost;
  readonly tell: (frame: ProbeFrame) => void;
  /** Called once when the probe ends by itself (`q`, or nobody said `k` for 25 s). */
  readonly ended: (reason: string) => void;
}

/** The console has to say something within this many seconds. */
const KEEPALIVE_LIMIT_S = 25;

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** As the probe cuts: by bytes. */
function cut(text: string, bytes_max: number): { stdout: string; truncated: boolean } {
  if (text.length * 4 <= bytes_max) return { stdout: text, truncated: false };
  const bytes = utf8.encode(text);
  if (bytes.length <= bytes_max) return { stdout: text, truncated: false };
  return { stdout: fromUtf8.decode(bytes.subarray(0, bytes_max)), truncated: true };
}

function helloFields(host: SimHost): ReadonlyMap<string, string> {
  const tools: Readonly<Record<string, boolean>> = {
    xl: true,
    "xenstore-ls": true,
    "xenstore-watch": true,
    xentop: true,
    drbdsetup: true,
    drbdadm: true,
    multipathd: host.storage.has_multipath,
    iscsiadm: host.storage.has_iscsi,
    "nbd-client": host.storage.nbd.length > 0,
    lvs: true,
    lsblk: true,
    ip: true,
    bridge: true,
    "ovs-vsctl": host.network.ovs !== undefined,
    journalctl: true,
    timeout: true,
    awk: true,
    cksum: true,
    "systemd-run": true,
    sudo: true,
  };
  return new Map([
    ["probe", "1"],
    ["host", host.name],
    ["kernel", host.kernel],
    ["boot_id", host.boot_id],
    ["uid", "0"],
    ...Object.entries(tools).map(([tool, there]) => [`tool.${tool}`, there ? "1" : "0"] as const),
  ]);
}

/** Where an event belongs, and the lines that are sent of it (none: it only makes readings stale). */
function streamOf(world: World, host: SimHost, event: SimEvent): { stream: EventStream; lines: readonly string[] } | undefined {
  if (event.kind === "host" || event.host !== host.ix) return undefined;
  if (event.kind === "kernel") return { stream: "kernel", lines: [journalLine(host, event)] };
  if (event.kind === "xen") return { stream: "xen", lines: [] };
  if (event.kind === "net") return { stream: "net", lines: [] };
  const lines = events2Lines(world, event, false);
  return lines.length === 0 ? undefined : { stream: "drbd", lines };
}

export function startProbe({ world, host, tell, ended }: ProbeOptions): SimProbe {
  const { scheduler } = world;
  const started_boot = host.booted_ms;
  const jobs: Job[] = READING_LIST.map((reading) => ({
    ...reading,
    running_since_s: undefined,
    due_ms: scheduler.now_ms,
    last_started_ms: Number.NEGATIVE_INFINITY,
    again: false,
    last: undefined,
  }));
  let same: string[] = [];
  let beats = 0;
  let silent_s = 0;
  let over = false;
  let events_this_second = 0;

  const runs = (): boolean => !over && isAlive(host) && host.booted_ms === started_boot;
  const uptime = (): number => Math.floor(hostUptime(world, host) * 100) / 100;

  const end = (): void => {
    over = true;
    world.listeners.delete(hearWorld);
  };

  function finish(job: Job, took_s: number): void {
    if (!runs()) return;
    job.running_since_s = undefined;
    job.due_ms = job.again ? scheduler.now_ms : job.cadence_s > 0 ? scheduler.now_ms + job.cadence_s * 1000 : undefined;
    job.again = false;
    const answered = answer(world, host, job.id);
    const { stdout, truncated } = cut(answered.stdout.replace(/\n+$/, ""), job.bytes_max);
    const now = `${answered.rc} ${truncated} ${stdout}`;
    if (now === job.last) same.push(job.id);
    else {
      job.last = now;
      tell({ kind: "section", id: job.id, rc: answered.rc, took_s, truncated, stdout });
    }
    startDue();
  }

  /** A hung command is asked again and again whether it still hangs; when it ends, its answer comes at last. */
  function wait(job: Job, took_ms: number): void {
    scheduler.after(took_ms, () => {
      if (over) return;
      if (host.hung.has(job.id) || host.frozen) wait(job, 1000);
      else finish(job, Math.round(scheduler.now_ms - job.last_started_ms) / 1000);
    });
  }

  function startDue(): void {
    let busy = jobs.filter((job) => job.running_since_s !== undefined && !host.hung.has(job.id)).length;
    for (const job of jobs) {
      if (busy >= JOBS_MAX) return;
      if (job.running_since_s !== undefined || job.due_ms === undefined || job.due_ms > scheduler.now_ms) continue;
      job.running_since_s = hostUptime(world, host);
      job.last_started_ms = scheduler.now_ms;
      if (!host.hung.has(job.id)) busy += 1;
      wait(job, world.random.between(TOOK_MS.least, TOOK_MS.most));
    }
  }

  function hurry(job: Job): void {
    if (job.running_since_s !== undefined) job.again = true;
    else job.due_ms = Math.max(scheduler.now_ms, job.last_started_ms + 1000);
  }

  function beat(): void {
    beats += 1;
    events_this_second = 0;
    const up = hostUptime(world, host);
    const running = jobs.flatMap((job) =>
      job.running_since_s === undefined ? [] : [{ id: job.id, for_s: Math.max(0, Math.floor(up - job.running_since_s)) }],
    );
    const wall_s = beats % WALL_EVERY_BEATS === 1 ? hostWall(world, host) / 1000 : undefined;
    tell({ kind: "beat", uptime_s: uptime(), wall_s, running, same });
    same = [];
  }

  function second(): void {
    scheduler.after(1000, () => {
      if (over) return;
      if (runs()) {
        silent_s += 1;
        if (silent_s > KEEPALIVE_LIMIT_S) {
          end();
          ended("silence");
          return;
        }
        beat();
        startDue();
      }
      second();
    });
  }

  function hearWorld(event: SimEvent): void {
    if (!runs()) return;
    const found = streamOf(world, host, event);
    if (found === undefined) return;
    for (const line of found.lines) {
      events_this_second += 1;
      if (events_this_second < EVENT_LINES_PER_S_MAX) tell({ kind: "event", stream: found.stream, line });
      else if (events_this_second === EVENT_LINES_PER_S_MAX)
        tell({ kind: "event", stream: found.stream, line: "(more lines came in this second than are sent)" });
    }
    for (const job of jobs) if (job.refreshed_by.includes(found.stream)) hurry(job);
  }

  world.listeners.add(hearWorld);
  tell({ kind: "hello", uptime_s: uptime(), wall_s: hostWall(world, host) / 1000, fields: helloFields(host) });
  beat();
  startDue();
  second();

  return {
    hear(line) {
      if (over || !isAlive(host)) return;
      silent_s = 0;
      const [word, id, seconds] = line.trim().split(" ");
      const job = jobs.find((each) => each.id === id);
      if (word === "r" && job !== undefined) hurry(job);
      if (word === "c" && job !== undefined && Number(seconds) > 0) {
        job.cadence_s = Number(seconds);
        hurry(job);
      }
      if (word === "q") {
        tell({ kind: "bye", reason: "asked" });
        end();
        ended("asked");
      }
      if (word === "r" || word === "c") startDue();
    },
    end,
  };
}
