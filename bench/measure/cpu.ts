/** CPU and bytes to the terminal while 200 guests and 50 resources change, next to the native tools at the same rate. */
import { GUESTS, RESOURCES_CHANGING } from "../pair.ts";
import { type PeerName, peerSpends } from "../peers.ts";
import { passed, type Spent, spentOver } from "../process.ts";
import { replayOf } from "../programs.ts";
import { openTerminal } from "../terminal.ts";
import type { Bench, Figure, Measurement } from "../types.ts";

const RATES_HZ = [1, 4, 10] as const;
const CPU_TARGETS: Readonly<Record<number, number>> = { 1: 1.0, 4: 3.0 };
/** For some two hundred changes V8 still compiles, on threads of its own (a quarter of the CPU at forty): what counts is what it costs all day. */
const WARM_UP_CHANGES = 180;
const WARM_UP_S = 20;
const warmUpS = (rate_hz: number): number => Math.max(WARM_UP_S, WARM_UP_CHANGES / rate_hz);
const PEERS: readonly PeerName[] = ["htop", "btop", "drbdmon"];

export async function consoleSpends(bench: Bench, guests: number, resyncs: number, rate_hz: number): Promise<Spent> {
  const terminal = openTerminal(await replayOf(guests, resyncs, rate_hz));
  await terminal.sees((screen) => screen.text().includes("Guests"));
  // The screen with the most on it that changes.
  terminal.type("2");
  await passed(bench.seconds(warmUpS(rate_hz), 6) * 1000);
  const spent = await spentOver(terminal, bench.seconds(30, 8));
  await terminal.close();
  return spent;
}

async function atRate(bench: Bench, rate_hz: number): Promise<readonly Figure[]> {
  const spent = await consoleSpends(bench, GUESTS, RESOURCES_CHANGING, rate_hz);
  const peers = new Map<PeerName, Spent>();
  for (const name of PEERS) {
    const peer = await peerSpends(name, rate_hz, RESOURCES_CHANGING, bench.seconds(20, 5));
    if (peer !== undefined) peers.set(name, peer);
  }
  const of = (what: keyof Spent): Record<string, number> => Object.fromEntries([...peers].map(([name, peer]) => [name, peer[what]]));
  const cpu_target = CPU_TARGETS[rate_hz];
  const htop_bytes_s = peers.get("htop")?.bytes_s;
  return [
    {
      id: `cpu-${rate_hz}hz`,
      what: `CPU, all guests and 50 resources changing at ${rate_hz} Hz`,
      unit: "%",
      value: spent.cpu_percent,
      ...(cpu_target === undefined ? {} : { target: cpu_target }),
      peers: of("cpu_percent"),
    },
    {
      id: `bytes-${rate_hz}hz`,
      what: `bytes to the terminal at ${rate_hz} Hz`,
      unit: "B/s",
      value: spent.bytes_s,
      ...(htop_bytes_s === undefined ? {} : { target: htop_bytes_s }),
      peers: of("bytes_s"),
    },
  ];
}

export const cpu: Measurement = {
  id: "cpu",
  title: "CPU and bytes at 1, 4 and 10 changes a second",
  run: async (bench) => {
    const figures: Figure[] = [];
    for (const rate_hz of RATES_HZ) figures.push(...(await atRate(bench, rate_hz)));
    return figures;
  },
};
