/** The default: a pair worth looking at, almost all of it well. */
import { demoPair } from "./parts/demo-pair.ts";
import { GIB_KIB } from "./parts/storage.ts";
import type { Scenario } from "./scenario.ts";

export const pair: Scenario = {
  name: "pair",
  sentence: "Two healthy hosts with nine guests; one disk is resyncing for some minutes after a short link loss.",
  build: demoPair,
  steps: [
    // A little while before the console opens, so that it is under way.
    {
      at_s: -20,
      what: "mail01's mirror lost its link for a moment and copies what it missed",
      act: (fault) => fault.resync("mail01", "alpha", 6 * GIB_KIB),
    },
    { at_s: 45, what: "an operator moves proxy01 to beta", act: (fault) => fault.migrate("proxy01") },
    { at_s: 240, what: "and back again", act: (fault) => fault.migrate("proxy01") },
  ],
};
