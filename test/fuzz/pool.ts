/** Many runs, on as many cores as there are; the same sum however many. */
import { Worker } from "node:worker_threads";
import { play } from "./run.ts";
import { type Story, storyOf } from "./story.ts";

export interface Sum {
  runs: number;
  calls: number;
  readonly injected: Record<string, number>;
  readonly requests: Record<string, number>;
  readonly outcomes: Record<string, number>;
  readonly violations: Record<string, number>;
  /** Seeds, lowest first. */
  failing: number[];
  /** Different (request, fault, moment). */
  points: number;
}

export interface Range {
  readonly first: number;
  readonly runs: number;
}

/** Seeds that a worker is given at a time. */
const BATCH = 25;

type Part = Omit<Sum, "points"> & { readonly met: readonly string[] };

const count = (counts: Record<string, number>, name: string, by = 1): void => {
  counts[name] = (counts[name] ?? 0) + by;
};
const pointsOf = ({ request, faults }: Story): readonly string[] =>
  faults.map(
    ({ kind, when }) =>
      `${request.action} ${kind} ${JSON.stringify("ms" in when && !("job" in when) ? { ms: Math.floor(when.ms / 500) } : when)}`,
  );
/** `p1 done`, `p1 taken over failed`: whoever it was. */
const outcomeOf = (line: string): string => line.replace(/^\S+ /, "");

export async function fuzzRange({ first, runs }: Range): Promise<Part> {
  const part: Part = { runs, calls: 0, injected: {}, requests: {}, outcomes: {}, violations: {}, failing: [], met: [] };
  const met = new Set<string>();
  for (let seed = first; seed < first + runs; seed += 1) {
    const { story, injected, outcomes, violations, calls } = await play(storyOf(seed));
    part.calls += calls;
    count(part.requests, `${story.request.action}${story.setting === "well" ? "" : ` (${story.setting})`}`);
    for (const kind of injected) count(part.injected, kind);
    for (const outcome of outcomes) count(part.outcomes, outcomeOf(outcome));
    for (const { invariant } of violations) count(part.violations, invariant);
    for (const point of pointsOf(story)) met.add(point);
    if (violations.length > 0) part.failing.push(seed);
  }
  return { ...part, met: [...met] };
}

/** What the worker is told, and tells. */
export type Told = { readonly part: Part } | { readonly error: string };

export async function fuzzInWorkers({ first, runs, workers }: Range & { readonly workers: number }): Promise<Sum> {
  const sum: Sum = { runs: 0, calls: 0, injected: {}, requests: {}, outcomes: {}, violations: {}, failing: [], points: 0 };
  const met = new Set<string>();
  const add = (part: Part): void => {
    sum.runs += part.runs;
    sum.calls += part.calls;
    for (const name of ["injected", "requests", "outcomes", "violations"] as const)
      for (const [key, by] of Object.entries(part[name])) count(sum[name], key, by);
    sum.failing.push(...part.failing);
    for (const point of part.met) met.add(point);
  };
  const batches = Array.from(
    { length: Math.ceil(runs / BATCH) },
    (_, at): Range => ({
      first: first + at * BATCH,
      runs: Math.min(BATCH, runs - at * BATCH),
    }),
  );
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    let answered: (told: Told) => void = () => undefined;
    worker.on("message", (told: Told) => answered(told));
    worker.on("error", (error) => answered({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }));
    try {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
        const range = batch;
        const told = await new Promise<Told>((resolve) => {
          answered = resolve;
          worker.postMessage(range);
        });
        if ("error" in told) throw new Error(told.error);
        add(told.part);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(workers, batches.length)) }, work));
  sum.failing.sort((a, b) => a - b);
  sum.points = met.size;
  for (const name of ["requests", "outcomes"] as const) sortKeys(sum[name]);
  return sum;
}

function sortKeys(counts: Record<string, number>): void {
  for (const [key, value] of Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))) {
    delete counts[key];
    counts[key] = value;
  }
}
