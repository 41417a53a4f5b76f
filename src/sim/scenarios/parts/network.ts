/** The demo's cabling: two NICs bonded for the guests' networks, two for storage, VLANs on the bond. */
import { addDev, addLoopback } from "../../model/build.ts";
import type { SimHost } from "../../model/host.ts";

export interface VlanBridge {
  readonly bridge: string;
  readonly vlan_id: number;
}

export const demoVlans: readonly VlanBridge[] = [
  { bridge: "xenbr-priv", vlan_id: 100 },
  { bridge: "xenbr-dmz", vlan_id: 200 },
  { bridge: "xenbr-back", vlan_id: 310 },
];

/** Last octets: unlike on every host and interface. */
const mac = (host: SimHost, at: number): string => `b49691${(0x4a + host.ix * 0x11).toString(16)}0${host.ix}${(0x10 + at).toString(16)}`;
const bridgeMac = (host: SimHost, at: number): string => `${(0x5e + at * 4).toString(16)}7a1${host.ix}c3${(0x21 + at).toString(16)}9${at}`;

export function addDemoNetwork(host: SimHost, vlans: readonly VlanBridge[] = demoVlans): void {
  const { network } = host;
  const n = host.ix + 1;
  const pci = (dev: string) => ({ bus: "pci", dev });
  addLoopback(network);
  addDev(network, { name: "eno1", kind: "ether", master: "bond0", bus: pci("0000:31:00.0"), altnames: ["enp49s0f0"] }, mac(host, 0));
  addDev(network, { name: "eno2", kind: "ether", master: "bond0", bus: pci("0000:31:00.1"), altnames: ["enp49s0f1"] }, mac(host, 1));
  const storage = { kind: "ether", mtu: 9000 } as const;
  addDev(
    network,
    {
      ...storage,
      name: "ens1f0",
      bus: pci("0000:b1:00.0"),
      addresses: [{ address: `10.99.1.${n}`, prefix: 24 }],
      altnames: ["enp177s0f0"],
    },
    mac(host, 2),
  );
  addDev(
    network,
    {
      ...storage,
      name: "ens1f1",
      bus: pci("0000:b1:00.1"),
      addresses: [{ address: `10.99.2.${n}`, prefix: 24 }],
      altnames: ["enp177s0f1"],
    },
    mac(host, 3),
  );
  addDev(network, { name: "bond0", kind: "bond", master: "xenbr0" }, mac(host, 0));
  network.bonds.push({ name: "bond0", mode: "active-backup", active: "eno1" });
  addDev(network, { name: "xenbr0", kind: "bridge", addresses: [{ address: `10.20.0.${10 + n}`, prefix: 24 }] }, bridgeMac(host, 0));
  for (const [at, { bridge, vlan_id }] of vlans.entries()) {
    addDev(network, { name: `bond0.${vlan_id}`, kind: "vlan", parent: "bond0", vlan_id, master: bridge }, mac(host, 0));
    addDev(network, { name: bridge, kind: "bridge" }, bridgeMac(host, at + 1));
  }
}
