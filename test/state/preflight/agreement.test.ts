/** The verdict that is shown all the time and the plans that are made of it: no guest on no host of which the two say different things. */
import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Sim, scenarioList } from "../../../src/sim/index.ts";
import { demoPair } from "../../../src/sim/scenarios/parts/demo-pair.ts";
import { planFor } from "../../../src/state/plan/actions/index.ts";
import { isRefusal } from "../../../src/state/plan/plan.ts";
import { selectPair } from "../../../src/state/select/pair.ts";
import type { PairState } from "../../../src/state/state.ts";
import { NOW_MS, pairFromRecordings } from "../pair-from-recordings.ts";
import { playStory } from "../story.ts";
import { type Compared, compared } from "./agree.ts";

/** After so many seconds of looking: before all has been read, when it has, and when what waits on purpose has been told. */
const MOMENTS_S = [8, 30, 130] as const;

const WELL_S = 130;
/** DRBD has given up every connection to it. */
const NOTICED_S = 60;

const breaks: Readonly<Record<string, (sim: Sim) => void>> = {
  "a disk is Primary without its guest": ({ fault, world }) => {
    fault.guestStop("proxy01");
    // What had it open once its guest was gone.
    world.scheduler.after(10_000, () => {
      const [own, peer] = world.drbd.get("proxy01")?.nodes ?? [];
      if (own === undefined || peer === undefined || own.connection !== "Connected") return;
      own.role = "Primary";
      peer.peer_role = "Primary";
    });
  },
  "a disk isn't connected": ({ fault }) => fault.disconnect("db01", "beta"),
  "a disk is copied": ({ fault }) => fault.resync("web01", "alpha", 4 * 1024 * 1024),
  "a disk is verified": ({ fault }) => fault.verify("web01", "alpha", 0),
  "a disk is split": ({ fault }) => fault.splitBrain("db01"),
  "a disk is gone": ({ fault }) => fault.detach("db01", "beta"),
  "a disk's I/O stands": ({ fault }) => fault.suspend("web01", "beta", "quorum"),
  "a VLAN is missing": ({ fault }) => fault.vlanMissing("beta", 100, true),
  "memory is short": ({ fault }) => fault.memoryShort("beta", 1_000_000),
  "a configuration is missing": ({ fault }) => fault.configMissing("web01", "beta"),
  "configurations differ": ({ fault }) => fault.configDrift("db01", "beta"),
  "a guest is paused": ({ fault }) => fault.guestPaused("web01", true),
  "a guest is stopped": ({ fault }) => fault.guestStop("db01"),
  "a guest has crashed": ({ fault }) => fault.guestCrash("web01"),
  "a guest is on its way": ({ fault }) => fault.migrate("web01", "precopy"),
  "the clocks are apart": ({ fault }) => fault.clockSkew("beta", 6_000),
  "beta isn't heard": ({ fault }) => fault.consoleLinkCut("beta"),
  "beta is dead": ({ fault }) => fault.hostDead("beta"),
  "the copies are parted": ({ fault }) => fault.replicationLinkCut(),
  "xl on beta hangs": ({ fault }) => fault.hang("beta", "xl-list"),
  "what runs on alpha isn't told": ({ fault }) => fault.hang("alpha", "xl-list-long"),
};

const look = (state: PairState, now_ms: number): Compared => compared({ state, view: selectPair(state, now_ms) });
const sum = (all: readonly Compared[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { asked } of all) for (const [name, count] of asked) counts.set(name, (counts.get(name) ?? 0) + count);
  return counts;
};

describe("readiness and plans", () => {
  it("agree in every scenario, on every guest and host", () => {
    const all = scenarioList().flatMap(({ name }) => {
      const story = playStory(name);
      let before_s = 0;
      return MOMENTS_S.map((at_s) => {
        story.advance((at_s - before_s) * 1000);
        before_s = at_s;
        const found = look(story.state(), story.now_ms());
        return { ...found, wrong: found.wrong.map((line) => `${name} after ${at_s} s: ${line}`) };
      });
    });
    expect(all.flatMap(({ wrong }) => wrong)).toEqual([]);
    // Each kind of answer was held against a plan.
    const counts = sum(all);
    for (const kind of [
      "guest start: yes",
      "guest start: no",
      "migrate: yes",
      "migrate: no",
      "migrate: unknown",
      "guest failover: unknown",
    ])
      expect([kind, (counts.get(kind) ?? 0) > 0]).toEqual([kind, true]);
  });

  it("agree on what restarts: what a failover starts, and in which order, is what the verdict said before the host was lost", () => {
    for (const name of ["pair", "vlan-missing", "guest-trouble", "drbd9", "split-brain", "large"])
      for (const at of name === "large" ? ([0] as const) : ([0, 1] as const)) {
        const story = playStory(name);
        story.advance(WELL_S * 1000);
        const before = selectPair(story.state(), story.now_ms());
        const lost = before.lose[at];
        // One that lay there without running isn't lost with its host; a failover starts it as well.
        const idle = new Set(before.guests.flatMap(({ key, host }) => (host === undefined ? [key] : [])));
        story.sim.fault.hostDead(lost.lost);
        story.advance(NOTICED_S * 1000);
        const state = story.state();
        const context = { state, view: selectPair(state, story.now_ms()) };
        const plan = planFor(context, { action: "failover", args: { host: lost.lost, proof: "attest" } });
        if (isRefusal(plan)) throw new Error(plan.refused);
        const started = plan.steps.flatMap(({ sub }) =>
          sub?.action === "guest failover" && !idle.has(sub.args.guest ?? "") ? [sub.args.guest] : [],
        );
        expect([name, lost.lost, started]).toEqual([name, lost.lost, lost.restart]);
      }
  });

  it("agree whatever is broken together", () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(breaks), { minLength: 1, maxLength: 5 }), (names) => {
        const story = playStory({ name: "well", sentence: "", build: demoPair, steps: [] });
        story.advance(MOMENTS_S[1] * 1000);
        for (const name of names) breaks[name]?.(story.sim);
        story.advance(NOTICED_S * 1000);
        expect(look(story.state(), story.now_ms()).wrong).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  it("agree in every state that was recorded", () => {
    const names = readdirSync(new URL("../../recordings", import.meta.url), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .filter((name) => !/^(?:probe|readings)-/.test(name));
    expect(names.length).toBeGreaterThan(15);
    const wrong = names.flatMap((name) => look(pairFromRecordings(name), NOW_MS).wrong.map((line) => `${name}: ${line}`));
    expect(wrong).toEqual([]);
  });
});
