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

export interface NetAddress {
  readonly ifname: string;
  readonly family: "inet" | "inet6" | "other";
  readonly address: string;
  readonly prefix_length: number;
  readonly scope: string | undefined;
}

export interface BridgeVlan {
  readonly port: string;
  readonly vid: number;
  readonly vid_end: number | undefined;
  readonly pvid: boolean;
  readonly untagged: boolean;
}

export interface FdbEntry {
  readonly mac: string;
  readonly port: string;
  readonly bridge: string | undefined;
  readonly vlan: number | undefined;
  readonly permanent: boolean;
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

export interface OvsPort {
  readonly name: string;
  readonly bridge: string | undefined;
  readonly tag: number | undefined;
  readonly trunks: readonly number[];
  readonly interfaces: readonly string[];
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
}
