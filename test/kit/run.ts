/** The real program as a process without a terminal, as cron, a monitor or a pipe runs it. */
import { spawn } from "node:child_process";
import { buffer, text } from "node:stream/consumers";
import { cleanEnvironment, launcher } from "./console.ts";

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly took_s: number;
}

/** A process that runs longer than this hangs. */
const LIMIT_MS = 60_000;

export async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const started_ms = performance.now();
  const child = spawn(process.execPath, [launcher, ...args], {
    env: { ...cleanEnvironment, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIMIT_MS,
  });
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, out, err, took_s: (performance.now() - started_ms) / 1000 };
}

/** The same, its output read by somebody who has gone before the first byte came. */
export async function runUnread(
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly signal: string | null; readonly err: string }> {
  const child = spawn(process.execPath, [launcher, ...args], {
    env: cleanEnvironment,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIMIT_MS,
  });
  child.stdout.destroy();
  const closed = new Promise<[number | null, string | null]>((resolve) => child.once("close", (code, signal) => resolve([code, signal])));
  const [err, [code, signal]] = await Promise.all([buffer(child.stderr), closed]);
  return { code, signal, err: err.toString("utf8") };
}
