/** What has to be so before a bridge is made by the other host's example. */
import type { NetLink } from "../../../xen/model/network.ts";
import { check, evidenceOf, type PlanContext } from "../action.ts";
import { checkOn } from "../facts.ts";
import type { Persistence } from "../net-files.ts";
import { addressesOn, cutBy, setupOf } from "../net-setup.ts";
import type { PlanCheck } from "../plan.ts";
import { type Goal, namesOf } from "./net-target.ts";

/** A way out by a NIC itself: dom0 must not live on that NIC. */
function portChecks(context: PlanContext, goal: Goal, link: NetLink): readonly PlanCheck[] {
  const { host, here, bridge } = goal;
  const evidence = (["ip-link", "ip-addr"] as const).flatMap((reading) => evidenceOf(context, host, reading));
  const addresses = (here.addresses.get(link.name) ?? []).filter(({ scope }) => scope === "global").map(({ address }) => address);
  const setup = setupOf(context, host, namesOf(goal));
  const route = setup?.default_devs.includes(link.name) === true;
  if (link.master === bridge.name || here.ovs_ports.get(link.name)?.bridge === bridge.name)
    return [check("uplink", "pass", `${link.name} is in ${bridge.name} already`, evidence)];
  if (link.master !== undefined) return [check("uplink", "fail", `${link.name} on ${host} belongs to ${link.master}`, evidence)];
  return [
    addresses.length > 0 || route
      ? check(
          "uplink",
          "fail",
          `${host} itself lives on ${link.name} (${[...addresses, ...(route ? ["default route"] : [])].join(", ")}): in a bridge it would lose that`,
          evidence,
        )
      : check("uplink", "pass", `${link.name} on ${host} has no address of its own`, evidence),
  ];
}

/** Nothing of what the VLAN is put on is changed; that the host itself is reached over it is said all the same. */
function sharedChecks(context: PlanContext, goal: Goal, base: string): readonly PlanCheck[] {
  const { host, here } = goal;
  const setup = setupOf(context, host, namesOf(goal));
  const cut = cutBy(here, base);
  const addresses = new Set(addressesOn(here, cut));
  const ssh = (setup?.ssh ?? []).filter((address) => addresses.has(address));
  const route = (setup?.default_devs ?? []).filter((dev) => cut.names.has(dev));
  const carries = [
    ...(ssh.length > 0 ? [`ssh to ${ssh.join(", ")}`] : []),
    ...(route.length > 0 ? [`the default route (${route.join(", ")})`] : []),
  ];
  return carries.length === 0
    ? []
    : [check("shared", "warn", `${base} on ${host} carries ${carries.join(" and ")}: a VLAN is added on it, nothing of it is changed`)];
}

export function baseChecks(context: PlanContext, goal: Goal): readonly PlanCheck[] {
  const { host, here, way, bridge, mtu } = goal;
  const base = way.kind === "vlan" ? goal.parent : goal.port;
  const link = base === undefined ? undefined : here.links.get(base);
  const evidence = evidenceOf(context, host, "ip-link");
  if (bridge.kind === "ovs_vlan") {
    const there = here.bridges.get(bridge.parent ?? "")?.kind === "ovs";
    const text = `${host} has ${there ? "" : "no "}${bridge.parent ?? "bridge"}, which ${bridge.name} is a VLAN of`;
    return [check("uplink", there ? "pass" : "fail", text, evidenceOf(context, host, "ovs"))];
  }
  if (way.kind === "none")
    return [check("uplink", "pass", `${bridge.name} leads out of neither host: guests of one host alone see each other on it`, evidence)];
  if (link === undefined) return [check("uplink", "fail", `${host} has no ${base ?? "uplink"}`, evidence)];
  const carrier = link.admin_up ? (link.carrier ?? true) : false;
  const on = `${link.name} on ${host}`;
  return [
    carrier ? check("carrier", "pass", `${on} has carrier`, evidence) : check("carrier", "fail", `${on} has no carrier`, evidence),
    ...(mtu !== undefined && link.mtu !== undefined && link.mtu < mtu
      ? [check("mtu", "fail", `${on} has MTU ${link.mtu}, the bridge needs ${mtu}`, evidence)]
      : []),
    ...(way.kind === "port"
      ? portChecks(context, goal, link)
      : [...vlanChecks(context, goal, way.id), ...sharedChecks(context, goal, link.name)]),
  ];
}

/** One id is one network: where it is on another interface already, that one may be meant, or be another network. */
function vlanChecks(context: PlanContext, { host, here, parent, port, bridge }: Goal, id: number): readonly PlanCheck[] {
  const evidence = evidenceOf(context, host, "ip-link");
  const users = [...here.links.values()].filter((link) => link.vlan_id === id);
  const mine = users.find((link) => link.parent === parent);
  const elsewhere = users.filter((link) => link.parent !== parent);
  const named = port === undefined ? undefined : here.links.get(port);
  const taken =
    named !== undefined && mine === undefined
      ? [check("vlan", "fail", `${port} on ${host} is something else: ${named.kind ?? "a NIC"}`, evidence)]
      : [];
  const other =
    elsewhere.length === 0
      ? []
      : [check("vlan", "warn", `VLAN ${id} is on ${elsewhere.map(({ name }) => name).join(", ")} of ${host} as well`, evidence)];
  if (mine?.master !== undefined && mine.master !== bridge.name)
    return [check("vlan", "fail", `VLAN ${id} of ${host} (${mine.name}) belongs to ${mine.master}`, evidence), ...other];
  return [
    ...taken,
    check(
      "vlan",
      "pass",
      mine === undefined ? `VLAN ${id} isn't used on ${parent} of ${host}` : `${mine.name} is there, in ${mine.master ?? "no bridge"}`,
      evidence,
    ),
    ...other,
  ];
}

/** The name is free, or is this very bridge without its way out. */
export function bridgeCheck(context: PlanContext, { host, peer, here, there, bridge, port }: Goal): PlanCheck {
  return checkOn(context, { host, reading: "ip-link", id: "bridge" }, () => {
    const own = here.bridges.get(bridge.name);
    if (own === undefined) {
      const link = here.links.get(bridge.name);
      return link === undefined
        ? ["pass", `${host} has nothing named ${bridge.name}`]
        : ["fail", `${bridge.name} on ${host} is ${link.kind ?? "a NIC"}`];
    }
    if (own.kind !== bridge.kind)
      return ["fail", `${bridge.name} is of another kind on ${host} (${own.kind}) than on ${peer} (${bridge.kind})`];
    const complete = port === undefined || here.links.get(port)?.master === bridge.name || own.ports.includes(port);
    const up = own.link?.admin_up !== false && (port === undefined || here.links.get(port)?.admin_up !== false);
    const mtu = there.links.get(bridge.name)?.mtu === own.link?.mtu;
    if (complete && up && mtu) return ["fail", `${host} has ${bridge.name} already, as ${peer} has it`];
    return ["pass", `${bridge.name} is on ${host}, but not as on ${peer}`];
  });
}

/** Made again at boot: by whom, and whether that is there already. */
export function persistChecks(
  context: PlanContext,
  goal: Goal,
  { manager, files, needs }: Persistence,
  write: boolean,
): readonly PlanCheck[] {
  const { host, bridge } = goal;
  const setup = setupOf(context, host, namesOf(goal));
  if (setup === undefined) return [check("setup", "unknown", `${host}: how its network is set up wasn't told`)];
  if (bridge.kind !== "linux") return [check("boot", "pass", `Open vSwitch on ${host} keeps it over a boot`)];
  if (manager === "xensource")
    return [check("boot", "fail", `${host} has its networks from XAPI: make it there (xe network-create, xe vlan-create)`)];
  const mentions = namesOf(goal).flatMap((name) => setup.mentions.get(name) ?? []);
  if (mentions.length > 0)
    return [
      check(
        "boot",
        write ? "fail" : "warn",
        `${host} has it in ${[...new Set(mentions)].join(", ")} already: it comes back at boot, or should have`,
      ),
    ];
  if (manager === undefined)
    return [check("boot", write ? "fail" : "warn", `nothing that is known here sets up ${host}'s network: it is gone after a boot`)];
  return [
    write
      ? check("boot", "pass", `${files.map(({ path }) => path).join(", ")} makes it at boot (${manager})`)
      : check(
          "boot",
          "warn",
          `it is gone after a boot, unless ${files.map(({ path }) => path).join(" and ")} is written (${manager}; --write yes)`,
        ),
    ...needs.map((text) => check("boot", "warn", text)),
  ];
}

export function guestsCheck({ view }: PlanContext, { bridge, host }: Goal): readonly PlanCheck[] {
  const names = view.bridges.find(({ name }) => name === bridge.name)?.guests ?? [];
  const guests = view.guests.filter(({ key }) => names.includes(key)).map(({ name }) => name);
  return guests.length === 0 ? [] : [check("guests", "pass", `${guests.join(", ")} can have its network on ${host} then`)];
}
