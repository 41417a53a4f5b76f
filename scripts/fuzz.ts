/** `npm run fuzz -- [--runs N] [--seed S]`: plans against faults in the simulator, run after run; see test/fuzz. */
import { parseArgs } from "node:util";
import { faultKinds, play, storyOf } from "../test/fuzz/run.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "1000" }, seed: { type: "string", default: "1" }, verbose: { type: "boolean" } },
});
const runs = Number(values.runs);
const first = Number(values.seed);
const injected = new Map<string, number>(faultKinds.map((kind) => [kind, 0]));
const outcomes = new Map<string, number>();
const violations = new Map<string, number>();
const failing: number[] = [];
const began = performance.now();
for (let seed = first; seed < first + runs; seed += 1) {
  const report = await play(storyOf(seed));
  for (const { kind } of report.story.faults) injected.set(kind, (injected.get(kind) ?? 0) + 1);
  for (const outcome of report.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  for (const { invariant } of report.violations) violations.set(invariant, (violations.get(invariant) ?? 0) + 1);
  if (values.verbose === true || (report.violations.length > 0 && failing.length < 5))
    console.log(JSON.stringify(report, undefined, values.verbose === true ? undefined : 1));
  if (report.violations.length > 0) failing.push(seed);
}
const table = (map: ReadonlyMap<string, number>): string =>
  [...map]
    .sort()
    .map(([name, count]) => `  ${name}: ${count}`)
    .join("\n");
console.log(`${runs} runs from seed ${first} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
console.log(
  `faults injected:\n${table(injected)}\noutcomes:\n${table(outcomes)}\nviolations: ${failing.length === 0 ? "none" : `\n${table(violations)}\nseeds: ${failing.slice(0, 20).join(" ")}`}`,
);
process.exitCode = failing.length === 0 ? 0 : 1;
