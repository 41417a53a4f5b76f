import { describe, expect, it } from "vitest";
import { FLAP_LOSSES_MIN, FLAP_QUIET_MS, flappingOf, flapsOf, pathName } from "../../../src/state/select/path-flaps.ts";

const NOW = 100 * 60_000;
const clock = { after: (at_ms: number): boolean => NOW > at_ms };
/** Minutes ago. */
const ago = (...minutes: readonly number[]): readonly number[] => minutes.map((minute) => NOW - minute * 60_000);
const lost = (paths: Readonly<Record<string, readonly number[]>>) => new Map(Object.entries(paths));

describe("flapping", () => {
  it("begins with the fourth loss of one path in ten minutes", () => {
    expect(FLAP_LOSSES_MIN).toBe(4);
    expect(flappingOf(lost({ sdb: ago(8, 5, 1) }), clock)).toBeUndefined();
    expect(flappingOf(lost({ sdb: ago(9, 8, 5, 1) }), clock)).toEqual({
      paths: ["sdb"],
      since_ms: NOW - 9 * 60_000,
      last_ms: NOW - 60_000,
    });
    expect(flappingOf(lost({ sdb: ago(12, 8, 5, 1) }), clock)).toBeUndefined();
  });

  it("is not one cause that takes all paths once", () => {
    expect(flappingOf(lost({ sda: ago(1), sdb: ago(1), sdc: ago(1), sdd: ago(1) }), clock)).toBeUndefined();
    expect(flapsOf(lost({ sda: ago(1), sdb: ago(1), sdc: ago(1), sdd: ago(1) }), clock)).toBe(1);
  });

  it("goes on while losses come less often, until the paths have held", () => {
    const quiet = FLAP_QUIET_MS / 60_000;
    const dense = [40, 39, 38, 37];
    expect(flappingOf(lost({ sdb: ago(...dense, 29, 20, 11, 9) }), clock)?.since_ms).toBe(NOW - 40 * 60_000);
    // A quiet time between ends one series; the next has to be dense again.
    expect(flappingOf(lost({ sdb: ago(...dense, 37 - quiet - 1, 20, 9) }), clock)).toBeUndefined();
    expect(flappingOf(lost({ sdb: ago(...dense) }), clock)).toBeUndefined();
    expect(flappingOf(lost({}), clock)).toBeUndefined();
  });
});

describe("a path's number in the kernel's words", () => {
  it("is its disk's name", () => {
    const names = [
      [8, 0],
      [8, 16],
      [8, 240],
      [65, 0],
      [65, 160],
      [65, 176],
      [8, 17],
      [259, 0],
    ] as const;
    expect(names.map(([major, minor]) => pathName(major, minor))).toEqual(["sda", "sdb", "sdp", "sdq", "sdaa", "sdab", "8:17", "259:0"]);
  });
});
