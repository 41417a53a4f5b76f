/**
 * DRBD's words as typed states. Source: drbd_strings.c (8.4 and 9.2), drbd(8).
 *
 * A word that isn't known is kept as `{ other }`: a later DRBD may say something new, and it must show, not pass for healthy.
 */
import type { ConnectionState, DiskState, ReplicationState, Role, SyncProgress } from "../model/drbd.ts";
import { clean } from "./clean.ts";

const roles = ["Primary", "Secondary", "Unknown"] as const;
const disks = [
  "Diskless",
  "Attaching",
  "Detaching",
  "Failed",
  "Negotiating",
  "Inconsistent",
  "Outdated",
  "DUnknown",
  "Consistent",
  "UpToDate",
] as const;
const connections = [
  "StandAlone",
  "Disconnecting",
  "Unconnected",
  "Timeout",
  "BrokenPipe",
  "NetworkFailure",
  "ProtocolError",
  "TearDown",
  "Connecting",
  "Connected",
] as const;
/** Nothing is replicated in any of these. */
export const NOT_CONNECTED: readonly string[] = connections.filter((word) => word !== "Connected");
const replications = [
  "Off",
  "Established",
  "StartingSyncS",
  "StartingSyncT",
  "WFBitMapS",
  "WFBitMapT",
  "WFSyncUUID",
  "SyncSource",
  "SyncTarget",
  "VerifyS",
  "VerifyT",
  "PausedSyncS",
  "PausedSyncT",
  "Ahead",
  "Behind",
] as const;

type Other = { readonly other: string };

const known = <Word extends string>(words: readonly Word[], text: string): Word | Other =>
  words.find((word) => word === text) ?? { other: clean(text) };

export const roleOf = (text: string): Role => known(roles, text);
export const diskOf = (text: string): DiskState => known(disks, text);
export const connectionOf = (text: string): ConnectionState => known(connections, text);
export const replicationOf = (text: string): ReplicationState => known(replications, text);

/** The word itself, for showing and for keys; `-` where there is none. */
export const wordOf = (state: string | Other | undefined): string =>
  state === undefined ? "-" : typeof state === "string" ? state : state.other;

export interface CsStates {
  readonly connection: ConnectionState | undefined;
  readonly replication: ReplicationState | undefined;
}

/**
 * `cs:` of an 8.x /proc/drbd holds connection and replication in one word, in DRBD 9's two.
 * `Unconfigured` (a minor without a network) is neither: both undefined.
 */
export function csOf(text: string): CsStates {
  if (text === "Unconfigured") return { connection: undefined, replication: undefined };
  // Both are the time between "TCP is up" and "the peers have agreed"; 9 calls that Connecting.
  if (text === "WFConnection" || text === "WFReportParams") return { connection: "Connecting", replication: "Off" };
  if (text === "Connected") return { connection: "Connected", replication: "Established" };
  const connection = connectionOf(text);
  if (typeof connection === "string") return { connection, replication: "Off" };
  const replication = replicationOf(text);
  if (typeof replication === "string") return { connection: "Connected", replication };
  return { connection, replication: undefined };
}

/** Of a resync of which nothing is told. */
export const noProgress: SyncProgress = {
  done_percent: undefined,
  rate_recent_kib_s: undefined,
  rate_average_kib_s: undefined,
  rate_wanted_kib_s: undefined,
  eta_s: undefined,
  not_converging: false,
  stalled: false,
};
