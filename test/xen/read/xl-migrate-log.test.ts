import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { notConverging, parseMigrateLog } from "../../../src/xen/read/xl-migrate-log.ts";
import { recording } from "../../helpers.ts";

const recorded = (path: string): readonly string[] => recording(path).stdout.split("\n");
/** The phases in the order in which they come, as one line after the other is printed. */
const story = (lines: readonly string[]): readonly string[] => {
  const phases = lines.map((_, index) => parseMigrateLog(lines.slice(0, index + 1)).phase);
  return phases.filter((phase, index) => phase !== phases[index - 1]);
};

describe("what xl migrate prints", () => {
  it.each(["migrate/alpha/xl-migrate.txt", "migratecut/alpha/xl-migrate.txt"])("%s tells its phases in their order", (path) => {
    expect(story(recorded(path))).toEqual(["copying", "stopped", "handover", "starting", "cleaning", "done"]);
  });

  it("may say that the transfer is complete before the sender does, or after", () => {
    expect(story(recorded("migrate/beta/xl-migrate-back.txt.err"))).toEqual([
      "copying",
      "stopped",
      "handover",
      "starting",
      "cleaning",
      "done",
    ]);
  });

  it.each([
    ["no-memory", "copying"],
    ["no-bridge", "stopped"],
    ["one-primary", "stopped"],
    ["name-collision", "starting"],
    ["nohost", undefined],
    ["sshrefused", undefined],
  ])("%s failed, and in which phase", (name, before) => {
    const phases = story(recorded(`migratefail/alpha/${name}.txt.err`));
    expect(phases.at(-1)).toBe("failed");
    if (before !== undefined) expect(phases).toContain(before);
  });

  it("tells iteration and share where libxl's progress is printed", () => {
    const log = parseMigrateLog([
      "xc: info: Saving domain 1, type x86 HVM",
      "xc: progress: Frames iteration 0: 262144/262144  100%",
      "xc: progress: Frames iteration 1: 100/4096    2%",
      "xc: progress: Frames iteration 2: 1234/4096 30%",
    ]);
    expect(log).toMatchObject({ phase: "copying", iteration: 2, percent: 30 });
    expect(log.iterations).toEqual([
      { iteration: 0, pages: 262_144 },
      { iteration: 1, pages: 4096 },
      { iteration: 2, pages: 4096 },
    ]);
  });

  it("is total, and says nothing of what it doesn't know", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (lines) => {
        const { percent, iteration } = parseMigrateLog(lines);
        expect(percent === undefined || (percent >= 0 && percent <= 100)).toBe(true);
        expect(iteration === undefined || Number.isInteger(iteration)).toBe(true);
      }),
    );
    expect(parseMigrateLog([])).toMatchObject({ phase: "connecting", line: undefined, percent: undefined });
    expect(parseMigrateLog(["xc: progress: Frames iteration 2: 1/2 900%"]).percent).toBe(100);
  });
});

describe("a migration that doesn't converge", () => {
  const log = (...pages: readonly number[]) =>
    parseMigrateLog(pages.map((all, iteration) => `xc: progress: Frames iteration ${iteration}: 1/${all} 1%`));

  it("is told from the second round on, where hardly fewer pages are left than before", () => {
    expect(notConverging(log(262_144, 90_000, 85_000))).toMatch(/iteration 2 has 94 % of the pages of the one before/);
  });

  it.each([
    ["the first round always has fewer", [262_144, 250_000]],
    ["it shrinks", [262_144, 90_000, 20_000]],
    ["what is left is little", [262_144, 900, 890]],
    ["nothing is told", []],
  ])("isn't told where %s", (_, pages) => expect(notConverging(log(...pages))).toBeUndefined());

  it("isn't told of rounds that don't follow each other: what lies between wasn't seen", () => {
    expect(
      notConverging(parseMigrateLog(["xc: progress: Frames iteration 1: 1/90000 1%", "xc: progress: Frames iteration 3: 1/89000 1%"])),
    ).toBeUndefined();
  });
});
