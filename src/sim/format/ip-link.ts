/** `ip -j -d link`, `ip -j addr` (iproute2 6.1: ipaddress.c, iplink_bridge.c, iplink_bond.c). */
import { type BondSettings, findDev, hasCarrier, type NetDev, OVS_DATAPATH, type SimNetwork } from "../model/network.ts";
import { type Format, ok } from "./answer.ts";
import { compact, type Json, raw } from "./json.ts";

const JIFFIES_ZERO = raw("0.00");

export function linkFlags(network: SimNetwork, dev: NetDev): readonly string[] {
  const carrier = hasCarrier(network, dev);
  const flags: string[] = [];
  if (dev.up && !carrier) flags.push("NO-CARRIER");
  if (dev.kind === "loopback") flags.push("LOOPBACK");
  else {
    flags.push("BROADCAST", "MULTICAST");
    if (dev.kind === "bond") flags.push("MASTER");
    if (dev.master !== undefined && findDev(network, dev.master)?.kind === "bond") flags.push("SLAVE");
  }
  if (dev.up) flags.push("UP");
  if (dev.up && carrier) flags.push("LOWER_UP");
  return flags;
}

function operstate(network: SimNetwork, dev: NetDev): string {
  if (dev.kind === "loopback") return "UNKNOWN";
  if (!dev.up) return "DOWN";
  if (dev.kind === "openvswitch") return "UNKNOWN";
  if (hasCarrier(network, dev)) return "UP";
  return dev.kind === "vlan" ? "LOWERLAYERDOWN" : "DOWN";
}

const qdisc = (dev: NetDev): string =>
  !dev.up ? "noop" : dev.kind === "ether" || dev.kind === "vif" ? (dev.bus?.bus === "pci" ? "mq" : "fq_codel") : "noqueue";

/** Bridge ids are printed without leading zeros: `8000.1a:a9:a:44:56:7f`. */
const bridgeId = (mac: string): string =>
  `8000.${mac
    .split(":")
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(":")}`;

function bridgeData(dev: NetDev): Json {
  return {
    forward_delay: 1500,
    hello_time: 200,
    max_age: 2000,
    ageing_time: 30000,
    stp_state: 0,
    priority: 32768,
    vlan_filtering: 0,
    vlan_protocol: "802.1Q",
    bridge_id: bridgeId(dev.mac),
    root_id: bridgeId(dev.mac),
    root_port: 0,
    root_path_cost: 0,
    topology_change: 0,
    topology_change_detected: 0,
    hello_timer: JIFFIES_ZERO,
    tcn_timer: JIFFIES_ZERO,
    topology_change_timer: JIFFIES_ZERO,
    gc_timer: raw("122.67"),
    vlan_default_pvid: 1,
    vlan_stats_enabled: 0,
    vlan_stats_per_port: 0,
    group_fwd_mask: "0",
    group_addr: "01:80:c2:00:00:00",
    mcast_snooping: 1,
    no_linklocal_learn: 0,
    mcast_vlan_snooping: 0,
    mcast_router: 1,
    mcast_query_use_ifaddr: 0,
    mcast_querier: 0,
    mcast_hash_elasticity: 16,
    mcast_hash_max: 4096,
    mcast_last_member_cnt: 2,
    mcast_startup_query_cnt: 2,
    mcast_last_member_intvl: 100,
    mcast_membership_intvl: 26000,
    mcast_querier_intvl: 25500,
    mcast_query_intvl: 12500,
    mcast_query_response_intvl: 1000,
    mcast_startup_query_intvl: 3124,
    mcast_stats_enabled: 0,
    mcast_igmp_version: 2,
    mcast_mld_version: 1,
    nf_call_iptables: 0,
    nf_call_ip6tables: 0,
    nf_call_arptables: 0,
  };
}

function portData(bridge: NetDev, dev: NetDev, up: boolean): Json {
  return {
    state: up ? "forwarding" : "disabled",
    priority: 32,
    cost: 100,
    hairpin: false,
    guard: false,
    root_block: false,
    fastleave: false,
    learning: true,
    flood: true,
    id: `0x80${dev.port_no.toString(16).padStart(2, "0")}`,
    no: `0x${dev.port_no.toString(16)}`,
    designated_port: 32768 + dev.port_no,
    designated_cost: 0,
    bridge_id: bridgeId(bridge.mac),
    root_id: bridgeId(bridge.mac),
    hold_timer: JIFFIES_ZERO,
    message_age_timer: JIFFIES_ZERO,
    forward_delay_timer: JIFFIES_ZERO,
    topology_change_ack: 0,
    config_pending: 0,
    proxy_arp: false,
    proxy_arp_wifi: false,
    multicast_router: 1,
    mcast_flood: true,
    bcast_flood: true,
    mcast_to_unicast: false,
    neigh_suppress: false,
    group_fwd_mask: "0",
    group_fwd_mask_str: "0x0",
    vlan_tunnel: false,
    isolated: false,
    locked: false,
  };
}

function bondData(bond: BondSettings): Json {
  return {
    mode: bond.mode,
    active_slave: bond.mode === "active-backup" ? bond.active : undefined,
    miimon: 100,
    updelay: 0,
    downdelay: 0,
    peer_notify_delay: 0,
    use_carrier: 1,
    arp_interval: 0,
    arp_missed_max: 2,
    arp_validate: "none",
    arp_all_targets: "any",
    primary_reselect: "always",
    fail_over_mac: "none",
    xmit_hash_policy: "layer2",
    resend_igmp: 1,
    num_peer_notif: 1,
    all_slaves_active: 0,
    min_links: 0,
    lp_interval: 1,
    packets_per_slave: 1,
    ad_lacp_active: "on",
    ad_lacp_rate: "slow",
    ad_select: "stable",
    tlb_dynamic_lb: 1,
  };
}

function slaveData(network: SimNetwork, dev: NetDev): Json {
  const bond = network.bonds.find(({ name }) => name === dev.master);
  const active = bond?.mode === "802.3ad" || bond?.active === dev.name;
  return {
    state: active ? "ACTIVE" : "BACKUP",
    mii_status: hasCarrier(network, dev) ? "UP" : "DOWN",
    link_failure_count: dev.bond_failures,
    perm_hwaddr: dev.mac,
    queue_id: 0,
  };
}

function linkInfo(network: SimNetwork, dev: NetDev): Json {
  const bond = network.bonds.find(({ name }) => name === dev.name);
  const kinds: Readonly<Record<string, readonly [string, Json]>> = {
    bridge: ["bridge", bridgeData(dev)],
    vlan: ["vlan", { protocol: "802.1Q", id: dev.vlan_id, flags: ["REORDER_HDR"] }],
    bond: ["bond", bond === undefined ? undefined : bondData(bond)],
    dummy: ["dummy", undefined],
    openvswitch: ["openvswitch", undefined],
  };
  const own = kinds[dev.kind];
  const master = dev.master === undefined ? undefined : findDev(network, dev.master);
  if (own === undefined && master === undefined) return undefined;
  return { info_kind: own?.[0], info_data: own?.[1], info_slave_kind: master?.kind, info_slave_data: memberData(network, dev, master) };
}

/** What its bridge or bond has to say of a member; Open vSwitch says nothing. */
function memberData(network: SimNetwork, dev: NetDev, master: NetDev | undefined): Json {
  if (master === undefined || master.kind === "openvswitch") return undefined;
  return master.kind === "bond" ? slaveData(network, dev) : portData(master, dev, hasCarrier(network, dev));
}

function promiscuity(network: SimNetwork, dev: NetDev): number {
  const bridged = dev.kind === "openvswitch" || ["bridge", "openvswitch"].includes(findDev(network, dev.master ?? "")?.kind ?? "") ? 1 : 0;
  return bridged + network.devs.filter((vlan) => vlan.parent === dev.name && vlan.master !== undefined).length;
}

export function linkJson(network: SimNetwork, dev: NetDev): Json {
  const loopback = dev.kind === "loopback";
  const promiscuous = promiscuity(network, dev);
  return {
    ifindex: dev.ifindex,
    link: dev.parent,
    ifname: dev.name,
    flags: linkFlags(network, dev),
    mtu: dev.mtu,
    qdisc: qdisc(dev),
    master: dev.master,
    operstate: operstate(network, dev),
    linkmode: "DEFAULT",
    group: "default",
    txqlen: 1000,
    link_type: loopback ? "loopback" : "ether",
    address: dev.mac,
    broadcast: loopback ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff",
    promiscuity: promiscuous,
    allmulti: dev.kind === "openvswitch" || dev.master === OVS_DATAPATH ? 0 : promiscuous,
    min_mtu: loopback || dev.kind === "vlan" ? 0 : 68,
    max_mtu: loopback ? 0 : dev.kind === "vif" ? 65517 : 65535,
    linkinfo: linkInfo(network, dev),
    inet6_addr_gen_mode: "eui64",
    num_tx_queues: 1,
    num_rx_queues: 1,
    gso_max_size: 65536,
    gso_max_segs: 65535,
    tso_max_size: loopback ? 524280 : 65536,
    tso_max_segs: 65535,
    gro_max_size: 65536,
    parentbus: dev.bus?.bus,
    parentdev: dev.bus?.dev,
    altnames: dev.altnames.length === 0 ? undefined : [...dev.altnames],
  };
}

export const ipLink: Format = (_world, host) => ok(`${compact(host.network.devs.map((dev) => linkJson(host.network, dev)))}\n`);

/** fe80:: and the address made of the MAC (RFC 4291, appendix A). */
function linkLocal(mac: string): string {
  const bytes = mac.split(":").map((part) => Number.parseInt(part, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes;
  const words = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return `fe80::${words.map((word) => word.toString(16)).join(":")}`;
}

const FOR_EVER = 4294967295;

function addresses(dev: NetDev): Json[] {
  const life = { valid_life_time: FOR_EVER, preferred_life_time: FOR_EVER };
  const given = dev.addresses.map(({ address, prefix }): Json => {
    const scope = dev.kind === "loopback" ? "host" : "global";
    if (address.includes(":"))
      return {
        family: "inet6",
        local: address,
        prefixlen: prefix,
        scope,
        noprefixroute: dev.kind === "loopback" ? true : undefined,
        ...life,
      };
    return { family: "inet", local: address, prefixlen: prefix, scope, label: dev.name, ...life };
  });
  const slave = dev.kind === "ether" && dev.master?.startsWith("bond") === true;
  if (dev.kind === "loopback" || slave) return given;
  return [...given, { family: "inet6", local: linkLocal(dev.mac), prefixlen: 64, scope: "link", ...life }];
}

function addrJson(network: SimNetwork, dev: NetDev): Json {
  return {
    ifindex: dev.ifindex,
    link: dev.parent,
    ifname: dev.name,
    flags: linkFlags(network, dev),
    mtu: dev.mtu,
    qdisc: qdisc(dev),
    master: dev.master,
    operstate: operstate(network, dev),
    group: "default",
    txqlen: 1000,
    link_type: dev.kind === "loopback" ? "loopback" : "ether",
    address: dev.mac,
    broadcast: dev.kind === "loopback" ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff",
    altnames: dev.altnames.length === 0 ? undefined : [...dev.altnames],
    addr_info: addresses(dev),
  };
}

export const ipAddr: Format = (_world, host) => ok(`${compact(host.network.devs.map((dev) => addrJson(host.network, dev)))}\n`);
