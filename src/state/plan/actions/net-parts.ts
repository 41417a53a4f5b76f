/** The commands that make a bridge by example: one a step, each only where what it makes isn't there yet. */
import { step } from "../action.ts";
import type { Expectation } from "../expect.ts";
import type { NetFile, Wanted } from "../net-files.ts";
import type { PlanStep } from "../plan.ts";
import type { Goal } from "./net-target.ts";

const link = (
  goal: Goal,
  name: string,
  what: Omit<Extract<Expectation, { kind: "link" }>, "kind" | "host" | "name" | "there">,
): Expectation => ({
  kind: "link",
  host: goal.host,
  name,
  there: true,
  ...what,
});

export interface Part {
  readonly id: string;
  readonly title: string;
  readonly argv: readonly string[];
  readonly before?: readonly Expectation[];
  readonly after: readonly Expectation[];
  readonly undo: string;
}

/** `ip link set dev NAME ...` */
const set = (name: string, [id, title, undo]: readonly [string, string, string], words: readonly string[], after: Expectation): Part => ({
  id,
  title,
  argv: ["ip", "link", "set", "dev", name, ...words],
  after: [after],
  undo: `ip link set dev ${name} ${undo}`,
});

function made(goal: Goal, name: string, [id, title]: readonly [string, string], words: string, after: Expectation): Part {
  return {
    id,
    title,
    argv: ["ip", "link", "add", ...words.split(" ")],
    before: [{ kind: "link", host: goal.host, name, there: false }],
    after: [after],
    undo: `ip link delete dev ${name}`,
  };
}

/** The VLAN's interface and the bridge themselves. No name has a blank in it (isIfname). */
function newParts(goal: Goal): readonly Part[] {
  const { here, bridge, port, parent = "", way } = goal;
  const { name, link: example } = bridge;
  const vlan =
    port === undefined || way.kind !== "vlan" || here.links.has(port)
      ? []
      : [
          made(
            goal,
            port,
            ["vlan", `create ${port}, VLAN ${way.id} of ${parent}`],
            `link ${parent} name ${port} type vlan ${way.protocol === "802.1Q" ? "" : `protocol ${way.protocol} `}id ${way.id}`,
            link(goal, port, { type: "vlan", parent, vlan_id: way.id }),
          ),
        ];
  if (here.bridges.has(name)) return vlan;
  const options = `${example?.bridge_stp === true ? " stp_state 1" : ""}${example?.bridge_vlan_filtering === true ? " vlan_filtering 1" : ""}`;
  const own = made(
    goal,
    name,
    ["bridge", `create the bridge ${name}`],
    `name ${name} type bridge${options}`,
    link(goal, name, { type: "bridge" }),
  );
  return [...vlan, own];
}

/** The way out as it should be, and in the bridge; `up` comes last, once all is as it should be. */
function portParts(goal: Goal): readonly Part[] {
  const { here, bridge, port, parent, mtu } = goal;
  if (port === undefined) return [];
  const old = here.links.get(port);
  const now_mtu = old?.mtu ?? (parent === undefined ? undefined : here.links.get(parent)?.mtu) ?? 1500;
  return [
    ...(mtu === undefined || now_mtu === mtu
      ? []
      : [set(port, ["mtu-port", `give ${port} the MTU ${mtu}`, `mtu ${now_mtu}`], ["mtu", String(mtu)], link(goal, port, { mtu }))]),
    ...(old?.master === bridge.name
      ? []
      : [
          set(
            port,
            ["join", `put ${port} into ${bridge.name}`, "nomaster"],
            ["master", bridge.name],
            link(goal, port, { master: bridge.name }),
          ),
        ]),
    ...(old?.admin_up === true
      ? []
      : [set(port, ["port-up", `set ${port} up`, "down"], ["up"], link(goal, port, { up: true, master: bridge.name }))]),
  ];
}

/** Each command only where what it makes isn't there yet: half a bridge is made whole by the same plan. */
export function linuxParts(goal: Goal): readonly Part[] {
  const { here, bridge, port, mtu } = goal;
  const { name } = bridge;
  const own = here.bridges.get(name)?.link;
  // The kernel gives a bridge the MTU of its ports, until somebody gives it another.
  const own_mtu = own?.mtu ?? (port === undefined ? 1500 : mtu);
  return [
    ...newParts(goal),
    ...portParts(goal),
    ...(mtu === undefined || own_mtu === mtu
      ? []
      : [set(name, ["mtu", `give ${name} the MTU ${mtu}`, `mtu ${own_mtu}`], ["mtu", String(mtu)], link(goal, name, { mtu }))]),
    ...(own?.admin_up === true
      ? []
      : [set(name, ["up", `set ${name} up`, "down"], ["up"], link(goal, name, { up: true, ...(mtu === undefined ? {} : { mtu }) }))]),
  ];
}

/** Open vSwitch keeps what it is told over a boot by itself. */
export function ovsParts(goal: Goal): readonly Part[] {
  const { host, here, there, bridge, port } = goal;
  const { name, parent, tag } = bridge;
  if (bridge.kind === "ovs_vlan" && parent !== undefined && tag !== undefined)
    return here.bridges.has(name)
      ? []
      : [
          {
            id: "bridge",
            title: `create ${name}, VLAN ${tag} of ${parent}`,
            argv: ["ovs-vsctl", "--timeout=10", "--may-exist", "add-br", name, parent, String(tag)],
            before: [{ kind: "ovs_bridge", host, name: parent, there: true }],
            after: [{ kind: "ovs_bridge", host, name, there: true, parent, tag }],
            undo: `ovs-vsctl del-br ${name}`,
          },
        ];
  const like = [...there.ovs_ports.values()].find(
    (each) => each.bridge === name && bridge.ports.includes(each.name) && each.trunks.length > 0,
  );
  const trunks = like === undefined ? [] : [`trunks=${like.trunks.join(",")}`];
  return [
    ...(here.bridges.has(name)
      ? []
      : [
          {
            id: "bridge",
            title: `create the bridge ${name} of Open vSwitch`,
            argv: ["ovs-vsctl", "--timeout=10", "--may-exist", "add-br", name],
            after: [{ kind: "ovs_bridge", host, name, there: true } as const],
            undo: `ovs-vsctl del-br ${name}`,
          },
        ]),
    ...(port === undefined || here.ovs_ports.get(port)?.bridge === name
      ? []
      : [
          {
            id: "join",
            title: `put ${port} into ${name}`,
            argv: ["ovs-vsctl", "--timeout=10", "--may-exist", "add-port", name, port, ...trunks],
            after: [{ kind: "ovs_port", host, name: port, bridge: name, there: true } as const],
            undo: `ovs-vsctl del-port ${name} ${port}`,
          },
          {
            id: "port-up",
            title: `set ${port} up`,
            argv: ["ip", "link", "set", "dev", port, "up"],
            after: [link(goal, port, { up: true })],
            undo: `ip link set dev ${port} down`,
          },
        ]),
  ];
}

export const wantedOf = ({ bridge, mtu, port, parent, way }: Goal): Wanted => ({
  bridge: bridge.name,
  mtu: mtu === 1500 ? undefined : mtu,
  stp: bridge.link?.bridge_stp === true,
  filtering: bridge.link?.bridge_vlan_filtering === true,
  uplink: port === undefined ? undefined : { name: port, parent: parent ?? port, vlan_id: way.kind === "vlan" ? way.id : undefined },
});

/** Written whole, and never over something that is there (dd: conv=excl). */
export const writeSteps = ({ host }: Goal, files: readonly NetFile[]): readonly PlanStep[] =>
  files.map(({ path, text }, index) =>
    step({
      id: `write-${index}`,
      title: `write ${path} on ${host}`,
      host,
      argv: ["dd", `of=${path}`, "conv=excl,fsync", "status=none"],
      input: { kind: "text", text },
      before: [{ kind: "answer", host, argv: ["test", "-e", path], code: 1 }],
      after: [{ kind: "answer", host, argv: ["cat", "--", path], code: 0, starts: text }],
      undo: `rm ${path}`,
      risk: "routine",
      usual_s: 2,
    }),
  );
