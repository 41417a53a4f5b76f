/** What the actions on storage share: who uses what, on which host, and who is asked for leases. */
import type { HostId } from "../../../xen/model/ids.ts";
import type { BlockDevice } from "../../../xen/model/storage.ts";
import type { GuestRow } from "../../view-model.ts";
import { both, check, evidenceOf, type PlanContext } from "../action.ts";
import { freshFacts } from "../facts.ts";
import { leaseKey, type PlanCheck } from "../plan.ts";

export const ON = { name: "on", optional: false, kind: "host", prompt: "on which host" } as const;

/** Its host, and the other one where it answers: a journal can't be asked of others. */
export const taking = ({ view }: PlanContext, host: HostId): readonly HostId[] =>
  both(view).filter((id) => id === host || view.hosts[view.hosts[0].id === id ? 0 : 1].reach === "live");

export const storageKey = (name: string): string => leaseKey("storage", name);

/** Of these guests, those that have a domain on the host, whatever its state. */
export const runningOf = ({ view }: PlanContext, guests: readonly string[], host: HostId): readonly GuestRow[] =>
  view.guests.filter(({ key, placements }) => guests.includes(key) && placements.some((each) => each.host === host));

/** Devices that lie on this one, and make it used: a logical volume, a mount, DRBD. A mere partition isn't a use. */
export function holdersOf(devices: readonly BlockDevice[], kname: string, seen: ReadonlySet<string> = new Set()): readonly string[] {
  const own = devices.find((device) => device.kname === kname);
  const mounted = (own?.mountpoints ?? []).map((mountpoint) => `${own?.name ?? kname} (${mountpoint})`);
  const above = devices.filter(({ parents, kname: name }) => parents.includes(kname) && !seen.has(name));
  return [
    ...mounted,
    ...above.flatMap((device) =>
      device.type === "part" || device.type === "mpath"
        ? holdersOf(devices, device.kname, new Set([...seen, kname]))
        : [`${device.name} (${device.type})`],
    ),
  ];
}

/** Nothing on the host uses these devices: no guest, no mount, nothing that lies on them. What isn't freshly told isn't "nothing". */
export function unusedCheck(
  context: PlanContext,
  host: HostId,
  { what, guests, knames }: { readonly what: string; readonly guests: readonly string[]; readonly knames: readonly string[] },
): readonly PlanCheck[] {
  const evidence = (["xl-list", "xenstore", "lsblk"] as const).flatMap((reading) => evidenceOf(context, host, reading));
  const users = runningOf(context, guests, host).map(({ name }) => name);
  const holders = knames.flatMap((kname) => holdersOf(freshFacts(context, host, "lsblk")?.devices ?? [], kname));
  const found = [...new Set([...users, ...holders])];
  const missing = evidence.find(({ freshness }) => freshness !== "fresh");
  const idle = context.view.guests.filter(({ key, name }) => guests.includes(key) && !users.includes(name)).map(({ name }) => name);
  const may = idle.length === 0 ? [] : [check("later", "warn", `${idle.join(", ")} can't run on ${host} without it`)];
  if (found.length > 0) return [check("users", "fail", `${what} on ${host} is used by ${found.join(", ")}`, evidence), ...may];
  if (missing !== undefined)
    return [
      check("users", "unknown", `${host}: whether ${what} is used isn't known (${missing.source} not freshly read)`, evidence),
      ...may,
    ];
  return [check("users", "pass", `nothing on ${host} uses ${what}`, evidence), ...may];
}

/** Which of the pair's hosts a name like `alpha` says; undefined: neither. */
export const hostSaid = ({ view }: PlanContext, name: string | undefined): HostId | undefined => both(view).find((id) => id === name);
