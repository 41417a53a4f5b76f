/** A dom0's storage paths, mounts and fills. */
export interface ScsiPath {
  /** `sda`; another one after each boot. */
  readonly dev: string;
  readonly hctl: string;
  readonly wwid: string;
  readonly transport:
    | { readonly kind: "iscsi"; readonly sid: number }
    | { readonly kind: "fc"; readonly host: string; readonly target_wwnn: string; readonly target_wwpn: string; readonly through: string };
  dm_state: "active" | "failed";
  checker: "ready" | "faulty" | "ghost" | "i/o timeout";
  /** `multipathd fail path`: its checks are off until it is reinstated. */
  by_operator?: boolean;
  dev_state: "running" | "offline" | "transport-offline";
}

export interface MultipathMapSpec {
  readonly name: string;
  readonly wwid: string;
  readonly dm_minor: number;
  readonly size_kib: number;
  readonly vendor: string;
  readonly product: string;
  readonly rev: string;
  readonly serial: string;
  /** `1 alua`, `0`. */
  readonly hwhandler: string;
  readonly priority: number;
  /** `12 chk` while it works; `off` after no_path_retry ran out. */
  queueing: string;
  path_faults: number;
  map_loads: number;
}

export interface IscsiSessionSpec {
  readonly sid: number;
  readonly target: string;
  readonly portal: string;
  readonly host_no: number;
  readonly iface_address: string;
  connection: "LOGGED IN" | "TRANSPORT WAIT" | "FREE";
  session: "LOGGED_IN" | "FAILED" | "FREE";
  internal: "NO CHANGE" | "REOPEN";
}

/** A record of discovery: where a login leads, and which disks are there. */
export interface IscsiNode {
  readonly target: string;
  readonly portal: string;
  readonly iface_address: string;
  readonly luns: { readonly lun: number; readonly map: MultipathMapSpec | undefined }[];
}

export interface FcVport {
  readonly name: string;
  /** `0x...`; undefined: as its port's. */
  readonly node_name?: string;
  readonly port_name: string;
  state: "Active" | "Linkdown" | "No Fabric Support";
}
export interface FcHostSpec {
  readonly name: string;
  readonly port_name: string;
  readonly node_name: string;
  state: "Online" | "Linkdown";
  readonly speed: string;
  readonly fabric_name: string;
  readonly max_npiv: number;
  readonly vports: FcVport[];
}

export interface NbdSpec {
  readonly dev: string;
  size_bytes: number;
  pid: number | undefined;
}

export interface NfsSpec {
  readonly device: string;
  readonly mountpoint: string;
  readonly hard: boolean;
  /** As the kernel lists them. */
  readonly options: string;
  readonly local_address: string;
  readonly mounted_ms: number;
  readonly size_kib: number;
  used_kib: number;
  /** The server answers. Follows `server_up` of the world's NFS servers or the peer. */
  answers: boolean;
  ops: number;
  timeouts: number;
  sends: number;
  receives: number;
  pending: number;
}

export interface LvSpec {
  readonly name: string;
  readonly vg: string;
  readonly size_kib: number;
  readonly dm_minor: number;
  /** As lvs shows it; its fifth letter becomes `I` where a snapshot overflowed. */
  readonly attr: string;
  readonly pool: string | undefined;
  readonly origin: string | undefined;
  /** A snapshot: what had been written to its origin when it was taken. */
  readonly origin_written_kib?: number;
  /** Percent, thin volumes and pools only. */
  data_percent: number | undefined;
  metadata_percent: number | undefined;
}
export interface VgSpec {
  readonly name: string;
  readonly size_kib: number;
  readonly free_kib: number;
  readonly pv: string;
}

export interface FsSpec {
  readonly device: string;
  readonly mountpoint: string;
  readonly fstype: string;
  readonly size_kib: number;
  used_kib: number;
  /** Grows by this much a second while a fault says so. */
  grow_kib_s: number;
}

/** A disk of the host itself. */
export interface LocalDisk {
  readonly name: string;
  readonly maj_min: string;
  readonly size_kib: number;
  readonly model: string;
  readonly serial: string;
  readonly tran: string | undefined;
  readonly mountpoint: string | undefined;
  /** The volume group on it. */
  readonly vg: string | undefined;
}

export interface SimStorage {
  disks: LocalDisk[];
  paths: ScsiPath[];
  maps: MultipathMapSpec[];
  sessions: IscsiSessionSpec[];
  nodes: IscsiNode[];
  fc: FcHostSpec[];
  nbd: NbdSpec[];
  nfs: NfsSpec[];
  vgs: VgSpec[];
  lvs: LvSpec[];
  filesystems: FsSpec[];
  /** Thin pools and file systems that a fault makes grow: percent of the pool a second. */
  pool_growth: Map<string, number>;
  /** False: the package isn't installed, its reading says absent. */
  has_multipath: boolean;
  has_iscsi: boolean;
  /** This host's iSCSI name. */
  initiator: string;
}
