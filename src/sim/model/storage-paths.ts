/** Ways to disks as they come and go: paths, sessions, maps. What faults and tools do alike. */

import type { SimHost } from "./host.ts";
import { scsiDevice } from "./scsi-name.ts";
import type { IscsiNode, IscsiSessionSpec, MultipathMapSpec, ScsiPath } from "./storage.ts";
import { kernel, type World } from "./world.ts";

const deviceNumber = (dev: string): string => `8:${(dev.charCodeAt(2) - 97) * 16}`;

/** A map without a path queues; with one it only says how long it would. */
function settleQueueing(host: SimHost, wwid: string): void {
  const map = host.storage.maps.find((each) => each.wwid === wwid);
  if (map === undefined) return;
  const alive = host.storage.paths.some((path) => path.wwid === wwid && path.dm_state === "active");
  map.queueing = alive ? "12 chk" : "on";
}

const mapOf = (host: SimHost, { wwid }: ScsiPath): MultipathMapSpec | undefined => host.storage.maps.find((each) => each.wwid === wwid);

/** Out of use in dm's table: by an operator, or by an error that the transport gave. */
export function failPath(world: World, host: SimHost, path: ScsiPath, by: "operator" | "transport" = "transport"): void {
  if (path.dm_state === "failed") return;
  path.dm_state = "failed";
  path.checker = "faulty";
  const map = mapOf(host, path);
  if (by === "transport") {
    kernel(
      world,
      host.ix,
      `sd ${path.hctl}: [${path.dev}] tag#1 FAILED Result: hostbyte=DID_TRANSPORT_DISRUPTED driverbyte=DRIVER_OK cmd_age=5s`,
    );
    kernel(world, host.ix, `I/O error, dev ${path.dev}, sector 0 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 2`);
  } else path.by_operator = true;
  if (map === undefined) return;
  map.path_faults += 1;
  kernel(world, host.ix, `device-mapper: multipath: 253:${map.dm_minor}: Failing path ${deviceNumber(path.dev)}.`);
  settleQueueing(host, map.wwid);
}

/** Back in use. What an operator failed stays failed until an operator says otherwise: its checks are off. */
export function restorePath(world: World, host: SimHost, path: ScsiPath, by: "operator" | "transport" = "transport"): void {
  if (path.dm_state === "active" || (path.by_operator === true && by === "transport")) return;
  path.dm_state = "active";
  path.checker = "ready";
  path.by_operator = false;
  if (by === "transport") path.dev_state = "running";
  const map = mapOf(host, path);
  if (map === undefined) return;
  map.map_loads += 1;
  kernel(world, host.ix, `device-mapper: multipath: 253:${map.dm_minor}: Reinstating path ${deviceNumber(path.dev)}.`);
  settleQueueing(host, map.wwid);
}

export const pathsOf = (host: SimHost, { sid }: IscsiSessionSpec): readonly ScsiPath[] =>
  host.storage.paths.filter(({ transport }) => transport.kind === "iscsi" && transport.sid === sid);

/** What a record of discovery leads to; a host that has a session has its record. */
export function nodesOf({ storage }: SimHost): readonly IscsiNode[] {
  for (const session of storage.sessions)
    if (!storage.nodes.some(({ target, portal }) => target === session.target && portal === session.portal))
      storage.nodes.push({
        target: session.target,
        portal: session.portal,
        iface_address: session.iface_address,
        luns: storage.paths
          .filter(({ transport }) => transport.kind === "iscsi" && transport.sid === session.sid)
          .map((path) => ({ lun: Number(path.hctl.split(":").at(-1) ?? 0), map: storage.maps.find(({ wwid }) => wwid === path.wwid) })),
      });
  return storage.nodes;
}

/** The disks that a session shows and that aren't there yet; multipathd gathers them. */
export function showDisks(host: SimHost, session: IscsiSessionSpec, { luns }: IscsiNode): void {
  const { storage } = host;
  const has = new Set(pathsOf(host, session).map(({ hctl }) => hctl.split(":").at(-1)));
  for (const { lun, map } of luns) {
    if (map === undefined || has.has(String(lun))) continue;
    if (!storage.maps.some(({ wwid }) => wwid === map.wwid))
      storage.maps.push({ ...map, queueing: "12 chk", path_faults: 0, map_loads: 1 });
    storage.paths.push({
      dev: scsiDevice(storage.paths.map(({ dev }) => dev)),
      hctl: `${session.host_no}:0:0:${lun}`,
      wwid: map.wwid,
      transport: { kind: "iscsi", sid: session.sid },
      dm_state: "active",
      checker: "ready",
      dev_state: "running",
    });
    settleQueueing(host, map.wwid);
  }
}

export function logIn(world: World, host: SimHost, node: IscsiNode): void {
  const { storage } = host;
  const sid = 1 + Math.max(0, ...storage.sessions.map((each) => each.sid));
  const session: IscsiSessionSpec = {
    sid,
    target: node.target,
    portal: node.portal,
    host_no: 1 + Math.max(11, ...storage.sessions.map((each) => each.host_no)),
    iface_address: node.iface_address,
    connection: "LOGGED IN",
    session: "LOGGED_IN",
    internal: "NO CHANGE",
  };
  storage.sessions.push(session);
  kernel(world, host.ix, `scsi host${session.host_no}: iSCSI Initiator over TCP/IP`);
  showDisks(host, session, node);
}

/** Its disks go at once. A map that loses its last path stays, and queues what comes. */
export function logOut(world: World, host: SimHost, session: IscsiSessionSpec): void {
  const { storage } = host;
  const gone = pathsOf(host, session);
  storage.sessions = storage.sessions.filter((each) => each !== session);
  storage.paths = storage.paths.filter((path) => !gone.includes(path));
  for (const path of gone) {
    kernel(world, host.ix, `sd ${path.hctl}: [${path.dev}] Synchronizing SCSI cache`);
    settleQueueing(host, path.wwid);
  }
}
