/**
 * CPU that the probe takes of a dom0 a minute, against polling the same readings every 2 s. With `--lab` on a real dom0; else here, with stand-ins for
 * the tools that print what the simulated pair's would: what the probe itself costs, next to tools that cost nothing but a fork.
 */
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { answer } from "../../src/sim/format/index.ts";
import { createSim } from "../../src/sim/index.ts";
import { probeSource } from "../../src/xen/host/probe-source.ts";
import { quoteWord } from "../../src/xen/host/quote.ts";
import { readings } from "../../src/xen/read/index.ts";
import { sizedPair } from "../pair.ts";
import { fileIn } from "../programs.ts";
import type { Bench, Figure, Measurement } from "../types.ts";

/** Of what polling costs. */
const SHARE_TARGET = 0.25;
const POLL_S = 2;
/** What an admin would have `watch` show, of all that is read. */
const WATCHED = ["xl-list", "drbd-status", "drbd-proc", "multipath", "iscsi", "nfs"] as const;

/** Runs in a cgroup of its own and says its CPU in microseconds: $1 runs, `usage` tells. Version 2 of cgroups or version 1. */
const ACCOUNT = `
for d in /sys/fs/cgroup /sys/fs/cgroup/cpuacct; do
  g=$d/xenha-bench-$$
  mkdir "$g" 2>/dev/null || continue
  { [ -e "$g/cpu.stat" ] && grep -q usage_usec "$g/cpu.stat"; } || [ -e "$g/cpuacct.usage" ] && break
  rmdir "$g"
done
usage() { if [ -e "$g/cpuacct.usage" ]; then echo "usage $(($(cat "$g/cpuacct.usage") / 1000))"; else sed -n 's/usage_usec/usage/p' "$g/cpu.stat"; fi; }
inside() { sh -c 'echo $$ >"$0/cgroup.procs"; exec sh -c "$1"' "$g" "$1"; }
`;
const FORGET = '\nsleep 2; rmdir "$g"\n';

/** CPU of the probe after it has settled, in the middle of its life. */
const probing = (settle_s: number, seconds: number): string => `${ACCOUNT}
(sleep ${settle_s}; usage; sleep ${seconds}; usage) &
{ i=0; while [ $i -lt ${Math.ceil((settle_s + seconds) / 3) + 1} ]; do echo k; sleep 3; i=$((i + 1)); done; echo q; } |
  inside ${quoteWord(probeSource(Object.values(readings)))} >/dev/null 2>&1
wait${FORGET}`;

const polling = (ids: readonly string[], rounds: number): string => {
  const round = Object.values(readings)
    .filter(({ id }) => ids.includes(id))
    .map(({ script }) => `sh -c ${quoteWord(script)} </dev/null >/dev/null 2>&1`)
    .join("\n");
  return `${ACCOUNT}
usage
inside ${quoteWord(`i=0; while [ $i -lt ${rounds} ]; do\n${round}\ni=$((i + 1)); done`)}
usage${FORGET}`;
};

/** CPU in ms between the two usages that the script tells; undefined: no accounting there. */
function told(argv: readonly string[], script: string, env: NodeJS.ProcessEnv): Promise<number | undefined> {
  return new Promise((done) => {
    const [file = "", ...args] = argv;
    const child = spawn(file, [...args], { stdio: ["pipe", "pipe", "ignore"], env });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += String(chunk);
    });
    child.on("close", () => {
      const [from, to] = [...text.matchAll(/^usage (\d+)$/gm)].map((match) => Number(match[1]));
      done(from === undefined || to === undefined ? undefined : (to - from) / 1000);
    });
    child.stdin.end(script);
  });
}

/** Stand-ins on a PATH: each prints what the simulated host's tool would, or waits where it would watch. */
function standIns(): string {
  const directory = fileIn("stand-ins");
  mkdirSync(directory, { recursive: true });
  const sim = createSim({ scenario: sizedPair(20, 0) });
  if (sim === undefined) throw new Error("a scenario that was given is found");
  const prints = (id: string): string => {
    const file = `${directory}/${id}.txt`;
    writeFileSync(file, answer(sim.world, sim.world.hosts[0], id).stdout);
    return `exec cat ${file}`;
  };
  const tools: Readonly<Record<string, string>> = {
    xl: `case "$1 $2" in "list -l"*) ${prints("xl-list-long")};; list*) ${prints("xl-list")};; *) ${prints("xl-info")};; esac`,
    "xenstore-ls": prints("xenstore"),
    "xenstore-list": "printf 'vbd\\nvif\\n'",
    "xenstore-watch": "exec sleep 1000",
    drbdsetup: "exec sleep 1000",
    multipathd: prints("multipath"),
    iscsiadm: prints("iscsi"),
    xentop: prints("xentop"),
    lvs: "exit 0",
  };
  for (const [name, body] of Object.entries(tools)) {
    writeFileSync(`${directory}/${name}`, `#!/bin/sh\n${body}\n`);
    chmodSync(`${directory}/${name}`, 0o755);
  }
  return directory;
}

interface Place {
  readonly id: string;
  readonly where: string;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

async function measured(bench: Bench, { id, where, argv, env }: Place): Promise<Figure[]> {
  const seconds = bench.seconds(60, 20);
  const rounds = bench.seconds(5, 2);
  const probe_ms = await told(argv, probing(bench.seconds(60, 15), seconds), env);
  const all_ms = await told(argv, polling(Object.keys(readings), rounds), env);
  const watched_ms = await told(argv, polling(WATCHED, rounds), env);
  if (probe_ms === undefined || all_ms === undefined || watched_ms === undefined) {
    bench.tell(`${where}: no CPU accounting by cgroup`);
    return [];
  }
  const minute = (ms: number): number => (ms / rounds) * (60 / POLL_S);
  const value = (probe_ms / seconds) * 60;
  return [
    {
      id: `${id}-probe`,
      what: `CPU of the probe on ${where}`,
      unit: "ms/min",
      value,
      target: minute(all_ms) * SHARE_TARGET,
      peers: { "all readings every 2 s": minute(all_ms), "xl list, DRBD, multipath, iSCSI, NFS every 2 s": minute(watched_ms) },
    },
  ];
}

export const dom0: Measurement = {
  id: "dom0",
  title: "load on the dom0",
  run: async (bench) => {
    const local: Place = {
      id: "dom0-standin",
      where: "a host with stand-in tools",
      argv: ["sh", "-s"],
      env: { ...process.env, PATH: `${standIns()}:${process.env.PATH ?? ""}` },
    };
    const figures = await measured(bench, local);
    if (!bench.lab) return figures;
    const config = process.env.XENHA_LAB_SSH_CONFIG ?? `${homedir()}/.ssh/config`;
    const lab: Place = {
      id: "dom0-lab",
      where: "a real dom0 (the lab's)",
      argv: ["ssh", "-F", config, "alpha", "sh -s"],
      env: process.env,
    };
    return [...figures, ...(await measured(bench, lab))];
  },
};
