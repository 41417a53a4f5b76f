/** Two HBAs a host, two ports of the array each, NPIV ports on them. */
import type { SimHost } from "../../model/host.ts";
import type { Lun } from "./storage.ts";

const HBAS = [
  { host_no: 15, pci: "0000:86:00.0", fabric: "0x100000533a1b0001" },
  { host_no: 16, pci: "0000:86:00.1", fabric: "0x100000533a1b0002" },
] as const;
const TARGET_PORTS = ["0x524a937c1f0b2d00", "0x524a937c1f0b2d01"] as const;

/** sdb ... sdz, sdaa ... */
export function scsiName(at: number): string {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  const index = at + 1;
  return index < 26 ? `sd${letters[index]}` : `sd${letters[Math.floor(index / 26) - 1]}${letters[index % 26]}`;
}

export function addFcLuns(host: SimHost, luns: readonly Lun[]): void {
  const { storage } = host;
  storage.has_multipath = true;
  for (const [at, { wwid, size_kib, lun }] of luns.entries())
    storage.maps.push({
      name: `mpath${String.fromCharCode(97 + at)}`,
      wwid,
      dm_minor: at,
      size_kib,
      vendor: "PURE",
      product: "FlashArray",
      rev: "8888",
      serial: `${wwid.slice(9, 25)}${lun}`,
      hwhandler: "1 alua",
      priority: 50,
      queueing: "12 chk",
      path_faults: 0,
      map_loads: 1,
    });
  for (const [at, hba] of HBAS.entries()) {
    const wwn = (kind: string, of: number): string => `0x${kind}24ff7c${host.ix}${at}${of.toString(16).padStart(2, "0")}7a`.padEnd(18, "0");
    storage.fc.push({
      name: `host${hba.host_no}`,
      port_name: wwn("2100", 0),
      node_name: wwn("2000", 0),
      state: "Online",
      speed: "16 Gbit",
      fabric_name: hba.fabric,
      max_npiv: 254,
      vports: [0, 1].map((of) => ({ name: `vport-${hba.host_no}:0-${of}`, port_name: wwn("2101", of + 1), state: "Active" })),
    });
    for (const [port, target_wwpn] of TARGET_PORTS.entries())
      for (const { wwid, lun } of luns)
        storage.paths.push({
          dev: scsiName(storage.paths.length),
          hctl: `${hba.host_no}:0:${port}:${lun}`,
          wwid,
          transport: { kind: "fc", host: `host${hba.host_no}`, target_wwnn: "0x524a937c1f0b2d00", target_wwpn, through: hba.pci },
          dm_state: "active",
          checker: "ready",
          dev_state: "running",
        });
  }
}
