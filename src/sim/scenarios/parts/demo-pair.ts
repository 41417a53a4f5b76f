/** The pair that most scenarios begin with: two servers, nine guests, every kind of storage. */
import { buildWorld } from "../../model/build.ts";
import type { Flavour } from "../../model/drbd/types.ts";
import type { World } from "../../model/world.ts";
import { disk, guest, mirrored, settleGuest } from "./guests.ts";
import { DAY_S, serverHost } from "./hosts.ts";
import { addDemoNetwork } from "./network.ts";
import { addIscsiLuns, addLocalDisks, addNfs, addThinPool, GIB_KIB, type Lun, settleVg } from "./storage.ts";

export const LUNS: readonly Lun[] = [
  { lun: 1, wwid: "36001405a9e2f1d0c4b84f6e8d30a7c11", size_kib: 300 * GIB_KIB },
  { lun: 2, wwid: "36001405c07bb3a94e5d4a1f92e6f5d22", size_kib: 200 * GIB_KIB },
];
const NFS_MOUNT = "/srv/nfs/xen";

/** Guests by name: where they live, for those who write scenarios. */
export const demoGuests = {
  alpha: ["web01", "db01", "mail01", "proxy01", "erp01"],
  beta: ["web02", "db02", "ldap01", "build01"],
} as const;

function addGuests(world: World): void {
  const drbd = (resource: string, volume = 0) => ({ kind: "drbd", resource, volume }) as const;
  const lun = (at: 0 | 1) => ({ kind: "multipath", wwid: LUNS[at]?.wwid ?? "" }) as const;
  const web = { memory_mib: 4096, vcpus: 2, bridges: ["xenbr-dmz", "xenbr-priv"], load: { cpu: 0.35, net_kib_s: 420 } } as const;
  const on = { alpha: 0, beta: 1 } as const;
  settleGuest(world, guest({ name: "web01", number: 11, ...web, disks: [disk("xvda", drbd("web01"), 20)] }), on.alpha);
  const db = { memory_mib: 16_384, vcpus: 6, load: { cpu: 1.1, write_kib_s: 1900, read_kib_s: 3200, net_kib_s: 260 } } as const;
  const dbDisks = [disk("xvda", drbd("db01", 0), 20), disk("xvdb", drbd("db01", 1), 120)];
  settleGuest(world, guest({ name: "db01", number: 12, ...db, bridges: ["xenbr-priv", "xenbr-back"], disks: dbDisks }), on.alpha);
  const mail = { memory_mib: 8192, vcpus: 4, load: { cpu: 0.3, write_kib_s: 320 } } as const;
  settleGuest(
    world,
    guest({ name: "mail01", number: 13, type: "hvm", ...mail, bridges: ["xenbr0"], disks: [disk("xvda", drbd("mail01"), 80)] }),
    on.alpha,
  );
  const proxy = { memory_mib: 2048, vcpus: 2, load: { cpu: 0.2, net_kib_s: 900 } } as const;
  settleGuest(
    world,
    guest({ name: "proxy01", number: 14, ...proxy, bridges: ["xenbr-dmz", "xenbr0"], disks: [disk("xvda", drbd("proxy01"), 8)] }),
    on.alpha,
  );
  const erp = { memory_mib: 12_288, vcpus: 4, load: { cpu: 0.6, write_kib_s: 700 } } as const;
  settleGuest(
    world,
    guest({ name: "erp01", number: 15, type: "hvm", ...erp, bridges: ["xenbr0", "xenbr-back"], disks: [disk("xvda", lun(0), 300)] }),
    on.alpha,
  );
  settleGuest(world, guest({ name: "web02", number: 21, ...web, disks: [disk("xvda", drbd("web02"), 20)] }), on.beta);
  settleGuest(
    world,
    guest({ name: "db02", number: 22, ...db, memory_mib: 12_288, bridges: ["xenbr-priv"], disks: [disk("xvda", lun(1), 200)] }),
    on.beta,
  );
  const ldap = { memory_mib: 2048, vcpus: 1, bridges: ["xenbr0"] } as const;
  settleGuest(world, guest({ name: "ldap01", number: 23, ...ldap, disks: [disk("xvda", drbd("ldap01"), 8)] }), on.beta);
  const build = { memory_mib: 6144, vcpus: 8, bridges: ["xenbr0"], load: { cpu: 2.4, net_kib_s: 80 } } as const;
  const image = { kind: "nfs", mountpoint: NFS_MOUNT, file: "build01.img" } as const;
  settleGuest(world, guest({ name: "build01", number: 24, ...build, disks: [disk("xvda", image, 60)] }), on.beta);
}

/** Everything is well. */
export function demoPair(seed: number, start_ms: number, flavour: Flavour = "8.4"): World {
  const world = buildWorld(seed, start_ms, [serverHost("alpha", 41 * DAY_S + 12_345), serverHost("beta", 12 * DAY_S + 4_321)]);
  for (const host of world.hosts) {
    addDemoNetwork(host);
    addLocalDisks(host, 1490);
  }
  mirrored(world, "web01", [20], flavour);
  mirrored(world, "web02", [20], flavour);
  mirrored(world, "db01", [20, 120], flavour);
  mirrored(world, "mail01", [80], flavour, 40_960);
  mirrored(world, "proxy01", [8], flavour);
  mirrored(world, "ldap01", [8], flavour);
  for (const host of world.hosts) {
    addThinPool(host, "thin0", 400 * GIB_KIB, host.ix === 0 ? 61.27 : 44.9);
    addIscsiLuns(host, LUNS);
    addNfs(world, host, NFS_MOUNT);
    settleVg(host);
  }
  addGuests(world);
  return world;
}
