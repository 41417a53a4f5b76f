/** Incident 8: disks of dom0 and a thin pool fill. */
import { demoPair } from "./parts/demo-pair.ts";
import type { Scenario } from "./scenario.ts";

export const diskFull: Scenario = {
  name: "disk-full",
  sentence: "alpha's root and thin pool fill while you look, beta's /var/log is full.",
  build: demoPair,
  steps: [
    {
      at_s: -120,
      what: "alpha's root is at 91 % and growing",
      act: (fault) => {
        fault.diskUsed("alpha", "/", 91);
        fault.diskFilling("alpha", "/", 9_000);
      },
    },
    {
      at_s: -120,
      what: "its thin pool too",
      act: (fault) => {
        fault.thinPoolUsed("alpha", "thin0", 92.4, 71);
        fault.thinPoolFilling("alpha", "thin0", 0.02);
      },
    },
    { at_s: -60, what: "beta's log is full", act: (fault) => fault.diskUsed("beta", "/var/log", 100) },
  ],
};
