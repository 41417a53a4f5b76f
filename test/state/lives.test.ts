import { describe, expect, it } from "vitest";
import type { Ack } from "../../src/state/acks.ts";
import { lasting } from "../../src/state/diagnose/lasting.ts";
import {
  FIRST_LOOKS_MS,
  type FindingNews,
  FLAP_QUIET_MS,
  FLAP_WINDOW_MS,
  LIVES_MAX,
  lookedAt,
  newsBetween,
  SETTLE_MS,
} from "../../src/state/lives.ts";
import type { PairState } from "../../src/state/state.ts";
import { initialState, update } from "../../src/state/update.ts";
import type { Finding } from "../../src/state/view-model.ts";
import { hostId } from "../../src/xen/model/ids.ts";

const START_MS = 1_000_000;

const finding = (over: Partial<Finding> = {}): Finding => ({
  rule: "drbd.connecting",
  severity: "warning",
  object: "r0",
  cause: "r0 waits for the peer",
  evidence: [],
  at_risk: ["web01"],
  next: "3: look",
  screen: 3,
  since_ms: undefined,
  ...over,
});

/** Looks once a second, as the runtime does when nothing comes. */
function watching() {
  let state: PairState = initialState({ name: "p", hosts: [hostId("alpha"), hostId("beta")], now_ms: START_MS });
  let now_ms = START_MS + FIRST_LOOKS_MS + 1000;
  const news: FindingNews[] = [];
  const look = (found: readonly Finding[]): void => {
    const { lives } = state;
    state = lookedAt(state, found, now_ms);
    news.push(...newsBetween(lives, state.lives, now_ms));
  };
  return {
    news,
    state: () => state,
    now_ms: () => now_ms,
    told: () => news.map(({ kind, finding: { object, severity } }) => `${kind} ${object} ${severity}`),
    timeline: () => state.timeline.map(({ text, at_ms }) => `${(at_ms - START_MS) / 1000} ${text}`),
    shown: (found: readonly Finding[]) => lasting(state, found, now_ms),
    note: (ack: Partial<Ack> & Pick<Ack, "key">) => {
      state = update(state, {
        kind: "finding.noted",
        ack: { by: "ana", at_ms: now_ms, until_ms: undefined, severity: "warning", at_risk: ["web01"], ...ack },
        at_ms: now_ms,
      });
    },
    /** So many seconds with these findings. */
    during(seconds: number, ...found: readonly Finding[]) {
      for (let s = 0; s < seconds; s += 1) {
        look(found);
        now_ms += 1000;
      }
    },
    startAt: (ms: number) => {
      now_ms = ms;
    },
  };
}

describe("a finding over time", () => {
  it("is told once it has held, with the time at which it began, and once it has been gone", () => {
    const pair = watching();
    const began = (pair.now_ms() - START_MS) / 1000;
    pair.during(SETTLE_MS / 1000, finding());
    expect(pair.told()).toEqual([]);
    pair.during(20, finding());
    expect(pair.told()).toEqual(["raised r0 warning"]);
    expect(pair.timeline()).toEqual([`${began} found: r0 waits for the peer`]);
    expect(pair.shown([finding()])[0]?.since_ms).toBe(START_MS + began * 1000);
    pair.during(SETTLE_MS / 1000);
    expect(pair.told()).toEqual(["raised r0 warning"]);
    pair.during(2);
    expect(pair.told()).toEqual(["raised r0 warning", "cleared r0 warning"]);
    expect(pair.timeline().at(-1)).toMatch(/no longer found: r0 waits/);
  });

  it("is no news where it only blinks, either way", () => {
    const pair = watching();
    pair.during(2, finding());
    pair.during(60);
    expect(pair.told()).toEqual([]);
    pair.during(60, finding());
    const since = pair.shown([finding()])[0]?.since_ms;
    pair.during(2);
    pair.during(60, finding());
    expect(pair.told()).toEqual(["raised r0 warning"]);
    expect(pair.shown([finding()])[0]?.since_ms).toBe(since);
  });

  it("that was there at the start has no age of its own, and says so", () => {
    const pair = watching();
    pair.startAt(START_MS + 1000);
    pair.during(200, finding());
    expect(pair.news).toMatchObject([{ kind: "raised", initial: true }]);
    expect(pair.shown([finding()])[0]?.since_ms).toBeUndefined();
    // What the rule itself knows stays.
    expect(pair.shown([finding({ since_ms: 5 })])[0]?.since_ms).toBe(5);
  });

  it("that gets worse is told at once, and is better only when it has been so for a while", () => {
    const pair = watching();
    pair.during(10, finding());
    for (let turn = 0; turn < 5; turn += 1) {
      pair.during(1, finding({ severity: "critical" }));
      pair.during(10, finding());
    }
    expect(pair.told()).toEqual(["raised r0 warning", "worsened r0 critical"]);
    pair.during(FLAP_QUIET_MS / 1000 + 1, finding());
    pair.during(1, finding({ severity: "critical" }));
    expect(pair.told()).toEqual(["raised r0 warning", "worsened r0 critical", "worsened r0 critical"]);
  });

  it("that comes and goes is told once, stays in sight while it is away, and ends when it was quiet", () => {
    const pair = watching();
    for (let turn = 0; turn < 6; turn += 1) {
      pair.during(10, finding({ severity: "critical" }));
      pair.during(10);
    }
    // Two losses may be chance; from the third on it is one flapping thing.
    expect(pair.told()).toEqual([
      "raised r0 critical",
      "cleared r0 critical",
      "raised r0 critical",
      "cleared r0 critical",
      "raised r0 critical",
    ]);
    expect(pair.shown([])).toMatchObject([
      {
        object: "r0",
        severity: "warning",
        flaps: 6,
        gone_ms: pair.now_ms() - 10_000,
        cause: expect.stringMatching(/^comes and goes, found 6 times/),
      },
    ]);
    expect(pair.shown([finding()])).toMatchObject([{ flaps: 6, severity: "warning" }]);
    // What is kept in sight isn't found: it must not keep itself alive.
    for (let s = 0; s < FLAP_QUIET_MS / 1000; s += 1) pair.during(1, ...pair.shown([]));
    expect(pair.told()).toHaveLength(6);
    expect(pair.shown([])).toEqual([]);
  });

  it("is one finding whatever the number of those told together", () => {
    const pair = watching();
    for (let count = 6; count < 20; count += 1) pair.during(5, finding({ object: `${count} objects` }));
    expect(pair.told()).toEqual(["raised 6 objects warning"]);
  });

  it("is forgotten in the end, and never more are remembered than the limit", () => {
    const pair = watching();
    pair.during(5, finding());
    pair.during(5 + FLAP_WINDOW_MS / 1000 + 1);
    expect(pair.state().lives.size).toBe(0);
    for (let batch = 0; batch < 4; batch += 1)
      pair.during(1, ...Array.from({ length: LIVES_MAX / 2 }, (_, index) => finding({ object: `r${batch}-${index}` })));
    expect(pair.state().lives.size).toBe(LIVES_MAX);
    expect([...pair.state().lives.keys()].some((key) => key.includes("r3-1"))).toBe(true);
  });

  it("is no news where it is a passing state", () => {
    const pair = watching();
    pair.during(20, finding({ severity: "info" }));
    pair.during(20, finding({ severity: "warning" }));
    pair.during(20);
    expect(pair.told()).toEqual(["raised r0 warning", "cleared r0 warning"]);
  });
});

describe("a note of a finding", () => {
  const key = "drbd.connecting r0";

  it("shows who took it and when, after those that nobody has seen", () => {
    const pair = watching();
    const other = finding({ object: "r9" });
    pair.during(10, finding(), other);
    pair.note({ key });
    expect(pair.shown([finding(), other])).toMatchObject([{ object: "r9" }, { object: "r0", ack: { by: "ana", at_ms: pair.now_ms() } }]);
    expect(pair.timeline().at(-1)).toMatch(/acknowledged by ana: r0 waits for the peer$/);
  });

  it("never hides that it gets worse", () => {
    for (const worse of [finding({ severity: "critical" }), finding({ at_risk: ["web01", "db01"] })]) {
      const pair = watching();
      pair.during(10, finding());
      pair.note({ key });
      pair.during(10, finding({ at_risk: [] }));
      expect(pair.shown([finding()])[0]?.ack).toBeDefined();
      const [shown] = pair.shown([worse]);
      expect(shown?.ack).toBeUndefined();
      expect(shown?.evidence.at(-1)?.text).toBe("ana took note of it 10 s ago; it has got worse since");
      pair.during(1, worse);
      // It isn't taken up again by itself when it eases.
      expect(pair.shown([finding()])[0]?.ack).toBeUndefined();
    }
  });

  it("ends with its time, or with the finding", () => {
    const pair = watching();
    pair.during(10, finding());
    pair.note({ key, until_ms: pair.now_ms() + 60_000 });
    expect(pair.timeline().at(-1)).toMatch(/snoozed for 1 min by ana/);
    pair.during(59, finding());
    expect(pair.shown([finding()])[0]?.ack).toMatchObject({ by: "ana" });
    pair.during(2, finding());
    expect(pair.shown([finding()])[0]?.ack).toBeUndefined();
    expect(pair.state().acks.size).toBe(0);
    pair.note({ key });
    pair.during(300);
    expect(pair.shown([finding()])[0]?.ack).toBeDefined();
    pair.during(400);
    expect(pair.shown([finding()])[0]?.ack).toBeUndefined();
  });

  it("is withdrawn by whoever wants", () => {
    const pair = watching();
    pair.during(10, finding());
    pair.note({ key });
    const state = update(pair.state(), { kind: "finding.note_withdrawn", key, by: "bob", at_ms: pair.now_ms() });
    expect(state.acks.size).toBe(0);
    expect(state.timeline.at(-1)?.text).toBe("note withdrawn by bob: r0 waits for the peer");
  });
});
