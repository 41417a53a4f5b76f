/** From a key to its frame, over two ssh connections to a pair of 200 guests and 400 volumes, seen from outside the pty. */
import { type Console, cursorRow, openConsole, titleIs } from "../console.ts";
import { GUESTS } from "../pair.ts";
import { passed } from "../process.ts";
import { quantile } from "../samples.ts";
import type { Screen } from "../terminal.ts";
import type { Bench, Figure, Measurement } from "../types.ts";

const KEY_TARGET_MS = 10;
const SCREENS = [
  ["1", "Overview"],
  ["3", "DRBD"],
  ["4", "Storage"],
  ["5", "Network"],
  ["7", "Timeline"],
  ["2", "Guests"],
] as const;

async function toFrame({ terminal }: Console, key: string, shown: (screen: Screen) => boolean): Promise<number> {
  const begin_ms = performance.now();
  terminal.type(key);
  return (await terminal.sees(shown)) - begin_ms;
}

/** Down the list, at a hand's pace that never meets the same moment of the console's second twice. */
export async function moves(opened: Console, count: number): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let at = 0; at < count; at += 1) {
    await passed(90 + ((at * 37) % 70));
    let row = -1;
    await opened.terminal.sees((screen) => {
      row = cursorRow(screen);
      return row !== -1;
    });
    const down = Math.floor(at / 20) % 2 === 0;
    samples.push(await toFrame(opened, down ? "j" : "k", (screen) => cursorRow(screen) === row + (down ? 1 : -1)));
  }
  return samples;
}

async function rounds(opened: Console, count: number): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let round = 0; round < count; round += 1) {
    for (const [key, title] of SCREENS) {
      await passed(130 + ((round * 41) % 90));
      samples.push(await toFrame(opened, key, titleIs(title)));
    }
  }
  return samples;
}

const told = (id: string, what: string, samples: readonly number[], target?: number): Figure[] => [
  { id: `${id}-p50`, what: `${what}, p50`, unit: "ms", value: quantile(samples, 0.5) },
  {
    id: `${id}-p95`,
    what: `${what}, p95`,
    unit: "ms",
    value: quantile(samples, 0.95),
    ...(target === undefined ? {} : { target }),
    note: `max ${quantile(samples, 1).toFixed(1)} ms of ${samples.length}`,
  },
];

export const keys: Measurement = {
  id: "keys",
  title: "from a key to its frame",
  run: async (bench: Bench) => {
    const opened = await openConsole(GUESTS);
    await passed(bench.seconds(20, 8) * 1000);
    const first = await rounds(opened, 1);
    await rounds(opened, bench.seconds(10, 3));
    await moves(opened, bench.seconds(100, 30));
    const visits = await rounds(opened, bench.seconds(15, 4));
    const steps = await moves(opened, bench.seconds(200, 40));
    await opened.close();
    return [
      ...told("key-move", "key to frame, cursor", steps, KEY_TARGET_MS),
      ...told("key-screen", "key to frame, another screen", visits, KEY_TARGET_MS),
      { id: "key-first", what: "key to frame, a screen's first visit, worst", unit: "ms", value: quantile(first, 1) },
    ];
  },
};
