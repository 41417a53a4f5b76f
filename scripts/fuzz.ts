/**
 * `npm run fuzz -- [--runs N] [--seed S] [--workers N]`: plans against faults in the simulator, run after run; see test/fuzz. A story that breaks an
 * invariant is told as short as it can be, as a command that plays it again (`--story JSON`). `--mutations`: each safety rule switched off in turn.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { invariants } from "../test/fuzz/invariants.ts";
import { bites } from "../test/fuzz/mutations.ts";
import { fuzzInWorkers, type Sum } from "../test/fuzz/pool.ts";
import { play } from "../test/fuzz/run.ts";
import { shrink } from "../test/fuzz/shrink.ts";
import { faultKinds, type Story, storyOf } from "../test/fuzz/story.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: String(Math.min(4, availableParallelism())) },
    story: { type: "string" },
    mutations: { type: "boolean" },
  },
});
/** Failing seeds that are told at length. */
const TOLD_MAX = 3;

const table = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `  ${String(count).padStart(7)}  ${name}`)
    .join("\n");
const inOrder = (names: readonly string[], counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(names.map((name) => [name, counts[name] ?? 0]));
const command = (story: Story): string => `npm run fuzz -- --story '${JSON.stringify(story).replaceAll("'", "'\\''")}'`;

async function tellFailing(seed: number): Promise<void> {
  const { violations } = await play(storyOf(seed));
  console.log(`\nseed ${seed} (npm run fuzz -- --seed ${seed} --runs 1):`);
  for (const { invariant, text, at_ms } of violations)
    console.log(`  ${invariant}: ${text} (${new Date(at_ms).toISOString().slice(11, 23)})`);
  const [first] = violations;
  if (first === undefined) return console.log("  not again: it isn't deterministic, which is a bug of its own");
  const { story, tries } = await shrink(storyOf(seed), first.invariant);
  console.log(`  the least of it, after ${tries} tries:\n  ${command(story)}`);
}

function tell({ runs, injected, requests, outcomes, violations, failing, points, calls }: Sum, first: number, seconds: number): void {
  console.log(`${runs} runs from seed ${first} in ${seconds.toFixed(1)} s`);
  console.log(`faults injected, by kind:\n${table(inOrder(faultKinds, injected))}`);
  console.log(`points of a plan that a fault met (request, kind, moment): ${points}; calls to the world: ${calls}`);
  console.log(`requests:\n${table(requests)}`);
  console.log(`outcomes:\n${table(outcomes)}`);
  console.log(`violations, by invariant:\n${table(inOrder(invariants, violations))}`);
  console.log(failing.length === 0 ? "no violation" : `${failing.length} of ${runs} runs failed: seeds ${failing.slice(0, 20).join(" ")}`);
}

/** Each rule in turn: caught, by which invariant, in how many of its stories. */
async function tellMutations(): Promise<boolean> {
  let all = true;
  for (const { rule, mutation, caught_by, stories } of bites) {
    let caught = 0;
    let before = 0;
    for (const story of stories) {
      before += (await play(story)).violations.length;
      if ((await play(story, mutation)).violations.some(({ invariant }) => invariant === caught_by)) caught += 1;
    }
    const fine = caught > 0 && before === 0;
    all &&= fine;
    console.log(`${fine ? "caught" : "MISSED"}  ${rule.padEnd(4)} ${mutation.name}: ${caught_by} (${caught} of ${stories.length})`);
  }
  return all;
}

if (values.mutations === true) process.exitCode = (await tellMutations()) ? 0 : 1;
else if (values.story !== undefined) {
  const report = await play(JSON.parse(values.story) as Story);
  console.log(JSON.stringify(report, undefined, 1));
  process.exitCode = report.violations.length === 0 ? 0 : 1;
} else {
  const runs = Number(values.runs);
  const first = Number(values.seed);
  const began = performance.now();
  const sum = await fuzzInWorkers({ first, runs, workers: Number(values.workers) });
  tell(sum, first, (performance.now() - began) / 1000);
  for (const seed of sum.failing.slice(0, TOLD_MAX)) await tellFailing(seed);
  process.exitCode = sum.failing.length === 0 ? 0 : 1;
}
