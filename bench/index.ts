/**
 * `npm run bench [-- --quick] [--only NAME[,NAME]] [--lab]`: what xenha-tui costs and how quick it is, on this machine, beside the native tools that are
 * installed. Prints a table and writes bench/results/latest.json; `--keep` writes docs/performance.json, which docs/performance.md is made from.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measurements } from "./measure/index.ts";
import { type Report, textTable } from "./report.ts";
import type { Bench, Figure } from "./types.ts";

const root = join(import.meta.dirname, "..");
const KEPT = join(root, "docs/performance.json");

const { values } = parseArgs({
  options: { quick: { type: "boolean" }, only: { type: "string" }, lab: { type: "boolean" }, keep: { type: "boolean" } },
});
const quick = values.quick ?? false;
const only = values.only?.split(",");
const unknown = only?.filter((id) => !measurements.some((each) => each.id === id)) ?? [];
if (unknown.length > 0) {
  console.error(`bench: no measurement is named ${unknown.join(", ")}; there are ${measurements.map(({ id }) => id).join(", ")}`);
  process.exit(2);
}

const bench: Bench = {
  seconds: (full, short) => (quick ? short : full),
  lab: values.lab ?? false,
  tell: (text) => console.error(`  ${text}`),
};
const figures: Figure[] = [];
/** An hour of measuring isn't lost because one of them failed. */
const failed: string[] = [];
for (const { id, title, run } of measurements) {
  if (only !== undefined && !only.includes(id)) continue;
  console.error(`${id}: ${title}`);
  try {
    figures.push(...(await run(bench)));
  } catch (error) {
    failed.push(id);
    console.error(`bench: ${id} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
const report: Report = {
  when: new Date().toISOString().slice(0, 16),
  machine: { cpu: cpus()[0]?.model.trim() ?? "unknown", cores: cpus().length, node: process.version, kernel: release() },
  quick,
  figures,
};
console.log(textTable(figures));
mkdirSync(join(root, "bench/results"), { recursive: true });
writeFileSync(join(root, "bench/results/latest.json"), `${JSON.stringify(report, undefined, 2)}\n`);
if (values.keep) writeFileSync(KEPT, `${JSON.stringify(merged(report), undefined, 2)}\n`);
if (failed.length > 0) console.error(`bench: not measured: ${failed.join(", ")}; every other figure is kept`);
process.exit(failed.length > 0 ? 1 : 0);

/** Figures that weren't measured this time stay as they were. */
function merged(now: Report): Report {
  if (only === undefined && failed.length === 0) return now;
  const before = JSON.parse(readFileSync(KEPT, "utf8")) as Report;
  const measured = new Map(now.figures.map((figure) => [figure.id, figure]));
  const kept = before.figures.map((figure) => measured.get(figure.id) ?? figure);
  return { ...now, figures: [...kept, ...now.figures.filter(({ id }) => !before.figures.some((figure) => figure.id === id))] };
}
