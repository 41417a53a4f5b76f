import { describe, expect, it } from "vitest";
import { evidence, hostAnswers } from "../../src/state/freshness.ts";
import { newest } from "../../src/xen/model/known.ts";
import { readingIds } from "../../src/xen/read/index.ts";
import { ALPHA, BETA, factsOf, NOW_MS, pairFromRecordings } from "./pair-from-recordings.ts";

const never = new Set(["drbd-gi"]);
// The recorded df hung until it was killed: its NFS server was cut off.
const failing = new Set(["linkcut df"]);

describe("a pair made from recordings", () => {
  for (const scenario of ["healthy", "resync", "splitbrain", "migrate", "detach", "linkcut", "pathfail", "drbd9-healthy", "ovs"]) {
    it(`has every reading of ${scenario} fresh or absent`, () => {
      const pair = pairFromRecordings(scenario);
      for (const host of pair.hosts.values()) {
        for (const id of readingIds) {
          const judged = evidence(host, id, NOW_MS);
          if (!never.has(id) && !failing.has(`${scenario} ${id}`))
            expect([`${host.id} ${id}`, judged.freshness, judged.note]).toEqual([
              `${host.id} ${id}`,
              expect.stringMatching(/fresh|absent/),
              judged.note,
            ]);
        }
      }
    });
  }

  it("has a host that wasn't recorded as unreachable, with its last words", () => {
    const beta = pairFromRecordings("peerdown").hosts.get(BETA);
    expect(hostAnswers(beta, NOW_MS)).toBe(false);
    expect(newest(beta?.facts["xl-list"])?.domains.map(({ name }) => name)).toEqual(["Domain-0", "db01"]);
  });

  it("leaves what wasn't recorded unknown where told so", () => {
    expect(pairFromRecordings("migrate", { fill: "none" }).hosts.get(ALPHA)?.facts.host.state).toBe("unknown");
    expect(factsOf(pairFromRecordings("migrate"), ALPHA, "host").hostname).toBe("alpha");
  });
});
