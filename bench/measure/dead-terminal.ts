/** A terminal that stops reading while everything changes: how long the console's event loop is held up, and whether it still ends. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GUESTS, RESOURCES_CHANGING } from "../pair.ts";
import { passed } from "../process.ts";
import { fileIn, replayOf } from "../programs.ts";
import { openTerminal, type Terminal } from "../terminal.ts";
import type { Measurement } from "../types.ts";

const GAP_TARGET_MS = 300;
const RATE_HZ = 4;

/** The worst of so many seconds. */
async function worst(file: string, seconds: number): Promise<number> {
  let gap_ms = 0;
  for (let second = 0; second < seconds; second += 1) {
    await passed(1000);
    gap_ms = Math.max(gap_ms, Number(readFileSync(file, "utf8")));
  }
  return gap_ms;
}

/** A line's buffers hold a lot of small frames; whole ones fill them at once. */
async function fill(terminal: Terminal): Promise<void> {
  for (let time = 0; time < 30; time += 1) {
    terminal.type("\x0c");
    await passed(20);
  }
}

export const deadTerminal: Measurement = {
  id: "dead-terminal",
  title: "a terminal that stops reading",
  run: async (bench) => {
    const file = fileIn("loop-gap");
    const preload = join(import.meta.dirname, "../programs/loop-gap.mjs");
    const env = { NODE_OPTIONS: `--import=${preload}`, LOOP_GAP_FILE: file };
    const terminal = openTerminal(await replayOf(GUESTS, RESOURCES_CHANGING, RATE_HZ), { env });
    await terminal.sees((screen) => screen.text().includes("Guests"));
    terminal.type("2");
    await passed(bench.seconds(10, 5) * 1000);
    const reading_ms = await worst(file, bench.seconds(10, 4));
    terminal.stall(true);
    await fill(terminal);
    const stalled_ms = await worst(file, bench.seconds(20, 6));
    const begin_ms = performance.now();
    process.kill(terminal.pid, "SIGTERM");
    while (isAlive(terminal.pid)) await passed(10);
    const ended_ms = performance.now() - begin_ms;
    await terminal.close();
    return [
      {
        id: "gap",
        what: "longest gap of the event loop, terminal not reading",
        unit: "ms",
        value: stalled_ms,
        target: GAP_TARGET_MS,
        note: `${reading_ms.toFixed(0)} ms while it reads`,
      },
      { id: "gap-end", what: "SIGTERM to the end, terminal not reading", unit: "ms", value: ended_ms },
    ];
  },
};

/** A zombie has ended: its parent, this process, hasn't looked. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
