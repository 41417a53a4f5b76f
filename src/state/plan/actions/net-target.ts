/** A bridge as the other host has it, and what of it is missing here. */
import type { HostId } from "../../../xen/model/ids.ts";
import type { NetLink } from "../../../xen/model/network.ts";
import type { BridgeOnHost, HostNet } from "../../select/network-host.ts";
import { uplinksOf } from "../../select/network-tree.ts";
import { hostNamed, otherHost, type PlanContext, refuse } from "../action.ts";
import { neverTold, notFound } from "../facts.ts";
import { isIfname, netOn } from "../net-setup.ts";
import type { Refusal } from "../plan.ts";

export const BRIDGE = { name: "bridge", optional: false, kind: "network", prompt: "which bridge" } as const;
export const ON = { name: "on", optional: false, kind: "host", prompt: "on which host" } as const;

/** How the peer's bridge leads out. */
export type Way =
  | { readonly kind: "none" }
  /** A VLAN of `parent`. */
  | { readonly kind: "vlan"; readonly link: NetLink; readonly parent: string; readonly id: number; readonly protocol: string }
  /** A NIC or bond itself. */
  | { readonly kind: "port"; readonly name: string };

export interface Example {
  readonly host: HostId;
  readonly peer: HostId;
  readonly here: HostNet;
  readonly there: HostNet;
  readonly bridge: BridgeOnHost;
  readonly way: Way;
}

const wayOf = (net: HostNet, bridge: BridgeOnHost): Way | Refusal => {
  // A VLAN of Open vSwitch leads out as the bridge does that it belongs to.
  if (bridge.kind === "ovs_vlan") return { kind: "none" };
  const uplinks = uplinksOf(net, bridge);
  const [name, more] = uplinks;
  if (name === undefined) return { kind: "none" };
  if (more !== undefined)
    return refuse(
      `${bridge.name} on ${net.id} has several ways out: ${uplinks.join(", ")}`,
      "make it by hand: which of them are meant can't be told",
    );
  const link = net.links.get(name);
  if (link?.kind === "vlan" && link.parent !== undefined && link.vlan_id !== undefined)
    return { kind: "vlan", link, parent: link.parent, id: link.vlan_id, protocol: link.vlan_protocol ?? "802.1Q" };
  if (link === undefined && net.ovs_ports.get(name) === undefined) return refuse(`${net.id} doesn't tell what ${name} is`, "ask again");
  if (link !== undefined && !link.physical && link.kind !== "bond" && link.kind !== "team" && bridge.kind === "linux")
    return refuse(
      `${bridge.name} on ${net.id} leads out over ${name}, a ${link.kind ?? "device"}`,
      "only NICs, bonds and VLANs are made by example",
    );
  return { kind: "port", name };
};

export function exampleOf(context: PlanContext, name: string, on: string): Example | Refusal {
  const host = hostNamed(context, on);
  if ("refused" in host) return host;
  const peer = otherHost(context, host.id);
  const there = netOn(context, peer);
  const bridge = there.bridges.get(name);
  if (bridge === undefined) {
    const known = [...there.bridges.keys()].slice(0, 12);
    return notFound(
      context,
      { hosts: [peer], reading: "ip-link", what: "which bridges it has" },
      refuse(`${peer} has no bridge ${JSON.stringify(name)} to go by`, `it has ${known.join(", ") || "none"}`),
    );
  }
  // A host's words: whatever else it says, they become words of a command.
  if (!isIfname(name)) return refuse(`${JSON.stringify(name)} is no name that a bridge can be made by`, "make it by hand");
  const way = wayOf(there, bridge);
  const here = netOn(context, host.id);
  if (!here.told) return neverTold([host.id], "which interfaces it has");
  return "refused" in way ? way : { host: host.id, peer, here, there, bridge, way };
}

const vlansOf = (net: HostNet, parent: string): ReadonlySet<number> =>
  new Set([...net.links.values()].flatMap((link) => (link.parent === parent && link.vlan_id !== undefined ? [link.vlan_id] : [])));

const sameKind = (a: NetLink | undefined, b: NetLink | undefined): boolean =>
  a !== undefined && b !== undefined && (a.kind === b.kind || (a.physical && b.physical));

/** The interface that stands here for the peer's: of the same name and kind, else the one that carries most of the same VLANs. */
export function standsFor({ here, there }: Pick<Example, "here" | "there">, name: string): string | undefined {
  if (sameKind(here.links.get(name), there.links.get(name))) return name;
  const wanted = vlansOf(there, name);
  const scored = [...here.links.values()]
    .filter((link) => link.physical || link.kind === "bond" || link.kind === "team")
    .map((link) => ({ name: link.name, same: [...vlansOf(here, link.name)].filter((id) => wanted.has(id)).length }))
    .filter(({ same }) => same > 0)
    .sort((a, b) => b.same - a.same);
  const [best, second] = scored;
  return best === undefined || best.same === second?.same ? undefined : best.name;
}

/** What is to be there on this host. */
export interface Goal extends Example {
  /** The VLAN's interface, or the NIC itself; undefined: no way out. */
  readonly port: string | undefined;
  /** Under a VLAN. */
  readonly parent: string | undefined;
  readonly mtu: number | undefined;
}

export function goalOf(example: Example, uplink: string | undefined): Goal | Refusal {
  const { here, there, bridge, way, host, peer } = example;
  const mtu = there.links.get(bridge.name)?.mtu;
  if (way.kind === "none") return { ...example, port: undefined, parent: undefined, mtu };
  const theirs = way.kind === "vlan" ? way.parent : way.name;
  const base = uplink ?? standsFor(example, theirs);
  if (base === undefined)
    return refuse(`which interface of ${host} stands for ${peer}'s ${theirs} can't be told`, "say it: --uplink INTERFACE");
  if (!isIfname(base) || !here.links.has(base))
    return refuse(`${host} has no interface ${JSON.stringify(base)}`, "`ip link` there names them");
  if (way.kind === "port") return { ...example, port: base, parent: undefined, mtu };
  const like = way.link.name === `${way.parent}.${way.id}` ? `${base}.${way.id}` : way.link.name;
  const existing = [...here.links.values()].find((link) => link.parent === base && link.vlan_id === way.id);
  const port = existing?.name ?? like;
  return isIfname(port)
    ? { ...example, port, parent: base, mtu }
    : refuse(`${JSON.stringify(port)} is too long for an interface's name`, "make it by hand");
}

/** Whom the host's files are searched for. */
export const namesOf = ({ bridge, port }: Pick<Goal, "bridge" | "port">): readonly string[] => [
  bridge.name,
  ...(port === undefined ? [] : [port]),
];
