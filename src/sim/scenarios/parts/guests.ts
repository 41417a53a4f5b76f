/** Guests and the DRBD resources under them. */
import { addDrbd } from "../../model/build.ts";
import { placeGuest } from "../../model/domains.ts";
import type { Flavour } from "../../model/drbd/types.ts";
import { type Backing, type DiskSpec, type GuestSpec, type HostIx, hostIndexes, type Load } from "../../model/guest.ts";
import type { World } from "../../model/world.ts";
import { addLv, GIB_KIB } from "./storage.ts";

export const MIB_KIB = 1024;

export interface GuestOptions {
  readonly name: string;
  /** Makes the uuid and the MAC addresses: 1..9999. */
  readonly number: number;
  readonly type?: GuestSpec["type"];
  readonly memory_mib: number;
  readonly vcpus: number;
  readonly disks: readonly DiskSpec[];
  readonly bridges: readonly string[];
  readonly load?: Partial<Load>;
  readonly pci?: readonly string[];
}

const LOAD: Load = { cpu: 0.08, write_kib_s: 40, read_kib_s: 60, net_kib_s: 12 };

export function guest(options: GuestOptions): GuestSpec {
  const id = String(options.number).padStart(4, "0");
  const type = options.type ?? "pvh";
  return {
    name: options.name,
    uuid: `7d1f3a52-${id}-4c8e-9b60-5f2e8a71${id}`,
    type,
    memory_kib: options.memory_mib * MIB_KIB,
    vcpus: options.vcpus,
    disks: options.disks,
    nics: options.bridges.map((bridge, at) => ({
      mac: `00:16:3e:5f:${id.slice(0, 2)}:${(Number(id.slice(2)) * 2 + at).toString(16).padStart(2, "0")}`,
      bridge,
      vifname: `${options.name.slice(0, 12)}.${at}`,
    })),
    load: { ...LOAD, ...options.load },
    kernel: type === "hvm" ? undefined : "/usr/lib/grub-xen/grub-i386-xen_pvh.bin",
    ramdisk: undefined,
    cmdline: undefined,
    on_reboot: "restart",
    on_crash: "restart",
    vnc_password: type === "hvm" ? "s3cret-of-the-console" : undefined,
    pci: options.pci ?? [],
  };
}

export const disk = (vdev: string, backing: Backing, gib: number, format: DiskSpec["format"] = "raw"): DiskSpec => ({
  vdev,
  format,
  mode: "w",
  cdrom: false,
  backing,
  size_kib: gib * GIB_KIB,
});

/** A LV on both hosts with DRBD on it, one per size; minors go on from those there are. */
export function mirrored(world: World, name: string, gib: readonly number[], flavour: Flavour, c_max_rate_kib_s?: number): void {
  const first = [...world.drbd.values()].reduce((count, resource) => count + resource.volumes.length, 0);
  const lv = (at: number): string => (gib.length === 1 ? name : `${name}-${at}`);
  for (const host of world.hosts) for (const [at, size] of gib.entries()) addLv(host, lv(at), size * GIB_KIB);
  addDrbd(world, {
    name,
    flavour,
    port: 7788 + world.drbd.size,
    addresses: ["10.99.1.1", "10.99.1.2"],
    // Internal metadata takes a little of each device.
    volumes: gib.map((size, volume) => ({
      volume,
      minor: first + volume,
      size_kib: size * GIB_KIB - Math.ceil((size * 32) / 4) * 4 - 36,
      backing: `/dev/vg0/${lv(volume)}`,
    })),
    ...(c_max_rate_kib_s === undefined ? {} : { c_max_rate_kib_s }),
    verify_alg: "crc32c",
    shared_secret: "never-to-be-shown",
  });
}

/** The guest's file on both hosts, autostarted where it lives, running there. */
export function settleGuest(world: World, spec: GuestSpec, home: HostIx | undefined): void {
  const path = `/etc/xen/${spec.name}.cfg`;
  for (const ix of hostIndexes) world.hosts[ix].configs.push({ path, guest: spec, error: undefined });
  if (home === undefined) return;
  world.hosts[home].auto.push({ name: `${spec.name}.cfg`, target: path });
  placeGuest(world, home, spec);
}
