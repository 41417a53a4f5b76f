/** As many guests as the product promises to keep readable. */
import { buildWorld } from "../model/build.ts";
import type { World } from "../model/world.ts";
import { createRandom } from "../random.ts";
import { disk, guest, mirrored, settleGuest } from "./parts/guests.ts";
import { DAY_S, serverHardware, serverHost } from "./parts/hosts.ts";
import { addDemoNetwork, type VlanBridge } from "./parts/network.ts";
import { addIscsiLuns, addLocalDisks, addThinPool, GIB_KIB, settleVg } from "./parts/storage.ts";
import type { Scenario } from "./scenario.ts";

const GUESTS = 200;
/** Each guest's resource has two volumes: 400 in all. */
const VLANS: readonly VlanBridge[] = Array.from({ length: 24 }, (_, at) => ({ bridge: `br-v${1000 + at * 10}`, vlan_id: 1000 + at * 10 }));
const KINDS = ["web", "app", "db", "mq", "cache", "batch", "mon", "vpn"] as const;

const hardware = { ...serverHardware, product: "PowerEdge R750", nr_cpus: 112, cores_per_socket: 28, memory_mib: 1_048_000 };

/** So many guests, each with a resource of two volumes. */
export function buildSized(seed: number, start_ms: number, guests: number): World {
  const draw = createRandom(seed).fork("large");
  const world = buildWorld(seed, start_ms, [serverHost("alpha", 200 * DAY_S, { hardware }), serverHost("beta", 120 * DAY_S, { hardware })]);
  for (const host of world.hosts) {
    addDemoNetwork(host, VLANS);
    addLocalDisks(host, 30_000);
  }
  const names = Array.from(
    { length: guests },
    (_, at) => `${KINDS[at % KINDS.length]}${String(Math.floor(at / KINDS.length) + 1).padStart(3, "0")}`,
  );
  for (const name of names) mirrored(world, name, [8 + draw.int(0, 12), 20 + draw.int(0, 60)], "8.4");
  for (const host of world.hosts) {
    addThinPool(host, "thin0", 2000 * GIB_KIB, 70 + host.ix);
    addIscsiLuns(host, []);
    settleVg(host);
  }
  for (const [at, name] of names.entries()) {
    const disks = [
      disk("xvda", { kind: "drbd", resource: name, volume: 0 }, 8),
      disk("xvdb", { kind: "drbd", resource: name, volume: 1 }, 20),
    ];
    const bridges = [VLANS[draw.int(0, VLANS.length - 1)]?.bridge ?? "xenbr0", "xenbr0"];
    const load = { cpu: draw.between(0.01, 0.8), write_kib_s: draw.int(4, 300), read_kib_s: draw.int(4, 600), net_kib_s: draw.int(1, 200) };
    const size = { memory_mib: 1024 * draw.int(1, 6), vcpus: draw.int(1, 4) };
    settleGuest(world, guest({ name, number: 100 + at, ...size, disks, bridges, load }), at % 2 === 0 ? 0 : 1);
  }
  return world;
}

export const large: Scenario = {
  name: "large",
  sentence: "Two hundred guests on four hundred mirrored disks and two dozen VLANs; a few resyncs and one missing VLAN among them.",
  build: (seed, start_ms) => buildSized(seed, start_ms, GUESTS),
  steps: [
    {
      at_s: -30,
      what: "some disks are copied",
      act: (fault) => {
        for (const name of ["db003", "web011", "mq007"]) fault.resync(name, "alpha", 4 * GIB_KIB);
      },
    },
    { at_s: -25, what: "one VLAN is missing on beta", act: (fault) => fault.vlanMissing("beta", 1050) },
    { at_s: 20, what: "guests move", act: (fault) => fault.migrate("app005") },
    { at_s: 60, what: "guests move", act: (fault) => fault.migrate("cache009") },
  ],
};
