/** The table of measurements: one file each, one line here. */
import type { Measurement } from "../types.ts";
import { cpu } from "./cpu.ts";

export const measurements: readonly Measurement[] = [cpu];
