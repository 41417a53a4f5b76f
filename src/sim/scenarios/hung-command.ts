/** Commands that never come back. */
import { demoPair } from "./parts/demo-pair.ts";
import { NAS } from "./parts/storage.ts";
import type { Scenario } from "./scenario.ts";

export const hungCommand: Scenario = {
  name: "hung-command",
  sentence: "The NFS server is gone and `df` hangs with it on both hosts; on alpha `xl list -l` hangs too. Everything else goes on.",
  build: demoPair,
  steps: [
    { at_s: -60, what: "the NFS server vanishes", act: (fault) => fault.nfsServerGone(NAS) },
    {
      at_s: -55,
      what: "df hangs",
      act: (fault) => {
        fault.hang("alpha", "df");
        fault.hang("beta", "df");
      },
    },
    { at_s: -50, what: "xl list -l hangs", act: (fault) => fault.hang("alpha", "xl-list-long") },
    {
      at_s: 200,
      what: "the server is back",
      act: (fault) => {
        fault.nfsServerBack(NAS);
        for (const host of ["alpha", "beta"]) fault.release(host, "df");
        fault.release("alpha", "xl-list-long");
      },
    },
  ],
};
