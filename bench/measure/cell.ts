/** Bytes for a change of one cell: everything but what is written stays as it was. */
import { GUESTS } from "../pair.ts";
import { passed } from "../process.ts";
import { replayOf } from "../programs.ts";
import { openTerminal } from "../terminal.ts";
import type { Measurement } from "../types.ts";

const CELL_TARGET_B = 32;
const RATE_HZ = 3;

export const cell: Measurement = {
  id: "cell",
  title: "bytes for a change of one cell",
  run: async (bench) => {
    const terminal = openTerminal(await replayOf(GUESTS, 0, RATE_HZ, "one-cell"));
    await terminal.sees((screen) => screen.text().includes("Guests"));
    terminal.type("2");
    await terminal.sees((screen) => screen.text().includes("app005-"));
    const [bytes, chunks] = [terminal.bytes(), terminal.chunks()];
    await passed(bench.seconds(20, 5) * 1000);
    const changes = terminal.chunks() - chunks;
    const value = (terminal.bytes() - bytes) / changes;
    await terminal.close();
    return [{ id: "cell-bytes", what: "one-cell change", unit: "B", value, target: CELL_TARGET_B, note: `${changes} changes` }];
  },
};
