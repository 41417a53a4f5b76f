/**
 * If this host is lost now, what restarts on the other one?
 *
 * Guests are packed into the survivor's free memory one after another, as a failover takes them (preflight/packing.ts): as the config
 * file says what matters most; then those that start by themselves (/etc/xen/auto of either host), smallest first, then by name; then the others in the same
 * way. A guest that doesn't fit is left out and the next is tried.
 */
import type { Pair } from "../../xen/model/ids.ts";
import type { Judgement } from "../preflight/judgement.ts";
import { inOrder, packed } from "../preflight/packing.ts";
import { sizesOfMib } from "../sizes.ts";
import type { PairState } from "../state.ts";
import type { LeftGuest, LoseHost, Severity } from "../view-model.ts";
import { entriesFor } from "./autostart.ts";
import { copyBehind, copySince } from "./copy-since.ts";
import { drbdOn } from "./drbd-sides.ts";
import { memoryNeededMib } from "./guest-memory.ts";
import { isActive, isSuspended } from "./guest-state.ts";
import { type JudgedGuest, judgedGuests } from "./guests.ts";
import { perFacts } from "./memo.ts";
import { sameMembers, shared } from "./shared.ts";
import { eachSide, type Side, type Sides, sidesOf } from "./sides.ts";

interface Candidate {
  readonly judged: JudgedGuest;
  readonly need_mib: number | undefined;
  /** By itself, from /etc/xen/auto of either host. */
  readonly starts: boolean;
}

type Left = LeftGuest;

/** It runs there, or is on its way and still has its memory there; not where the other host runs it as well. */
function liesOn({ guest, whole, can_run }: JudgedGuest, lost: Side, survivor: Side): boolean {
  if (whole.host !== undefined) return whole.host === lost.id;
  if (can_run[survivor.index].answer === "here") return false;
  return guest.instances.some(({ side, domain }) => side === lost && (isActive(domain) || isSuspended(domain)));
}

function answerOf(
  counts: { readonly all: number; readonly restart: number; readonly cannot: number; readonly unknown: number },
  known: boolean,
): LoseHost["answer"] {
  if (!known) return "unknown";
  if (counts.all === 0) return "nothing_to_move";
  if (counts.restart === counts.all) return "all";
  if (counts.cannot === counts.all) return "none";
  if (counts.restart > 0 && counts.cannot > 0) return "some";
  return "unknown";
}

const severities: Readonly<Record<LoseHost["answer"], Severity>> = {
  all: "ok",
  nothing_to_move: "ok",
  some: "warning",
  none: "critical",
  unknown: "unknown",
};

/** A disk called as its guest isn't named a second time. */
function reasonFor({ guest, disks }: JudgedGuest, reason = "no"): string {
  const vdev = disks.map(({ config }) => config.vdev).find((name) => reason.startsWith(`${name}: ${guest.name} `));
  if (vdev !== undefined) return `${vdev} ${reason.slice(vdev.length + guest.name.length + 3)}`;
  if (reason.startsWith(`${guest.name}: `)) return reason.slice(guest.name.length + 2);
  return reason.startsWith(`${guest.name} `) ? `its disk ${reason.slice(guest.name.length + 1)}` : reason;
}

const leftOf = (one: JudgedGuest, reason?: string): Left => ({
  guest: one.guest.key,
  name: one.guest.name,
  reason: reasonFor(one, reason),
});
const stands = ({ result }: Judgement): boolean => result === "fail" || result === "unknown";

/** Of the copies that keep it from starting there: since when the first of them isn't good, and what they lack together. */
function copiesBehind(sides: Sides, { disks }: JudgedGuest, survivor: Side): Pick<Left, "since_ms" | "behind_kib"> {
  const keys = disks.flatMap(({ row, sides: both }) =>
    row.kind === "drbd" && row.object !== undefined && both[survivor.index].start.result !== "pass" ? [row.object] : [],
  );
  const times = keys.flatMap((key) => copySince(sides, survivor, key) ?? []);
  const behind_kib = keys.reduce((sum, key) => sum + (copyBehind(sides, survivor, key) ?? 0), 0);
  return { ...(times.length === 0 ? {} : { since_ms: Math.min(...times) }), ...(behind_kib === 0 ? {} : { behind_kib }) };
}

/** One reason for all that don't fit: what is left in the end is less than what any of them needs. */
function withoutRoom(short: readonly (Left & { readonly need_mib: number })[], left_mib: number, survivor: Side): Left[] {
  const [need, left] = sizesOfMib([short.reduce((sum, { need_mib }) => sum + need_mib, 0), left_mib]);
  const reason =
    short.length === 1 ? `needs ${need}, ${left} left on ${survivor.id}` : `need ${need} together, ${left} left on ${survivor.id}`;
  return short.map(({ guest, name }) => ({ guest, name, reason }));
}

/** It runs on the survivor and reads what its own copy lacks from the other host: without that host its I/O fails. */
function stopsOn(sides: Sides, { guest, whole, disks }: JudgedGuest, lost: Side, survivor: Side): Left[] {
  if (whole.host !== survivor.id) return [];
  const { facts } = drbdOn(sides)[survivor.index];
  for (const { row } of disks) {
    if (row.kind !== "drbd" || row.object === undefined) continue;
    const { connection, disk, replication } = facts(row.object);
    // A word that no DRBD of today prints says nothing of where it reads.
    if (connection !== "Connected" || disk === undefined || disk === "UpToDate" || typeof disk === "object") continue;
    const volume = row.object.endsWith("/0") ? row.object.slice(0, -2) : row.object;
    const name = volume === guest.name ? "its disk" : volume;
    const state = replication === "SyncTarget" || replication === "PausedSyncT" ? replication : disk;
    return [{ guest: guest.key, name: guest.name, reason: `${name} ${state} on ${survivor.id}, read from ${lost.id}` }];
  }
  return [];
}

/** Those that lie on the lost host, in the order in which they are started. */
function candidatesOf(sides: Sides, moved: readonly JudgedGuest[], survivor: Side): readonly Candidate[] {
  const xen = survivor.fresh("xl-info");
  const all = moved.map((one): Candidate => {
    const config = one.start[survivor.index];
    return {
      judged: one,
      need_mib: config === undefined ? undefined : memoryNeededMib(config, xen),
      starts: entriesFor(sides, one.guest).length > 0,
    };
  });
  return inOrder(sides.priority() ?? [], all, ({ judged: { guest }, need_mib, starts }) => ({
    name: guest.name,
    uuid: guest.uuid,
    starts,
    needed_mib: need_mib,
  }));
}

type Fate = Pick<LoseHost, "restart" | "cannot" | "unknown">;

function fateOf(sides: Sides, candidates: readonly Candidate[], survivor: Side): Fate {
  const [restart, cannot, unknown, able]: [string[], Left[], Left[], Candidate[]] = [[], [], [], []];
  for (const candidate of candidates) {
    const { judged: one } = candidate;
    const { answer, reason, checks } = one.can_run[survivor.index];
    const left = (): Left => leftOf(one, reason);
    // Memory is judged for all of them together.
    const only_room = answer === "no" && checks[0]?.id === "memory" && !checks.slice(1).some(stands);
    if (answer === "yes" || only_room) able.push(candidate);
    else if (answer === "no") cannot.push(checks[0]?.id === "disk" ? { ...left(), ...copiesBehind(sides, one, survivor) } : left());
    else unknown.push(left());
  }
  const free_mib = survivor.fresh("xl-info")?.free_memory_mib;
  const all = packed(free_mib, able, ({ need_mib }) => need_mib);
  const short = all.flatMap(({ one, result }) => (result === "short" ? [{ ...leftOf(one.judged), need_mib: one.need_mib ?? 0 }] : []));
  for (const { one, result } of all) {
    if (result === "fits") restart.push(one.judged.guest.key);
    if (result === "unknown") unknown.push({ ...leftOf(one.judged), reason: "memory not known" });
  }
  cannot.push(...withoutRoom(short, all.at(-1)?.left_mib ?? 0, survivor));
  return { restart, cannot, unknown };
}

/** A row that can't be read may be a guest: nothing that counts them all may leave it out. */
function notUnderstood(lost: Side): Left[] {
  const strange = lost.known("xl-list")?.not_understood.length ?? 0;
  if (strange === 0) return [];
  return [
    {
      guest: `not understood on ${lost.id}`,
      name: `what else ${lost.id} lists`,
      reason: `${strange} of its rows in xl list can't be read`,
    },
  ];
}

function lose(sides: Sides, lost: Side, survivor: Side): LoseHost {
  const judged = judgedGuests(sides);
  const moved = movedFrom(sides)[lost.index]();
  const candidates = inOrderFrom(sides)[lost.index]();
  const { restart, cannot, unknown: unsure } = fateOf(sides, candidates, survivor);
  const strange = notUnderstood(lost);
  const unknown = [...unsure, ...strange];
  const counts = { all: moved.length + strange.length, restart: restart.length, cannot: cannot.length, unknown: unknown.length };
  const told = listedOn(lost)() && (moved.length > 0 || lost.freshness("xl-list") === "fresh");
  const answer = answerOf(counts, told && survivor.answers);
  const stops = survivor.answers ? judged.flatMap((one) => stopsOn(sides, one, lost, survivor)) : [];
  return {
    lost: lost.id,
    survivor: survivor.id,
    answer,
    restart,
    cannot,
    unknown,
    stops,
    memory_needed_mib: candidates.reduce((sum, { need_mib }) => sum + (need_mib ?? 0), 0),
    memory_free_mib: survivor.fresh("xl-info")?.free_memory_mib,
    severity: stops.length > 0 ? "critical" : severities[answer],
  };
}

/** Who would be moved, and in which order, changes less often than how far their copies are. */
const movedFrom = perFacts((sides: Sides) =>
  eachSide(sides, (lost, survivor) =>
    sides.cells.cell((): readonly JudgedGuest[] => judgedGuests(sides).filter((one) => liesOn(one, lost, survivor)), sameMembers),
  ),
);
const inOrderFrom = perFacts((sides: Sides) =>
  eachSide(sides, (lost, survivor) => sides.cells.cell(() => candidatesOf(sides, movedFrom(sides)[lost.index](), survivor))),
);

const listedOn = perFacts((side: Side) => side.cells.gate(() => side.known("xl-list") !== undefined));

const loseCell = perFacts((sides: Sides) =>
  sides.cells.cell((): Pair<LoseHost> => eachSide(sides, (lost, survivor) => lose(sides, lost, survivor)), shared),
);

/** First: the operator's first host is lost. */
export const selectLose = (state: PairState, now_ms: number, sides: Sides = sidesOf(state, now_ms)): Pair<LoseHost> => loseCell(sides)();
