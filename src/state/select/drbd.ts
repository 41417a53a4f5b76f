/** The DRBD screen: each volume joined over both hosts, as each of them sees it. Linear in the number of volumes and guests. */
import type { Pair } from "../../xen/model/ids.ts";
import type { PairState } from "../state.ts";
import type { DrbdRow, DrbdSide } from "../view-model.ts";
import { disagreements, sideConditions, type VolumeContext, volumeState } from "./drbd-judge.ts";
import { type DrbdSideFacts, type HostDrbd, hostDrbd, sideFacts } from "./drbd-sides.ts";
import { splitBrain, splitLog } from "./drbd-split.ts";
import { drbdTargets, guestsOnDrbd, volumeKey } from "./drbd-targets.ts";
import { guestDisks } from "./guest-disks.ts";
import { type JoinedGuest, joinGuests } from "./guest-join.ts";
import { resyncView } from "./resync.ts";
import { worse, worstSeverity } from "./severity.ts";
import { type Sides, sidesOf } from "./sides.ts";

export { type DrbdTargets, drbdOfTarget, drbdTargets } from "./drbd-targets.ts";

const both = <To>(make: (index: 0 | 1) => To): Pair<To> => [make(0), make(1)];

/** Nothing told is an empty text: neither a state nor a dash that could be taken for one. */
const word = (state: string | { readonly other: string } | undefined): string =>
  state === undefined ? "" : typeof state === "string" ? state : state.other;

function sideOf(side: DrbdSideFacts, other: DrbdSideFacts, context: VolumeContext): DrbdSide {
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
    evidence: side.host.evidence,
  };
}

/** Every volume that either host has, by resource and number. */
function volumesOf(hosts: Pair<HostDrbd>): ReadonlyMap<string, readonly [resource: string, volume: number]> {
  const found = new Map<string, readonly [string, number]>();
  for (const { resources } of hosts) {
    for (const { name, volumes } of resources.values()) {
      // A resource without volumes is unfinished, and shows as such.
      const numbers = volumes.length === 0 ? [0] : volumes.map(({ volume }) => volume);
      for (const number of numbers) found.set(volumeKey(name, number), [name, number]);
    }
  }
  return found;
}

const natural = new Intl.Collator("en", { numeric: true });

/** Rows in the order of their names. sides and joined: where they have been made for this view already. */
export function selectDrbd(
  state: PairState,
  now_ms: number,
  sides: Sides = sidesOf(state, now_ms),
  joined: readonly JoinedGuest[] = joinGuests(sides),
): readonly DrbdRow[] {
  const hosts = both((index) => hostDrbd(state, index, now_ms));
  const log = splitLog(state);
  const targets = drbdTargets(state);
  const { uses, migrating } = guestDisks(sides, joined);
  const guestsOf = guestsOnDrbd(targets, uses);

  const row = (key: string, resource: string, volume: number): DrbdRow => {
    const seen = both((index) => sideFacts(hosts[index], resource, volume));
    const guests = guestsOf.get(key) ?? [];
    const split_brain = splitBrain(log, resource, seen);
    const resync = resyncView(seen, key, state.history, now_ms);
    const disagreement = disagreements(seen);
    const context: VolumeContext = {
      in_use: guests.length > 0 || seen.some(({ role }) => role === "Primary"),
      migrating: guests.some((guest) => migrating.has(guest)),
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
      allow_two_primaries: both((index) => hosts[index].settings.get(resource)?.allow_two_primaries),
      generations: both((index) => generationText(seen[index])),
      disagreement,
    };
  };
  return [...volumesOf(hosts)].map(([key, [resource, volume]]) => row(key, resource, volume)).sort((a, b) => natural.compare(a.key, b.key));
}

/** `CURRENT` or, while the peer may lack writes, `CURRENT:BITMAP`. */
function generationText({ generations }: DrbdSideFacts): string | undefined {
  if (generations?.current === undefined) return undefined;
  return generations.bitmap === undefined ? generations.current : `${generations.current}:${generations.bitmap}`;
}
