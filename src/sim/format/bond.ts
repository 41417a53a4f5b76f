/** /proc/net/bonding/NAME, part by part (bond_procfs.c). */
import type { SimHost } from "../model/host.ts";
import { type BondSettings, findDev, hasCarrier } from "../model/network.ts";
import { type Format, notHere, ok } from "./answer.ts";

export const bondFiles: Format = (_world, host) => {
  if (host.network.bonds.length === 0) return notHere;
  return ok(host.network.bonds.map((bond) => `@@ ${bond.name}\n${bondFile(host, bond)}`).join(""));
};

function bondFile(host: SimHost, bond: BondSettings): string {
  const { network } = host;
  const dev = findDev(network, bond.name);
  const word = (up: boolean): string => (up ? "up" : "down");
  const slaves = network.devs.filter((slave) => slave.master === bond.name);
  const mode = bond.mode === "active-backup" ? "fault-tolerance (active-backup)" : "IEEE 802.3ad Dynamic link aggregation";
  const active =
    bond.mode === "active-backup"
      ? `Primary Slave: None\nCurrently Active Slave: ${bond.active ?? "None"}\n`
      : "Transmit Hash Policy: layer2 (0)\n";
  const head = `Ethernet Channel Bonding Driver: v${host.kernel}\n\nBonding Mode: ${mode}\n${active}MII Status: ${word(dev !== undefined && hasCarrier(network, dev))}\n`;
  const delays = "MII Polling Interval (ms): 100\nUp Delay (ms): 0\nDown Delay (ms): 0\nPeer Notification Delay (ms): 0\n";
  const each = slaves.map((slave) => {
    const up = hasCarrier(network, slave);
    const speed = up ? "Speed: 10000 Mbps\nDuplex: full\n" : "Speed: Unknown\nDuplex: Unknown\n";
    return `\nSlave Interface: ${slave.name}\nMII Status: ${word(up)}\n${speed}Link Failure Count: ${slave.bond_failures}\nPermanent HW addr: ${slave.mac}\nSlave queue ID: 0\n`;
  });
  return head + delays + each.join("");
}
