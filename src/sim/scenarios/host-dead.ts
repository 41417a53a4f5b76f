/** Incident 1: a host died before the console came. */
import { demoPair } from "./parts/demo-pair.ts";
import type { Scenario } from "./scenario.ts";

export const hostDead: Scenario = {
  name: "host-dead",
  sentence: "beta lost its power a minute and a half ago; its guests run nowhere, alpha has their disks.",
  build: demoPair,
  steps: [{ at_s: -90, what: "beta loses its power", act: (fault) => fault.hostDead("beta") }],
};
