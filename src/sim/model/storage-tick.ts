/** Storage over time: file systems and pools fill, NFS counters go on (or hang), flapping paths flap. */
import type { HostIx } from "./guest.ts";
import type { NfsSpec } from "./storage.ts";
import { kernel, type World } from "./world.ts";

/** Requests that an NFS client keeps outstanding while the server is gone. */
const NFS_PENDING_MAX = 64;

function tickNfs(world: World, ix: HostIx, mount: NfsSpec, dt_s: number): void {
  const ops = Math.floor(dt_s * 6 + world.random.next());
  if (mount.answers) {
    mount.ops += ops + mount.pending;
    mount.sends += ops;
    mount.receives += ops + mount.pending;
    mount.pending = 0;
    return;
  }
  const before = mount.pending;
  mount.pending = Math.min(NFS_PENDING_MAX, mount.pending + ops);
  mount.sends += mount.pending - before + (world.random.next() < dt_s / 10 ? 1 : 0);
  // A hard mount retries after timeo (60 s) for ever, a soft one counts a major timeout; both say so once in the log.
  if (world.random.next() < dt_s / 20) {
    mount.timeouts += 1;
    if (mount.timeouts % 3 === 1)
      kernel(world, ix, `nfs: server ${mount.device.split(":")[0] ?? ""} not responding, ${mount.hard ? "still trying" : "timed out"}`);
  }
}

/** A snapshot holds what was there before each write to its origin, until it is full: then it holds nothing. */
function tickSnapshots(world: World, ix: HostIx): void {
  const { storage } = world.hosts[ix];
  for (const lv of storage.lvs) {
    if (lv.origin_written_kib === undefined || lv.attr[4] === "I") continue;
    const written_kib = writtenTo(world, ix, `/dev/${lv.vg}/${lv.origin}`) - lv.origin_written_kib;
    lv.data_percent = Math.min(100, (100 * Math.max(0, written_kib)) / lv.size_kib);
    if (lv.data_percent < 100) continue;
    storage.lvs = storage.lvs.map((each) => (each === lv ? { ...lv, attr: `${lv.attr.slice(0, 4)}I${lv.attr.slice(5)}` } : each));
    kernel(world, ix, "device-mapper: snapshots: Invalidating snapshot: Unable to allocate exception.");
  }
}

function writtenTo(world: World, ix: HostIx, path: string): number {
  for (const { volumes, nodes } of world.drbd.values())
    for (const [at, { backing }] of volumes.entries()) if (backing === path) return nodes[ix].volumes[at]?.written_kib ?? 0;
  return 0;
}

export function tickStorage(world: World, ix: HostIx, dt_s: number): void {
  const { storage } = world.hosts[ix];
  for (const mount of storage.nfs) tickNfs(world, ix, mount, dt_s);
  tickSnapshots(world, ix);
  for (const fs of storage.filesystems) {
    const before = fs.used_kib;
    fs.used_kib = Math.min(fs.size_kib, fs.used_kib + fs.grow_kib_s * dt_s);
    if (fs.used_kib >= fs.size_kib && before < fs.size_kib)
      kernel(
        world,
        ix,
        `EXT4-fs warning (device ${fs.device.split("/").at(-1) ?? ""}): ext4_da_write_begin: delayed block allocation failed, no space left`,
      );
  }
  for (const [pool, percent_s] of storage.pool_growth) {
    const lv = storage.lvs.find(({ name }) => name === pool);
    if (lv?.data_percent === undefined) continue;
    const before = lv.data_percent;
    lv.data_percent = Math.min(100, lv.data_percent + percent_s * dt_s);
    lv.metadata_percent = Math.min(100, (lv.metadata_percent ?? 0) + (percent_s * dt_s) / 4);
    if (before < 100 && lv.data_percent >= 100) {
      kernel(world, ix, `device-mapper: thin: 253:${lv.dm_minor}: reached low water mark for data device: sending event.`);
      kernel(world, ix, `device-mapper: thin: 253:${lv.dm_minor}: switching pool to out-of-data-space (queue IO) mode`);
    }
  }
}
