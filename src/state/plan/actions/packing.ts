/** Which guests come first, and how many of them fit into a host's free memory. */
import type { HostId } from "../../../xen/model/ids.ts";
import type { GuestConfig, XenInfo } from "../../../xen/model/xen.ts";
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

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** As the config file says what matters most; then what starts by itself; then the smallest, so that as many as can be are done soon. */
export function inOrder(context: PlanContext, loads: readonly Load[]): readonly Load[] {
  const { priority } = settingsOf(context);
  const rank = ({ guest }: Load): number => {
    const found = priority.findIndex((name) => name === guest.name || name === guest.uuid);
    return found < 0 ? priority.length : found;
  };
  const manual = ({ guest }: Load): number => (guest.autostart.length > 0 ? 0 : 1);
  return [...loads].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      manual(a) - manual(b) ||
      (a.needed_mib ?? Number.MAX_SAFE_INTEGER) - (b.needed_mib ?? Number.MAX_SAFE_INTEGER) ||
      compare(a.guest.name, b.guest.name),
  );
}

export const xenOn = ({ state }: PlanContext, host: HostId): XenInfo | undefined => {
  const known = state.hosts.get(host)?.facts["xl-info"];
  return known?.state === "known" ? known.value : undefined;
};

export const neededOn = (context: PlanContext, config: GuestConfig | undefined, host: HostId): number | undefined =>
  config === undefined ? undefined : memoryNeededMib(config, xenOn(context, host));

/** One after the other; what doesn't fit is left out and the next is tried. */
export function pack(context: PlanContext, loads: readonly Load[], target: HostId): Packing {
  const fresh = evidenceOf(context, target, "xl-info").every(({ freshness }) => freshness === "fresh");
  const free_mib = fresh ? xenOn(context, target)?.free_memory_mib : undefined;
  let left_mib = free_mib ?? 0;
  const fits: Load[] = [];
  const short: Load[] = [];
  const unknown: Load[] = [];
  const preview = loads.map((load) => {
    const { guest, needed_mib } = load;
    if (needed_mib === undefined || free_mib === undefined) {
      unknown.push(load);
      return `${guest.name}: how much memory it needs, or ${target} has, isn't known`;
    }
    if (needed_mib > left_mib) {
      short.push(load);
      return `${guest.name}: needs ${needed_mib} MiB, ${left_mib} left on ${target}: doesn't fit`;
    }
    left_mib -= needed_mib;
    fits.push(load);
    return `${guest.name}: ${needed_mib} MiB, then ${left_mib} left on ${target}`;
  });
  return { fits, short, unknown, free_mib, preview };
}
