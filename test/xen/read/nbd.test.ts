import { describe, expect, it } from "vitest";
import { parseNbd } from "../../../src/xen/read/nbd.ts";
import { recording } from "../../helpers.ts";
import { expectTotal, recordings } from "./totality.ts";

const read = (stdout: string, rc = 0) => parseNbd({ rc, stdout, truncated: false });

describe("network block devices", () => {
  it("tells connected from not connected", () => {
    expect(read("nbd0 size=65536 pid=867 backend=10.99.1.2:10809\nnbd1 size=0 pid=\n")).toEqual({
      ok: true,
      facts: {
        devices: [
          { dev: "nbd0", size_bytes: 33_554_432, pid: 867, backend: "10.99.1.2:10809" },
          { dev: "nbd1", size_bytes: 0, pid: undefined, backend: undefined },
        ],
        not_understood: [],
      },
    });
  });

  it("takes credentials out of a backend", () => {
    expect(JSON.stringify(read("nbd0 size=1 pid=2 backend=nbd://bob:hunter2@store/disk\n"))).not.toContain("hunter2");
  });

  it("keeps a line that it doesn't understand", () => {
    expect(read("nbd0 size=1 pid=2\nnbd1 size=? pid=3\n")).toMatchObject({ ok: true, facts: { not_understood: ["nbd1 size=? pid=3"] } });
    expect(read("", 69)).toMatchObject({ ok: false, kind: "absent" });
    expect(read("")).toMatchObject({ ok: false, kind: "failed" });
  });

  it.each(recordings(/^nbd(-sysfs)?\.txt$/))("reads both devices of %s", (path) => {
    const result = read(recording(path).stdout);
    expect(result).toMatchObject({
      ok: true,
      facts: {
        devices: [
          { dev: "nbd0", size_bytes: 33_554_432 },
          { dev: "nbd1", pid: undefined },
        ],
        not_understood: [],
      },
    });
  });

  it("is total", () =>
    expectTotal(parseNbd, ["nbd0 size=65536 pid=867 backend=x\nnbd1 size=0 pid=\n", recording("healthy/alpha/nbd-sysfs.txt").stdout]));
});
