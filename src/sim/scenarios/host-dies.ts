/** Incident 1, seen as it happens. */
import { demoPair } from "./parts/demo-pair.ts";
import type { Scenario } from "./scenario.ts";

export const hostDies: Scenario = {
  name: "host-dies",
  sentence: "All is well for twenty seconds, then beta loses its power while you look.",
  build: demoPair,
  steps: [{ at_s: 20, what: "beta loses its power", act: (fault) => fault.hostDead("beta") }],
};
