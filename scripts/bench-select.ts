/**
 * `npm run bench`: how long a view of the largest simulated pair takes, in ms. Not a test: figures of one machine, to be looked at before and after a change.
 * `full` builds all anew; the others go on from the view before, as the runtime does.
 */
import { createSelectPair, selectPair } from "../src/state/select/pair.ts";
import type { PairState } from "../src/state/state.ts";
import { playStory, type Story } from "../test/state/story.ts";

const SCENARIO = process.argv[2] ?? "large";
/** Every reading has been told some times by then, and the compiler has seen everything. */
const WARM_MS = 150_000;
const MEASURE_MS = Number(process.env.MEASURE_MS ?? 130_000);
const FULL_BUILDS = 15;

interface Sample {
  readonly what: string;
  readonly ms: number;
}

/** This thread's own time: what others do on the machine doesn't count. */
function spentMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function timed(what: string, act: () => void): Sample {
  const begin = spentMs();
  act();
  return { what, ms: spentMs() - begin };
}

function table(title: string, samples: readonly Sample[]): void {
  const groups = Map.groupBy(samples, ({ what }) => what);
  console.log(`\n${title.padEnd(34)} views  median     p90     max`);
  for (const [what, group] of [...groups].sort()) {
    const sorted = group.map(({ ms }) => ms).sort((a, b) => a - b);
    const at = (part: number): string =>
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(2).padStart(7);
    console.log(`${what.padEnd(34)} ${String(group.length).padStart(5)} ${at(0.5)} ${at(0.9)} ${at(1)}`);
  }
}

function full(state: PairState, now_ms: number): Sample[] {
  return Array.from({ length: FULL_BUILDS }, () => timed("full", () => void selectPair(state, now_ms)));
}

/** One view after each message, and one each second in which none came. */
function following(story: Story): Sample[] {
  const select = createSelectPair();
  const samples: Sample[] = [];
  let told_ms = story.now_ms();
  select(story.state(), told_ms);
  const end_ms = story.now_ms() + MEASURE_MS;
  while (story.now_ms() < end_ms) {
    story.advance(250, (msg, state) => {
      const what = msg.kind === "link.changed" ? "link" : msg.frame.kind === "section" ? `section ${msg.frame.id}` : msg.frame.kind;
      samples.push(timed(what, () => void select(state, msg.at_ms)));
      told_ms = msg.at_ms;
    });
    if (story.now_ms() - told_ms < 1000) {
      samples.push(timed("only time", () => void select(story.state(), story.now_ms())));
      continue;
    }
    told_ms = story.now_ms();
  }
  return samples;
}

const story = playStory(SCENARIO);
story.advance(WARM_MS);
const view = selectPair(story.state(), story.now_ms());
console.log(
  `${SCENARIO}: ${view.guests.length} guests, ${view.drbd.length} volumes, ${view.storage.length} storage rows, ${view.bridges.length} bridges`,
);
table("built anew", full(story.state(), story.now_ms()));
table("after one message", following(story));
const before = process.memoryUsage().heapUsed;
following(story);
console.log(`\nheap after ${MEASURE_MS / 1000} s more: ${Math.round((process.memoryUsage().heapUsed - before) / 1024 / 1024)} MiB more`);
