/** Incident 5: a storage path that comes and goes. */
import { demoPair } from "./parts/demo-pair.ts";
import type { Scenario, Step } from "./scenario.ts";

const PORTAL = "10.99.2.20";
const EVERY_S = 24;
const TIMES = 40;
const FIRST_S = -300;

/** The session to one portal breaks and mends, again and again: every LUN loses the same path. */
const flaps: readonly Step[] = Array.from({ length: TIMES }, (_, at) => at).flatMap((at) => [
  { at_s: FIRST_S + at * EVERY_S, what: "the session breaks", act: (fault) => fault.iscsiDown("alpha", PORTAL) },
  { at_s: FIRST_S + at * EVERY_S + 9, what: "and mends", act: (fault) => fault.iscsiBack("alpha", PORTAL) },
]);

export const pathFlap: Scenario = {
  name: "path-flap",
  sentence: "alpha's paths through one portal of the array break and mend every half minute; each LUN has one other left.",
  build: demoPair,
  steps: flaps,
};
