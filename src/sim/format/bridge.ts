/** `bridge -j -d link`, `bridge -j vlan`, `bridge -j fdb` (iproute2 6.1: bridge/link.c, vlan.c, fdb.c). */
import { other, type SimDomain } from "../model/guest.ts";
import { isAlive, type SimHost } from "../model/host.ts";
import { findDev, hasCarrier, type NetDev, type SimNetwork } from "../model/network.ts";
import type { World } from "../model/world.ts";
import { type Format, ok } from "./answer.ts";
import { linkFlags } from "./ip-link.ts";
import { compact, type Json } from "./json.ts";

const isBridge = (network: SimNetwork, name: string | undefined): boolean =>
  name !== undefined && findDev(network, name)?.kind === "bridge";
const ports = (network: SimNetwork): NetDev[] => network.devs.filter((dev) => isBridge(network, dev.master));

function portJson(network: SimNetwork, dev: NetDev): Json {
  return {
    ifindex: dev.ifindex,
    link: dev.parent,
    ifname: dev.name,
    flags: linkFlags(network, dev),
    mtu: dev.mtu,
    master: dev.master,
    state: hasCarrier(network, dev) ? "forwarding" : "disabled",
    priority: 32,
    cost: 100,
    hairpin: false,
    guard: false,
    root_block: false,
    fastleave: false,
    learning: true,
    flood: true,
    mcast_flood: true,
    bcast_flood: true,
    mcast_router: 1,
    mcast_to_unicast: false,
    neigh_suppress: false,
    vlan_tunnel: false,
    isolated: false,
    locked: false,
  };
}

export const bridgeLink: Format = (_world, host) => ok(`${compact(ports(host.network).map((dev) => portJson(host.network, dev)))}\n`);

export const bridgeVlan: Format = (_world, host) => {
  const { network } = host;
  const listed = network.devs.filter((dev) => dev.kind === "bridge" || isBridge(network, dev.master));
  return ok(`${compact(listed.map((dev) => ({ ifname: dev.name, vlans: [{ vlan: 1, flags: ["PVID", "Egress Untagged"] }] })))}\n`);
};

const learned = (mac: string, ifname: string, master: string): Json => ({ mac, ifname, flags: [], master, state: "" });
const own = (mac: string, ifname: string, master: string): Json[] => [
  { mac, ifname, vlan: 1, flags: [], master, state: "permanent" },
  { mac, ifname, flags: [], master, state: "permanent" },
];
const self = (mac: string, ifname: string): Json => ({ mac, ifname, flags: ["self"], state: "permanent" });

/** Solicited-node multicast of the interface's own address. */
const solicited = (mac: string): string => `33:33:ff:${mac.split(":").slice(3).join(":")}`;

/** The interface through which a bridge reaches the other host: not a guest's. */
const uplink = (network: SimNetwork, bridge: string): NetDev | undefined =>
  network.devs.find((dev) => dev.master === bridge && dev.kind !== "vif" && dev.kind !== "bridge");

/** MACs that come over the uplink: the peer's guests on the same segment, its bridge, its NIC. */
function farMacs(world: World, host: SimHost, bridge: string): readonly string[] {
  const peer = world.hosts[other(host.ix)];
  const [mine, theirs] = [uplink(host.network, bridge), uplink(peer.network, bridge)];
  if (mine === undefined || theirs === undefined || mine.vlan_id !== theirs.vlan_id || !isAlive(peer)) return [];
  if (!hasCarrier(host.network, mine) || !hasCarrier(peer.network, theirs)) return [];
  const guests = peer.domains.flatMap((domain) =>
    domain.vifs.filter((vif) => vif.nic.bridge === bridge && isTalking(domain)).map((vif) => vif.nic.mac),
  );
  return [...guests, theirs.mac, findDev(peer.network, bridge)?.mac ?? ""].filter((mac) => mac !== "");
}

const isTalking = (domain: SimDomain): boolean => domain.run === "running" || domain.run === "blocked" || domain.run === "runnable";

/** A bridge keeps one permanent entry for a MAC: all of netback's interfaces have the same. */
function firstWithMac(network: SimNetwork, dev: NetDev): boolean {
  return network.devs.find((port) => port.master === dev.master && port.mac === dev.mac) === dev;
}

function devEntries(world: World, host: SimHost, dev: NetDev): Json[] {
  const { network } = host;
  const entries: Json[] = [];
  if (dev.kind === "loopback") return entries;
  if (isBridge(network, dev.master) && dev.master !== undefined) {
    if (dev.kind === "vif") {
      const owner = host.domains.find((domain) => domain.vifs.some((vif) => vif.ifname === dev.name));
      const vif = owner?.vifs.find((each) => each.ifname === dev.name);
      if (owner !== undefined && vif !== undefined && isTalking(owner)) entries.push(learned(vif.nic.mac, dev.name, dev.master));
    } else for (const mac of farMacs(world, host, dev.master)) entries.push(learned(mac, dev.name, dev.master));
    if (firstWithMac(network, dev)) entries.push(...own(dev.mac, dev.name, dev.master));
  }
  entries.push(self("33:33:00:00:00:01", dev.name));
  if (dev.kind === "bridge") entries.push(self("01:00:5e:00:00:6a", dev.name), self("33:33:00:00:00:6a", dev.name));
  entries.push(self("01:00:5e:00:00:01", dev.name), self(solicited(dev.mac), dev.name));
  // 802.1Q's own group address, on what VLANs lie on.
  if (network.devs.some((vlan) => vlan.parent === dev.name)) entries.push(self("01:80:c2:00:00:21", dev.name));
  if (dev.kind === "bridge") entries.push(...own(dev.mac, dev.name, dev.name));
  return entries;
}

export const bridgeFdb: Format = (world, host) => ok(`${compact(host.network.devs.flatMap((dev) => devEntries(world, host, dev)))}\n`);

const GUESTS_MAX = 601;
const OTHERS_MAX = 401;

/** What the reading's sed, grep and awk leave of it: guests' entries first, neither permanent nor the host's own. */
export function learnedLines(stdout: string): string {
  const lines = stdout
    .replaceAll("},{", "},\n{")
    .replaceAll('"flags":[],', "")
    .replaceAll(',"state":""', "")
    .split("\n")
    .filter((line) => line !== "" && !line.includes('"permanent"') && !line.includes('"self"'));
  const guests = lines.filter((line) => line.includes('"00:16:3e:')).slice(0, GUESTS_MAX);
  const others = lines.filter((line) => !line.includes('"00:16:3e:')).slice(0, OTHERS_MAX);
  return [...guests, ...others].map((line) => `${line}\n`).join("");
}
