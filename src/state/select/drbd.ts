/** The DRBD screen: each volume joined over both hosts, as each of them sees it. Linear in the number of volumes and guests. */
import type { Pair } from "../../xen/model/ids.ts";
import type { PairState } from "../state.ts";
import type { DrbdRow, DrbdSide } from "../view-model.ts";
import { disagreements, sideConditions, type VolumeContext, volumeState } from "./drbd-judge.ts";
import { type DrbdSideFacts, drbdOn, volumeName } from "./drbd-sides.ts";
import { splitBrain } from "./drbd-split.ts";
import { guestsOnDrbd } from "./drbd-targets.ts";
import { guestDisks } from "./guest-disks.ts";
import { perFacts } from "./memo.ts";
import { resyncView } from "./resync.ts";
import { worse, worstSeverity } from "./severity.ts";
import { sameMembers, shared } from "./shared.ts";
import { type Sides, sidesOf } from "./sides.ts";

export { type DrbdTargets, drbdOfTarget, drbdTargets } from "./drbd-targets.ts";

const both = <To>(make: (index: 0 | 1) => To): Pair<To> => [make(0), make(1)];

/** As judged; where it comes from, with its age, is put to it when it is shown. */
type JudgedSide = Omit<DrbdSide, "evidence">;
interface JudgedVolume extends Omit<DrbdRow, "sides"> {
  readonly sides: Pair<JudgedSide>;
}

/** Nothing told is an empty text: neither a state nor a dash that could be taken for one. */
const word = (state: string | { readonly other: string } | undefined): string =>
  state === undefined ? "" : typeof state === "string" ? state : state.other;

function sideOf(side: DrbdSideFacts, other: DrbdSideFacts, context: VolumeContext): JudgedSide {
  const own = worstSeverity(sideConditions(side, other, context));
  return {
    host: side.host.id,
    present: side.present,
    role: word(side.role),
    disk: word(side.disk),
    connection: word(side.connection),
    replication: word(side.replication),
    peer_role: word(side.peer_role),
    peer_disk: word(side.peer_disk),
    out_of_sync_kib: side.out_of_sync_kib,
    suspended: side.suspended ?? "",
    resync_suspended: side.peer?.resync_suspended ?? (side.proc?.resync_paused ?? []).join(","),
    severity: side.host.trusted ? own : worse(own, "unknown"),
  };
}

const noGuests: readonly string[] = [];

function volumeOf(sides: Sides, key: string): JudgedVolume {
  const on = drbdOn(sides);
  const { guests, migrating } = usedBy(sides)(key);
  const [resource, volume] = volumeName(key);
  const seen = both((index) => on[index].facts(key));
  const split_brain = splitBrain(sides, resource, seen);
  const resync = resyncView(sides, seen, key);
  const disagreement = disagreements(seen);
  const context: VolumeContext = {
    in_use: guests.length > 0 || seen.some(({ role }) => role === "Primary"),
    migrating,
    split: split_brain !== undefined,
    resync,
    disagreement,
  };
  return {
    key,
    resource,
    volume,
    minor: both((index) => seen[index].volume?.minor),
    size_kib: seen[0].volume?.size_kib ?? seen[1].volume?.size_kib,
    sides: both((index) => sideOf(seen[index], seen[index === 0 ? 1 : 0], context)),
    state: volumeState(seen, context),
    resync,
    split_brain,
    guests,
    backing: both((index) => seen[index].settings?.backing_disk),
    allow_two_primaries: both((index) => on[index].allowsTwo(resource)),
    generations: both((index) => generationText(seen[index])),
    disagreement,
  };
}

/** Guests on a volume, and whether one of them is on its way to the other host. */
const usedBy = perFacts((sides: Sides) =>
  sides.cells.gates((key: string) => {
    const guests = guestsOnDrbd(sides).get(key) ?? noGuests;
    const { migrating } = guestDisks(sides);
    return { guests, migrating: guests.some((guest) => migrating.has(guest)) };
  }, sameMembers),
);

const volumeCells = perFacts((sides: Sides) => sides.cells.cells((key: string) => volumeOf(sides, key)));
/** One volume as the DRBD screen judges it, which has looked at both hosts' views; undefined: neither host has it. */
export const drbdState = (sides: Sides, key: string): DrbdRow["state"] | undefined => states(sides)(key);
const states = perFacts((sides: Sides) =>
  sides.cells.cells((key: string) => (isVolume(sides)(key) ? volumeCells(sides)(key).state : undefined), shared),
);
/** Both sides were written while apart: whichever is started, what the other has is lost. */
export const drbdIsSplit = (sides: Sides, key: string): boolean => splits(sides)(key);
const splits = perFacts((sides: Sides) =>
  sides.cells.cells((key: string) => isVolume(sides)(key) && volumeCells(sides)(key).split_brain !== undefined),
);
const isVolume = perFacts((sides: Sides) => sides.cells.gates((key: string) => drbdOn(sides).some(({ volumes }) => volumes().has(key))));

const natural = new Intl.Collator("en", { numeric: true });

const rowsOf = perFacts((sides: Sides) => {
  const { cells } = sides;
  const keys = cells.gate((): readonly string[] => {
    const found = new Set(drbdOn(sides).flatMap(({ volumes }) => [...volumes().keys()]));
    return [...found].sort(natural.compare);
  }, sameMembers);
  const row = cells.cells((key: string): DrbdRow => {
    const judged = volumeCells(sides)(key);
    return { ...judged, sides: both((index) => ({ ...judged.sides[index], evidence: sides.both[index].evidence("drbd-status") })) };
  });
  return cells.cell((): readonly DrbdRow[] => keys().map(row), sameMembers);
});

/** Rows in the order of their names. */
export const selectDrbd = (state: PairState, now_ms: number, sides: Sides = sidesOf(state, now_ms)): readonly DrbdRow[] => rowsOf(sides)();

/** `CURRENT` or, while the peer may lack writes, `CURRENT:BITMAP`. */
function generationText({ generations }: DrbdSideFacts): string | undefined {
  if (generations?.current === undefined) return undefined;
  return generations.bitmap === undefined ? generations.current : `${generations.current}:${generations.bitmap}`;
}
