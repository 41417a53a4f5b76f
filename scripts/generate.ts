/** Writes the generated files. `--check`: writes nothing, names those that are stale, and fails. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Report } from "../bench/report.ts";
import { runbooks } from "../src/state/runbooks/index.ts";
import { renderKeysDoc } from "../src/views/keys-doc.ts";
import { jobSource } from "../src/xen/host/job-source.ts";
import { probeSource } from "../src/xen/host/probe-source.ts";
import { readings } from "../src/xen/read/index.ts";
import type { Reading } from "../src/xen/read/reading.ts";
import { configDoc, exitCodesDoc, readingsDoc, runbookDoc, runbooksIndex } from "./docs.ts";
import { performanceDoc } from "./performance-doc.ts";
import { misses } from "./performance-misses.ts";

const root = join(import.meta.dirname, "..");
const table: readonly Reading<unknown>[] = Object.values(readings);

/** Path from the root -> its text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["docs/config.md", configDoc()],
    ["docs/exit-codes.md", exitCodesDoc()],
    ["docs/keys.md", renderKeysDoc()],
    ["docs/performance.md", performanceDoc(JSON.parse(readFileSync(join(root, "docs/performance.json"), "utf8")) as Report, misses)],
    ["docs/runbooks/README.md", runbooksIndex(runbooks)],
    ...runbooks.map((runbook) => [`docs/runbooks/${runbook.id}.md`, runbookDoc(runbook)] as const),
    ["docs/readings.md", readingsDoc(table)],
    ["share/job.sh", jobSource()],
    ["share/probe.sh", probeSource(table)],
  ]);
}

export function staleFiles(files: ReadonlyMap<string, string>, base: string = root): string[] {
  return [...files]
    .filter(([path, text]) => !existsSync(join(base, path)) || readFileSync(join(base, path), "utf8") !== text)
    .map(([path]) => path);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const files = generatedFiles();
  const stale = staleFiles(files);
  if (process.argv.includes("--check")) {
    for (const path of stale) console.error(`${path} is stale: run \`npm run generate\``);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    for (const path of stale) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), files.get(path) ?? "", path.endsWith(".sh") ? { mode: 0o755 } : {});
      console.log(`wrote ${path}`);
    }
  }
}
