/** What the actions on guests share. */
import type { HostId } from "../../../xen/model/ids.ts";
import type { GuestConfig } from "../../../xen/model/xen.ts";
import type { GuestRow, Placement } from "../../view-model.ts";
import { both, check, evidenceOf, hostIndex, type PlanContext } from "../action.ts";
import type { ActionArg } from "../arguments.ts";
import { leaseKey, type PlanCheck } from "../plan.ts";

export const GUEST: ActionArg = { name: "guest", optional: false, kind: "guest", prompt: "which guest" };

/** Hosts that hold a plan's leases and journal: all that answer, and the one that it is done on. */
export const taking = ({ view }: PlanContext, needed: HostId): readonly HostId[] =>
  both(view).filter((id) => id === needed || view.hosts.find((host) => host.id === id)?.reach === "live");

/** A path that names one file whatever reads it: nothing in it was made harmless, so it is what the host has. */
export const isPlainPath = (path: string): boolean => /^\/[\w./+@=~ -]{1,250}$/.test(path) && !/(?:^|\/)\.\.?(?:\/|$)/.test(path);

/** The entry's or file's own name. */
export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** As the toolstack runs it; undefined: not told, or not of this domain. */
export function liveConfig({ state }: PlanContext, { host, domid }: Placement): GuestConfig | undefined {
  const known = state.hosts.get(host)?.facts["xl-list-long"];
  return known?.state === "known" ? known.value.domains.find((one) => one.domid === domid)?.config : undefined;
}

/** The guest's configuration as the file on that host says. */
export function fileConfig({ state }: PlanContext, guest: GuestRow, host: HostId): GuestConfig | undefined {
  const known = state.hosts.get(host)?.facts["xl-configs"];
  const path = guest.config_files.find((each) => each.host === host)?.path;
  return known?.state === "known" ? known.value.find((file) => file.path === path)?.config : undefined;
}

/** Active: neither paused, shut down nor dying. */
export const isActive = ({ flags }: Placement): boolean => /^[r-][b-]----$/.test(flags);

/** Nobody else's plan is about it: a lease that another plan has says who does what. */
export function unclaimed(context: PlanContext, keys: readonly string[]): readonly PlanCheck[] {
  return both(context.view).flatMap((host): PlanCheck[] => {
    const known = context.state.hosts.get(host)?.facts.xenha;
    if (known?.state !== "known") return [];
    const ended = new Set(known.value.journal.flatMap(({ plan, seq }) => (seq === "end" ? [plan] : [])));
    const held = known.value.leases.find(({ key, plan }) => keys.includes(key) && !ended.has(plan));
    if (held === undefined) return [];
    // Told as a warning: whether it is still so is decided where the leases are taken.
    return [check("lease", "warn", `plan ${held.plan} has ${held.key} on ${host}`, evidenceOf(context, host, "xenha"))];
  });
}

/** A host that is being emptied, or waits to be taken back, is nobody's to start guests on. */
export function notLeaving(context: PlanContext, host: HostId): readonly PlanCheck[] {
  const known = context.state.hosts.get(host)?.facts.xenha;
  const kept = known?.state === "known" && known.value.kept.some(({ name }) => name === leaseKey("placement", host));
  return kept ? [check("maintenance", "warn", `${host} was evacuated and isn't put back yet`, evidenceOf(context, host, "xenha"))] : [];
}

/** The entries of /etc/xen/auto on a host that start this file; undefined: not known. */
export function autoEntries(context: PlanContext, host: HostId, path: string | undefined) {
  const known = context.state.hosts.get(host)?.facts["xen-auto"];
  if (known === undefined || known.state === "unknown" || known.state === "failed") return undefined;
  if (known.state === "absent") return [];
  return known.value.filter(({ name, target }) => (target ?? `/etc/xen/auto/${name}`) === path);
}

export const mib = (kib: number | undefined): number | undefined => (kib === undefined ? undefined : Math.round(kib / 1024));

/** Free memory for guests on a host, freshly told. */
export const freeMib = (context: PlanContext, host: HostId): number | undefined => {
  const [evidence] = evidenceOf(context, host, "xl-info");
  return evidence?.freshness === "fresh" ? context.view.hosts[hostIndex(context, host)].memory_free_mib : undefined;
};
