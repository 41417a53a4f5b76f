/** Lines of `drbdsetup events2 --timestamps`, with or without `--statistics` (drbdsetup.c, print_notifications). */
import { type DrbdResource, type Node, type NodeVolume, suspendedWord } from "../model/drbd/types.ts";
import { type HostIx, other } from "../model/guest.ts";
import type { SimEvent, World } from "../model/world.ts";
import { deviceStatistics, peerStatistics } from "./drbd-status-text.ts";
import { donePercent, progressOf, rate92 } from "./drbd-sync.ts";

interface Where {
  readonly world: World;
  readonly resource: DrbdResource;
  readonly ix: HostIx;
  readonly statistics: boolean;
}
type Action = "exists" | "create" | "change" | "destroy";

/** 2026-11-22T19:55:31.781876+00:00 */
export function timestamp(wall_ms: number): string {
  const micro = String(Math.floor((wall_ms % 1) * 1000)).padStart(3, "0");
  return `${new Date(Math.floor(wall_ms)).toISOString().slice(0, 23)}${micro}+00:00`;
}

const nine = ({ resource }: Where): boolean => resource.flavour === "9.2";
const peerName = (at: Where): string => (nine(at) ? at.world.hosts[other(at.ix)].name : "peer");
const peerKey = (at: Where): string => `peer-node-id:${nine(at) ? other(at.ix) : 0} conn-name:${peerName(at)}`;

/** `key:value` where it changed, or always in a dump. */
const field = <T>(all: boolean, key: string, before: T | undefined, after: T): string[] =>
  all || before !== after ? [`${key}:${String(after)}`] : [];

const mayPromote = (node: Node): boolean =>
  node.role !== "Primary" && node.peer_role !== "Primary" && node.volumes.every(({ disk }) => disk === "UpToDate");
const score = (node: Node): number => {
  if (node.volumes.some(({ disk }) => disk === "Inconsistent" || disk === "Diskless")) return node.connection === "Connected" ? 10001 : 1;
  return node.connection === "Connected" ? 10102 : 10101;
};

function resourceLine(at: Where, action: Action, before: Node | undefined, after: Node): string[] {
  const all = before === undefined;
  const words = [...field(all, "role", before?.role, after.role), ...field(all, "suspended", before?.suspended, after.suspended)];
  if (all && nine(at)) words.push("force-io-failures:no");
  if (all && at.statistics) words.push("write-ordering:flush");
  const scored = nine(at) && (all || score(before) !== score(after) || mayPromote(before) !== mayPromote(after) || words.length > 0);
  if (scored) words.push(`may_promote:${mayPromote(after) ? "yes" : "no"}`, `promotion_score:${score(after)}`);
  return words.length === 0 ? [] : [`${action} resource name:${at.resource.name} ${words.join(" ")}`];
}

function connectionLine(at: Where, action: Action, before: Node | undefined, after: Node): string[] {
  const all = before === undefined;
  const key = `${action} connection name:${at.resource.name} ${peerKey(at)}`;
  if (action === "destroy") return [key];
  const words = [
    ...field(all, "connection", before?.connection, after.connection),
    ...field(all, "role", before?.peer_role, after.peer_role),
  ];
  if (all) words.push("congested:no");
  if (all && nine(at) && at.statistics) words.push("ap-in-flight:0", "rs-in-flight:0");
  return words.length === 0 ? [] : [`${key} ${words.join(" ")}`];
}

function deviceLine(at: Where, action: Action, volume: number, before: NodeVolume | undefined, after: NodeVolume): string[] {
  const spec = at.resource.volumes[volume];
  if (spec === undefined) return [];
  const all = before === undefined;
  const disk = field(all, "disk", before?.disk, after.disk);
  const blocked = field(all, "blocked", before?.blocked ?? "no", after.blocked ?? "no");
  if (disk.length === 0 && blocked.length === 0) return [];
  const words = [`${action} device name:${at.resource.name} volume:${spec.volume} minor:${spec.minor}`];
  if (nine(at)) words.push(`backing_dev:${after.disk === "Diskless" ? "none" : spec.backing}`);
  words.push(...disk);
  if (nine(at) && (all || disk.length > 0)) words.push("client:no", "quorum:yes");
  if (at.statistics) {
    words.push(...deviceStatistics(spec.size_kib, after));
    if (all) words.push("al-suspended:no");
    words.push(...blocked);
  } else if (disk.length === 0) return [];
  return [words.join(" ")];
}

function peerDeviceLine(at: Where, action: Action, volume: number, before: NodeVolume | undefined, after: NodeVolume): string[] {
  const key = `${action} peer-device name:${at.resource.name} ${peerKey(at)} volume:${at.resource.volumes[volume]?.volume ?? volume}`;
  if (action === "destroy") return [key];
  const all = before === undefined;
  const words = [
    ...field(all, "replication", before?.replication, after.replication),
    ...field(all, "peer-disk", before?.peer_disk, after.peer_disk),
  ];
  if (nine(at) && all) words.push("peer-client:no");
  words.push(...field(all, "resync-suspended", before === undefined ? undefined : suspendedWord(before), suspendedWord(after)));
  if (words.length === 0) return [];
  if (at.statistics) words.push(...peerStatistics(after));
  return [`${key} ${words.join(" ")}`];
}

function pathLine(at: Where, action: Action, before: Node | undefined, after: Node): string[] {
  if (!nine(at)) return [];
  const established = (node: Node): string => (node.connection === "Connected" ? "yes" : "no");
  if (before !== undefined && established(before) === established(after)) return [];
  const { port, addresses, name } = at.resource;
  const ends = `local:ipv4:${addresses[at.ix]}:${port} peer:ipv4:${addresses[other(at.ix)]}:${port}`;
  return [`${action} path name:${name} ${peerKey(at)} ${ends} established:${established(after)}`];
}

function changeLines(at: Where, before: Node, after: Node): string[] {
  const volumes = at.resource.volumes.map((_, volume) => [volume, before.volumes[volume], after.volumes[volume]] as const);
  const peerDevices = (action: Action, whole: boolean): string[] =>
    volumes.flatMap(([volume, a, b]) => (b === undefined ? [] : peerDeviceLine(at, action, volume, whole ? undefined : a, b)));
  const lines = resourceLine(at, "change", before, after);
  if (before.has_connection && !after.has_connection)
    return [...lines, ...peerDevices("destroy", false), ...connectionLine(at, "destroy", before, after)];
  const created = !before.has_connection && after.has_connection;
  lines.push(...connectionLine(at, created ? "create" : "change", created ? undefined : before, after));
  for (const [volume, a, b] of volumes) if (b !== undefined) lines.push(...deviceLine(at, "change", volume, a, b));
  lines.push(...peerDevices(created ? "create" : "change", created));
  return [...lines, ...pathLine(at, "change", before, after)];
}

/** What one event prints; no lines where it is of another kind. `--timestamps` before each. */
export function events2Lines(world: World, event: SimEvent, statistics: boolean): readonly string[] {
  if (event.kind !== "drbd" && event.kind !== "drbd-helper" && event.kind !== "drbd-progress") return [];
  const at: Where = { world, resource: event.resource, ix: event.host, statistics };
  const stamp = timestamp(world.scheduler.now_ms + world.hosts[event.host].skew_ms);
  return linesOf(at, event).map((line) => `${stamp} ${line}`);
}

function linesOf(at: Where, event: SimEvent): string[] {
  switch (event.kind) {
    case "drbd":
      return changeLines(at, event.before, event.after);
    case "drbd-helper": {
      const minor = event.volume === undefined ? "" : ` volume:${event.volume} minor:${at.resource.volumes[event.volume]?.minor ?? 0}`;
      const line = `helper name:${at.resource.name} ${peerKey(at)}${minor} helper:${event.helper}`;
      return [event.done ? `response ${line} status:0` : `call ${line}`];
    }
    case "drbd-progress": {
      // Only drbd 9 tells of progress, and only to those who want statistics.
      const state = at.resource.nodes[at.ix].volumes[event.volume];
      if (!nine(at) || !at.statistics || state === undefined) return [];
      const progress = progressOf(state, at.world.scheduler.now_ms);
      const done = donePercent(state, at.world.scheduler.now_ms);
      if (progress === undefined || done === undefined) return [];
      const { mib_s, eta } = rate92(progress);
      const key = `change peer-device name:${at.resource.name} ${peerKey(at)} volume:${event.volume}`;
      return [`${key} done:${done} ${peerStatistics(state).join(" ")} dbdt1:${mib_s} eta:${eta}`];
    }
    default:
      return [];
  }
}

/** The dump at the start, ending in `exists -`. */
export function events2Dump(world: World, ix: HostIx, statistics: boolean): readonly string[] {
  const stamp = timestamp(world.scheduler.now_ms + world.hosts[ix].skew_ms);
  const lines: string[] = [];
  for (const resource of world.drbd.values()) {
    const at: Where = { world, resource, ix, statistics };
    const node = resource.nodes[ix];
    if (!node.configured) continue;
    lines.push(...resourceLine(at, "exists", undefined, node));
    if (node.has_connection) lines.push(...connectionLine(at, "exists", undefined, node));
    for (const [volume, state] of node.volumes.entries()) lines.push(...deviceLine(at, "exists", volume, undefined, state));
    if (node.has_connection) {
      for (const [volume, state] of node.volumes.entries()) lines.push(...peerDeviceLine(at, "exists", volume, undefined, state));
      lines.push(...pathLine(at, "exists", undefined, node));
    }
  }
  return [...lines, "exists -"].map((line) => `${stamp} ${line}`);
}
