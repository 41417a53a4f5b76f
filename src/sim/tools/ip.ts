/** `ip link add|delete|set` on a simulated host (iproute2 6.1: its words; statuses 1 of its own, 2 of the kernel's). */
import { addDev } from "../model/build.ts";
import { findDev, type NetDev } from "../model/network.ts";
import { emit, kernel } from "../model/world.ts";
import type { Tool, ToolRun } from "./tool.ts";

const TOOK_MS = 20;

/** After `link add`. */
const after = (argv: readonly string[], word: string): string | undefined => {
  const at = argv.indexOf(word, 2);
  return at < 0 ? undefined : argv[at + 1];
};
const changed = ({ world, host }: ToolRun, name: string): void => emit(world, { kind: "net", host: host.ix, ifname: name });

/** The kernel's bridge follows the smallest of its ports. */
function settleMtu({ host }: ToolRun, bridge: string): void {
  const dev = findDev(host.network, bridge);
  const ports = host.network.devs.filter(({ master }) => master === bridge);
  if (dev?.kind === "bridge" && ports.length > 0) dev.mtu = Math.min(...ports.map(({ mtu }) => mtu));
}

function add(run: ToolRun): string | undefined {
  const { argv, host, world } = run;
  const { network } = host;
  const name = after(argv, "name") ?? "";
  if (findDev(network, name) !== undefined) return "RTNETLINK answers: File exists";
  const seed = world.random.hex(12);
  if (after(argv, "type") === "bridge") addDev(network, { name, kind: "bridge", up: false }, `02${seed.slice(2)}`);
  else {
    const parent = findDev(network, after(argv, "link") ?? "");
    const id = Number(after(argv, "id"));
    if (parent === undefined) return `Cannot find device "${after(argv, "link")}"`;
    if (network.devs.some((dev) => dev.parent === parent.name && dev.vlan_id === id)) return "RTNETLINK answers: File exists";
    const like = { parent: parent.name, vlan_id: id, mtu: parent.mtu, mac: parent.mac };
    addDev(network, { name, kind: "vlan", up: false, ...like }, seed);
  }
  changed(run, name);
  return undefined;
}

function remove(run: ToolRun, dev: NetDev): string | undefined {
  const { host, world } = run;
  for (const port of host.network.devs) {
    if (port.master !== dev.name) continue;
    port.master = undefined;
    kernel(world, host.ix, `${dev.name}: port ${port.port_no}(${port.name}) entered disabled state`);
  }
  host.network.devs = host.network.devs.filter((each) => each !== dev && each.parent !== dev.name);
  changed(run, dev.name);
  return undefined;
}

function set(run: ToolRun, dev: NetDev): string | undefined {
  const { argv, host, world } = run;
  const { network } = host;
  const mtu = after(argv, "mtu");
  const master = after(argv, "master");
  if (mtu !== undefined) {
    const most = dev.parent === undefined ? 9216 : (findDev(network, dev.parent)?.mtu ?? 0);
    if (Number(mtu) > most) return "RTNETLINK answers: Numerical result out of range";
    dev.mtu = Number(mtu);
  } else if (master !== undefined) {
    const bridge = findDev(network, master);
    if (bridge === undefined) return `Error: argument "${master}" is wrong: Device does not exist`;
    if (dev.master !== undefined && dev.master !== master) return "RTNETLINK answers: Device or resource busy";
    dev.master = master;
    dev.port_no = 1 + Math.max(0, ...network.devs.filter((each) => each !== dev && each.master === master).map((each) => each.port_no));
    settleMtu(run, master);
    kernel(world, host.ix, `${master}: port ${dev.port_no}(${dev.name}) entered blocking state`);
    kernel(world, host.ix, `device ${dev.name} entered promiscuous mode`);
  } else if (argv.includes("nomaster")) dev.master = undefined;
  else if (argv.includes("up") || argv.includes("down")) {
    dev.up = argv.includes("up");
    const over = dev.master === undefined ? undefined : findDev(network, dev.master);
    if (over?.kind === "bridge")
      kernel(world, host.ix, `${over.name}: port ${dev.port_no}(${dev.name}) entered ${dev.up ? "forwarding" : "disabled"} state`);
  } else return 'Not enough information: "dev" argument is required.';
  changed(run, dev.name);
  return undefined;
}

export const ip: Tool = (run) => {
  const { argv, say, end } = run;
  const [object, verb = ""] = argv;
  run.after(TOOK_MS, () => {
    const name = after(argv, "dev") ?? "";
    const dev = findDev(run.host.network, name);
    const acts: Readonly<Record<string, (() => string | undefined) | undefined>> = {
      add: () => add(run),
      delete: () => (dev === undefined ? `Cannot find device "${name}"` : remove(run, dev)),
      set: () => (dev === undefined ? `Cannot find device "${name}"` : set(run, dev)),
    };
    const act = object === "link" ? acts[verb] : undefined;
    const wrong = act === undefined ? `Object "${object}" is unknown, try "ip help".` : act();
    if (wrong !== undefined) say(wrong);
    end(wrong === undefined ? 0 : wrong.startsWith("RTNETLINK") ? 2 : 1);
  });
};
