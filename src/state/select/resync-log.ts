/**
 * What the kernel's log knows of a resync that neither its status nor /proc/drbd of 8.4 tells while it is paused: how much it set out to copy, and since when
 * it is paused. By minor, the newest word on each.
 */
import { perFacts } from "./memo.ts";
import { shared } from "./shared.ts";
import { eachSide, type Side, type Sides } from "./sides.ts";

export interface ResyncLog {
  /** Of the resync that is under way; undefined: none is, or the log doesn't reach back to its begin. */
  readonly total_kib: number | undefined;
  /** Console clock; undefined: it isn't paused, or the line has no time. */
  readonly paused_ms: number | undefined;
}
const nothing: ResyncLog = { total_kib: undefined, paused_ms: undefined };

/** drbd_nl.c, drbd_worker.c (8.4): `Began resync as SyncTarget (will sync 131032 KB [32758 bits set]).` */
const began = /^Began resync as \w{1,20} \(will sync (\d{1,18}) KB/;
const change = /\b(?:conn|repl)\( (\w{1,20}) -> (\w{1,20}) \)/;
const resyncs = /^(?:Sync|PausedSync)(?:Source|Target|S|T)$/;

/** `drbd0`; with the volume's name before it on 9: `drbd r0/0 drbd0`. */
const minorOf = (subject: string): number | undefined => {
  const found = /^(?:drbd \S{1,200} )?drbd(\d{1,7})\b/.exec(subject);
  return found === null ? undefined : Number(found[1]);
};

function after(was: ResyncLog, text: string, at_ms: number | undefined): ResyncLog {
  const start = began.exec(text.replace(/^(?:block )?drbd[^:]{0,220}: /, ""));
  if (start !== null) return { ...was, total_kib: Number(start[1]) };
  const to = change.exec(text)?.[2];
  if (to === undefined) return was;
  if (to.startsWith("PausedSync")) return { ...was, paused_ms: at_ms };
  return resyncs.test(to) ? { ...was, paused_ms: undefined } : nothing;
}

function logOf(sides: Sides, side: Side): ReadonlyMap<number, ResyncLog> {
  const found = new Map<number, ResyncLog>();
  const note = (subject: string | undefined, text: string, at_ms: number | undefined): void => {
    const minor = subject === undefined ? undefined : minorOf(subject);
    if (minor !== undefined) found.set(minor, after(found.get(minor) ?? nothing, text, at_ms));
  };
  const told = side.known("kernel-log") ?? [];
  for (const { host_wall_ms, subject, text } of told)
    note(subject, text, host_wall_ms === undefined ? undefined : host_wall_ms - (side.skew_ms ?? 0));
  // What came since; a line that the log has told already changes nothing the second time.
  const newest_ms = (told.at(-1)?.host_wall_ms ?? 0) - (side.skew_ms ?? 0);
  for (const { host, origin, object, text, at_ms } of sides.timeline())
    if (host === side.id && origin === "journal" && at_ms > newest_ms) note(object, text, at_ms);
  return found;
}

const logs = perFacts((sides: Sides) => eachSide(sides, (here) => here.cells.cell(() => logOf(sides, here), shared)));
/** Read only where a resync stands still: the log changes with every line that a kernel says. */
export const resyncLog = (sides: Sides, side: Side, minor: number | undefined): ResyncLog =>
  minor === undefined ? nothing : (logs(sides)[side.index]().get(minor) ?? nothing);
