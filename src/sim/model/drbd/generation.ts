/** Data generation UUIDs and what comparing them says (drbd_receiver.c, drbd_uuid_compare). */
import type { Random } from "../../random.ts";
import type { HostIx } from "../guest.ts";
import type { World } from "../world.ts";
import { deviceLog } from "./change.ts";
import type { DrbdResource, Generation, NodeVolume } from "./types.ts";

const PRIMARY_BIT = 1n;
const plain = (uuid: bigint): bigint => uuid & ~PRIMARY_BIT;
const NEW_BITMAP_OFFSET = 0x0001000000000000n;
const MASK = 0xffffffffffffffffn;

export const uuidText = (uuid: bigint): string => uuid.toString(16).toUpperCase().padStart(16, "0");
export const generationText = (gi: Generation): string => [gi.current, gi.bitmap, gi.younger, gi.older].map(uuidText).join(":");
export const newUuid = (random: Random): bigint => BigInt(`0x${random.hex(16)}`) & ~PRIMARY_BIT;

export interface Verdict {
  readonly outcome: "none" | "source" | "target" | "source-full" | "target-full" | "split-brain" | "unrelated";
  /** As 8.4 logs it. */
  readonly code: number;
  readonly rule: number;
  /** As 9.2 logs it. */
  readonly rule9: string;
}

export function compare(self: Generation, peer: Generation): Verdict {
  const mine = { current: plain(self.current), bitmap: plain(self.bitmap), history: [plain(self.younger), plain(self.older)] };
  const theirs = { current: plain(peer.current), bitmap: plain(peer.bitmap), history: [plain(peer.younger), plain(peer.older)] };
  const verdict = (outcome: Verdict["outcome"], code: number, rule: number, rule9: string): Verdict => ({ outcome, code, rule, rule9 });
  if (mine.current === theirs.current) return verdict("none", 0, 40, "no-sync by rule=both-off");
  if (mine.current === theirs.bitmap) return verdict("target", -1, 50, "target-use-bitmap by rule=bitmap-peer");
  if (theirs.history.includes(mine.current)) return verdict("target-full", -2, 60, "target-set-bitmap by rule=history-peer");
  if (mine.bitmap === theirs.current) return verdict("source", 1, 70, "source-use-bitmap by rule=bitmap-self");
  if (mine.history.includes(theirs.current)) return verdict("source-full", 2, 80, "source-set-bitmap by rule=history-self");
  if (mine.bitmap === theirs.bitmap && mine.bitmap !== 0n)
    return verdict("split-brain", 100, 90, "split-brain-auto-recover by rule=bitmap-both");
  if (mine.history.some((uuid) => uuid !== 0n && theirs.history.includes(uuid)))
    return verdict("split-brain", -100, 100, "split-brain-disconnect by rule=history-both");
  return verdict("unrelated", -1000, 100, "unrelated-data by rule=lost-quorum");
}

export const sameData = (a: Generation, b: Generation): boolean => plain(a.current) === plain(b.current);

/** A Primary that lost its peer, or one that was made so alone, starts a new generation: the bitmap counts from the old one. */
export function newGeneration(world: World, resource: DrbdResource, ix: HostIx, volume: number): void {
  const state = resource.nodes[ix].volumes[volume];
  if (state === undefined || state.gi.bitmap !== 0n || state.disk !== "UpToDate") return;
  state.gi.bitmap = state.gi.current;
  state.gi.current = newUuid(world.random) | (resource.nodes[ix].role === "Primary" ? PRIMARY_BIT : 0n);
  const text =
    resource.flavour === "8.4"
      ? `new current UUID ${generationText(state.gi)}`
      : `new current UUID: ${uuidText(state.gi.current)} weak: FFFFFFFFFFFFFFFE`;
  deviceLog(world, resource, ix, volume, text, false);
}

/** The source, as a resync begins: its bitmap gets a generation of its own (a random one where everything is copied by order). */
export function beginSyncGeneration(random: Random, source: NodeVolume): void {
  source.gi.older = source.gi.younger;
  source.gi.younger = source.gi.bitmap;
  source.gi.bitmap = source.gi.bitmap === 0n ? newUuid(random) : (source.gi.bitmap + NEW_BITMAP_OFFSET) & MASK;
}

/** Both, as a resync ends: the target holds what the source holds. */
export function endSyncGeneration(source: NodeVolume, target: NodeVolume): void {
  source.gi.older = source.gi.younger;
  source.gi.younger = source.gi.bitmap;
  source.gi.bitmap = 0n;
  target.gi = { current: plain(source.gi.current), bitmap: 0n, younger: plain(source.gi.younger), older: source.gi.older };
}

/** `drbdadm get-gi`'s flags: consistent, was up to date, primary, connected, full sync set, peer outdated, crashed primary. */
export function giFlags(resource: DrbdResource, ix: HostIx, volume: number): readonly number[] {
  const node = resource.nodes[ix];
  const state = node.volumes[volume];
  if (state === undefined) return [0, 0, 0, 0, 0, 0, 0];
  const consistent = !["Inconsistent", "Failed", "Diskless"].includes(state.disk);
  return [
    consistent ? 1 : 0,
    state.disk === "UpToDate" || state.disk === "Consistent" ? 1 : 0,
    node.role === "Primary" ? 1 : 0,
    node.connection === "Connected" ? 1 : 0,
    0,
    state.peer_disk === "Outdated" || state.peer_disk === "Inconsistent" ? 1 : 0,
    node.crashed_primary ? 1 : 0,
  ];
}
