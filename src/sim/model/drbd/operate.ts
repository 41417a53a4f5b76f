/** What `drbdadm` does to a resource, and what a host's death and return do. Each is what the operator or init would have run. */
import { type HostIx, hostIndexes, other } from "../guest.ts";
import { replicationUp, type World } from "../world.ts";
import { change, deviceLog, helper, resourceLog } from "./change.ts";
import { connect, drop } from "./connect.ts";
import { newGeneration } from "./generation.ts";
import { BLOCK_KIB, newSync, startSync, stepAfter, volumeOf } from "./sync.ts";
import { type DrbdResource, type Node, paused, syncing } from "./types.ts";
import { peerGivenUp, unanswered, wrote } from "./written.ts";

export { connect };

export const isConnected = (world: World, resource: DrbdResource): boolean =>
  replicationUp(world) && resource.nodes.every((node) => node.connection === "Connected");

/** `drbdadm primary`. Refused (false) without up-to-date data, or beside another Primary where that isn't allowed. */
export function promote(world: World, resource: DrbdResource, ix: HostIx): boolean {
  const node = resource.nodes[ix];
  if (node.role === "Primary") return true;
  const readable = node.volumes.every((v) => v.disk === "UpToDate" || (node.connection === "Connected" && v.peer_disk === "UpToDate"));
  if (!node.configured || !readable) return false;
  if (isConnected(world, resource) && resource.nodes[other(ix)].role === "Primary" && !resource.two_primaries.every(Boolean)) return false;
  change(world, resource, ix, "primary", (state) => {
    state.role = "Primary";
  });
  if (node.connection !== "Connected") for (const [volume] of resource.volumes.entries()) newGeneration(world, resource, ix, volume);
  for (const state of node.volumes) state.gi.current |= 1n;
  tellRole(world, resource, ix);
  return true;
}

export function demote(world: World, resource: DrbdResource, ix: HostIx): void {
  const node = resource.nodes[ix];
  if (node.role !== "Primary") return;
  change(world, resource, ix, "secondary", (state) => {
    state.role = "Secondary";
  });
  tellRole(world, resource, ix);
}

function tellRole(world: World, resource: DrbdResource, ix: HostIx): void {
  if (!isConnected(world, resource)) return;
  change(world, resource, other(ix), "remote", (state) => {
    state.peer_role = resource.nodes[ix].role;
  });
}

/** `drbdadm disconnect` on one side; the other goes on looking for it. */
export function disconnect(world: World, resource: DrbdResource, ix: HostIx): void {
  const was_connected = isConnected(world, resource);
  drop(world, resource, ix, "Disconnecting");
  if (was_connected) drop(world, resource, other(ix), "TearDown");
}

/** `drbdadm invalidate`: everything on this node is copied anew. Refused (false) without its peer. */
export function invalidate(world: World, resource: DrbdResource, ix: HostIx): boolean {
  if (!isConnected(world, resource)) return false;
  for (const [volume, spec] of resource.volumes.entries()) resyncVolume(world, resource, volume, other(ix), spec.size_kib);
  return true;
}

/** A resync of `kib` from `source`: a whole device where kib is its size. */
export function resyncVolume(world: World, resource: DrbdResource, volume: number, source: HostIx, kib: number): void {
  if (!isConnected(world, resource)) return;
  change(world, resource, source, "invalidate", (node) => {
    Object.assign(volumeOf(node, volume), { replication: "StartingSyncS", peer_disk: "Consistent" });
  });
  change(world, resource, other(source), "invalidate", (node) => {
    Object.assign(volumeOf(node, volume), { replication: "StartingSyncT", disk: "Outdated", blocked: "upper" });
  });
  startSync(world, resource, volume, source, kib);
}

/** `drbdadm pause-sync` / `resume-sync`. */
export function setPaused(world: World, resource: DrbdResource, ix: HostIx, on: boolean): void {
  const word = (node: Node, volume: number): void => {
    const state = volumeOf(node, volume);
    const source = state.replication.endsWith("S") || state.replication === "SyncSource";
    const halted = state.paused_user || state.paused_peer;
    if (syncing.has(state.replication) || paused.has(state.replication))
      state.replication = halted ? (source ? "PausedSyncS" : "PausedSyncT") : source ? "SyncSource" : "SyncTarget";
  };
  for (const [volume] of resource.volumes.entries()) {
    change(world, resource, ix, "pause-sync", (node) => {
      volumeOf(node, volume).paused_user = on;
      word(node, volume);
    });
    if (isConnected(world, resource))
      change(world, resource, other(ix), "peer-pause-sync", (node) => {
        volumeOf(node, volume).paused_peer = on;
        word(node, volume);
      });
    if (on) for (const side of hostIndexes) deviceLog(world, resource, side, volume, "Resync suspended");
  }
}

/** `drbdadm detach`, or a disk that failed (on-io-error detach). */
export function detach(world: World, resource: DrbdResource, ix: HostIx, volume: number): void {
  for (const disk of ["Failed", "Diskless"] as const) {
    change(world, resource, ix, "detach", (node) => {
      volumeOf(node, volume).disk = disk;
    });
    if (isConnected(world, resource))
      change(world, resource, other(ix), "remote", (node) => {
        volumeOf(node, volume).peer_disk = disk;
      });
  }
  volumeOf(resource.nodes[ix], volume).out_of_sync_kib = 0;
  // From now on only the peer's copy is written: it begins a generation of its own, counted from the last common one.
  peerGivenUp(resource, other(ix));
  if (resource.nodes.some((node) => node.role === "Primary")) newGeneration(world, resource, other(ix), volume);
}

export function attach(world: World, resource: DrbdResource, ix: HostIx, volume: number): void {
  if (volumeOf(resource.nodes[ix], volume).disk !== "Diskless") return;
  change(world, resource, ix, "attach", (node) => Object.assign(volumeOf(node, volume), { disk: "Attaching", blocked: "upper" }));
  stepAfter(world, resource, 30, () => {
    const missed_kib = volumeOf(resource.nodes[other(ix)], volume).out_of_sync_kib;
    if (!isConnected(world, resource)) {
      change(world, resource, ix, "attached", (node) => Object.assign(volumeOf(node, volume), { disk: "Consistent", blocked: undefined }));
      return;
    }
    change(world, resource, ix, "attach", (node) => Object.assign(volumeOf(node, volume), { disk: "Negotiating" }));
    change(world, resource, other(ix), "remote", (node) =>
      Object.assign(volumeOf(node, volume), { replication: "WFBitMapS", peer_disk: "Consistent" }),
    );
    change(world, resource, ix, "attached", (node) =>
      Object.assign(volumeOf(node, volume), { disk: "Inconsistent", replication: "WFBitMapT", blocked: undefined }),
    );
    startSync(world, resource, volume, other(ix), missed_kib);
  });
}

/** `drbdadm verify`; `wrong_kib` is what it will find. */
/** `drbdadm verify`, which finds so much that is different. Refused (false) without its peer. */
export function verify(world: World, resource: DrbdResource, ix: HostIx, volume: number, wrong_kib: number): boolean {
  if (!isConnected(world, resource)) return false;
  const size_kib = resource.volumes[volume]?.size_kib ?? 0;
  for (const side of hostIndexes) {
    change(world, resource, side, "verify", (node) => {
      const state = volumeOf(node, volume);
      state.replication = side === ix ? "VerifyS" : "VerifyT";
      state.sync = { ...newSync(world, "verify", size_kib), found_kib: wrong_kib };
    });
    deviceLog(world, resource, side, volume, "Starting Online Verify from sector 0");
    volumeOf(resource.nodes[side], volume).out_of_sync_kib += wrong_kib;
  }
  return true;
}

/** `drbdadm outdate` on a node that isn't connected. */
export function outdate(world: World, resource: DrbdResource, ix: HostIx): void {
  change(world, resource, ix, "outdate", (node) => {
    for (const volume of node.volumes) if (volume.disk === "UpToDate") volume.disk = "Outdated";
  });
}

/** A guest wrote `kib`: to both disks where they are connected, else it is counted out of sync. */
export function write(world: World, resource: DrbdResource, ix: HostIx, volume: number, kib: number): void {
  const node = resource.nodes[ix];
  const mine = volumeOf(node, volume);
  const theirs = volumeOf(resource.nodes[other(ix)], volume);
  const connected = node.connection === "Connected";
  if (mine.disk !== "Diskless") mine.written_kib += kib;
  if (connected) {
    mine.sent_kib += kib;
    if (isConnected(world, resource)) {
      theirs.received_kib += kib;
      if (theirs.disk !== "Diskless") theirs.written_kib += kib;
      if (mine.disk === "Diskless") theirs.out_of_sync_kib = addOutOfSync(resource, volume, theirs.out_of_sync_kib, kib);
    }
  }
  wrote(resource, ix, volume, isConnected(world, resource));
  if (!connected || mine.peer_disk === "Diskless") mine.out_of_sync_kib = addOutOfSync(resource, volume, mine.out_of_sync_kib, kib);
}

/** Guests write to the same places again and again: the set of dirty blocks fills ever more slowly, towards this part of the device. */
const DIRTY_FRACTION_MAX = 0.6;

function addOutOfSync(resource: DrbdResource, volume: number, present_kib: number, kib: number): number {
  const ceiling = (resource.volumes[volume]?.size_kib ?? 0) * DIRTY_FRACTION_MAX;
  const room = Math.max(0, 1 - present_kib / Math.max(1, ceiling));
  return Math.ceil((present_kib + kib * room) / BLOCK_KIB) * BLOCK_KIB;
}

/** Activity-log extents that a crashed Primary copies again, in KiB. */
const ACTIVITY_LOG_KIB = 4096;

/** The host lost power: what its node knew is what its metadata holds. */
export function hostDied(resource: DrbdResource, ix: HostIx): void {
  const node = resource.nodes[ix];
  node.epoch += 1;
  if (!node.configured) return;
  node.crashed_primary = node.role === "Primary";
  unanswered(node);
  for (const [volume, state] of node.volumes.entries()) {
    if (node.crashed_primary)
      state.out_of_sync_kib = Math.min(resource.volumes[volume]?.size_kib ?? 0, state.out_of_sync_kib + ACTIVITY_LOG_KIB);
    Object.assign(state, { replication: "Off", peer_disk: "DUnknown", sync: undefined, blocked: undefined });
    Object.assign(state, { read_kib: 0, written_kib: 0, sent_kib: 0, received_kib: 0, al_writes: 0, bm_writes: 0 });
  }
  Object.assign(node, { role: "Secondary", peer_role: "Unknown", connection: "StandAlone", configured: false, has_connection: false });
}

/** `drbdadm up` at boot. */
export function bringUp(world: World, resource: DrbdResource, ix: HostIx): void {
  const node = resource.nodes[ix];
  if (node.configured) return;
  node.configured = true;
  resourceLog(world, resource, ix, `Starting worker thread (from drbdsetup [${world.random.int(400, 900)}])`);
  for (const [volume, spec] of resource.volumes.entries()) {
    const state = volumeOf(node, volume);
    deviceLog(world, resource, ix, volume, "disk( Diskless -> Attaching ) ", false);
    deviceLog(world, resource, ix, volume, `drbd_bm_resize called with capacity == ${spec.size_kib * 2}`, false);
    deviceLog(world, resource, ix, volume, `disk( Attaching -> ${state.disk} ) `, false);
  }
  connect(world, resource, ix);
}

/** Called when a fence or a stonith handler hangs: I/O is frozen. */
export function setSuspended(world: World, resource: DrbdResource, ix: HostIx, suspended: Node["suspended"]): void {
  change(world, resource, ix, "suspend-io", (node) => {
    node.suspended = suspended;
  });
  if (suspended === "fencing") helper(world, resource, ix, 0, "fence-peer", () => {});
}
