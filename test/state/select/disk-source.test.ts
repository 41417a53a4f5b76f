import { describe, expect, it } from "vitest";
import { diskSource, wwidOfPath } from "../../../src/state/select/disk-source.ts";
import { guestConfig } from "../../../src/xen/read/guest-config.ts";
import { recording } from "../../helpers.ts";
import { disk } from "./guest-cases.ts";

const sources = (name: string) =>
  guestConfig(JSON.parse(recording(`create-n/debian12/xl-4.17.7-create-n-${name}.json`).stdout))?.disks.map(diskSource);

describe("what a disk lies on", () => {
  it("is told by every recorded configuration", () => {
    expect(sources("hvm1")).toEqual([
      { type: "drbd", resource: "mail01-disk", volume: 0 },
      { type: "device", path: "/dev/mapper/mpathb" },
      { type: "file", path: "/srv/iso/x.iso" },
    ]);
    // `drbd:/dns01` keeps its slash.
    expect(sources("pv1")).toEqual([
      { type: "drbd", resource: "dns01", volume: 0 },
      { type: "nbd_server", server: "10.0.0.9:10809" },
    ]);
    expect(sources("pvh1")).toEqual([
      { type: "iscsi_target", target: "iqn.2001-05.com.example:web01" },
      { type: "file", path: "/srv/nfs/web01.qcow2" },
    ]);
    expect(sources("t2")).toEqual([
      { type: "drbd", resource: "dns01", volume: 0 },
      { type: "drbd_minor", minor: 0 },
      { type: "file", path: "/srv/x.img" },
      { type: "nbd_server", server: "10.0.0.9:10809" },
    ]);
  });

  it("may be nothing, a volume, or something nobody knows", () => {
    expect(diskSource(disk({ cdrom: true }))).toEqual({ type: "empty" });
    expect(diskSource(disk({ target: "x", format: "empty" }))).toEqual({ type: "empty" });
    expect(diskSource(disk({ target: "r0/3", script: "block-drbd" }))).toEqual({ type: "drbd", resource: "r0", volume: 3 });
    expect(diskSource(disk({ target: "/dev/drbd/by-res/r0/1" }))).toEqual({ type: "drbd", resource: "r0", volume: 1 });
    expect(diskSource(disk({ target: "rbd:pool/image", backend: "qdisk" }))).toEqual({ type: "other", text: "rbd:pool/image" });
    expect(diskSource(disk({ target: "vg0/web01" }))).toEqual({ type: "device", path: "/dev/vg0/web01" });
  });

  it("has a WWID in its path, however it is written", () => {
    const wwid = "360000000000000000e00a0a000a00001";
    expect(wwidOfPath(`/dev/mapper/${wwid}`)).toBe(wwid);
    expect(wwidOfPath(`/dev/disk/by-id/scsi-${wwid}-part1`)).toBe(wwid);
    expect(wwidOfPath(`/dev/disk/by-id/dm-uuid-mpath-${wwid}`)).toBe(wwid);
    expect(wwidOfPath("/dev/disk/by-id/wwn-0x60000000000000000e00a0a000a00001")).toBe(wwid);
    expect(wwidOfPath("/dev/mapper/mpatha")).toBeUndefined();
  });
});
