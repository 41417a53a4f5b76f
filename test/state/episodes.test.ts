import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EPISODE_GAP_MS, EPISODE_MS_MAX, episodesOf } from "../../src/state/episodes.ts";
import type { TimelineEntry } from "../../src/state/state.ts";

const entry = (seq: number, at_ms: number, over: Partial<TimelineEntry> = {}): TimelineEntry => ({
  seq,
  at_ms,
  host: undefined,
  origin: "seen",
  object: "r0",
  text: "connection to beta Connecting",
  severity: "warning",
  ...over,
});

describe("episodes", () => {
  it("hold together what came close together", () => {
    const times = [0, 10_000, 10_000 + EPISODE_GAP_MS, 10_001 + 2 * EPISODE_GAP_MS, 500_000];
    const found = episodesOf(times.map((at_ms, index) => entry(index + 1, at_ms)));
    expect(found.map(({ from_ms, to_ms, entries }) => [from_ms, to_ms, entries.length])).toEqual([
      [0, 10_000 + EPISODE_GAP_MS, 3],
      [10_001 + 2 * EPISODE_GAP_MS, 10_001 + 2 * EPISODE_GAP_MS, 1],
      [500_000, 500_000, 1],
    ]);
  });

  it("are called by their worst finding, else by their worst entry", () => {
    const [called] = episodesOf([
      entry(1, 0, { severity: "critical", object: "eth1", text: "carrier lost" }),
      entry(2, 1000, { rule: "drbd.connecting", severity: "warning", object: "replication", text: "found: all 7 volumes wait" }),
      entry(3, 2000, { rule: "net.carrier", severity: "critical", object: "eth1", text: "found: eth1 on alpha: no carrier" }),
      entry(4, 3000, { rule: "net.carrier", severity: "ok", object: "eth1", text: "no longer found: eth1 on alpha: no carrier" }),
    ]);
    expect(called).toMatchObject({ title: "eth1 on alpha: no carrier", severity: "critical" });
    const [plain] = episodesOf([
      entry(1, 0, { severity: "info", text: "up" }),
      entry(2, 1, { object: "web01", text: "crashed", severity: "critical" }),
    ]);
    expect(plain).toMatchObject({ title: "web01: crashed", severity: "critical" });
  });

  it("keep their key while more joins them", () => {
    const entries = [entry(7, 0), entry(8, 1000), entry(9, 2000)];
    expect(new Set([1, 2, 3].map((count) => episodesOf(entries.slice(0, count))[0]?.key))).toEqual(new Set(["episode 7"]));
  });

  it("end, also where it never falls silent", () => {
    const found = episodesOf(Array.from({ length: 400 }, (_, index) => entry(index + 1, index * 10_000)));
    expect(found.length).toBe(3);
    for (const { from_ms, to_ms } of found) expect(to_ms - from_ms).toBeLessThanOrEqual(EPISODE_MS_MAX);
  });

  it("hold each entry once, in order, whatever there is", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5_000_000 }), { maxLength: 60 }), (times) => {
        const timeline = [...times].sort((a, b) => a - b).map((at_ms, index) => entry(index, at_ms));
        const found = episodesOf(timeline);
        expect(found.flatMap(({ entries }) => entries)).toEqual(timeline);
        for (const { entries } of found) expect(entries.length).toBeGreaterThan(0);
      }),
    );
  });
});
