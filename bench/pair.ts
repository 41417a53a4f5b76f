/** The simulated pairs that are measured with. */

import { buildSized } from "../src/sim/scenarios/large.ts";
import type { Scenario } from "../src/sim/scenarios/scenario.ts";

export const GUESTS = 200;
export const RESOURCES_CHANGING = 50;

/** The first resources of `large`, by its way of naming. */
const KINDS = ["web", "app", "db", "mq", "cache", "batch", "mon", "vpn"];
export const resourceAt = (at: number): string =>
  `${KINDS[at % KINDS.length]}${String(Math.floor(at / KINDS.length) + 1).padStart(3, "0")}`;

/** All well, every guest at work; `resyncs` of its resources are copied all the time. */
export const sizedPair = (guests: number, resyncs: number): Scenario => ({
  name: `sized-${guests}`,
  sentence: "",
  build: (seed, start_ms) => buildSized(seed, start_ms, guests),
  steps: [
    {
      at_s: -2,
      what: "resources are copied",
      act: (fault) => {
        for (let at = 0; at < resyncs; at += 1) fault.resync(resourceAt(at), "alpha");
      },
    },
  ],
});
