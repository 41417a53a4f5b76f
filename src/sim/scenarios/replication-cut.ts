/** The link between the hosts is cut: both go on, each without the other. */
import { demoPair } from "./parts/demo-pair.ts";
import type { Scenario } from "./scenario.ts";

export const replicationCut: Scenario = {
  name: "replication-cut",
  sentence: "The replication link between the hosts is cut: both are alive, every mirror waits for its peer.",
  build: demoPair,
  steps: [
    { at_s: -90, what: "the cable is pulled", act: (fault) => fault.replicationLinkCut() },
    { at_s: 150, what: "and plugged in again", act: (fault) => fault.replicationLinkBack() },
  ],
};
