import { describe, expect, it } from "vitest";
import { selectDrbd } from "../../../src/state/select/drbd.ts";
import { RATE_WINDOW_MS, STALL_AFTER_MS } from "../../../src/state/select/resync.ts";
import type { PairState } from "../../../src/state/state.ts";
import type { ResyncView } from "../../../src/state/view-model.ts";
import type { HostId } from "../../../src/xen/model/ids.ts";
import { readProcDrbd } from "../../../src/xen/read/drbd-proc.ts";
import {
  ALPHA,
  BETA,
  emptyHistory,
  factsOf,
  LOST_MS,
  NOW_MS,
  pairFromRecordings,
  unreachable,
  withFacts,
  withHost,
} from "../pair-from-recordings.ts";

function resync(pair: PairState, key: string): ResyncView | undefined {
  const found = selectDrbd(pair, NOW_MS).find((row) => row.key === key);
  if (found === undefined) throw new Error(`no row ${key}`);
  return found.resync;
}
/** With out-of-sync samples of a host's volume, each `[seconds ago, KiB]`. */
function sampled(pair: PairState, host: HostId, key: string, samples: readonly (readonly [number, number])[]): PairState {
  const series = samples.map(([ago_s, kib]) => ({ at_ms: NOW_MS - ago_s * 1000, kib }));
  return { ...pair, history: { ...emptyHistory, out_of_sync: new Map([[`${host}|${key}`, series]]) } };
}
const falling = (from_kib: number, rate_kib_s: number, seconds: number): [number, number][] =>
  Array.from({ length: Math.floor(seconds / 3) + 1 }, (_, index): [number, number] => [
    seconds - 3 * index,
    from_kib - rate_kib_s * 3 * index,
  ]);
const still = (kib: number, seconds: number): [number, number][] => falling(kib, 0, seconds);

/** By beta's kernel in the recording, on its clock as it is taken to be here. */
const PAUSED_MS = 1_799_996_599_681;

describe("a resync", () => {
  it("of 8.4 has its figures from /proc/drbd", () => {
    expect(resync(pairFromRecordings("resync"), "r0/0")).toEqual({
      source: ALPHA,
      target: BETA,
      kind: "resync",
      done_percent: 46.9,
      in_sync_percent: expect.closeTo(32.54, 1),
      left_kib: 88392,
      rate_kib_s: 2076,
      rate_average_kib_s: 1984,
      eta_s: 43,
      eta_spread_s: { soonest_s: 35, latest_s: 45 },
      paused: undefined,
      stalled: undefined,
    });
  });

  it("of 9 has them from status", () => {
    expect(resync(pairFromRecordings("drbd9-resync"), "r0/0")).toMatchObject({
      source: ALPHA,
      target: BETA,
      done_percent: 33.6,
      in_sync_percent: 33.6,
      left_kib: 87000,
      rate_kib_s: 1915,
      rate_average_kib_s: 1823,
      eta_s: 46,
      stalled: undefined,
    });
  });

  it("tells what of it is done apart from what of the disk is in sync", () => {
    // 24 MiB of 64 were to be synced: status of 8.4 calls 67.9 % done what is in sync.
    const found = resync(pairFromRecordings("reconnect"), "r2/0");
    expect(found?.done_percent).toBe(57.2);
    expect(found?.in_sync_percent).toBeCloseTo(67.9, 1);
  });

  it("goes at the speed that was measured, and ends accordingly", () => {
    const pair = sampled(pairFromRecordings("resync"), BETA, "r0/0", falling(148_392, 2000, 30));
    expect(resync(pair, "r0/0")).toMatchObject({ rate_kib_s: 2000, left_kib: 88392, eta_s: 45, stalled: undefined });
  });

  it("ends sooner or later by how differently it has gone", () => {
    const slowed = sampled(pairFromRecordings("resync"), BETA, "r0/0", falling(118_392, 1000, 30));
    // 2076 KiB/s as DRBD says of lately, 1984 on the whole, and 35 s to go; 1000 as was measured.
    expect(resync(slowed, "r0/0")).toMatchObject({ rate_kib_s: 1000, eta_s: 89, eta_spread_s: { soonest_s: 35, latest_s: 89 } });
    expect(resync(pairFromRecordings("paused"), "r0/0")?.eta_spread_s).toBeUndefined();
  });

  it("isn't measured across its begin, nor over more than the window", () => {
    const begun = sampled(pairFromRecordings("resync"), BETA, "r0/0", [
      [12, 0],
      [9, 131_032],
      [6, 125_032],
      [3, 119_032],
      [0, 113_032],
    ]);
    expect(resync(begun, "r0/0")?.rate_kib_s).toBe(2000);
    const slower = [
      ...falling(900_000, 9000, 60).map(([ago, kib]): [number, number] => [ago + RATE_WINDOW_MS / 1000 + 3, kib]),
      ...falling(100_000, 100, 30),
    ];
    expect(resync(sampled(pairFromRecordings("resync"), BETA, "r0/0", slower), "r0/0")?.rate_kib_s).toBe(100);
    // Two samples a second apart say nothing: the tool's own figure stays.
    expect(
      resync(
        sampled(pairFromRecordings("resync"), BETA, "r0/0", [
          [1, 100],
          [0, 50],
        ]),
        "r0/0",
      )?.rate_kib_s,
    ).toBe(2076);
  });

  it("stalls where out-of-sync doesn't fall, since it last did", () => {
    const moved = falling(90_392, 1000, 3).map(([ago, kib]): [number, number] => [ago + 60, kib]);
    const pair = sampled(pairFromRecordings("resync"), BETA, "r0/0", [...moved, ...still(87_392, 57)]);
    expect(resync(pair, "r0/0")).toMatchObject({
      rate_kib_s: 0,
      eta_s: undefined,
      stalled: { since_ms: NOW_MS - 60_000, why: "no progress: out-of-sync doesn't fall" },
    });
    expect(selectDrbd(pair, NOW_MS)[0]?.state).toEqual({ text: "resync stalled", severity: "warning" });
    const briefly = sampled(pairFromRecordings("resync"), BETA, "r0/0", [...moved, ...still(87_392, STALL_AFTER_MS / 1000 - 6)]);
    expect(resync(briefly, "r0/0")?.stalled).toBeDefined();
    expect(resync(sampled(pairFromRecordings("resync"), BETA, "r0/0", still(87_392, 27)), "r0/0")?.stalled).toBeUndefined();
  });

  it("isn't said to stand still for a time in which nobody looked: a command that hangs says nothing", () => {
    const hung = still(87_392, 27).map(([ago, kib]): [number, number] => [ago + 40, kib]);
    expect(resync(sampled(pairFromRecordings("resync"), BETA, "r0/0", hung), "r0/0")?.stalled).toBeUndefined();
  });

  it("isn't taken to move because writes make out-of-sync grow", () => {
    const pair = sampled(pairFromRecordings("resync"), BETA, "r0/0", [
      [50, 1000],
      [40, 1000],
      [30, 1400],
      [20, 1400],
      [0, 1800],
    ]);
    expect(resync(pair, "r0/0")?.stalled).toMatchObject({ since_ms: NOW_MS - 50_000 });
  });

  it("names the likely cause of a stall", () => {
    const flat = (scenario: string): PairState => sampled(pairFromRecordings(scenario), BETA, "r0/0", still(87_000, 60));
    const status = factsOf(flat("drbd9-resync"), BETA, "drbd-status");
    const withLink = (change: object, volume: object = {}, peer: object = {}): PairState =>
      withFacts(flat("drbd9-resync"), BETA, "drbd-status", {
        ...status,
        resources: status.resources.map((one) => ({
          ...one,
          volumes: one.volumes.map((each) => ({ ...each, ...volume })),
          connections: one.connections.map((each) => ({
            ...each,
            ...change,
            volumes: new Map(
              [...each.volumes].map(([number, value]) => [
                number,
                value.sync === undefined ? value : { ...value, sync: { ...value.sync, ...peer } },
              ]),
            ),
          })),
        })),
      });
    expect(resync(withLink({ congested: true }), "r0/0")?.stalled?.why).toContain("congested");
    expect(resync(withLink({}, { upper_pending: 3, lower_pending: 3 }), "r0/0")?.stalled?.why).toBe(
      "no progress while guests' writes are pending: they leave it no rate (c-min-rate)",
    );
    expect(resync(withLink({}, { lower_pending: 7 }), "r0/0")?.stalled?.why).toBe("no progress: the disk on beta keeps 7 requests waiting");
    // The likeliest first, and what else there is.
    expect(resync(withLink({ congested: true }, { lower_pending: 1 }), "r0/0")?.stalled?.why).toBe(
      "no progress: the replication link is congested; also: the disk on beta keeps a request waiting",
    );
    const beside = withFacts(flat("drbd9-resync"), BETA, "drbd-status", {
      ...status,
      resources: status.resources.flatMap((one) => (one.name === "r0" ? [one, { ...one, name: "r8" }] : [one])),
    });
    expect(resync(beside, "r0/0")?.stalled?.why).toBe("no progress while r8 resyncs over the same link");
    expect(resync(withLink({}, {}, { not_converging: true }), "r0/0")?.stalled?.why).toBe("no progress: the rate is 0");
    // Without a series the tool's first "nan" isn't a stall; its own word is.
    const proc = readProcDrbd(
      "version: 8.4.11\n 0: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----\n    ns:0 oos:100\n\t[>...] sync'ed: 0.1% (1/2)K\n\tfinish: 99:00:00 speed: 0 (0) K/sec (stalled)",
    );
    const stalled = withFacts(pairFromRecordings("resync"), BETA, "drbd-proc", proc);
    expect(resync(stalled, "r0/0")?.stalled?.why).toContain("DRBD itself says stalled");
  });

  it("that is paused says by whom", () => {
    const pair = sampled(pairFromRecordings("paused"), BETA, "r0/0", still(129_136, 90));
    expect(resync(pair, "r0/0")).toMatchObject({
      source: ALPHA,
      target: BETA,
      paused: "by hand on beta",
      rate_kib_s: 0,
      eta_s: undefined,
      left_kib: 129_136,
      stalled: { since_ms: PAUSED_MS, why: "paused by hand on beta" },
    });
    // Beta doesn't answer: alpha knows only that it is its peer.
    expect(resync(withHost(pairFromRecordings("paused"), BETA, unreachable), "r0/0")?.paused).toMatch(/beta/);
  });

  it("that is paused is as far as the kernel's log knows that it had got: 8.4 tells no figures then", () => {
    // Of 131032 KiB 129136 are left.
    expect(resync(pairFromRecordings("paused"), "r0/0")?.done_percent).toBe(1.4);
    const forgotten = [ALPHA, BETA].reduce((pair, host) => withFacts(pair, host, "kernel-log", []), pairFromRecordings("paused"));
    expect(resync(forgotten, "r0/0")).toMatchObject({ done_percent: undefined, in_sync_percent: expect.closeTo(1.45, 1) });
    // One that was begun and ended before says nothing of this one.
    const ended = [ALPHA, BETA].reduce(
      (pair, host) =>
        withFacts(pair, host, "kernel-log", [
          ...factsOf(pair, host, "kernel-log"),
          {
            host_wall_ms: undefined,
            source: "kernel",
            subject: "drbd0",
            text: "conn( SyncTarget -> Connected ) disk( Inconsistent -> UpToDate ) ",
          },
        ]),
      pairFromRecordings("paused"),
    );
    expect(resync(ended, "r0/0")?.done_percent).toBeUndefined();
  });

  it("that was paused before it was looked at has been so since the log says, else for longer than it was watched", () => {
    expect(resync(pairFromRecordings("paused"), "r0/0")?.stalled).toEqual({ since_ms: PAUSED_MS, why: "paused by hand on beta" });
    const unlogged = withFacts(pairFromRecordings("paused"), BETA, "kernel-log", []);
    const paused = sampled(unlogged, BETA, "r0/0", still(129_136, 3));
    expect(resync(paused, "r0/0")?.stalled).toEqual({ since_ms: NOW_MS - 3_000, at_least: true, why: "paused by hand on beta" });
    expect(resync(unlogged, "r0/0")?.stalled).toMatchObject({ at_least: true });
  });

  it("that was seen to stop has stood for as long as that", () => {
    const live_ms = NOW_MS - 300_000;
    const watched = withHost(pairFromRecordings("resync"), BETA, (host) => ({ ...host, link: { phase: "live", since_ms: live_ms } }));
    const begun = sampled(watched, BETA, "r0/0", still(87_392, 60));
    expect(resync(begun, "r0/0")?.stalled).toEqual({ since_ms: NOW_MS - 60_000, why: "no progress: out-of-sync doesn't fall" });
    // First looked at then: it may have stood before.
    expect(resync(sampled(pairFromRecordings("resync"), BETA, "r0/0", still(87_392, 60)), "r0/0")?.stalled).toMatchObject({
      at_least: true,
    });
  });

  it("that waits for another says so", () => {
    const pair = pairFromRecordings("paused");
    const status = factsOf(pair, BETA, "drbd-status");
    const depends = withFacts(pair, BETA, "drbd-status", {
      ...status,
      resources: status.resources.map((one) => ({
        ...one,
        connections: one.connections.map((each) => ({
          ...each,
          volumes: new Map(
            [...each.volumes].map(([number, value]) => [
              number,
              { ...value, resync_suspended: value.resync_suspended === "user" ? "dependency" : value.resync_suspended },
            ]),
          ),
        })),
      })),
    });
    const proc = factsOf(pair, BETA, "drbd-proc");
    const both = withFacts(depends, BETA, "drbd-proc", { ...proc, minors: proc.minors.map((minor) => ({ ...minor, resync_paused: [] })) });
    expect(resync(both, "r0/0")?.paused).toBe("by beta, until another resync is done (resync-after)");
  });

  it("that was cut off stands still because nobody is connected", () => {
    const pair = pairFromRecordings("linkcut");
    const status = factsOf(pair, BETA, "drbd-status");
    const half = withFacts(pair, BETA, "drbd-status", {
      ...status,
      resources: status.resources.map((one) =>
        one.name === "r0" ? { ...one, volumes: one.volumes.map((each) => ({ ...each, disk: "Inconsistent" as const })) } : one,
      ),
    });
    expect(resync(sampled(half, BETA, "r0/0", still(5000, 40)), "r0/0")).toMatchObject({
      source: ALPHA,
      target: BETA,
      rate_kib_s: 0,
      eta_s: undefined,
      stalled: { since_ms: NOW_MS - 40_000, why: "not connected (Connecting)" },
    });
    expect(selectDrbd(half, NOW_MS)[0]?.state).toMatchObject({ severity: "critical" });
  });

  it("is told by the host that answers, else as last heard", () => {
    const pair = withHost(pairFromRecordings("resync"), BETA, unreachable);
    expect(resync(pair, "r0/0")).toMatchObject({ source: ALPHA, target: BETA, left_kib: 81320, done_percent: 53.2 });
    const silent = withHost(pair, ALPHA, unreachable);
    expect(resync(silent, "r0/0")).toMatchObject({ target: BETA });
    expect(selectDrbd(silent, NOW_MS)[0]?.sides[0].evidence.at_ms).toBe(LOST_MS);
  });

  it("isn't there where nothing is synced", () => {
    for (const scenario of ["healthy", "splitbrain", "linkcut", "drbd9-healthy", "peerdown"])
      for (const { resync: found, key } of selectDrbd(pairFromRecordings(scenario), NOW_MS))
        expect(found, `${scenario} ${key}`).toBeUndefined();
  });
});

describe("a verify", () => {
  const proc = readProcDrbd(
    "version: 8.4.11\n 0: cs:VerifyS ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n    ns:0 oos:12\n\t[>...] verified: 12.5% (1/2)M\n\tfinish: 0:02:00 speed: 5,000 (4,000) want: 6,000 K/sec",
  );
  function verifying(): PairState {
    const pair = pairFromRecordings("healthy");
    const status = factsOf(pair, ALPHA, "drbd-status");
    const told = withFacts(pair, ALPHA, "drbd-status", {
      ...status,
      resources: status.resources.map((one) =>
        one.name === "r0"
          ? {
              ...one,
              connections: one.connections.map((each) => ({
                ...each,
                volumes: new Map([...each.volumes].map(([number, value]) => [number, { ...value, replication: "VerifyS" as const }])),
              })),
            }
          : one,
      ),
    });
    return sampled(withFacts(told, ALPHA, "drbd-proc", proc), ALPHA, "r0/0", still(12, 90));
  }

  it("has the tool's own figures, and isn't stalled because out-of-sync stays", () => {
    expect(resync(verifying(), "r0/0")).toMatchObject({
      kind: "verify",
      source: ALPHA,
      target: BETA,
      done_percent: 12.5,
      rate_kib_s: 5000,
      rate_average_kib_s: 4000,
      eta_s: 120,
      stalled: undefined,
    });
  });
});
