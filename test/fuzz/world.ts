/** The smallest pair that everything can go wrong with: two guests on DRBD, one on each host, everything well. */
import { createFaults, type Faults } from "../../src/sim/fault.ts";
import { buildWorld } from "../../src/sim/model/build.ts";
import { failPath } from "../../src/sim/model/storage-paths.ts";
import { startTicking } from "../../src/sim/model/tick.ts";
import type { World } from "../../src/sim/model/world.ts";
import { disk, guest, mirrored, settleGuest } from "../../src/sim/scenarios/parts/guests.ts";
import { DAY_S, serverHost } from "../../src/sim/scenarios/parts/hosts.ts";
import { addDemoNetwork } from "../../src/sim/scenarios/parts/network.ts";
import { addIscsiLuns, addLocalDisks, addNfs, GIB_KIB, type Lun, settleVg } from "../../src/sim/scenarios/parts/storage.ts";
import type { Setting, Story } from "./story.ts";

export const guests = ["web01", "db01"] as const;
const START_MS = Date.UTC(2026, 10, 22, 20, 0, 0);

export interface FuzzWorld {
  readonly world: World;
  readonly fault: Faults;
}

/** In stories of storage and network: a guest on an iSCSI LUN of two paths, on alpha. */
export const sanGuest = "app01";
const LUN: Lun = { lun: 1, wwid: "36001405a9e2f1d0c4b84f6e8d30a7c11", size_kib: 40 * GIB_KIB };
const NFS_MOUNT = "/srv/nfs/xen";

function addSan(world: World): void {
  for (const host of world.hosts) {
    addIscsiLuns(host, [LUN]);
    addNfs(world, host, NFS_MOUNT);
  }
  const on = disk("xvda", { kind: "multipath", wwid: LUN.wwid }, 40);
  settleGuest(world, guest({ name: sanGuest, number: 9, memory_mib: 512, vcpus: 1, bridges: ["xenbr-priv"], disks: [on] }), 0);
}

/** two: whether two primaries are allowed from the start. setting: `san` has storage and networks beside DRBD. */
export function fuzzWorld(seed: number, two: boolean, setting: Setting = "well"): FuzzWorld {
  const world = buildWorld(seed, START_MS, [serverHost("alpha", 3 * DAY_S), serverHost("beta", 2 * DAY_S)]);
  for (const host of world.hosts) {
    const spare = setting === "san" ? [{ bridge: "xenbr-dmz", vlan_id: 200 }] : [];
    addDemoNetwork(host, [{ bridge: "xenbr-priv", vlan_id: 100 }, ...spare]);
    addLocalDisks(host, 400);
  }
  for (const name of guests) mirrored(world, name, [4], "8.4");
  for (const host of world.hosts) settleVg(host);
  for (const [at, name] of guests.entries()) {
    const drbd = { kind: "drbd", resource: name, volume: 0 } as const;
    settleGuest(
      world,
      guest({ name, number: at + 1, memory_mib: 512, vcpus: 1, bridges: ["xenbr-priv"], disks: [disk("xvda", drbd, 4)] }),
      at === 0 ? 0 : 1,
    );
  }
  if (setting === "san") addSan(world);
  for (const resource of world.drbd.values()) resource.two_primaries = [two, two];
  startTicking(world);
  world.scheduler.advance(5_000);
  return { world, fault: createFaults(world) };
}

/** The guest, and resource, that a story is about. */
export const guestOf = ({ args }: Story["request"]): string =>
  args.guest ?? args.resource ?? (args.host === "beta" ? guests[1] : guests[0]);

/** The pair as the story begins: disks parted, a guest down. */
export async function settle(
  world: World,
  fault: Faults,
  { setting, request }: Pick<Story, "setting" | "request">,
  pass: (ms: number) => Promise<void>,
): Promise<void> {
  const guest = guestOf(request);
  const home = guest === guests[0] ? "alpha" : "beta";
  const away = home === "alpha" ? "beta" : "alpha";
  const resource = world.drbd.get(guest);
  if (setting === "san" && request.action === "net create") fault.vlanMissing("beta", 200, true);
  if (setting === "san" && request.action === "path reinstate") {
    for (const path of world.hosts[0].storage.paths.slice(0, 1)) failPath(world, world.hosts[0], path, "operator");
  }
  if (setting === "paused") fault.guestPaused(guest, true);
  if (setting === "apart") {
    // Written on one side alone, then shut down: only that copy is whole, and both call themselves so.
    fault.disconnect(guest, away);
    await pass(4_000);
    if (request.action === "guest start") fault.guestStop(guest);
    await pass(1_000);
  }
  if (setting === "down") {
    fault.guestStop(guest);
    await pass(1_000);
  }
  if (setting === "dead") {
    fault.hostDead(home);
    await pass(26_000);
  }
  if (setting === "parted") {
    fault.consoleLinkCut(home);
    fault.replicationLinkCut();
    await pass(26_000);
  }
  if (setting === "returned") {
    fault.hostDead(home);
    await pass(26_000);
    fault.hostBack(home);
    await pass(50_000);
  }
  if (setting === "husk") {
    fault.migrate(guest, (["suspended", "handover"] as const)[world.random.int(0, 1)]);
    await pass(12_000);
  }
  if (setting === "split" && resource !== undefined) {
    fault.splitBrain(guest);
    await pass(12_000);
    // What the other side wrote is what somebody's hand did there; nobody was told that it is safe.
    resource.acked.splice(0, resource.acked.length, ...resource.nodes[home === "alpha" ? 0 : 1].volumes.map(({ held }) => new Map(held)));
  }
}
