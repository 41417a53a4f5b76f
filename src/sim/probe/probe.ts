/**
 * The probe's side of the wire (src/xen/host/wire.ts), played: readings at their cadence, beats each second, events at once.
 * It behaves like the program of src/xen/host/probe-source.ts, hung commands and frozen hosts included.
 */
import type { ProbeFrame } from "../../xen/host/wire.ts";
import type { EventStream } from "../../xen/read/reading.ts";
import { events2Lines } from "../format/drbd-events2.ts";
import { journalLine } from "../format/kernel-log.ts";
import { isAlive, type SimHost } from "../model/host.ts";
import { hostUptime, hostWall, type SimEvent, type World } from "../model/world.ts";
import { createJobs, type Jobs } from "./jobs.ts";

/** The wall clock comes with every so many beats. */
const WALL_EVERY_BEATS = 5;
const EVENT_LINES_PER_S_MAX = 40;
/** The console has to say something within this many seconds. */
const KEEPALIVE_LIMIT_S = 25;

export interface SimProbe {
  /** A line from the console: `k STAMP`, `r ID`, `f ID`, `c ID SECONDS`, `q`. */
  hear(line: string): void;
  /** The channel is gone. */
  end(): void;
}

export interface ProbeOptions {
  readonly world: World;
  readonly host: SimHost;
  /** The readings that it runs; default: all. */
  readonly only?: readonly string[];
  readonly tell: (frame: ProbeFrame) => void;
  /** Called once when the probe ends by itself (`q`, or nobody said `k` for too long). */
  readonly ended: (reason: string) => void;
}

function helloFields(host: SimHost): ReadonlyMap<string, string> {
  const always =
    "xl xenstore-ls xenstore-watch xentop drbdsetup drbdadm lvs lsblk ip bridge journalctl timeout awk cksum systemd-run sudo".split(" ");
  const some: readonly (readonly [string, boolean])[] = [
    ["multipathd", host.storage.has_multipath],
    ["iscsiadm", host.storage.has_iscsi],
    ["nbd-client", host.storage.nbd.length > 0],
    ["ovs-vsctl", host.network.ovs !== undefined],
  ];
  const tools = [...always.map((tool) => [tool, true] as const), ...some];
  return new Map([
    ["probe", "2"],
    ["host", host.name],
    ["kernel", host.kernel],
    ["boot_id", host.boot_id],
    ["uid", "0"],
    ...tools.map(([tool, there]) => [`tool.${tool}`, there ? "1" : "0"] as const),
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

/** Event lines, a bounded number each second. */
function createEvents(tell: ProbeOptions["tell"]): { say(stream: EventStream, lines: readonly string[]): void; nextSecond(): void } {
  let count = 0;
  return {
    say: (stream, lines) => {
      for (const line of lines) {
        count += 1;
        if (count < EVENT_LINES_PER_S_MAX) tell({ kind: "event", stream, line });
        else if (count === EVENT_LINES_PER_S_MAX) tell({ kind: "event", stream, line: "(more lines came in this second than are sent)" });
      }
    },
    nextSecond: () => {
      count = 0;
    },
  };
}

/** What the console may say, but for `k` and `q`. */
function obey(jobs: Jobs, [word, id = "", seconds]: readonly string[]): void {
  if (word === "r") jobs.hurry(id);
  if (word === "f") jobs.hurry(id, true);
  if (word === "c" && Number(seconds) > 0) jobs.setCadence(id, Number(seconds));
  jobs.startDue();
}

export function startProbe({ world, host, only, tell: say, ended }: ProbeOptions): SimProbe {
  const booted_ms = host.booted_ms;
  let beats = 0;
  let silent_s = 0;
  let asked_ms: number | undefined;
  let over = false;
  const runs = (): boolean => !over && isAlive(host) && host.booted_ms === booted_ms;
  const tell = (frame: ProbeFrame): void => {
    for (const listener of world.frame_listeners) listener({ host: host.ix, frame });
    say(frame);
  };
  const uptime_s = (): number => Math.floor(hostUptime(world, host) * 100) / 100;
  const wall_s = (): number => hostWall(world, host) / 1000;
  const jobs = createJobs({
    world,
    host,
    only,
    runs,
    over: () => over,
    asked: () => asked_ms,
    tell: (told) => tell({ kind: "section", ...told }),
  });
  const events = createEvents(tell);

  const hearWorld = (event: SimEvent): void => {
    const found = runs() ? streamOf(world, host, event) : undefined;
    if (found === undefined) return;
    events.say(found.stream, found.lines);
    jobs.hurryStream(found.stream);
    jobs.startDue();
  };
  const end = (): void => {
    over = true;
    world.listeners.delete(hearWorld);
  };
  const leave = (reason: string): void => {
    end();
    ended(reason);
  };
  const beat = (): void => {
    beats += 1;
    events.nextSecond();
    const wall = beats % WALL_EVERY_BEATS === 1 ? wall_s() : undefined;
    const told = { uptime_s: uptime_s(), wall_s: wall, running: jobs.running(), same: jobs.takeSame() };
    tell({ kind: "beat", ...told, ...(asked_ms === undefined ? {} : { asked_ms }) });
  };
  const second = (): void => {
    if (over) return;
    if (runs()) {
      silent_s += 1;
      if (silent_s > KEEPALIVE_LIMIT_S) {
        leave("silence");
        return;
      }
      beat();
      jobs.startDue();
    }
    world.scheduler.after(1000, second);
  };

  world.listeners.add(hearWorld);
  tell({ kind: "hello", uptime_s: uptime_s(), wall_s: wall_s(), fields: helloFields(host) });
  beat();
  jobs.startDue();
  world.scheduler.after(1000, second);

  return {
    hear(line) {
      if (over || !isAlive(host)) return;
      silent_s = 0;
      const words = line.trim().split(" ");
      if (words[0] !== "q") {
        if (words[0] !== "k") obey(jobs, words);
        else if (/^\d+$/.test(words[1] ?? "")) asked_ms = Number(words[1]);
        return;
      }
      tell({ kind: "bye", reason: "asked" });
      leave("asked");
    },
    end,
  };
}
