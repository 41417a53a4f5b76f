/**
 * `npm run lab [-- NAME...]`: the console against the real pair of test/lab, every state of the recordings made live.
 * Needs what test/lab/README.md says (root, Debian's QEMU packages); starts the pair where it isn't running, and leaves it running, healthy.
 */
import { spawnSync } from "node:child_process";

const run = (command: string, args: readonly string[]): number => spawnSync(command, args, { stdio: "inherit" }).status ?? 1;

const running =
  spawnSync("test/lab/ssh", ["alpha", "true"], { timeout: 60_000 }).status === 0 &&
  spawnSync("test/lab/ssh", ["beta", "true"], { timeout: 60_000 }).status === 0;
if (!running && run("test/lab/up", []) !== 0) {
  console.error("lab: the pair did not come up; see test/lab/README.md for what it needs");
  process.exit(1);
}
if (run("node", ["scripts/build.ts"]) !== 0) process.exit(1);
const names = process.argv.slice(2).filter((name) => !name.startsWith("-"));
const pattern = names.length === 0 ? [] : ["-t", names.join("|")];
process.exitCode = run("vitest", ["run", "--config", "test/lab/vitest.config.ts", ...pattern]);
