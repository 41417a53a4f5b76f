/** The network screen: bridges by name over both hosts, and the NICs and bonds under them. */

import type { Pair } from "../../xen/model/ids.ts";
import type { NetAddress } from "../../xen/model/network.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import type { PairState } from "../state.ts";
import type { BridgeRow, Judged, NetNode, ParityEntry, UplinkRow } from "../view-model.ts";
import { joinedGuests } from "./guest-join.ts";
import { perFacts } from "./memo.ts";
import { bridgeOfSpec, type GuestPort, type HostNet, netOf } from "./network-host.ts";
import { type BridgeSide, bridgeParity, bridgeRole, bridgeSide } from "./network-parity.ts";
import { bridgeNode, guestPortsOn, uplinkNode, worst } from "./network-tree.ts";
import { shared } from "./shared.ts";
import { type Sides, sidesOf } from "./sides.ts";

const both = <From, To>(pair: Pair<From>, make: (from: From) => To): Pair<To> => [make(pair[0]), make(pair[1])];
const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Keys of guest rows by `host index|domid`. */
const guestKeys = perFacts((sides: Sides) =>
  sides.cells.cell(
    (): ReadonlyMap<string, string> =>
      new Map(
        joinedGuests(sides).flatMap(({ key, instances }) =>
          instances.map(({ side, domain }) => [`${side.index}|${domain.domid}`, key] as const),
        ),
      ),
    shared,
  ),
);

/** Guests configured to use a bridge, also those that don't run: bridge as it is written -> keys. */
const configuredFor = perFacts((sides: Sides) =>
  sides.cells.cell((): ReadonlyMap<string, ReadonlySet<string>> => {
    const found = new Map<string, Set<string>>();
    for (const { key, files } of joinedGuests(sides)) {
      for (const { config } of files) {
        for (const { bridge } of config.nics) {
          if (bridge === undefined) continue;
          const guests = found.get(bridge) ?? new Set();
          found.set(bridge, guests.add(key));
        }
      }
    }
    return found;
  }, shared),
);

/** The same by the bridge that is meant. */
function configured(sides: Sides, known: (name: string) => boolean): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>();
  for (const [spec, guests] of configuredFor(sides)()) {
    const name = bridgeOfSpec(spec, known);
    found.set(name, new Set([...(found.get(name) ?? []), ...guests]));
  }
  return found;
}

/** Guests of the other host whose addresses this host's bridge has learned on an uplink: the proof that both bridges reach each other. */
function sightings(here: BridgeSide, there: HostNet, guestsThere: ReadonlyMap<string, GuestPort>): string[] {
  const seen = [...guestsThere.values()].flatMap(({ guest, backend }) => {
    const port = here.net.learned.get(`${here.bridge?.name ?? ""} ${backend?.mac?.toLowerCase() ?? ""}`);
    return port !== undefined && here.uplinks.includes(port) ? [guest] : [];
  });
  return seen.length === 0 ? [] : [`sees ${[...new Set(seen)].join(", ")} of ${there.id}`];
}

/** Guests that talk over a bridge within one host, while they are on both. */
function apart(role: string, guests: Pair<ReadonlyMap<string, GuestPort>>): ParityEntry[] {
  if (role !== "private, does not span" || guests[0].size === 0 || guests[1].size === 0) return [];
  return [{ what: "uplink", text: "no uplink: guests on one host can't reach those on the other over it", severity: "warning" }];
}

function bridgeState(parity: readonly ParityEntry[], trees: Pair<NetNode | undefined>): Judged {
  const nodes = trees.flatMap((tree) => (tree === undefined ? [] : [tree, ...tree.children]));
  const parts = [...parity, ...nodes.map(({ name, state }): Judged => ({ text: `${name} ${state.text}`, severity: state.severity }))];
  const severity = worst(parts.map((part) => part.severity));
  return { text: severity === "ok" ? "ok" : (parts.find((part) => part.severity === severity)?.text ?? "ok"), severity };
}

/** As judged; where it comes from is put to it when it is shown. */
interface JudgedBridge extends Omit<BridgeRow, "evidence"> {
  readonly from: Pair<ReadingId>;
}

function bridgeRow(context: Context, name: string): JudgedBridge {
  const { nets } = context;
  const sides = both(nets, (net) => bridgeSide(net, name));
  const guests = both(sides, ({ net, bridge }) =>
    bridge === undefined ? new Map<string, GuestPort>() : guestPortsOn(net, bridge, (spec) => bridgeOfSpec(spec, context.isBridge)),
  );
  const running = guests.flatMap((ports, index) =>
    [...ports.values()].map(({ guest, domid }) => context.keys.get(`${index}|${domid}`) ?? guest),
  );
  const keys = new Set([...running, ...(context.configured.get(name) ?? [])]);
  const trees = both([0, 1] as const, (index) => {
    const { net, bridge } = sides[index];
    if (bridge === undefined) return undefined;
    const node = bridgeNode(net, bridge, guests[index]);
    return { ...node, details: [...node.details, ...sightings(sides[index], nets[1 - index] ?? net, guests[1 - index] ?? guests[index])] };
  });
  const role = bridgeRole(sides);
  const parity = [...bridgeParity(sides, keys.size > 0), ...apart(role, guests)];
  return {
    name,
    trees,
    role,
    vlan_id: both(sides, ({ vlan_id }) => vlan_id),
    mtu: both(sides, ({ bridge }) => bridge?.link?.mtu),
    parity,
    guests: [...keys].sort(byName),
    state: bridgeState(parity, trees),
    from: both(sides, ({ bridge }) => (bridge === undefined || bridge.kind === "linux" ? "ip-link" : "ovs")),
  };
}

/** NICs and bonds that aren't a bond's links themselves. */
function uplinkNames(net: HostNet): string[] {
  const links = [...net.links.values()].filter(({ physical, kind, master }) => {
    const over = net.links.get(master ?? "")?.kind;
    return (physical || kind === "bond" || kind === "team") && over !== "bond" && over !== "team";
  });
  const ovsBonds = [...net.ovs_ports.values()].filter(({ interfaces }) => interfaces.length > 1);
  const bonded = new Set(ovsBonds.flatMap(({ interfaces }) => interfaces));
  return [...links.map(({ name }) => name).filter((name) => !bonded.has(name)), ...ovsBonds.map(({ name }) => name)];
}

/** What lies on it: `xenbr0`, `eth2.100`. */
function above(net: HostNet, name: string): string[] {
  // The kernel knows one master for all of Open vSwitch's bridges.
  const master = net.ovs_ports.get(name)?.bridge ?? net.links.get(name)?.master;
  const vlans = [...net.links.values()].filter(({ parent }) => parent === name).map((link) => link.name);
  return master === undefined ? vlans : [master, ...vlans];
}

/** The network part of an IPv4 address, as a number with its length: equal on hosts that are in one network. */
function network({ address, family, prefix_length, scope }: NetAddress): string | undefined {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  if (family !== "inet" || scope !== "global" || octets === undefined || prefix_length < 1 || prefix_length > 31) return undefined;
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return `${Math.floor(value / 2 ** (32 - prefix_length))}/${prefix_length}`;
}

/** Interfaces of both hosts in one network with different MTUs: large frames get lost between them. */
function mtuClashes(nets: Pair<HostNet>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const told = nets.map((net) =>
    [...net.addresses.values()].flat().flatMap((address) => {
      const key = network(address);
      const mtu = net.links.get(address.ifname)?.mtu;
      return key === undefined || mtu === undefined ? [] : [{ key, mtu, ifname: address.ifname, id: net.id }];
    }),
  );
  const [first = [], second = []] = told;
  for (const one of first) {
    const peer = second.find(({ key }) => key === one.key);
    if (peer === undefined || peer.mtu === one.mtu) continue;
    found.set(`${one.id} ${one.ifname}`, `MTU ${one.mtu}, but ${peer.mtu} on ${peer.id}'s ${peer.ifname}`);
    found.set(`${peer.id} ${peer.ifname}`, `MTU ${peer.mtu}, but ${one.mtu} on ${one.id}'s ${one.ifname}`);
  }
  return found;
}

function uplinkRow(nets: Pair<HostNet>, names: Pair<ReadonlySet<string>>, clashes: ReadonlyMap<string, string>, name: string): UplinkRow {
  const nodes = both([0, 1] as const, (index): NetNode | undefined => {
    const net = nets[index];
    if (!names[index].has(name)) return undefined;
    const node = uplinkNode(net, name);
    const clash = clashes.get(`${net.id} ${name}`);
    const carries = above(net, name);
    const details = [
      ...node.details,
      ...(carries.length === 0 ? [] : [`under ${carries.join(", ")}`]),
      ...(clash === undefined ? [] : [clash]),
    ];
    const state: Judged = clash !== undefined && node.state.severity === "ok" ? { text: clash, severity: "warning" } : node.state;
    return { ...node, details, state };
  });
  const severity = worst(
    nodes.flatMap((node) => (node === undefined ? [] : [node.state.severity, ...node.children.map(({ state }) => state.severity)])),
  );
  return { name, kind: nodes[0]?.kind ?? nodes[1]?.kind ?? "nic", nodes, severity };
}

interface Context {
  readonly nets: Pair<HostNet>;
  readonly isBridge: (name: string) => boolean;
  readonly keys: ReadonlyMap<string, string>;
  readonly configured: ReadonlyMap<string, ReadonlySet<string>>;
}

interface JudgedNetwork {
  readonly bridges: readonly JudgedBridge[];
  readonly uplinks: readonly UplinkRow[];
}

function judgedNetwork(sides: Sides): JudgedNetwork {
  const nets = both(sides.both, netOf);
  const isBridge = (name: string): boolean => nets.some(({ bridges }) => bridges.has(name));
  const context: Context = { nets, isBridge, keys: guestKeys(sides)(), configured: configured(sides, isBridge) };
  const wanted = nets.some(({ told }) => told) ? [...context.configured.keys()] : [];
  const names = new Set([...nets.flatMap(({ bridges }) => [...bridges.keys()]), ...wanted]);
  const uplinks = both(nets, (net) => new Set(uplinkNames(net)));
  const clashes = mtuClashes(nets);
  return {
    bridges: [...names].sort(byName).map((name) => bridgeRow(context, name)),
    uplinks: [...new Set([...uplinks[0], ...uplinks[1]])].sort(byName).map((name) => uplinkRow(nets, uplinks, clashes, name)),
  };
}

export interface Network {
  readonly bridges: readonly BridgeRow[];
  readonly uplinks: readonly UplinkRow[];
}

const networkOf = perFacts((sides: Sides) => {
  const judged = sides.cells.cell(() => judgedNetwork(sides), shared);
  return sides.cells.cell((): Network => {
    const { bridges, uplinks } = judged();
    return {
      bridges: bridges.map(({ from, ...row }) => ({
        ...row,
        evidence: [sides.both[0].evidence(from[0]), sides.both[1].evidence(from[1])],
      })),
      uplinks,
    };
  }, shared);
});

/** Rows by name. A bridge that guests are configured for and that no host has is a row as well: nothing can start on it. */
export const selectNetwork = (state: PairState, now_ms: number, sides: Sides = sidesOf(state, now_ms)): Network => networkOf(sides)();
