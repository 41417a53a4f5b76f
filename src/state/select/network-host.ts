/** One host's network facts, indexed: what the trees and the parity between the hosts are made of. */
import type { HostId } from "../../xen/model/ids.ts";
import type { Bond, BridgeVlanList, NetAddress, NetLink, OvsInterface, OvsPort } from "../../xen/model/network.ts";
import type { VifBackend } from "../../xen/model/xen.ts";
import { perFacts } from "./memo.ts";
import { shared } from "./shared.ts";
import type { Side } from "./sides.ts";

/** A bridge as one host has it. */
export interface BridgeOnHost {
  readonly name: string;
  readonly kind: "linux" | "ovs" | "ovs_vlan";
  /** The interface of the bridge itself; a VLAN bridge of Open vSwitch may have none. */
  readonly link: NetLink | undefined;
  /** Names of its ports, in the order told. */
  readonly ports: readonly string[];
  /** `ovs_vlan`: the bridge it is a VLAN of, and its id. */
  readonly parent: string | undefined;
  readonly tag: number | undefined;
}

/** Dom0's end of a guest's NIC. */
export interface GuestPort {
  /** Its name. */
  readonly guest: string;
  readonly domid: number;
  readonly backend: VifBackend | undefined;
}

export interface HostNet {
  readonly id: HostId;
  /** False where the host never told its links in this session. */
  readonly told: boolean;
  readonly fresh: boolean;
  readonly links: ReadonlyMap<string, NetLink>;
  /** Interfaces by the bridge or bond they belong to. */
  readonly by_master: ReadonlyMap<string, readonly NetLink[]>;
  /** Interfaces that another one lies on: a VLAN's, for instance. */
  readonly parents: ReadonlySet<string>;
  readonly bridges: ReadonlyMap<string, BridgeOnHost>;
  readonly bonds: ReadonlyMap<string, Bond>;
  readonly ovs_ports: ReadonlyMap<string, OvsPort>;
  readonly ovs_interfaces: ReadonlyMap<string, OvsInterface>;
  /** `forwarding`, `blocking`, ... by port. */
  readonly port_states: ReadonlyMap<string, string>;
  readonly addresses: ReadonlyMap<string, readonly NetAddress[]>;
  /** VLAN ids that a port of a filtering bridge lets through: `1 pvid`, `10-20`. */
  readonly vlans: ReadonlyMap<string, readonly string[]>;
  readonly guest_ports: ReadonlyMap<string, GuestPort>;
  /** Links and xenstore were each told after the other last changed: only then "its interface isn't there" can be said. */
  readonly settled: boolean;
  /** Port on which an address was learned, by `bridge mac`. */
  readonly learned: ReadonlyMap<string, string>;
}

/** `ovsbr0.300:10,20` in a guest's configuration means bridge ovsbr0 (vif-openvswitch(8)); a Linux bridge may have a dot in its name. */
export function bridgeOfSpec(spec: string, known: (name: string) => boolean): string {
  if (known(spec)) return spec;
  const bare = /^([^.:]+)(?:\.\d{1,4})?(?::[\d,]+)?$/.exec(spec)?.[1];
  return bare !== undefined && known(bare) ? bare : spec;
}

function grouped<T>(items: readonly T[], key: (item: T) => string | undefined): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}

function ovsBridges(bridges: readonly string[], ports: readonly OvsPort[], links: ReadonlyMap<string, NetLink>): BridgeOnHost[] {
  const byBridge = grouped(ports, ({ bridge }) => bridge);
  const real = bridges.map((name): BridgeOnHost => {
    const own = (byBridge.get(name) ?? []).filter((port) => port.name !== name && !port.fake_bridge);
    return { name, kind: "ovs", link: links.get(name), ports: own.map((port) => port.name), parent: undefined, tag: undefined };
  });
  const fake = ports
    .filter(({ fake_bridge }) => fake_bridge)
    .map(({ name, bridge, tag }): BridgeOnHost => {
      const own = (byBridge.get(bridge ?? "") ?? []).filter((port) => !port.fake_bridge && tag !== undefined && port.tag === tag);
      return { name, kind: "ovs_vlan", link: links.get(name), ports: own.map((port) => port.name), parent: bridge, tag };
    });
  return [...real, ...fake];
}

/** Domain id -> name without xl's suffix. Changes far less often than the list of domains. */
const namesOn = perFacts((side: Side) =>
  side.cells.cell((): ReadonlyMap<number, string> => {
    const told = (side.known("xenstore")?.names ?? []).flatMap(({ domid, name }) =>
      name === undefined ? [] : [[domid, name.replace(/--(?:incoming|migratedaway)$/, "")] as const],
    );
    const listed = (side.known("xl-list")?.domains ?? []).map(({ domid, base_name }) => [domid, base_name] as const);
    return new Map([...told, ...listed]);
  }, shared),
);

/** xenstore knows which interface is whose; without it, only interfaces with Xen's own names can be told. */
function guestPorts(side: Side, links: readonly NetLink[]): ReadonlyMap<string, GuestPort> {
  const names = namesOn(side)();
  const nameOf = (domid: number): string => names.get(domid) ?? `domain ${domid}`;
  const found = new Map<string, GuestPort>();
  for (const backend of side.known("xenstore")?.vifs ?? []) {
    const port = { guest: nameOf(backend.domid), domid: backend.domid, backend };
    found.set(backend.ifname, port);
    // QEMU's end of the same NIC, used until the guest's own driver takes over.
    found.set(`${backend.ifname}-emu`, port);
  }
  for (const { name } of links) {
    const domid = /^(?:vif|tap)(\d{1,6})\.\d{1,4}(?:-emu)?$/.exec(name)?.[1];
    if (domid !== undefined && !found.has(name))
      found.set(name, { guest: nameOf(Number(domid)), domid: Number(domid), backend: undefined });
  }
  return found;
}

function vlansByPort(told: BridgeVlanList | undefined): ReadonlyMap<string, readonly string[]> {
  const groups = grouped(told?.vlans ?? [], ({ port }) => port);
  return new Map(
    [...groups].map(([port, vlans]) => [
      port,
      vlans.map(({ vid, vid_end, pvid }) => `${vid}${vid_end === undefined ? "" : `-${vid_end}`}${pvid ? " pvid" : ""}`),
    ]),
  );
}

/** A gate: with every answer it is asked again, and nearly always says the same. */
const settledOn = perFacts((side: Side) =>
  side.cells.gate(() => {
    const [links, backends] = [side.changed("ip-link"), side.changed("xenstore")];
    if (links === undefined || backends === undefined) return false;
    return links.at_ms >= backends.changed_ms && backends.at_ms >= links.changed_ms;
  }),
);

function hostNet(side: Side): HostNet {
  const list = side.known("ip-link")?.links;
  const rows = list ?? [];
  const links = new Map(rows.map((link) => [link.name, link] as const));
  const by_master = grouped(rows, ({ master }) => master);
  const ovs = side.known("ovs");
  const ports = side.known("bridge-link")?.ports ?? [];
  const linux = rows
    .filter(({ kind }) => kind === "bridge")
    .map((link): BridgeOnHost => {
      const own = (by_master.get(link.name) ?? []).map(({ name }) => name);
      return { name: link.name, kind: "linux", link, ports: own, parent: undefined, tag: undefined };
    });
  const bridges = [...linux, ...ovsBridges(ovs?.bridges ?? [], ovs?.ports ?? [], links)];
  return {
    id: side.id,
    told: list !== undefined,
    fresh: side.freshness("ip-link") === "fresh",
    links,
    by_master,
    parents: new Set(rows.flatMap(({ parent }) => parent ?? [])),
    bridges: new Map(bridges.map((bridge) => [bridge.name, bridge])),
    bonds: new Map((side.known("bond")?.bonds ?? []).map((bond) => [bond.name, bond])),
    ovs_ports: new Map((ovs?.ports ?? []).map((port) => [port.name, port])),
    ovs_interfaces: new Map((ovs?.interfaces ?? []).map((item) => [item.name, item])),
    port_states: new Map([
      ...rows.flatMap(({ name, bridge_port_state }) => (bridge_port_state === undefined ? [] : [[name, bridge_port_state] as const])),
      ...ports.flatMap(({ name, state: told }) => (told === undefined ? [] : [[name, told] as const])),
    ]),
    addresses: grouped(side.known("ip-addr")?.addresses ?? [], ({ ifname }) => ifname),
    vlans: vlansByPort(side.known("bridge-vlan")),
    guest_ports: guestPorts(side, rows),
    settled: settledOn(side)(),
    learned: new Map((side.known("bridge-fdb")?.entries ?? []).map(({ bridge, mac, port }) => [`${bridge ?? ""} ${mac}`, port])),
  };
}

const netCell = perFacts((side: Side) => side.cells.cell(() => hostNet(side)));
/** Made once for all that look at it. */
export const netOf = (side: Side): HostNet => netCell(side)();

/** Addresses of a host's own: what is served from there is gone with it. */
export function ownsAddress(side: Side, address: string): boolean {
  return [...netOf(side).addresses.values()].flat().some((own) => own.scope === "global" && own.address === address);
}
