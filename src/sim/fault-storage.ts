/** Faults of storage paths, servers and fills. */
import type { SimHost } from "./model/host.ts";
import type { IscsiSessionSpec, ScsiPath } from "./model/storage.ts";
import { failPath, pathsOf, restorePath } from "./model/storage-paths.ts";
import { kernel, type World } from "./model/world.ts";

export interface StorageFaults {
  /** One path, by its device name on that host. */
  pathFailed(host: string, dev: string): void;
  pathBack(host: string, dev: string): void;
  /** Down and up again, `times` times, every `every_s`. */
  pathFlapping(host: string, dev: string, every_s: number, times: number): void;
  /** The sessions to this portal address (without port) are lost. */
  iscsiDown(host: string, portal: string): void;
  iscsiBack(host: string, portal: string): void;
  fcLinkdown(host: string, fc_host: string): void;
  fcLinkup(host: string, fc_host: string): void;
  vportBroken(host: string, vport: string): void;
  nfsServerGone(server: string): void;
  nfsServerBack(server: string): void;
  nbdDown(host: string, dev: string): void;
  /** The file system fills at this rate from now on. */
  diskFilling(host: string, mountpoint: string, kib_s: number): void;
  diskUsed(host: string, mountpoint: string, used_percent: number): void;
  thinPoolFilling(host: string, pool: string, percent_s: number): void;
  thinPoolUsed(host: string, pool: string, data_percent: number, metadata_percent: number): void;
}

function must<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`there is no ${what} in this scenario`);
  return found;
}

type PathFaults = Pick<StorageFaults, "pathFailed" | "pathBack" | "pathFlapping">;
type HostOf = (name: string) => SimHost;

function pathFaults(world: World, hostOf: HostOf): PathFaults {
  const pathOf = (host: SimHost, dev: string): ScsiPath =>
    must(
      host.storage.paths.find((path) => path.dev === dev),
      `path ${dev}`,
    );
  const flap = (host: SimHost, dev: string, every_s: number, times: number): void => {
    if (times <= 0) return;
    failPath(world, host, pathOf(host, dev));
    world.scheduler.after(every_s * 500, () => {
      restorePath(world, host, pathOf(host, dev));
      world.scheduler.after(every_s * 500, () => flap(host, dev, every_s, times - 1));
    });
  };
  return {
    pathFailed: (name, dev) => failPath(world, hostOf(name), pathOf(hostOf(name), dev)),
    pathBack: (name, dev) => restorePath(world, hostOf(name), pathOf(hostOf(name), dev)),
    pathFlapping: (name, dev, every_s, times) => flap(hostOf(name), dev, every_s, times),
  };
}

/** Until the kernel gives a session up: node.session.timeo.replacement_timeout and the ping before. */
const RECOVERY_MS = 10_000;

function iscsiFaults(world: World, hostOf: HostOf): Pick<StorageFaults, "iscsiDown" | "iscsiBack"> {
  const sessionsOf = (host: SimHost, portal: string): readonly IscsiSessionSpec[] => {
    const sessions = host.storage.sessions.filter((session) => session.portal.startsWith(`${portal}:`));
    if (sessions.length === 0) throw new Error(`no iSCSI session to ${portal}`);
    return sessions;
  };
  const lose = (host: SimHost, session: IscsiSessionSpec): void => {
    const times = "ping timeout of 5 secs expired, recv timeout 5, last rx 4295012345, last ping 4295013600, now 4295014880";
    kernel(world, host.ix, ` connection${session.sid}:0: ${times}`);
    kernel(world, host.ix, ` connection${session.sid}:0: detected conn error (1022)`);
    Object.assign(session, { connection: "TRANSPORT WAIT", session: "FAILED", internal: "REOPEN" });
    world.scheduler.after(RECOVERY_MS, () => {
      if (session.session !== "FAILED") return;
      session.session = "FREE";
      kernel(world, host.ix, ` session${session.sid}: session recovery timed out after 5 secs`);
      for (const path of pathsOf(host, session)) path.dev_state = "transport-offline";
    });
    for (const path of pathsOf(host, session)) failPath(world, host, path);
  };
  return {
    iscsiDown(name, portal) {
      for (const session of sessionsOf(hostOf(name), portal)) if (session.internal === "NO CHANGE") lose(hostOf(name), session);
    },
    iscsiBack(name, portal) {
      for (const session of sessionsOf(hostOf(name), portal)) {
        Object.assign(session, { connection: "LOGGED IN", session: "LOGGED_IN", internal: "NO CHANGE" });
        for (const path of pathsOf(hostOf(name), session)) restorePath(world, hostOf(name), path);
      }
    },
  };
}

function fcFaults(world: World, hostOf: HostOf): Pick<StorageFaults, "fcLinkdown" | "fcLinkup" | "vportBroken"> {
  const set = (name: string, fc_host: string, up: boolean): void => {
    const host = hostOf(name);
    const port = must(
      host.storage.fc.find((each) => each.name === fc_host),
      `FC host ${fc_host}`,
    );
    const number = fc_host.replace("host", "");
    port.state = up ? "Online" : "Linkdown";
    for (const vport of port.vports) vport.state = up ? "Active" : "Linkdown";
    const what = up ? `500a:${number}: LOOP UP detected (16 Gbps).` : `500b:${number}: LOOP DOWN detected (2 7 0 0).`;
    kernel(world, host.ix, `qla2xxx [0000:86:00.0]-${what}`);
    if (!up) kernel(world, host.ix, ` rport-${number}:0-1: blocked FC remote port time out: removing rport`);
    for (const path of host.storage.paths)
      if (path.transport.kind === "fc" && path.transport.host === fc_host) (up ? restorePath : failPath)(world, host, path);
  };
  return {
    fcLinkdown: (name, fc_host) => set(name, fc_host, false),
    fcLinkup: (name, fc_host) => set(name, fc_host, true),
    vportBroken(name, vport) {
      const found = hostOf(name)
        .storage.fc.flatMap(({ vports }) => vports)
        .find((each) => each.name === vport);
      must(found, `vport ${vport}`).state = "No Fabric Support";
    },
  };
}

export function createStorageFaults(world: World): StorageFaults {
  const hostOf = (name: string): SimHost =>
    must(
      world.hosts.find((host) => host.name === name),
      `host ${name}`,
    );
  const setServer = (server: string, up: boolean): void => {
    world.servers.set(server, up);
    for (const host of world.hosts)
      for (const mount of host.storage.nfs)
        if (mount.device.startsWith(`${server}:`)) {
          mount.answers = up;
          if (up) kernel(world, host.ix, `nfs: server ${server} OK`);
        }
  };
  const fsOf = (name: string, mountpoint: string) =>
    must(
      hostOf(name).storage.filesystems.find((fs) => fs.mountpoint === mountpoint),
      `file system ${mountpoint}`,
    );
  const poolOf = (name: string, pool: string) =>
    must(
      hostOf(name).storage.lvs.find((lv) => lv.name === pool),
      `pool ${pool}`,
    );
  return {
    ...pathFaults(world, hostOf),
    ...iscsiFaults(world, hostOf),
    ...fcFaults(world, hostOf),
    nfsServerGone: (server) => setServer(server, false),
    nfsServerBack: (server) => setServer(server, true),
    nbdDown(name, dev) {
      must(
        hostOf(name).storage.nbd.find((each) => each.dev === dev),
        `nbd ${dev}`,
      ).pid = undefined;
      kernel(world, hostOf(name).ix, `block ${dev}: NBD_DISCONNECT`);
    },
    diskFilling(name, mountpoint, kib_s) {
      fsOf(name, mountpoint).grow_kib_s = kib_s;
    },
    diskUsed(name, mountpoint, used_percent) {
      const fs = fsOf(name, mountpoint);
      fs.used_kib = Math.floor((fs.size_kib * used_percent) / 100);
    },
    thinPoolFilling(name, pool, percent_s) {
      poolOf(name, pool);
      hostOf(name).storage.pool_growth.set(pool, percent_s);
    },
    thinPoolUsed(name, pool, data_percent, metadata_percent) {
      Object.assign(poolOf(name, pool), { data_percent, metadata_percent });
    },
  };
}
