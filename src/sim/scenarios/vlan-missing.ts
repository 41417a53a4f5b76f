/** Incident 7: a network that isn't there on the other host. */
import { demoPair } from "./parts/demo-pair.ts";
import type { Scenario } from "./scenario.ts";

export const vlanMissing: Scenario = {
  name: "vlan-missing",
  sentence: "beta came up without the DMZ's VLAN and bridge, and its private bridge has another MTU: moves there would cut guests off.",
  build: demoPair,
  steps: [
    // web02 stands on that bridge: it was stopped for the change.
    { at_s: -300, what: "web02 is stopped", act: (fault) => fault.guestStop("web02") },
    { at_s: -290, what: "VLAN 200 and its bridge vanish", act: (fault) => fault.vlanMissing("beta", 200, true) },
    { at_s: -280, what: "the private bridge's MTU differs", act: (fault) => fault.bridgeMtu("alpha", "xenbr-priv", 9000) },
    { at_s: 240, what: "someone makes the bridge again", act: (fault) => fault.vlanBack("beta") },
  ],
};
