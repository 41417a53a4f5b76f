/** Incident 10: the operator's own link drops. */
import { demoPair } from "./parts/demo-pair.ts";
import { GIB_KIB } from "./parts/storage.ts";
import type { Scenario } from "./scenario.ts";

export const linkDrop: Scenario = {
  name: "link-drop",
  sentence: "Your own link to alpha drops for half a minute, twice, while a resync goes on: the pair is well, only you don't see it.",
  build: demoPair,
  steps: [
    { at_s: -10, what: "mail01 is copied", act: (fault) => fault.resync("mail01", "alpha", 8 * GIB_KIB) },
    { at_s: 15, what: "the console's link to alpha is cut", act: (fault) => fault.consoleLinkCut("alpha") },
    { at_s: 50, what: "and back", act: (fault) => fault.consoleLinkBack("alpha") },
    { at_s: 110, what: "cut again, shortly", act: (fault) => fault.consoleLinkCut("alpha") },
    { at_s: 119, what: "and back", act: (fault) => fault.consoleLinkBack("alpha") },
  ],
};
