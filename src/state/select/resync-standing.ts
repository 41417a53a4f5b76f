/** A resync that stands still: since when, and how far it had got. */
import type { Pair } from "../../xen/model/ids.ts";
import type { DrbdSideFacts } from "./drbd-sides.ts";
import { resyncLog } from "./resync-log.ts";
import type { Sides } from "./sides.ts";

/** DRBD says `stalled` where no block has gone over for this long (drbd_proc.c, drbd_syncer_progress). */
const DRBD_STALL_MS = 30_000;

export interface Figures {
  readonly rate_kib_s: number | undefined;
  /** Since when out-of-sync hasn't fallen; undefined: no samples. */
  readonly flat_since_ms: number | undefined;
  /** For how long it was watched not to fall: while nothing answers nothing is known anew. */
  readonly flat_ms: number;
  /** It hasn't in all that was watched: it may have stood for longer. */
  readonly flat_throughout: boolean;
}

interface Standing {
  readonly side: DrbdSideFacts;
  readonly figures: Figures;
  readonly minor: number | undefined;
  readonly paused: boolean;
  /** DRBD itself says that it stands. */
  readonly told: boolean;
}

/** Since when it doesn't move: of one that is paused by the kernel's log, else as it was watched, which may have begun later. */
export function standsSince(
  of: Sides,
  { side, figures, minor, paused, told }: Standing,
): { readonly since_ms: number; readonly at_least?: true } {
  const own = of.both.find(({ id }) => id === side.host.id);
  const logged_ms = paused && own !== undefined ? resyncLog(of, own, minor).paused_ms : undefined;
  if (logged_ms !== undefined) return { since_ms: logged_ms };
  const told_ms = (): number => own?.evidence("drbd-status").at_ms ?? of.cells.now_ms();
  const watched_ms = figures.flat_since_ms ?? told_ms();
  const since_ms = told && !paused ? Math.min(watched_ms, told_ms() - DRBD_STALL_MS) : watched_ms;
  // What stood still when it was first looked at has stood for longer; one that was seen to begin has not.
  const link = own?.link;
  const began = link?.phase === "live" && since_ms - link.since_ms > FIRST_LOOK_MS && figures.flat_since_ms !== undefined;
  return figures.flat_throughout && !began ? { since_ms, at_least: true } : { since_ms };
}
/** All is read once by then. */
const FIRST_LOOK_MS = 15_000;

/** Of a paused resync 8.4 tells no figures: by what it set out to copy, and what is left. */
export function doneByLog(of: Sides, sides: Pair<DrbdSideFacts>, left_kib: number | undefined): number | undefined {
  const totals = sides.flatMap(({ host, volume }) => {
    const side = of.both.find(({ id }) => id === host.id);
    return side === undefined ? [] : (resyncLog(of, side, volume?.minor).total_kib ?? []);
  });
  const [total_kib] = totals;
  if (left_kib === undefined || total_kib === undefined || total_kib <= 0) return undefined;
  return Math.max(0, Math.floor((1000 * (total_kib - left_kib)) / total_kib) / 10);
}
