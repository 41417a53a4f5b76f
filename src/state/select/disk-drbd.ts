/** A guest's DRBD volume on one host. */
import type { DrbdSettings, DrbdShow, SyncProgress } from "../../xen/model/drbd.ts";
import { noProgress } from "../../xen/read/drbd-words.ts";
import { writtenElsewhere } from "../preflight/mirror.ts";
import { copyAge, diedAt, lossOf, lossSeen } from "../preflight/surviving-copy.ts";
import type { Judged } from "../view-model.ts";
import { deviceChain } from "./disk-devices.ts";
import { type DiskQuery, type DiskSide, missing, type Start } from "./disk-query.ts";
import { perFacts } from "./memo.ts";
import { isPartial } from "./partial.ts";
import type { SeenConnection, SeenPeerVolume, SeenResource, SeenVolume } from "./seen.ts";
import { shared } from "./shared.ts";
import type { Side } from "./sides.ts";

type Word = string | { readonly other: string } | undefined;
const word = (value: Word): string => (value === undefined ? "not told" : typeof value === "string" ? value : value.other);

type Source =
  | { readonly type: "drbd"; readonly resource: string; readonly volume: number }
  | { readonly type: "drbd_minor"; readonly minor: number };

interface Found {
  readonly resource: SeenResource | undefined;
  readonly volume: SeenVolume | undefined;
}

/** Of one that is copied the whole percents, and not the blocks that are left: what is said of a guest's disk doesn't hang on them. */
const calmVolume = (volume: SeenPeerVolume): SeenPeerVolume =>
  isSync(word(volume.replication))
    ? { ...volume, out_of_sync_kib: undefined, in_sync_percent: undefined, sync: wholePercents(volume.sync) }
    : { ...volume, in_sync_percent: undefined, sync: undefined };
const wholePercents = (sync: SyncProgress | undefined): SyncProgress | undefined =>
  sync?.done_percent === undefined ? undefined : { ...noProgress, done_percent: Math.floor(sync.done_percent) };
const calm = perFacts(
  (resource: SeenResource): SeenResource => ({
    ...resource,
    connections: resource.connections.map((connection) => ({
      ...connection,
      volumes: new Map([...connection.volumes].map(([number, volume]) => [number, calmVolume(volume)] as const)),
    })),
  }),
);
const calmOn = perFacts((side: Side) =>
  side.cells.gate((): readonly SeenResource[] => (side.known("drbd-status")?.resources ?? []).map(calm), shared),
);

/** By `resource/volume` and by `minor`; resources by their name alone too. */
const volumesOf = perFacts((resource: SeenResource): readonly (readonly [string, Found])[] => [
  [resource.name, { resource, volume: undefined }],
  ...resource.volumes.flatMap((volume): (readonly [string, Found])[] => {
    const found: Found = { resource, volume };
    const named = [`${resource.name}/${volume.volume}`, found] as const;
    return volume.minor === undefined ? [named] : [named, [`/${volume.minor}`, found]];
  }),
]);
const noShow: DrbdShow = { resources: [], not_understood: [] };
const settingsIn = perFacts(
  (facts: DrbdShow): ReadonlyMap<string, DrbdSettings> => new Map(facts.resources.map((one) => [one.name, one] as const)),
);
const none: Found = { resource: undefined, volume: undefined };

/** One volume of four hundred: a disk is looked at again when its own changes. */
const foundOn = perFacts((side: Side) => side.cells.parts((): ReadonlyMap<string, Found> => new Map(calmOn(side)().flatMap(volumesOf))));
const settingsCell = perFacts((side: Side) => side.cells.parts(() => settingsIn(side.known("drbd-show") ?? noShow)));
const settingsOn = (side: Side, resource: string | undefined): DrbdSettings | undefined =>
  resource === undefined ? undefined : settingsCell(side)(resource);
const toldOn = perFacts((side: Side) => side.cells.gate(() => side.known("drbd-status") !== undefined));

function find(side: Side, source: Source): Found {
  const found = foundOn(side);
  if (source.type === "drbd_minor") return found(`/${source.minor}`) ?? none;
  return found(`${source.resource}/${source.volume}`) ?? found(source.resource) ?? none;
}

/** `r0/0`, also of a minor that only the other host or the settings know. */
function keyOf(here: Side, there: Side, source: Source): string {
  if (source.type === "drbd") return `${source.resource}/${source.volume}`;
  for (const side of [here, there]) {
    const { resource, volume } = find(side, source);
    if (resource !== undefined && volume !== undefined) return `${resource.name}/${volume.volume}`;
    const settings = side.known("drbd-show")?.resources.flatMap(({ name, volumes }) => volumes.map((one) => ({ name, ...one })));
    const told = settings?.find(({ minor }) => minor === source.minor);
    if (told !== undefined) return `${told.name}/${told.volume}`;
  }
  return `drbd${source.minor}`;
}

interface Peer {
  readonly connection: SeenConnection;
  readonly volume: SeenPeerVolume | undefined;
}

/** The peer that counts: a connected one, else the first. Two hosts have one. */
function peerOf({ resource, volume }: Found): Peer | undefined {
  if (resource === undefined || volume === undefined) return undefined;
  const all = resource.connections.map((connection) => ({ connection, volume: connection.volumes.get(volume.volume) }));
  return all.find(({ connection }) => connection.connection === "Connected") ?? all[0];
}

const connected = (peer: Peer | undefined): boolean => peer?.connection.connection === "Connected";
const syncing = (peer: Peer | undefined): string => {
  const done = peer?.volume?.sync?.done_percent;
  return done === undefined ? "" : ` ${Math.floor(done)} %`;
};
const replicationOf = (peer: Peer | undefined): string => word(peer?.volume?.replication);
/** A word that no DRBD of today prints: what it means for the copy isn't known, so it is no yes. */
function strangeWord({ resource, volume }: Found, peer: Peer | undefined): string | undefined {
  const words: readonly Word[] = [
    volume?.disk,
    peer?.connection.connection,
    peer?.volume?.replication,
    peer?.volume?.peer_disk,
    resource?.role,
  ];
  return words.flatMap((value) => (typeof value === "object" ? [value.other] : []))[0];
}

const isSync = (text: string): boolean =>
  /^(?:SyncSource|SyncTarget|PausedSync[ST]|StartingSync[ST]|WF(?:BitMap[ST]|SyncUUID))$/.test(text);

function stateOf(found: Found): Judged {
  const { resource, volume } = found;
  if (resource === undefined || volume === undefined) return { text: "not up", severity: "critical" };
  const peer = peerOf(found);
  const replication = replicationOf(peer);
  const disk = word(volume.disk);
  const strange = strangeWord(found, peer);
  if (strange !== undefined) return { text: `${strange}?`, severity: "unknown" };
  if (resource.suspended !== "no") return { text: `I/O suspended (${resource.suspended})`, severity: "critical" };
  if (disk === "Diskless" && volume.client !== true)
    return { text: connected(peer) ? "Diskless, served by the peer" : "Diskless", severity: "critical" };
  if (isSync(replication)) return { text: `${replication}${syncing(peer)}`, severity: "warning" };
  if (disk !== "UpToDate") return { text: disk, severity: disk === "Diskless" ? "info" : "critical" };
  if (!connected(peer)) {
    const connection = peer === undefined ? "StandAlone" : word(peer.connection.connection);
    return { text: `UpToDate, ${connection}`, severity: connection === "StandAlone" ? "critical" : "warning" };
  }
  const peerDisk = word(peer?.volume?.peer_disk);
  if (peerDisk !== "UpToDate") return { text: `UpToDate, peer ${peerDisk}`, severity: "warning" };
  if ((peer?.volume?.out_of_sync_kib ?? 0) > 0) return { text: "UpToDate, blocks differ", severity: "warning" };
  return { text: "UpToDate", severity: "ok" };
}

/** The other host's copy, where this one isn't connected to it: the newer one must not be left behind (2-domain, section 0, danger 1). */
function apart(query: DiskQuery, source: Source, name: string): Start {
  const { there, runs_on } = query;
  if (there.freshness("drbd-status") !== "fresh") return fromSilent(query, source, name);
  const other = find(there, source);
  if (runs_on === there.id) return { result: "fail", text: `${name} not connected: ${there.id} writes alone, this copy is old` };
  if (other.resource?.role === "Primary") return { result: "fail", text: `${name} not connected, and Primary on ${there.id}` };
  if (other.volume === undefined)
    return { result: "unknown", text: `${name} not connected, not up on ${there.id}: which copy is newer isn't known` };
  const disk = word(other.volume.disk);
  if (!OLDER.has(disk))
    return { result: "unknown", text: `${name} not connected, ${disk} on ${there.id}: which copy is newer isn't known` };
  return { result: "warn", text: `${name} UpToDate here, ${disk} on ${there.id}` };
}
/** What a copy is called that isn't as new as the one it was apart from. */
const OLDER: ReadonlySet<string> = new Set(["Inconsistent", "Outdated", "Diskless", "Failed"]);

/** Whether the other host lives isn't known, and while it may its copy may be the newer one. That this one is old can be known all the same. */
function fromSilent({ here, there, losses, connected_ms }: DiskQuery, source: Source, name: string): Start {
  const newer: Start = { result: "unknown", text: `${name} not connected; ${there.id} may hold newer data` };
  if (there.answers) return newer;
  const { resource, volume } = find(here, source);
  const all = losses();
  const copy = copyAge({
    key: name,
    survivor: here.id,
    dead: there.id,
    loss: lossSeen(lossOf(all, resource?.name ?? "", volume?.minor), connected_ms(`${resource?.name}/${volume?.volume}`)),
    died_ms: diedAt(there.evidence("xl-list").at_ms, all),
  });
  return copy.result === "fail" ? { result: "fail", text: copy.text } : newer;
}

/** What either host says of it and isn't understood; an old word of a silent host counts as little as its other words do. */
function strangeOn({ here, there }: DiskQuery, source: Source): string | undefined {
  for (const side of [here, there]) {
    if (side.freshness("drbd-status") !== "fresh") continue;
    const found = find(side, source);
    const strange = strangeWord(found, peerOf(found));
    if (strange !== undefined) return `${strange} on ${side.id}`;
  }
  return undefined;
}

function startOf(query: DiskQuery, source: Source, name: string, found: Found): Start {
  const { here, runs_on } = query;
  const { resource, volume } = found;
  if (resource === undefined || volume === undefined) return missing(query, ["drbd-status"], `${name} isn't up`);
  const peer = peerOf(found);
  const disk = word(volume.disk);
  const replication = replicationOf(peer);
  const strange = strangeOn(query, source);
  if (strange !== undefined) return { result: "unknown", text: `${name} ${strange}: not a state that this console knows` };
  if (resource.suspended !== "no") return { result: "fail", text: `${name} I/O suspended (${resource.suspended}) on ${here.id}` };
  if (volume.quorum === false) return { result: "fail", text: `${name} has no quorum on ${here.id}` };
  if (disk !== "UpToDate") {
    const progress = isSync(replication) ? `${replication}${syncing(peer)}` : disk;
    return { result: "fail", text: `${name} ${progress} on ${here.id}` };
  }
  if (!connected(peer)) return apart(query, source, name);
  // Two may be allowed for the sake of moves: what has it Primary there without its guest writes to it all the same.
  if (runs_on === undefined && !query.kept_there) {
    const written = writtenElsewhere(name, { host: query.there.id, role: peer === undefined ? "" : word(peer.connection.peer_role) });
    if (written.result !== "pass") return written;
  }
  if (isSync(replication)) return { result: "warn", text: `${name} UpToDate on ${here.id}, ${replication}` };
  // What a peer without a disk has missed says nothing against this copy.
  if ((peer?.volume?.out_of_sync_kib ?? 0) > 0 && word(peer?.volume?.peer_disk) === "UpToDate")
    return { result: "warn", text: `${name}: ${peer?.volume?.out_of_sync_kib} KiB differ between the copies` };
  return { result: "pass", text: `${name} UpToDate on ${here.id}` };
}

export function drbdSide(query: DiskQuery, source: Source): DiskSide {
  const { here, there } = query;
  const key = keyOf(here, there, source);
  const name = key.endsWith("/0") ? key.slice(0, -2) : key;
  const found = find(here, source);
  const freshness = here.freshness("drbd-status");
  const settings = settingsOn(here, found.resource?.name);
  const backing = settings?.volumes.find(({ volume }) => volume === found.volume?.volume)?.backing_disk;
  const start = (): Start => {
    if (freshness === "fresh") return startOf(query, source, name, found);
    if (freshness === "absent") return { result: "fail", text: `no DRBD on ${here.id}` };
    return { result: "unknown", text: `${here.id}: ${here.note("drbd-status") ?? "DRBD not read yet"}` };
  };
  const told = toldOn(here)();
  return {
    kind: "drbd",
    object: key,
    chain: [
      `drbd ${key} ${told ? word(found.volume?.disk ?? "not up") : "not known"}`,
      ...(backing === undefined ? [] : deviceChain(here, backing)),
    ],
    state:
      told && (found.volume !== undefined || !isPartial(here, "drbd-status")) ? stateOf(found) : { text: "not known", severity: "unknown" },
    start: start(),
    from: ["drbd-status"],
  };
}
