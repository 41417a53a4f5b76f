/** Facts about dom0's network, as one host tells them. */

export interface NetLink {
  readonly ifindex: number;
  readonly name: string;
  /** `UP`, `LOWER_UP`, `NO-CARRIER`, ... */
  readonly flags: readonly string[];
  readonly mtu: number | undefined;
  /** `UP`, `DOWN`, `LOWERLAYERDOWN`, `UNKNOWN`. */
  readonly operstate: string;
  /** From NO-CARRIER / LOWER_UP; undefined: administratively down, can't be told. */
  readonly carrier: boolean | undefined;
  readonly admin_up: boolean;
  readonly mac: string | undefined;
  /** Name of the bridge or bond it belongs to. */
  readonly master: string | undefined;
  /** For a VLAN interface: the interface under it. */
  readonly parent: string | undefined;
  /** `bridge`, `vlan`, `bond`, `vif`, `veth`, `tun`, `openvswitch`, ...; undefined: a physical NIC or lo. */
  readonly kind: string | undefined;
  readonly vlan_id: number | undefined;
  readonly vlan_protocol: string | undefined;
  readonly bond_mode: string | undefined;
  readonly bond_slave_state: string | undefined;
  readonly bond_slave_mii: string | undefined;
  readonly bridge_vlan_filtering: boolean | undefined;
  readonly bridge_stp: boolean | undefined;
  readonly bridge_port_state: string | undefined;
  readonly loopback: boolean;
  /** A NIC with a parent bus (pci, virtio). */
  readonly physical: boolean;
  readonly bus_address: string | undefined;
}

/** `ip link`, `ip addr`, `bridge ...`: what was understood and, as text, what wasn't (never dropped, shown at high severity). */
export interface LinkList {
  readonly links: readonly NetLink[];
  readonly not_understood: readonly string[];
}

export interface NetAddress {
  readonly ifname: string;
  readonly family: "inet" | "inet6" | "other";
  readonly address: string;
  readonly prefix_length: number;
  readonly scope: string | undefined;
}

export interface AddressList {
  readonly addresses: readonly NetAddress[];
  readonly not_understood: readonly string[];
}

/** A port of a Linux bridge, as `bridge -d link` tells it. */
export interface BridgePort {
  readonly name: string;
  readonly bridge: string | undefined;
  /** `forwarding`, `blocking`, `listening`, `learning`, `disabled`, as printed; undefined: not told. */
  readonly state: string | undefined;
  readonly isolated: boolean | undefined;
  readonly learning: boolean | undefined;
}
export interface BridgePortList {
  readonly ports: readonly BridgePort[];
  readonly not_understood: readonly string[];
}

export interface BridgeVlan {
  readonly port: string;
  readonly vid: number;
  readonly vid_end: number | undefined;
  readonly pvid: boolean;
  readonly untagged: boolean;
}

export interface BridgeVlanList {
  readonly vlans: readonly BridgeVlan[];
  readonly not_understood: readonly string[];
}

export interface FdbEntry {
  readonly mac: string;
  readonly port: string;
  readonly bridge: string | undefined;
  readonly vlan: number | undefined;
  readonly permanent: boolean;
}

/** Learned addresses, those of Xen's own prefix 00:16:3e first; at most FDB_ENTRIES_MAX of them (read/bridge-fdb.ts). */
export interface Fdb {
  readonly entries: readonly FdbEntry[];
  /** True where there were more than are kept. */
  readonly truncated: boolean;
  readonly not_understood: readonly string[];
}

export interface BondSlave {
  readonly name: string;
  readonly mii_up: boolean | undefined;
  readonly speed: string | undefined;
  readonly link_failures: number | undefined;
}
export interface Bond {
  readonly name: string;
  readonly mode: string | undefined;
  readonly mii_up: boolean | undefined;
  readonly active_slave: string | undefined;
  readonly slaves: readonly BondSlave[];
}
export interface BondList {
  readonly bonds: readonly Bond[];
  readonly not_understood: readonly string[];
}

export interface OvsPort {
  readonly name: string;
  readonly bridge: string | undefined;
  readonly tag: number | undefined;
  readonly trunks: readonly number[];
  readonly interfaces: readonly string[];
  /** A bridge in name only: a VLAN (`tag`) of `bridge`, as XenServer makes them. */
  readonly fake_bridge: boolean;
}
export interface OvsInterface {
  readonly name: string;
  readonly type: string | undefined;
  readonly admin_state: string | undefined;
  readonly link_state: string | undefined;
  readonly error: string | undefined;
  readonly mac: string | undefined;
  readonly mtu: number | undefined;
  readonly external_mac: string | undefined;
}
export interface Ovs {
  readonly bridges: readonly string[];
  readonly ports: readonly OvsPort[];
  readonly interfaces: readonly OvsInterface[];
  readonly not_understood: readonly string[];
}
