/** What planners look up in one host's facts: what was told, and only while it can be relied on. */
import type { HostId } from "../../xen/model/ids.ts";
import { everTold, newest } from "../../xen/model/known.ts";
import type { FactsOf, ReadingId } from "../../xen/read/index.ts";
import { freshlyAbsent, freshValue } from "../freshness.ts";
import { check, evidenceOf, hostIndex, type PlanContext, refuse } from "./action.ts";
import type { PlanCheck, Refusal } from "./plan.ts";

/** Only if it is fresh: what a yes may be made of. */
export const freshFacts = <Id extends ReadingId>({ state, view }: PlanContext, host: HostId, reading: Id): FactsOf<Id> | undefined =>
  freshValue(state.hosts.get(host), reading, view.now_ms);

/** The newest there is, however old: for names and words, never for a yes. */
export const lastFacts = <Id extends ReadingId>({ state }: PlanContext, host: HostId, reading: Id): FactsOf<Id> | undefined =>
  newest(state.hosts.get(host)?.facts[reading]) as FactsOf<Id> | undefined;

/** The host says now that it doesn't have this. */
export const lacks = ({ state, view }: PlanContext, host: HostId, reading: ReadingId): boolean =>
  freshlyAbsent(state.hosts.get(host), reading, view.now_ms);

/** What wasn't found isn't missing where a host never told what it has: the refusal says that then. */
export function notFound(
  { state }: PlanContext,
  { hosts, reading, what }: { readonly hosts: readonly HostId[]; readonly reading: ReadingId; readonly what: string },
  otherwise: Refusal,
): Refusal {
  const silent = hosts.filter((host) => !everTold(state.hosts.get(host)?.facts[reading]));
  return silent.length === 0 ? otherwise : neverTold(silent, what);
}
export const neverTold = (hosts: readonly HostId[], what: string): Refusal =>
  refuse(`${hosts.join(" and ")} hasn't told yet ${what}`, "so nothing can be said of it: `doctor` says what is in the way");

/** Paths of a map that come and go on a host: for as long as they do, none of them is a way that is left. */
export function flappingPaths(context: PlanContext, host: HostId, wwid: string): readonly string[] {
  const cell = context.view.storage.find(({ key }) => key === `multipath:${wwid}`)?.cells[hostIndex(context, host)];
  return cell?.flapping?.paths ?? [];
}

/** A check that needs a reading's fresh facts; where there are none it is unknown, with why. */
export function checkOn<Id extends ReadingId>(
  context: PlanContext,
  { host, reading, id }: { readonly host: HostId; readonly reading: Id; readonly id: string },
  judge: (facts: FactsOf<Id>) => readonly [PlanCheck["result"], string],
): PlanCheck {
  const evidence = evidenceOf(context, host, reading);
  const facts = freshFacts(context, host, reading);
  if (facts === undefined) {
    const [first] = evidence;
    return check(id, "unknown", `${host}: ${first?.source ?? reading} ${first?.note ?? "not freshly read"}`, evidence);
  }
  const [result, text] = judge(facts);
  return check(id, result, text, evidence);
}

/** `1.2 GiB`, `256 KiB`. */
export function sizeOf(kib: number | undefined): string {
  if (kib === undefined) return "an unknown amount";
  const units = ["KiB", "MiB", "GiB", "TiB"] as const;
  const power = kib < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(kib) / 10));
  const value = kib / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** `14:02:11 UTC on 2026-11-16`: by the clock that told it. */
export const clockText = (wall_ms: number): string => {
  const iso = new Date(wall_ms).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
};
