/**
 * Since when a DRBD copy isn't good, and how far it is behind: by what the kernels' logs tell of the hours before, else by what was watched. Never by when it was
 * first read.
 */

import { drbdOn } from "./drbd-sides.ts";
import { perFacts } from "./memo.ts";
import { shared } from "./shared.ts";
import type { Side, Sides } from "./sides.ts";

/** Console clock. */
interface Since {
  readonly disk: number | undefined;
  readonly apart: number | undefined;
}
/** By `HOST r:RESOURCE`, `HOST v:RESOURCE/VOLUME`, `HOST m:MINOR`. */
type Log = ReadonlyMap<string, Since>;

/** Its own; the peer's is called pdsk. */
const disk = /\bdisk\( (\S{1,30}) -> (\S{1,30}) \)/;
const connection = /\bconn\( (\S{1,30}) -> (\S{1,30}) \)/;
/** 8.4 has the states of a resync in its connection. */
const together = /^(?:Connected|WFBitMap[ST]|WFSyncUUID|(?:Sync|PausedSync)(?:Source|Target|[ST])|Verify[ST]|StartingSync[ST])$/;

function subjectKey(subject: string): string | undefined {
  const volume = /^drbd ([^/]{1,200}\/\d{1,7})$/.exec(subject);
  if (volume !== null) return `v:${volume[1]}`;
  const resource = /^drbd ([^/]{1,200})$/.exec(subject);
  if (resource !== null) return `r:${resource[1]}`;
  const minor = /^drbd(\d{1,7})$/.exec(subject);
  return minor === null ? undefined : `m:${minor[1]}`;
}

function after(was: Since, text: string, at_ms: number): Since {
  const [, , to_disk] = disk.exec(text) ?? [];
  const [, , to] = connection.exec(text) ?? [];
  return {
    disk: to_disk === undefined ? was.disk : to_disk === "UpToDate" ? undefined : (was.disk ?? at_ms),
    apart: to === undefined ? was.apart : together.test(to) ? undefined : (was.apart ?? at_ms),
  };
}

const nothing: Since = { disk: undefined, apart: undefined };

function logOf(sides: Sides): Log {
  const found = new Map<string, Since>();
  const note = (host: string, subject: string | undefined, text: string, at_ms: number | undefined): void => {
    if (subject === undefined || at_ms === undefined || !text.includes("( ")) return;
    const key = subjectKey(subject);
    if (key !== undefined) found.set(`${host} ${key}`, after(found.get(`${host} ${key}`) ?? nothing, text, at_ms));
  };
  for (const side of sides.both)
    for (const { host_wall_ms, subject, text } of side.known("kernel-log") ?? [])
      note(side.id, subject, text, host_wall_ms === undefined ? undefined : host_wall_ms - (side.skew_ms ?? 0));
  // What came since, line by line; what the log has told already changes nothing the second time.
  const newest_ms = Math.max(...sides.both.map((side) => (side.known("kernel-log") ?? []).at(-1)?.host_wall_ms ?? 0));
  for (const { host, origin, object, text, at_ms } of sides.timeline())
    if (host !== undefined && origin === "journal" && at_ms > newest_ms) note(host, object, text, at_ms);
  return found;
}

/** Read only where a copy isn't good: the log changes with every line that a kernel says. */
const logCell = perFacts((sides: Sides) => sides.cells.cell(() => logOf(sides), shared));

/** key: `r0/0`. undefined: its copy there is good, or nobody saw it begin. */
export function copySince(sides: Sides, side: Side, key: string): number | undefined {
  const bad = sides.history.bad_copies(`${side.id}|${key}`);
  if (bad === undefined) return undefined;
  if (bad.began) return bad.at_ms;
  const { resource, volume } = drbdOn(sides)[side.index].facts(key);
  const log = logCell(sides)();
  const keys = [`v:${key}`, `r:${resource?.name}`, ...(volume?.minor === undefined ? [] : [`m:${volume.minor}`])];
  const times = keys.flatMap((name) => log.get(`${side.id} ${name}`)?.[bad.how] ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** What the copy there lacks, by whoever counts it; undefined: nobody does. */
export function copyBehind(sides: Sides, side: Side, key: string): number | undefined {
  const [one, other] = drbdOn(sides);
  const counts = [one, other].flatMap(({ facts }) => facts(key).out_of_sync_kib ?? []);
  const own = drbdOn(sides)[side.index].facts(key).out_of_sync_kib;
  const most = counts.length === 0 ? own : Math.max(...counts);
  return most === undefined || most === 0 ? undefined : most;
}
