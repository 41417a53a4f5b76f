/** `drbdsetup status --verbose --statistics`, of 8.4's and of 9.2's module (drbdsetup.c, resource_status and below). */
import { type DrbdResource, type Node, type NodeVolume, suspendedWord } from "../model/drbd/types.ts";
import { type HostIx, other } from "../model/guest.ts";
import type { World } from "../model/world.ts";
import { type Format, notHere, ok } from "./answer.ts";
import { donePercent, progressOf, rate92 } from "./drbd-sync.ts";
import { wrapped } from "./wrap.ts";

export const deviceStatistics = (size_kib: number, state: NodeVolume): readonly string[] => [
  `size:${size_kib}`,
  `read:${state.read_kib}`,
  `written:${state.written_kib}`,
  `al-writes:${state.al_writes}`,
  `bm-writes:${state.bm_writes}`,
  "upper-pending:0",
  "lower-pending:0",
];

export const peerStatistics = (state: NodeVolume): readonly string[] => [
  `received:${state.received_kib}`,
  `sent:${state.sent_kib}`,
  `out-of-sync:${state.out_of_sync_kib}`,
  "pending:0",
  "unacked:0",
];

function deviceText(resource: DrbdResource, node: Node, at: number): string {
  const [spec, state] = [resource.volumes[at], node.volumes[at]];
  if (spec === undefined || state === undefined) return "";
  const head = [`volume:${spec.volume}`, `minor:${spec.minor}`, `disk:${state.disk}`];
  if (resource.flavour === "9.2") head.push(`backing_dev:${state.disk === "Diskless" ? "none" : spec.backing}`, "quorum:yes");
  const statistics = [...deviceStatistics(spec.size_kib, state), "al-suspended:no", `blocked:${state.blocked ?? "no"}`];
  return wrapped(2, head, 6) + wrapped(6, statistics, 6);
}

function peerDeviceText(world: World, resource: DrbdResource, node: Node, at: number): string {
  const [spec, state] = [resource.volumes[at], node.volumes[at]];
  if (spec === undefined || state === undefined) return "";
  const now_ms = world.scheduler.now_ms;
  const done = donePercent(state, now_ms);
  const head = [`volume:${spec.volume}`, `replication:${state.replication}`, `peer-disk:${state.peer_disk}`];
  if (done !== undefined) head.push(`done:${done}`);
  head.push(`resync-suspended:${suspendedWord(state)}`);
  const statistics = [...peerStatistics(state)];
  const progress = progressOf(state, now_ms);
  if (resource.flavour === "9.2" && done !== undefined && progress !== undefined) {
    const { mib_s, eta } = rate92(progress);
    statistics.push(`dbdt1:${mib_s}`, `eta:${eta}`);
  }
  return wrapped(4, head, 8) + wrapped(8, statistics, 8);
}

function connectionText(world: World, resource: DrbdResource, ix: HostIx): string {
  const node = resource.nodes[ix];
  if (!node.has_connection) return "";
  const nine = resource.flavour === "9.2";
  const head = [nine ? world.hosts[other(ix)].name : "peer"];
  if (nine) head.push(`node-id:${other(ix)}`);
  head.push(`connection:${node.connection}`, `role:${node.peer_role}`, "congested:no");
  if (nine) head.push("ap-in-flight:0", "rs-in-flight:0");
  return wrapped(2, head, 6) + resource.volumes.map((_, at) => peerDeviceText(world, resource, node, at)).join("");
}

export function resourceText(world: World, resource: DrbdResource, ix: HostIx): string {
  const node = resource.nodes[ix];
  const head = [resource.name];
  if (resource.flavour === "9.2") head.push(`node-id:${ix}`);
  head.push(`role:${node.role}`, `suspended:${node.suspended}`);
  if (resource.flavour === "9.2") head.push("force-io-failures:no");
  const devices = resource.volumes.map((_, at) => deviceText(resource, node, at)).join("");
  return `${wrapped(0, head, 4)}${wrapped(4, ["write-ordering:flush"], 4)}${devices}${connectionText(world, resource, ix)}\n`;
}

/** Resources that `drbdadm up` made here. */
export const configured = (world: World, ix: HostIx): readonly DrbdResource[] =>
  [...world.drbd.values()].filter((resource) => resource.nodes[ix].configured);

export const drbdStatusText: Format = (world, host) => {
  if (world.drbd.size === 0) return notHere;
  const resources = configured(world, host.ix);
  if (resources.length === 0) return ok("# No currently configured DRBD found.\n");
  return ok(resources.map((resource) => resourceText(world, resource, host.ix)).join(""));
};

/** What the reading's script leaves out of either form. */
export const withoutCounters = (text: string): string =>
  text
    .replace(/ (?:read|written|al-writes|bm-writes|lower-pending|received|sent|unacked|pending):\d*/g, "")
    .replace(/"(?:read|written|al-writes|bm-writes|lower-pending|received|sent|unacked)": *\d*,/g, "")
    .split("\n")
    .filter((line) => !/^ +$/.test(line))
    .join("\n");
