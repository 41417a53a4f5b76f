/** One DRBD resource on one host, and the checks that its actions share. */
import type { HostId } from "../../../xen/model/ids.ts";
import type { DrbdRow, DrbdSide } from "../../view-model.ts";
import { both, check, evidenceOf, hostIndex, hostNamed, otherHost, type PlanContext, resourceNamed } from "../action.ts";
import type { Expectation } from "../expect.ts";
import { freshFacts } from "../facts.ts";
import { leaseKey, type PlanCheck, type Refusal } from "../plan.ts";

export const RESOURCE = { name: "resource", optional: false, kind: "resource", prompt: "which resource" } as const;
export const ON = { name: "on", optional: false, kind: "host", prompt: "on which host" } as const;

type DrbdExpectation = Extract<Expectation, { readonly kind: "drbd" }>;
export type Want = Omit<DrbdExpectation, "kind" | "host" | "resource">;

export interface Target {
  readonly context: PlanContext;
  /** Its volumes. */
  readonly rows: readonly DrbdRow[];
  readonly resource: string;
  readonly host: HostId;
  readonly peer: HostId;
}

export function targetOf(context: PlanContext, resource: string, on: string): Target | Refusal {
  const rows = resourceNamed(context, resource);
  if ("refused" in rows) return rows;
  const host = hostNamed(context, on);
  if ("refused" in host) return host;
  return { context, rows, resource: rows[0]?.resource ?? "", host: host.id, peer: otherHost(context, host.id) };
}

export const sideOf = (row: DrbdRow, host: HostId): DrbdSide | undefined => row.sides.find((side) => side.host === host);
/** Every volume in this host's eyes. */
export const sides = ({ rows }: Target, host: HostId): readonly DrbdSide[] => rows.flatMap((row) => sideOf(row, host) ?? []);

export const standAlone = ({ connection }: DrbdSide): boolean => connection === "StandAlone" || connection === "";
export const connected = ({ connection }: DrbdSide): boolean => connection === "Connected";
export const whole = ({ disk }: DrbdSide): boolean => disk === "UpToDate";

/** DRBD's major and minor, by its kernel module; undefined: not told. */
export function drbdVersion({ view }: PlanContext, host: HostId): readonly [number, number] | undefined {
  const found = /^(\d+)\.(\d+)/.exec(view.hosts.find(({ id }) => id === host)?.drbd_version ?? "");
  return found === null ? undefined : [Number(found[1]), Number(found[2])];
}
/** undefined: not told, so neither can be said. */
export const isNine = (context: PlanContext, host: HostId): boolean | undefined => {
  const version = drbdVersion(context, host);
  return version === undefined ? undefined : version[0] >= 9;
};

/** Options that are drbdsetup's own came after `--` until 8.4 (drbdadm(8) of 8.3). */
export const drbdadm = ({ context, host, resource }: Pick<Target, "context" | "host" | "resource">, verb: string, ...options: string[]) => {
  const [major = 9, minor = 0] = drbdVersion(context, host) ?? [];
  const old = major < 8 || (major === 8 && minor < 4);
  return old && options.length > 0 ? ["drbdadm", "--", ...options, verb, resource] : ["drbdadm", verb, ...options, resource];
};

/** Every volume's side on `host` is as wanted, freshly read. */
export function sideCheck(target: Target, host: HostId, what: string, fits: (side: DrbdSide) => boolean): PlanCheck {
  const found = sides(target, host);
  const evidence = found.map((side) => side.evidence);
  if (found.length === 0 || evidence.some(({ freshness }) => freshness !== "fresh"))
    return check("drbd", "unknown", `${target.resource} on ${host}: not freshly read`, evidence);
  const text = `${target.resource} on ${host}: ${what}`;
  return found.every((side) => side.present && fits(side))
    ? check("drbd", "pass", text, evidence)
    : check("drbd", "fail", `${target.resource} on ${host} is ${stateText(target, host)}; needed: ${what}`, evidence);
}

/** `Primary UpToDate, Connected, Established`, what is not told left out; volumes that differ one by one. */
export function stateText(target: Target, host: HostId): string {
  const words = sides(target, host).map(({ present, role, disk, connection, replication }) =>
    present
      ? [`${role} ${disk}`.trim(), connection === "" ? "StandAlone" : connection, replication === "Off" ? "" : replication]
          .filter((word) => word !== "")
          .join(", ")
      : "not up",
  );
  return [...new Set(words)].join("; ");
}

/** Guests of the resource that have a domain on `host`, whatever its state. */
export function usersOn({ context, rows }: Target, host: HostId) {
  const keys = new Set(rows.flatMap(({ guests }) => guests));
  return context.view.guests.filter(({ key, placements }) => keys.has(key) && placements.some((each) => each.host === host));
}

/**
 * Its guests stay where they are: a move by hand that begins after the checks must not meet copies that part. Nothing of a host that doesn't answer can
 * be waited for.
 */
export function guestsStay(target: Target): readonly Expectation[] {
  const keys = new Set(target.rows.flatMap(({ guests }) => guests));
  const users = target.context.view.guests.filter(({ key, placements }) => keys.has(key) && placements.length <= 1);
  return taking(target).flatMap((host) =>
    users.flatMap(({ name, uuid, placements: [placement] }): readonly Expectation[] =>
      uuid === undefined || placement?.host === host ? [] : [{ kind: "guest_absent", host, uuid, name }],
    ),
  );
}

/** No domain on `host` uses it, nothing is mounted from it and nothing lies on it. What isn't freshly told isn't "nothing". */
export function unusedCheck(target: Target, host: HostId): PlanCheck {
  const { context, rows, resource } = target;
  const evidence = (["xl-list", "xenstore", "lsblk"] as const).flatMap((reading) => evidenceOf(context, host, reading));
  const there = usersOn(target, host);
  if (there.length > 0)
    return check("guest", "fail", `${there.map(({ name }) => name).join(", ")} on ${host} uses ${resource}: stop it there first`, evidence);
  const missing = evidence.find(({ freshness }) => freshness !== "fresh");
  if (missing !== undefined)
    return check("guest", "unknown", `${host}: whether ${resource} is used isn't known (${missing.source} not freshly read)`, evidence);
  const minors = new Set(rows.flatMap(({ minor }) => minor[hostIndex(context, host)] ?? []));
  const devices = freshFacts(context, host, "lsblk")?.devices ?? [];
  const holders = devices.filter(
    ({ kname, parents, mountpoints }) =>
      parents.some((parent) => minors.has(minorOf(parent) ?? -1)) || (minors.has(minorOf(kname) ?? -1) && mountpoints.length > 0),
  );
  return holders.length === 0
    ? check("guest", "pass", `no guest on ${host} uses ${resource}`, evidence)
    : check("guest", "fail", `${holders.map(({ name }) => name).join(", ")} on ${host} uses ${resource}`, evidence);
}
const minorOf = (kname: string): number | undefined => {
  const found = /^drbd(\d{1,7})(?:p\d+)?$/.exec(kname);
  return found === null ? undefined : Number(found[1]);
};

export const isSplit = ({ rows }: Target): boolean => rows.some(({ split_brain }) => split_brain !== undefined);
export const noSplit = (target: Target): PlanCheck =>
  isSplit(target)
    ? check("split", "fail", `${target.resource} is split: one side's data has to be given up first (drbd repair)`)
    : check("split", "pass", `${target.resource} is not split`);

/** Hosts that answer: a journal can't be asked of others. */
export const taking = ({ context, host }: Target): readonly HostId[] =>
  both(context.view).filter((id) => id === host || context.view.hosts[hostIndex(context, id)].reach === "live");

export const expectation = (target: Target, host: HostId, want: Want): Expectation => ({
  kind: "drbd",
  host,
  resource: target.resource,
  ...want,
});

export const resourceKey = (resource: string): string => leaseKey("drbd", resource);
/** Of what only changes how fast a resync goes: it may be done while a plan waits for that resync. No resource has a space in its name. */
export const paceKey = (resource: string): string => leaseKey("drbd", `${resource} pace`);
