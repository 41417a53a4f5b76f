import { describe, expect, it } from "vitest";
import { BEAT_STALE_MS } from "../../src/state/freshness.ts";
import { createRuntime, IDLE_VIEW_MS, VIEWS_APART_MS, VIEWS_IN_A_ROW, VIEWS_PER_S_MAX } from "../../src/state/runtime.ts";
import { initialState } from "../../src/state/update.ts";
import type { PairView } from "../../src/state/view-model.ts";
import type { HostLink, LinkEvent } from "../../src/xen/host/link.ts";
import { hostId } from "../../src/xen/model/ids.ts";
import { recording } from "../helpers.ts";

/** A clock that only moves when told to. */
function virtualClock() {
  let now = 1000;
  const timers = new Set<{ at: number; run: () => void }>();
  return {
    now_ms: () => now,
    after(delay_ms: number, run: () => void) {
      const timer = { at: now + delay_ms, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms: number) {
      const end = now + ms;
      for (;;) {
        const next = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers.delete(next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
    pending: () => timers.size,
  };
}

function fakeLink() {
  let listener: (event: LinkEvent) => void = () => undefined;
  const sent: string[] = [];
  let reconnects = 0;
  let anews = 0;
  let stopped = false;
  const link: HostLink = {
    start: (to) => {
      listener = to;
    },
    reconnect: (anew) => {
      reconnects++;
      if (anew === true) anews++;
    },
    send: (line) => void sent.push(line),
    open: () => {
      throw new Error("nothing here opens a channel");
    },
    stop: () => {
      stopped = true;
    },
  };
  return {
    link,
    sent,
    say: (event: LinkEvent) => listener(event),
    reconnects: () => reconnects,
    anews: () => anews,
    stopped: () => stopped,
  };
}

function pair() {
  const clock = virtualClock();
  const views: { at_ms: number; timeline: number }[] = [];
  const [a, b] = [fakeLink(), fakeLink()];
  const hosts = [hostId("alpha"), hostId("beta")] as const;
  const runtime = createRuntime({
    initial: initialState({ name: "p", hosts, now_ms: clock.now_ms() }),
    links: [
      { host: hosts[0], link: a.link },
      { host: hosts[1], link: b.link },
    ],
    clock,
    select: (state, now_ms) => ({ now_ms, timeline: state.timeline, findings: [] }) as unknown as PairView,
    publish: (view) => views.push({ at_ms: view.now_ms, timeline: view.timeline.length }),
    asked: ["xl-list", "df"],
  });
  const live = (end: typeof a): void => {
    end.say({ kind: "state", link: { phase: "live", since_ms: clock.now_ms() } });
    end.say({ kind: "frame", frame: { kind: "beat", uptime_s: 1, wall_s: undefined, running: [], same: [] } });
  };
  return { clock, views, a, b, runtime, live };
}

const list = (time: string, state: string): LinkEvent => ({
  kind: "frame",
  frame: {
    kind: "section",
    id: "xl-list",
    rc: 0,
    took_s: 0.1,
    truncated: false,
    stdout: `Name  ID  Mem VCPUs  State  Time(s)  UUID\nweb01  1  512  1  ${state}  ${time}\n`,
  },
});

describe("the runtime", () => {
  it("shows a view before any host has answered", () => {
    const { views, runtime } = pair();
    runtime.start();
    expect(views).toEqual([{ at_ms: 1000, timeline: 0 }]);
  });

  it("makes at most four views a second of any number of events, the last event among them", () => {
    const { clock, views, a, runtime } = pair();
    runtime.start();
    for (let n = 0; n < 200; n++) {
      a.say({
        kind: "frame",
        frame: { kind: "event", stream: "kernel", line: `${1_700_000_000 + n * 10}.0 alpha kernel: drbd r0: line ${n}` },
      });
      clock.advance(5);
    }
    clock.advance(300);
    expect(views.length).toBeLessThanOrEqual(1 + Math.ceil(1300 / 250));
    expect(views.at(-1)?.timeline).toBe(200);
  });

  it("makes four views a second of states in the long run, and no two within a moment", () => {
    const { clock, views, a, runtime, live } = pair();
    runtime.start();
    live(a);
    clock.advance(2_000);
    const from = views.length;
    for (let n = 0; n < 1_000; n++) {
      a.say(list("1.0", n % 2 === 0 ? "-b----" : "--p---"));
      clock.advance(10);
    }
    clock.advance(300);
    const times = views.slice(from).map(({ at_ms }) => at_ms);
    expect(times.length).toBeLessThanOrEqual(VIEWS_IN_A_ROW + 10 * VIEWS_PER_S_MAX + 1);
    for (const [at, ms] of times.entries()) expect(ms - (times[at - 1] ?? 0)).toBeGreaterThanOrEqual(VIEWS_APART_MS);
    // What changed never waits longer than its turn.
    for (const [at, ms] of times.entries()) if (at > 0) expect(ms - (times[at - 1] ?? 0)).toBeLessThanOrEqual(1000 / VIEWS_PER_S_MAX);
  });

  it("shows a state at once also where figures or lines of a log were shown a moment ago, or another state", () => {
    const { clock, views, a, b, runtime, live } = pair();
    runtime.start();
    live(a);
    live(b);
    clock.advance(5_000);
    const line = (n: number): LinkEvent => ({
      kind: "frame",
      frame: { kind: "event", stream: "kernel", line: `${1_700_000_000 + n * 10}.0 alpha kernel: drbd r0: line ${n}` },
    });
    const waited = (end: typeof a, event: LinkEvent): number => {
      const said_ms = clock.now_ms();
      const count = views.length;
      end.say(event);
      while (views.length === count) clock.advance(1);
      return clock.now_ms() - said_ms;
    };
    // Lines in a storm, each second's figures, and every 700 ms a change that both hosts tell.
    let states = 0;
    for (let n = 0; n < 400; n++) {
      a.say(line(n));
      clock.advance(25);
      if (n % 28 !== 27) continue;
      states += 1;
      for (const end of [a, b])
        expect(waited(end, list("1.0", states % 2 === 0 ? "-b----" : "--p---"))).toBeLessThanOrEqual(VIEWS_APART_MS);
    }
    expect(states).toBeGreaterThan(10);
  });

  it("doesn't let a state wait for what is told after it in the same moment", () => {
    const { a, b, clock, views, live, runtime } = pair();
    runtime.start();
    live(a);
    live(b);
    const line: LinkEvent = {
      kind: "frame",
      frame: { kind: "event", stream: "kernel", line: "1700000000.0 alpha kernel: drbd r0: a line" },
    };
    for (let burst = 0; burst < 5; burst += 1) {
      a.say(list("1.0", "-b----"));
      clock.advance(5_000);
      for (let at = 0; at < burst; at += 1) {
        a.say(list("1.0", at % 2 === 0 ? "--p---" : "-b----"));
        clock.advance(35);
      }
      clock.advance(65);
      const [before, told_ms] = [views.length, clock.now_ms()];
      a.say(list("1.0", burst % 2 === 0 ? "--p---" : "-b----"));
      a.say(line);
      for (let ms = 0; views.length === before && ms < 5_000; ms += 1) clock.advance(1);
      expect(clock.now_ms() - told_ms, `after ${burst} others`).toBeLessThanOrEqual(1);
    }
  });

  it("shows figures with the next second, a state at once", () => {
    const { clock, views, a, runtime, live } = pair();
    runtime.start();
    live(a);
    const beat: LinkEvent = { kind: "frame", frame: { kind: "beat", uptime_s: 2, wall_s: undefined, running: [], same: ["xl-list"] } };
    const waits = (event: LinkEvent): number => {
      clock.advance(IDLE_VIEW_MS - (clock.now_ms() - (views.at(-1)?.at_ms ?? 0)));
      clock.advance(400);
      a.say(event);
      const said_ms = clock.now_ms();
      const count = views.length;
      while (views.length === count) clock.advance(10);
      return (views.at(-1)?.at_ms ?? 0) - said_ms;
    };
    clock.advance(300);
    // The first that it tells is no figure.
    expect(waits(list("1.0", "-b----"))).toBe(0);
    expect(waits(list("2.0", "r-----"))).toBe(600);
    expect(waits(beat)).toBe(600);
    expect(waits(list("2.0", "--p---"))).toBe(0);
    expect(waits({ kind: "frame", frame: { kind: "section", id: "xl-list", rc: 1, took_s: 0.1, truncated: false, stdout: "" } })).toBe(0);
    // After it was silent for too long a beat is news.
    clock.advance(BEAT_STALE_MS);
    expect(waits(beat)).toBe(0);
    expect(
      waits({ kind: "state", link: { phase: "unreachable", attempt: 1, hop: "alpha", reason: "gone", since_ms: 0, retry_at_ms: 0 } }),
    ).toBe(0);
  });

  it("looks at ages once a second when nothing comes", () => {
    const { clock, views, runtime } = pair();
    runtime.start();
    clock.advance(5 * IDLE_VIEW_MS);
    expect(views).toHaveLength(6);
  });

  it("asks for all readings of a host that answers, and reconnects one that doesn't", () => {
    const { clock, a, b, runtime, live } = pair();
    runtime.start();
    live(a);
    runtime.refresh();
    expect(a.sent).toEqual(["r xl-list", "r df"]);
    expect([a.reconnects(), b.reconnects()]).toEqual([0, 1]);
    clock.advance(20_000);
    runtime.refresh();
    expect(a.reconnects()).toBe(1);
  });

  it("looks anew where both names lead, when they led to one machine", () => {
    const { a, b, runtime } = pair();
    runtime.start();
    const fields = new Map([
      ["boot_id", "one"],
      ["host", "alpha"],
    ]);
    for (const link of [a, b]) {
      link.say({ kind: "state", link: { phase: "live", since_ms: 1000 } });
      link.say({ kind: "frame", frame: { kind: "hello", uptime_s: 1, wall_s: undefined, fields } });
    }
    runtime.refresh();
    expect([a.anews(), b.anews()]).toEqual([1, 1]);
  });

  it("reads DRBD faster while something resyncs, and again as before after", () => {
    const { a, runtime, live } = pair();
    runtime.start();
    live(a);
    const section = (path: string): LinkEvent => ({
      kind: "frame",
      frame: { kind: "section", id: "drbd-status", rc: 0, took_s: 0.1, truncated: false, stdout: recording(path).stdout },
    });
    a.say(section("resync/alpha/drbdsetup-status.txt"));
    a.say(section("resync/alpha/drbdsetup-status.txt"));
    expect(a.sent).toEqual(["c drbd-status 2", "c drbd-proc 2"]);
    a.say(section("healthy/alpha/drbdsetup-status.txt"));
    expect(a.sent.slice(2)).toEqual(["c drbd-status 5", "c drbd-proc 5"]);
  });

  it("leaves no timer and no link behind", () => {
    const { clock, a, b, runtime, views } = pair();
    runtime.start();
    runtime.stop();
    expect([a.stopped(), b.stopped(), clock.pending()]).toEqual([true, true, 0]);
    clock.advance(10_000);
    expect(views).toHaveLength(1);
  });
});
