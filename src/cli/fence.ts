/**
 * Runs a host's fence agent (fence-agents' API: options as `name=value` lines on standard input) on this machine or on the other host of the pair.
 * The password goes there and nowhere else: no argument, no environment, no log, no message.
 */
import { execFile, spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import type { Fence } from "../state/plan/operator.ts";
import type { PlanSettings } from "../state/plan/settings.ts";
import type { HostLink } from "../xen/host/link.ts";
import { type HostId, hostId, type Pair } from "../xen/model/ids.ts";
import { clean, redact } from "../xen/read/clean.ts";
import type { FenceConfig, PairConfig } from "./config.ts";

const OUTPUT_MAX = 64 * 1024;
const PASSWORD_MAX = 1024;
const SCRIPT_LIMIT_MS = 20_000;
/** Where distributions put agents, when PATH doesn't have it. */
const SBIN = "/usr/local/sbin:/usr/sbin:/sbin";

export interface AgentCall {
  readonly agent: string;
  /** For its standard input. */
  readonly lines: string;
  readonly timeout_ms: number;
}
export interface AgentAnswer {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}
/** Never rejects; code undefined: it didn't end in time, or couldn't be started. */
export type RunAgent = (call: AgentCall) => Promise<AgentAnswer>;

/** As a child of this process. */
export const runHere: RunAgent = ({ agent, lines, timeout_ms }) =>
  new Promise((resolve) => {
    const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:${SBIN}` };
    const child = spawn(agent, [], { env, stdio: ["pipe", "pipe", "pipe"], timeout: timeout_ms, killSignal: "SIGKILL" });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      stdout = (stdout + chunk.toString()).slice(-OUTPUT_MAX);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-OUTPUT_MAX);
    });
    // An agent that reads nothing has ended.
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => resolve({ code: undefined, stdout: "", stderr: error.message }));
    child.on("close", (code) =>
      resolve({ code: code ?? undefined, stdout, stderr: code === null ? `no answer within ${timeout_ms / 1000} s` : stderr }),
    );
    child.stdin.end(lines);
  });

/** On a dom0, as its probe's user; what the agent reads comes over the channel. */
export const runOnHost =
  (link: HostLink, after: (delay_ms: number, callback: () => void) => () => void): RunAgent =>
  ({ agent, lines, timeout_ms }) =>
    new Promise((resolve) => {
      const decoder = new TextDecoder();
      let [stdout, stderr] = ["", ""];
      let over = false;
      const finish = (code: number | undefined, reason: string | undefined): void => {
        if (over) return;
        over = true;
        cancel();
        channel.close();
        resolve({ code, stdout, stderr: reason ?? stderr });
      };
      const channel = link.open({ argv: [agent] }, (event) => {
        if (event.kind === "data") stdout = (stdout + decoder.decode(event.chunk, { stream: true })).slice(-OUTPUT_MAX);
        if (event.kind === "stderr") stderr = (stderr + new TextDecoder().decode(event.chunk)).slice(-OUTPUT_MAX);
        if (event.kind === "end") finish(event.code, event.reason);
      });
      const cancel = after(timeout_ms, () => finish(undefined, `no answer within ${timeout_ms / 1000} s`));
      channel.write(lines);
      channel.end();
    });

/** The password, or why it can't be had. */
export async function passwordOf({
  password_file,
  password_script,
}: FenceConfig): Promise<{ readonly password?: string } | { readonly problem: string }> {
  if (password_file !== undefined) return readPassword(password_file);
  if (password_script === undefined) return {};
  return new Promise((resolve) => {
    execFile(password_script, [], { timeout: SCRIPT_LIMIT_MS, maxBuffer: OUTPUT_MAX, encoding: "utf8" }, (error, stdout) => {
      // What it printed may be the password: it is in no message.
      if (error !== null) resolve({ problem: `${password_script} failed` });
      else resolve(firstLine(stdout, password_script));
    });
  });
}

function readPassword(path: string): { readonly password?: string } | { readonly problem: string } {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const { mode, size } = fstatSync(file);
    if ((mode & 0o077) !== 0) return { problem: `${path} can be read by others: chmod 600` };
    if (size > OUTPUT_MAX) return { problem: `${path} is no password file` };
    return firstLine(readFileSync(file, "utf8"), path);
  } catch {
    return { problem: `${path} can't be read` };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function firstLine(text: string, from: string): { readonly password?: string } | { readonly problem: string } {
  const [line = ""] = text.split(/\r?\n/);
  return line === "" || line.length > PASSWORD_MAX ? { problem: `${from} has no password in its first line` } : { password: line };
}

/** The last words of an agent, without the secret, whatever it repeats. */
export function lastWords({ stdout, stderr }: AgentAnswer, password: string | undefined): string {
  const line = (stderr.trim() || stdout.trim()).split("\n").at(-1) ?? "";
  const bare = password === undefined || password === "" ? line : line.replaceAll(password, "***");
  return redact(clean(bare, 200));
}

export interface FenceSurroundings {
  readonly here: RunAgent;
  readonly on: (host: HostId) => RunAgent;
}

/** undefined: no host of the pair has an agent. */
export function createFence({ hosts, fence }: Pick<PairConfig, "hosts" | "fence">, { here, on }: FenceSurroundings): Fence | undefined {
  if (Object.keys(fence).length === 0) return undefined;
  const ids: Pair<HostId> = [hostId(hosts[0]), hostId(hosts[1])];
  return async (host, action) => {
    const config = Object.hasOwn(fence, host) ? fence[host] : undefined;
    if (config === undefined) return { code: undefined, stdout: "", said: `no fence agent is configured for ${host}` };
    const secret = await passwordOf(config);
    if ("problem" in secret) return { code: undefined, stdout: "", said: secret.problem };
    const options = [
      ["action", action],
      ...Object.entries(config.options),
      ...(secret.password === undefined ? [] : [["password", secret.password]]),
    ];
    const lines = options.map(([name, value]) => `${name}=${value}\n`).join("");
    const run = config.from === "console" ? here : on(host === ids[0] ? ids[1] : ids[0]);
    const answer = await run({ agent: config.agent, lines, timeout_ms: config.timeout_s * 1000 });
    return { code: answer.code, stdout: "", said: lastWords(answer, secret.password) };
  };
}

/** What plans go by. */
export const planSettings = ({ fence, priority, migration }: Pick<PairConfig, "fence" | "priority" | "migration">): PlanSettings => ({
  fence: new Map(Object.entries(fence).map(([host, { agent, from }]) => [hostId(host), { agent, from }])),
  priority,
  migration: new Map(Object.entries(migration).map(([host, address]) => [hostId(host), address])),
});
