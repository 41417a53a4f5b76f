/** The plans' view of preflight/packing.ts: which guests come first, and how many of them fit into a host's free memory. */
import type { HostId } from "../../../xen/model/ids.ts";
import type { GuestConfig, XenInfo } from "../../../xen/model/xen.ts";
import { inOrder as ordered, type Packed, packed } from "../../preflight/packing.ts";
import { memoryNeededMib } from "../../select/guest-memory.ts";
import type { GuestRow } from "../../view-model.ts";
import { evidenceOf, type PlanContext, settingsOf } from "../action.ts";

export interface Load {
  readonly guest: GuestRow;
  /** With Xen's overhead; undefined: not known. */
  readonly needed_mib: number | undefined;
}

export interface Packing {
  readonly fits: readonly Load[];
  readonly short: readonly Load[];
  readonly unknown: readonly Load[];
  /** Free at the beginning; undefined: not known, then nothing fits. */
  readonly free_mib: number | undefined;
  /** One line for each guest, in order. */
  readonly preview: readonly string[];
}

export const inOrder = (context: PlanContext, loads: readonly Load[]): readonly Load[] =>
  ordered(settingsOf(context).priority, loads, ({ guest: { name, uuid, autostart }, needed_mib }) => ({
    name,
    uuid,
    starts: autostart.length > 0,
    needed_mib,
  }));

export const xenOn = ({ state }: PlanContext, host: HostId): XenInfo | undefined => {
  const known = state.hosts.get(host)?.facts["xl-info"];
  return known?.state === "known" ? known.value : undefined;
};

export const neededOn = (context: PlanContext, config: GuestConfig | undefined, host: HostId): number | undefined =>
  config === undefined ? undefined : memoryNeededMib(config, xenOn(context, host));

export function pack(context: PlanContext, loads: readonly Load[], target: HostId): Packing {
  const fresh = evidenceOf(context, target, "xl-info").every(({ freshness }) => freshness === "fresh");
  const free_mib = fresh ? xenOn(context, target)?.free_memory_mib : undefined;
  const all = packed(free_mib, loads, ({ needed_mib }) => needed_mib);
  const of = (wanted: Packed<Load>["result"]): readonly Load[] => all.flatMap(({ one, result }) => (result === wanted ? [one] : []));
  return {
    fits: of("fits"),
    short: of("short"),
    unknown: of("unknown"),
    free_mib,
    preview: all.map((each) => previewLine(each, target)),
  };
}

function previewLine({ one: { guest, needed_mib }, result, left_mib }: Packed<Load>, target: HostId): string {
  switch (result) {
    case "unknown":
      return `${guest.name}: how much memory it needs, or ${target} has, isn't known`;
    case "short":
      return `${guest.name}: needs ${needed_mib} MiB, ${left_mib} left on ${target}: doesn't fit`;
    case "fits":
      return `${guest.name}: ${needed_mib} MiB, then ${left_mib} left on ${target}`;
  }
}
