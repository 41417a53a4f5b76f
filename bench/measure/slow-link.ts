/** From a key to its pixels behind a slow line, while the pair changes all the time. */
import { cursorRow, openConsole } from "../console.ts";
import type { Line } from "../line.ts";
import { GUESTS } from "../pair.ts";
import { passed } from "../process.ts";
import { quantile } from "../samples.ts";
import type { Bench, Figure, Measurement } from "../types.ts";
import { moves } from "./keys.ts";

const LINES: readonly { readonly id: string; readonly line: Line; readonly target?: number }[] = [
  { id: "32k", line: { bytes_s: 32_768, round_trip_ms: 200 } },
  { id: "8k", line: { bytes_s: 8_192, round_trip_ms: 300 }, target: 900 },
];

async function over(bench: Bench, id: string, line: Line, target: number | undefined): Promise<Figure[]> {
  const opened = await openConsole(GUESTS, { line });
  await passed(bench.seconds(15, 6) * 1000);
  await opened.terminal.sees((screen) => cursorRow(screen) !== -1);
  const samples = await moves(opened, bench.seconds(60, 15));
  await opened.close();
  const name = `key to pixel at ${line.bytes_s / 1024} KB/s, ${line.round_trip_ms} ms`;
  const note = `max ${quantile(samples, 1).toFixed(0)} ms; the line itself takes ${line.round_trip_ms} ms`;
  return [
    { id: `slow-${id}-p50`, what: `${name}, p50`, unit: "ms", value: quantile(samples, 0.5) },
    {
      id: `slow-${id}-p95`,
      what: `${name}, p95`,
      unit: "ms",
      value: quantile(samples, 0.95),
      ...(target === undefined ? {} : { target }),
      note,
    },
  ];
}

export const slowLink: Measurement = {
  id: "slow-link",
  title: "from a key to its pixels over slow lines",
  run: async (bench) => {
    const figures: Figure[] = [];
    for (const { id, line, target } of LINES) figures.push(...(await over(bench, id, line, target)));
    return figures;
  },
};
