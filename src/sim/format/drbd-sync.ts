/** The figures of a running resync, as DRBD works them out (drbd_proc.c, drbd_get_syncer_progress). */
import { type NodeVolume, paused, SYNC_MARKS, syncing, verifying } from "../model/drbd/types.ts";

export interface Progress {
  readonly total_kib: number;
  readonly left_kib: number;
  /** Of this resync, 0..1000. */
  readonly permille: number;
  /** Over the last marks. */
  readonly recent_kib_s: number;
  readonly average_kib_s: number;
  /** Seconds the recent figure spans: over 180 it is `(stalled)`. */
  readonly recent_s: number;
  /** In 1/1000 s and KiB, for 9.2's JSON. */
  readonly dt0_ms: number;
  readonly db0_kib: number;
  readonly dt1_ms: number;
  readonly db1_kib: number;
  readonly dt_start_ms: number;
}

export function progressOf(volume: NodeVolume, now_ms: number): Progress | undefined {
  const { sync } = volume;
  if (sync === undefined) return undefined;
  const left_kib = sync.kind === "verify" ? sync.total_kib - sync.verified_kib : volume.out_of_sync_kib;
  const oldest = sync.marks[Math.max(0, sync.marks.length - SYNC_MARKS + 2)] ?? { at_ms: sync.started_ms, left_kib: sync.total_kib };
  const first = sync.marks[0] ?? oldest;
  const newest = sync.marks.at(-2) ?? oldest;
  const recent_s = Math.floor((now_ms - oldest.at_ms) / 1000);
  const since_s = Math.max(1, Math.floor((now_ms - sync.started_ms - sync.paused_ms) / 1000));
  return {
    total_kib: sync.total_kib,
    left_kib,
    permille: sync.total_kib === 0 ? 1000 : Math.min(1000, Math.floor(1000 - (left_kib * 1000) / sync.total_kib)),
    recent_kib_s: Math.floor((oldest.left_kib - left_kib) / Math.max(1, recent_s)),
    average_kib_s: Math.floor((sync.total_kib - left_kib) / since_s),
    recent_s,
    dt0_ms: now_ms - first.at_ms,
    db0_kib: first.left_kib - left_kib,
    dt1_ms: now_ms - newest.at_ms,
    db1_kib: newest.left_kib - left_kib,
    dt_start_ms: now_ms - sync.started_ms,
  };
}

/** `done:` with two decimals (drbdsetup.c, peer_device_status): of resyncs, running or paused, and verifies. */
export function donePercent(volume: NodeVolume, now_ms: number): string | undefined {
  const word = volume.replication;
  if (!syncing.has(word) && !paused.has(word) && !verifying.has(word)) return undefined;
  const progress = progressOf(volume, now_ms);
  if (progress === undefined) return undefined;
  const done = progress.total_kib === 0 ? 100 : 100 * (1 - progress.left_kib / progress.total_kib);
  return (Math.floor(done * 100) / 100).toFixed(2);
}

/** 9.2: MiB/s of the newest mark, and what it means for the end. */
export function rate92(progress: Progress): { readonly mib_s: string; readonly eta: string } {
  const kib_s = progress.dt1_ms === 0 ? 0 : progress.db1_kib / (progress.dt1_ms / 1000);
  return { mib_s: (kib_s / 1024).toFixed(2), eta: kib_s <= 0 ? "nan" : String(Math.floor(progress.left_kib / kib_s)) };
}
