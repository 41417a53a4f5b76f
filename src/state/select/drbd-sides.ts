/** A DRBD volume in one host's eyes, from all of its readings: status, /proc/drbd, settings, generations. */
import type {
  ConnectionState,
  DiskState,
  DrbdGenerations,
  DrbdGi,
  DrbdSettings,
  DrbdShow,
  ProcDrbd,
  ProcDrbdMinor,
  ReplicationState,
  Role,
} from "../../xen/model/drbd.ts";
import type { HostId, Pair } from "../../xen/model/ids.ts";
import type { Freshness } from "../view-model.ts";
import { volumeKey } from "./drbd-targets.ts";
import { firstBy, perFacts } from "./memo.ts";
import type { SeenConnection, SeenDrbd, SeenPeerVolume, SeenResource, SeenVolume } from "./seen.ts";
import { sameKeys, sameMembers, shared } from "./shared.ts";
import { eachSide, type Side, type Sides } from "./sides.ts";

/** What counts for all volumes of a host. */
export interface HostDrbd {
  readonly id: HostId;
  readonly freshness: Freshness;
  /** It says so now: fresh, or freshly absent. */
  readonly trusted: boolean;
  /** It has told its resources some time, or that it has none. */
  readonly told: boolean;
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
  readonly resource: SeenResource | undefined;
  readonly volume: SeenVolume | undefined;
  readonly link: SeenConnection | undefined;
  readonly peer: SeenPeerVolume | undefined;
  readonly proc: ProcDrbdMinor | undefined;
  readonly settings: DrbdSettings["volumes"][number] | undefined;
  readonly generations: DrbdGenerations | undefined;
}

function hostDrbd(side: Side, there: Side): HostDrbd {
  const freshness = side.freshness("drbd-status");
  const hostname = hostnameOf(there)();
  return {
    id: side.id,
    freshness,
    trusted: freshness === "fresh" || freshness === "absent",
    told: side.isAbsent("drbd-status") || side.known("drbd-status") !== undefined,
    generations_fresh: side.freshness("drbd-gi") === "fresh",
    drops_connections: side.known("drbd-proc")?.version?.startsWith("8.") === true,
    peer_names: new Set([there.id, ...(hostname === undefined ? [] : [hostname, hostname.split(".")[0] ?? ""])]),
  };
}
/** What it is told with, its load, is another at every look. */
const hostnameOf = perFacts((side: Side) => side.cells.gate(() => side.known("host")?.hostname));

const byName = <T extends { readonly name: string }>(list: readonly T[]): ReadonlyMap<string, T> =>
  new Map(list.map((item) => [item.name, item]));
const resourcesIn = perFacts(({ resources }: SeenDrbd) => byName(resources));
const settingsIn = perFacts(({ resources }: DrbdShow) => byName(resources));
const minorsIn = perFacts(({ minors }: ProcDrbd) => new Map(minors.map((minor) => [minor.minor, minor] as const)));
// With more than one peer the first is enough: the current generation is the same in all.
const generationsIn = perFacts(({ generations }: DrbdGi) => firstBy(generations, ({ name, volume }) => volumeKey(name, volume)));

/** Look-ups in the newest facts there are. */
interface Lookups {
  readonly resource: (name: string) => SeenResource | undefined;
  readonly minor: (minor: number) => ProcDrbdMinor | undefined;
  readonly settings: (name: string) => DrbdSettings | undefined;
  readonly generations: (key: string) => DrbdGenerations | undefined;
}
const indexed = <Facts extends object, Key, Found>(
  facts: Facts | undefined,
  index: (facts: Facts) => ReadonlyMap<Key, Found>,
): ReadonlyMap<Key, Found> => (facts === undefined ? new Map() : index(facts));
const lookUps = (side: Side): Lookups => ({
  resource: side.cells.parts(() => indexed(side.known("drbd-status"), resourcesIn)),
  minor: side.cells.parts(() => indexed(side.known("drbd-proc"), minorsIn)),
  settings: side.cells.parts(() => indexed(side.known("drbd-show"), settingsIn)),
  generations: side.cells.parts(() => indexed(side.known("drbd-gi"), generationsIn)),
});

/** Of several peers (DRBD 9) the one that is this pair's other host. */
const linkOf = (host: HostDrbd, resource: SeenResource | undefined): SeenConnection | undefined =>
  resource?.connections.find(({ name }) => host.peer_names.has(name)) ?? resource?.connections[0];

function connectionOf(host: HostDrbd, link: SeenConnection | undefined, proc: ProcDrbdMinor | undefined): ConnectionState | undefined {
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

function sideFacts(host: HostDrbd, look: Lookups, name: string, number: number): DrbdSideFacts {
  const resource = look.resource(name);
  const volume = resource?.volumes.find((candidate) => candidate.volume === number);
  if (resource === undefined || (volume === undefined && resource.volumes.length > 0)) return absentSide(host);
  const link = linkOf(host, resource);
  const peer = link?.volumes.get(number);
  const proc = volume?.minor === undefined ? undefined : look.minor(volume.minor);
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
    settings: look.settings(name)?.volumes.find((candidate) => candidate.volume === number),
    generations: look.generations(volumeKey(name, number)),
  };
}

interface DrbdOn {
  readonly facts: (key: string) => DrbdSideFacts;
  /** Every volume, by resource and number. */
  readonly volumes: () => ReadonlyMap<string, VolumeName>;
  readonly allowsTwo: (resource: string) => boolean | undefined;
}
export type VolumeName = readonly [resource: string, volume: number];

/** `r0/0`: what comes before the last stroke is the resource's name. */
export function volumeName(key: string): VolumeName {
  const at = key.lastIndexOf("/");
  return [key.slice(0, at), Number(key.slice(at + 1))];
}

/** A resource without volumes is unfinished, and shows as such. */
const namesIn = perFacts(({ name, volumes }: SeenResource): readonly (readonly [string, VolumeName])[] =>
  (volumes.length === 0 ? [0] : volumes.map(({ volume }) => volume)).map((number) => [volumeKey(name, number), [name, number]]),
);

function volumesIn(status: SeenDrbd): ReadonlyMap<string, VolumeName> {
  const found = new Map<string, VolumeName>();
  for (const resource of resourcesIn(status).values()) for (const [key, name] of namesIn(resource)) found.set(key, name);
  return found;
}

/** One host's DRBD, volume by volume: what hasn't changed of a volume stays what it was. */
export const drbdOn = perFacts(
  (sides: Sides): Pair<DrbdOn> =>
    eachSide(sides, (side, there): DrbdOn => {
      const { cells } = side;
      const host = cells.gate(() => hostDrbd(side, there), shared);
      const look = lookUps(side);
      return {
        facts: cells.cells((key: string) => sideFacts(host(), look, ...volumeName(key)), sameMembers),
        volumes: cells.gate((): ReadonlyMap<string, VolumeName> => {
          const status = side.known("drbd-status");
          return status === undefined ? new Map() : volumesIn(status);
        }, sameKeys),
        allowsTwo: cells.gates((resource: string) => look.settings(resource)?.allow_two_primaries),
      };
    }),
);
