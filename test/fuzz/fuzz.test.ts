import { describe, expect, it } from "vitest";

import { bites } from "./mutations.ts";
import { play } from "./run.ts";
import { shrink } from "./shrink.ts";
import { faultKinds, type Story, storyOf } from "./story.ts";

/** `npm run fuzz` plays thousands. */
const RUNS = 100;
/** As every property test: XENHA_SEED takes others. */
const FIRST = Number(process.env.XENHA_SEED ?? "1");

/** Seeds of `npm run fuzz` that broke something once, in as few faults as it takes. */
const broke: readonly (readonly [what: string, story: Story])[] = [
  [
    "a plan within one that is taken over while its first line is on its way to both hosts",
    {
      ...storyOf(1959),
      setting: "well",
      request: { action: "evacuate", args: { host: "beta" } },
      faults: [{ kind: "taken over", when: { call: 38 }, host: 0 }],
    },
  ],
];

describe("plans against faults", () => {
  it.each(broke)("go well again: %s", async (_what, story) => {
    expect((await play(story)).violations).toEqual([]);
  });

  it(`keep every invariant in ${RUNS} stories`, async () => {
    const kinds = new Set<string>();
    const results = new Set<string>();
    for (let at = 0; at < RUNS; at += 1) {
      const { story, violations, outcomes, injected } = await play(storyOf(FIRST + at));
      expect(violations, JSON.stringify(story)).toEqual([]);
      for (const kind of injected) kinds.add(kind);
      for (const outcome of outcomes) results.add(outcome.split(" ").at(-1) ?? "");
    }
    // The stories are worth telling.
    expect(kinds.size).toBeGreaterThanOrEqual(faultKinds.length / 2);
    expect([...results]).toEqual(expect.arrayContaining(["done", "stopped", "blocked"]));
  });

  it("tell the same from the same seed", async () => {
    const tell = async () => JSON.stringify(await play(storyOf(34)));
    expect(await tell()).toBe(await tell());
  });

  it.each(bites.map((bite) => [`${bite.rule}: ${bite.mutation.name}`, bite] as const))(
    "are caught without a rule: %s",
    async (_name, { mutation, stories, caught_by }) => {
      const caught: string[] = [];
      for (const story of stories) {
        expect((await play(story)).violations, JSON.stringify(story)).toEqual([]);
        caught.push(...(await play(story, mutation)).violations.map(({ invariant }) => invariant));
      }
      expect(caught).toContain(caught_by);
    },
  );

  it("tell the least of a story that breaks something", async () => {
    const bite = bites.find(({ caught_by }) => caught_by === "no lease left");
    if (bite === undefined) throw new Error("no such rule");
    const long: Story = {
      ...storyOf(1),
      setting: "well",
      request: { action: "guest pause", args: { guest: "web01" } },
      faults: [
        { kind: "clock skew", when: { call: 7 }, host: 1 },
        { kind: "answers lost", when: { ms: 3_000 }, host: 0 },
      ],
    };
    const { story } = await shrink(long, "no lease left", bite.mutation);
    expect(story).toEqual({ ...long, seed: 1, two: true, faults: [] });
  });
});
