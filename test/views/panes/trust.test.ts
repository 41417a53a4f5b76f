import { describe, expect, it } from "vitest";
import { evidenceSpan, hostTitle, judged, mark, oldest, told, toldOr, trustOf, trustOfHost } from "../../../src/views/panes/trust.ts";
import { lineText } from "../../../src/views/widgets/text.ts";
import { alpha, critical, fixtureEvidence, fixtureHost, fixtureReadings, NOW_MS, ok, warning } from "./fixture.ts";

const old = { age_ms: 42_000 };

describe("trust", () => {
  it("is whole only for what is fresh or freshly absent", () => {
    const of = (freshness: "fresh" | "stale" | "hung" | "failed" | "absent" | "never") =>
      trustOf(fixtureEvidence(alpha, { freshness }), NOW_MS);
    expect([of("fresh"), of("absent")]).toEqual([undefined, undefined]);
    expect([of("stale"), of("hung"), of("failed"), of("never")]).toEqual(Array(4).fill({ age_ms: 1_200 }));
    expect(trustOf(fixtureEvidence(alpha, { freshness: "never", at_ms: undefined }), NOW_MS)).toEqual({ age_ms: undefined });
  });

  it("is that of the oldest of several; never told is older than anything", () => {
    expect(oldest([undefined, old, { age_ms: 3 }])).toEqual(old);
    expect(oldest([old, { age_ms: undefined }])).toEqual({ age_ms: undefined });
    expect(oldest([undefined, undefined])).toBeUndefined();
  });

  it("is lost in a host that doesn't answer, even where its readings look fresh", () => {
    expect(trustOfHost(fixtureHost(alpha), ["xl-list"], NOW_MS)).toBeUndefined();
    expect(trustOfHost(fixtureHost(alpha, { reach: "stale", heard_ms: NOW_MS - 9_000 }), ["xl-list"], NOW_MS)).toEqual({ age_ms: 9_000 });
    const hung = fixtureReadings(alpha).map((each) => (each.reading === "xl-list" ? { ...each, freshness: "hung" as const } : each));
    const host = fixtureHost(alpha, { readings: hung });
    expect(trustOfHost(host, ["xl-list"], NOW_MS)).toBeDefined();
    expect(trustOfHost(host, ["xl-info"], NOW_MS)).toBeUndefined();
  });
});

describe("a value", () => {
  it("is plain when fresh, marked with its age when not", () => {
    expect(told("running", undefined)).toEqual({ text: "running" });
    expect(told("running", old, { tone: "ok", aged: true })).toEqual({ text: "~running 42 s", tone: "stale" });
    expect(told("running", { age_ms: undefined }, { aged: true })).toEqual({ text: "~running", tone: "stale" });
  });

  it("that isn't there says so in a word", () => {
    expect(toldOr(undefined, undefined, { missing: "load" })).toEqual({ text: "? load", tone: "unknown" });
    expect(toldOr(undefined, old)).toEqual({ text: "? unknown", tone: "unknown" });
  });
});

describe("a judgement", () => {
  it("is a symbol and a word", () => {
    expect(lineText(judged(critical("split brain"), undefined, false))).toBe("✗ split brain");
    expect(lineText(judged(warning(""), undefined, true))).toBe("! warning");
    expect(lineText(judged(ok("up"), undefined, false))).toBe("✓ up");
  });

  it("that is old keeps its symbol only where that isn't good news, and no tone but stale", () => {
    expect(judged(ok("up"), old, false, { aged: true }).filter(({ text }) => text !== "")).toEqual([{ text: "~up 42 s", tone: "stale" }]);
    expect(judged(critical("gone"), old, false).map(({ text, tone }) => [text, tone])).toEqual([
      ["✗ ", "stale"],
      ["~gone", "stale"],
    ]);
    expect(mark("ok", old, false)).toMatchObject({ text: "~", tone: "stale" });
    expect(mark("critical", old, false)).toMatchObject({ text: "✗", tone: "critical" });
  });
});

describe("evidence", () => {
  it("names the command, the host and the age, and what is wrong", () => {
    const of = (overrides: Parameters<typeof fixtureEvidence>[1]) => evidenceSpan(fixtureEvidence(alpha, overrides), NOW_MS);
    expect(of({})).toEqual({ text: "xl list -v on alpha, 1.2 s ago", tone: "dim" });
    expect(of({ freshness: "hung", at_ms: NOW_MS - 44_000, note: "not answering for 42 s" })).toEqual({
      text: "~xl list -v on alpha, hung, 44 s ago: not answering for 42 s",
      tone: "stale",
    });
    expect(of({ freshness: "absent", note: "no xl" }).text).toBe("xl list -v on alpha, 1.2 s ago: not on this host (no xl)");
    expect(of({ freshness: "never", at_ms: undefined })).toEqual({ text: "? xl list -v on alpha: not answered yet", tone: "unknown" });
  });

  it("puts a silent host's age into the title of its columns", () => {
    expect(hostTitle(fixtureHost(alpha), NOW_MS)).toBe("alpha");
    expect(hostTitle(fixtureHost(alpha, { reach: "unreachable", heard_ms: NOW_MS - 42_000 }), NOW_MS)).toBe("alpha ~42 s old");
    expect(hostTitle(fixtureHost(alpha, { reach: "connecting", heard_ms: undefined }), NOW_MS)).toBe("alpha ? never heard");
  });
});
