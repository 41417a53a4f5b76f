/** A dom0's network as the kernel has it. */
export interface NetDev {
  readonly ifindex: number;
  readonly name: string;
  readonly kind: "loopback" | "ether" | "bridge" | "vlan" | "bond" | "vif" | "dummy" | "openvswitch";
  mtu: number;
  up: boolean;
  carrier: boolean;
  readonly mac: string;
  /** Bridge or bond it belongs to. */
  master: string | undefined;
  /** A VLAN's interface below. */
  readonly parent: string | undefined;
  readonly vlan_id: number | undefined;
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[];
  /** `pci 0000:3b:00.0`, `virtio virtio0`, `xen-backend vif-1-0`. */
  readonly bus: { readonly bus: string; readonly dev: string } | undefined;
  readonly altnames: readonly string[];
  bond_failures: number;
  /** Order in which it joined its bridge: the port number. */
  port_no: number;
}

export interface BondSettings {
  readonly name: string;
  readonly mode: "active-backup" | "802.3ad";
  active: string | undefined;
}

export interface OvsPortSpec {
  readonly name: string;
  readonly bridge: string;
  readonly tag: number | undefined;
  readonly trunks: readonly number[];
  readonly type: "" | "internal";
  /** A VLAN of `bridge` that goes by a bridge's name. */
  readonly fake_bridge?: boolean;
  readonly mac: string;
  readonly external_ids: readonly (readonly [string, string])[];
}

export interface SimNetwork {
  devs: NetDev[];
  bonds: BondSettings[];
  /** undefined: Open vSwitch isn't installed. */
  ovs: { bridges: string[]; ports: OvsPortSpec[] } | undefined;
  next_ifindex: number;
}

/** The datapath: all ports of Open vSwitch have it as their master in the kernel's eyes. */
export const OVS_DATAPATH = "ovs-system";

/** Where a vif's `bridge` leads: `ovsbr0.300` is bridge ovsbr0, VLAN 300 (vif-openvswitch(8)). */
export interface OvsPlace {
  readonly bridge: string;
  readonly tag: number | undefined;
}
export function ovsPlace(network: SimNetwork, bridge: string): OvsPlace | undefined {
  const [, name = "", tag] = /^([^.:]+)(?:\.(\d+))?$/.exec(bridge) ?? [];
  if (network.ovs?.bridges.includes(name) !== true) return undefined;
  return { bridge: name, tag: tag === undefined ? undefined : Number(tag) };
}

export const findDev = (network: SimNetwork, name: string): NetDev | undefined => network.devs.find((dev) => dev.name === name);

/** Carrier as the kernel works it out: a VLAN's from its parent, a bridge's from its ports, a bond's from its slaves. */
export function hasCarrier(network: SimNetwork, dev: NetDev): boolean {
  if (!dev.up) return false;
  switch (dev.kind) {
    case "vlan": {
      const parent = dev.parent === undefined ? undefined : findDev(network, dev.parent);
      return parent !== undefined && hasCarrier(network, parent);
    }
    case "bridge": {
      const ports = network.devs.filter((port) => port.master === dev.name);
      return ports.some((port) => hasCarrier(network, port));
    }
    case "bond":
      return network.devs.some((slave) => slave.master === dev.name && hasCarrier(network, slave));
    default:
      return dev.carrier;
  }
}
