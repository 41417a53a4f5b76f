/** What `status` and `check` do instead of a screen: listen to both hosts until all is told, or time is up. */
import { evidence, hostAnswers, hungSince } from "../state/freshness.ts";
import { type HostMsg, hostMsg } from "../state/msg.ts";
import type { Clock } from "../state/runtime.ts";
import type { HostState, PairState } from "../state/state.ts";
import type { HostLink } from "../xen/host/link.ts";
import type { HostId, Pair } from "../xen/model/ids.ts";
import type { Known } from "../xen/model/known.ts";
import { type ReadingId, readingIds } from "../xen/read/index.ts";

/** A host that failed this often isn't waited for any longer: one refused connection may be chance, two aren't. */
export const CONNECT_ATTEMPTS_MAX = 2;
/** How often it is looked whether time alone has settled something (a command that hangs, a silent host). */
const LOOK_EVERY_MS = 100;

export interface CollectOptions {
  readonly initial: PairState;
  readonly update: (state: PairState, msg: HostMsg) => PairState;
  readonly links: Pair<{ readonly host: HostId; readonly link: HostLink }>;
  readonly clock: Clock;
  /** By the clock. */
  readonly deadline_ms: number;
  /** True where nothing more is to be waited for. */
  readonly until: (state: PairState, now_ms: number) => boolean;
}

/** Starts both links, stops them again, and gives what was known then. Never later than the deadline, never rejected. */
export function collect({ initial, update, links, clock, deadline_ms, until }: CollectOptions): Promise<PairState> {
  return new Promise((resolve) => {
    let state = initial;
    let done = false;
    let cancelLook = () => {};
    const finish = (): void => {
      if (done) return;
      done = true;
      cancelLook();
      for (const { link } of links) link.stop();
      resolve(state);
    };
    const look = (): void => {
      const left_ms = deadline_ms - clock.now_ms();
      if (left_ms <= 0 || until(state, clock.now_ms())) finish();
      else cancelLook = clock.after(Math.min(LOOK_EVERY_MS, left_ms), look);
    };
    for (const { host, link } of links) {
      link.start((event) => {
        if (done) return;
        state = update(state, hostMsg(host, event, clock.now_ms()));
      });
    }
    look();
  });
}

/**
 * What the verdict rests on. A slow dom0 takes a minute for its first round, and what came first is old by then: these are waited for a second
 * time. The rest may be as old as it says.
 */
const vital: readonly ReadingId[] = ["xl-list", "xl-info", "drbd-status", "multipath", "ip-link"];

/** Nothing more will come of either host that is worth waiting for. */
export function settled(state: PairState, now_ms: number): boolean {
  return state.order.every((id) => {
    const host = state.hosts.get(id);
    return host === undefined || hostSettled(host, now_ms);
  });
}

function hostSettled(host: HostState, now_ms: number): boolean {
  switch (host.link.phase) {
    case "refused":
    case "needs_auth":
      // Nobody is there to be asked.
      return true;
    case "unreachable":
      return host.link.attempt >= CONNECT_ATTEMPTS_MAX;
    case "idle":
    case "connecting":
      return false;
    case "live":
      return (
        hostAnswers(host, now_ms) &&
        untold(host, now_ms).length === 0 &&
        !vital.some((id) => evidence(host, id, now_ms).freshness === "stale")
      );
  }
}

/** Readings that this connection hasn't told yet. One that hangs is told: that it hangs. One told once has an age, and is not waited for again. */
export function untold(host: HostState, now_ms: number): readonly ReadingId[] {
  const { link } = host;
  if (link.phase !== "live") return readingIds;
  return readingIds.filter((id) => {
    const known: Known<unknown> = host.facts[id];
    const told = known.state !== "unknown" && known.at_ms >= link.since_ms;
    return !told && hungSince(host, id, now_ms) === undefined;
  });
}
