/** Incident 2: a dead host comes back; its guests were failed over meanwhile. */
import { demoPair } from "./parts/demo-pair.ts";
import type { Scenario } from "./scenario.ts";

export const hostReturns: Scenario = {
  name: "host-returns",
  sentence: "beta was dead for some minutes, its mirrored guests run on alpha; now it boots, and its disks catch up.",
  build: demoPair,
  steps: [
    { at_s: -420, what: "beta loses its power", act: (fault) => fault.hostDead("beta") },
    { at_s: -330, what: "an operator starts web02 on alpha", act: (fault) => fault.guestStart("web02", "alpha") },
    { at_s: -320, what: "and ldap01", act: (fault) => fault.guestStart("ldap01", "alpha") },
    { at_s: -300, what: "and db02, whose disk is on the array", act: (fault) => fault.guestStart("db02", "alpha") },
    {
      at_s: -20,
      what: "beta is switched on; its copy of ldap01's configuration was changed by hand before it died",
      act: (fault) => {
        fault.configDrift("ldap01", "beta");
        fault.hostBack("beta");
      },
    },
    { at_s: 240, what: "ldap01 goes home", act: (fault) => fault.migrate("ldap01") },
  ],
};
