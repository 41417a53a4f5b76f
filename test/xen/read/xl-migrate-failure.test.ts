import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMigrationFailure } from "../../../src/xen/read/xl-migrate-failure.ts";

const recordings = join(import.meta.dirname, "../../recordings");
const lines = (file: string): string[] => readFileSync(join(recordings, file), "utf8").split("\n");
/** As they came, without the seconds before them. */
const timed = (file: string): string[] => lines(file).map((line) => line.replace(/^[\d.]+\t/, ""));

describe("what xl migrate says of its failure", () => {
  it("is silent through a cut link, and done all the same", () => {
    expect(parseMigrationFailure(timed("migratecut/alpha/xl-migrate.txt.times"))).toMatchObject({ reached: "done", failure: undefined });
    expect(parseMigrationFailure(lines("migratediverge/alpha/xl-migrate.txt.err")).reached).toBe("done");
  });

  it.each([
    ["nohost", { reached: "connecting", failure: "not_reached", cause: expect.stringMatching(/^ssh: Could not resolve hostname gamma/) }],
    ["sshrefused", { reached: "connecting", failure: "not_reached", cause: expect.stringMatching(/Connection refused/) }],
    ["nodomain", { reached: "connecting", failure: "not_begun" }],
    ["no-memory", { reached: "copying", failure: "broken_off", cause: "the target has not enough memory" }],
    ["no-bridge", { reached: "stopped", failure: "broken_off", cause: "the target has no bridge xenbr-priv" }],
    ["one-primary", { reached: "stopped", failure: "broken_off", cause: expect.stringMatching(/DRBD can't be made Primary/) }],
    ["name-collision", { reached: "starting", failure: "target_refused", cause: "the target has a domain named web01", resumed: true }],
    ["drbd-disconnected", { reached: "done", failure: undefined }],
  ])("of %s is told with its phase and cause", (name, expected) => {
    expect(parseMigrationFailure(lines(`migratefail/alpha/${name}.txt.err`))).toMatchObject(expected);
  });

  it("tells a handshake that was lost from one that was refused", () => {
    const told = parseMigrationFailure([
      "migration sender: Giving target permission to start.",
      "libxl: error: libxl_utils.c:505:libxl_read_exactly: file/stream truncated reading ready message from migration receiver stream",
      "** Migration failed during final handshake **",
      "Migration failed, resuming at sender.",
    ]);
    expect(told).toMatchObject({ reached: "starting", failure: "handshake_lost", resumed: false });
  });

  it("is understood, or not, without an exception", () => {
    const line = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(...timed("migrate/alpha/xl-migrate.txt.times"), "xc: progress: iteration 9: 1/0 0%"),
    );
    fc.assert(
      fc.property(fc.array(line), (all) => {
        const { reached, cause } = parseMigrationFailure(all);
        expect(reached).toMatch(/^[a-z]+$/);
        expect(cause ?? "").not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
