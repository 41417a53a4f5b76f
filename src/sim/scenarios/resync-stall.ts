/** Incident 3: a resync that doesn't get on. */
import { demoPair } from "./parts/demo-pair.ts";
import { GIB_KIB } from "./parts/storage.ts";
import type { Scenario } from "./scenario.ts";

export const resyncStall: Scenario = {
  name: "resync-stall",
  sentence: "db01's resync to beta has stood still for minutes; mail01's was paused by hand and forgotten.",
  build: demoPair,
  steps: [
    { at_s: -700, what: "db01's first disk is copied to beta", act: (fault) => fault.resync("db01", "alpha", 11 * GIB_KIB) },
    { at_s: -690, what: "mail01 is copied too", act: (fault) => fault.resync("mail01", "alpha", 30 * GIB_KIB) },
    { at_s: -500, what: "someone pauses mail01 on beta", act: (fault) => fault.pauseSync("mail01", "beta", true) },
    { at_s: -400, what: "db01 stops advancing", act: (fault) => fault.stall("db01", true) },
    { at_s: 180, what: "and goes on", act: (fault) => fault.stall("db01", false) },
  ],
};
