/** Incident 9: migrations that hang on both sides of the point of no return. */
import { demoPair } from "./parts/demo-pair.ts";
import type { Scenario } from "./scenario.ts";

export const stuckMigration: Scenario = {
  name: "stuck-migration",
  sentence: "web01 hangs half copied to beta; proxy01 hangs at the handover, renamed and stopped on alpha, waiting on beta.",
  build: demoPair,
  steps: [
    { at_s: -240, what: "web01 is moved and stops half-way", act: (fault) => fault.migrate("web01", "precopy") },
    { at_s: -200, what: "proxy01 is moved and stops at the handover", act: (fault) => fault.migrate("proxy01", "handover") },
  ],
};
