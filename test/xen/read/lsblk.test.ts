import { describe, expect, it } from "vitest";
import type { BlockDevice } from "../../../src/xen/model/storage.ts";
import { parseLsblk } from "../../../src/xen/read/lsblk.ts";
import { recording } from "../../helpers.ts";
import { expectTotal, recordings } from "./totality.ts";

const read = (stdout: string, rc = 0) => parseLsblk({ rc, stdout, truncated: false });
function devices(stdout: string): ReadonlyMap<string, BlockDevice> {
  const result = read(stdout);
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return new Map(result.facts.devices.map((device) => [device.kname, device]));
}
const real = recording("probe-debian12-healthy/alpha/lsblk.txt").stdout;

describe("lsblk -J -b", () => {
  it("flattens the tree; a map has all its paths for parents", () => {
    const found = devices(real);
    const map = [...found.values()].find(({ name }) => name === "3600000000000000000e00a0be0a00001");
    expect(map).toMatchObject({ type: "mpath", size_bytes: 67_108_864, path: "/dev/mapper/3600000000000000000e00a0be0a00001" });
    expect(map?.parents).toHaveLength(2);
    for (const parent of map?.parents ?? [])
      expect(found.get(parent)).toMatchObject({ transport: "iscsi", model: "ARRAY-BETA", parents: [] });
  });

  it("follows DRBD down to the disk, and knows mount points", () => {
    const found = devices(real);
    expect(found.get("drbd0")).toMatchObject({ maj_min: "147:0", parents: [expect.stringMatching(/^dm-/)] });
    const lv = found.get(found.get("drbd0")?.parents[0] ?? "");
    expect(lv).toMatchObject({ name: "vg0-web01", type: "lvm", parents: ["vdb"] });
    expect(found.get("vda")).toMatchObject({ mountpoints: ["/"], size_bytes: 2_147_483_648 });
    expect(found.get("nbd1")).toMatchObject({ size_bytes: 0, mountpoints: [] });
  });

  it("reads the numbers and the one mount point of older versions", () => {
    const old =
      '{"blockdevices": [{"name": "sda", "kname": "sda", "size": "512", "mountpoint": "/", "pkname": null, "maj:min": "  8:0  "}]}';
    expect(devices(old).get("sda")).toMatchObject({ size_bytes: 512, mountpoints: ["/"], maj_min: "8:0", type: "?", parents: [] });
  });

  it("keeps a device without a name, and survives a tree of any depth", () => {
    expect(read('{"blockdevices": [{"size": 1}]}')).toMatchObject({
      ok: true,
      facts: { devices: [{ kname: "?", size_bytes: 1 }], not_understood: ["(a block device without a name)"] },
    });
    const depth = 3000;
    const deep = `{"blockdevices": [${'{"name":"a","children":['.repeat(depth)}{"name":"b"}${"]}".repeat(depth)}]}`;
    expect([...devices(deep).keys()]).toEqual(["a", "b"]);
  });

  it("tells absent and failed apart", () => {
    expect(read("", 69)).toMatchObject({ ok: false, kind: "absent" });
    expect(read("lsblk: unknown column: FOO\n", 1)).toMatchObject({
      ok: false,
      kind: "failed",
      error: expect.stringContaining("unknown column"),
    });
  });

  it.each(recordings(/^lsblk.*\.json$/))("reads every device of %s", (path) => {
    const { stdout } = recording(path);
    const names = new Set([...stdout.matchAll(/"kname": ?"([^"]+)"/g)].map((match) => match[1]));
    expect(new Set(devices(stdout).keys())).toEqual(names);
  });

  it("is total", () => expectTotal(parseLsblk, [real]));
});
