/** Guests that crashed, are paused, run twice, or could not start elsewhere. */
import { demoPair } from "./parts/demo-pair.ts";
import type { Scenario } from "./scenario.ts";

export const guestTrouble: Scenario = {
  name: "guest-trouble",
  sentence: "ldap01 crashed, build01 is paused, web02 runs on both hosts, beta has no memory left and no configuration of proxy01.",
  build: demoPair,
  steps: [
    { at_s: -200, what: "web02 is started a second time", act: (fault) => fault.guestDoubled("web02") },
    { at_s: -150, what: "ldap01 crashes", act: (fault) => fault.guestCrash("ldap01") },
    { at_s: -140, what: "build01 is paused", act: (fault) => fault.guestPaused("build01", true) },
    { at_s: -120, what: "beta's memory is taken", act: (fault) => fault.memoryShort("beta", 65_000) },
    { at_s: -110, what: "proxy01's file is missing on beta", act: (fault) => fault.configMissing("proxy01", "beta") },
    { at_s: -100, what: "erp01's file differs on beta", act: (fault) => fault.configDrift("erp01", "beta") },
    { at_s: -90, what: "beta's clock is ahead", act: (fault) => fault.clockSkew("beta", 4_200) },
    { at_s: -80, what: "a slave of alpha's bond is down", act: (fault) => fault.bondSlaveDown("alpha", "eno2") },
  ],
};
