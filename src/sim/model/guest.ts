/** What a guest is (its configuration) and what runs of it on a host (a domain). */

/** Which of the two hosts. */
export type HostIx = 0 | 1;
export const other = (ix: HostIx): HostIx => (ix === 0 ? 1 : 0);
export const hostIndexes: readonly HostIx[] = [0, 1];

/** Where a guest's disk really lies. */
export type Backing =
  | { readonly kind: "drbd"; readonly resource: string; readonly volume: number }
  | { readonly kind: "multipath"; readonly wwid: string }
  /** A file on an NFS mount. */
  | { readonly kind: "nfs"; readonly mountpoint: string; readonly file: string }
  | { readonly kind: "lv"; readonly vg: string; readonly lv: string }
  | { readonly kind: "nbd"; readonly dev: string }
  | { readonly kind: "empty" };

export interface DiskSpec {
  /** `xvda` */
  readonly vdev: string;
  readonly format: "raw" | "qcow2";
  readonly mode: "w" | "r";
  readonly cdrom: boolean;
  readonly backing: Backing;
  readonly size_kib: number;
}

export interface NicSpec {
  readonly mac: string;
  readonly bridge: string;
  /** An explicit vifname, else vifDOMID.DEVID. */
  readonly vifname: string | undefined;
}

/** How busy a guest is; the model draws from it. */
export interface Load {
  /** Of one physical CPU, 0..vcpus. */
  readonly cpu: number;
  readonly write_kib_s: number;
  readonly read_kib_s: number;
  readonly net_kib_s: number;
}

export interface GuestSpec {
  readonly name: string;
  readonly uuid: string;
  readonly type: "pv" | "hvm" | "pvh";
  readonly memory_kib: number;
  readonly vcpus: number;
  readonly disks: readonly DiskSpec[];
  readonly nics: readonly NicSpec[];
  readonly load: Load;
  readonly kernel: string | undefined;
  readonly ramdisk: string | undefined;
  readonly cmdline: string | undefined;
  readonly on_reboot: string;
  readonly on_crash: string;
  /** A VNC password that the console must never show. */
  readonly vnc_password: string | undefined;
  readonly pci: readonly string[];
}

/** xenbus states: 1 initialising, 2 init wait, 4 connected, 5 closing, 6 closed. */
export type Xenbus = 1 | 2 | 3 | 4 | 5 | 6;

export interface Vbd {
  readonly devid: number;
  readonly disk: DiskSpec;
  state: Xenbus;
  hotplug_status: "connected" | "error" | undefined;
  hotplug_error: string | undefined;
  /** `major:minor`, hex. */
  physical_device: string;
  device_path: string;
  reads: number;
  writes: number;
  read_sectors: number;
  written_sectors: number;
}

export interface Vif {
  readonly devid: number;
  readonly nic: NicSpec;
  readonly ifname: string;
  /** Base name of the hotplug script. */
  readonly script: string;
  state: Xenbus;
  hotplug_status: "connected" | "error" | undefined;
  hotplug_error: string | undefined;
  tx_bytes: number;
  rx_bytes: number;
}

export type Run = "running" | "blocked" | "runnable" | "paused" | "shutdown" | "dying";

/** A domain on a host. Domain-0 too: its guest is undefined. */
export interface SimDomain {
  readonly domid: number;
  readonly guest: GuestSpec | undefined;
  readonly uuid: string;
  /** As xl knows it, with a migration's suffix; undefined prints `(null)`. */
  name: string | undefined;
  memory_kib: number;
  max_memory_kib: number;
  vcpus: number;
  run: Run;
  /** Also paused (a husk of a migration is `--pss-`). */
  paused: boolean;
  /** xl's letter: `-` poweroff, r reboot, s suspend, c crash. */
  reason: "-" | "r" | "s" | "c";
  cpu_time_s: number;
  /** CPU time in the last second, of one CPU: what xentop shows. */
  cpu_now: number;
  /** False while it is being created: `xl list -l` can't read its configuration. */
  has_json: boolean;
  vbds: Vbd[];
  vifs: Vif[];
}

export const DOM0_UUID = "00000000-0000-0000-0000-000000000000";

/** xvda -> 51712 (202 << 8), xvdb -> 51728; hda -> 768. libxl_device.c, libxl__device_disk_dev_number. */
export function diskNumber(vdev: string): number {
  const letter = vdev.charCodeAt(2 + (vdev.startsWith("xvd") ? 1 : 0)) - 97;
  if (vdev.startsWith("xvd")) return (202 << 8) | (letter << 4);
  if (vdev.startsWith("hd")) return (letter < 2 ? 3 << 8 : 22 << 8) | ((letter % 2) << 6);
  return (8 << 8) | (letter << 4);
}
