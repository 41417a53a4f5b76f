/** The smallest pair that everything can go wrong with: two guests on DRBD, one on each host, everything well. */
import { createFaults, type Faults } from "../../src/sim/fault.ts";
import { buildWorld } from "../../src/sim/model/build.ts";
import { startTicking } from "../../src/sim/model/tick.ts";
import type { World } from "../../src/sim/model/world.ts";
import { disk, guest, mirrored, settleGuest } from "../../src/sim/scenarios/parts/guests.ts";
import { DAY_S, serverHost } from "../../src/sim/scenarios/parts/hosts.ts";
import { addDemoNetwork } from "../../src/sim/scenarios/parts/network.ts";
import { addLocalDisks, settleVg } from "../../src/sim/scenarios/parts/storage.ts";

export const guests = ["web01", "db01"] as const;
const START_MS = Date.UTC(2026, 10, 22, 20, 0, 0);

export interface FuzzWorld {
  readonly world: World;
  readonly fault: Faults;
}

/** two: whether two primaries are allowed from the start. */
export function fuzzWorld(seed: number, two: boolean): FuzzWorld {
  const world = buildWorld(seed, START_MS, [serverHost("alpha", 3 * DAY_S), serverHost("beta", 2 * DAY_S)]);
  for (const host of world.hosts) {
    addDemoNetwork(host, [{ bridge: "xenbr-priv", vlan_id: 100 }]);
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
  for (const resource of world.drbd.values()) resource.two_primaries = [two, two];
  startTicking(world);
  world.scheduler.advance(5_000);
  return { world, fault: createFaults(world) };
}
