import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { failureOf, progressOf } from "../../../src/state/plan/progress.ts";
import { TAIL_LINES } from "../../../src/xen/read/xenha.ts";

const recordings = join(import.meta.dirname, "../../recordings/migratefail/alpha");
/** As much as travels with the reading, without what `time` said. */
const tail = (name: string): string[] =>
  readFileSync(join(recordings, `${name}.txt.err`), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !/^(real|user|sys)\t/.test(line))
    .slice(-TAIL_LINES);
const move = { argv: ["xl", "migrate", "-s", "ssh", "7", "beta"] };

describe("a step's own words", () => {
  it("say how far a migration is", () => {
    expect(progressOf(move, ["Saving to migration stream new xl format"])).toBe("copying memory");
    expect(progressOf(move, ["xc: progress: Frames iteration 1: 120/300  40%"])).toBe("copying memory, round 2 40 %");
    expect(progressOf(move, ["migration sender: Giving target permission to start."])).toMatch(/no way back/);
    expect(
      progressOf(
        move,
        [0, 1, 2].map((at) => `xc: progress: Frames iteration ${at}: 9000/9000  100%`),
      ),
    ).toMatch(/writes about as fast/);
    expect(progressOf({ argv: ["xl", "shutdown", "7"] }, ["a", "b"])).toBe("b");
    expect(progressOf({ argv: ["xl", "shutdown", "7"] }, [])).toBe("started");
  });

  it.each([
    ["nohost", /Could not resolve hostname gamma/, /nothing was touched/],
    ["nodomain", /failed while connecting/, /nothing was touched/],
    ["no-memory", /not enough memory/, /goes on where it was/],
    ["no-bridge", /no bridge xenbr-priv/, /goes on where it was/],
    ["one-primary", /can't be made Primary/, /goes on where it was/],
    ["name-collision", /a domain named web01/, /gave it back/],
  ])("of %s say why, and what is safe next", (name, why, next) => {
    const told = failureOf(move, tail(name));
    expect(told?.why).toMatch(why);
    expect(told?.next).toMatch(next);
  });

  it("of one that was killed promise nothing", () => {
    expect(failureOf(move, ["migration sender: Target has acknowledged transfer."])).toEqual({
      why: "it ended while handing over",
      next: "guest resolve looks at both sides; start nothing by hand",
    });
    expect(failureOf(move, ["Migration successful."])).toBeUndefined();
    expect(failureOf({ argv: ["drbdadm", "connect", "r0"] }, ["x"])).toBeUndefined();
  });
});
