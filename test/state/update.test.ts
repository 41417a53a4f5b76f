import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BEAT_STALE_MS, freshValue, hostAnswers, LATE_SLACK_MS } from "../../src/state/freshness.ts";
import type { Msg } from "../../src/state/msg.ts";
import { selectHosts } from "../../src/state/select/hosts.ts";
import type { PairState } from "../../src/state/state.ts";
import { TIMELINE_MAX } from "../../src/state/timeline.ts";
import { EVENTS_LEFT_OUT, initialState, update } from "../../src/state/update.ts";
import type { LinkState } from "../../src/xen/host/link.ts";
import { LINES_LEFT_OUT, type ProbeFrame } from "../../src/xen/host/wire.ts";
import { hostId } from "../../src/xen/model/ids.ts";
import { type ReadingId, readingIds } from "../../src/xen/read/index.ts";
import { recording } from "../helpers.ts";

const alpha = hostId("alpha");
const beta = hostId("beta");
const start = (): PairState => initialState({ name: "pair", hosts: [alpha, beta], now_ms: 0 });
const link = (state: PairState, phase: LinkState, at_ms: number): PairState =>
  update(state, { kind: "link.changed", host: alpha, link: phase, at_ms });
const tell = (state: PairState, frame: ProbeFrame, at_ms: number): PairState =>
  update(state, { kind: "probe.told", host: alpha, frame, at_ms });
const section = (id: string, stdout: string, rc = 0): ProbeFrame => ({ kind: "section", id, rc, took_s: 0.1, truncated: false, stdout });
const beat = (more: Partial<Extract<ProbeFrame, { kind: "beat" }>> = {}): ProbeFrame => ({
  kind: "beat",
  uptime_s: 1,
  wall_s: undefined,
  running: [],
  same: [],
  ...more,
});
const live = (state: PairState, at_ms = 10): PairState => tell(link(state, { phase: "live", since_ms: at_ms }, at_ms), beat(), at_ms);
const file = (path: string): string => recording(path).stdout;
const words = (state: PairState): string[] => state.timeline.map(({ object, text }) => `${object}: ${text}`);

describe("update", () => {
  it("keeps a section's facts, and their age by each beat that says they are the same", () => {
    let state = tell(live(start()), section("xl-list", file("healthy/alpha/xl-list-v.txt")), 100);
    expect(state.hosts.get(alpha)?.facts["xl-list"]).toMatchObject({ state: "known", at_ms: 100, changed_ms: 100 });
    state = tell(state, beat({ same: ["xl-list", "df"] }), 2100);
    expect(state.hosts.get(alpha)?.facts["xl-list"]).toMatchObject({ state: "known", at_ms: 2100, changed_ms: 100 });
    expect(state.hosts.get(alpha)?.facts.df).toEqual({ state: "unknown" });
    expect(state.hosts.get(beta)?.facts["xl-list"]).toEqual({ state: "unknown" });
  });

  it("counts age from when it was said, where what the host tells lies on the way", () => {
    let state = tell(live(start()), section("xl-list", file("healthy/alpha/xl-list-v.txt")), 100);
    // Asked 30 s ago and heard only now: what comes with it is as old, but for what asking and beating take.
    state = tell(state, beat({ same: ["xl-list"], asked_ms: 1_000 }), 31_000);
    const late_ms = 30_000 - LATE_SLACK_MS;
    expect(state.hosts.get(alpha)?.facts["xl-list"]).toMatchObject({ state: "known", at_ms: 31_000 - late_ms });
    expect(hostAnswers(state.hosts.get(alpha), 31_000)).toBe(false);
    expect(selectHosts(state, 31_000)[0]).toMatchObject({ reach: "stale", heard_ms: 31_000 - late_ms });
    state = tell(state, section("xl-list", file("resync/alpha/xl-list-v.txt")), 31_500);
    expect(state.hosts.get(alpha)?.facts["xl-list"]).toMatchObject({ at_ms: 31_500 - late_ms });
    // The way is clear again.
    state = tell(state, beat({ asked_ms: 30_000 }), 32_000);
    expect(hostAnswers(state.hosts.get(alpha), 32_000)).toBe(true);
    state = tell(state, section("xl-list", file("healthy/alpha/xl-list-v.txt")), 32_500);
    expect(state.hosts.get(alpha)?.facts["xl-list"]).toMatchObject({ at_ms: 32_500 });
  });

  it("shows nothing as fresh that is older than its limit and what asking takes, however late beats come and whatever they repeat", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60_000), { minLength: 1, maxLength: 30 }), (delays) => {
        let state = live(start(), 100_000);
        let at_ms = 100_000;
        for (const delay_ms of delays) {
          // In order, as TCP brings it.
          const said_ms = at_ms;
          at_ms += delay_ms;
          state = tell(state, beat({ asked_ms: said_ms }), at_ms);
          state = tell(state, section("xl-list", file("healthy/alpha/xl-list-v.txt")), at_ms);
          const host = state.hosts.get(alpha);
          const fresh = host !== undefined && freshValue(host, "xl-list", at_ms) !== undefined;
          expect(fresh).toBe(delay_ms <= LATE_SLACK_MS + BEAT_STALE_MS);
        }
      }),
    );
  });

  it("keeps the last facts when a reading fails, times out, and when the link goes", () => {
    let state = tell(live(start()), section("xl-list", file("healthy/alpha/xl-list-v.txt")), 100);
    state = tell(state, section("xl-list", "", 137), 200);
    expect(state.hosts.get(alpha)?.facts["xl-list"]).toMatchObject({
      state: "failed",
      error: "no answer within 8 s",
      last: { at_ms: 100 },
    });
    state = tell(state, section("xl-list", "", 1), 300);
    expect(state.hosts.get(alpha)?.facts["xl-list"]).toMatchObject({ state: "failed", last: { at_ms: 100 } });
    state = link(
      state,
      { phase: "unreachable", hop: "alpha", reason: "connection refused", since_ms: 400, retry_at_ms: 900, attempt: 1 },
      400,
    );
    expect(state.hosts.get(alpha)?.facts["xl-list"]).toMatchObject({ last: { at_ms: 100 } });
    expect(hostAnswers(state.hosts.get(alpha), 400)).toBe(false);
  });

  it("keeps why a host couldn't be reached while it is tried again, until it answers", () => {
    const down: LinkState = {
      phase: "unreachable",
      hop: "jump1",
      reason: "connection refused",
      since_ms: 400,
      retry_at_ms: 900,
      attempt: 1,
    };
    const trying: LinkState = { phase: "connecting", hop: "jump1", since_ms: 900, attempt: 2 };
    let state = link(link(start(), down, 400), trying, 900);
    expect(selectHosts(state, 1000)[0]).toMatchObject({ reach: "unreachable", reach_reason: "jump1: connection refused" });
    state = link(state, { ...down, since_ms: 1500 }, 1500);
    expect(state.hosts.get(alpha)?.trouble?.since_ms).toBe(400);
    state = live(state, 2000);
    expect(state.hosts.get(alpha)?.trouble).toBeUndefined();
    expect(selectHosts(link(start(), { ...trying, attempt: 1 }, 900), 1000)[0].reach).toBe("connecting");
  });

  it("takes exit 69 for absent", () => {
    expect(tell(live(start()), section("multipath", "", 69), 50).hosts.get(alpha)?.facts.multipath).toMatchObject({ state: "absent" });
  });

  it("tells the timeline what changed, not how things were found", () => {
    let state = tell(live(start()), section("xl-list", file("healthy/alpha/xl-list-v.txt")), 100);
    expect(words(state)).toEqual(["alpha: connected"]);
    state = tell(state, section("xl-list", file("migrate-after/alpha/xl-list-v.txt")), 200);
    expect(words(state).slice(1)).toEqual(["web01: gone (was domid 1)"]);
    state = tell(state, section("drbd-status", file("healthy/alpha/drbdsetup-status.txt")), 300);
    state = tell(state, section("drbd-status", file("linkcut/alpha/drbdsetup-status.txt")), 10_000);
    expect(words(state)).toContain("r0: connection to peer Connected -> Connecting");
  });

  it("doesn't tell twice what DRBD's events have told", () => {
    let state = tell(live(start()), section("drbd-status", file("healthy/alpha/drbdsetup-status.txt")), 300);
    const line =
      "2026-11-22T19:54:45.346726+00:00 change connection name:r0 peer-node-id:0 conn-name:peer connection:Connecting role:Unknown";
    state = tell(state, { kind: "event", stream: "drbd", line }, 2000);
    state = tell(state, section("drbd-status", file("linkcut/alpha/drbdsetup-status.txt")), 2500);
    expect(words(state).filter((text) => text.startsWith("r0"))).toHaveLength(1);
    expect(words(state).some((text) => text.startsWith("r1"))).toBe(true);
  });

  it("says that events were left out of a burst, and tells then what the status shows", () => {
    let state = tell(live(start()), section("drbd-status", file("healthy/alpha/drbdsetup-status.txt")), 300);
    const line =
      "2026-11-22T19:54:45.346726+00:00 change connection name:r0 peer-node-id:0 conn-name:peer connection:Connecting role:Unknown";
    state = tell(state, { kind: "event", stream: "drbd", line }, 2000);
    state = tell(state, { kind: "event", stream: "drbd", line: LINES_LEFT_OUT }, 2100);
    expect(words(state).at(-1)).toBe(`DRBD: ${EVENTS_LEFT_OUT}`);
    state = tell(state, section("drbd-status", file("linkcut/alpha/drbdsetup-status.txt")), 2500);
    expect(words(state)).toContain("r0: connection to peer Connected -> Connecting");
    expect(state.timeline.at(-1)).toMatchObject({ reading: "drbd-status" });
  });

  it("back-fills from xl's logs what can be placed: the last line of each, at the file's time", () => {
    let state = tell(link(start(), { phase: "live", since_ms: 10 }, 10), beat({ wall_s: 1_700_000_003 }), 1_700_000_001_000);
    const logs = "@@ 1699996400 /var/log/xen/xl-web01.log\nDomain 3 has been destroyed.\nDone. Rebooting now\n";
    state = tell(state, section("xl-logs", logs), 1_700_000_001_500);
    const told = state.timeline.filter(({ reading }) => reading === "xl-logs");
    expect(told).toMatchObject([{ object: "xl web01", text: "Done. Rebooting now", origin: "journal", at_ms: 1_699_996_398_000 }]);
    // Read again every two minutes, told once.
    state = tell(
      state,
      section("xl-logs", `${logs}@@ 1700000000 /var/log/xen/xl-db01.log\nWaiting for domain db01 (domid 2) to die [pid 9]\n`),
      1_700_000_121_500,
    );
    expect(state.timeline.filter(({ reading }) => reading === "xl-logs").map(({ object }) => object)).toEqual(["xl web01", "xl db01"]);
  });

  it("back-fills from the host's journal once, on the console's clock", () => {
    const line = "1000.500000 alpha kernel: drbd r0: Split-Brain detected but unresolved, dropping connection!";
    let state = live(start());
    state = tell(state, { kind: "hello", uptime_s: 5, wall_s: 2000, fields: new Map([["boot_id", "a"]]) }, 1_000_000);
    const found = state.hosts.get(alpha)?.beat?.skew_ms;
    expect(found).toBe(1_000_000);
    const stamped = `1700000000.500000 alpha kernel: ${line.slice(line.indexOf("drbd"))}`;
    state = tell(state, section("kernel-log", `@@ journal\n${stamped}`), 1_700_000_001_000);
    const entries = state.timeline.filter(({ origin }) => origin === "journal");
    expect(entries).toMatchObject([
      { at_ms: 1_700_000_000_500 - 1_000_000, severity: "warning", text: expect.stringContaining("Split-Brain") },
    ]);
    state = tell(state, section("kernel-log", `@@ journal\n${stamped}\n`), 1_700_000_002_000);
    expect(state.timeline.filter(({ origin }) => origin === "journal")).toHaveLength(1);
  });

  it("says that a host was booted anew", () => {
    const hello = (boot_id: string): ProbeFrame => ({ kind: "hello", uptime_s: 5, wall_s: 2, fields: new Map([["boot_id", boot_id]]) });
    const state = tell(tell(live(start()), hello("a"), 20), hello("b"), 30);
    expect(words(state).at(-1)).toBe("alpha: was booted anew since it was last seen");
  });

  it("doesn't take a guest's change for an event of the DRBD resource of the same name", () => {
    const rename = (text: string): string => text.replaceAll(/^r0\b/gm, "web01");
    let state = tell(live(start()), section("drbd-status", rename(file("healthy/alpha/drbdsetup-status.txt"))), 300);
    state = tell(state, section("xl-list", file("healthy/alpha/xl-list-v.txt")), 400);
    state = tell(state, section("xl-list", file("migrate-after/alpha/xl-list-v.txt")), 2000);
    expect(words(state)).toContain("web01: gone (was domid 1)");
    state = tell(state, section("drbd-status", rename(file("linkcut/alpha/drbdsetup-status.txt"))), 2500);
    expect(words(state)).toContain("web01: connection to peer Connected -> Connecting");
  });

  const greet = (state: PairState, host: typeof alpha, fields: Record<string, string>, at_ms: number): PairState => {
    const up = update(state, { kind: "link.changed", host, link: { phase: "live", since_ms: at_ms }, at_ms });
    const frame: ProbeFrame = { kind: "hello", uptime_s: 5, wall_s: 2, fields: new Map(Object.entries(fields)) };
    return update(up, { kind: "probe.told", host, frame, at_ms });
  };

  it("says that another machine answers under a host's name", () => {
    const first = greet(start(), alpha, { boot_id: "a", host: "alpha" }, 10);
    const state = greet(first, alpha, { boot_id: "z", host: "omega" }, 20);
    expect(words(state).at(-1)).toBe("alpha: another machine answers under this name: omega, before it was alpha");
    expect(state.timeline.at(-1)?.severity).toBe("critical");
  });

  it("believes nothing of a host whose name leads to the other host's machine, until it doesn't any more", () => {
    const list = file("healthy/alpha/xl-list-v.txt");
    const machine = { boot_id: "a", host: "alpha" };
    let state = greet(greet(start(), alpha, machine, 10), beta, machine, 20);
    state = update(state, { kind: "probe.told", host: beta, frame: section("xl-list", list), at_ms: 30 });
    state = update(state, { kind: "probe.told", host: beta, frame: beat(), at_ms: 40 });
    expect(hostAnswers(state.hosts.get(alpha), 40)).toBe(true);
    expect(hostAnswers(state.hosts.get(beta), 40)).toBe(false);
    expect(freshValue(state.hosts.get(beta), "xl-list", 40)).toBeUndefined();
    expect(state.hosts.get(beta)?.link).toMatchObject({ phase: "refused", reason: "the same machine as alpha (it calls itself alpha)" });
    expect(words(state).at(-1)).toBe("beta: leads to the same machine as alpha");

    // It was alpha's name that had led astray.
    const right = greet(state, alpha, { boot_id: "b", host: "beta" }, 50);
    expect(hostAnswers(right.hosts.get(beta), 60)).toBe(true);
    expect(freshValue(right.hosts.get(beta), "xl-list", 60)).toBeDefined();
    // Or the address of beta's name was put right.
    const moved = greet(state, beta, { boot_id: "c", host: "beta" }, 50);
    expect([alpha, beta].map((id) => hostAnswers(moved.hosts.get(id), 60))).toEqual([true, true]);
  });

  it("doesn't count a reboot's counters and domids on from those before", () => {
    let state = greet(start(), alpha, { boot_id: "a", host: "alpha" }, 10);
    state = tell(state, section("xl-list", file("healthy/alpha/xl-list-v.txt")), 100);
    expect(state.history.domain_since.size).toBeGreaterThan(0);
    state = greet(state, alpha, { boot_id: "b", host: "alpha" }, 5000);
    expect(state.history.domain_since.size).toBe(0);
    // The same guests may come up under the same domids, with other times alone: they have been so since then.
    const again = file("healthy/alpha/xl-list-v.txt").replace(/(\d+)\.(\d)(\s|$)/m, "0.$2$3");
    expect(again).not.toBe(file("healthy/alpha/xl-list-v.txt"));
    state = tell(state, section("xl-list", again), 5100);
    expect([...state.history.domain_since.values()].map(({ at_ms }) => at_ms).filter((at_ms) => at_ms < 5000)).toEqual([]);
    expect(state.history.domain_since.size).toBeGreaterThan(0);
  });

  it("keeps what was seen where a kernel logs without end", () => {
    let state = live(start());
    const seen = words(state);
    for (let line = 0; line < TIMELINE_MAX + 100; line++)
      state = tell(state, { kind: "event", stream: "kernel", line: `1700000000.5 alpha kernel: noise ${line}` }, 100 + line);
    expect(state.timeline).toHaveLength(TIMELINE_MAX);
    expect(words(state).slice(0, seen.length)).toEqual(seen);
    expect(words(state).at(-1)).toContain(`noise ${TIMELINE_MAX + 99}`);
  });

  it("keeps when a path was lost, not when it came back", () => {
    const good = file("healthy/alpha/multipathd-maps.json");
    const bad = file("pathfail/alpha/multipathd-maps.json");
    let state = live(start());
    for (let turn = 0; turn < 4; turn++) state = tell(state, section("multipath", turn % 2 === 0 ? good : bad), 1000 * (turn + 1));
    expect([...state.history.path_losses.values()].map(({ length }) => length)).toEqual([2]);
  });

  const anyFrame: fc.Arbitrary<ProbeFrame> = fc.oneof(
    fc.record({
      kind: fc.constant("section" as const),
      id: fc.oneof(fc.constantFrom(...readingIds), fc.constantFrom("__proto__", "toString", "nope")),
      rc: fc.constantFrom(0, 1, 20, 69, 137),
      took_s: fc.constant(0.1),
      truncated: fc.boolean(),
      stdout: fc.string({ unit: "binary", maxLength: 400 }),
    }),
    fc.record({
      kind: fc.constant("event" as const),
      stream: fc.constantFrom("drbd", "kernel", "xen", "net"),
      line: fc.string({ unit: "binary" }),
    }),
    fc.record({
      kind: fc.constant("beat" as const),
      uptime_s: fc.nat(),
      wall_s: fc.option(fc.nat(), { nil: undefined }),
      running: fc.array(fc.record({ id: fc.constantFrom<string>(...readingIds, "constructor"), for_s: fc.nat() })),
      same: fc.array(fc.constantFrom<string>(...readingIds, "constructor")),
    }),
  );

  it("survives anything that a host says", () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 30 }), (frames) => {
        let state = live(start());
        frames.forEach((frame, index) => {
          state = tell(state, frame, 1000 + index);
        });
        const order = state.timeline.map(({ at_ms }) => at_ms);
        expect(order).toEqual([...order].sort((a, b) => a - b));
        expect(new Set(state.timeline.map(({ seq }) => seq)).size).toBe(state.timeline.length);
      }),
    );
  });

  it("keeps a bounded timeline", () => {
    let state = live(start());
    for (let index = 0; index < TIMELINE_MAX + 50; index++)
      state = tell(
        state,
        { kind: "event", stream: "kernel", line: `${1_700_000_000 + index}.000000 alpha kernel: drbd r0: line ${index}` },
        1000 + index,
      );
    expect(state.timeline).toHaveLength(TIMELINE_MAX);
    expect(state.timeline.at(-1)?.text).toContain(`line ${TIMELINE_MAX + 49}`);
  });

  it("ignores a host that isn't of the pair", () => {
    const msg: Msg = { kind: "link.changed", host: hostId("gamma"), link: { phase: "idle" }, at_ms: 1 };
    const state = start();
    expect(update(state, msg)).toBe(state);
  });

  it("has every reading in its facts", () => {
    const ids: readonly ReadingId[] = readingIds;
    expect(Object.keys(start().hosts.get(alpha)?.facts ?? {})).toEqual([...ids]);
  });
});
