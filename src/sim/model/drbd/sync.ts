/** Resync and verify: how they begin, go on over time, and end. */
import { type HostIx, other } from "../guest.ts";
import { emit, replicationUp, type World } from "../world.ts";
import { change, deviceLog, helper } from "./change.ts";
import { beginSyncGeneration, endSyncGeneration, generationText } from "./generation.ts";
import {
  type DrbdResource,
  type Node,
  type NodeVolume,
  paused,
  rateLimit,
  SYNC_MARK_STEP_MS,
  SYNC_MARKS,
  type Sync,
  syncing,
  verifying,
} from "./types.ts";
import { copied } from "./written.ts";

/** DRBD counts in blocks of 4 KiB. */
export const BLOCK_KIB = 4;
const inBlocks = (kib: number): number => Math.max(0, Math.floor(kib / BLOCK_KIB) * BLOCK_KIB);

const newSync = (world: World, kind: Sync["kind"], total_kib: number): Sync => ({
  kind,
  total_kib,
  started_ms: world.scheduler.now_ms,
  paused_ms: 0,
  marks: [{ at_ms: world.scheduler.now_ms, left_kib: total_kib }],
  verified_kib: 0,
  found_kib: 0,
});

export const volumeOf = (node: Node, volume: number): NodeVolume => {
  const state = node.volumes[volume];
  if (state === undefined) throw new Error(`no volume ${volume}`);
  return state;
};

/** Runs `task` after a while unless either node was taken elsewhere meanwhile. */
export function stepAfter(world: World, resource: DrbdResource, delay_ms: number, task: () => void): void {
  const epochs = resource.nodes.map((node) => node.epoch);
  world.scheduler.after(delay_ms, () => {
    if (resource.nodes.every((node, at) => node.epoch === epochs[at])) task();
  });
}

/** Exchanges bitmaps and starts. The states before (WFBitMapS/T or StartingSyncS/T) are already set. */
export function startSync(world: World, resource: DrbdResource, volume: number, source: HostIx, total_kib: number): void {
  const target = other(source);
  const total = inBlocks(total_kib + BLOCK_KIB - 1);
  const bits = total / BLOCK_KIB;
  stepAfter(world, resource, world.random.between(40, 120), () => {
    if (volumeOf(resource.nodes[target], volume).replication === "WFBitMapT") {
      const stats = "bitmap stats [Bytes(packets)]: plain 0(0), RLE 21(1), total 21; compression: 99.8%";
      for (const word of ["receive", "send"]) deviceLog(world, resource, target, volume, `${word} ${stats}`);
      for (const word of ["send", "receive"]) deviceLog(world, resource, source, volume, `${word} ${stats}`);
    }
    if (resource.flavour === "8.4")
      change(world, resource, target, "", (node) => {
        volumeOf(node, volume).replication = "WFSyncUUID";
        volumeOf(node, volume).out_of_sync_kib = total;
      });
    helper(world, resource, source, volume, "before-resync-source", () => {
      const state = volumeOf(resource.nodes[source], volume);
      change(world, resource, source, "start-sync", (node) => {
        Object.assign(volumeOf(node, volume), { replication: "SyncSource", peer_disk: "Inconsistent", out_of_sync_kib: total });
        volumeOf(node, volume).sync = newSync(world, "resync", total);
      });
      deviceLog(world, resource, source, volume, `Began resync as SyncSource (will sync ${total} KB [${bits} bits set]).`);
      beginSyncGeneration(world.random, state);
      deviceLog(world, resource, source, volume, `updated sync UUID ${generationText(state.gi)}`);
      beginTarget(world, resource, volume, target, total);
    });
  });
}

function beginTarget(world: World, resource: DrbdResource, volume: number, target: HostIx, total: number): void {
  const source = volumeOf(resource.nodes[other(target)], volume);
  const state = volumeOf(resource.nodes[target], volume);
  state.gi = { current: source.gi.bitmap & ~1n, bitmap: 0n, younger: 0n, older: 0n };
  if (resource.flavour === "8.4") deviceLog(world, resource, target, volume, `updated sync uuid ${generationText(state.gi)}`);
  helper(world, resource, target, volume, "before-resync-target", () => {
    change(world, resource, target, "start-sync", (node) => {
      Object.assign(volumeOf(node, volume), {
        replication: "SyncTarget",
        disk: "Inconsistent",
        out_of_sync_kib: total,
        blocked: undefined,
      });
      volumeOf(node, volume).sync = newSync(world, "resync", total);
    });
    const text = `Began resync as SyncTarget (will sync ${total} KB [${total / BLOCK_KIB} bits set]).`;
    deviceLog(world, resource, target, volume, text);
  });
}

function finishSync(world: World, resource: DrbdResource, volume: number, source: HostIx): void {
  const target = other(source);
  const states = { source: volumeOf(resource.nodes[source], volume), target: volumeOf(resource.nodes[target], volume) };
  copied(resource, volume, source);
  endSyncGeneration(states.source, states.target);
  for (const ix of [source, target]) {
    const state = volumeOf(resource.nodes[ix], volume);
    const sync = state.sync;
    if (sync !== undefined) {
      const paused_s = Math.round(sync.paused_ms / 1000);
      const total_s = Math.max(1, Math.round((world.scheduler.now_ms - sync.started_ms) / 1000));
      const rate = Math.floor(sync.total_kib / Math.max(1, total_s - paused_s));
      deviceLog(world, resource, ix, volume, `Resync done (total ${total_s} sec; paused ${paused_s} sec; ${rate} K/sec)`);
    }
    deviceLog(world, resource, ix, volume, `updated UUIDs ${generationText(state.gi)}`);
  }
  const settled = { replication: "Established", peer_disk: "UpToDate", out_of_sync_kib: 0, sync: undefined, blocked: undefined } as const;
  change(world, resource, target, "resync-finished", (node) => Object.assign(volumeOf(node, volume), { ...settled, disk: "UpToDate" }));
  change(world, resource, source, "resync-finished", (node) => Object.assign(volumeOf(node, volume), settled));
  helper(world, resource, target, volume, "after-resync-target", () => {});
}

function finishVerify(world: World, resource: DrbdResource, volume: number): void {
  for (const ix of [0, 1] as const) {
    const found_kib = volumeOf(resource.nodes[ix], volume).sync?.found_kib ?? 0;
    if (found_kib > 0) {
      deviceLog(world, resource, ix, volume, `Online verify found ${found_kib / BLOCK_KIB} 4k blocks out of sync!`);
      helper(world, resource, ix, volume, "out-of-sync", () => {});
    } else deviceLog(world, resource, ix, volume, "Online verify done without errors (all blocks in sync)");
    change(world, resource, ix, "verify-done", (node) =>
      Object.assign(volumeOf(node, volume), { replication: "Established", sync: undefined }),
    );
  }
}

const REPLICATION_WOBBLE = 0.05;

function stepResync(world: World, resource: DrbdResource, volume: number, source: HostIx, amount_kib: number): void {
  const [s, t] = [volumeOf(resource.nodes[source], volume), volumeOf(resource.nodes[other(source)], volume)];
  const moved = Math.min(s.out_of_sync_kib, inBlocks(amount_kib));
  s.out_of_sync_kib -= moved;
  s.sent_kib += moved;
  s.read_kib += moved;
  t.out_of_sync_kib = s.out_of_sync_kib;
  t.received_kib += moved;
  t.written_kib += moved;
  if (s.out_of_sync_kib === 0) finishSync(world, resource, volume, source);
}

function stepVerify(world: World, resource: DrbdResource, volume: number, amount_kib: number): void {
  const states = resource.nodes.map((node) => volumeOf(node, volume));
  for (const state of states) {
    const sync = state.sync;
    if (sync === undefined) return;
    sync.verified_kib = Math.min(sync.total_kib, sync.verified_kib + inBlocks(amount_kib));
    state.read_kib += inBlocks(amount_kib);
  }
  if (states.every((state) => state.sync !== undefined && state.sync.verified_kib >= state.sync.total_kib))
    finishVerify(world, resource, volume);
}

function mark(world: World, resource: DrbdResource, ix: HostIx, volume: number, dt_ms: number): void {
  const state = volumeOf(resource.nodes[ix], volume);
  const sync = state.sync;
  if (sync === undefined) return;
  if (paused.has(state.replication)) {
    sync.paused_ms += dt_ms;
    return;
  }
  const newest = sync.marks.at(-1);
  const left_kib = sync.kind === "verify" ? sync.total_kib - sync.verified_kib : state.out_of_sync_kib;
  // As in drbd_advance_rs_marks: a mark only moves on when something moved, which is how a stall shows.
  if (newest === undefined || world.scheduler.now_ms - newest.at_ms < SYNC_MARK_STEP_MS) return;
  if (newest.left_kib === left_kib && sync.marks.length > 1) return;
  sync.marks.push({ at_ms: world.scheduler.now_ms, left_kib });
  if (sync.marks.length > SYNC_MARKS) sync.marks.shift();
  emit(world, { kind: "drbd-progress", host: ix, resource, volume });
}

/** The source of a volume's running resync. */
function sourceOf(resource: DrbdResource, volume: number): HostIx | undefined {
  const words = resource.nodes.map((node) => volumeOf(node, volume).replication);
  if (words[0] === "SyncSource" && words[1] === "SyncTarget") return 0;
  return words[1] === "SyncSource" && words[0] === "SyncTarget" ? 1 : undefined;
}

/** Every volume that moves data now. */
function movers(world: World): { resource: DrbdResource; volume: number }[] {
  return [...world.drbd.values()].flatMap((resource) =>
    resource.stalled
      ? []
      : resource.volumes.flatMap((_, volume) => {
          const moving = sourceOf(resource, volume) !== undefined || verifying.has(volumeOf(resource.nodes[0], volume).replication);
          return moving ? [{ resource, volume }] : [];
        }),
  );
}

/** Lets `dt_ms` pass for every resync and verify; the link's capacity is shared among them. */
export function tickSync(world: World, dt_ms: number): void {
  const moving = replicationUp(world) ? movers(world) : [];
  const share_kib_s = world.replication_kib_s / Math.max(1, moving.length);
  for (const { resource, volume } of moving) {
    const wobble = 1 + world.random.between(-REPLICATION_WOBBLE, REPLICATION_WOBBLE);
    const source = sourceOf(resource, volume);
    const asking = source === undefined ? (volumeOf(resource.nodes[0], volume).replication === "VerifyS" ? 0 : 1) : other(source);
    const rate = Math.min(rateLimit(resource, asking), resource.sync_speed_kib_s, share_kib_s) * wobble;
    if (source !== undefined) stepResync(world, resource, volume, source, (rate * dt_ms) / 1000);
    else stepVerify(world, resource, volume, (rate * dt_ms) / 1000);
  }
  for (const resource of world.drbd.values())
    for (const [volume] of resource.volumes.entries()) for (const ix of [0, 1] as const) mark(world, resource, ix, volume, dt_ms);
}

export const isSyncing = (resource: DrbdResource): boolean =>
  resource.nodes.some((node) => node.volumes.some((volume) => syncing.has(volume.replication) || paused.has(volume.replication)));
export { newSync };
