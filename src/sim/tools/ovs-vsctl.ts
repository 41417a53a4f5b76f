/** `ovs-vsctl add-br|del-br|add-port|del-port` on a simulated host (Open vSwitch 3.1). */
import { addDev } from "../model/build.ts";
import { findDev, OVS_DATAPATH } from "../model/network.ts";
import { emit } from "../model/world.ts";
import type { Tool } from "./tool.ts";

const TOOK_MS = 90;

export const ovsVsctl: Tool = ({ world, host, argv, say, end, after }) => {
  const { network } = host;
  const [verb = "", bridge = "", second = "", third = ""] = argv.filter((word) => !word.startsWith("-"));
  const ovs = network.ovs;
  if (ovs === undefined) {
    say("ovs-vsctl: unix:/var/run/openvswitch/db.sock: database connection failed (No such file or directory)");
    return end(1);
  }
  const acts: Readonly<Record<string, (() => string | undefined) | undefined>> = {
    "add-br": () => {
      if (ovs.bridges.includes(bridge) || ovs.ports.some(({ name }) => name === bridge)) return undefined;
      if (second !== "" && !ovs.bridges.includes(second)) return `ovs-vsctl: parent bridge ${second} does not exist`;
      const dev = addDev(network, { name: bridge, kind: "openvswitch", up: false }, `02${world.random.hex(10)}`);
      const port = { name: bridge, trunks: [], type: "internal", mac: dev.mac, external_ids: [] } as const;
      if (second === "") {
        ovs.bridges.push(bridge);
        ovs.ports.push({ ...port, bridge, tag: undefined });
      } else ovs.ports.push({ ...port, bridge: second, tag: Number(third), fake_bridge: true });
      return undefined;
    },
    "del-br": () => {
      ovs.bridges = ovs.bridges.filter((name) => name !== bridge);
      ovs.ports = ovs.ports.filter((port) => port.name !== bridge && port.bridge !== bridge);
      network.devs = network.devs.filter(({ name }) => name !== bridge);
      return undefined;
    },
    "add-port": () => {
      const dev = findDev(network, second);
      if (!ovs.bridges.includes(bridge)) return `ovs-vsctl: no bridge named ${bridge}`;
      if (dev !== undefined) dev.master = OVS_DATAPATH;
      const trunks = /^trunks=([\d,]+)$/.exec(third)?.[1]?.split(",").map(Number) ?? [];
      if (!ovs.ports.some(({ name }) => name === second))
        ovs.ports.push({ name: second, bridge, tag: undefined, trunks, type: "", mac: dev?.mac ?? "00:00:00:00:00:00", external_ids: [] });
      return undefined;
    },
  };
  const act = acts[verb];
  after(TOOK_MS, () => {
    const wrong = act === undefined ? `ovs-vsctl: unknown command '${verb}'` : act();
    if (wrong !== undefined) say(wrong);
    emit(world, { kind: "net", host: host.ix, ifname: bridge });
    end(wrong === undefined ? 0 : 1);
  });
};
