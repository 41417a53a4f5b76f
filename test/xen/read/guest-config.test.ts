import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { guestConfig, SECRETS_SED } from "../../../src/xen/read/guest-config.ts";
import { recording } from "../../helpers.ts";

const text = (name: string) => recording(`create-n/debian12/xl-4.17.7-create-n-${name}.json`).stdout;
const config = (name: string) => guestConfig(JSON.parse(text(name)));

describe("a guest's configuration", () => {
  it("reads HVM with DRBD, a multipath map and an ISO", () => {
    expect(config("hvm1")).toMatchObject({
      name: "mail01",
      uuid: "0b6e2d4e-7b1c-4f5a-9c1e-2f4b7a9d1c11",
      type: "hvm",
      vcpus: 4,
      max_memory_kib: 4_194_304,
      target_memory_kib: 2_097_152,
      shadow_memory_kib: undefined,
      disks: [
        { vdev: "xvda", target: "mail01-disk", script: "block-drbd", read_write: true, cdrom: false },
        { vdev: "xvdb", target: "/dev/mapper/mpathb", script: undefined, read_write: true },
        { vdev: "hdc", target: "/srv/iso/x.iso", cdrom: true, read_write: false },
      ],
      nics: [
        { devid: 0, mac: "00:16:3e:11:22:33", bridge: "br0", ifname: undefined },
        { devid: 1, bridge: "priv0", ifname: "mail-priv" },
      ],
      on_poweroff: "destroy",
      on_reboot: "restart",
      on_crash: "preserve",
    });
  });

  it("reads PV with NBD, a name with spaces and no MAC", () => {
    expect(config("pv1")).toMatchObject({
      name: "dns 01; x",
      type: "pv",
      disable_migrate: true,
      disks: [
        { target: "/dns01", script: "block-drbd" },
        { target: "/10.0.0.9:10809", script: "block-nbd" },
      ],
      nics: [{ devid: 0, mac: undefined, bridge: "storage0", script: "vif-openvswitch" }],
      boot_files: ["/boot/vmlinuz", "/boot/initrd.img"],
      on_poweroff: "preserve",
      on_crash: "coredump_restart",
    });
  });

  it("reads PVH with iSCSI, a file on NFS, passthrough and a pool", () => {
    expect(config("pvh1")).toMatchObject({
      type: "pvh",
      disks: [{ script: "block-iscsi" }, { target: "/srv/nfs/web01.qcow2", format: "qcow2" }],
      nics: [{ mtu: 9000, bridge: "br100" }],
      pci_devices: ["0000:03:00.0"],
      pool: "Pool-0",
      on_crash: "destroy",
    });
  });

  it("reads every kind of disk there is a recording of", () => {
    expect(config("t1")?.disks).toMatchObject([{ target: "dns01", script: "block-drbd" }]);
    expect(config("t2")?.disks).toMatchObject([
      { vdev: "xvda", target: "drbd/by-res/dns01/0" },
      { vdev: "xvdb", target: "/dev/drbd0" },
      { vdev: "xvdc", target: "/srv/x.img" },
      { vdev: "xvdd", target: "nbd:10.0.0.9:10809", backend: "qdisk", read_write: false },
    ]);
    expect(config("t2")?.nics).toMatchObject([{ bridge: "br0" }, { bridge: "br0.100" }]);
    expect(guestConfig({ c_info: { name: "x" }, disks: [{ vdev: "hdc", format: "empty", is_cdrom: 1 }] })?.disks).toMatchObject([
      { vdev: "hdc", target: undefined, format: "empty", cdrom: true },
    ]);
  });

  it("writes a passthrough address in hex", () => {
    const pcidevs = [{ domain: 1, bus: 31, dev: 10, func: 7 }, {}];
    expect(guestConfig({ c_info: { name: "x" }, pcidevs })?.pci_devices).toEqual(["0001:1f:0a.7", "0000:00:00.0"]);
  });

  it("keeps no secret", () => {
    const disks = [
      { vdev: "xvda", pdev_path: "iqn=iqn.x,portal=10.0.0.5,user=u,password=hunter2" },
      { vdev: "xvdb", pdev_path: "nbd://me:hunter2@10.0.0.9/x" },
    ];
    const kept = JSON.stringify([config("hvm1"), config("pv1"), guestConfig({ c_info: { name: "x" }, disks })]);
    for (const secret of ["s3cret", "root=/dev/xvda1", "hunter2"]) expect(kept).not.toContain(secret);
  });

  it("takes secrets out on the host already, leaving JSON", () => {
    const sent = (name: string) => execFileSync("/bin/sh", ["-c", SECRETS_SED], { input: text(name), encoding: "utf8" });
    expect(sent("hvm1")).not.toContain("s3cret");
    expect(sent("pv1")).not.toContain("root=/dev/xvda1");
    for (const name of ["hvm1", "pv1", "pvh1", "t1", "t2"]) expect(guestConfig(JSON.parse(sent(name)))).toEqual(config(name));
  });

  it("is none without a name, and has defaults for the rest", () => {
    for (const value of [undefined, null, 7, "x", [], {}, { c_info: {} }, { c_info: { name: "" } }, { c_info: 5 }])
      expect(guestConfig(value)).toBeUndefined();
    expect(guestConfig({ c_info: { name: "x", type: "odd" }, disks: [null], nics: [3], pcidevs: "?" })).toMatchObject({
      type: "unknown",
      vcpus: 1,
      disks: [{ vdev: "?", target: undefined, read_write: false }],
      nics: [{ devid: 0, mac: undefined }],
      pci_devices: [],
    });
  });
});
