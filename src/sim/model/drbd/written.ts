/**
 * Which of the guests' writes each copy of a volume holds, and which of them were acknowledged. Counted by data generation, so that two sides that were
 * written apart differ. Nothing prints this: it is the truth that tests look at.
 */
import { type HostIx, other } from "../guest.ts";
import type { DrbdResource, Node, NodeVolume } from "./types.ts";

/** Generation -> number of writes of it. */
export type Writes = Map<bigint, number>;

const WAS_PRIMARY = 1n;
const generation = ({ gi }: NodeVolume): bigint => gi.current & ~WAS_PRIMARY;
const add = (writes: Writes, key: bigint, count: number): void => void writes.set(key, (writes.get(key) ?? 0) + count);

function parts(resource: DrbdResource, ix: HostIx, volume: number) {
  const node = resource.nodes[ix];
  const mine = node.volumes[volume];
  const theirs = resource.nodes[other(ix)].volumes[volume];
  const acked = resource.acked[volume];
  if (mine === undefined || theirs === undefined || acked === undefined) throw new Error(`no volume ${volume}`);
  return { node, mine, theirs, acked };
}

/** What was on its way has arrived: the link had only been silent. */
function arrive(mine: NodeVolume, theirs: NodeVolume, acked: Writes): void {
  if (mine.in_flight === 0) return;
  if (theirs.disk === "UpToDate") add(theirs.held, generation(mine), mine.in_flight);
  add(acked, generation(mine), mine.in_flight);
  mine.in_flight = 0;
}

/** A guest's write on this node. connected: whether both sides hear each other now. */
export function wrote(resource: DrbdResource, ix: HostIx, volume: number, connected: boolean): void {
  const { node, mine, theirs, acked } = parts(resource, ix, volume);
  const key = generation(mine.disk === "Diskless" ? theirs : mine);
  if (connected) {
    arrive(mine, theirs, acked);
    if (mine.disk !== "Diskless") add(mine.held, key, 1);
    if (theirs.disk === "UpToDate") add(theirs.held, key, 1);
    add(acked, key, 1);
  } else if (mine.disk !== "Diskless") {
    add(mine.held, key, 1);
    // Protocol C: while the peer counts as connected, its answer is waited for.
    if (node.connection === "Connected") mine.in_flight += 1;
    else add(acked, key, 1);
  }
}

/** The peer is given up: what waited for its answer is acknowledged from this side alone. */
export function peerGivenUp(resource: DrbdResource, ix: HostIx): void {
  for (const volume of resource.volumes.keys()) {
    const { mine, acked } = parts(resource, ix, volume);
    if (mine.in_flight > 0) add(acked, generation(mine), mine.in_flight);
    mine.in_flight = 0;
  }
}

/** Its host lost its power: whoever waited got no answer. */
export function unanswered(node: Node): void {
  for (const volume of node.volumes) volume.in_flight = 0;
}

/** A resync has ended: the target holds what the source holds, nothing else. What both hold for good isn't counted any longer. */
export function copied(resource: DrbdResource, volume: number, source: HostIx): void {
  const { mine, theirs, acked } = parts(resource, source, volume);
  theirs.held = new Map(mine.held);
  for (const [key, count] of acked)
    if (key !== generation(mine) && mine.held.get(key) === count) for (const writes of [mine.held, theirs.held, acked]) writes.delete(key);
}

const lacking = (acked: Writes, held: (key: bigint) => number): number =>
  [...acked].reduce((sum, [key, count]) => sum + Math.max(0, count - held(key)), 0);

/** Acknowledged writes that no copy holds any more. */
export function lostWrites(resource: DrbdResource, volume: number): number {
  const { mine, theirs, acked } = parts(resource, 0, volume);
  return lacking(acked, (key) => Math.max(mine.held.get(key) ?? 0, theirs.held.get(key) ?? 0));
}

/**
 * Acknowledged writes that a guest on this node doesn't see. connected: whether it can read from the peer what it hasn't itself. Where there is nothing
 * whole to read from it gets errors, not old data.
 */
export function unseenWrites(resource: DrbdResource, ix: HostIx, volume: number, connected: boolean): number {
  const { mine, theirs, acked } = parts(resource, ix, volume);
  const read = mine.disk === "UpToDate" ? mine : theirs;
  if (read.disk !== "UpToDate" || (read === theirs && !connected)) return 0;
  return lacking(acked, (key) => read.held.get(key) ?? 0);
}

/** Somebody has said, in so many words, that what only this node's copy holds may be lost. */
export function givenUp(resource: DrbdResource, ix: HostIx, volume: number): void {
  const { theirs, acked } = parts(resource, ix, volume);
  for (const [key, count] of acked) acked.set(key, Math.min(count, theirs.held.get(key) ?? 0));
}
