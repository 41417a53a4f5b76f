/** A DRBD volume in one host's eyes, from all of its readings: status, /proc/drbd, settings, generations. */
import type {
  ConnectionState,
  DiskState,
  DrbdConnection,
  DrbdGenerations,
  DrbdResource,
  DrbdSettings,
  DrbdVolume,
  PeerVolume,
  ProcDrbdMinor,
  ReplicationState,
  Role,
} from "../../xen/model/drbd.ts";
import type { HostId } from "../../xen/model/ids.ts";
import { newest } from "../../xen/model/known.ts";
import { readings } from "../../xen/read/index.ts";
import { evidence } from "../freshness.ts";
import type { PairState } from "../state.ts";
import type { Evidence } from "../view-model.ts";
import { volumeKey } from "./drbd-targets.ts";

/** One host's DRBD, ready for look-ups: made once for all volumes. */
export interface HostDrbd {
  readonly id: HostId;
  readonly evidence: Evidence;
  /** It says so now: fresh, or freshly absent. */
  readonly trusted: boolean;
  /** It has told its resources some time, or that it has none. */
  readonly told: boolean;
  readonly resources: ReadonlyMap<string, DrbdResource>;
  readonly minors: ReadonlyMap<number, ProcDrbdMinor>;
  readonly settings: ReadonlyMap<string, DrbdSettings>;
  readonly generations: ReadonlyMap<string, DrbdGenerations>;
  readonly generations_fresh: boolean;
  /** The 8.x kernel drops a connection that is StandAlone; 9 keeps it. */
  readonly drops_connections: boolean;
  /** As its connections may be called by the peer. */
  readonly peer_names: ReadonlySet<string>;
}

export interface DrbdSideFacts {
  readonly host: HostDrbd;
  /** Its kernel has the volume. Never told: true, since it can't be denied. */
  readonly present: boolean;
  readonly role: Role | undefined;
  readonly disk: DiskState | undefined;
  readonly connection: ConnectionState | undefined;
  readonly replication: ReplicationState | undefined;
  readonly peer_role: Role | undefined;
  readonly peer_disk: DiskState | undefined;
  readonly out_of_sync_kib: number | undefined;
  readonly suspended: string | undefined;
  readonly resource: DrbdResource | undefined;
  readonly volume: DrbdVolume | undefined;
  readonly link: DrbdConnection | undefined;
  readonly peer: PeerVolume | undefined;
  readonly proc: ProcDrbdMinor | undefined;
  readonly settings: DrbdSettings["volumes"][number] | undefined;
  readonly generations: DrbdGenerations | undefined;
}

const byName = <T extends { readonly name: string }>(list: readonly T[] | undefined): ReadonlyMap<string, T> =>
  new Map((list ?? []).map((item) => [item.name, item]));

const never = (id: HostId): Evidence => ({
  host: id,
  reading: "drbd-status",
  source: readings["drbd-status"].source,
  at_ms: undefined,
  freshness: "never",
  note: undefined,
});

export function hostDrbd(state: PairState, index: 0 | 1, now_ms: number): HostDrbd {
  const id = state.order[index];
  const peer = state.order[index === 0 ? 1 : 0];
  const host = state.hosts.get(id);
  const facts = host?.facts;
  const from = host === undefined ? never(id) : evidence(host, "drbd-status", now_ms);
  const proc = newest(facts?.["drbd-proc"]);
  const gi = newest(facts?.["drbd-gi"])?.generations ?? [];
  const peerHostname = newest(state.hosts.get(peer)?.facts.host)?.hostname;
  const status = facts?.["drbd-status"];
  return {
    id,
    evidence: from,
    trusted: from.freshness === "fresh" || from.freshness === "absent",
    told: status !== undefined && (status.state === "absent" || newest(status) !== undefined),
    resources: byName(newest(status)?.resources),
    minors: new Map((proc?.minors ?? []).map((minor) => [minor.minor, minor])),
    settings: byName(newest(facts?.["drbd-show"])?.resources),
    // With more than one peer the first is enough: the current generation is the same in all.
    generations: new Map([...gi].reverse().map((one) => [volumeKey(one.name, one.volume), one])),
    generations_fresh: host !== undefined && evidence(host, "drbd-gi", now_ms).freshness === "fresh",
    drops_connections: proc?.version?.startsWith("8.") === true,
    peer_names: new Set([peer, ...(peerHostname === undefined ? [] : [peerHostname, peerHostname.split(".")[0] ?? ""])]),
  };
}

/** Of several peers (DRBD 9) the one that is this pair's other host. */
const linkOf = (host: HostDrbd, resource: DrbdResource | undefined): DrbdConnection | undefined =>
  resource?.connections.find(({ name }) => host.peer_names.has(name)) ?? resource?.connections[0];

function connectionOf(host: HostDrbd, link: DrbdConnection | undefined, proc: ProcDrbdMinor | undefined): ConnectionState | undefined {
  if (link !== undefined) return link.connection;
  if (!host.drops_connections) return undefined;
  // The two are read a moment apart: a connection that status no longer has isn't Connected whatever /proc/drbd said before.
  return proc?.connection === undefined || proc.connection === "Connected" ? "StandAlone" : proc.connection;
}

const absentSide = (host: HostDrbd): DrbdSideFacts => ({
  host,
  present: !host.told,
  role: undefined,
  disk: undefined,
  connection: undefined,
  replication: undefined,
  peer_role: undefined,
  peer_disk: undefined,
  out_of_sync_kib: undefined,
  suspended: undefined,
  resource: undefined,
  volume: undefined,
  link: undefined,
  peer: undefined,
  proc: undefined,
  settings: undefined,
  generations: undefined,
});

export function sideFacts(host: HostDrbd, name: string, number: number): DrbdSideFacts {
  const resource = host.resources.get(name);
  const volume = resource?.volumes.find((candidate) => candidate.volume === number);
  if (resource === undefined || (volume === undefined && resource.volumes.length > 0)) return absentSide(host);
  const link = linkOf(host, resource);
  const peer = link?.volumes.get(number);
  const proc = volume?.minor === undefined ? undefined : host.minors.get(volume.minor);
  return {
    host,
    present: true,
    role: resource.role,
    disk: volume?.disk ?? proc?.disk,
    connection: connectionOf(host, link, proc),
    replication: peer?.replication ?? proc?.replication,
    peer_role: link?.peer_role ?? proc?.peer_role,
    peer_disk: peer?.peer_disk ?? proc?.peer_disk,
    out_of_sync_kib: peer?.out_of_sync_kib ?? proc?.out_of_sync_kib,
    suspended: resource.suspended,
    resource,
    volume,
    link,
    peer,
    proc,
    settings: host.settings.get(name)?.volumes.find((candidate) => candidate.volume === number),
    generations: host.generations.get(volumeKey(name, number)),
  };
}
