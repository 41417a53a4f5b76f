import { describe, expect, it } from "vitest";
import type { Multipath } from "../../../src/xen/model/storage.ts";
import { parseMultipath } from "../../../src/xen/read/multipath.ts";
import { recording } from "../../helpers.ts";
import { expectTotal, recordings } from "./totality.ts";

function facts(path: string): Multipath {
  const result = parseMultipath(recording(path));
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return result.facts;
}
const read = (stdout: string, rc = 0, truncated = false) => parseMultipath({ rc, stdout, truncated });
const own = "360000000000000000e00a0a000a00001";
const far = "3600000000000000000e00a0be0a00001";

describe("multipathd show maps json", () => {
  it("reads maps and their paths", () => {
    const { maps, not_understood } = facts("healthy/alpha/multipathd-maps.json");
    expect(not_understood).toEqual([]);
    expect(maps).toHaveLength(2);
    expect(maps[0]).toMatchObject({
      name: own,
      wwid: own,
      dm_device: "dm-6",
      dm_state: "active",
      queueing: "12 chk",
      path_faults: 0,
      vendor: "XENHA",
      product: "ARRAY-ALPHA",
    });
    expect(maps[0]?.paths).toEqual([
      {
        dev: "sda",
        dm_state: "active",
        dev_state: "running",
        checker_state: "ready",
        host_adapter: "10.99.2.1",
        target: "iqn.2024-01.lab.xenha:array-alpha",
        marginal: false,
        usable: true,
      },
      expect.objectContaining({ dev: "sdb", host_adapter: "10.99.1.1", usable: true }),
    ]);
  });

  it("tells a faulty path from its good neighbour", () => {
    const map = facts("pathfail/alpha/multipathd-maps.json").maps.find(({ wwid }) => wwid === far);
    expect(map).toMatchObject({ path_faults: 1 });
    expect(
      map?.paths.map(({ dev, dm_state, dev_state, checker_state, usable }) => [dev, dm_state, dev_state, checker_state, usable]),
    ).toEqual([
      ["sdd", "active", "running", "ready", true],
      ["sdc", "failed", "running", "faulty", false],
    ]);
  });

  it("reads a map without any usable path, still queueing", () => {
    const dead = facts("linkcut/alpha/multipathd-maps.json").maps.concat(facts("peerdown/alpha/multipathd-maps.json").maps);
    const lost = dead.filter(({ paths }) => paths.every(({ usable }) => !usable));
    expect(lost.length).toBeGreaterThan(0);
    for (const { paths, queueing } of lost) {
      expect(paths).toHaveLength(2);
      expect(queueing).toMatch(/^\d+ (chk|sec)$/);
    }
  });

  it("doesn't take a standby, a shaky or an offline path for usable", () => {
    const path = (change: object) => ({ dev: "sda", dm_st: "active", dev_st: "running", chk_st: "ready", ...change });
    const map = {
      name: "m",
      uuid: "w",
      path_groups: [{ paths: [path({}), path({ chk_st: "ghost" }), path({ dev_st: "offline" })] }, { paths: [path({ dm_st: "undef" })] }],
    };
    const result = read(JSON.stringify({ maps: [map] }));
    expect(result.ok && result.facts.maps[0]?.paths.map(({ usable }) => usable)).toEqual([true, false, false, false]);
  });

  it("reads FC's port names", () => {
    const path = {
      dev: "sdq",
      host_wwpn: "0x21000024ff123456",
      target_wwpn: "0x50060e8007c3b201",
      target_wwnn: "0x50060e8007c3b200",
      host_adapter: "[undef]",
    };
    const result = read(JSON.stringify({ maps: [{ name: "m", uuid: "w", path_groups: [{ paths: [path] }] }] }));
    expect(result.ok && result.facts.maps[0]?.paths[0]).toMatchObject({
      host_adapter: "0x21000024ff123456",
      target: "0x50060e8007c3b201",
      dm_state: "?",
      marginal: undefined,
      usable: false,
    });
  });

  it("keeps a map without name or paths, and what is no map", () => {
    expect(read('{"maps": [{"uuid": "w"}, {}, 7]}')).toEqual({
      ok: true,
      facts: {
        maps: [expect.objectContaining({ name: "w", wwid: "w", paths: [] }), expect.objectContaining({ name: "?" })],
        not_understood: ['{"row":7}'],
      },
    });
  });

  it("takes no maps for none, and a daemon's excuses for a failure", () => {
    expect(read('{"major_version": 0, "minor_version": 1, "maps": []}')).toEqual({ ok: true, facts: { maps: [], not_understood: [] } });
    expect(read("timeout\n")).toMatchObject({ ok: false, kind: "failed", error: expect.stringContaining("timeout") });
    expect(read("", 1)).toMatchObject({ ok: false, kind: "failed" });
    expect(read("", 69)).toMatchObject({ ok: false, kind: "absent" });
    expect(read('{"maps": []}', 124)).toMatchObject({ ok: false, kind: "failed" });
  });

  it("gives the whole maps of an output that was cut", () => {
    const { stdout } = recording("healthy/alpha/multipathd-maps.json");
    const result = read(stdout.slice(0, stdout.indexOf(far) + 100), 0, true);
    expect(result.ok && result.facts.maps.map(({ wwid }) => wwid)).toEqual([own]);
    expect(result.ok && result.facts.not_understood.join()).toContain(far);
  });

  it.each(recordings(/^multipathd-maps\.json$/))("reads both maps and all four paths of %s", (path) => {
    const { maps, not_understood } = facts(path);
    expect(not_understood).toEqual([]);
    expect(maps.map(({ wwid }) => wwid).sort()).toEqual([own, far].sort());
    for (const { paths } of maps) {
      expect(paths).toHaveLength(2);
      for (const { dm_state, checker_state, usable } of paths) expect(usable).toBe(dm_state === "active" && checker_state === "ready");
    }
  });

  it("is total", () => {
    expectTotal(
      parseMultipath,
      ["healthy/alpha/multipathd-maps.json", "pathfail/alpha/multipathd-maps.json"].map((path) => recording(path).stdout),
    );
  });

  it("tells a daemon that hangs from one that failed", () => {
    expect(parseMultipath({ rc: 1, stdout: "timeout receiving packet\n", truncated: false })).toEqual({
      ok: false,
      kind: "failed",
      error: "multipathd show maps json: multipathd doesn't answer",
      no_answer: true,
    });
    expect(parseMultipath({ rc: 1, stdout: "error -111 connecting\n", truncated: false })).not.toHaveProperty("no_answer");
  });
});
