/** A pair made of facts by hand, for what no recording shows. Everything not given was read and is absent or empty, on two hosts that answer. */
import type { Facts, HostState, PairState } from "../../src/state/state.ts";
import type { HostId, Pair } from "../../src/xen/model/ids.ts";
import { type Known, unknown } from "../../src/xen/model/known.ts";
import { type FactsOf, type ReadingId, readingIds } from "../../src/xen/read/index.ts";
import { alpha, beta, NOW_MS } from "../views/panes/fixture.ts";

export { alpha, beta, NOW_MS };

export type SomeFacts = { readonly [Id in ReadingId]?: FactsOf<Id> };

export function factsOf(some: SomeFacts, at_ms = NOW_MS - 500): Facts {
  const known = (id: ReadingId): Known<unknown> =>
    some[id] === undefined ? unknown : { state: "known", value: some[id], at_ms, changed_ms: Math.min(at_ms, NOW_MS - 300_000) };
  return Object.fromEntries(readingIds.map((id) => [id, known(id)])) as unknown as Facts;
}

/** Told 0.5 s ago and the same for five minutes, on a host that is live, with a beat 0.5 s ago. */
export function hostOf(id: HostId, some: SomeFacts, over: Partial<HostState> = {}): HostState {
  return {
    id,
    link: { phase: "live", since_ms: NOW_MS - 600_000 },

    trouble: undefined,
    hello: new Map(),
    beat: { at_ms: NOW_MS - 500, uptime_s: 100_000, skew_ms: 0 },
    running_since_ms: new Map(),
    facts: factsOf(some),
    ...over,
  };
}

/** Not reached for 90 s; what it told before is still there. */
export function lost(id: HostId, some: SomeFacts): HostState {
  const since_ms = NOW_MS - 90_000;
  return hostOf(id, some, {
    link: { phase: "unreachable", hop: id, reason: "connection timed out", since_ms, retry_at_ms: NOW_MS + 4000, attempt: 7 },
    beat: { at_ms: since_ms, uptime_s: 100_000, skew_ms: 0 },
    facts: factsOf(some, since_ms - 500),
  });
}

export function pairOf(hosts: Pair<HostState>, history: Partial<PairState["history"]> = {}): PairState {
  const empty = new Map();
  return {
    name: "alpha+beta",
    started_ms: NOW_MS - 700_000,
    order: [hosts[0].id, hosts[1].id],
    hosts: new Map(hosts.map((host) => [host.id, host])),
    timeline: [],
    lives: new Map(),
    acks: new Map(),
    history: {
      out_of_sync: empty,
      path_losses: empty,
      connection_changes: empty,
      nfs: empty,
      fill: empty,
      bad_copies: empty,
      domain_since: empty,
      ...history,
    },
  };
}
