/** What about a bridge differs between the hosts, so that a guest that moves would be cut off (2-domain, preflight 6 and signature 43). */
import type { Pair } from "../../xen/model/ids.ts";
import type { ParityEntry, Severity } from "../view-model.ts";
import type { BridgeOnHost, HostNet } from "./network-host.ts";
import { portUp, uplinksOf, vlanOf } from "./network-tree.ts";

export interface BridgeSide {
  readonly net: HostNet;
  readonly bridge: BridgeOnHost | undefined;
  readonly uplinks: readonly string[];
  readonly vlan_id: number | undefined;
  /** Dom0 has an address on it: not only the guests' own. */
  readonly dom0_address: boolean;
}

export function bridgeSide(net: HostNet, name: string): BridgeSide {
  const bridge = net.bridges.get(name);
  const uplinks = bridge === undefined ? [] : uplinksOf(net, bridge);
  const dom0_address = (net.addresses.get(name) ?? []).some(({ scope }) => scope === "global");
  return { net, bridge, uplinks, vlan_id: bridge?.tag ?? vlanOf(net, uplinks), dom0_address };
}

/** `uplinked`: it reaches the outside. `private`: guests' own, on a VLAN of its own (spans) or within one host (does not span). */
function roleOf({ uplinks, vlan_id, dom0_address }: BridgeSide): string {
  if (uplinks.length === 0) return "private, does not span";
  return vlan_id !== undefined && !dom0_address ? "private, spans" : "uplinked";
}

/** `mixed` where the hosts' own differ, or their VLAN ids do: then it spans nothing. */
export function bridgeRole(sides: Pair<BridgeSide>): string {
  const roles = sides.filter(({ bridge }) => bridge !== undefined).map(roleOf);
  const [first, second] = sides;
  if (roles.length === 2 && (roles[0] !== roles[1] || first.vlan_id !== second.vlan_id)) return "mixed";
  return roles[0] ?? "unknown";
}

function uplinkFaults({ net, bridge, uplinks }: BridgeSide, cut: Severity): ParityEntry[] {
  const { id } = net;
  if (bridge === undefined) return [];
  const faults: ParityEntry[] = [];
  if (bridge.link?.admin_up === false) faults.push({ what: "carrier", text: `down on ${id}`, severity: cut });
  const states = uplinks.map((name) => ({ name, up: portUp(net, name), port: net.port_states.get(name) }));
  const alive = states.filter(({ up }) => up !== false);
  for (const { name, up, port } of states) {
    // One of several uplinks lost leaves the others.
    if (up === false)
      faults.push({ what: "carrier", text: `uplink ${name} on ${id} has no carrier`, severity: alive.length === 0 ? cut : "warning" });
    else if (port !== undefined && port !== "forwarding")
      faults.push({ what: "port", text: `uplink ${name} on ${id} is ${port}`, severity: "warning" });
  }
  return faults;
}

/** Ids that a filtering bridge lets through its uplinks, with what trunks say in Open vSwitch. */
function allowedVlans({ net, bridge, uplinks }: BridgeSide): string | undefined {
  if (bridge?.kind === "ovs") {
    const trunks = uplinks.flatMap((name) => net.ovs_ports.get(name)?.trunks ?? []);
    return uplinks.length === 0 ? undefined : trunks.length === 0 ? "all" : [...new Set(trunks)].sort((a, b) => a - b).join(",");
  }
  if (bridge?.link?.bridge_vlan_filtering !== true || uplinks.length === 0) return undefined;
  return [...new Set(uplinks.flatMap((name) => net.vlans.get(name) ?? []))].sort().join(", ");
}

const told = (value: string | number | undefined): string => (value === undefined ? "none" : String(value));

/** Differences of a bridge that both hosts have. */
function differences([first, second]: Pair<BridgeSide>, cut: Severity, used: boolean): ParityEntry[] {
  const found: ParityEntry[] = [];
  const add = (
    name: string,
    values: Pair<string | number | undefined>,
    severity: Severity,
    what: ParityEntry["what"] & string = "setting",
  ) => {
    if (values[0] !== values[1]) {
      found.push({ what, text: `${name} ${told(values[0])} on ${first.net.id}, ${told(values[1])} on ${second.net.id}`, severity });
    }
  };
  const lead = [first.uplinks.length > 0, second.uplinks.length > 0] as const;
  if (lead[0] !== lead[1]) {
    found.push({ what: "uplink", text: `uplink on ${lead[0] ? first.net.id : second.net.id} only`, severity: cut });
  } else add("VLAN id", [first.vlan_id, second.vlan_id], cut, "vlan");
  add("MTU", [first.bridge?.link?.mtu, second.bridge?.link?.mtu], used ? "warning" : "info", "mtu");
  const filtering = [first.bridge?.link?.bridge_vlan_filtering, second.bridge?.link?.bridge_vlan_filtering] as const;
  if (first.bridge?.kind !== second.bridge?.kind) add("kind", [first.bridge?.kind, second.bridge?.kind], "info");
  else if (filtering[0] !== filtering[1]) add("VLAN filtering", [onOff(filtering[0]), onOff(filtering[1])], used ? "warning" : "info");
  else add("VLANs let through the uplink", [allowedVlans(first), allowedVlans(second)], used ? "warning" : "info");
  const stp = [first.bridge?.link?.bridge_stp, second.bridge?.link?.bridge_stp] as const;
  if (first.bridge?.kind === "linux" && second.bridge?.kind === "linux") add("STP", [onOff(stp[0]), onOff(stp[1])], "info");
  return found;
}
const onOff = (value: boolean | undefined): string | undefined => (value === undefined ? undefined : value ? "on" : "off");

/**
 * Worst first. `used`: a guest runs on it or is configured to. Hosts whose links were never told, or aren't fresh, get an entry that says so:
 * what isn't known isn't equal.
 */
export function bridgeParity(sides: Pair<BridgeSide>, used: boolean): ParityEntry[] {
  const [first, second] = sides;
  const cut: Severity = used ? "critical" : "info";
  const unjudged = sides.flatMap(({ net }): ParityEntry[] => {
    if (!net.told) return [{ what: "unjudged", text: `${net.id}: network not known`, severity: "unknown" }];
    return net.fresh ? [] : [{ what: "unjudged", text: `${net.id}: as last told`, severity: "unknown" }];
  });
  const found: ParityEntry[] = [...uplinkFaults(first, cut), ...uplinkFaults(second, cut)];
  if (first.net.told && second.net.told) {
    const missing = sides.filter(({ bridge }) => bridge === undefined);
    if (missing.length === 0) found.push(...differences(sides, cut, used));
    else found.unshift({ what: "missing", text: `missing on ${missing.map(({ net }) => net.id).join(" and ")}`, severity: cut });
  }
  return [...found.filter(isCritical), ...found.filter((entry) => !isCritical(entry)), ...unjudged];
}
const isCritical = ({ severity }: ParityEntry): boolean => severity === "critical";
