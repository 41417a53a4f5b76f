/** /proc/self/mountstats of NFS mounts (net/sunrpc/stats.c, fs/nfs/super.c): the counters, without a word to the server. */
import type { SimHost } from "../model/host.ts";
import type { NfsSpec } from "../model/storage.ts";
import type { World } from "../model/world.ts";
import { type Format, ok } from "./answer.ts";

/** NFS 4.2's operations in the kernel's order. Those that take part here have a share of the whole. */
const OPERATIONS: readonly string[] = (
  "NULL READ WRITE COMMIT OPEN OPEN_CONFIRM OPEN_NOATTR OPEN_DOWNGRADE CLOSE SETATTR FSINFO RENEW SETCLIENTID SETCLIENTID_CONFIRM LOCK LOCKT LOCKU " +
  "ACCESS GETATTR LOOKUP LOOKUP_ROOT REMOVE RENAME LINK SYMLINK CREATE PATHCONF STATFS READLINK READDIR SERVER_CAPS DELEGRETURN GETACL SETACL " +
  "FS_LOCATIONS RELEASE_LOCKOWNER SECINFO FSID_PRESENT EXCHANGE_ID CREATE_SESSION DESTROY_SESSION SEQUENCE GET_LEASE_TIME RECLAIM_COMPLETE LAYOUTGET " +
  "GETDEVICEINFO LAYOUTCOMMIT LAYOUTRETURN SECINFO_NO_NAME TEST_STATEID FREE_STATEID GETDEVICELIST BIND_CONN_TO_SESSION DESTROY_CLIENTID SEEK ALLOCATE " +
  "DEALLOCATE LAYOUTSTATS CLONE COPY OFFLOAD_CANCEL LOOKUPP LAYOUTERROR COPY_NOTIFY GETXATTR SETXATTR LISTXATTRS REMOVEXATTR READ_PLUS"
).split(" ");

/** What part of a guest's traffic each is; the others never happen. */
const SHARES: ReadonlyMap<string, number> = new Map([
  ["READ", 0.38],
  ["WRITE", 0.31],
  ["COMMIT", 0.04],
  ["OPEN", 0.01],
  ["CLOSE", 0.01],
  ["ACCESS", 0.05],
  ["GETATTR", 0.2],
]);

export function mountText(world: World, mount: NfsSpec): string {
  const age_s = Math.floor((world.scheduler.now_ms - mount.mounted_ms) / 1000);
  const ops = OPERATIONS.map((name) => {
    const count = Math.floor(mount.ops * (SHARES.get(name) ?? 0));
    const timeouts = name === "GETATTR" ? mount.timeouts : 0;
    const numbers =
      count === 0
        ? [0, 0, 0, 0, 0, 0, 0, 0, 0]
        : [count, count + timeouts, timeouts, count * 176, count * 240, count, count * 2, count * 3, 0];
    return `\t${name.padStart(12)}: ${numbers.join(" ")}\n`;
  });
  return `device ${mount.device} mounted on ${mount.mountpoint} with fstype nfs4 statvers=1.1
\topts:\t${mount.options}
\tage:\t${age_s}
\timpl_id:\tname='',domain='',date='0,0'
\tcaps:\tcaps=0xfffbc0bf,wtmult=512,dtsize=131072,bsize=0,namlen=255
\tnfsv4:\tbm0=0xfdffbfff,bm1=0x40fdbe3e,bm2=0x60803,acl=0x3,sessions,pnfs=not configured,lease_time=90,lease_expired=0
\tsec:\tflavor=1,pseudoflavor=1
\tevents:\t0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 
\tbytes:\t0 0 0 0 0 0 0 0 
\tRPC iostats version: 1.1  p/v: 100003/4 (nfs)
\txprt:\ttcp 0 0 2 0 0 ${mount.sends} ${mount.receives} 0 ${mount.sends * 2} 0 64 0 ${mount.pending}
\tper-op statistics
${ops.join("")}
`;
}

export const mountstats = (world: World, host: SimHost): string => host.storage.nfs.map((mount) => mountText(world, mount)).join("");

/** The reading leaves out operations that never happened. */
export const nfsMounts: Format = (world, host) =>
  ok(
    mountstats(world, host)
      .split("\n")
      .filter((line) => !line.includes(": 0 0 0 0 0 0 0 0"))
      .join("\n"),
  );
