/** Faults of the hosts' networks. */
import { addDev, type DevSpec } from "./model/build.ts";
import type { SimHost } from "./model/host.ts";
import { findDev, hasCarrier, type NetDev } from "./model/network.ts";
import { setCarrier } from "./model/power.ts";
import { emit, kernel, type World } from "./model/world.ts";

export interface NetworkFaults {
  /** The VLAN interface of that id, and its bridge with it where `bridge_too`, is gone from the host. */
  vlanMissing(host: string, vlan_id: number, bridge_too?: boolean): void;
  /** What `vlanMissing` took away is made again. */
  vlanBack(host: string): void;
  bridgeMtu(host: string, bridge: string, mtu: number): void;
  carrierLost(host: string, ifname: string): void;
  carrierBack(host: string, ifname: string): void;
  bondSlaveDown(host: string, ifname: string): void;
  bondSlaveUp(host: string, ifname: string): void;
}

function bondSlave(world: World, host: SimHost, ifname: string, up: boolean): void {
  const dev = findDev(host.network, ifname);
  const bond = host.network.bonds.find((each) => each.name === dev?.master);
  if (dev === undefined || bond === undefined) throw new Error(`${ifname} is in no bond on ${host.name}`);
  setCarrier(world, host.ix, ifname, up);
  if (!up) dev.bond_failures += 1;
  kernel(
    world,
    host.ix,
    `${bond.name}: (slave ${ifname}): link status ${up ? "definitely up, 10000 Mbps full duplex" : "definitely down, disabling slave"}`,
  );
  const next = host.network.devs.find((slave) => slave.master === bond.name && hasCarrier(host.network, slave));
  if (bond.active === ifname && !up) {
    bond.active = next?.name;
    if (next !== undefined) kernel(world, host.ix, `${bond.name}: (slave ${next.name}): making interface the new active one`);
    else kernel(world, host.ix, `${bond.name}: now running without any active interface!`);
  } else if (bond.active === undefined && up) bond.active = ifname;
  emit(world, { kind: "net", host: host.ix, ifname: bond.name });
}

export function createNetworkFaults(world: World): NetworkFaults {
  const removed = new Map<string, NetDev[]>();
  const hostOf = (name: string) => {
    const host = world.hosts.find((each) => each.name === name);
    if (host === undefined) throw new Error(`there is no host ${name} in this scenario`);
    return host;
  };

  return {
    vlanMissing(name, vlan_id, bridge_too = false) {
      const host = hostOf(name);
      const { network } = host;
      const vlan = network.devs.find((dev) => dev.vlan_id === vlan_id);
      if (vlan === undefined) throw new Error(`there is no VLAN ${vlan_id} on ${name}`);
      const bridge = bridge_too ? network.devs.find((dev) => dev.name === vlan.master) : undefined;
      const gone = [vlan, ...(bridge === undefined ? [] : [bridge])];
      removed.set(name, [...(removed.get(name) ?? []), ...gone]);
      network.devs = network.devs.filter((dev) => !gone.includes(dev));
      if (vlan.master !== undefined) kernel(world, host.ix, `${vlan.master}: port ${vlan.port_no}(${vlan.name}) entered disabled state`);
      for (const dev of gone) emit(world, { kind: "net", host: host.ix, ifname: dev.name });
    },
    vlanBack(name) {
      const host = hostOf(name);
      for (const { ifindex: _, ...dev } of [...(removed.get(name) ?? [])].reverse()) {
        addDev(host.network, dev satisfies DevSpec, dev.mac.replaceAll(":", ""));
        emit(world, { kind: "net", host: host.ix, ifname: dev.name });
      }
      removed.delete(name);
    },
    bridgeMtu(name, bridge, mtu) {
      const dev = findDev(hostOf(name).network, bridge);
      if (dev === undefined) throw new Error(`there is no bridge ${bridge} on ${name}`);
      dev.mtu = mtu;
      emit(world, { kind: "net", host: hostOf(name).ix, ifname: bridge });
    },
    carrierLost: (name, ifname) => setCarrier(world, hostOf(name).ix, ifname, false),
    carrierBack: (name, ifname) => setCarrier(world, hostOf(name).ix, ifname, true),
    bondSlaveDown: (name, ifname) => bondSlave(world, hostOf(name), ifname, false),
    bondSlaveUp: (name, ifname) => bondSlave(world, hostOf(name), ifname, true),
  };
}
