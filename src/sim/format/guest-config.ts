/** A guest's configuration as libxl generates it: for `xl list -l` (live) and `xl create -q -n FILE` (a file). libxl_types.idl. */
import { hasOneVolume } from "../model/drbd/types.ts";
import type { DiskSpec, GuestSpec } from "../model/guest.ts";
import type { SimHost } from "../model/host.ts";
import type { World } from "../model/world.ts";
import { type Json, yajl } from "./json.ts";

/** libxl's "no domid yet", which stays in the saved configuration. */
const INVALID_DOMID = 4294967295;

/** What the configuration says of where a disk lies, and the hotplug script it needs. */
export function diskTarget(
  world: World,
  host: SimHost,
  disk: DiskSpec,
): { readonly target: string | undefined; readonly script: string | undefined } {
  const { backing } = disk;
  switch (backing.kind) {
    case "drbd": {
      const one = hasOneVolume(world.drbd.get(backing.resource));
      if (one) return { target: backing.resource, script: "block-drbd" };
      return { target: `/dev/drbd/by-res/${backing.resource}/${backing.volume}`, script: undefined };
    }
    case "multipath": {
      const map = host.storage.maps.find(({ wwid }) => wwid === backing.wwid);
      return { target: `/dev/mapper/${map?.name ?? backing.wwid}`, script: undefined };
    }
    case "lv":
      return { target: `/dev/${backing.vg}/${backing.lv}`, script: undefined };
    case "nfs":
      return { target: `${backing.mountpoint}/${backing.file}`, script: undefined };
    case "nbd":
      return { target: `/dev/${backing.dev}`, script: undefined };
    case "empty":
      return { target: undefined, script: undefined };
  }
}

function diskJson(world: World, host: SimHost, disk: DiskSpec, live: boolean): Json {
  const { target, script } = diskTarget(world, host, disk);
  return {
    pdev_path: target,
    vdev: disk.vdev,
    format: target === undefined ? "empty" : disk.format,
    script,
    removable: disk.cdrom ? 1 : undefined,
    readwrite: disk.mode === "w" ? 1 : undefined,
    is_cdrom: disk.cdrom ? 1 : undefined,
    colo_restore_enable: live ? "False" : undefined,
  };
}

function typeJson(guest: GuestSpec): Json {
  if (guest.type !== "hvm") return {};
  return {
    vga: {},
    vnc: { enable: "True", listen: "127.0.0.1", passwd: guest.vnc_password },
    sdl: {},
    spice: {},
    rdm: {},
  };
}

const pciJson = (address: string): Json => {
  const [, bus = "0", dev = "0", func = "0"] = /^[0-9a-f]{4}:([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/.exec(address) ?? [];
  const number = (hex: string): number | undefined => Number.parseInt(hex, 16) || undefined;
  return { func: number(func), dev: number(dev), bus: number(bus), vfunc_mask: 1, rdm_policy: "strict" };
};

export function configJson(world: World, host: SimHost, guest: GuestSpec, live: boolean): Json {
  const created = {
    type: guest.type,
    name: guest.name,
    domid: live ? INVALID_DOMID : undefined,
    uuid: guest.uuid,
    run_hotplug_scripts: "True",
  };
  const built = {
    max_vcpus: guest.vcpus,
    avail_vcpus: Array.from({ length: guest.vcpus }, (_, at) => at),
    max_memkb: guest.memory_kib,
    target_memkb: guest.memory_kib,
    video_memkb: live ? 0 : undefined,
    sched_params: live ? { sched: "credit", weight: 256, cap: 0 } : {},
    claim_mode: "True",
    kernel: guest.kernel,
    cmdline: guest.cmdline,
    ramdisk: guest.ramdisk,
    [`type.${guest.type}`]: typeJson(guest),
    arch_arm: {},
    arch_x86: live ? { msr_relaxed: "False" } : {},
  };
  const nics = guest.nics.map((nic, devid) => ({
    devid,
    mac: nic.mac,
    bridge: nic.bridge,
    ifname: nic.vifname,
    script: nic.bridge.startsWith("ovs") ? "vif-openvswitch" : "vif-bridge",
    nictype: live ? "vif" : undefined,
  }));
  return {
    c_info: created,
    b_info: built,
    disks: guest.disks.map((disk) => diskJson(world, host, disk, live)),
    nics: nics.length === 0 ? undefined : nics,
    pcidevs: guest.pci.length === 0 ? undefined : guest.pci.map(pciJson),
    on_reboot: guest.on_reboot,
    on_crash: guest.on_crash === "destroy" ? undefined : guest.on_crash,
    on_soft_reset: "soft_reset",
  };
}

export const configText = (world: World, host: SimHost, guest: GuestSpec, live: boolean): string =>
  `${yajl(configJson(world, host, guest, live))}\n`;
