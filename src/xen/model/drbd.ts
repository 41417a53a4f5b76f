/** Facts about DRBD, as one host tells them, in the words of DRBD 9 whatever version told them. */

/** The last member of each union is for words a later DRBD may say: kept, shown, never taken for a healthy state. */
export type Role = "Primary" | "Secondary" | "Unknown" | { readonly other: string };
export type DiskState =
  | "Diskless"
  | "Attaching"
  | "Detaching"
  | "Failed"
  | "Negotiating"
  | "Inconsistent"
  | "Outdated"
  | "DUnknown"
  | "Consistent"
  | "UpToDate"
  | { readonly other: string };
export type ConnectionState =
  | "StandAlone"
  | "Disconnecting"
  | "Unconnected"
  | "Timeout"
  | "BrokenPipe"
  | "NetworkFailure"
  | "ProtocolError"
  | "TearDown"
  | "Connecting"
  | "Connected"
  | { readonly other: string };
export type ReplicationState =
  | "Off"
  | "Established"
  | "StartingSyncS"
  | "StartingSyncT"
  | "WFBitMapS"
  | "WFBitMapT"
  | "WFSyncUUID"
  | "SyncSource"
  | "SyncTarget"
  | "VerifyS"
  | "VerifyT"
  | "PausedSyncS"
  | "PausedSyncT"
  | "Ahead"
  | "Behind"
  | { readonly other: string };

/** Progress of a resync or verify. Every figure may be missing; 0 means 0. */
export interface SyncProgress {
  /** Of this resync, 0-100 (`done:`, `sync'ed:`, percent-resync-done). */
  readonly done_percent: number | undefined;
  readonly rate_recent_kib_s: number | undefined;
  readonly rate_average_kib_s: number | undefined;
  /** `want:` - the dynamic controller's goal (8.4). */
  readonly rate_wanted_kib_s: number | undefined;
  /** As the tool says; undefined where it says nothing, `nan`, infinity or 987654321 (then `not_converging`). */
  readonly eta_s: number | undefined;
  readonly not_converging: boolean;
  /** The tool itself says `(stalled)`. */
  readonly stalled: boolean;
}

export interface PeerVolume {
  readonly replication: ReplicationState | undefined;
  readonly peer_disk: DiskState | undefined;
  /** `no`, `user`, `peer`, `dependency`, comma-joined; undefined: not told. */
  readonly resync_suspended: string | undefined;
  readonly out_of_sync_kib: number | undefined;
  /** Of the device, not of this resync. Never use alone: may read 100 when disconnected. */
  readonly in_sync_percent: number | undefined;
  readonly received_kib: number | undefined;
  readonly sent_kib: number | undefined;
  /** Present while a resync or verify runs and the source gives figures. */
  readonly sync: SyncProgress | undefined;
}

export interface DrbdVolume {
  readonly volume: number;
  readonly minor: number | undefined;
  readonly disk: DiskState | undefined;
  /** Intentionally diskless. undefined: not told. */
  readonly client: boolean | undefined;
  readonly quorum: boolean | undefined;
  readonly size_kib: number | undefined;
  /** By connection index in `DrbdResource.connections` the same volume's peer side: see DrbdConnection.volumes. */
  readonly upper_pending: number | undefined;
  readonly lower_pending: number | undefined;
  readonly blocked: string | undefined;
}

export interface DrbdConnection {
  /** `peer` on 8.4, else the peer's node name. */
  readonly name: string;
  readonly peer_node_id: number | undefined;
  readonly connection: ConnectionState;
  readonly peer_role: Role | undefined;
  readonly congested: boolean | undefined;
  /** volume number -> what is known of the peer's side. */
  readonly volumes: ReadonlyMap<number, PeerVolume>;
}

export interface DrbdResource {
  readonly name: string;
  readonly role: Role;
  /** `no`, else the reasons, comma-joined: `user,no-data,fencing,quorum`. */
  readonly suspended: string;
  readonly volumes: readonly DrbdVolume[];
  /** Empty on an 8.4 StandAlone: there the connection disappears. */
  readonly connections: readonly DrbdConnection[];
}

export interface DrbdStatus {
  readonly resources: readonly DrbdResource[];
  readonly not_understood: readonly string[];
}

/** One minor of an 8.x /proc/drbd. */
export interface ProcDrbdMinor {
  readonly minor: number;
  readonly connection: ConnectionState | undefined;
  readonly replication: ReplicationState | undefined;
  /** The `cs:` word as printed. */
  readonly cs: string;
  readonly role: Role | undefined;
  readonly peer_role: Role | undefined;
  readonly disk: DiskState | undefined;
  readonly peer_disk: DiskState | undefined;
  /** A, B or C; undefined when StandAlone. */
  readonly protocol: string | undefined;
  /** The flags as printed, e.g. `r-----`, `r--u--`. */
  readonly flags: string;
  /** s, u, d, p... of the flags: io suspended, resync paused by user/peer/dependency. */
  readonly io_suspended: boolean;
  readonly resync_paused: readonly ("user" | "peer" | "dependency")[];
  readonly out_of_sync_kib: number | undefined;
  readonly sync: SyncProgress | undefined;
}

export interface ProcDrbd {
  /** `8.4.11`, `9.2.9`; undefined: not told. */
  readonly version: string | undefined;
  readonly minors: readonly ProcDrbdMinor[];
  readonly not_understood: readonly string[];
}

/** Effective settings, from `drbdsetup show`. shared-secret is never kept. */
export interface DrbdSettings {
  readonly name: string;
  readonly allow_two_primaries: boolean | undefined;
  readonly protocol: string | undefined;
  readonly fencing: string | undefined;
  readonly verify_alg: string | undefined;
  readonly auto_promote: boolean | undefined;
  readonly quorum: string | undefined;
  /** `ipv4 10.99.1.1:7788` -> `10.99.1.1:7788` */
  readonly local_address: string | undefined;
  readonly peer_addresses: readonly string[];
  readonly volumes: readonly {
    readonly volume: number;
    readonly minor: number | undefined;
    readonly backing_disk: string | undefined;
    readonly c_max_rate_kib_s: number | undefined;
    readonly c_min_rate_kib_s: number | undefined;
    readonly resync_rate_kib_s: number | undefined;
    /** Tenths of a second; 0: the rate is fixed. undefined: not shown, so at its default (20), which steers the rate. */
    readonly c_plan_ahead: number | undefined;
    readonly size_kib: number | undefined;
  }[];
}

export interface DrbdShow {
  readonly resources: readonly DrbdSettings[];
  readonly not_understood: readonly string[];
}

/** `drbdadm show-gi`/`get-gi` of one volume: current:bitmap:history:history:flags. Hex words without 0x. */
export interface DrbdGenerations {
  readonly name: string;
  readonly volume: number;
  readonly peer_node_id: number | undefined;
  readonly current: string | undefined;
  readonly bitmap: string | undefined;
  readonly history: readonly string[];
  readonly flags: readonly string[];
}

export interface DrbdGi {
  readonly generations: readonly DrbdGenerations[];
  readonly not_understood: readonly string[];
}

/** One line of `drbdsetup events2`. */
export interface DrbdEvent {
  readonly timestamp: string | undefined;
  readonly action: "exists" | "create" | "change" | "destroy" | "call" | "response" | "rename" | { readonly other: string };
  /** `-`: the dump is complete. */
  readonly object: "resource" | "device" | "connection" | "peer-device" | "path" | "helper" | "-" | { readonly other: string };
  readonly fields: ReadonlyMap<string, string>;
}
