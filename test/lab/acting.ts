/** The console's commands that change the lab, as processes: watched, killed, taken over; and what must be so after each, whatever happened. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { cleanEnvironment, launcher } from "../kit/console.ts";
import { on, sshConfig } from "./pair.ts";

export interface Act {
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  /** What it has said so far. */
  said(): string;
  /** Resolves once it says so; fails where it ends before. */
  says(what: RegExp): Promise<void>;
  /** kill -9. */
  kill(): void;
  /** The name of its plan, once it has one. */
  plan(): string;
}

/** How long facts are gathered before it is planned: the dom0s are emulated. */
const TIMEOUT_S = 120;

/** One operator's machine: a state directory of its own. */
export interface Machine {
  readonly name: string;
  act(words: readonly string[], config?: string): Act;
  close(): void;
}

export function machine(name: string): Machine {
  const home = mkdtempSync(join(tmpdir(), `xenha-${name}-`));
  const children = new Set<ChildProcess>();
  const env = { ...cleanEnvironment, XDG_STATE_HOME: home, SUDO_USER: name };
  return {
    name,
    act: (words, config = sshConfig) => {
      const where = words[0] === "audit" ? [] : ["--hosts", "alpha,beta", "-F", config, "--timeout", String(TIMEOUT_S)];
      const child = spawn(process.execPath, [launcher, ...words, ...where], { env, stdio: ["ignore", "pipe", "pipe"] });
      children.add(child);
      let [out, err] = ["", ""];
      const listeners = new Set<() => void>();
      child.stdout.on("data", (chunk: Buffer) => {
        out += chunk.toString();
      });
      child.stderr.on("data", (chunk: Buffer) => {
        err += chunk.toString();
        for (const listener of listeners) listener();
      });
      const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
        child.once("close", (code) => {
          children.delete(child);
          resolve({ code, out, err });
        }),
      );
      return {
        ended,
        said: () => err,
        says: (what) =>
          new Promise((resolve, reject) => {
            const look = (): void => {
              if (!what.test(err)) return;
              listeners.delete(look);
              resolve();
            };
            listeners.add(look);
            look();
            void ended.then(({ code }) => reject(new Error(`it ended (${code}) without saying ${what}: ${err}${out}`)));
          }),
        kill: () => child.kill("SIGKILL"),
        plan: () => /^plan (\S+)$/m.exec(err)?.[1] ?? "",
      };
    },
    close: () => {
      for (const child of children) child.kill("SIGKILL");
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const hosts = ["alpha", "beta"] as const;
const guests = ["web01", "db01", "cache01"] as const;
const resourceOf = { web01: "r0", db01: "r1", cache01: "r2" } as const;

/** Names of all domains of a host. */
async function domains(host: "alpha" | "beta"): Promise<readonly string[]> {
  const list = await on(host, "xl list");
  return list
    .trim()
    .split("\n")
    .slice(2)
    .map((line) => line.split(/\s+/)[0] ?? "");
}

/** Every guest once, no husk, no Primary that nobody uses, no window open that was shut, no lease, every plan ended, both journals the same. */
export async function sound(more: { readonly two_primaries?: boolean } = {}): Promise<void> {
  const there = { alpha: await domains("alpha"), beta: await domains("beta") };
  for (const name of guests) {
    const at = hosts.filter((host) => there[host].includes(name));
    expect(at, `${name}: alpha ${there.alpha.join(" ")}; beta ${there.beta.join(" ")}`).toHaveLength(1);
    const role = await on(
      "alpha",
      `drbdadm role ${resourceOf[name]}; drbdadm dstate ${resourceOf[name]}; drbdadm cstate ${resourceOf[name]}`,
    );
    const wanted = at[0] === "alpha" ? "Primary/Secondary" : "Secondary/Primary";
    expect(role.trim().split("\n"), name).toEqual([wanted, "UpToDate/UpToDate", "Connected"]);
  }
  expect([...there.alpha, ...there.beta].filter((name) => name.includes("--"))).toEqual([]);
  const told = await Promise.all(
    hosts.map(async (host) => ({
      leases: await on(
        host,
        "cd /run/xenha/leases 2>/dev/null && for k in *; do for f in $k/*; do :; done; grep -Hv '^free$' $f; done; true",
      ),
      open: await on(host, "cd /run/xenha/journal 2>/dev/null && for p in *; do [ -e $p/end ] || echo $p; done; true"),
    })),
  );
  for (const { leases, open } of told) {
    expect(leases.trim()).toBe("");
    expect(open.trim()).toBe("");
  }
  if (more.two_primaries !== undefined)
    for (const host of hosts)
      expect(await on(host, "drbdsetup show r0"), host).toMatch(
        more.two_primaries ? /allow-two-primaries\s+yes/ : /^(?![\s\S]*allow-two-primaries\s+yes)/,
      );
}

/** The journal of a plan is the same on both hosts, and ends so. */
export async function journal(plan: string, result: RegExp): Promise<string> {
  const [a = "", b = ""] = await Promise.all(hosts.map((host) => on(host, `cd /run/xenha/journal/${plan} && grep -h . 0* old/* end`)));
  const strip = (text: string): string => text.replace(/"at_ms":\d+/g, "");
  expect(strip(a)).toBe(strip(b));
  expect(a).toMatch(result);
  return a;
}

/** Each of its starts is in the syslog of the host that it ran on. */
export async function syslog(plan: string, host: "alpha" | "beta", what: RegExp): Promise<void> {
  expect(await on(host, `journalctl -t xenha-tui -o cat --no-pager | grep -F '${plan}'`)).toMatch(what);
}
