/** DRBD as both of its nodes see it. Each node keeps its own view, as in the kernel: after a lost link they differ. */
import type { Pair } from "../../../xen/model/ids.ts";

export type Role = "Primary" | "Secondary" | "Unknown";
export type Disk =
  | "Diskless"
  | "Attaching"
  | "Failed"
  | "Negotiating"
  | "Inconsistent"
  | "Outdated"
  | "DUnknown"
  | "Consistent"
  | "UpToDate";
export type Connection = "StandAlone" | "Disconnecting" | "Unconnected" | "NetworkFailure" | "TearDown" | "Connecting" | "Connected";
export type Replication =
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
  | "Behind";

/** 8.4: Debian's kernel module with 9.22 utilities; 9.2: LINBIT's module. */
export type Flavour = "8.4" | "9.2";

/** Data generations; bit 0 of each says: was Primary. */
export interface Generation {
  current: bigint;
  bitmap: bigint;
  younger: bigint;
  older: bigint;
}

/** A running resync or verify. */
export interface Sync {
  readonly kind: "resync" | "verify";
  readonly total_kib: number;
  readonly started_ms: number;
  paused_ms: number;
  /** DRBD_SYNC_MARKS of drbd_int.h: where it stood every three seconds, newest last. */
  marks: { readonly at_ms: number; readonly left_kib: number }[];
  /** Verify: how far; a resync's rest is out_of_sync_kib. */
  verified_kib: number;
  found_kib: number;
}
export const SYNC_MARKS = 8;
export const SYNC_MARK_STEP_MS = 3000;

export interface NodeVolume {
  disk: Disk;
  replication: Replication;
  peer_disk: Disk;
  out_of_sync_kib: number;
  read_kib: number;
  written_kib: number;
  sent_kib: number;
  received_kib: number;
  al_writes: number;
  bm_writes: number;
  gi: Generation;
  /** Writes of guests that this copy holds; see written.ts. */
  held: Map<bigint, number>;
  /** Of those, newest ones that wait for the peer's answer. */
  in_flight: number;
  paused_user: boolean;
  paused_peer: boolean;
  sync: Sync | undefined;
  /** `upper`, `lower`: what I/O waits for; undefined: no. */
  blocked: string | undefined;
}

export interface Node {
  role: Role;
  peer_role: Role;
  connection: Connection;
  /** 8.4 destroys the connection object of a StandAlone resource. */
  has_connection: boolean;
  /** False: the host is down or `drbdadm up` has not run. */
  configured: boolean;
  /** Was Primary when its host died. */
  crashed_primary: boolean;
  suspended: "no" | "fencing" | "quorum" | "no-data" | "user";
  readonly volumes: NodeVolume[];
  /** `connect --discard-my-data` was said. */
  discard: boolean;
  /** Raised by every operation that makes steps still to come pointless. */
  epoch: number;
}

export interface VolumeSpec {
  readonly volume: number;
  readonly minor: number;
  readonly size_kib: number;
  /** `/dev/vg0/web01` */
  readonly backing: string;
}

/** drbd_limits.h: what `drbdsetup show` leaves out. */
export const RESYNC_RATE_KIB_S = 250;
export const C_PLAN_AHEAD = 20;

export interface DrbdResource {
  readonly name: string;
  readonly flavour: Flavour;
  readonly port: number;
  readonly volumes: readonly VolumeSpec[];
  readonly addresses: Pair<string>;
  readonly nodes: Pair<Node>;
  /** Per volume: writes that their guest was told are done; see written.ts. */
  readonly acked: Map<bigint, number>[];
  /** Each node has its own setting; both must allow it. */
  two_primaries: [boolean, boolean];
  c_max_rate_kib_s: [number, number];
  /** The next time a guest's disk goes there, block-drbd fails to make it Secondary: something has it open just then. */
  stays_primary: [boolean, boolean];
  resync_rate_kib_s: [number, number];
  /** Tenths of a second; 0: the fixed rate counts. */
  c_plan_ahead: [number, number];
  /** What the disks and the link can do, before c-max-rate. */
  sync_speed_kib_s: number;
  /** A fault: the resync makes no progress though nothing is paused. */
  stalled: boolean;
  readonly verify_alg: string | undefined;
  readonly shared_secret: string | undefined;
  /** Both sides are greeting each other right now. */
  greeting: boolean;
}

export const syncing: ReadonlySet<Replication> = new Set(["SyncSource", "SyncTarget"]);
export const paused: ReadonlySet<Replication> = new Set(["PausedSyncS", "PausedSyncT"]);
export const verifying: ReadonlySet<Replication> = new Set(["VerifyS", "VerifyT"]);

/** The hotplug script block-drbd only knows resources of one volume. */
export const hasOneVolume = (resource: DrbdResource | undefined): boolean => resource?.volumes.length === 1;

/** What this node lets a resync to it take: it is the target that asks for the blocks. */
export const rateLimit = (resource: DrbdResource, target: 0 | 1): number =>
  resource.c_plan_ahead[target] === 0 ? resource.resync_rate_kib_s[target] : resource.c_max_rate_kib_s[target];

/** resync-suspended of a volume: `no`, `user`, `peer`, `user,peer`. */
export function suspendedWord(volume: NodeVolume): string {
  const words = [volume.paused_user ? "user" : "", volume.paused_peer ? "peer" : ""].filter((word) => word !== "");
  return words.length === 0 ? "no" : words.join(",");
}
