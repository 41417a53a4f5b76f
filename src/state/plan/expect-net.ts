/** Outcomes of what is done to dom0's network. */
import type { HostId } from "../../xen/model/ids.ts";
import type { PairState } from "../state.ts";
import { isVerdict, no, told, unsure, type Verdict, yes } from "./verdict.ts";

export type NetExpectation =
  /** An interface as the kernel has it; what isn't named may be anything. master "": in no bridge or bond. */
  | {
      readonly kind: "link";
      readonly host: HostId;
      readonly name: string;
      readonly there: boolean;
      readonly type?: string;
      readonly parent?: string;
      readonly vlan_id?: number;
      readonly master?: string;
      readonly up?: boolean;
      readonly mtu?: number;
    }
  /** A bridge of Open vSwitch; parent and tag: a VLAN of that one. */
  | {
      readonly kind: "ovs_bridge";
      readonly host: HostId;
      readonly name: string;
      readonly there: boolean;
      readonly parent?: string;
      readonly tag?: number;
    }
  /** A port of one of its bridges. */
  | { readonly kind: "ovs_port"; readonly host: HostId; readonly name: string; readonly bridge: string; readonly there: boolean };

type Of<K extends NetExpectation["kind"]> = Extract<NetExpectation, { readonly kind: K }>;

function link(state: PairState, expected: Of<"link">, since_ms: number): Verdict {
  const { host, name, there, type, parent, vlan_id, master, up, mtu } = expected;
  const facts = told(state, host, "ip-link", since_ms);
  if (isVerdict(facts)) return facts;
  const found = facts.links.find((each) => each.name === name);
  if (found === undefined) {
    if (facts.not_understood.length > 0) return unsure(`part of ip link on ${host} wasn't understood`);
    return there ? no(`${host} has no ${name}`) : yes(`${host} has no ${name}`);
  }
  const words = [
    found.kind ?? "nic",
    found.vlan_id === undefined ? "" : `id ${found.vlan_id}`,
    found.master === undefined ? "" : `in ${found.master}`,
  ];
  const text = `${name} on ${host}: ${[...words, found.admin_up ? "up" : "down", `mtu ${found.mtu ?? "?"}`].filter((word) => word !== "").join(", ")}`;
  const fits =
    there &&
    (type === undefined || found.kind === type) &&
    (parent === undefined || found.parent === parent) &&
    (vlan_id === undefined || found.vlan_id === vlan_id) &&
    (master === undefined || (found.master ?? "") === master) &&
    (up === undefined || found.admin_up === up) &&
    (mtu === undefined || found.mtu === mtu);
  return fits ? yes(text) : no(text);
}

function ovsBridge(state: PairState, { host, name, there, parent, tag }: Of<"ovs_bridge">, since_ms: number): Verdict {
  const ovs = told(state, host, "ovs", since_ms);
  if (isVerdict(ovs)) return ovs;
  const fake = ovs.ports.find((port) => port.name === name && port.fake_bridge);
  const found = ovs.bridges.includes(name) || fake !== undefined;
  if (!found && ovs.not_understood.length > 0) return unsure(`part of Open vSwitch on ${host} wasn't understood`);
  if (!found) return there ? no(`${host} has no bridge ${name}`) : yes(`${host} has no bridge ${name}`);
  const text = `${host} has the bridge ${name}${fake === undefined ? "" : `, VLAN ${fake.tag ?? "?"} of ${fake.bridge ?? "?"}`}`;
  const fits = there && (parent === undefined || (fake?.bridge === parent && fake.tag === tag));
  return fits ? yes(text) : no(text);
}

function ovsPort(state: PairState, { host, name, bridge, there }: Of<"ovs_port">, since_ms: number): Verdict {
  const ovs = told(state, host, "ovs", since_ms);
  if (isVerdict(ovs)) return ovs;
  const found = ovs.ports.find((port) => port.name === name && port.bridge === bridge);
  if (found === undefined && ovs.not_understood.length > 0) return unsure(`part of Open vSwitch on ${host} wasn't understood`);
  const text = `${name} is ${found === undefined ? "no" : "a"} port of ${bridge} on ${host}`;
  return (found !== undefined) === there ? yes(text) : no(text);
}

export function judgeNet(state: PairState, expected: NetExpectation, since_ms: number): Verdict {
  switch (expected.kind) {
    case "link":
      return link(state, expected, since_ms);
    case "ovs_bridge":
      return ovsBridge(state, expected, since_ms);
    case "ovs_port":
      return ovsPort(state, expected, since_ms);
  }
}

export const netReadings = { link: "ip-link", ovs_bridge: "ovs", ovs_port: "ovs" } as const satisfies Record<
  NetExpectation["kind"],
  string
>;
