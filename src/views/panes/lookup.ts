/** Who is who in a view: rows found by the names that others call them by. Made once per view, since every guest asks on every frame. */
import type { DrbdRow, GuestRow, PairView, StorageRow } from "../../state/view-model.ts";
import type { ObjectRef } from "../pane.ts";

interface Index {
  readonly drbd: ReadonlyMap<string, DrbdRow>;
  readonly storage: ReadonlyMap<string, StorageRow>;
  readonly guests: ReadonlyMap<string, GuestRow>;
}

const indexes = new WeakMap<PairView, Index>();

/** The first that bears a name keeps it. */
function named<Row>(rows: readonly Row[], namesOf: readonly ((row: Row) => string)[]): ReadonlyMap<string, Row> {
  const found = new Map<string, Row>();
  for (const nameOf of namesOf) {
    for (const row of rows) {
      const name = nameOf(row);
      if (!found.has(name)) found.set(name, row);
    }
  }
  return found;
}

/** `multipath:WWID`, `nfs:server:export|mountpoint`: what a guest's disk calls it, without the kind before and the place after it. */
const bareKey = ({ key, kind }: StorageRow): string => (key.startsWith(`${kind}:`) ? key.slice(kind.length + 1) : key).split("|")[0] ?? key;

function indexOf(view: PairView): Index {
  const known = indexes.get(view);
  if (known !== undefined) return known;
  const made: Index = {
    drbd: named(view.drbd, [({ key }) => key, ({ resource }) => resource]),
    storage: named(view.storage, [({ key }) => key, bareKey, ({ title }) => title]),
    guests: named(view.guests, [({ key }) => key, ({ name }) => name]),
  };
  indexes.set(view, made);
  return made;
}

/** By `r0/0`, else the first volume of a resource. */
export const drbdOf = (view: PairView, name: string | undefined): DrbdRow | undefined =>
  name === undefined ? undefined : indexOf(view).drbd.get(name);

/** By key, WWID, `server:export`, device or title. */
export const storageOf = (view: PairView, name: string | undefined): StorageRow | undefined =>
  name === undefined ? undefined : indexOf(view).storage.get(name);

/** By key, else by name. */
export const guestOf = (view: PairView, name: string | undefined): GuestRow | undefined =>
  name === undefined ? undefined : indexOf(view).guests.get(name);

/** What a finding or an entry is about, where the view has it. `beta:WWID` is the thing on that host. */
export function objectNamed(view: PairView, whole: string): ObjectRef | undefined {
  const at = view.hosts.find(({ id }) => whole.startsWith(`${id}:`));
  const name = at === undefined ? whole : whole.slice(at.id.length + 1);
  const guest = guestOf(view, name);
  if (guest !== undefined) return { kind: "guest", key: guest.key };
  const volume = drbdOf(view, name);
  if (volume !== undefined) return { kind: "drbd", key: volume.key };
  const storage = storageOf(view, name);
  if (storage !== undefined) return { kind: "storage", key: storage.key };
  if (view.bridges.some((bridge) => bridge.name === name)) return { kind: "bridge", name };
  if (view.uplinks.some((uplink) => uplink.name === name)) return { kind: "uplink", name };
  const host = at ?? view.hosts.find(({ id }) => id === name);
  return host && { kind: "host", id: host.id };
}
