/** The native tools beside which the console is measured, where they are installed. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { passed, type Spent, spentOver } from "./process.ts";
import { fileIn } from "./programs.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

export type PeerName = "htop" | "btop" | "drbdmon";

/** Looked for where root's tools are, too. */
const PATH = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;

function installed(name: string): string | undefined {
  try {
    return execFileSync("sh", ["-c", `command -v ${name}`], { env: { PATH }, encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** argv and environment of a peer that looks again so many times a second; undefined: not installed, or it can't. */
export function peer(
  name: PeerName,
  rate_hz: number,
  resources: number,
): { argv: readonly string[]; env: Record<string, string> } | undefined {
  const program = installed(name);
  if (program === undefined) return undefined;
  switch (name) {
    case "htop":
      // In tenths of a second, from 1 on.
      return { argv: [program, "-d", String(Math.max(1, Math.round(10 / rate_hz)))], env: { HTOPRC: "/dev/null" } };
    case "btop": {
      // 100 ms is the shortest it takes.
      const directory = fileIn("btop-config");
      mkdirSync(`${directory}/btop`, { recursive: true });
      writeFileSync(`${directory}/btop/btop.conf`, `update_ms = ${Math.round(1000 / rate_hz)}\n`);
      return { argv: [program, "--utf-force"], env: { XDG_CONFIG_HOME: directory } };
    }
    case "drbdmon": {
      const directory = fileIn(`drbdsetup-${rate_hz}`);
      mkdirSync(directory, { recursive: true });
      writeFileSync(`${directory}/drbdsetup`, events2(rate_hz, resources));
      chmodSync(`${directory}/drbdsetup`, 0o755);
      return { argv: [program], env: { PATH: `${directory}:${PATH}` } };
    }
  }
}

/** A stand-in for `drbdsetup events2 all`: all resources exist; then their figures change, all of them each time. Lines as DRBD 9's are. */
function events2(rate_hz: number, resources: number): string {
  return `#!/bin/sh
echo "$*" | grep -q events2 || exit 0
i=0
while [ $i -lt ${resources} ]; do
  echo "exists resource name:res$i role:Primary suspended:no"
  echo "exists connection name:res$i peer-node-id:1 conn-name:beta connection:Connected role:Secondary"
  echo "exists device name:res$i volume:0 minor:$i backing_dev:/dev/vg0/res$i disk:UpToDate client:no quorum:yes"
  echo "exists peer-device name:res$i peer-node-id:1 conn-name:beta volume:0 replication:SyncSource peer-disk:Inconsistent peer-client:no resync-suspended:no done:10.00"
  i=$((i + 1))
done
echo "exists -"
n=0
while :; do
  n=$((n + 1))
  i=0
  while [ $i -lt ${resources} ]; do
    printf 'change peer-device name:res%d peer-node-id:1 conn-name:beta volume:0 replication:SyncSource peer-disk:Inconsistent done:%d.%02d\\n' $i $((n / 100 % 100)) $((n % 100))
    i=$((i + 1))
  done
  sleep ${1 / rate_hz}
done
`;
}

/** How long a program is left alone before it is measured. */
const SETTLE_MS = 4_000;

export async function openPeer(name: PeerName, rate_hz: number, resources: number): Promise<Terminal | undefined> {
  const found = peer(name, rate_hz, resources);
  if (found === undefined) return undefined;
  const terminal = openTerminal(found.argv, { env: found.env });
  await passed(SETTLE_MS);
  return terminal;
}

export async function peerSpends(name: PeerName, rate_hz: number, resources: number, seconds: number): Promise<Spent | undefined> {
  const terminal = await openPeer(name, rate_hz, resources);
  if (terminal === undefined) return undefined;
  const spent = await spentOver(terminal, seconds);
  await terminal.close();
  return spent;
}
