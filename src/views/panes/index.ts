/** The table of screens: one file each, one line here. Keys 1 to 7, tabs, the palette and help come from it. */
import type { Pane } from "../pane.ts";
import { drbd } from "./drbd.ts";
import { guests } from "./guests.ts";
import { jobs } from "./jobs.ts";
import { network } from "./network.ts";
import { overview } from "./overview.ts";
import { storage } from "./storage.ts";
import { timeline } from "./timeline.ts";

export const panes = [overview, guests, drbd, storage, network, jobs, timeline] as const satisfies readonly Pane[];
