/** A guest's disk that comes over a network: multipath maps, NFS mounts, iSCSI targets. */
import type { MultipathMap, NfsMount } from "../../xen/model/storage.ts";
import type { Judged } from "../view-model.ts";
import { blockDevice, deviceChain, multipathMap, nfsMountOf, usablePaths, wwidOf } from "./disk-devices.ts";
import { type DiskQuery, type DiskSide, missing, type NfsSample, notKnown, ok, type Start, unjudged } from "./disk-query.ts";
import { wwidOfPath } from "./disk-source.ts";
import { ownsAddress } from "./network-host.ts";
import { isPartial } from "./partial.ts";
import type { Side } from "./sides.ts";

/** Samples of NFS counters compared must lie this far apart. */
export const NFS_WINDOW_MS = 5000;

function pathsState(map: MultipathMap): Judged {
  const [usable, all] = [usablePaths(map), map.paths.length];
  const text = `${usable}/${all} paths`;
  if (map.dm_state === "suspend") return { text: "suspended", severity: "critical" };
  if (usable === 0) return { text, severity: "critical" };
  return { text, severity: usable < all || all < 2 ? "warning" : "ok" };
}

/** Every usable path of this host's leads to the other host: with that host the disk is gone. */
function servedByOther(here: Side, there: Side, map: MultipathMap): boolean {
  const sessions = here.known("iscsi")?.sessions ?? [];
  const portals = map.paths
    .filter(({ usable }) => usable)
    .map(({ dev }) => sessions.find(({ devices }) => devices.some((device) => device.dev === dev))?.portal?.replace(/[:,].*$/, ""));
  return portals.length > 0 && portals.every((portal) => portal !== undefined && ownsAddress(there, portal));
}

function multipathStart(query: DiskQuery, path: string, map: MultipathMap | undefined, wwid: string | undefined): Start {
  const { here, there } = query;
  const name = map?.name ?? path.slice(path.lastIndexOf("/") + 1);
  const other = multipathMap(there, path);
  if (map === undefined) return withoutMap(query, path, wwid ?? other?.wwid);
  if (other !== undefined && other.wwid !== map.wwid) return { result: "fail", text: `${name} is another LUN on ${here.id}` };
  const usable = usablePaths(map);
  if (map.dm_state === "suspend") return { result: "fail", text: `${name} is suspended on ${here.id}` };
  if (usable === 0) return { result: "fail", text: `${name} has no usable path on ${here.id}` };
  if (servedByOther(here, there, map)) return { result: "fail", text: `${name} is served by ${there.id} itself` };
  if (usable === 1) return { result: "warn", text: `${name} has one usable path on ${here.id}` };
  return { result: "pass", text: `${name} ${usable} paths on ${here.id}` };
}

/** multipathd isn't there or doesn't know the LUN; the disk itself may still be. */
function withoutMap(query: DiskQuery, path: string, wwid: string | undefined): Start {
  const { here } = query;
  const own = blockDevice(here, path);
  const lun = wwid === undefined ? undefined : (here.fresh("lsblk")?.devices ?? []).find((device) => wwidOf(device) === wwid);
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (own === undefined) return missing(query, ["multipath", "lsblk"], lun === undefined ? `${name} missing` : `${name} has no map`);
  if (isPartial(here, "multipath")) return missing(query, ["multipath"], `${name} has no map`);
  return { result: "warn", text: `${name} on ${here.id} without multipath` };
}

export function multipathSide(query: DiskQuery, path: string): DiskSide {
  const { here, there } = query;
  const map = multipathMap(here, path);
  const wwid = map?.wwid ?? multipathMap(there, path)?.wwid ?? wwidOfPath(path);
  const told = here.known("multipath") !== undefined || here.freshness("multipath") === "absent";
  const paths = map?.paths.map(({ dev, checker_state }) => `${dev} ${checker_state}`).join(", ");
  return {
    kind: "multipath",
    object: wwid ?? path,
    chain:
      map === undefined
        ? deviceChain(here, path)
        : [`map ${map.name} ${usablePaths(map)}/${map.paths.length} paths`, `paths ${paths === "" ? "none" : paths}`],
    state:
      map === undefined ? (told && !isPartial(here, "multipath") ? { text: "no map", severity: "critical" } : notKnown()) : pathsState(map),
    start: unjudged(query, "multipath") ?? multipathStart(query, path, map, wwid),
    from: ["multipath"],
  };
}

/** undefined: too few samples to tell. The server is never touched: it would hang (2-domain, signature 41). */
export function nfsAnswers(mount: NfsMount, samples: readonly NfsSample[]): boolean | undefined {
  const newest = samples.at(-1);
  const before = samples.findLast(({ at_ms }) => newest !== undefined && newest.at_ms - at_ms >= NFS_WINDOW_MS);
  if (newest === undefined || before === undefined) {
    const { xprt_sends, xprt_receives } = mount;
    if (xprt_sends === undefined || xprt_receives === undefined) return undefined;
    return xprt_receives >= xprt_sends ? true : undefined;
  }
  const grew = (key: "sends" | "receives" | "connects"): number | undefined => {
    const [a, b] = [before[key], newest[key]];
    return a === undefined || b === undefined ? undefined : b - a;
  };
  const [sends, receives] = [grew("sends"), grew("receives")];
  if (sends !== undefined && receives !== undefined) {
    if (receives > 0) return true;
    if (sends > 0 || (grew("connects") ?? 0) > 0) return false;
    // Nothing was asked and nothing came: whether it answers shows in what is still open from before.
    return (newest.receives ?? 0) >= (newest.sends ?? 0) ? true : undefined;
  }
  if (newest.ops > before.ops) return true;
  return newest.timeouts > before.timeouts ? false : undefined;
}

function nfsStart(query: DiskQuery, mount: NfsMount | undefined, other: NfsMount | undefined): Start {
  const { here, there, history_nfs } = query;
  const name = mount?.device ?? other?.device ?? "NFS";
  if (mount === undefined) return { result: "fail", text: `${name} isn't mounted on ${here.id}` };
  if (other !== undefined && other.device !== mount.device)
    return { result: "fail", text: `${mount.mountpoint} is ${mount.device} on ${here.id}, ${other.device} on ${there.id}` };
  const answers = nfsAnswers(mount, history_nfs(here.id, mount.mountpoint));
  if (answers === false) return { result: "fail", text: `${name} doesn't answer on ${here.id}` };
  if (ownsAddress(there, serverOf(mount))) return { result: "fail", text: `${name} is served by ${there.id} itself` };
  if (answers === undefined) return { result: "unknown", text: `whether ${name} answers on ${here.id} isn't known yet` };
  return { result: "pass", text: `${name} mounted on ${here.id}` };
}

const serverOf = ({ device }: NfsMount): string => device.replace(/:\/.*$/, "").replace(/^\[(.*)\]$/, "$1");

/** undefined: neither host has the path on NFS. */
export function nfsSide(query: DiskQuery, path: string): DiskSide | undefined {
  const { here, there, history_nfs } = query;
  const mount = nfsMountOf(here, path);
  const other = nfsMountOf(there, path);
  if (mount === undefined && other === undefined) return undefined;
  const answers = mount === undefined ? undefined : nfsAnswers(mount, history_nfs(here.id, mount.mountpoint));
  return {
    kind: "nfs",
    object: mount?.device ?? other?.device,
    chain: mount === undefined ? [`nfs ${other?.device ?? "?"} not mounted`] : [`file ${path}`, `nfs ${mount.device}`],
    state:
      mount === undefined
        ? { text: "not mounted", severity: "critical" }
        : answers === false
          ? { text: "server silent", severity: "critical" }
          : ok("mounted"),
    start: unjudged(query, "nfs") ?? nfsStart(query, mount, other),
    from: ["nfs"],
  };
}

/** block-iscsi logs in when the guest starts, and refuses a session that is already there. */
export function iscsiTargetSide(query: DiskQuery, target: string): DiskSide {
  const { here, runs_on } = query;
  const session = here.known("iscsi")?.sessions.find((one) => one.target === target);
  const logged_in = session?.session_state === "LOGGED_IN";
  const start = (): Start => {
    if (session !== undefined && runs_on !== here.id)
      return { result: "fail", text: `${target} is already logged in on ${here.id}: block-iscsi refuses it` };
    return { result: "unknown", text: `${target} can't be checked before a start on ${here.id}` };
  };
  return {
    kind: "iscsi",
    object: target,
    chain: [`iscsi ${target}${session === undefined ? "" : ` ${session.session_state ?? "?"}`}`],
    state:
      session === undefined
        ? notKnown("attached at start")
        : logged_in
          ? ok("LOGGED_IN")
          : { text: session.session_state ?? "?", severity: "critical" },
    start: unjudged(query, "iscsi") ?? start(),
    from: ["iscsi"],
  };
}
