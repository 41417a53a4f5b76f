import { describe, expect, it } from "vitest";
import { parseDf } from "../../../src/xen/read/df.ts";
import { recording } from "../../helpers.ts";
import { expectTotal, recordings } from "./totality.ts";

const read = (stdout: string, rc = 0) => parseDf({ rc, stdout, truncated: false });

describe("df -P", () => {
  it("reads a real answer", () => {
    expect(read(recording("healthy/alpha/df-P.txt").stdout)).toMatchObject({
      ok: true,
      facts: {
        not_understood: [],
        file_systems: expect.arrayContaining([
          expect.objectContaining({ device: "/dev/vda", mountpoint: "/", size_kib: 2_041_704, used_percent: 40 }),
          expect.objectContaining({ device: "/dev/mapper/vg0-nfs", mountpoint: "/srv/export" }),
        ]),
      },
    });
  });

  it("reads names with blanks, file systems without a size, and more used than there is", () => {
    const text =
      "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a b  100 90 10 90% /my disk 5%\nx 0 0 0 - /y\n/dev/c 100 120 -20 120% /z\n";
    expect(read(text)).toEqual({
      ok: true,
      facts: {
        file_systems: [
          { device: "/dev/a b", mountpoint: "/my disk 5%", size_kib: 100, used_kib: 90, available_kib: 10, used_percent: 90 },
          { device: "x", mountpoint: "/y", size_kib: 0, used_kib: 0, available_kib: 0, used_percent: undefined },
          { device: "/dev/c", mountpoint: "/z", size_kib: 100, used_kib: 120, available_kib: -20, used_percent: 120 },
        ],
        not_understood: [],
      },
    });
  });

  it("says what couldn't be read, and that rows may be missing", () => {
    expect(read("/dev/a 1 1 0 100% /\nwhat\n", 1)).toMatchObject({
      ok: true,
      facts: { not_understood: ["what", "(df exited with 1: rows may be missing)"] },
    });
    expect(read("", 1)).toMatchObject({ ok: false, kind: "failed" });
    expect(read("/dev/a 1 1 0 100% /\n", 124)).toMatchObject({ ok: false, kind: "failed", error: expect.stringContaining("time limit") });
  });

  it.each(recordings(/^df(-P)?\.txt$/))("understands every line of %s", (path) => {
    const { stdout } = recording(path);
    const result = read(stdout);
    const rows = stdout.split("\n").filter((line) => line.includes(" /") && !line.startsWith("Filesystem")).length;
    // peerdown's df hung and printed nothing.
    if (stdout.trim() === "") expect(result.ok).toBe(false);
    else expect(result).toMatchObject({ ok: true, facts: { not_understood: [] } });
    if (result.ok) expect(result.facts.file_systems).toHaveLength(rows);
  });

  it("is total", () => expectTotal(parseDf, [recording("healthy/alpha/df-P.txt").stdout]));
});
