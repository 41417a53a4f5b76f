/** Incident 6: a host is being emptied. */
import { demoGuests, demoPair } from "./parts/demo-pair.ts";
import type { Scenario } from "./scenario.ts";

const EVERY_S = 45;

export const maintenance: Scenario = {
  name: "maintenance",
  sentence: "An operator moves alpha's guests to beta, one after the other, until alpha is empty; later they come back.",
  build: demoPair,
  steps: [
    ...demoGuests.alpha.map(
      (guest, at) =>
        ({
          at_s: -30 + at * EVERY_S,
          what: `${guest} moves to beta`,
          act: (fault) => fault.migrate(guest),
        }) satisfies Scenario["steps"][number],
    ),
    ...demoGuests.alpha.map(
      (guest, at) =>
        ({
          at_s: 420 + at * EVERY_S,
          what: `${guest} moves back`,
          act: (fault) => fault.migrate(guest),
        }) satisfies Scenario["steps"][number],
    ),
  ],
};
