/** A host's connection over memory: what ssh would do, on the simulated pair's clock and without a byte on any wire. */
import type { HostLink, LinkEvent, LinkState } from "../../xen/host/link.ts";
import type { ProbeFrame } from "../../xen/host/wire.ts";
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
/** The console says `k`. */
const KEEPALIVE_MS = 5_000;

export function createMemoryLink(world: World, host: SimHost): HostLink {
  const { scheduler } = world;
  let listener: (event: LinkEvent) => void = () => {};
  let link: LinkState = { phase: "idle" };
  let probe: SimProbe | undefined;
  let attempt = 0;
  let stopped = false;
  /** Raised whenever what was going on is given up. */
  let round = 0;

  const reachable = (): boolean => isAlive(host) && host.console_link;
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

  function giveUp(reason: string): void {
    round += 1;
    probe?.end();
    probe = undefined;
    const wait_ms = BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length) - 1] ?? BACKOFF_MS[0];
    const now_ms = scheduler.now_ms;
    become({ phase: "unreachable", hop: host.name, reason, since_ms: now_ms, retry_at_ms: now_ms + wait_ms, attempt });
    later(wait_ms, connect);
  }

  function connect(): void {
    round += 1;
    attempt += 1;
    become({ phase: "connecting", hop: host.name, since_ms: scheduler.now_ms, attempt });
    later(world.random.between(CONNECT_MS.least, CONNECT_MS.most), () => {
      if (reachable()) live();
      else later(CONNECT_LIMIT_MS, () => (reachable() ? live() : giveUp("connection timed out")));
    });
  }

  let in_flight: ProbeFrame[] = [];
  function deliver(): void {
    const frames = in_flight;
    in_flight = [];
    for (const frame of frames) listener({ kind: "frame", frame });
  }

  function live(): void {
    attempt = 0;
    in_flight = [];
    become({ phase: "live", since_ms: scheduler.now_ms });
    const mine = round;
    probe = startProbe({
      world,
      host,
      tell: (frame) => {
        if (mine !== round || stopped) return;
        if (in_flight.length < IN_FLIGHT_MAX) in_flight.push(frame);
        if (host.console_link) deliver();
      },
      ended: (reason) => {
        if (mine === round && !stopped) giveUp(`the probe ended: ${reason}`);
      },
    });
    keepAlive();
    watchSilence();
  }

  function keepAlive(): void {
    later(KEEPALIVE_MS, () => {
      if (reachable()) probe?.hear("k");
      keepAlive();
    });
  }

  /** A connection whose packets vanish stays up for a while: only silence tells. A host that booted anew forgot it: that is told at once. */
  function watchSilence(): void {
    const booted_ms = host.booted_ms;
    let silent_since_ms: number | undefined;
    const look = (): void => {
      if (host.booted_ms !== booted_ms && reachable()) {
        giveUp("connection lost: read ECONNRESET");
        return;
      }
      silent_since_ms = reachable() ? undefined : (silent_since_ms ?? scheduler.now_ms);
      if (silent_since_ms !== undefined && scheduler.now_ms - silent_since_ms >= SILENCE_LIMIT_MS) {
        giveUp(`no sign of life for ${SILENCE_LIMIT_MS / 1000} s`);
        return;
      }
      if (silent_since_ms === undefined) deliver();
      later(LOOK_MS, look);
    };
    later(LOOK_MS, look);
  }

  return {
    start(listen) {
      listener = listen;
      connect();
    },
    reconnect() {
      if (stopped) return;
      if (link.phase === "live" && reachable()) {
        for (const id of ["xl-list", "drbd-status"]) probe?.hear(`r ${id}`);
        return;
      }
      probe?.end();
      probe = undefined;
      attempt = 0;
      connect();
    },
    send(line) {
      if (link.phase === "live" && reachable()) probe?.hear(line);
    },
    stop() {
      stopped = true;
      round += 1;
      probe?.end();
    },
  };
}
