import { describe, expect, it } from "vitest";
import { collect, settled } from "../../src/cli/collect.ts";
import { BEAT_STALE_MS } from "../../src/state/freshness.ts";
import type { HostMsg } from "../../src/state/msg.ts";
import type { Clock } from "../../src/state/runtime.ts";
import type { HostState, PairState } from "../../src/state/state.ts";
import type { HostLink, LinkEvent, LinkState } from "../../src/xen/host/link.ts";
import { type HostId, hostId, type Pair } from "../../src/xen/model/ids.ts";
import { type ReadingId, readingIds } from "../../src/xen/read/index.ts";

const order: Pair<HostId> = [hostId("alpha"), hostId("beta")];
const START_MS = 1_000_000;

/** Time that passes only when told to. */
class VirtualClock implements Clock {
  #now = START_MS;
  #timers: { at_ms: number; callback: () => void }[] = [];
  now_ms(): number {
    return this.#now;
  }
  after(delay_ms: number, callback: () => void): () => void {
    const timer = { at_ms: this.#now + delay_ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
  /** Runs what falls due, in order, until nothing is left or `until_ms` is over. */
  run(until_ms: number): void {
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at_ms - b.at_ms)[0];
      if (next === undefined || next.at_ms > START_MS + until_ms) break;
      this.#now = next.at_ms;
      this.#timers = this.#timers.filter((other) => other !== next);
      next.callback();
    }
  }
  get idle(): boolean {
    return this.#timers.length === 0;
  }
}

class ScriptedLink implements HostLink {
  stopped = 0;
  #listener: ((event: LinkEvent) => void) | undefined;
  start(listener: (event: LinkEvent) => void): void {
    this.#listener = listener;
  }
  tell(link: LinkState): void {
    this.#listener?.({ kind: "state", link });
  }
  beat(): void {
    this.#listener?.({ kind: "frame", frame: { kind: "beat", uptime_s: 1, wall_s: undefined, running: [], same: [] } });
  }
  reconnect(): void {}
  send(): void {}
  open(): never {
    throw new Error("nothing here opens a channel");
  }
  stop(): void {
    this.stopped += 1;
  }
}

function host(id: HostId, overrides: Partial<HostState> = {}): HostState {
  const facts = Object.fromEntries(readingIds.map((reading) => [reading, { state: "unknown" }])) as unknown as HostState["facts"];
  return {
    id,
    link: { phase: "idle" },
    trouble: undefined,
    hello: undefined,
    beat: undefined,
    running_since_ms: new Map(),
    facts,
    ...overrides,
  };
}
function pairState(a: HostState, b: HostState): PairState {
  const history = {
    out_of_sync: new Map(),
    path_losses: new Map(),
    connection_changes: new Map(),
    nfs: new Map(),
    fill: new Map(),
    bad_copies: new Map(),
    domain_since: new Map(),
  };
  return {
    name: "lab",
    started_ms: START_MS,
    order,
    hosts: new Map([
      [a.id, a],
      [b.id, b],
    ]),
    timeline: [],
    lives: new Map(),
    acks: new Map(),
    history,
  };
}
const initial = pairState(host(order[0]), host(order[1]));

/** Enough of an update for what collect looks at: links. */
function update(state: PairState, msg: HostMsg): PairState {
  const before = state.hosts.get(msg.host);
  if (before === undefined || msg.kind !== "link.changed") return state;
  return { ...state, hosts: new Map(state.hosts).set(msg.host, { ...before, link: msg.link }) };
}

function start(options: { deadline_ms?: number; until?: (state: PairState, now_ms: number) => boolean } = {}) {
  const clock = new VirtualClock();
  const links: Pair<ScriptedLink> = [new ScriptedLink(), new ScriptedLink()];
  const result = collect({
    initial,
    update,
    links: [
      { host: order[0], link: links[0] },
      { host: order[1], link: links[1] },
    ],
    clock,
    deadline_ms: START_MS + (options.deadline_ms ?? 20_000),
    until: options.until ?? settled,
  });
  return { clock, links, result };
}
const unreachable = (attempt: number): LinkState => ({
  phase: "unreachable",
  hop: "beta",
  reason: "connection refused",
  since_ms: START_MS,
  retry_at_ms: START_MS + 1_000,
  attempt,
});
const live: LinkState = { phase: "live", since_ms: START_MS };
const refused: LinkState = { phase: "refused", hop: "alpha", reason: "host key changed", advice: "", since_ms: START_MS };

describe("collecting", () => {
  it("ends at its deadline though a host hangs, stops both links and leaves no timer", async () => {
    const { clock, links, result } = start({ deadline_ms: 3_000 });
    links[0].tell(live);
    clock.run(60_000);
    const state = await result;
    expect(clock.now_ms()).toBe(START_MS + 3_000);
    expect(links.map(({ stopped }) => stopped)).toEqual([1, 1]);
    expect(clock.idle).toBe(true);
    expect(state.hosts.get(order[0])?.link.phase).toBe("live");
  });

  it("ends early when nothing more is to come", async () => {
    const { clock, links, result } = start();
    links[0].tell(refused);
    links[1].tell(unreachable(2));
    clock.run(60_000);
    await result;
    expect(clock.now_ms() - START_MS).toBeLessThan(1_000);
  });

  it("gives an unreachable host a second chance", async () => {
    const { clock, links, result } = start({ deadline_ms: 5_000 });
    links[0].tell(refused);
    links[1].tell(unreachable(1));
    clock.run(2_000);
    expect(links[0].stopped).toBe(0);
    links[1].tell(unreachable(2));
    clock.run(60_000);
    await result;
    expect(clock.now_ms() - START_MS).toBeLessThan(3_000);
  });

  it("hears nothing after its end", async () => {
    const { clock, links, result } = start({ deadline_ms: 100 });
    clock.run(60_000);
    links[0].tell(live);
    links[0].beat();
    expect((await result).hosts.get(order[0])?.link.phase).toBe("idle");
  });
});

describe("when all is told", () => {
  const now_ms = START_MS + 500;
  const beat = { at_ms: now_ms, uptime_s: 1, skew_ms: undefined };
  const told = (missing: readonly ReadingId[] = []): HostState["facts"] =>
    Object.fromEntries(
      readingIds.map((id) => [id, missing.includes(id) ? { state: "unknown" } : { state: "absent", why: "not there", at_ms: now_ms }]),
    ) as unknown as HostState["facts"];
  const full = (id: HostId, overrides: Partial<HostState> = {}) => host(id, { link: live, beat, facts: told(), ...overrides });

  it("every reading of both hosts is there", () => {
    expect(settled(pairState(full(order[0]), full(order[1])), now_ms)).toBe(true);
    for (const id of readingIds) expect(settled(pairState(full(order[0]), full(order[1], { facts: told([id]) })), now_ms)).toBe(false);
  });

  const later_ms = now_ms + 300_000;
  /** All told long ago but these, told just now. */
  const aged = (id: HostId, again: readonly ReadingId[], since_ms = START_MS) => {
    const facts = Object.fromEntries(
      Object.entries(told()).map(([key, fact]) => [key, again.includes(key as ReadingId) ? { ...fact, at_ms: later_ms } : fact]),
    ) as unknown as HostState["facts"];
    return full(id, { facts, link: { phase: "live", since_ms }, beat: { ...beat, at_ms: later_ms } });
  };
  const vital: readonly ReadingId[] = ["xl-list", "xl-info", "drbd-status", "multipath", "ip-link"];

  it("though some have grown old by then, but not what the verdict rests on, nor what an earlier connection told", () => {
    const state = (again: readonly ReadingId[]) => pairState(aged(order[0], vital), aged(order[1], again));
    expect(settled(state(vital), later_ms)).toBe(true);
    for (const id of vital) expect(settled(state(vital.filter((other) => other !== id)), later_ms)).toBe(false);
    expect(settled(pairState(aged(order[0], vital), aged(order[1], vital, now_ms + 1)), later_ms)).toBe(false);
  });

  it("but one that hangs isn't waited for, as soon as it is known to", () => {
    const hangs = (at_ms: number) =>
      full(order[1], { facts: told(["xl-list"]), running_since_ms: new Map([["xl-list", START_MS]]), beat: { ...beat, at_ms } });
    expect(settled(pairState(full(order[0]), hangs(now_ms)), now_ms)).toBe(false);
    const hung_ms = START_MS + 9_500;
    const still = full(order[0], { beat: { ...beat, at_ms: hung_ms } });
    expect(settled(pairState(still, hangs(hung_ms)), hung_ms)).toBe(true);
  });

  it("and a host that fell silent is waited for", () => {
    expect(settled(pairState(full(order[0]), full(order[1], { beat: { ...beat, at_ms: now_ms - BEAT_STALE_MS - 1 } })), now_ms)).toBe(
      false,
    );
  });
});
