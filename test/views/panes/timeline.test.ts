import { describe, expect, it } from "vitest";
import type { TimelineEntry } from "../../../src/state/state.ts";
import { localTime } from "../../../src/views/format.ts";
import { timeline, whatOf } from "../../../src/views/panes/timeline.ts";
import { contextOf, draw, drawDetail } from "./draw.ts";
import { alpha, fixtureView, NOW_MS } from "./fixture.ts";

const entry = (seq: number, age_ms: number, overrides: Partial<TimelineEntry> = {}): TimelineEntry => ({
  seq,
  at_ms: NOW_MS - age_ms,
  host: alpha,
  origin: "seen",
  object: "r2",
  text: "Connected -> StandAlone",
  severity: "critical",
  ...overrides,
});

describe("timeline", () => {
  it("is newest first, whatever order it comes in", () => {
    const view = fixtureView({ timeline: [entry(1, 9_000), entry(3, 2_000), entry(2, 2_000)] });
    expect(timeline.build(contextOf(view)).rows.map(({ key }) => key)).toEqual(["episode 1", "3", "2", "1"]);
  });

  it("tells time, age, host, origin, object and what, with the sign for how bad it is", () => {
    const view = fixtureView({
      timeline: [
        entry(1, 42_000),
        entry(2, 60_000, { host: undefined, origin: "journal", severity: "ok", object: "web01", text: "running" }),
      ],
    });
    expect(draw(timeline, view, { width: 71 })).toEqual([
      "  time       age  host   origin     object  what",
      `┌ ${localTime(NOW_MS - 60_000, NOW_MS)}, 18 s: r2: Connected -> StandAlone  2 entries`,
      `│ ${localTime(NOW_MS - 42_000, NOW_MS)}  42 s  alpha  seen     ✗ r2      Connected -> StandAlone`,
      `└ ${localTime(NOW_MS - 60_000, NOW_MS)}  60 s  –      journal  ✓ web01   running`,
    ]);
  });

  it("tells in episodes what came close together, and leaves alone what didn't", () => {
    const view = fixtureView({
      timeline: [
        entry(1, 900_000, { object: "web01", text: "running", severity: "ok" }),
        entry(2, 60_000, { object: "eth1", text: "carrier lost", severity: "warning" }),
        entry(3, 50_000, { host: undefined, rule: "net.carrier", object: "eth1", text: "found: eth1 on alpha: no carrier" }),
      ],
    });
    expect(draw(timeline, view, { width: 70 }).slice(1)).toEqual([
      expect.stringMatching(/^┌ \S+, 10 s: eth1 on alpha: no carrier {2}2 entries$/),
      expect.stringMatching(/^│ .*✗ eth1/),
      expect.stringMatching(/^└ .*▲ eth1/),
      expect.stringMatching(/^ {2}\S.*✓ web01/),
    ]);
  });

  it("tells where there is room what the host's own clock said", () => {
    const skewed = fixtureView();
    const view = fixtureView({
      hosts: [{ ...skewed.hosts[0], skew_ms: 3_600_000 }, skewed.hosts[1]],
      timeline: [entry(1, 42_000), entry(2, 400_000, { host: undefined })],
    });
    const [title, first, second] = draw(timeline, view, { width: 160 });
    expect(title).toMatch(/ its clock /);
    expect(first).toContain(localTime(NOW_MS - 42_000 + 3_600_000, NOW_MS));
    expect(second).toMatch(/–/);
  });

  it("says an object's name once", () => {
    expect(whatOf({ object: "r2", text: "drbd r2: conn( Connected -> StandAlone )" })).toBe("conn( Connected -> StandAlone )");
    expect(whatOf({ object: "r2", text: "r2 resource up" })).toBe("resource up");
    expect(whatOf({ object: "r2", text: "r22: up" })).toBe("r22: up");
    expect(whatOf({ object: "r2", text: "r2" })).toBe("r2");
  });

  it("shows with the evidence which command told of an entry, and the moment on both clocks", () => {
    const told = (overrides: Partial<TimelineEntry>): string =>
      drawDetail(fixtureView({ timeline: [entry(1, 42_000, overrides)] }), { kind: "entry", seq: 1 }, { evidence: true }).join("\n");
    expect(told({ origin: "journal", reading: "kernel-log" })).toMatch(/told by +journalctl -k on alpha/);
    expect(told({ object: "web01", text: "connected", reading: "xl-list" })).toMatch(/told by +xl list -v on alpha/);
    expect(told({ object: alpha, text: "and 3 more changes at the same moment", reading: "multipath" })).toMatch(
      /told by +multipathd show maps json on alpha/,
    );
    expect(told({ event: true })).toMatch(/told by +drbdsetup events2 on alpha/);
    expect(told({ object: alpha, text: "connected" })).toMatch(/told by +this console's connection to alpha/);
    expect(told({ host: undefined, rule: "drbd.split_brain", text: "found: r2" })).toMatch(
      /told by +this console's judgement, rule drbd\.split_brain/,
    );
    const unasked = drawDetail(fixtureView({ timeline: [entry(1, 42_000)] }), { kind: "entry", seq: 1 }).join("\n");
    for (const text of [told({}), unasked])
      expect(text).toMatch(/console clock +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z\n +alpha clock +(?:\d{4}-|\? its skew)/);
  });

  it("gives up origin and age before host and text when narrow", () => {
    const [title] = draw(timeline, fixtureView({ timeline: [entry(1, 42_000)] }), { width: 52 });
    expect(title).toMatch(/^ {2}time +host +object +what$/);
  });

  it("leads to the entry, and says why it is empty", () => {
    expect(timeline.build(contextOf(fixtureView({ timeline: [entry(7, 1)] }))).rows[0]?.object).toEqual({ kind: "entry", seq: 7 });
    expect(timeline.build(contextOf(fixtureView({ timeline: [] }))).empty).toMatch(/^Nothing has changed since the console started/);
  });
});
