/** `ip -j -d link`: dom0's interfaces and how they lie on each other. Source: iproute2 ip/ipaddress.c, recordings healthy, linkcut, ovs. */
import type { LinkList, NetLink } from "../model/network.ts";
import { iprouteScript, parseIproute } from "./iproute.ts";
import { booleanOf, type JsonObject, numberOf, objectOf, textOf, textsOf } from "./json-objects.ts";
import type { ParseResult, RawOutput, Reading } from "./reading.ts";

/** The device name that netback gives to dom0's end of a vif hangs off this bus, whatever the interface is called. */
const BACKEND_BUS = "xen-backend";
/** Xen gives dom0's ends of vifs this address: how they are told from NICs where `ip` prints no bus (before iproute2 5.8). */
const VIF_MAC = "fe:ff:ff:ff:ff:ff";
/** For these, `link` is the other end or unrelated, not the interface below. */
const unstacked = ["veth", "tun", "openvswitch"];

/** With NO-CARRIER or LOWER_UP: known. Administratively down: can't be told. */
function carrier(flags: readonly string[]): boolean | undefined {
  if (!flags.includes("UP")) return undefined;
  if (flags.includes("NO-CARRIER") || flags.includes("M-DOWN")) return false;
  return flags.includes("LOWER_UP") ? true : undefined;
}

function vifOrNic(object: JsonObject, loopback: boolean): { kind: string | undefined; physical: boolean } {
  const bus = textOf(object.parentbus);
  if (bus === BACKEND_BUS) return { kind: "vif", physical: false };
  if (bus !== undefined) return { kind: undefined, physical: true };
  const name = textOf(object.ifname) ?? "";
  if (/^vif\d+\.\d+$/.test(name) || textOf(object.address)?.toLowerCase() === VIF_MAC) return { kind: "vif", physical: false };
  return { kind: undefined, physical: !loopback && object.link_type === "ether" };
}

function link(object: JsonObject): readonly NetLink[] | undefined {
  const name = textOf(object.ifname);
  const ifindex = numberOf(object.ifindex);
  if (name === undefined || ifindex === undefined) return undefined;
  const info = objectOf(object.linkinfo);
  const data = objectOf(info.info_data);
  const slave = objectOf(info.info_slave_data);
  const flags = textsOf(object.flags);
  const loopback = flags.includes("LOOPBACK") || object.link_type === "loopback";
  const told = textOf(info.info_kind);
  const { kind, physical } = told === undefined ? vifOrNic(object, loopback) : { kind: told, physical: false };
  return [
    {
      ifindex,
      name,
      flags,
      mtu: numberOf(object.mtu),
      operstate: textOf(object.operstate) ?? "UNKNOWN",
      carrier: carrier(flags),
      admin_up: flags.includes("UP"),
      mac: textOf(object.address),
      master: textOf(object.master),
      parent: kind !== undefined && unstacked.includes(kind) ? undefined : textOf(object.link),
      kind,
      vlan_id: kind === "vlan" ? numberOf(data.id) : undefined,
      vlan_protocol: kind === "vlan" ? textOf(data.protocol) : undefined,
      bond_mode: kind === "bond" ? textOf(data.mode) : undefined,
      bond_slave_state: info.info_slave_kind === "bond" ? textOf(slave.state) : undefined,
      bond_slave_mii: info.info_slave_kind === "bond" ? textOf(slave.mii_status) : undefined,
      bridge_vlan_filtering: kind === "bridge" ? booleanOf(data.vlan_filtering) : undefined,
      // 0 off, 1 kernel, 2 user space (if_bridge.h).
      bridge_stp: kind === "bridge" && numberOf(data.stp_state) !== undefined ? data.stp_state !== 0 : undefined,
      bridge_port_state: info.info_slave_kind === "bridge" ? textOf(slave.state) : undefined,
      loopback,
      physical,
      bus_address: textOf(object.parentdev),
    },
  ];
}

export function parseIpLink(raw: RawOutput): ParseResult<LinkList> {
  return parseIproute(raw, "ip -j -d link", link, (links, not_understood) => ({ links, not_understood }));
}

// Timers tick, so that every answer would differ from the last; the rest is bulk nobody looks at (half of the answer).
const leftOut = [
  "[a-z_]*_timer",
  "[gt][rs]o_[a-z_0-9]*",
  "mcast_[a-z_]*",
  "nf_call_[a-z0-9]*",
  "num_[rt]x_queues",
  "m[ai][xn]_mtu",
  "group_fwd_[a-z_]*",
  "[a-z_]*flood",
  "proxy_arp[a-z_]*",
  "topology_change[a-z_]*",
];

export const ipLink: Reading<LinkList> = {
  id: "ip-link",
  title: "network interfaces, their carrier and layers",
  source: "ip -j -d link",
  script: iprouteScript("ip -j -d link", `sed ${leftOut.map((key) => `-e 's/,"${key}":[^],{}[]*//g'`).join(" ")}`),
  cadence_s: 30,
  timeout_s: 8,
  bytes_max: 1_048_576,
  refreshed_by: ["net"],
  parse: parseIpLink,
};
