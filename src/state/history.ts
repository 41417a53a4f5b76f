/** Series that one answer can't tell: speed of a resync, flaps, NFS counters, fill. Bounded; pure. */
import type { HostId } from "../xen/model/ids.ts";
import type { FactsOf, ReadingId } from "../xen/read/index.ts";
import { resourcesByName } from "./drbd-resources.ts";
import { perFacts } from "./select/memo.ts";
import type { History } from "./state.ts";

export const emptyHistory: History = {
  out_of_sync: new Map(),
  path_losses: new Map(),
  connection_changes: new Map(),
  nfs: new Map(),
  fill: new Map(),
  bad_copies: new Map(),
  domain_since: new Map(),
};

const OUT_OF_SYNC_SAMPLES_MAX = 120;
const CHANGE_TIMES_MAX = 100;
const NFS_SAMPLES_MAX = 20;
const FILL_SAMPLES_MAX = 60;
const FILL_EVERY_MS = 60_000;

interface Answer<Facts> {
  readonly host: HostId;
  readonly before: Facts | undefined;
  /** When `before` was last confirmed. */
  readonly before_ms: number | undefined;
  readonly after: Facts;
  readonly at_ms: number;
}
type Step<Facts> = (history: History, answer: Answer<Facts>) => History;

/** Series that are added to in one step: the map is copied once, and only where something is. */
interface Growing<Sample> {
  readonly now: () => ReadonlyMap<string, readonly Sample[]>;
  readonly push: (key: string, sample: Sample) => void;
}
function growing<Sample>(map: ReadonlyMap<string, readonly Sample[]>, max: number): Growing<Sample> {
  let copy: Map<string, readonly Sample[]> | undefined;
  return {
    now: () => copy ?? map,
    push: (key, sample) => {
      copy ??= new Map(map);
      const old = copy.get(key) ?? [];
      copy.set(key, [...(old.length < max ? old : old.slice(1 - max)), sample]);
    },
  };
}

/** The old map where every value in it is the very same. */
const unlessSame = <Value>(old: ReadonlyMap<string, Value>, made: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> =>
  old.size === made.size && isWithin(made, old) ? old : made;
function isWithin<Value>(made: ReadonlyMap<string, Value>, old: ReadonlyMap<string, Value>): boolean {
  for (const [key, value] of made) if (old.get(key) !== value) return false;
  return true;
}

const word = (value: string | { readonly other: string }): string => (typeof value === "string" ? value : value.other);

type Resource = FactsOf<"drbd-status">["resources"][number];

/** What is wrong with a copy: its disk, or that nothing reaches it. A client has no copy. */
function badness({ volumes, connections }: Resource, number: number): "disk" | "apart" | undefined {
  const volume = volumes.find((one) => one.volume === number);
  if (volume !== undefined && volume.client !== true && word(volume.disk ?? "UpToDate") !== "UpToDate") return "disk";
  return isConnected(connections) ? undefined : "apart";
}
const isConnected = (connections: Resource["connections"]): boolean =>
  connections.some(({ connection }) => word(connection) === "Connected");

/** Of four hundred volumes that are told each time nearly all are as they should be. */
const badVolumes = perFacts((resource: Resource) =>
  resource.volumes.flatMap(({ volume }) => {
    const how = badness(resource, volume);
    return how === undefined ? [] : [{ volume, how }];
  }),
);
const isInSync = perFacts(({ connections }: Resource): boolean =>
  connections.every(({ volumes }) => [...volumes.values()].every(({ out_of_sync_kib }) => (out_of_sync_kib ?? 0) === 0)),
);
const noResources: ReadonlyMap<string, Resource> = new Map();

type BadCopy = History["bad_copies"] extends ReadonlyMap<string, infer Bad> ? Bad : never;
function badCopies(
  old: History["bad_copies"],
  { host, before, before_ms, after, at_ms }: Answer<FactsOf<"drbd-status">>,
): History["bad_copies"] {
  const previous = before === undefined ? noResources : resourcesByName(before);
  const found = new Map<string, BadCopy>();
  for (const [key, bad] of old) if (!key.startsWith(`${host}|`)) found.set(key, bad);
  for (const resource of after.resources)
    for (const { volume, how } of badVolumes(resource)) {
      const key = `${host}|${resource.name}/${volume}`;
      const was = old.get(key);
      const earlier = previous.get(resource.name);
      const began = earlier?.volumes.some((one) => one.volume === volume) === true;
      const together = earlier !== undefined && isConnected(earlier.connections);
      const connected_ms = isConnected(resource.connections) ? undefined : together ? before_ms : was?.connected_ms;
      const same = was?.how === how && was.connected_ms === connected_ms;
      const since = was?.how === how ? { at_ms: was.at_ms, began: was.began } : { at_ms, began };
      found.set(key, same ? was : { how, ...since, ...(connected_ms === undefined ? {} : { connected_ms }) });
    }
  return unlessSame(old, found);
}

const drbd: Step<FactsOf<"drbd-status">> = (history, answer) => {
  const { host, before, after, at_ms } = answer;
  const bad_copies = badCopies(history.bad_copies, answer);
  const out_of_sync = growing(history.out_of_sync, OUT_OF_SYNC_SAMPLES_MAX);
  const changed = growing(history.connection_changes, CHANGE_TIMES_MAX);
  const previous = before === undefined ? noResources : resourcesByName(before);
  for (const resource of after.resources) {
    const { name, connections } = resource;
    const earlier = previous.get(name);
    // Its series ended with the 0 that was told before.
    if (earlier === resource && isInSync(resource)) continue;
    const was = earlier?.connections ?? [];
    for (const connection of connections) {
      const old = was.find((entry) => entry.name === connection.name);
      if (previous.has(name) && (old === undefined || word(old.connection) !== word(connection.connection)))
        changed.push(`${host}|${name}|${connection.name}`, at_ms);
      for (const [volume, { out_of_sync_kib: kib }] of connection.volumes) {
        if (kib === undefined) continue;
        const key = `${host}|${name}/${volume}`;
        // A volume in sync needs no series; one that got there ends its series with the 0.
        if (kib === 0 && (out_of_sync.now().get(key)?.at(-1)?.kib ?? 0) === 0) continue;
        out_of_sync.push(key, { at_ms, kib });
      }
    }
  }
  return { ...history, out_of_sync: out_of_sync.now(), connection_changes: changed.now(), bad_copies };
};

const multipath: Step<FactsOf<"multipath">> = (history, { host, before, after, at_ms }) => {
  if (before === undefined) return history;
  const losses = growing(history.path_losses, CHANGE_TIMES_MAX);
  const previous = new Map(before.maps.map((map) => [map.wwid, new Map(map.paths.map((path) => [path.dev, path.usable]))]));
  for (const { wwid, paths } of after.maps) {
    const old = previous.get(wwid);
    if (old === undefined) continue;
    const now = new Map(paths.map((path) => [path.dev, path.usable]));
    // A path that is gone is lost as one that failed.
    for (const [dev, usable] of old) if (usable && now.get(dev) !== true) losses.push(`${host}|${wwid}|${dev}`, at_ms);
  }
  return { ...history, path_losses: losses.now() };
};

const nfs: Step<FactsOf<"nfs">> = (history, { host, after, at_ms }) => {
  const series = growing(history.nfs, NFS_SAMPLES_MAX);
  for (const { mountpoint, ops, timeouts, xprt_sends: sends, xprt_receives: receives, xprt_connects: connects } of after.mounts)
    series.push(`${host}|${mountpoint}`, { at_ms, ops, timeouts, sends, receives, connects });
  return { ...history, nfs: series.now() };
};

interface Level {
  readonly key: string;
  readonly used: number;
}
/** Once a minute: what fills, fills slowly. */
function filled(history: History, host: HostId, at_ms: number, levels: readonly Level[]): History {
  const fill = growing(history.fill, FILL_SAMPLES_MAX);
  for (const { key, used } of levels) {
    const last = fill.now().get(`${host}|${key}`)?.at(-1);
    if (last === undefined || at_ms - last.at_ms >= FILL_EVERY_MS) fill.push(`${host}|${key}`, { at_ms, used });
  }
  return { ...history, fill: fill.now() };
}

const df: Step<FactsOf<"df">> = (history, { host, after, at_ms }) =>
  filled(
    history,
    host,
    at_ms,
    after.file_systems.map(({ mountpoint, used_kib }) => ({ key: mountpoint, used: used_kib * 1024 })),
  );

const lvm: Step<FactsOf<"lvm">> = (history, { host, after, at_ms }) =>
  filled(
    history,
    host,
    at_ms,
    after.volumes.flatMap(({ vg, name, size_bytes, data_percent }) =>
      size_bytes === undefined || data_percent === undefined ? [] : [{ key: `${vg}/${name}`, used: (size_bytes * data_percent) / 100 }],
    ),
  );

type Domains = FactsOf<"xl-list">;
/** Running and blocked alternate all the time; what counts is how long a domain is paused, shut down or dying. */
const lastingFlags = ({ state }: Domains["domains"][number]): string => state.text.slice(2);
/** Whose times alone have moved: nearly always. */
const lastsIn = ({ domains: before }: Domains, { domains: after }: Domains): boolean =>
  before.length === after.length &&
  after.every((now, at) => {
    const was = before[at];
    return was?.domid === now.domid && was.name === now.name && lastingFlags(was) === lastingFlags(now);
  });

const domains: Step<Domains> = (history, { host, before, after, at_ms }) => {
  const [first] = after.domains;
  // After a boot nothing is kept of any of them, though the same may have come up again under the same domids.
  const kept = first === undefined || history.domain_since.has(`${host}|${first.domid}`);
  if (kept && before !== undefined && (before === after || lastsIn(before, after))) return history;
  const since = new Map([...history.domain_since].filter(([key]) => !key.startsWith(`${host}|`)));
  for (const domain of after.domains) {
    const key = `${host}|${domain.domid}`;
    const text = `${domain.name} ${lastingFlags(domain)}`;
    const old = history.domain_since.get(key);
    since.set(key, old?.text === text ? old : { text, at_ms });
  }
  return { ...history, domain_since: unlessSame(history.domain_since, since) };
};

const steps: { readonly [Id in ReadingId]?: Step<FactsOf<Id>> } = { "xl-list": domains, "drbd-status": drbd, multipath, nfs, df, lvm };

/** History after one answer of a reading (also one that is the same as before: time passes). */
export function remembered<Id extends ReadingId>(history: History, reading: Id, answer: Answer<FactsOf<Id>>): History {
  const step = steps[reading] as Step<FactsOf<Id>> | undefined;
  return step === undefined ? history : step(history, answer);
}

/** After a reboot domids and counters begin anew: what they were says nothing of what they are. */
export function rememberedAfterBoot(history: History, host: HostId): History {
  const others = <T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...map].filter(([key]) => !key.startsWith(`${host}|`)));
  return { ...history, nfs: others(history.nfs), domain_since: others(history.domain_since) };
}
