/** The verdict's words on copies: since when, and how far behind. */
import { describe, expect, it } from "vitest";
import { demoPair } from "../../../src/sim/scenarios/parts/demo-pair.ts";
import { selectPair } from "../../../src/state/select/pair.ts";
import type { LeftGuest } from "../../../src/state/view-model.ts";
import { overview } from "../../../src/views/panes/overview.ts";
import { draw } from "../../views/panes/draw.ts";
import { NOW_MS, pairFromRecordings } from "../pair-from-recordings.ts";
import { playStory, type Story } from "../story.ts";

const left = (story: Story, index: 0 | 1): readonly LeftGuest[] => selectPair(story.state(), story.now_ms()).lose[index].cannot;
const demo = (): Story => {
  const story = playStory({ name: "demo", sentence: "", build: demoPair, steps: [] });
  story.advance(25_000);
  return story;
};

describe("a copy that isn't good", () => {
  it("isn't good since it was seen to begin, and lacks what its peer counts", () => {
    const story = demo();
    const cut_ms = story.now_ms();
    story.sim.fault.replicationLinkCut();
    story.advance(60_000);
    const [web] = left(story, 0).filter(({ name }) => name === "web01");
    expect(web).toMatchObject({ reason: expect.stringMatching(/not connected: alpha writes alone/), behind_kib: expect.any(Number) });
    // DRBD notices after its own timeouts.
    expect((web?.since_ms ?? 0) - cut_ms).toBeGreaterThan(0);
    expect((web?.since_ms ?? 0) - cut_ms).toBeLessThan(30_000);
    const behind = web?.behind_kib ?? 0;
    const since = web?.since_ms;
    story.advance(60_000);
    const [later] = left(story, 0).filter(({ name }) => name === "web01");
    expect(later?.since_ms).toBe(since);
    expect(later?.behind_kib ?? 0).toBeGreaterThanOrEqual(behind);
  });

  it("isn't good since the kernel's log says, where the console came later", () => {
    const story = playStory("replication-cut");
    story.advance(120_000);
    const watched = left(story, 0).find(({ name }) => name === "web01");
    // Another console comes two minutes after.
    const late = playStory({
      name: "late",
      sentence: "",
      build: demoPair,
      steps: [{ at_s: -300, what: "cut", act: (fault) => fault.replicationLinkCut() }],
    });
    late.advance(30_000);
    const told = left(late, 0).find(({ name }) => name === "web01");
    expect(watched?.since_ms).toBeDefined();
    const ago_s = (late.now_ms() - (told?.since_ms ?? 0)) / 1000;
    expect(ago_s).toBeGreaterThan(300);
    expect(ago_s).toBeLessThan(332);
  });

  it("says nothing of when, where nobody saw it begin", () => {
    const state = pairFromRecordings("resync", { fill: "none" });
    for (const { cannot } of selectPair(state, NOW_MS).lose) for (const { since_ms } of cannot) expect(since_ms).toBeUndefined();
  });

  it("is good again, and nothing is said any more", () => {
    const story = demo();
    story.sim.fault.disconnect("web01", "beta");
    story.advance(30_000);
    expect(left(story, 0).map(({ name }) => name)).toContain("web01");
    story.sim.fault.connect("web01", "beta");
    story.advance(120_000);
    expect(left(story, 0).map(({ name }) => name)).not.toContain("web01");
    expect([...story.state().history.bad_copies.keys()].filter((key) => key.includes("web01"))).toEqual([]);
  });

  it("is told in one line with since when and how far behind", () => {
    const story = demo();
    story.sim.fault.disconnect("web01", "beta");
    story.advance(60_000);
    const text = draw(overview, selectPair(story.state(), story.now_ms()), { width: 120, height: 40 }).join(" ").replace(/\s+/g, " ");
    expect(text).toMatch(
      /Lose alpha: 4 of 5 restart on beta; web01 can't: its disk not connected: .* since \d\d:\d\d, \d\S* [KMG]iB behind/,
    );
  });
});
