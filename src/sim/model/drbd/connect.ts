/** How the two nodes find each other, what they conclude from their generations, and how they lose each other again. */
import { type HostIx, hostIndexes, other } from "../guest.ts";
import { isAlive } from "../host.ts";
import { replicationUp, type World } from "../world.ts";
import { change, deviceLog, helper, resourceLog } from "./change.ts";
import { compare, generationText, newGeneration, sameData, type Verdict } from "./generation.ts";
import { BLOCK_KIB, startSync, stepAfter, volumeOf } from "./sync.ts";
import type { Disk, DrbdResource, Node } from "./types.ts";
import { peerGivenUp } from "./written.ts";

const forgetPeer = (node: Node): void => {
  node.peer_role = "Unknown";
  for (const volume of node.volumes)
    Object.assign(volume, { replication: "Off", peer_disk: "DUnknown", sync: undefined, blocked: undefined });
};

/** Ends the connection on one side: `via` first, then what follows from it. */
export function drop(world: World, resource: DrbdResource, ix: HostIx, via: "NetworkFailure" | "TearDown" | "Disconnecting"): void {
  const node = resource.nodes[ix];
  // A host that stands still (or is off) drops nothing.
  if (node.connection === "StandAlone" || !isAlive(world.hosts[ix])) return;
  node.epoch += 1;
  const was_connected = node.connection === "Connected";
  change(world, resource, ix, via === "Disconnecting" ? "disconnect" : "", (state) => {
    state.connection = via;
    forgetPeer(state);
  });
  if (was_connected) peerGivenUp(resource, ix);
  if (node.role === "Primary" && was_connected)
    for (const [volume] of resource.volumes.entries()) newGeneration(world, resource, ix, volume);
  if (resource.flavour === "8.4") {
    resourceLog(world, resource, ix, "ack_receiver terminated");
    resourceLog(world, resource, ix, `Terminating drbd_a_${resource.name}`);
  }
  const epoch = node.epoch;
  world.scheduler.after(world.random.between(50, 90), () => {
    if (node.epoch === epoch) settle(world, resource, ix, via === "Disconnecting");
  });
}

function settle(world: World, resource: DrbdResource, ix: HostIx, asked: boolean): void {
  const node = resource.nodes[ix];
  const epoch = node.epoch;
  resourceLog(world, resource, ix, "Connection closed");
  change(world, resource, ix, "disconnected", (state) => {
    state.connection = asked ? "StandAlone" : "Unconnected";
  });
  resourceLog(
    world,
    resource,
    ix,
    resource.flavour === "8.4" ? "receiver terminated" : `${asked ? "Terminating" : "Restarting"} receiver thread`,
  );
  if (asked) {
    if (resource.flavour === "8.4") {
      resourceLog(world, resource, ix, `Terminating drbd_r_${resource.name}`);
      change(world, resource, ix, "", (state) => {
        state.has_connection = false;
      });
    }
    return;
  }
  world.scheduler.after(world.random.between(3, 12), () => {
    if (node.epoch !== epoch) return;
    if (resource.flavour === "8.4") resourceLog(world, resource, ix, "Restarting receiver thread");
    change(world, resource, ix, "connecting", (state) => {
      state.connection = "Connecting";
    });
  });
}

/** `drbdadm connect`: starts to look for the peer. */
export function connect(world: World, resource: DrbdResource, ix: HostIx, discard_my_data = false): void {
  const node = resource.nodes[ix];
  if (node.connection !== "StandAlone" || !node.configured) return;
  node.epoch += 1;
  node.discard = discard_my_data;
  if (!node.has_connection)
    change(world, resource, ix, "", (state) => {
      state.has_connection = true;
    });
  change(world, resource, ix, "connect", (state) => {
    state.connection = "Unconnected";
  });
  const epoch = node.epoch;
  world.scheduler.after(world.random.between(10, 40), () => {
    if (node.epoch === epoch)
      change(world, resource, ix, "connecting", (state) => {
        state.connection = "Connecting";
      });
  });
}

const GREETING_MS = { least: 400, most: 3000 };

/** Lets nodes that look for each other meet, once both are there and the link carries. Called as time passes. */
export function tickConnect(world: World): void {
  if (!replicationUp(world)) return;
  for (const resource of world.drbd.values()) {
    // The peer has given up meanwhile, and answers that it knows of no connection.
    for (const ix of hostIndexes)
      if (resource.nodes[ix].connection === "Connected" && resource.nodes[other(ix)].connection !== "Connected")
        drop(world, resource, ix, "NetworkFailure");
    if (resource.greeting || !resource.nodes.every((node) => node.configured && node.connection === "Connecting")) continue;
    resource.greeting = true;
    const epochs = resource.nodes.map((node) => node.epoch);
    world.scheduler.after(world.random.between(GREETING_MS.least, GREETING_MS.most), () => {
      resource.greeting = false;
      const same = resource.nodes.every((node, at) => node.epoch === epochs[at] && node.connection === "Connecting");
      if (same && replicationUp(world)) greet(world, resource);
    });
  }
}

function greet(world: World, resource: DrbdResource): void {
  const old = resource.flavour === "8.4";
  for (const ix of hostIndexes) {
    const handshake = old
      ? "Handshake successful: Agreed network protocol version 101"
      : `Handshake to peer ${other(ix)} successful: Agreed network protocol version 122`;
    const features = old ? "0xf TRIM THIN_RESYNC WRITE_SAME WRITE_ZEROES." : "0x7f TRIM THIN_RESYNC WRITE_SAME WRITE_ZEROES RESYNC_DAGTAG";
    resourceLog(world, resource, ix, handshake);
    resourceLog(world, resource, ix, `Feature flags enabled on protocol level: ${features}`);
    if (old)
      change(world, resource, ix, "", (node) => {
        node.connection = "Connected";
      });
  }
  stepAfter(world, resource, world.random.between(30, 60), () => agree(world, resource));
}

function logHandshake(world: World, resource: DrbdResource, ix: HostIx, volume: number, verdict: Verdict): void {
  const [mine, theirs] = [volumeOf(resource.nodes[ix], volume), volumeOf(resource.nodes[other(ix)], volume)];
  deviceLog(world, resource, ix, volume, "drbd_sync_handshake:");
  for (const [word, state] of [
    ["self", mine],
    ["peer", theirs],
  ] as const)
    deviceLog(world, resource, ix, volume, `${word} ${generationText(state.gi)} bits:${state.out_of_sync_kib / BLOCK_KIB} flags:0`);
  const said = resource.flavour === "8.4" ? `${verdict.code} by rule ${verdict.rule}` : verdict.rule9;
  deviceLog(world, resource, ix, volume, `uuid_compare()=${said}`);
}

type Plan = { readonly source: HostIx; readonly full: boolean } | "none" | "split-brain" | "unrelated" | "diskless";

function plan(resource: DrbdResource, volume: number): Plan {
  const [a, b] = resource.nodes.map((node) => volumeOf(node, volume));
  if (a === undefined || b === undefined) return "diskless";
  if (a.disk === "Diskless" || b.disk === "Diskless") {
    // A Primary that has lost its disk takes no data but those that it has shown so far (drbd_receiver.c, receive_uuids: ed_uuid).
    const shown = resource.nodes.some(({ role }, at) => role === "Primary" && [a, b][at]?.disk === "Diskless");
    return shown && !sameData(a.gi, b.gi) ? "unrelated" : "diskless";
  }
  const { outcome } = compare(a.gi, b.gi);
  if (outcome === "source" || outcome === "source-full") return { source: 0, full: outcome === "source-full" };
  if (outcome === "target" || outcome === "target-full") return { source: 1, full: outcome === "target-full" };
  if (outcome === "unrelated") return "unrelated";
  if (outcome === "split-brain") {
    const victims = hostIndexes.filter((ix) => resource.nodes[ix].discard);
    const [victim] = victims;
    if (victims.length === 1 && victim !== undefined && resource.nodes[victim].role !== "Primary")
      return { source: other(victim), full: false };
    return "split-brain";
  }
  // Same data, but one side crashed while it was Primary: what its activity log names is copied again.
  const crashed = hostIndexes.find((ix) => resource.nodes[ix].crashed_primary && !resource.nodes[other(ix)].crashed_primary);
  return crashed !== undefined ? { source: crashed, full: false } : "none";
}

function agree(world: World, resource: DrbdResource): void {
  const plans = resource.volumes.map((_, volume) => plan(resource, volume));
  for (const [volume, what] of plans.entries())
    if (what !== "diskless")
      for (const ix of hostIndexes) {
        const [mine, theirs] = [volumeOf(resource.nodes[ix], volume), volumeOf(resource.nodes[other(ix)], volume)];
        logHandshake(world, resource, ix, volume, compare(mine.gi, theirs.gi));
      }
  const bad = plans.findIndex((what) => what === "split-brain" || what === "unrelated");
  if (bad >= 0) {
    refuse(world, resource, bad, plans[bad] === "split-brain");
    return;
  }
  for (const node of resource.nodes) {
    node.discard = false;
    node.crashed_primary = false;
  }
  settleVolumes(world, resource, plans);
}

/** What this side says of its own disk and of the peer's, once they have agreed. */
function settleVolumes(world: World, resource: DrbdResource, plans: readonly Plan[]): void {
  const roles = resource.nodes.map((node) => node.role);
  const totals = resource.volumes.map((spec, volume) => {
    const sum = resource.nodes.reduce((kib, node) => kib + volumeOf(node, volume).out_of_sync_kib, 0);
    const what = plans[volume];
    return typeof what === "object" && what.full ? spec.size_kib : Math.min(spec.size_kib, sum);
  });
  for (const ix of hostIndexes)
    change(world, resource, ix, "connected", (node) => {
      node.connection = "Connected";
      node.peer_role = roles[other(ix)] ?? "Unknown";
      for (const [volume, what] of plans.entries()) {
        const state = volumeOf(node, volume);
        const peer = volumeOf(resource.nodes[other(ix)], volume);
        if (typeof what !== "object") {
          const upToDate = (disk: Disk): Disk => (disk === "Consistent" || disk === "Outdated" ? "UpToDate" : disk);
          Object.assign(state, { replication: "Established", disk: upToDate(state.disk), peer_disk: upToDate(peer.disk) });
        } else if (what.source === ix) {
          Object.assign(state, {
            replication: "WFBitMapS",
            disk: "UpToDate",
            peer_disk: peer.disk === "Inconsistent" ? "Inconsistent" : "Consistent",
          });
        } else {
          const disk = state.disk === "Inconsistent" ? "Inconsistent" : "Outdated";
          Object.assign(state, { replication: "WFBitMapT", disk, peer_disk: "UpToDate", blocked: "upper" });
        }
      }
    });
  for (const [volume, what] of plans.entries())
    if (typeof what === "object") startSync(world, resource, volume, what.source, totals[volume] ?? 0);
}

function refuse(world: World, resource: DrbdResource, volume: number, split: boolean): void {
  const text = split ? "Split-Brain detected but unresolved, dropping connection!" : "Unrelated data, aborting!";
  for (const ix of hostIndexes) {
    const give_up = (): void => {
      deviceLog(world, resource, ix, volume, text);
      if (split) helper(world, resource, ix, volume, "split-brain", () => drop(world, resource, ix, "Disconnecting"));
      else drop(world, resource, ix, "Disconnecting");
    };
    if (split) helper(world, resource, ix, volume, "initial-split-brain", give_up);
    else give_up();
  }
}

/** A node whose pings get no answer: it was seen only after DRBD's timeouts, each resource at its own moment. */
export function watchLink(world: World, resource: DrbdResource, ix: HostIx): void {
  const node = resource.nodes[ix];
  if (node.connection !== "Connected") return;
  const busy = node.role === "Primary";
  const delay_ms = busy ? world.random.between(9_000, 13_000) : world.random.between(14_000, 20_000);
  const epoch = node.epoch;
  world.scheduler.after(delay_ms, () => {
    // A peer that gave the connection up answers on it no more than one that is gone.
    const heard = replicationUp(world) && resource.nodes[other(ix)].connection === "Connected";
    if (node.epoch !== epoch || node.connection !== "Connected" || heard || !isAlive(world.hosts[ix])) return;
    resourceLog(world, resource, ix, "PingAck did not arrive in time.");
    drop(world, resource, ix, "NetworkFailure");
  });
}
