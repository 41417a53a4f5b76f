/** A host that hangs: power on, nothing answers. */
import { demoPair } from "./parts/demo-pair.ts";
import type { Scenario } from "./scenario.ts";

export const frozenHost: Scenario = {
  name: "frozen-host",
  sentence: "beta freezes ten seconds in: nothing answers, yet it isn't dead; a minute and a half later it goes on.",
  build: demoPair,
  steps: [
    { at_s: 10, what: "beta freezes", act: (fault) => fault.hostFrozen("beta") },
    { at_s: 100, what: "and goes on", act: (fault) => fault.hostThawed("beta") },
  ],
};
