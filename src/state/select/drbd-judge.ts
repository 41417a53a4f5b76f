/** What is to be thought of a DRBD volume: each side's condition, what only both together show, and where the hosts contradict each other. */
import type { DiskState, ReplicationState } from "../../xen/model/drbd.ts";
import type { Pair } from "../../xen/model/ids.ts";
import { wordOf } from "../../xen/read/drbd-words.ts";
import type { Judged, ResyncView } from "../view-model.ts";
import type { DrbdSideFacts } from "./drbd-sides.ts";
import { isSyncing } from "./resync.ts";
import { worse, worstOf } from "./severity.ts";

export interface VolumeContext {
  /** A guest's disk, or Primary somewhere: data is at stake now. */
  readonly in_use: boolean;
  readonly migrating: boolean;
  readonly split: boolean;
  readonly resync: ResyncView | undefined;
  readonly disagreement: readonly string[];
}

const critical = (text: string): Judged => ({ text, severity: "critical" });
const warning = (text: string): Judged => ({ text, severity: "warning" });
const unclear = (text: string): Judged => ({ text, severity: "unknown" });
const info = (text: string): Judged => ({ text, severity: "info" });

const strange = (word: unknown): boolean => typeof word === "object" && word !== null;
const passing: readonly DiskState[] = ["Attaching", "Negotiating"];

function diskCondition(side: DrbdSideFacts, other: DrbdSideFacts): Judged | undefined {
  const { disk, host, role } = side;
  const primary = role === "Primary";
  if (disk === undefined) return unclear(`disk not told by ${host.id}`);
  if (strange(disk)) return unclear(`disk ${wordOf(disk)} on ${host.id}`);
  if (disk === "UpToDate" || (disk === "Diskless" && side.volume?.client === true)) return undefined;
  if (disk === "Failed" || disk === "Detaching") return critical(`disk ${disk} on ${host.id}`);
  if (disk === "Diskless") return primary ? critical(`no disk on ${host.id}, runs over the network`) : warning(`no disk on ${host.id}`);
  if (passing.includes(disk)) return info(`${wordOf(disk)} on ${host.id}`);
  if (isSyncing(side)) return undefined;
  const good = side.peer_disk === "UpToDate" || (other.host.trusted && other.disk === "UpToDate");
  return disk === "Inconsistent" && (primary || !good) ? critical(`Inconsistent on ${host.id}`) : warning(`${wordOf(disk)} on ${host.id}`);
}

/** Where the peer's host tells nothing itself, this host's kernel is the only witness of its disk. */
function peerCondition(side: DrbdSideFacts, other: DrbdSideFacts): Judged | undefined {
  const { peer_disk, connection, host } = side;
  if (other.host.trusted || connection !== "Connected" || isSyncing(side)) return undefined;
  if (peer_disk === undefined || peer_disk === "UpToDate") return undefined;
  return warning(`peer's disk ${wordOf(peer_disk)}, says ${host.id}`);
}

function connectionCondition({ connection, host }: DrbdSideFacts, in_use: boolean): Judged | undefined {
  if (connection === "Connected") return undefined;
  if (connection === undefined) return unclear(`connection not told by ${host.id}`);
  if (strange(connection)) return unclear(`connection ${wordOf(connection)} on ${host.id}`);
  return { text: `${wordOf(connection)} on ${host.id}`, severity: in_use ? "critical" : "warning" };
}

const starting: readonly ReplicationState[] = ["StartingSyncS", "StartingSyncT", "WFBitMapS", "WFBitMapT", "WFSyncUUID"];
const percent = (value: number | undefined): string => (value === undefined ? "" : ` ${value.toFixed(1)} %`);

function replicationCondition({ replication, connection, host }: DrbdSideFacts, resync: ResyncView | undefined): Judged | undefined {
  if (connection !== "Connected" || replication === "Established") return undefined;
  if (replication === undefined || strange(replication)) return unclear(`replication ${wordOf(replication)} on ${host.id}`);
  if (replication === "VerifyS" || replication === "VerifyT") return info(`verify${percent(resync?.done_percent)}`);
  if (replication === "Ahead" || replication === "Behind") return warning(`${replication}: the link can't keep up`);
  // Until it is done there is one good copy.
  if (replication === "PausedSyncS" || replication === "PausedSyncT") return warning(`resync paused${percent(resync?.done_percent)}`);
  if (replication === "SyncSource" || replication === "SyncTarget") return warning(`resync${percent(resync?.done_percent)}`);
  return starting.includes(replication) ? info("resync begins") : unclear(`replication ${wordOf(replication)} on ${host.id}`);
}

/** What one side alone shows, worst kinds first. */
export function sideConditions(side: DrbdSideFacts, other: DrbdSideFacts, { in_use, resync }: VolumeContext): Judged[] {
  const { host, suspended, volume } = side;
  if (!host.told) return [unclear(`${host.id} hasn't told yet`)];
  if (!side.present) return other.present && other.host.told ? [warning(`not up on ${host.id}`)] : [];
  const frozen = suspended === undefined || suspended === "no" ? undefined : critical(`I/O suspended on ${host.id}: ${suspended}`);
  const quorum = volume?.quorum === false ? critical(`quorum lost on ${host.id}`) : undefined;
  const role = strange(side.role) ? unclear(`role ${wordOf(side.role)} on ${host.id}`) : undefined;
  const congested = side.link?.congested === true ? info(`link congested, says ${host.id}`) : undefined;
  return [
    frozen,
    quorum,
    diskCondition(side, other),
    connectionCondition(side, in_use),
    replicationCondition(side, resync),
    peerCondition(side, other),
    role,
    congested,
  ].flatMap((condition) => condition ?? []);
}

function jointConditions(sides: Pair<DrbdSideFacts>, { migrating, split, resync }: VolumeContext): Judged[] {
  const [one, other] = sides;
  const heard = sides.every(({ host }) => host.trusted);
  const connected = sides.some(({ connection }) => connection === "Connected");
  const twice = heard && one.role === "Primary" && other.role === "Primary";
  const settled = sides.every((side) => side.replication === "Established" && side.disk === "UpToDate");
  const differing = settled && sides.some(({ out_of_sync_kib }) => (out_of_sync_kib ?? 0) > 0);
  return [
    ...(split ? [critical("split brain")] : []),
    ...(twice && !connected ? [critical("Primary on both, not connected")] : []),
    ...(twice && connected ? [migrating ? info("Primary on both: migration") : warning("Primary on both")] : []),
    ...(resync?.stalled !== undefined && resync.paused === undefined ? [warning(`${resync.kind} stalled`)] : []),
    ...(differing ? [warning("blocks differ, found by a verify")] : []),
  ];
}

export function volumeState(sides: Pair<DrbdSideFacts>, context: VolumeContext): Judged {
  const heard = sides.some(({ host }) => host.trusted);
  // Old words don't speak against what the other host says now.
  const speaking = ([index, side]: readonly [number, DrbdSideFacts]): Judged[] =>
    heard && !side.host.trusted ? [] : sideConditions(side, sides[index === 0 ? 1 : 0], context);
  const found = worstOf([
    ...jointConditions(sides, context),
    ...[[0, sides[0]] as const, [1, sides[1]] as const].flatMap(speaking),
    ...(context.disagreement.length > 0 ? [info("the hosts disagree")] : []),
  ]);
  const judged = found ?? { text: "UpToDate", severity: "ok" as const };
  // With nobody to say so now, nothing is fine.
  return heard ? judged : { text: judged.text, severity: worse(judged.severity, "unknown") };
}

const counterpart: Readonly<Record<string, string>> = {
  SyncSource: "SyncTarget",
  SyncTarget: "SyncSource",
  PausedSyncS: "PausedSyncT",
  PausedSyncT: "PausedSyncS",
  VerifyS: "VerifyT",
  VerifyT: "VerifyS",
  Ahead: "Behind",
  Behind: "Ahead",
  Established: "Established",
};

function contradiction(side: DrbdSideFacts, other: DrbdSideFacts): string[] {
  const found: string[] = [];
  const differ = (said: unknown, own: unknown): boolean =>
    said !== undefined && own !== undefined && !strange(said) && !strange(own) && said !== own && said !== "Unknown" && said !== "DUnknown";
  if (differ(side.peer_role, other.role))
    found.push(`${side.host.id} takes ${other.host.id} for ${wordOf(side.peer_role)}, which says ${wordOf(other.role)}`);
  if (differ(side.peer_disk, other.disk))
    found.push(`${side.host.id} takes ${other.host.id}'s disk for ${wordOf(side.peer_disk)}, which says ${wordOf(other.disk)}`);
  return found;
}

/** Where two hosts that both tell now say different things of the same. */
export function disagreements(sides: Pair<DrbdSideFacts>): string[] {
  const [one, other] = sides;
  if (!sides.every(({ host, present, resource }) => host.freshness === "fresh" && present && resource !== undefined)) return [];
  const connected = sides.map(({ connection }) => connection === "Connected");
  if (connected[0] !== connected[1])
    return [`${one.host.id} says ${wordOf(one.connection)}, ${other.host.id} says ${wordOf(other.connection)}`];
  if (connected[0] !== true) return [];
  const wanted = counterpart[wordOf(one.replication)];
  const replication =
    wanted !== undefined && counterpart[wordOf(other.replication)] !== undefined && wanted !== wordOf(other.replication)
      ? [`${one.host.id} says ${wordOf(one.replication)}, ${other.host.id} says ${wordOf(other.replication)}`]
      : [];
  return [...contradiction(one, other), ...contradiction(other, one), ...replication];
}
