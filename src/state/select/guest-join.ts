/** Which domains and configuration files, on both hosts, are the same guest: by UUID, then by name. */
import type { ConfigFile, GuestConfig } from "../../xen/model/xen.ts";
import { perFacts } from "./memo.ts";
import type { SeenDomain } from "./seen.ts";
import { shared } from "./shared.ts";
import type { Side, Sides } from "./sides.ts";

export interface GuestInstance {
  readonly side: Side;
  readonly domain: SeenDomain;
  /** From `xl list -l`: what it really runs with. */
  readonly live: GuestConfig | undefined;
}
export interface GuestFile {
  readonly side: Side;
  readonly file: ConfigFile;
  readonly config: GuestConfig;
}
export interface JoinedGuest {
  /** The UUID it runs with, else its configuration's, else its name. */
  readonly key: string;
  readonly name: string;
  readonly uuid: string | undefined;
  readonly instances: readonly GuestInstance[];
  readonly files: readonly GuestFile[];
}

interface Group {
  readonly uuids: Set<string>;
  readonly names: Set<string>;
  readonly instances: GuestInstance[];
  readonly files: GuestFile[];
}
type Part = { readonly uuid: string | undefined; readonly name: string } & (
  | { readonly kind: "instance"; readonly instance: GuestInstance }
  | { readonly kind: "file"; readonly file: GuestFile }
);

const NO_UUID = "00000000-0000-0000-0000-000000000000";
/** Half-destroyed domains all have this name: it says nothing of who they were. */
const nameless = (name: string): boolean => name === "" || name === "(null)";

function partsOf(side: Side): Part[] {
  const live = new Map((side.known("xl-list-long")?.domains ?? []).map(({ domid, config }) => [domid, config] as const));
  const told = new Map((side.known("xenstore")?.names ?? []).map(({ domid, uuid }) => [domid, uuid] as const));
  const domains = (side.known("xl-list")?.domains ?? []).filter(({ domid }) => domid !== 0);
  return [
    ...domains.map((domain): Part => {
      const uuid = domain.uuid ?? told.get(domain.domid) ?? live.get(domain.domid)?.uuid;
      const config = live.get(domain.domid);
      // `xl list -l` is read rarely: the domid may belong to another guest by now.
      const own = config?.uuid === undefined || uuid === undefined || config.uuid === uuid ? config : undefined;
      const name = nameless(domain.base_name) && own !== undefined ? own.name : domain.base_name;
      return { kind: "instance", uuid: uuid === NO_UUID ? undefined : uuid, name, instance: { side, domain, live: own } };
    }),
    ...(side.known("xl-configs") ?? []).flatMap((file): Part[] => {
      const { config } = file;
      return config === undefined ? [] : [{ kind: "file", uuid: config.uuid, name: config.name, file: { side, file, config } }];
    }),
  ];
}

function put(group: Group, part: Part): void {
  if (part.uuid !== undefined) group.uuids.add(part.uuid);
  if (!nameless(part.name)) group.names.add(part.name);
  if (part.kind === "instance") group.instances.push(part.instance);
  else group.files.push(part.file);
}

const groupOf = (part: Part): Group => {
  const group: Group = { uuids: new Set(), names: new Set(), instances: [], files: [] };
  put(group, part);
  return group;
};

/** What a guest can't share with another: its addresses and what it writes to. */
function belongings({ files, instances }: Group): Set<string> {
  const configs = [...files.map(({ config }) => config), ...instances.flatMap(({ live }) => live ?? [])];
  return new Set(
    configs.flatMap(({ disks, nics }) => [
      ...disks.flatMap((disk) => (disk.read_write && disk.target !== undefined ? [`disk ${disk.script ?? ""} ${disk.target}`] : [])),
      ...nics.flatMap(({ mac }) => (mac === undefined ? [] : [`mac ${mac}`])),
    ]),
  );
}

/**
 * Same name, different UUIDs. A file without a uuid gets a new one at every start, so the name is what counts. Where a file fixes one, two that
 * have nothing in common are two guests; as long as one's belongings aren't known, they are taken for the same: two of one name are the danger.
 */
function sameGuest(a: Group, b: Group): boolean {
  const fixed = ({ files }: Group): boolean => files.some(({ config }) => config.uuid !== undefined);
  if (!fixed(a) && !fixed(b)) return true;
  const [ours, theirs] = [belongings(a), belongings(b)];
  return ours.size === 0 || theirs.size === 0 || [...ours].some((item) => theirs.has(item));
}

function merge(into: Group, from: Group): void {
  for (const uuid of from.uuids) into.uuids.add(uuid);
  for (const name of from.names) into.names.add(name);
  into.instances.push(...from.instances);
  into.files.push(...from.files);
}

function byUuid(parts: readonly Part[]): Group[] {
  const groups = new Map<string, Group>();
  for (const part of parts) {
    if (part.uuid === undefined) continue;
    const group = groups.get(part.uuid);
    if (group === undefined) groups.set(part.uuid, groupOf(part));
    else put(group, part);
  }
  return [...groups.values()];
}

function mergeByName(groups: readonly Group[]): Group[] {
  const merged: Group[] = [];
  const named = new Map<string, Group[]>();
  for (const group of groups) {
    const candidates = [...group.names].flatMap((name) => named.get(name) ?? []);
    const same = candidates.find((other) => sameGuest(other, group));
    if (same === undefined) merged.push(group);
    else merge(same, group);
    for (const name of group.names) named.set(name, [...new Set([...(named.get(name) ?? []), same ?? group])]);
  }
  return merged;
}

/** Parts without a UUID go to the guest of their name; there may be two of one name, then to the one on the same host. */
function addNamed(groups: Group[], parts: readonly Part[]): void {
  const named = new Map<string, Group[]>();
  for (const group of groups) for (const name of group.names) named.set(name, [...(named.get(name) ?? []), group]);
  for (const part of parts) {
    if (part.uuid !== undefined) continue;
    const side = part.kind === "instance" ? part.instance.side : part.file.side;
    const candidates = nameless(part.name) ? [] : (named.get(part.name) ?? []);
    const here = candidates.find(({ instances, files }) => [...instances, ...files].some((item) => item.side === side));
    const group = here ?? candidates[0];
    if (group !== undefined) put(group, part);
    else {
      const made = groupOf(part);
      groups.push(made);
      if (!nameless(part.name)) named.set(part.name, [made]);
    }
  }
}

function joined(group: Group): JoinedGuest {
  const { instances, files } = group;
  const running = instances.find(({ domain }) => domain.migration === "none" && !nameless(domain.base_name));
  const known = running ?? instances.find(({ domain }) => !nameless(domain.base_name));
  const name = known?.domain.base_name ?? files[0]?.config.name ?? [...group.names][0] ?? "(null)";
  const uuid =
    instances.findLast(({ domain }) => domain.uuid !== undefined)?.domain.uuid ?? files.find(({ config }) => config.uuid)?.config.uuid;
  const first = instances[0];
  const anonymous = first !== undefined && nameless(name) ? `${first.side.id}:${first.domain.domid}` : name;
  return { key: uuid ?? [...group.uuids][0] ?? anonymous, name, uuid: uuid ?? [...group.uuids][0], instances, files };
}

/** Sorted by name, then key. Domain-0 isn't a guest. */
export function joinGuests({ both }: Sides): JoinedGuest[] {
  const parts = both.flatMap(partsOf);
  const groups = mergeByName(byUuid(parts));
  addNamed(groups, parts);
  return distinct(groups.map(joined).sort((a, b) => compare(a.name, b.name) || compare(a.key, b.key)));
}

/** Two guests of which nothing tells them apart are two rows all the same. */
function distinct(guests: readonly JoinedGuest[]): JoinedGuest[] {
  const times = new Map<string, number>();
  return guests.map((guest) => {
    const time = (times.get(guest.key) ?? 0) + 1;
    times.set(guest.key, time);
    return time === 1 ? guest : { ...guest, key: `${guest.key} (${time})` };
  });
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const joinCell = perFacts((sides: Sides) => sides.cells.gate((): readonly JoinedGuest[] => joinGuests(sides), shared));
/** Made once for all that look at them; a guest of which nothing has changed is the same as before. */
export const joinedGuests = (sides: Sides): readonly JoinedGuest[] => joinCell(sides)();
