/** The table of measurements: one file each, one line here. */
import type { Measurement } from "../types.ts";
import { cell } from "./cell.ts";
import { cpu } from "./cpu.ts";
import { deadTerminal } from "./dead-terminal.ts";
import { dom0 } from "./dom0.ts";
import { events } from "./events.ts";
import { guestConsole } from "./guest-console.ts";
import { keys } from "./keys.ts";
import { memory } from "./memory.ts";
import { scale } from "./scale.ts";
import { slowLink } from "./slow-link.ts";
import { start } from "./start.ts";

export const measurements: readonly Measurement[] = [
  cell,
  cpu,
  scale,
  start,
  keys,
  slowLink,
  deadTerminal,
  events,
  dom0,
  memory,
  guestConsole,
];
