import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BEAT_STALE_MS,
  CONFIRM_SLACK_MS,
  evidence,
  freshlyAbsent,
  freshValue,
  HUNG_SLACK_MS,
  hostAnswers,
  hungSince,
  LATE_SLACK_MS,
  lateness,
  overdueSince,
} from "../../src/state/freshness.ts";
import type { Facts, HostState } from "../../src/state/state.ts";
import type { LinkState } from "../../src/xen/host/link.ts";
import { hostId } from "../../src/xen/model/ids.ts";
import { type Known, unknown } from "../../src/xen/model/known.ts";
import type { DomainList } from "../../src/xen/model/xen.ts";
import { readingIds, readings } from "../../src/xen/read/index.ts";

const now = 1_000_000;
const value: DomainList = { domains: [], not_understood: [] };
const { cadence_s, timeout_s } = readings["xl-list"];
const window_ms = (cadence_s + timeout_s) * 1000 + CONFIRM_SLACK_MS;
const live: LinkState = { phase: "live", since_ms: 0 };
const known = (at_ms: number): Known<DomainList> => ({ state: "known", value, at_ms, changed_ms: at_ms });

function host(xl_list: Known<DomainList>, over: Partial<HostState> = {}): HostState {
  const facts = { ...Object.fromEntries(readingIds.map((id) => [id, unknown])), "xl-list": xl_list } as unknown as Facts;
  return {
    id: hostId("alpha"),
    link: live,

    trouble: undefined,
    hello: undefined,
    beat: { at_ms: now - 500, uptime_s: 10, skew_ms: 0 },
    running_since_ms: new Map(),
    facts,
    ...over,
  };
}
const judged = (state: HostState) => evidence(state, "xl-list", now);

describe("freshness", () => {
  it("is fresh within cadence, timeout and slack, and stale a millisecond later", () => {
    expect(judged(host(known(now - window_ms)))).toMatchObject({
      freshness: "fresh",
      at_ms: now - window_ms,
      source: "xl list -v",
      note: undefined,
    });
    expect(judged(host(known(now - window_ms - 1))).freshness).toBe("stale");
  });

  it("has no fresh fact without a young beat or a live link", () => {
    const silent = { beat: { at_ms: now - BEAT_STALE_MS - 1, uptime_s: 10, skew_ms: 0 } };
    expect(judged(host(known(now), silent))).toMatchObject({ freshness: "stale", note: "alpha doesn't answer" });
    expect(judged(host(known(now), { beat: undefined })).freshness).toBe("stale");
    expect(judged(host(known(now), { link: { phase: "connecting", hop: "alpha", since_ms: now, attempt: 2 } })).freshness).toBe("stale");
    expect(judged(host({ state: "absent", why: "no xl", at_ms: now }, silent)).freshness).toBe("stale");
    expect(judged(host(unknown, silent)).freshness).toBe("never");
  });

  it("finds nobody late who answers within a round of asking and beating, nor who repeats what was never asked", () => {
    expect([lateness(undefined, now), lateness(now - LATE_SLACK_MS, now), lateness(now + 5_000, now)]).toEqual([0, 0, 0]);
    expect(lateness(now - LATE_SLACK_MS - 1, now)).toBe(1);
  });

  it("doesn't take a fact of an earlier connection for fresh", () => {
    expect(judged(host(known(now - 3000), { link: { phase: "live", since_ms: now - 2000 } })).freshness).toBe("stale");
  });

  it("tells absent and failed, with the tool's words and the last good time", () => {
    expect(judged(host({ state: "absent", why: "no xl", at_ms: now }))).toMatchObject({ freshness: "absent", note: "no xl" });
    expect(freshlyAbsent(host({ state: "absent", why: "no xl", at_ms: now }), "xl-list", now)).toBe(true);
    const last = { value, at_ms: now - 9000 };
    expect(judged(host({ state: "failed", error: "xl exited with 1", at_ms: now, last }))).toMatchObject({
      freshness: "failed",
      note: "xl exited with 1",
      at_ms: now - 9000,
    });
    expect(freshValue(host({ state: "failed", error: "x", at_ms: now, last }), "xl-list", now)).toBeUndefined();
    expect(freshValue(host(known(now)), "xl-list", now)).toBe(value);
  });

  it("calls a command hung that outlives its limit, whatever was known before, but not on a silent host", () => {
    const since_ms = now - timeout_s * 1000 - HUNG_SLACK_MS - 1;
    const running = { running_since_ms: new Map([["xl-list", since_ms] as const]) };
    expect(judged(host(known(since_ms), running))).toMatchObject({ freshness: "hung", note: "not answering for 9 s" });
    expect(judged(host(unknown, running)).freshness).toBe("hung");
    expect(hungSince(host(unknown, running), "xl-list", now)).toBe(since_ms);
    expect(hungSince(host(unknown, { ...running, beat: undefined }), "xl-list", now)).toBeUndefined();
    expect(hungSince(host(unknown, { running_since_ms: new Map([["xl-list", since_ms + 1]]) }), "xl-list", now)).toBeUndefined();
  });

  it("calls a reading overdue that its beating host has stopped telling", () => {
    expect(overdueSince(host(known(now - window_ms - 1)), "xl-list", now)).toBe(now - window_ms - 1);
    expect(overdueSince(host(known(now - window_ms)), "xl-list", now)).toBeUndefined();
    expect(overdueSince(host(unknown, { link: { phase: "live", since_ms: now - window_ms - 1 } }), "xl-list", now)).toBe(
      now - window_ms - 1,
    );
    expect(overdueSince(host(known(0), { beat: undefined }), "xl-list", now)).toBeUndefined();
  });

  it("never has anything fresh from a host that doesn't answer", () => {
    const at = fc.integer({ min: now - 100_000, max: now });
    const links = fc.oneof<fc.Arbitrary<LinkState>[]>(
      fc.record({ phase: fc.constant("live" as const), since_ms: at }),
      fc.constant({ phase: "idle" }),
      fc.constant({ phase: "unreachable", hop: "j", reason: "r", since_ms: 0, retry_at_ms: 0, attempt: 1 }),
    );
    const facts = fc.oneof<fc.Arbitrary<Known<DomainList>>[]>(
      at.map(known),
      at.map((at_ms) => ({ state: "absent", why: "w", at_ms })),
      at.map((at_ms) => ({ state: "failed", error: "e", at_ms, last: { value, at_ms } })),
      fc.constant(unknown),
    );
    fc.assert(
      fc.property(links, facts, fc.option(at), fc.option(at), (link, fact, beat_ms, running_ms) => {
        const state = host(fact, {
          link,
          beat: beat_ms === null ? undefined : { at_ms: beat_ms, uptime_s: 1, skew_ms: undefined },
          running_since_ms: new Map(running_ms === null ? [] : [["xl-list", running_ms] as const]),
        });
        const { freshness } = judged(state);
        if (!hostAnswers(state, now)) expect(["stale", "never"]).toContain(freshness);
        if (freshness === "fresh")
          expect(link.phase === "live" && beat_ms !== null && now - beat_ms <= BEAT_STALE_MS && fact.state === "known").toBe(true);
      }),
    );
  });
});
