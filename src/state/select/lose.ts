/**
 * If this host is lost now, what restarts on the other one?
 *
 * Guests are packed into the survivor's free memory one after another, in this order: those that start by themselves (/etc/xen/auto of either
 * host) in the order of their entries' names, which is the order in which xendomains starts them; then the others, smallest first, then by name.
 * A guest that doesn't fit is left out and the next is tried.
 */
import type { Pair } from "../../xen/model/ids.ts";
import type { PairState } from "../state.ts";
import type { GuestRow, LoseHost, Severity } from "../view-model.ts";
import { type JoinedGuest, joinGuests } from "./guest-join.ts";
import { memoryNeededMib } from "./guest-memory.ts";
import { isActive, isSuspended } from "./guest-state.ts";
import { selectGuests } from "./guests.ts";
import { startConfig } from "./readiness.ts";
import { eachSide, type Side, type Sides, sidesOf } from "./sides.ts";

interface Candidate {
  readonly row: GuestRow;
  readonly need_mib: number | undefined;
  /** Name of its entry in /etc/xen/auto; undefined: doesn't start by itself. */
  readonly entry: string | undefined;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function entryOf({ both }: Sides, guest: JoinedGuest): string | undefined {
  const paths = new Set(guest.files.map(({ file }) => file.path));
  const entries = both.flatMap((side) => side.known("xen-auto") ?? []);
  return entries
    .filter(({ name, target }) => paths.has(target ?? `/etc/xen/auto/${name}`))
    .map(({ name }) => name)
    .sort(compare)[0];
}

function byStart(a: Candidate, b: Candidate): number {
  if (a.entry !== undefined && b.entry !== undefined) return compare(a.entry, b.entry);
  if (a.entry !== b.entry) return a.entry === undefined ? 1 : -1;
  return (a.need_mib ?? 0) - (b.need_mib ?? 0) || compare(a.row.name, b.row.name);
}

/** It runs there, or is on its way and still has its memory there; not where the other host runs it as well. */
function liesOn(row: GuestRow, guest: JoinedGuest | undefined, lost: Side, survivor: Side): boolean {
  if (row.host !== undefined) return row.host === lost.id;
  if (row.can_run[survivor.index].answer === "here") return false;
  return (guest?.instances ?? []).some(({ side, domain }) => side === lost && (isActive(domain) || isSuspended(domain)));
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

function lose(sides: Sides, joined: ReadonlyMap<string, JoinedGuest>, rows: readonly GuestRow[], lost: Side, survivor: Side): LoseHost {
  const xen = survivor.fresh("xl-info");
  const moved = rows.filter((row) => liesOn(row, joined.get(row.key), lost, survivor));
  const candidates = moved
    .map((row): Candidate => {
      const guest = joined.get(row.key);
      const config = guest === undefined ? undefined : startConfig({ guest, here: survivor, runs_on: row.host });
      return {
        row,
        need_mib: config === undefined ? undefined : memoryNeededMib(config, xen),
        entry: guest === undefined ? undefined : entryOf(sides, guest),
      };
    })
    .sort(byStart);
  const restart: string[] = [];
  const cannot: { guest: string; name: string; reason: string }[] = [];
  const unknown: { guest: string; name: string; reason: string }[] = [];
  let left_mib = xen?.free_memory_mib;
  for (const { row, need_mib } of candidates) {
    const { answer, reason } = row.can_run[survivor.index];
    const named = { guest: row.key, name: row.name };
    if (answer === "no") cannot.push({ ...named, reason: reason ?? "no" });
    else if (answer !== "yes" || need_mib === undefined || left_mib === undefined)
      unknown.push({ ...named, reason: reason ?? "memory not known" });
    else if (need_mib > left_mib)
      cannot.push({ ...named, reason: `needs ${need_mib} MiB, ${left_mib} MiB left after ${restart.length} others` });
    else {
      left_mib -= need_mib;
      restart.push(row.key);
    }
  }
  const counts = { all: moved.length, restart: restart.length, cannot: cannot.length, unknown: unknown.length };
  const told = lost.known("xl-list") !== undefined && (moved.length > 0 || lost.fresh("xl-list") !== undefined);
  const answer = answerOf(counts, told && survivor.answers);
  return {
    lost: lost.id,
    survivor: survivor.id,
    answer,
    restart,
    cannot,
    unknown,
    memory_needed_mib: candidates.reduce((sum, { need_mib }) => sum + (need_mib ?? 0), 0),
    memory_free_mib: xen?.free_memory_mib,
    severity: severities[answer],
  };
}

/** First: the operator's first host is lost. The last three: where they have been made for this view already. */
export function selectLose(
  state: PairState,
  now_ms: number,
  sides: Sides = sidesOf(state, now_ms),
  joined: readonly JoinedGuest[] = joinGuests(sides),
  rows: readonly GuestRow[] = selectGuests(state, now_ms, sides, joined),
): Pair<LoseHost> {
  const byKey = new Map(joined.map((guest) => [guest.key, guest] as const));
  return eachSide(sides, (lost, survivor) => lose(sides, byKey, rows, lost, survivor));
}
