/** A host that booted lately: what was seen of it is told as seen, what only its uptime says as that. */
import { describe, expect, it } from "vitest";
import { demoPair } from "../../../src/sim/scenarios/parts/demo-pair.ts";
import type { Step } from "../../../src/sim/scenarios/scenario.ts";
import { RETURNED_MS } from "../../../src/state/diagnose/returned.ts";
import { selectPair } from "../../../src/state/select/pair.ts";
import { playStory } from "../story.ts";

/** beta loses its power and is switched on again so many seconds after the console began (before: less than 0); web02 was started on alpha meanwhile. */
function returned(back_s: number, look_s: number) {
  const steps: readonly Step[] = [
    { at_s: back_s - 200, what: "beta loses its power", act: (fault) => fault.hostDead("beta") },
    { at_s: back_s - 100, what: "web02 is started on alpha", act: (fault) => fault.guestStart("web02", "alpha") },
    { at_s: back_s, what: "beta is switched on", act: (fault) => fault.hostBack("beta") },
  ];
  const story = playStory({ name: "returned", sentence: "", build: demoPair, steps });
  story.advance(look_s * 1000);
  return selectPair(story.state(), story.now_ms()).findings.find(({ rule }) => rule === "host.returned");
}

describe("a host that booted lately", () => {
  it("has come back, where this console saw it away", () => {
    expect(returned(300, 400)?.cause).toMatch(/^beta has come back, it booted \d+ s ago: .*web02 still runs on alpha/);
    // It was silent when the console began.
    expect(returned(-10, 90)?.cause).toMatch(/^beta has come back, it booted \d+ s ago: /);
  });

  it("booted before this console looked, where nothing else is known: not that it was away, nor that a guest was moved because of it", () => {
    const found = returned(-300, 60);
    expect(found?.cause).toMatch(
      /^beta booted \d+ min ago by its own count, before this console looked: .*web02 runs on alpha, though it starts by itself on beta/,
    );
    expect(found?.cause).not.toMatch(/come back|still/);
    expect(found?.evidence.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^up for \d+ min: a machine that was restored or paused counts on from then/),
    );
  });

  it("is any host after half an hour", () => {
    expect(returned(-RETURNED_MS / 1000 - 60, 60)).toBeUndefined();
  });
});
