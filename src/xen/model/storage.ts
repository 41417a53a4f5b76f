/** Facts about storage paths, as one host tells them. */

export interface MultipathPath {
  /** `sda`; differs between hosts and boots, never a key. */
  readonly dev: string;
  /** `active`, `failed`, `undef` - as printed. */
  readonly dm_state: string;
  /** `running`, `offline`, `unknown`. */
  readonly dev_state: string;
  /** `ready`, `faulty`, `shaky`, `ghost`, `i/o pending`, `i/o timeout`, `delayed`, `disconnected`, `undef`. */
  readonly checker_state: string;
  /** The FC port's WWPN or, for iSCSI, the initiator's address. */
  readonly host_adapter: string | undefined;
  readonly target: string | undefined;
  readonly marginal: boolean | undefined;
  /** True only for active + running + ready (ghost: a standby path, not usable for I/O now). */
  readonly usable: boolean;
}

export interface MultipathMap {
  readonly name: string;
  /** The WWID: the same LUN has the same one on both hosts. */
  readonly wwid: string;
  readonly dm_device: string | undefined;
  /** `active`, `suspend`, `undef`. */
  readonly dm_state: string | undefined;
  /** `off`, `on`, `-`, `12 chk`, `30 sec`. */
  readonly queueing: string | undefined;
  readonly path_faults: number | undefined;
  readonly vendor: string | undefined;
  readonly product: string | undefined;
  readonly size_text: string | undefined;
  readonly paths: readonly MultipathPath[];
}

/** Every list comes with what of the answer could not be understood, or was cut off: then rows may be missing. */
export interface Multipath {
  readonly maps: readonly MultipathMap[];
  readonly not_understood: readonly string[];
}

export interface IscsiSession {
  readonly sid: number;
  readonly target: string;
  readonly portal: string | undefined;
  readonly iface_address: string | undefined;
  readonly initiator: string | undefined;
  /** `LOGGED IN`, `TRANSPORT WAIT`, `FREE`, ... */
  readonly connection_state: string | undefined;
  /** `LOGGED_IN`, `FAILED`, `FREE`. */
  readonly session_state: string | undefined;
  /** `NO CHANGE`, `REOPEN`, ... */
  readonly internal_state: string | undefined;
  readonly devices: readonly { readonly lun: number | undefined; readonly dev: string; readonly state: string | undefined }[];
}

export interface Iscsi {
  readonly sessions: readonly IscsiSession[];
  readonly not_understood: readonly string[];
}

export interface FcPort {
  /** `host3` */
  readonly host: string;
  readonly port_name: string | undefined;
  readonly node_name: string | undefined;
  /** `Online`, `Linkdown`, ... */
  readonly port_state: string | undefined;
  readonly port_type: string | undefined;
  readonly speed: string | undefined;
  readonly max_npiv_vports: number | undefined;
  readonly npiv_vports_inuse: number | undefined;
  readonly vports: readonly {
    readonly name: string;
    readonly port_name: string | undefined;
    readonly node_name: string | undefined;
    readonly state: string | undefined;
  }[];
}

export interface FibreChannel {
  readonly ports: readonly FcPort[];
  readonly not_understood: readonly string[];
}

export interface NbdDevice {
  readonly dev: string;
  readonly size_bytes: number | undefined;
  /** undefined: not connected. */
  readonly pid: number | undefined;
  readonly backend: string | undefined;
}

export interface Nbd {
  readonly devices: readonly NbdDevice[];
  readonly not_understood: readonly string[];
}

/** One NFS mount of /proc/self/mountstats. Counters since mount; the rule is on their deltas. */
export interface NfsMount {
  /** `10.99.1.2:/srv/export` */
  readonly device: string;
  readonly mountpoint: string;
  readonly fstype: string;
  /** As the kernel lists them: `rw`, `vers=4.2`, `hard`; also what was negotiated. */
  readonly options: readonly string[];
  readonly hard: boolean | undefined;
  readonly age_s: number | undefined;
  readonly ops: number;
  readonly transmissions: number;
  readonly timeouts: number;
  /** xprt: requests sent, answers received; undefined where the kernel doesn't tell. */
  readonly xprt_sends: number | undefined;
  readonly xprt_receives: number | undefined;
  /** xprt: connections begun to the server. */
  readonly xprt_connects: number | undefined;
}

export interface Nfs {
  readonly mounts: readonly NfsMount[];
  readonly not_understood: readonly string[];
}

export interface LogicalVolume {
  readonly name: string;
  readonly vg: string;
  readonly size_bytes: number | undefined;
  readonly attr: string;
  readonly pool: string | undefined;
  readonly origin: string | undefined;
  /** Thin pool or snapshot fill. */
  readonly data_percent: number | undefined;
  readonly metadata_percent: number | undefined;
  readonly path: string | undefined;
}
export interface VolumeGroup {
  readonly name: string;
  readonly size_bytes: number | undefined;
  readonly free_bytes: number | undefined;
  readonly missing_pvs: number | undefined;
  readonly attr: string;
}
export interface Lvm {
  readonly volumes: readonly LogicalVolume[];
  readonly groups: readonly VolumeGroup[];
  readonly not_understood: readonly string[];
}

/** One block device of lsblk, flattened; `children` by kname. */
export interface BlockDevice {
  readonly name: string;
  readonly kname: string;
  readonly path: string | undefined;
  /** `disk`, `part`, `lvm`, `mpath`, `crypt`, `raid1`, `loop`, `rom`. */
  readonly type: string;
  readonly size_bytes: number | undefined;
  readonly mountpoints: readonly string[];
  readonly wwn: string | undefined;
  readonly serial: string | undefined;
  readonly model: string | undefined;
  readonly transport: string | undefined;
  readonly state: string | undefined;
  readonly maj_min: string | undefined;
  /** knames of the devices directly below (what this one lies on). */
  readonly parents: readonly string[];
}

export interface BlockDevices {
  readonly devices: readonly BlockDevice[];
  readonly not_understood: readonly string[];
}

/** A local file system of dom0. */
export interface FileSystem {
  readonly device: string;
  readonly mountpoint: string;
  readonly size_kib: number;
  readonly used_kib: number;
  readonly available_kib: number;
  readonly used_percent: number | undefined;
}

export interface FileSystems {
  readonly file_systems: readonly FileSystem[];
  readonly not_understood: readonly string[];
}
