/** From nothing to the first picture: CPU spent, and time on the clock. */

import { openHosts } from "../hosts.ts";
import { type PeerName, peer } from "../peers.ts";
import { cpuMs } from "../process.ts";
import { consoleFor } from "../programs.ts";
import { median } from "../samples.ts";
import { openTerminal } from "../terminal.ts";
import type { Figure, Measurement } from "../types.ts";

const CPU_TARGET_MS = 150;

interface Started {
  readonly cpu_ms: number;
  readonly took_ms: number;
}

/** Until the terminal shows a row that only a picture has. */
async function started(argv: readonly string[], env: Readonly<Record<string, string>>, first: RegExp): Promise<Started> {
  const begin_ms = performance.now();
  const terminal = openTerminal(argv, { env });
  const seen_ms = await terminal.sees((screen) => first.test(screen.text()));
  const cpu_ms = cpuMs(terminal.pid);
  await terminal.close();
  return { cpu_ms, took_ms: seen_ms - begin_ms };
}

const PEERS: readonly (readonly [PeerName, RegExp])[] = [
  ["htop", /Tasks:/],
  ["btop", /cpu|mem|proc/],
  ["drbdmon", /DrbdMon/],
];

export const start: Measurement = {
  id: "start",
  title: "CPU and time to the first picture",
  run: async (bench) => {
    const hosts = await openHosts(20);
    const argv = await consoleFor(hosts.ssh_config);
    const runs = bench.seconds(15, 5);
    const samples: Started[] = [];
    // The first one fills the compile cache.
    for (let run = 0; run <= runs; run += 1) samples.push(await started(argv, {}, /1 Overview +2 Guests/));
    await hosts.close();
    const peers: Record<string, { cpu_ms: number; took_ms: number }> = {};
    for (const [name, first] of PEERS) {
      const found = peer(name, 1, 50);
      if (found !== undefined) peers[name] = await started(found.argv, found.env, first);
    }
    const of = (what: keyof Started): Record<string, number> =>
      Object.fromEntries(Object.entries(peers).map(([name, took]) => [name, took[what]]));
    const figure = (id: string, what: string, key: keyof Started, target?: number): Figure => ({
      id,
      what,
      unit: "ms",
      value: median(samples.slice(1).map((sample) => sample[key])),
      ...(target === undefined ? {} : { target }),
      peers: of(key),
    });
    return [
      figure("start-cpu", "CPU to the first picture", "cpu_ms", CPU_TARGET_MS),
      figure("start-time", "time to the first picture", "took_ms"),
    ];
  },
};
