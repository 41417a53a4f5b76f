/**
 * From a name to the hops that lead there, as ssh would go. The edge: asks `ssh -G`, which is exact (Include, Match, tokens,
 * canonicalization); reads the files itself only where there is no ssh program.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { clean } from "../../read/clean.ts";
import { type ConfigReader, resolveFromFiles } from "./config-file.ts";
import type { LocalUser } from "./expand.ts";
import { type JumpHost, parseJumpHost, parseSshG, type SettingsResult, type SshSettings, settingsOf } from "./settings.ts";

/** More hops than this is a loop or a mistake. */
export const HOPS_MAX = 8;
/** `ssh -G` may run `Match exec` and look names up; it gets this long. */
const SSH_G_TIMEOUT_MS = 10_000;
const SSH_G_BYTES_MAX = 1024 * 1024;
const CONFIG_BYTES_MAX = 1024 * 1024;

export type SshRun =
  | { readonly kind: "ran"; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** There is no ssh program. */
  | { readonly kind: "missing" }
  | { readonly kind: "timed_out"; readonly after_s: number };

export interface ConfigSource {
  readonly local: LocalUser;
  /** As given to -F; undefined: the operator's and the system's files. */
  readonly config_file: string | undefined;
  readonly run_ssh: (argv: readonly string[]) => Promise<SshRun>;
  readonly reader: ConfigReader;
}

/** The hops in the order of travel, the host itself last. */
export type ChainResult =
  | { readonly ok: true; readonly hops: readonly SshSettings[]; readonly source: "ssh -G" | "files" }
  | { readonly ok: false; readonly hop: string; readonly error: string };

const runSsh: ConfigSource["run_ssh"] = (argv) =>
  new Promise((resolve) => {
    const options = { timeout: SSH_G_TIMEOUT_MS, maxBuffer: SSH_G_BYTES_MAX, killSignal: "SIGKILL" } as const;
    const child = execFile("ssh", [...argv], options, (error, stdout, stderr) => {
      if (error === null) resolve({ kind: "ran", code: 0, stdout, stderr });
      else if (error.code === "ENOENT") resolve({ kind: "missing" });
      else if (error.killed === true) resolve({ kind: "timed_out", after_s: SSH_G_TIMEOUT_MS / 1000 });
      else resolve({ kind: "ran", code: typeof error.code === "number" ? error.code : 255, stdout, stderr });
    });
    child.stdin?.end();
  });

const fileReader: ConfigReader = {
  read: (path) => {
    try {
      if (statSync(path).size > CONFIG_BYTES_MAX) return { problem: `it is larger than ${CONFIG_BYTES_MAX} bytes` };
      return { text: readFileSync(path, "utf8") };
    } catch (error) {
      const missing = error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
      return missing ? undefined : { problem: clean(error instanceof Error ? error.message : String(error), 200) };
    }
  },
  list: (folder) => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  },
};

/** This machine, this user. */
export function systemConfigSource(config_file: string | undefined): ConfigSource {
  const { homedir, username, uid } = userInfo();
  const local = { home: homedir, user: username, uid, hostname: hostname(), env: process.env };
  return { local, config_file, run_ssh: runSsh, reader: fileReader };
}

/** ssh's own words without its remark on terminals, which -G makes too. */
function sshWords(stderr: string): string {
  const lines = stderr.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("Pseudo-terminal"));
  return clean(lines[0] ?? "ssh -G failed without a word", 300);
}

async function resolveOne(target: JumpHost, source: ConfigSource): Promise<SettingsResult & { readonly by?: "ssh -G" | "files" }> {
  const { config_file, local } = source;
  const argv = ["-G"];
  if (config_file !== undefined) argv.push("-F", config_file);
  if (target.user !== undefined) argv.push("-l", target.user);
  if (target.port !== undefined) argv.push("-p", String(target.port));
  const ran = await source.run_ssh([...argv, "--", target.host]);
  if (ran.kind === "timed_out") return { ok: false, error: `ssh -G did not answer within ${ran.after_s} s (a "Match exec" that hangs?)` };
  if (ran.kind === "ran") {
    if (ran.code !== 0) return { ok: false, error: sshWords(ran.stderr) };
    return { ...settingsOf({ options: parseSshG(ran.stdout), name: target.host, local, by: "ssh -G" }), by: "ssh -G" };
  }
  const read = resolveFromFiles({ ...target, config_file }, local, source.reader);
  return read.ok ? { ...settingsOf({ options: read.options, name: target.host, local, by: "files" }), by: "files" } : read;
}

const sameHop = (a: SshSettings, b: SshSettings) => a.hostname === b.hostname && a.port === b.port && a.user === b.user;

/**
 * `ProxyJump a,b` leads to c as a, b, c. Each hop has its own settings; the list overrides what b's own ProxyJump says,
 * while a is reached by its own (so it works in OpenSSH: `ssh -J a -W c b`).
 */
export async function resolveChain(name: string, source: ConfigSource): Promise<ChainResult> {
  const target = parseJumpHost(name);
  if (target === undefined) return { ok: false, hop: clean(name, 120), error: "this is not a host name that ssh would take" };
  const hops: SshSettings[] = [];
  let by: "ssh -G" | "files" = "files";
  let next: JumpHost | undefined = target;
  let before: readonly JumpHost[] | undefined;
  while (next !== undefined) {
    const found = await resolveOne(next, source);
    if (!found.ok) return { ok: false, hop: next.host, error: found.error };
    by = found.by ?? by;
    const { settings } = found;
    const loop = hops.some((hop) => sameHop(hop, settings));
    if (loop || hops.length >= HOPS_MAX)
      return {
        ok: false,
        hop: settings.name,
        error: loop ? `ProxyJump goes in a circle through ${settings.name}` : `more than ${HOPS_MAX} hops`,
      };
    const way: readonly JumpHost[] = before !== undefined && before.length > 0 ? before : settings.proxy_jump;
    // What a list names beats the hop's own way there, ProxyCommand included.
    hops.unshift(before !== undefined && before.length > 0 ? { ...settings, proxy_command: undefined } : settings);
    next = way.at(-1);
    before = way.slice(0, -1);
  }
  return { ok: true, hops, source: by };
}
