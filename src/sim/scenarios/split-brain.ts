/** Incident 4: both sides of a disk were written while apart. */
import { demoPair } from "./parts/demo-pair.ts";
import type { Scenario } from "./scenario.ts";

export const splitBrain: Scenario = {
  name: "split-brain",
  sentence: "mail01's disk is split: StandAlone on both hosts, each with data that the other hasn't.",
  build: demoPair,
  steps: [{ at_s: -150, what: "mail01 is written on both sides while apart", act: (fault) => fault.splitBrain("mail01") }],
};
