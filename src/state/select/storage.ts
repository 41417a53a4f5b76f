/** The storage screen: every way to a disk against both hosts, with the guests that sit on it. Linear in paths, guests and mounts. */
import type { Pair } from "../../xen/model/ids.ts";
import type { PairState } from "../state.ts";
import type { Evidence, StorageCell, StorageRow } from "../view-model.ts";
import { drbdTargets } from "./drbd-targets.ts";
import { guestDisks } from "./guest-disks.ts";
import { type JoinedGuest, joinGuests } from "./guest-join.ts";
import { worse } from "./severity.ts";
import { type Sides, sidesOf } from "./sides.ts";
import { fileSystemKind, thinKind, volumeGroupKind } from "./storage-fill.ts";
import type { StorageContext, StorageItem, StorageKind } from "./storage-item.ts";
import { nfsKind } from "./storage-nfs.ts";
import { fcKind, iscsiKind, multipathKind, nbdKind } from "./storage-paths.ts";
import { usersOn } from "./storage-users.ts";

/** Changes are counted over this long. */
export const FLAP_WINDOW_MS = 10 * 60_000;

const kinds: readonly StorageKind[] = [multipathKind, iscsiKind, fcKind, nbdKind, nfsKind, volumeGroupKind, thinKind, fileSystemKind];

const trusted = ({ freshness }: Evidence): boolean => freshness === "fresh" || freshness === "absent";

/** Keys are `HOST|WWID|PATH`; a WWID has no bar in it. */
function changesByMap({ history }: PairState): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const [key, times] of history.path_changes) {
    const map = key.slice(0, key.lastIndexOf("|"));
    found.set(map, [...(found.get(map) ?? []), ...times]);
  }
  return found;
}

function cellOf({ side, now_ms }: StorageContext, item: StorageItem, { reading }: StorageKind): StorageCell {
  const evidence = side.evidence(reading);
  const { text, severity } = item.state;
  return {
    host: side.id,
    // What nobody says now isn't fine, whatever it was.
    state: { text, severity: trusted(evidence) ? severity : worse(severity, "unknown") },
    details: item.details,
    flaps_10min: item.changes_ms.filter((at_ms) => now_ms - at_ms <= FLAP_WINDOW_MS).length,
    evidence,
  };
}

/** Where only the other host tells of it: not there, not known, or missed. */
function missingCell({ side }: StorageContext, item: StorageItem, { reading, needed_on_both }: StorageKind): StorageCell | undefined {
  const evidence = side.evidence(reading);
  const cell = (text: string, severity: StorageCell["state"]["severity"]): StorageCell => ({
    host: side.id,
    state: { text, severity },
    details: [],
    flaps_10min: 0,
    evidence,
  });
  if (evidence.freshness === "never") return cell("not told yet", "unknown");
  if (!trusted(evidence)) return cell(side.known(reading) === undefined ? "not known" : "not there when last told", "unknown");
  return needed_on_both && item.guests.length > 0 ? cell("not there, its guests can't run here", "warning") : undefined;
}

function rowOf(kind: StorageKind, contexts: Pair<StorageContext>, items: Pair<StorageItem | undefined>): StorageRow[] {
  const first = items[0] ?? items[1];
  if (first === undefined) return [];
  const cell = (index: 0 | 1): StorageCell | undefined => {
    const item = items[index];
    return item === undefined ? missingCell(contexts[index], first, kind) : cellOf(contexts[index], item, kind);
  };
  const cells: Pair<StorageCell | undefined> = [cell(0), cell(1)];
  return [
    {
      key: first.key,
      kind: kind.kind,
      title: first.title,
      subtitle: first.subtitle ?? items[1]?.subtitle,
      cells,
      guests: [...new Set(items.flatMap((item) => item?.guests ?? []))].sort(),
      severity: cells.reduce<StorageRow["severity"]>(
        (worst, next) => (next === undefined ? worst : worse(worst, next.state.severity)),
        "ok",
      ),
    },
  ];
}

const natural = new Intl.Collator("en", { numeric: true });

/** Rows by kind, then by title. sides and joined: where they have been made for this view already. */
export function selectStorage(
  state: PairState,
  now_ms: number,
  sides: Sides = sidesOf(state, now_ms),
  joined: readonly JoinedGuest[] = joinGuests(sides),
): readonly StorageRow[] {
  const targets = drbdTargets(state);
  const { uses } = guestDisks(sides, joined);
  const path_changes = changesByMap(state);
  const context = (index: 0 | 1): StorageContext => {
    const side = sides.both[index];
    return { side, users: usersOn(side, targets, uses), history: state.history, now_ms, path_changes };
  };
  const contexts: Pair<StorageContext> = [context(0), context(1)];
  return kinds.flatMap((kind) => {
    const found = contexts.map((one) => new Map(kind.items(one).map((item) => [item.key, item])));
    const keys = new Set(found.flatMap((items) => [...items.keys()]));
    return [...keys]
      .flatMap((key) => rowOf(kind, contexts, [found[0]?.get(key), found[1]?.get(key)]))
      .sort((a, b) => natural.compare(a.title, b.title) || natural.compare(a.key, b.key));
  });
}
