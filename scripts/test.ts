/**
 * `npm test`: types, lint, generated files, then every test (the architecture's directions are one of them).
 * The last line is "N passed, N failed"; each check before the tests counts as one.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Counts {
  passed: number;
  failed: number;
}

const checks: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "lint", command: ["biome", "check", "--error-on-warnings", "."] },
  { name: "generated files", command: ["node", "scripts/generate.ts", "--check"] },
  { name: "build", command: ["node", "scripts/build.ts"] },
];

function run(command: readonly string[]): boolean {
  const [name = "", ...args] = command;
  // A log is read by people and searched by programs: no colours in it.
  const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined };
  const { status, error } = spawnSync(name, args, { stdio: ["ignore", "inherit", "inherit"], env });
  if (error !== undefined) console.error(`${name}: ${error.message} (run it through npm: npm test)`);
  return status === 0;
}

/** Counts from vitest's own report; a run that wrote none is one failure. */
function tests(): Counts {
  const folder = mkdtempSync(join(tmpdir(), "xenha-test-"));
  const report = join(folder, "report.json");
  const ok = run(["vitest", "run", "--reporter=dot", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(2)]);
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8")) as {
      numPassedTests: number;
      numFailedTests: number;
    };
    // A suite that could not even be loaded fails the run without a failed test.
    return { passed: numPassedTests, failed: numFailedTests + (!ok && numFailedTests === 0 ? 1 : 0) };
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const counts: Counts = { passed: 0, failed: 0 };
for (const { name, command } of checks) {
  const ok = run(command);
  counts[ok ? "passed" : "failed"]++;
  console.log(`${ok ? "ok  " : "FAIL"} ${name}`);
}
const { passed, failed } = tests();
counts.passed += passed;
counts.failed += failed;
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;
