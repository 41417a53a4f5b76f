/** Outcomes of what is done to ways to disks. */
import type { HostId } from "../../xen/model/ids.ts";
import type { PairState } from "../state.ts";
import { isVerdict, no, told, toldOr, unsure, type Verdict, yes } from "./verdict.ts";

export type StorageExpectation =
  /** A path of a multipath map, by its device. failed: by dm, whatever the checker says; usable: I/O goes over it. */
  | { readonly kind: "path"; readonly host: HostId; readonly name: string; readonly wwid: string; readonly state: "failed" | "usable" }
  /** A multipath map, by its WWID. */
  | { readonly kind: "map"; readonly host: HostId; readonly name: string; readonly there: boolean }
  /** A session to a target over a portal; there: logged in. */
  | { readonly kind: "iscsi"; readonly host: HostId; readonly name: string; readonly portal: string; readonly there: boolean }
  /** An NPIV port by its WWPN, on any port of the host. */
  | { readonly kind: "vport"; readonly host: HostId; readonly name: string; readonly there: boolean }
  | { readonly kind: "nbd"; readonly host: HostId; readonly name: string; readonly connected: boolean }
  /** An NFS mount by its mount point. */
  | { readonly kind: "nfs"; readonly host: HostId; readonly name: string; readonly device: string; readonly there: boolean };

type Of<K extends StorageExpectation["kind"]> = Extract<StorageExpectation, { readonly kind: K }>;

/** What is wanted, and whether part of the answer wasn't understood: then "it isn't there" can't be said. */
function isThere(found: string | undefined, missing: string, { there, doubt }: { there: boolean; doubt: boolean }): Verdict {
  if (found !== undefined) return there ? yes(found) : no(found);
  if (doubt) return unsure(`${missing}, as far as it was understood`);
  return there ? no(missing) : yes(missing);
}

function path(state: PairState, { host, name, wwid, state: wanted }: Of<"path">, since_ms: number): Verdict {
  const multipath = told(state, host, "multipath", since_ms);
  if (isVerdict(multipath)) return multipath;
  const found = multipath.maps.find((map) => map.wwid === wwid)?.paths.find(({ dev }) => dev === name);
  if (found === undefined) return unsure(`${host} shows no path ${name} of ${wwid}`);
  const text = `${name} on ${host}: ${found.dm_state}, ${found.checker_state}, ${found.dev_state}`;
  return (wanted === "failed" ? found.dm_state === "failed" : found.usable) ? yes(text) : no(text);
}

function map(state: PairState, { host, name, there }: Of<"map">, since_ms: number): Verdict {
  const multipath = toldOr(state, host, "multipath", since_ms, { maps: [], not_understood: [] });
  if (isVerdict(multipath)) return multipath;
  const found = multipath.maps.find(({ wwid }) => wwid === name);
  const text = found === undefined ? undefined : `${host} has the map ${found.name} with ${found.paths.length} paths`;
  return isThere(text, `${host} has no map ${name}`, { there, doubt: multipath.not_understood.length > 0 });
}

function iscsi(state: PairState, { host, name, portal, there }: Of<"iscsi">, since_ms: number): Verdict {
  const facts = toldOr(state, host, "iscsi", since_ms, { sessions: [], not_understood: [] });
  if (isVerdict(facts)) return facts;
  const found = facts.sessions.filter((session) => session.target === name && session.portal === portal);
  const [first] = found;
  if (first === undefined)
    return isThere(undefined, `${host} has no session to ${name} over ${portal}`, { there, doubt: facts.not_understood.length > 0 });
  const text = `${host}: session ${first.sid} to ${name} over ${portal} ${first.connection_state ?? "of unknown state"}`;
  if (!there) return no(text);
  return found.some(({ connection_state, session_state }) => connection_state === "LOGGED IN" && session_state === "LOGGED_IN")
    ? yes(text)
    : no(text);
}

function vport(state: PairState, { host, name, there }: Of<"vport">, since_ms: number): Verdict {
  const fc = told(state, host, "fc", since_ms);
  if (isVerdict(fc)) return fc;
  const found = fc.ports.flatMap((port) => port.vports.map((each) => ({ port, each }))).find(({ each }) => each.port_name === name);
  if (found !== undefined && there && found.each.state !== "Active")
    return no(`${found.each.name} on ${host} is ${found.each.state ?? "of unknown state"}`);
  const text = found === undefined ? undefined : `${found.each.name} (${name}) on ${host}'s ${found.port.host}`;
  return isThere(text, `${host} has no virtual port ${name}`, { there, doubt: fc.not_understood.length > 0 });
}

function nbd(state: PairState, { host, name, connected }: Of<"nbd">, since_ms: number): Verdict {
  const facts = told(state, host, "nbd", since_ms);
  if (isVerdict(facts)) return facts;
  const found = facts.devices.find(({ dev }) => dev === name);
  if (found === undefined) return unsure(`${host} shows no ${name}`);
  const up = found.pid !== undefined;
  const text = `${name} on ${host} is ${up ? "connected" : "not connected"}`;
  return up === connected ? yes(text) : no(text);
}

function nfs(state: PairState, { host, name, device, there }: Of<"nfs">, since_ms: number): Verdict {
  const facts = toldOr(state, host, "nfs", since_ms, { mounts: [], not_understood: [] });
  if (isVerdict(facts)) return facts;
  const found = facts.mounts.findLast(({ mountpoint }) => mountpoint === name);
  if (found !== undefined && there && found.device !== device) return no(`${name} on ${host} is ${found.device}`);
  const text = found === undefined ? undefined : `${found.device} is mounted on ${host}'s ${name}`;
  return isThere(text, `nothing of NFS is mounted on ${host}'s ${name}`, { there, doubt: facts.not_understood.length > 0 });
}

export function judgeStorage(state: PairState, expected: StorageExpectation, since_ms: number): Verdict {
  switch (expected.kind) {
    case "path":
      return path(state, expected, since_ms);
    case "map":
      return map(state, expected, since_ms);
    case "iscsi":
      return iscsi(state, expected, since_ms);
    case "vport":
      return vport(state, expected, since_ms);
    case "nbd":
      return nbd(state, expected, since_ms);
    case "nfs":
      return nfs(state, expected, since_ms);
  }
}

export const storageReadings = {
  path: "multipath",
  map: "multipath",
  iscsi: "iscsi",
  vport: "fc",
  nbd: "nbd",
  nfs: "nfs",
} as const satisfies Record<StorageExpectation["kind"], string>;
