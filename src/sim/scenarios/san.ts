/** A pair on a SAN: Fibre Channel, NPIV, no DRBD. */
import { addDev, addOvs, buildWorld } from "../model/build.ts";
import type { World } from "../model/world.ts";
import { addFcLuns } from "./parts/fc.ts";
import { disk, guest, settleGuest } from "./parts/guests.ts";
import { DAY_S, serverHost } from "./parts/hosts.ts";
import { addDemoNetwork } from "./parts/network.ts";
import { addLocalDisks, GIB_KIB, type Lun, settleVg } from "./parts/storage.ts";
import type { Scenario } from "./scenario.ts";

const NAMES = ["sap01", "sap02", "oracle01", "files01", "exchange01", "term01"] as const;
const luns: readonly Lun[] = NAMES.map((_, at) => ({
  lun: at + 1,
  wwid: `3624a9370c1f0b2d58e3a4b${String(at + 11).padStart(10, "0")}`,
  size_kib: (200 + at * 100) * GIB_KIB,
}));

function build(seed: number, start_ms: number): World {
  const world = buildWorld(seed, start_ms, [serverHost("alpha", 90 * DAY_S), serverHost("beta", 88 * DAY_S)]);
  for (const host of world.hosts) {
    addDemoNetwork(host);
    const bus = { bus: "pci", dev: "0000:31:00.2" };
    addDev(host.network, { name: "eno3", kind: "ether", bus }, `b496914a03${host.ix}2`);
    addOvs(host.network, "ovsbr0", "eno3", [300, 301], `bab87b36a8${host.ix}4`);
    host.storage.nbd.push({ dev: "nbd0", size_bytes: 20 * 1024 ** 3, pid: 912 + host.ix });
    addLocalDisks(host, 446);
    addFcLuns(host, luns);
    settleVg(host);
  }
  for (const [at, name] of NAMES.entries()) {
    const on = { kind: "multipath", wwid: luns[at]?.wwid ?? "" } as const;
    const size = (luns[at]?.size_kib ?? 0) / GIB_KIB;
    const load = { cpu: 0.4 + at * 0.2, write_kib_s: 900, read_kib_s: 2100 };
    settleGuest(
      world,
      guest({
        name,
        number: 31 + at,
        type: at % 2 === 0 ? "hvm" : "pvh",
        memory_mib: 8192,
        vcpus: 4,
        bridges: at < 3 ? ["xenbr0", "xenbr-back"] : ["xenbr0", "ovsbr0.300"],
        disks: [disk("xvda", on, size)],
        load,
      }),
      at % 2 === 0 ? 0 : 1,
    );
  }
  return world;
}

export const san: Scenario = {
  name: "san",
  sentence: "Guests on Fibre Channel LUNs: one of alpha's HBAs lost its link, half of its paths are gone, an NPIV port is broken.",
  build,
  steps: [
    { at_s: -120, what: "alpha's second HBA loses its link", act: (fault) => fault.fcLinkdown("alpha", "host16") },
    { at_s: -30, what: "an NPIV port of beta breaks", act: (fault) => fault.vportBroken("beta", "vport-15:0-0") },
    { at_s: 180, what: "the link is back", act: (fault) => fault.fcLinkup("alpha", "host16") },
  ],
};
