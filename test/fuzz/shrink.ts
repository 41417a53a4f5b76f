/** The least of a story that still breaks the invariant: fewer faults, earlier, simpler. */
import type { Invariant } from "./invariants.ts";
import { type Mutation, play } from "./run.ts";
import type { Fault, Story, When } from "./story.ts";

/** Stories played at most to find it. */
const TRIES_MAX = 250;

/** Simpler moments than this one, simplest first. */
function earlier(when: When): readonly When[] {
  if ("call" in when) return [1, Math.floor(when.call / 2), when.call - 1].map((call) => ({ call }));
  if ("answer" in when) return [{ call: when.answer }, ...[1, Math.floor(when.answer / 2), when.answer - 1].map((answer) => ({ answer }))];
  if ("phase" in when) return [];
  if ("job" in when)
    return [
      { job: when.job, ms: 0 },
      { job: 1, ms: when.ms },
    ];
  return [0, 1_000 * Math.floor(when.ms / 2_000), 1_000 * Math.floor(when.ms / 1_000)].map((ms) => ({ ms }));
}

const lateness = (when: When): number =>
  "call" in when
    ? when.call
    : "answer" in when
      ? when.answer + 0.5
      : "phase" in when
        ? 0
        : when.ms + ("job" in when ? when.job * 10_000 : 0);

function* simpler(story: Story): Generator<Story> {
  for (const at of story.faults.keys()) yield { ...story, faults: story.faults.filter((_, index) => index !== at) };
  if (!story.two) yield { ...story, two: true };
  if (story.seed !== 1) yield { ...story, seed: 1 };
  const change = (at: number, part: Partial<Fault>): Story => ({
    ...story,
    faults: story.faults.map((fault, index) => (index === at ? { ...fault, ...part } : fault)),
  });
  for (const [at, { when, host }] of story.faults.entries()) {
    if (host === 1) yield change(at, { host: 0 });
    for (const next of earlier(when))
      if (lateness(next) < lateness(when) && Math.min(...Object.values(next).filter((each) => typeof each === "number")) >= 0)
        yield change(at, { when: next });
  }
}

export async function shrink(
  failing: Story,
  invariant: Invariant,
  mutation?: Mutation,
): Promise<{ readonly story: Story; readonly tries: number }> {
  let story = failing;
  let tries = 0;
  for (let again = true; again; ) {
    again = false;
    for (const candidate of simpler(story)) {
      if (tries >= TRIES_MAX) return { story, tries };
      tries += 1;
      const { violations } = await play(candidate, mutation);
      if (!violations.some((violation) => violation.invariant === invariant)) continue;
      story = candidate;
      again = true;
      break;
    }
  }
  return { story, tries };
}
