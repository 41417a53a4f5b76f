/** A guest's interfaces, each followed out of the host on both hosts: guest -> vif -> bridge -> VLAN, bond -> NIC. */
import type { HostId } from "../../xen/model/ids.ts";
import type { Backends, NicConfig, VifBackend } from "../../xen/model/xen.ts";
import type { GuestNic, Judged, NetNode, ReadinessCheck } from "../view-model.ts";
import { effectiveConfig } from "./chain-disk.ts";
import type { JoinedGuest } from "./guest-join.ts";
import { groupedBy, perFacts } from "./memo.ts";
import { bridgeOfSpec, netOf } from "./network-host.ts";
import { type BridgeSide, bridgeSide } from "./network-parity.ts";
import { portUp, uplinkNode } from "./network-tree.ts";
import { sameMembers } from "./shared.ts";
import { eachSide, type Side, type Sides } from "./sides.ts";

export interface NicStart {
  readonly result: ReadinessCheck["result"];
  readonly text: string;
}
export interface JoinedNic {
  readonly config: NicConfig;
  readonly row: GuestNic;
  /** Could it be connected on each host now? */
  readonly starts: readonly [NicStart, NicStart];
}

/** Scripts that put the interface into a bridge; others route or translate. */
const bridging = (script: string | undefined): boolean =>
  script === undefined || script.startsWith("vif-bridge") || script.startsWith("vif-openvswitch");

const stepName = (node: NetNode): string => {
  const vlan = node.vlan_id === undefined ? "" : ` id ${node.vlan_id}`;
  const down = node.state.severity === "ok" ? "" : ` ${node.state.text}`;
  return `${node.kind} ${node.name}${vlan}${down}`;
};

/** One line per layer below the bridge. */
function steps(nodes: readonly NetNode[]): string[] {
  if (nodes.length === 0) return [];
  return [nodes.map(stepName).join(", "), ...steps(nodes.flatMap(({ children }) => children))];
}

function chainOf(side: BridgeSide, name: string): string[] {
  const { net, bridge, uplinks, vlan_id } = side;
  if (!net.told) return [`bridge ${name} not known`];
  if (bridge === undefined) return [`bridge ${name} missing`];
  const tag = bridge.tag === undefined ? "" : ` vlan ${vlan_id}`;
  if (uplinks.length === 0) return [`bridge ${name}${tag}`, "no uplink"];
  return [`bridge ${name}${tag}`, ...steps(uplinks.map((uplink) => uplinkNode(net, uplink)))];
}

const mtuOf = ({ bridge }: BridgeSide): number | undefined => bridge?.link?.mtu;

/** Uplinks that can carry nothing. */
const dead = ({ net, uplinks }: BridgeSide): string[] => uplinks.filter((name) => portUp(net, name) === false);

/** Would the guest be reachable on `here` as it is on `there` (2-domain, preflight 6)? */
function nicStart(here: BridgeSide, there: BridgeSide, name: string, nic: NicConfig): NicStart {
  const host = here.net.id;
  if (!here.net.fresh) return { result: "unknown", text: `${host}: network not known now` };
  if (here.bridge === undefined) return { result: "fail", text: `bridge ${name} missing on ${host}` };
  if (here.bridge.link?.admin_up === false) return { result: "fail", text: `bridge ${name} is down on ${host}` };
  const lost = dead(here);
  if (here.uplinks.length > 0 && lost.length === here.uplinks.length)
    return { result: "fail", text: `${name} has no carrier on ${host} (${lost.join(", ")})` };
  if (there.net.told && there.bridge !== undefined) {
    if (there.uplinks.length > 0 && here.uplinks.length === 0) return { result: "fail", text: `${name} has no uplink on ${host}` };
    if (there.uplinks.length > 0 && here.vlan_id !== there.vlan_id)
      return {
        result: "fail",
        text: `${name} has VLAN ${here.vlan_id ?? "none"} on ${host}, ${there.vlan_id ?? "none"} on ${there.net.id}`,
      };
  }
  const [mtu, needed] = [mtuOf(here), nic.mtu ?? mtuOf(there)];
  if (mtu !== undefined && needed !== undefined && mtu < needed)
    return { result: "fail", text: `${name} has MTU ${mtu} on ${host}, ${needed} is needed` };
  if (lost.length > 0) return { result: "warn", text: `${name}: ${lost.join(", ")} without carrier on ${host}` };
  if (here.uplinks.length > 0 && there.uplinks.length === 0 && there.bridge !== undefined)
    return { result: "warn", text: `${name} has no uplink on ${there.net.id}` };
  if (here.uplinks.length === 0) return { result: "warn", text: `${name} doesn't span the hosts` };
  return { result: "pass", text: `${name} on ${host}` };
}

function unbridged(here: Side, nic: NicConfig): NicStart {
  if (!bridging(nic.script)) return { result: "warn", text: `${nic.script} on ${here.id} isn't checked` };
  return { result: "warn", text: `nic ${nic.devid} names no bridge: ${here.id}'s first is taken` };
}

const fromBackend = ({ devid, mac, bridge, ifname, script }: VifBackend): NicConfig => ({
  devid,
  mac,
  bridge,
  ifname,
  script,
  mtu: undefined,
  model: undefined,
});

function backendState(side: Side, vif: VifBackend | undefined): Judged {
  if (side.freshness("xenstore") !== "fresh") return { text: vif?.state ?? "not known", severity: "unknown" };
  if (vif === undefined) return { text: "no backend", severity: "warning" };
  if (vif.hotplug_error !== undefined) return { text: vif.hotplug_error, severity: "critical" };
  if (vif.hotplug_status === "error") return { text: "hotplug error", severity: "critical" };
  return { text: vif.state, severity: vif.state === "connected" ? "ok" : "warning" };
}

/** The interface where the guest runs: in its bridge, and the bridge with a way out. */
function nicState(here: BridgeSide, name: string, ifname: string | undefined): Judged {
  const { net, bridge, uplinks } = here;
  if (!net.told) return { text: "not known", severity: "unknown" };
  const stale = (state: Judged): Judged => (net.fresh ? state : { text: state.text, severity: "unknown" });
  if (bridge === undefined) return stale({ text: `${name} missing`, severity: "critical" });
  const link = ifname === undefined ? undefined : net.links.get(ifname);
  if (ifname !== undefined && link === undefined) return stale({ text: `${ifname} missing`, severity: "critical" });
  if (
    ifname !== undefined &&
    !bridge.ports.includes(ifname) &&
    !(bridge.parent !== undefined && net.bridges.get(bridge.parent)?.ports.includes(ifname))
  )
    return stale({ text: `${ifname} not in ${name}`, severity: "critical" });
  if (link?.admin_up === false) return stale({ text: `${ifname} down`, severity: "critical" });
  const lost = dead(here);
  if (uplinks.length > 0 && lost.length === uplinks.length)
    return stale({ text: `${lost.join(", ")} without carrier`, severity: "critical" });
  if (lost.length > 0) return stale({ text: `${lost.join(", ")} without carrier`, severity: "warning" });
  return stale({ text: "up", severity: "ok" });
}

const vifsByDomain = perFacts((facts: Backends) => groupedBy(facts.vifs, ({ domid }) => domid));
const vifsOn = perFacts((side: Side) =>
  side.cells.parts((): ReadonlyMap<number, readonly VifBackend[]> => {
    const told = side.known("xenstore");
    return told === undefined ? new Map() : vifsByDomain(told);
  }, sameMembers),
);

interface BridgeOnBoth {
  readonly nets: readonly [BridgeSide, BridgeSide];
  readonly chain: GuestNic["chain"];
}
/** Two hundred guests share a few bridges. */
const bridgesOf = perFacts((sides: Sides) =>
  sides.cells.cells((name: string): BridgeOnBoth => {
    const nets = eachSide(sides, (here) => bridgeSide(netOf(here), name));
    return { nets, chain: [chainOf(nets[0], name), chainOf(nets[1], name)] };
  }),
);

/** In the order of the configuration; interfaces that only xenstore knows come last. */
export function guestNics(sides: Sides, guest: JoinedGuest, runs_on: HostId | undefined): readonly JoinedNic[] {
  const running = guest.instances.find(({ side, domain }) => side.id === runs_on && domain.migration === "none");
  const vifs = running === undefined ? [] : (vifsOn(running.side)(running.domain.domid) ?? []);
  const configured = effectiveConfig(guest, runs_on)?.nics ?? [];
  const attached = vifs.filter(({ devid }) => !configured.some((nic) => nic.devid === devid)).map(fromBackend);
  const isBridge = (name: string): boolean => sides.both.some((side) => netOf(side).bridges.has(name));
  return [...configured, ...attached].map((config) => {
    const vif = vifs.find(({ devid }) => devid === config.devid);
    const spec = config.bridge ?? vif?.bridge;
    const name = spec === undefined ? undefined : bridgeOfSpec(spec, isBridge);
    const bridge = name === undefined ? undefined : bridgesOf(sides)(name);
    const nets = bridge?.nets;
    const ifname = vif?.ifname ?? config.ifname;
    const bridged = nets !== undefined && name !== undefined && bridging(config.script);
    const own = running === undefined || nets === undefined ? undefined : nets[running.side.index];
    const row: GuestNic = {
      devid: config.devid,
      mac: config.mac ?? vif?.mac,
      bridge: spec,
      ifname,
      state: own === undefined || name === undefined ? { text: "not attached", severity: "info" } : nicState(own, name, vif?.ifname),
      chain: bridge?.chain ?? [[], []],
      backend: running === undefined ? undefined : backendState(running.side, vif),
    };
    const starts = eachSide(sides, (here, there) =>
      bridged ? nicStart(nets[here.index], nets[there.index], name, config) : unbridged(here, config),
    );
    return { config, row, starts };
  });
}
