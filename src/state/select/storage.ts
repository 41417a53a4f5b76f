/** The storage screen: every way to a disk against both hosts, with the guests that sit on it. Linear in paths, guests and mounts. */
import type { Pair } from "../../xen/model/ids.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import type { PairState } from "../state.ts";
import type { StorageCell, StorageRow } from "../view-model.ts";
import { perFacts } from "./memo.ts";
import { isPartial } from "./partial.ts";
import { flappingOf, flapsOf, lossesOf } from "./path-flaps.ts";
import { worse } from "./severity.ts";
import { shared } from "./shared.ts";
import { type Side, type Sides, sidesOf } from "./sides.ts";
import { fileSystemKind, thinKind, volumeGroupKind } from "./storage-fill.ts";
import type { StorageContext, StorageItem, StorageKind } from "./storage-item.ts";
import { nfsKind } from "./storage-nfs.ts";
import { fcKind, iscsiKind, multipathKind, nbdKind } from "./storage-paths.ts";
import { usersOn } from "./storage-users.ts";

const kinds: readonly StorageKind[] = [multipathKind, iscsiKind, fcKind, nbdKind, nfsKind, volumeGroupKind, thinKind, fileSystemKind];

/** As judged; where it comes from, with its age, is put to it when it is shown. */
type JudgedCell = Omit<StorageCell, "evidence">;
interface JudgedRow extends Omit<StorageRow, "cells"> {
  readonly cells: Pair<JudgedCell | undefined>;
  readonly from: ReadingId;
}

const isTrusted = (side: Side, reading: ReadingId): boolean => {
  const freshness = side.freshness(reading);
  return freshness === "fresh" || freshness === "absent";
};

function cellOf({ side, cells }: StorageContext, item: StorageItem, { reading }: StorageKind): JudgedCell {
  const flapping = item.losses === undefined ? undefined : flappingOf(item.losses, cells);
  // Between two losses all paths are there, and nothing is well.
  const text = flapping === undefined ? item.state.text : `${item.state.text}, flapping`;
  const severity = flapping === undefined ? item.state.severity : worse(item.state.severity, "warning");
  return {
    host: side.id,
    // What nobody says now isn't fine, whatever it was.
    state: { text, severity: isTrusted(side, reading) ? severity : worse(severity, "unknown") },
    details: item.details,
    flaps_10min: item.losses === undefined ? 0 : flapsOf(item.losses, cells),
    ...(flapping === undefined ? {} : { flapping }),
  };
}

/** Where only the other host tells of it: not there, not known, or missed. */
function missingCell({ side }: StorageContext, item: StorageItem, { reading, needed_on_both }: StorageKind): JudgedCell | undefined {
  const cell = (text: string, severity: StorageCell["state"]["severity"]): JudgedCell => ({
    host: side.id,
    state: { text, severity },
    details: [],
    flaps_10min: 0,
  });
  if (side.freshness(reading) === "never") return cell("not told yet", "unknown");
  if (!isTrusted(side, reading)) return cell(side.known(reading) === undefined ? "not known" : "not there when last told", "unknown");
  if (isPartial(side, reading)) return cell("not known: a part wasn't understood", "unknown");
  return needed_on_both && item.guests.length > 0 ? cell("not there, its guests can't run here", "warning") : undefined;
}

function rowOf(kind: StorageKind, contexts: Pair<StorageContext>, items: Pair<StorageItem | undefined>): JudgedRow[] {
  const first = items[0] ?? items[1];
  if (first === undefined) return [];
  const cell = (index: 0 | 1): JudgedCell | undefined => {
    const item = items[index];
    return item === undefined ? missingCell(contexts[index], first, kind) : cellOf(contexts[index], item, kind);
  };
  const cells: Pair<JudgedCell | undefined> = [cell(0), cell(1)];
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
      from: kind.reading,
    },
  ];
}

const natural = new Intl.Collator("en", { numeric: true });

function rowsOfKind(sides: Sides, kind: StorageKind): readonly JudgedRow[] {
  const context = (side: Side): StorageContext => ({
    side,
    cells: sides.cells,
    users: usersOn(sides, side),
    history: sides.history,
    losses: lossesOf(sides),
  });
  const contexts: Pair<StorageContext> = [context(sides.both[0]), context(sides.both[1])];
  const found = contexts.map((one) => new Map(kind.items(one).map((item) => [item.key, item])));
  const keys = new Set(found.flatMap((items) => [...items.keys()]));
  return [...keys]
    .flatMap((key) => rowOf(kind, contexts, [found[0]?.get(key), found[1]?.get(key)]))
    .sort((a, b) => natural.compare(a.title, b.title) || natural.compare(a.key, b.key));
}

const storageCell = perFacts((sides: Sides) => {
  const judged = kinds.map((kind) => sides.cells.cell(() => rowsOfKind(sides, kind), shared));
  const shown = (cell: JudgedCell | undefined, index: 0 | 1, from: ReadingId): StorageCell | undefined =>
    cell === undefined ? undefined : { ...cell, evidence: sides.both[index].evidence(from) };
  return sides.cells.cell(
    (): readonly StorageRow[] =>
      judged
        .flatMap((rows) => rows())
        .map(({ from, cells, ...row }) => ({ ...row, cells: [shown(cells[0], 0, from), shown(cells[1], 1, from)] })),
    shared,
  );
});

/** Rows by kind, then by title. */
export const selectStorage = (state: PairState, now_ms: number, sides: Sides = sidesOf(state, now_ms)): readonly StorageRow[] =>
  storageCell(sides)();
