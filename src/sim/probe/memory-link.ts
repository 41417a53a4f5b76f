/** A host's connection over memory: what ssh would do, on the simulated pair's clock and without a byte on any wire. */
import type { HostLink, LinkEvent, LinkState } from "../../xen/host/link.ts";
import { KEEPALIVE_S, type ProbeFrame } from "../../xen/host/wire.ts";
import { openMemoryChannel } from "../exec/memory-channel.ts";
import { isAlive, type SimHost } from "../model/host.ts";
import type { World } from "../model/world.ts";
import { type SimProbe, startProbe } from "./probe.ts";

/** Until the first word of the probe. */
const CONNECT_MS = { least: 120, most: 400 };
/** ssh's connect time limit, and how long a silent connection is kept. */
const CONNECT_LIMIT_MS = 8_000;
const SILENCE_LIMIT_MS = 15_000;
const LOOK_MS = 500;
const BACKOFF_MS = [1_000, 2_000, 4_000, 8_000, 15_000] as const;
/** Frames on their way while the console's link is cut: TCP sends them again when it is back. What doesn't fit ends the connection anyway. */
const IN_FLIGHT_MAX = 2_000;

interface SessionOptions {
  readonly world: World;
  readonly host: SimHost;
  readonly only: readonly string[] | undefined;
  readonly frame: (frame: ProbeFrame) => void;
  readonly lost: (reason: string) => void;
}

const reachable = (host: SimHost): boolean => isAlive(host) && host.console_link;

/** A connection that stands: a probe behind it, keepalives, and a watch on its silence. */
function openSession({ world, host, only, frame, lost }: SessionOptions): Pick<SimProbe, "hear" | "end"> {
  const booted_ms = host.booted_ms;
  let over = false;
  let in_flight: ProbeFrame[] = [];
  let silent_since_ms: number | undefined;

  const end = (): void => {
    over = true;
    probe.end();
  };
  const giveUp = (reason: string): void => {
    if (over) return;
    end();
    lost(reason);
  };
  const deliver = (): void => {
    const frames = in_flight;
    in_flight = [];
    for (const each of frames) if (!over) frame(each);
  };
  const tell = (each: ProbeFrame): void => {
    if (over) return;
    if (in_flight.length < IN_FLIGHT_MAX) in_flight.push(each);
    if (host.console_link) deliver();
  };
  /** A connection whose packets vanish stays up for a while: only silence tells. A host that booted anew says that it knows of none. */
  const look = (): void => {
    if (over) return;
    if (host.booted_ms !== booted_ms && reachable(host)) giveUp("connection lost: read ECONNRESET");
    silent_since_ms = reachable(host) ? undefined : (silent_since_ms ?? world.scheduler.now_ms);
    if (silent_since_ms === undefined) deliver();
    else if (world.scheduler.now_ms - silent_since_ms >= SILENCE_LIMIT_MS) giveUp(`no sign of life for ${SILENCE_LIMIT_MS / 1000} s`);
    world.scheduler.after(LOOK_MS, look);
  };
  const hear = (line: string): void => {
    if (reachable(host)) probe.hear(line);
  };
  const keepAlive = (): void => {
    if (over) return;
    hear(`k ${world.scheduler.now_ms}`);
    world.scheduler.after(KEEPALIVE_S * 1000, keepAlive);
  };

  const probe = startProbe({
    world,
    host,
    ...(only === undefined ? {} : { only }),
    tell,
    ended: (reason) => giveUp(`the probe ended: ${reason}`),
  });
  world.scheduler.after(KEEPALIVE_S * 1000, keepAlive);
  world.scheduler.after(LOOK_MS, look);
  return { hear, end };
}

/** only: the readings that the probe runs, where not all. */
export function createMemoryLink(world: World, host: SimHost, only?: readonly string[]): HostLink {
  const { scheduler } = world;
  let listener: (event: LinkEvent) => void = () => {};
  let link: LinkState = { phase: "idle" };
  let session: ReturnType<typeof openSession> | undefined;
  let attempt = 0;
  let stopped = false;
  /** Raised whenever what was going on is given up. */
  let round = 0;
  /** Channels beside the probe. */
  const carried = new Set<() => void>();
  const dropCarried = (): void => {
    for (const gone of [...carried]) gone();
    carried.clear();
  };

  const become = (state: LinkState): void => {
    link = state;
    listener({ kind: "state", link: state });
  };
  const later = (ms: number, task: () => void): void => {
    const mine = round;
    scheduler.after(ms, () => {
      if (mine === round && !stopped) task();
    });
  };
  const giveUp = (reason: string): void => {
    round += 1;
    session = undefined;
    dropCarried();
    const wait_ms = BACKOFF_MS[Math.min(Math.max(attempt, 1), BACKOFF_MS.length) - 1] ?? BACKOFF_MS[0];
    const now_ms = scheduler.now_ms;
    become({ phase: "unreachable", hop: host.name, reason, since_ms: now_ms, retry_at_ms: now_ms + wait_ms, attempt });
    later(wait_ms, connect);
  };
  const live = (): void => {
    attempt = 0;
    become({ phase: "live", since_ms: scheduler.now_ms });
    session = openSession({ world, host, only, frame: (frame) => listener({ kind: "frame", frame }), lost: giveUp });
  };
  const connect = (): void => {
    round += 1;
    attempt += 1;
    become({ phase: "connecting", hop: host.name, since_ms: scheduler.now_ms, attempt });
    later(world.random.between(CONNECT_MS.least, CONNECT_MS.most), () => {
      if (reachable(host)) live();
      else later(CONNECT_LIMIT_MS, () => (reachable(host) ? live() : giveUp("connection timed out")));
    });
  };
  const drop = (): void => {
    session?.end();
    session = undefined;
    dropCarried();
  };

  return {
    start(listen) {
      listener = listen;
      connect();
    },
    reconnect(anew = false) {
      // A link that lives is left alone.
      if (stopped || (!anew && link.phase === "live" && reachable(host))) return;
      drop();
      attempt = 0;
      connect();
    },
    send(line) {
      if (link.phase === "live") session?.hear(line);
    },
    open(request, hear) {
      const live = link.phase === "live";
      if (!live) scheduler.after(0, () => hear({ kind: "end", code: undefined, signal: undefined, reason: "not connected" }));
      return openMemoryChannel(
        {
          world,
          host,
          reachable: () => live && reachable(host),
          onGone: (listener) => {
            if (live) carried.add(listener);
            return () => carried.delete(listener);
          },
        },
        request,
        live ? hear : () => undefined,
      );
    },
    stop() {
      stopped = true;
      round += 1;
      drop();
      link = { phase: "idle" };
    },
  };
}
