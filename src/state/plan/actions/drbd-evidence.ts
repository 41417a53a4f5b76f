/**
 * What each side of a split resource has that the other hasn't, as far as it can be known: role and guest, how much differs, generations, the first
 * write apart and the last. DRBD keeps no time of a write; the kernel's log tells when a new generation was begun (the first write after the
 * peers parted) and when the Primary role was given up (the end of all writes), and out-of-sync tells that it grew.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import { both, check, evidenceOf, hostIndex, type PlanContext } from "../action.ts";
import { clockText, sizeOf } from "../facts.ts";
import { kernelSaid, type Said } from "../kernel-said.ts";
import type { PlanCheck } from "../plan.ts";
import { sides, type Target, usersOn } from "./drbd-target.ts";

const began = /new current UUID/;
const demoted = /role\( Primary -> Secondary \)/;
const parted = /conn\( Connected -> |conn\( [A-Z]\w+ -> StandAlone \)/;

export function said(target: Target, host: HostId, pattern: RegExp): readonly Said[] {
  const { context, resource, rows } = target;
  const at = hostIndex(context, host);
  return kernelSaid(context.state, host, { resource, minors: rows.flatMap(({ minor }) => minor[at] ?? []) }, pattern);
}

/** Console clock; undefined: the log doesn't reach so far. */
export interface SideTimes {
  /** When the side began data of its own. */
  readonly began_ms: number | undefined;
  /** The last moment at which it is known to have been written, or could have been. */
  readonly last: { readonly at_ms: number; readonly how: "demoted" | "grew" } | undefined;
}

export function timesOf(target: Target, host: HostId): SideTimes {
  const { context, rows } = target;
  const own = said(target, host, began).at(-1)?.at_ms;
  const gave_up = said(target, host, demoted).at(-1)?.at_ms;
  const grew = rows.flatMap(({ key }) => lastGrowth(context, `${host}|${key}`) ?? []);
  const since_ms = own ?? said(target, host, parted).at(-1)?.at_ms;
  const newest = Math.max(0, ...grew);
  const is_primary = sides(target, host).some(({ role }) => role === "Primary");
  if (!is_primary && gave_up !== undefined) return { began_ms: since_ms, last: { at_ms: gave_up, how: "demoted" } };
  return { began_ms: since_ms, last: newest === 0 ? undefined : { at_ms: newest, how: "grew" } };
}

/** When out-of-sync was last seen to grow. That it stands still says little: the same blocks may be written again. */
function lastGrowth({ state }: PlanContext, key: string): number | undefined {
  const samples = state.history.out_of_sync.get(key) ?? [];
  return samples.findLast(({ kib }, index) => index > 0 && kib > (samples[index - 1]?.kib ?? kib))?.at_ms;
}

function writtenText(target: Target, host: HostId, { last }: SideTimes): string {
  const users = usersOn(target, host).map(({ name }) => name);
  if (users.length > 0) return `${users.join(", ")} runs on it: it is written now`;
  if (sides(target, host).some(({ role }) => role === "Primary"))
    return last === undefined
      ? "Primary, used by no guest; when it was last written isn't known"
      : `Primary, grew until ${clockText(last.at_ms)}`;
  if (last === undefined) return "when it was last written isn't known";
  return last.how === "demoted" ? `not written since ${clockText(last.at_ms)}` : `written at ${clockText(last.at_ms)}`;
}

/** Both out-of-sync counts of all volumes, as this host has them; undefined: not all told. */
export function differs(target: Target, host: HostId): number | undefined {
  const counts = sides(target, host).map(({ out_of_sync_kib }) => out_of_sync_kib);
  return counts.length === 0 || counts.includes(undefined) ? undefined : counts.reduce<number>((sum, kib) => sum + (kib ?? 0), 0);
}

const generationsOf = ({ rows, context }: Target, host: HostId): string =>
  rows.map(({ generations }) => generations[hostIndex(context, host)] ?? "not told").join(", ");

/** One line a side, for whoever has to choose: nothing in it says which is the better one. */
export const evidenceChecks = (target: Target): readonly PlanCheck[] =>
  both(target.context.view).map((host) => {
    const mine = sides(target, host);
    const times = timesOf(target, host);
    const roles = [...new Set(mine.map(({ role, disk }) => `${role} ${disk}`))].join(", ");
    const began = times.began_ms === undefined ? "" : ` since ${clockText(times.began_ms)}`;
    const text = `${host}: ${roles}, ${sizeOf(differs(target, host))} of its own${began}, ${writtenText(target, host, times)}, generation ${generationsOf(target, host)}`;
    const evidence = [...mine.map((side) => side.evidence), ...evidenceOf(target.context, host, "drbd-gi")];
    const told = mine.length > 0 && mine.every(({ present, evidence: from }) => present && from.freshness === "fresh");
    return check("evidence", told ? "pass" : "unknown", told ? text : `${host}: ${target.resource} not freshly read`, evidence);
  });
