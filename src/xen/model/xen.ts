/** Facts about Xen and its guests, as one host tells them. */

export type ShutdownReason = "poweroff" | "reboot" | "suspend" | "crash" | "watchdog" | "soft_reset" | "unknown";

/** The flags of `xl list`, column State (xl_info.c:371). All false (`------`) means runnable: normal. */
export interface DomainState {
  readonly running: boolean;
  readonly blocked: boolean;
  readonly paused: boolean;
  readonly shutdown: boolean;
  readonly dying: boolean;
  /** Only meaningful where `shutdown`. */
  readonly shutdown_reason: ShutdownReason | undefined;
  /** The column as printed, e.g. `-b----`. */
  readonly text: string;
}

export interface Domain {
  /** As printed; may contain spaces, be `(null)` or all digits. */
  readonly name: string;
  /** The name without xl's migration suffix. */
  readonly base_name: string;
  /** `incoming`: `X--incoming`, a receiving shell; `migrated_away`: `X--migratedaway`, the husk left at the source. */
  readonly migration: "none" | "incoming" | "migrated_away";
  readonly domid: number;
  readonly memory_mib: number;
  readonly vcpus: number;
  readonly state: DomainState;
  readonly cpu_time_s: number;
  /** Lower-case; undefined where `xl list` without -v was all there was. */
  readonly uuid: string | undefined;
}

export interface DomainList {
  /** Domain-0 included. */
  readonly domains: readonly Domain[];
  /** Lines that weren't understood: never dropped, shown at high severity. */
  readonly not_understood: readonly string[];
}

/** `xl info`. Memory in MiB. A missing key is undefined. */
export interface XenInfo {
  readonly host: string | undefined;
  readonly release: string | undefined;
  readonly nr_cpus: number | undefined;
  readonly cores_per_socket: number | undefined;
  readonly threads_per_core: number | undefined;
  readonly cpu_mhz: number | undefined;
  /** Colon-separated 32-bit hex words. */
  readonly hw_caps: string | undefined;
  readonly virt_caps: readonly string[];
  readonly total_memory_mib: number | undefined;
  /** Already net of claims. */
  readonly free_memory_mib: number | undefined;
  readonly xen_major: number | undefined;
  readonly xen_minor: number | undefined;
  readonly xen_version: string | undefined;
  readonly xen_caps: readonly string[];
  readonly scheduler: string | undefined;
  /** xen_commandline, with anything that looks like a secret removed. */
  readonly xen_commandline: string | undefined;
}

export type GuestType = "pv" | "hvm" | "pvh" | "unknown";

export interface DiskConfig {
  /** `xvda`, `hda`, `51712`. */
  readonly vdev: string;
  /** `/dev/vg0/web01`, `r0` with script block-drbd, a file path; undefined: an empty drive. Credentials removed. */
  readonly target: string | undefined;
  readonly format: string | undefined;
  /** Base name of the hotplug script: `block-drbd`, `block-iscsi`, `block-nbd`; undefined: plain phy/file. */
  readonly script: string | undefined;
  readonly backend: string | undefined;
  readonly read_write: boolean;
  readonly cdrom: boolean;
}

export interface NicConfig {
  readonly devid: number;
  readonly mac: string | undefined;
  readonly bridge: string | undefined;
  /** An explicit vifname. */
  readonly ifname: string | undefined;
  readonly script: string | undefined;
  readonly mtu: number | undefined;
  readonly model: string | undefined;
}

/** A guest's configuration: from `xl list -l` (live) or `xl create -n` (a file). No secret is kept: no passwd, no cmdline. */
export interface GuestConfig {
  readonly name: string;
  readonly uuid: string | undefined;
  readonly type: GuestType;
  readonly vcpus: number;
  readonly max_memory_kib: number | undefined;
  readonly target_memory_kib: number | undefined;
  /** undefined: Xen's default applies (see 2-domain, preflight 3). */
  readonly shadow_memory_kib: number | undefined;
  readonly disks: readonly DiskConfig[];
  readonly nics: readonly NicConfig[];
  /** Passthrough devices, as `0000:03:00.0`. */
  readonly pci_devices: readonly string[];
  readonly usb_devices: number;
  readonly disable_migrate: boolean;
  readonly nested_hvm: boolean;
  /** Virtual NUMA nodes, TPMs and 9pfs shares: what live migration knows little of. */
  readonly vnuma_nodes: number;
  readonly vtpms: number;
  readonly p9s: number;
  readonly pool: string | undefined;
  /** Local paths the guest needs to start: kernel, ramdisk, firmware, bootloader. */
  readonly boot_files: readonly string[];
  readonly on_poweroff: string;
  readonly on_reboot: string;
  readonly on_crash: string;
}

/** One element of `xl list -l`. */
export interface LiveConfig {
  readonly domid: number;
  readonly config: GuestConfig;
}

export interface LiveConfigs {
  readonly domains: readonly LiveConfig[];
  /** Elements that couldn't be read, described (never repeated: they may hold a password). */
  readonly not_understood: readonly string[];
}

/** One file under /etc/xen and what `xl create -q -n FILE` made of it. */
export interface ConfigFile {
  readonly path: string;
  readonly config: GuestConfig | undefined;
  /** Why there is no config: what xl said, bounded. */
  readonly error: string | undefined;
  /** Local paths that the guest needs to start, as this host has them; present undefined: not looked at (on a network file system). */
  readonly paths?: readonly { readonly path: string; readonly present: boolean | undefined }[];
}

/** One entry of /etc/xen/auto. */
export interface AutostartEntry {
  readonly name: string;
  /** Where the link points, undefined for a plain file. */
  readonly target: string | undefined;
}

/** Guests by domid, as xl's own processes say. */
export interface XlMonitors {
  readonly watched: ReadonlySet<number>;
  /** Once watched by a process that is gone. A domid is used again only after a boot. */
  readonly ended: ReadonlySet<number>;
}

/** One row of xentop's second sample. */
export interface DomainUsage {
  readonly name: string;
  /** Of one physical CPU: 200 = two busy. undefined in the first sample or where xentop printed n/a. */
  readonly cpu_percent: number | undefined;
  readonly memory_kib: number | undefined;
  readonly net_tx_kib: number | undefined;
  readonly net_rx_kib: number | undefined;
  readonly vbd_reads: number | undefined;
  readonly vbd_writes: number | undefined;
  /** Requests that found no free ring slot. */
  readonly vbd_out_of_order: number | undefined;
}

export interface UsageTable {
  readonly rows: readonly DomainUsage[];
  readonly not_understood: readonly string[];
}

/** xenbus state (public/io/xenbus.h): 4 = connected. */
export type XenbusState =
  | "unknown"
  | "initialising"
  | "init_wait"
  | "initialised"
  | "connected"
  | "closing"
  | "closed"
  | "reconfiguring"
  | "reconfigured"
  | "missing";

export interface VbdBackend {
  readonly domid: number;
  readonly devid: number;
  /** `xvda` */
  readonly dev: string | undefined;
  /** As given to the hotplug script: `r0`, `/dev/vg0/web01`. Credentials removed. */
  readonly params: string | undefined;
  readonly device_path: string | undefined;
  /** `major:minor` in hex, as xenstore has it, e.g. `93:0` = DRBD (0x93 = 147), minor 0. */
  readonly physical_device: string | undefined;
  readonly script: string | undefined;
  readonly mode: string | undefined;
  readonly state: XenbusState;
  readonly hotplug_status: string | undefined;
  readonly hotplug_error: string | undefined;
  readonly online: boolean;
  /** Directory under backend/: `vbd`, `qdisk`. */
  readonly kind: string;
}

export interface VifBackend {
  readonly domid: number;
  readonly devid: number;
  readonly mac: string | undefined;
  readonly bridge: string | undefined;
  /** The interface in dom0: `vifname`, else `vifDOMID.DEVID`. */
  readonly ifname: string;
  readonly script: string | undefined;
  readonly state: XenbusState;
  readonly hotplug_status: string | undefined;
  readonly hotplug_error: string | undefined;
  readonly online: boolean;
}

/** /local/domain as far as the console needs it. */
export interface Backends {
  readonly vbds: readonly VbdBackend[];
  readonly vifs: readonly VifBackend[];
  /** domid -> name and uuid, from /local/domain/N/{name,vm}. */
  readonly names: readonly { readonly domid: number; readonly name: string | undefined; readonly uuid: string | undefined }[];
  /** True where the output was cut at its size limit: rows may be missing. */
  readonly truncated: boolean;
}
