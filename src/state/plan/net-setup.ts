/** What is asked of a host before its network is changed, and what relies on an interface. */
import type { HostId } from "../../xen/model/ids.ts";
import type { MultipathPath } from "../../xen/model/storage.ts";
import { NET_SETUP_SCRIPT, type NetSetup, parseNetSetup } from "../../xen/read/net-setup.ts";
import { type HostNet, netOf } from "../select/network-host.ts";
import { sidesOf } from "../select/sides.ts";
import { check, evidenceOf, hostIndex, lookedAt, type PlanContext } from "./action.ts";
import { flappingPaths, lastFacts } from "./facts.ts";
import type { Look } from "./look.ts";
import type { PlanCheck } from "./plan.ts";

export const setupLook = (host: HostId, names: readonly string[] = []): Look => ({
  kind: "command",
  host,
  argv: ["sh", "-c", NET_SETUP_SCRIPT, "sh", ...names],
});
/** undefined: it wasn't asked, or didn't answer. */
export function setupOf(context: PlanContext, host: HostId, names: readonly string[] = []): NetSetup | undefined {
  const looked = lookedAt(context, setupLook(host, names));
  return looked?.code === 0 ? parseNetSetup(looked.stdout) : undefined;
}

export const netOn = (context: PlanContext, host: HostId): HostNet =>
  netOf(sidesOf(context.state, context.view.now_ms).both[hostIndex(context, host)]);

/** dev_valid_name() of the kernel, and nothing that a program could take for an option. */
export const isIfname = (name: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_.+@=-]{0,14}$/.test(name) && name !== "." && name !== "..";

/** What stops carrying once an interface does. */
export interface Cut {
  /** Interfaces, itself first. */
  readonly names: ReadonlySet<string>;
  /** Bridges that lose their way out, or themselves. */
  readonly bridges: readonly string[];
  /** Where something takes its place: `bond0 keeps eno2`. */
  readonly kept: readonly string[];
}

/** Layers above an interface that are followed. */
const DEPTH_MAX = 8;

export function cutBy(net: HostNet, name: string): Cut {
  const names = new Set([name]);
  const bridges = new Set<string>();
  const kept: string[] = [];
  const up = (other: string): boolean => {
    const link = net.links.get(other);
    return link?.admin_up === true && link.carrier !== false;
  };
  const bridgeLoses = (bridge: string, port: string): void => {
    const others = (net.bridges.get(bridge)?.ports ?? []).filter(
      (other) => other !== port && net.links.get(other)?.physical === true && up(other),
    );
    if (others.length > 0) kept.push(`${bridge} keeps ${others.join(", ")}`);
    else bridges.add(bridge);
  };
  let layer = [name];
  for (let depth = 0; depth < DEPTH_MAX && layer.length > 0; depth += 1) {
    const next: string[] = [];
    for (const each of layer) {
      const link = net.links.get(each);
      if (net.bridges.has(each)) bridges.add(each);
      for (const vlan of net.links.values()) if (vlan.parent === each) next.push(vlan.name);
      const over = link?.master === undefined ? undefined : net.links.get(link.master);
      const ovs = net.ovs_ports.get(each)?.bridge;
      if (ovs !== undefined && ovs !== each) bridgeLoses(ovs, each);
      else if (over?.kind === "bond" || over?.kind === "team") {
        const others = (net.by_master.get(over.name) ?? []).filter((slave) => slave.name !== each && up(slave.name));
        if (others.length > 0) kept.push(`${over.name} keeps ${others.map((slave) => slave.name).join(", ")}`);
        else next.push(over.name);
      } else if (over?.kind === "bridge" && link?.kind !== "vif") bridgeLoses(over.name, each);
    }
    for (const bridge of bridges) if (!names.has(bridge)) next.push(bridge);
    layer = next.filter((each) => !names.has(each));
    for (const each of layer) names.add(each);
  }
  return { names, bridges: [...bridges], kept };
}

/** Dom0's addresses on what is cut. */
export const addressesOn = (net: HostNet, { names }: Cut): readonly string[] =>
  [...names].flatMap((name) =>
    (net.addresses.get(name) ?? []).flatMap(({ address, scope }) => (scope === "global" || scope === "link" ? [address] : [])),
  );

const withoutPort = (address: string): string => address.replace(/:\d{1,5}$/, "").replace(/^\[|\]$/g, "");

/** Guests that run here and lose their network: those of its bridges, or the one whose own interface it is. */
export function guestsCut({ view }: PlanContext, host: HostId, net: HostNet, { names, bridges }: Cut): readonly string[] {
  const own = [...names].flatMap((name) => net.guest_ports.get(name)?.guest ?? []);
  const here = view.guests.filter(({ placements }) => placements.some((each) => each.host === host));
  const over = here.filter(({ nics }) =>
    nics.some(({ bridge }) => bridge !== undefined && bridges.some((name) => bridge === name || bridge.startsWith(`${name}.`))),
  );
  return [...new Set([...own, ...over.map(({ name }) => name)])].sort();
}

/** This console's own way, and the mirrors' way, are never cut; what else would be is named. */
export function relianceChecks(context: PlanContext, host: HostId, cut: Cut, setup: NetSetup | undefined): readonly PlanCheck[] {
  const net = netOn(context, host);
  const addresses = new Set(addressesOn(net, cut));
  const what = [...cut.names].join(", ");
  const evidence = (["ip-link", "ip-addr"] as const).flatMap((reading) => evidenceOf(context, host, reading));
  const ssh = setup?.ssh?.filter((address) => addresses.has(address)) ?? [];
  const sessions = (lastFacts(context, host, "iscsi")?.sessions ?? []).filter(({ iface_address }) => addresses.has(iface_address ?? ""));
  const drbd = (lastFacts(context, host, "drbd-show")?.resources ?? []).filter(({ local_address }) =>
    addresses.has(withoutPort(local_address ?? "")),
  );
  const mounts = (lastFacts(context, host, "nfs")?.mounts ?? []).filter(({ options }) =>
    options.some((option) => option.startsWith("clientaddr=") && addresses.has(option.slice("clientaddr=".length))),
  );
  const routes = setup?.default_devs.filter((dev) => cut.names.has(dev)) ?? [];
  const list = (words: readonly string[]): string => [...new Set(words)].slice(0, 6).join(", ");
  return [
    setup?.ssh === undefined
      ? check("ssh", "unknown", `${host}: which address ssh comes to isn't known`, evidence)
      : ssh.length > 0
        ? check("ssh", "fail", `ssh comes to ${host} over it (${list(ssh)}): this console would lose the host`, evidence)
        : check("ssh", "pass", `ssh comes to ${list(setup.ssh)} of ${host}, which isn't on ${what}`, evidence),
    ...(drbd.length > 0
      ? [
          check(
            "replication",
            "fail",
            `DRBD replicates over it: ${list(drbd.map(({ name }) => name))}`,
            evidenceOf(context, host, "drbd-show"),
          ),
        ]
      : []),
    ...(mounts.length > 0
      ? [
          check(
            "nfs",
            "fail",
            `NFS goes over it: ${list(mounts.map(({ mountpoint }) => mountpoint))} would hang`,
            evidenceOf(context, host, "nfs"),
          ),
        ]
      : []),
    ...sessionChecks(
      context,
      host,
      sessions.map(({ sid, devices }) => ({ sid, devs: devices.map(({ dev }) => dev) })),
    ),
    ...(routes.length > 0 ? [check("route", "warn", `the default route of ${host} leads over ${list(routes)}`, evidence)] : []),
    ...cut.kept.map((text) => check("kept", "warn", `redundancy is lost: ${text}`, evidence)),
  ];
}

/** A map that keeps a usable path elsewhere, one that doesn't come and go, goes on; one that doesn't would stop its guests. */
function sessionChecks(
  context: PlanContext,
  host: HostId,
  sessions: readonly { readonly sid: number; readonly devs: readonly string[] }[],
): readonly PlanCheck[] {
  if (sessions.length === 0) return [];
  const lost = new Set(sessions.flatMap(({ devs }) => devs));
  const evidence = (["iscsi", "multipath"] as const).flatMap((reading) => evidenceOf(context, host, reading));
  const maps = (lastFacts(context, host, "multipath")?.maps ?? []).filter(({ paths }) => paths.some(({ dev }) => lost.has(dev)));
  const holds = (wwid: string): ((path: MultipathPath) => boolean) => {
    const flapping = flappingPaths(context, host, wwid);
    return ({ dev, usable }) => usable && !lost.has(dev) && !flapping.includes(dev);
  };
  const dead = maps.filter(({ paths, wwid }) => !paths.some(holds(wwid)));
  const single = [...lost].filter((dev) => !maps.some(({ paths }) => paths.some((path) => path.dev === dev)));
  const gone = [...dead.map(({ name }) => name), ...single];
  return gone.length > 0
    ? [check("iscsi", "fail", `iSCSI goes over it, and nothing else leads to ${gone.join(", ")}`, evidence)]
    : [
        check(
          "iscsi",
          "warn",
          `iSCSI sessions ${sessions.map(({ sid }) => sid).join(", ")} go over it: their disks keep their other paths`,
          evidence,
        ),
      ];
}
