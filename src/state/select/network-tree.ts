/** A bridge or an uplink of one host as a tree: bridge -> VLAN -> bond -> NIC, and bridge -> guests' interfaces. */
import type { NetLink } from "../../xen/model/network.ts";
import type { Judged, NetNode, Severity } from "../view-model.ts";
import type { BridgeOnHost, GuestPort, HostNet } from "./network-host.ts";
import { worse } from "./severity.ts";

/** Layers below an uplink that are followed; more can't be told apart on a screen anyway. */
export const DEPTH_MAX = 8;
/** Interfaces shown below one node of an uplink, e.g. links of a bond. */
export const LOWER_MAX = 64;

/** Kinds that lead out of the host. veth, tun, dummy and the like don't by themselves. */
const outward = ["bond", "team", "vlan", "vxlan", "geneve", "gre", "gretap", "ip6gretap", "macvlan", "macvtap", "ipvlan", "stt", "lisp"];

const ok = (text: string): Judged => ({ text, severity: "ok" });
/** The worst; ok where there is none. */
export const worst = (severities: readonly Severity[]): Severity => severities.reduce(worse, "ok");

export function isOutward(net: HostNet, name: string): boolean {
  const link = net.links.get(name);
  if (link !== undefined) return link.physical || outward.includes(link.kind ?? "");
  const port = net.ovs_ports.get(name);
  // An Open vSwitch bond or tunnel is no interface of the kernel's.
  return (port?.interfaces ?? []).some((item) => {
    const lower = net.links.get(item);
    return lower === undefined ? outward.includes(net.ovs_interfaces.get(item)?.type ?? "") : lower.physical;
  });
}

/** The ports by which a bridge leaves its host. */
export function uplinksOf(net: HostNet, bridge: BridgeOnHost): readonly string[] {
  if (bridge.kind !== "ovs_vlan") return bridge.ports.filter((name) => isOutward(net, name));
  const tag = bridge.tag;
  const parent = net.bridges.get(bridge.parent ?? "");
  if (tag === undefined || parent === undefined) return [];
  return parent.ports.filter((name) => {
    const port = net.ovs_ports.get(name);
    const carries = port?.tag === undefined && (port?.trunks.length === 0 || port?.trunks.includes(tag) === true);
    return carries && isOutward(net, name);
  });
}

/** True: frames can leave by it. undefined: can't be told. */
export function portUp(net: HostNet, name: string): boolean | undefined {
  const link = net.links.get(name);
  if (link !== undefined) return link.admin_up ? (link.carrier ?? true) : false;
  const states = (net.ovs_ports.get(name)?.interfaces ?? []).map(
    (item) => net.links.get(item)?.carrier ?? stateWord(net.ovs_interfaces.get(item)?.link_state),
  );
  return states.includes(true) ? true : states.includes(undefined) || states.length === 0 ? undefined : false;
}
const stateWord = (word: string | undefined): boolean | undefined => (word === undefined ? undefined : word === "up");

/** Something relies on it: a bridge, a VLAN on top of it, or an address of dom0's. A bond's link is covered by the others. */
function reliance(net: HostNet, link: NetLink): "used" | "in_bond" | "unused" {
  const master = link.master === undefined ? undefined : net.links.get(link.master);
  if (master?.kind === "bond" || master?.kind === "team") return "in_bond";
  if (link.master !== undefined) return "used";
  if ((net.addresses.get(link.name) ?? []).some(({ scope }) => scope === "global")) return "used";
  return net.parents.has(link.name) ? "used" : "unused";
}

const severityOfLoss = { used: "critical", in_bond: "warning", unused: "info" } as const;

function linkState(net: HostNet, link: NetLink): Judged {
  const severity = severityOfLoss[reliance(net, link)];
  if (!link.admin_up) return { text: "down", severity };
  if (link.carrier === false) return { text: "no carrier", severity };
  const bond = net.bonds.get(link.name);
  if (bond?.mii_up === false) return { text: "down", severity };
  const lost = bond?.slaves.filter(({ mii_up }) => mii_up === false).length ?? 0;
  if (bond !== undefined && lost > 0) return { text: `${bond.slaves.length - lost} of ${bond.slaves.length} links`, severity: "warning" };
  const port = net.port_states.get(link.name);
  if (port !== undefined && port !== "forwarding") return { text: port, severity: "warning" };
  return ok("up");
}

function portState(net: HostNet, name: string): Judged {
  const link = net.links.get(name);
  const faults = (net.ovs_ports.get(name)?.interfaces ?? []).flatMap((item) => net.ovs_interfaces.get(item)?.error ?? []);
  if (faults[0] !== undefined) return { text: faults[0], severity: "critical" };
  if (link !== undefined) return linkState(net, link);
  const up = portUp(net, name);
  return up === undefined ? { text: "unknown", severity: "unknown" } : up ? ok("up") : { text: "no carrier", severity: "critical" };
}

function kindOf(net: HostNet, name: string): string {
  const link = net.links.get(name);
  if (link?.physical === true) return "nic";
  if (link?.kind !== undefined) return link.kind === "openvswitch" ? "internal" : link.kind;
  const interfaces = net.ovs_ports.get(name)?.interfaces ?? [];
  if (interfaces.length > 1) return "bond";
  return net.ovs_interfaces.get(interfaces[0] ?? name)?.type ?? "interface";
}

function detailsOf(net: HostNet, name: string): string[] {
  const link = net.links.get(name);
  const port = net.ovs_ports.get(name);
  const bond = net.bonds.get(name);
  const slave = link?.master === undefined ? undefined : net.bonds.get(link.master)?.slaves.find((item) => item.name === name);
  const vlans = net.bridges.get(link?.master ?? "")?.link?.bridge_vlan_filtering === true ? net.vlans.get(name) : undefined;
  return [
    ...(net.addresses.get(name) ?? [])
      .filter(({ scope }) => scope !== "link")
      .map(({ address, prefix_length }) => `${address}/${prefix_length}`),
    ...(port?.tag === undefined ? [] : [`tag ${port.tag}`]),
    ...(port === undefined || port.trunks.length === 0 ? [] : [`trunks ${port.trunks.join(",")}`]),
    ...(vlans === undefined ? [] : [`VLANs ${vlans.join(", ")}`]),
    ...(link?.bridge_stp === true ? ["STP on"] : []),
    ...(bond?.mode === undefined ? (link?.bond_mode === undefined ? [] : [link.bond_mode]) : [bond.mode]),
    ...(bond?.active_slave === undefined ? [] : [`active ${bond.active_slave}`]),
    ...(slave?.speed === undefined ? [] : [slave.speed]),
    ...(slave?.link_failures === undefined || slave.link_failures === 0 ? [] : [`${slave.link_failures} link failures`]),
    ...(link?.physical === true && link.bus_address !== undefined ? [link.bus_address] : []),
  ];
}

/** What lies directly below: a bond's links, the interface under a VLAN, a bridge's own uplinks. */
function lowerOf(net: HostNet, name: string): readonly string[] {
  const link = net.links.get(name);
  if (link === undefined) return (net.ovs_ports.get(name)?.interfaces ?? []).filter((item) => item !== name);
  const bridge = net.bridges.get(name);
  const slaves = bridge === undefined ? (net.by_master.get(name) ?? []).map((slave) => slave.name) : uplinksOf(net, bridge);
  return link.parent === undefined ? slaves : [link.parent, ...slaves];
}

/** Each interface is opened once in a tree: hostile or odd cycles of master and link end there. */
export function uplinkNode(net: HostNet, name: string, opened: Set<string> = new Set(), depth = 0): NetNode {
  const first = !opened.has(name);
  opened.add(name);
  const lower = first && depth < DEPTH_MAX ? lowerOf(net, name).slice(0, LOWER_MAX) : [];
  const link = net.links.get(name);
  return {
    name,
    kind: kindOf(net, name),
    state:
      link === undefined && !net.ovs_ports.has(name) && !net.ovs_interfaces.has(name)
        ? { text: "unknown", severity: "unknown" }
        : portState(net, name),
    mtu: link?.mtu ?? net.ovs_interfaces.get(name)?.mtu,
    vlan_id: link?.vlan_id,
    guest: undefined,
    details: detailsOf(net, name),
    children: lower.map((item) => uplinkNode(net, item, opened, depth + 1)),
  };
}

function guestPortState(net: HostNet, name: string, port: GuestPort, bridge: BridgeOnHost): Judged {
  const backend = port.backend;
  if (backend?.hotplug_status === "error" || backend?.hotplug_error !== undefined) return { text: "hotplug error", severity: "critical" };
  if (!net.links.has(name) || !bridge.ports.includes(name)) {
    return net.settled ? { text: `not in ${bridge.name}`, severity: "critical" } : { text: "not seen yet", severity: "info" };
  }
  if (backend !== undefined && backend.state !== "connected") return { text: `frontend ${backend.state}`, severity: "warning" };
  const link = net.links.get(name);
  // A guest that runs without its own network driver yet leaves the interface without carrier; the backend's state says more.
  return link?.admin_up === false ? { text: "down", severity: "critical" } : ok("up");
}

function guestNode(net: HostNet, name: string, port: GuestPort, bridge: BridgeOnHost): NetNode {
  const link = net.links.get(name);
  return {
    name,
    kind: name.endsWith("-emu") || link?.kind === "tun" ? "tap" : "vif",
    state: name.endsWith("-emu") ? ok("up") : guestPortState(net, name, port, bridge),
    mtu: link?.mtu,
    vlan_id: net.ovs_ports.get(name)?.tag,
    guest: port.guest,
    details: [...(port.backend?.mac === undefined ? [] : [port.backend.mac]), ...detailsOf(net, name)],
    children: [],
  };
}

/** Guests' interfaces on the bridge: those in it, and those that xenstore says should be. */
export function guestPortsOn(net: HostNet, bridge: BridgeOnHost, ofSpec: (spec: string) => string): ReadonlyMap<string, GuestPort> {
  const found = new Map<string, GuestPort>();
  for (const name of bridge.ports) {
    const port = net.guest_ports.get(name);
    if (port !== undefined) found.set(name, port);
  }
  for (const [name, port] of net.guest_ports) {
    const { backend } = port;
    if (backend?.bridge === undefined || backend.ifname !== name || ofSpec(backend.bridge) !== bridge.name) continue;
    // Before it is connected it isn't in its bridge yet: normal while a guest starts.
    if (backend.state === "connected" || backend.hotplug_status === "error") found.set(name, port);
  }
  return found;
}

export function bridgeNode(net: HostNet, bridge: BridgeOnHost, guests: ReadonlyMap<string, GuestPort>): NetNode {
  const uplinks = uplinksOf(net, bridge);
  const opened = new Set([bridge.name]);
  const others = bridge.ports.filter((name) => !uplinks.includes(name) && !guests.has(name)).slice(0, LOWER_MAX);
  const children = [
    ...uplinks.map((name) => uplinkNode(net, name, opened)),
    ...others.map((name) => uplinkNode(net, name, opened)),
    ...[...guests].map(([name, port]) => guestNode(net, name, port, bridge)),
  ];
  const { link } = bridge;
  return {
    name: bridge.name,
    kind: bridge.kind === "linux" ? "bridge" : bridge.kind === "ovs" ? "ovs bridge" : `ovs bridge, VLAN of ${bridge.parent ?? "?"}`,
    state: link !== undefined && !link.admin_up ? { text: "down", severity: "critical" } : ok("up"),
    mtu: link?.mtu,
    vlan_id: bridge.tag ?? vlanOf(net, uplinks),
    guest: undefined,
    details: detailsOf(net, bridge.name),
    children,
  };
}

/** The 802.1q id with which a bridge leaves the host; undefined: untagged, or it doesn't leave. */
export function vlanOf(net: HostNet, uplinks: readonly string[]): number | undefined {
  for (const name of uplinks) {
    const id = net.links.get(name)?.vlan_id ?? net.ovs_ports.get(name)?.tag;
    if (id !== undefined) return id;
  }
  return undefined;
}
