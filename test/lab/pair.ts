/** The lab's scripts and the console under test, for the scenarios of console.lab.ts. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StatusJson } from "../../src/cli/status-json.ts";
import { launcher } from "../kit/console.ts";

const here = fileURLToPath(new URL("./", import.meta.url));
export const labDirectory = process.env.XENLAB_DIR ?? "/tmp/xenlab";
export const sshConfig = join(labDirectory, "ssh_config");

/** Output kept of one command. */
const OUTPUT_MAX = 16 * 1024 * 1024;

/** Until its output is closed; or only until its own end, where it starts a QEMU that goes on and holds the output open. */
function run(
  command: string,
  args: readonly string[],
  limit_s: number,
  until: "close" | "exit" = "close",
): Promise<{ readonly code: number; readonly out: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: limit_s * 1000 });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      out = (out + chunk.toString()).slice(-OUTPUT_MAX);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err = (err + chunk.toString()).slice(-OUTPUT_MAX);
    });
    const end = (code: number): void => {
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ code, out: code === 0 ? out : out + err });
    };
    child.on("error", (error) => {
      err += error.message;
      end(-1);
    });
    child.on(until, (code: number | null) => setImmediate(() => end(code ?? -1)));
  });
}

/** `fault WORDS...` of the lab; what it says where it fails. */
export async function fault(...words: readonly string[]): Promise<void> {
  const { code, out } = await run(join(here, "fault"), words, 300, "exit");
  if (code !== 0) throw new Error(`fault ${words.join(" ")}: exit ${code}: ${out}`);
}

/** A command on one dom0, as root. */
export async function on(host: "alpha" | "beta", command: string): Promise<string> {
  const { code, out } = await run(join(here, "ssh"), [host, command], 900);
  if (code !== 0) throw new Error(`${host}: ${command}: exit ${code}: ${out}`);
  return out;
}

/** The pair as it was saved: healthy, guests where they belong. About ten seconds. */
export async function reset(): Promise<void> {
  await run(join(here, "down"), [], 60);
  const { code, out } = await run(join(here, "up"), [], 600, "exit");
  if (code !== 0) throw new Error(`up: ${out}`);
}

const CLOCK_MS = 10_000;

export interface Clocks {
  /** Clocks are left alone while `work` runs: it is about them. */
  readonly without: <T>(work: () => Promise<T>) => Promise<T>;
  readonly stop: () => void;
}

/** Sets the dom0s' clocks again and again: an emulated one drifts by a second in a minute, and the console rightly says so. */
export function keepClocks(): Clocks {
  const kept = new Map<string, ChildProcess>();
  let held = false;
  const set = (host: string): void => {
    const child =
      kept.get(host) ??
      spawn(join(here, "ssh"), [host, 'while read -r now; do date -s "@$now" >/dev/null; done'], { stdio: ["pipe", "ignore", "ignore"] });
    if (!kept.has(host)) {
      // Its host was switched off, or began anew: the next time opens another.
      child.once("close", () => kept.delete(host));
      child.stdin?.on("error", () => undefined);
      kept.set(host, child);
    }
    child.stdin?.write(`${(Date.now() / 1000).toFixed(1)}\n`);
  };
  const timer = setInterval(() => {
    if (!held) for (const host of ["alpha", "beta"]) set(host);
  }, CLOCK_MS);
  return {
    without: async (work) => {
      held = true;
      try {
        return await work();
      } finally {
        held = false;
      }
    },
    stop: () => {
      clearInterval(timer);
      for (const child of kept.values()) child.stdin?.end();
    },
  };
}

/** What `status --json` says of the pair now. The dom0s are emulated: all readings take most of a minute. */
export async function status(timeout_s = 150): Promise<StatusJson> {
  const { code, out } = await run(
    process.execPath,
    [launcher, "status", "--json", "--timeout", String(timeout_s), "-F", sshConfig, "alpha", "beta"],
    timeout_s + 30,
  );
  if (code !== 0 && code !== 3) throw new Error(`status: exit ${code}: ${out}`);
  return JSON.parse(out) as StatusJson;
}

export interface Relay {
  /** An ssh_config whose hosts are reached through this relay. */
  readonly config: string;
  /** Nothing passes any more in either direction, nothing is said of it: a cable pulled. host: that one's alone. */
  cut(host?: "alpha" | "beta"): void;
  mend(): void;
  close(): void;
}

/** Between the console and the lab: the operator's own link, to be cut. */
export async function relay(): Promise<Relay> {
  const folder = mkdtempSync(join(tmpdir(), "xenha-relay-"));
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const closed = new Set<number>();
  let text = readFileSync(sshConfig, "utf8");
  const ports = [...text.matchAll(/Port (\d+)/g)].map(([, number]) => Number(number));
  for (const port of ports) {
    const server = createServer((near) => {
      const far = connect(port, "127.0.0.1");
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.on("data", (chunk) => !closed.has(port) && to.write(chunk));
        from.on("error", () => to.destroy());
        from.on("close", () => {
          sockets.delete(from);
          // The end of a connection doesn't get through a cut cable either.
          if (!closed.has(port)) to.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    text = text.replace(`Port ${port}`, `Port ${address.port}\n  HostKeyAlias [127.0.0.1]:${port}`);
  }
  const config = join(folder, "ssh_config");
  writeFileSync(config, text);
  return {
    config,
    cut: (host) => {
      // As the hosts stand in ssh_config: alpha first.
      const wanted = host === undefined ? ports : ports.slice(...(host === "alpha" ? [0, 1] : [1, 2]));
      for (const port of wanted) closed.add(port);
    },
    mend: () => {
      closed.clear();
      // What hung is gone, as after a cable was out for long: both ends find out now.
      for (const socket of sockets) socket.destroy();
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
