/** The same pair with DRBD 9. */
import { demoPair } from "./parts/demo-pair.ts";
import { GIB_KIB } from "./parts/storage.ts";
import type { Scenario } from "./scenario.ts";

export const drbd9: Scenario = {
  name: "drbd9",
  sentence: "The healthy pair with DRBD 9.2: a resync runs, later one mirror loses a disk and one is verified.",
  build: (seed, start_ms) => demoPair(seed, start_ms, "9.2"),
  steps: [
    { at_s: -15, what: "mail01 is copied", act: (fault) => fault.resync("mail01", "alpha", 6 * GIB_KIB) },
    { at_s: 60, what: "ldap01's disk on alpha fails", act: (fault) => fault.detach("ldap01", "alpha") },
    { at_s: 70, what: "web01 is verified", act: (fault) => fault.verify("web01", "alpha", 16) },
    { at_s: 180, what: "ldap01's disk is back", act: (fault) => fault.attach("ldap01", "alpha") },
  ],
};
