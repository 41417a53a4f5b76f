/** Takes a bridge away on one host, with the VLAN that only it uses: what `net create` made, or what nobody needs any more. */

import type { HostId } from "../../../xen/model/ids.ts";
import type { NetLink } from "../../../xen/model/network.ts";
import type { BridgeOnHost, HostNet } from "../../select/network-host.ts";
import { uplinksOf } from "../../select/network-tree.ts";
import { type Action, answersCheck, check, evidenceOf, hostNamed, type PlanContext, planOf, refuse, step } from "../action.ts";
import type { Expectation } from "../expect.ts";
import { checkOn, notFound } from "../facts.ts";
import { cutBy, isIfname, netOn, relianceChecks, setupLook, setupOf } from "../net-setup.ts";
import { leaseKey, type PlanCheck, type PlanStep } from "../plan.ts";
import { BRIDGE, ON } from "./net-target.ts";
import { taking } from "./storage-target.ts";

/** A VLAN that is the bridge's alone goes with it. */
function ownVlan(net: HostNet, bridge: BridgeOnHost): NetLink | undefined {
  const [name, more] = uplinksOf(net, bridge);
  const link = name === undefined || more !== undefined ? undefined : net.links.get(name);
  const used =
    link === undefined || net.parents.has(link.name) || (net.addresses.get(link.name) ?? []).some(({ scope }) => scope === "global");
  return link?.kind === "vlan" && !used ? link : undefined;
}

function usersChecks(context: PlanContext, host: HostId, net: HostNet, bridge: BridgeOnHost): readonly PlanCheck[] {
  const uplinks = new Set(uplinksOf(net, bridge));
  const evidence = evidenceOf(context, host, bridge.kind === "linux" ? "ip-link" : "ovs");
  const ports = bridge.ports.filter(
    (port) => !uplinks.has(port) && (bridge.kind === "linux" || net.links.get(port)?.kind !== "openvswitch"),
  );
  const addresses = (net.addresses.get(bridge.name) ?? []).filter(({ scope }) => scope === "global").map(({ address }) => address);
  const row = context.view.bridges.find(({ name }) => name === bridge.name);
  const guests = context.view.guests.filter(({ key }) => row?.guests.includes(key) === true);
  const running = guests.filter(({ placements }) => placements.some((each) => each.host === host)).map(({ name }) => name);
  const later = guests.map(({ name }) => name).filter((name) => !running.includes(name));
  const users = [...running, ...ports.filter((port) => net.guest_ports.get(port) === undefined)];
  return [
    users.length > 0
      ? check("users", "fail", `${bridge.name} on ${host} is used by ${[...new Set(users)].join(", ")}`, evidence)
      : check("users", "pass", `no guest and no other port is on ${bridge.name} of ${host}`, evidence),
    ...(addresses.length > 0
      ? [check("address", "fail", `${host} itself has ${addresses.join(", ")} on ${bridge.name}`, evidenceOf(context, host, "ip-addr"))]
      : []),
    ...(later.length > 0 ? [check("later", "warn", `${later.join(", ")} can't run on ${host} without it`, evidence)] : []),
  ];
}

function removeSteps(host: HostId, bridge: BridgeOnHost, vlan: NetLink | undefined): readonly PlanStep[] {
  const { name, kind } = bridge;
  const gone = (what: string): Expectation => ({ kind: "link", host, name: what, there: false });
  const made = (id: string, argv: readonly string[], title: string, after: readonly Expectation[]): PlanStep =>
    step({
      id,
      title,
      host,
      argv,
      before: [],
      after,
      undo: `net create ${name} --on ${host}`,
      risk: "disruptive",
      usual_s: 2,
      settle_s: 15,
    });
  if (kind !== "linux")
    return [
      made("bridge", ["ovs-vsctl", "--timeout=10", "--if-exists", "del-br", name], `delete the bridge ${name} of Open vSwitch`, [
        { kind: "ovs_bridge", host, name, there: false },
      ]),
    ];
  return [
    made("bridge", ["ip", "link", "delete", "dev", name, "type", "bridge"], `delete the bridge ${name}`, [gone(name)]),
    ...(vlan === undefined
      ? []
      : [made("vlan", ["ip", "link", "delete", "dev", vlan.name, "type", "vlan"], `delete ${vlan.name}, its VLAN`, [gone(vlan.name)])]),
  ];
}

export const netRemove: Action = {
  id: "net remove",
  title: "remove bridge",
  description: "Remove a bridge that nothing uses on a host, with its VLAN",
  on: "network",
  letter: "r",
  risk: "disruptive",
  marked: false,
  args: [BRIDGE, ON],
  looks: (context, { bridge = "", on = "" }) => {
    const host = hostNamed(context, on);
    return "refused" in host || !isIfname(bridge) ? [] : [setupLook(host.id, [bridge])];
  },
  plan: (context, given) => {
    const host = hostNamed(context, given.on ?? "");
    if ("refused" in host) return host;
    const net = netOn(context, host.id);
    const bridge = net.bridges.get(given.bridge ?? "");
    if (bridge === undefined || !isIfname(bridge.name))
      return notFound(
        context,
        { hosts: [host.id], reading: "ip-link", what: "which bridges it has" },
        refuse(
          `${host.id} has no bridge ${JSON.stringify(given.bridge ?? "")}`,
          `it has ${[...net.bridges.keys()].slice(0, 12).join(", ") || "none"}`,
        ),
      );
    const vlan = ownVlan(net, bridge);
    const setup = setupOf(context, host.id, [bridge.name]);
    const files = setup?.mentions.get(bridge.name) ?? [];
    const goal = `remove ${bridge.name} on ${host.id}${vlan === undefined ? "" : ` with ${vlan.name}`}`;
    return planOf({
      request: { action: "net remove", args: { bridge: bridge.name, on: host.id } },
      goal,
      risk: "disruptive",
      typed: { word: bridge.name, what: "the bridge's name" },
      keys: [leaseKey("net", `${host.id} ${bridge.name}`), ...(vlan === undefined ? [] : [leaseKey("net", `${host.id} ${vlan.name}`)])],
      hosts: taking(context, host.id),
      checks: [
        answersCheck(context, host.id),
        checkOn(context, { host: host.id, reading: bridge.kind === "linux" ? "ip-link" : "ovs", id: "bridge" }, () => [
          "pass",
          `${bridge.name} on ${host.id} has ${bridge.ports.join(", ") || "no ports"}`,
        ]),
        ...usersChecks(context, host.id, net, bridge),
        ...relianceChecks(context, host.id, cutBy(net, bridge.name), setup),
        ...(files.length > 0 ? [check("boot", "warn", `${files.join(", ")} makes it again at boot`)] : []),
      ],
      steps: removeSteps(host.id, bridge, vlan),
    });
  },
};
