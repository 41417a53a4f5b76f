import { describe, expect, it } from "vitest";
import { bites } from "./mutations.ts";
import { play, storyOf } from "./run.ts";

/** `npm run fuzz` plays thousands. */
const RUNS = 120;

describe("plans against faults", () => {
  it(`keep every invariant in ${RUNS} stories`, async () => {
    const kinds = new Set<string>();
    const results = new Set<string>();
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const { story, violations, outcomes } = await play(storyOf(seed));
      expect(violations, JSON.stringify(story)).toEqual([]);
      for (const { kind } of story.faults) kinds.add(kind);
      for (const outcome of outcomes) results.add(outcome.split(" ").at(-1) ?? "");
    }
    // The stories are worth telling.
    expect(kinds.size).toBeGreaterThanOrEqual(12);
    expect([...results]).toEqual(expect.arrayContaining(["done", "failed", "refused"]));
  });

  it("tell the same from the same seed", async () => {
    const tell = async () => JSON.stringify(await play(storyOf(34)));
    expect(await tell()).toBe(await tell());
  });

  it.each(bites.map((bite) => [bite.mutation.name, bite] as const))(
    "are caught without a rule: %s",
    async (_name, { mutation, stories }) => {
      const with_rule = await Promise.all(stories.map((story) => play(story)));
      expect(with_rule.flatMap(({ violations }) => violations)).toEqual([]);
      const without = [];
      for (const story of stories) without.push(...(await play(story, mutation)).violations);
      expect(without).not.toEqual([]);
    },
  );
});
