/** What ten times the guests and volumes cost. */
import type { Bench, Measurement } from "../types.ts";
import { consoleSpends } from "./cpu.ts";

const SCALE_TARGET = 2;
const RATE_HZ = 1;

export const scale: Measurement = {
  id: "scale",
  title: "200 guests and 400 volumes against 20 and 40",
  run: async (bench: Bench) => {
    const small = await consoleSpends(bench, 20, 5, RATE_HZ);
    const large = await consoleSpends(bench, 200, 50, RATE_HZ);
    return [
      {
        id: "scale-cpu",
        what: "CPU at 1 Hz: 200 guests and 400 volumes over 20 and 40",
        unit: "x",
        value: large.cpu_percent / small.cpu_percent,
        target: SCALE_TARGET,
        note: `${large.cpu_percent.toFixed(2)} % over ${small.cpu_percent.toFixed(2)} %`,
      },
    ];
  },
};
