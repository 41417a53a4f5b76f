/** A change of state on one node: made, logged as that DRBD's kernel module logs it, and told to whoever follows events2. */
import type { HostIx } from "../guest.ts";
import { other } from "../guest.ts";
import { isAlive } from "../host.ts";
import { emit, kernel, type World } from "../world.ts";
import type { DrbdResource, Node, NodeVolume } from "./types.ts";

export function snapshot(node: Node): Node {
  return { ...node, volumes: node.volumes.map((volume) => ({ ...volume, gi: { ...volume.gi } })) };
}

/** 8.4's one word for connection and replication (drbd_strings.c). */
export function cstate84(node: Node, volume: NodeVolume | undefined): string {
  if (node.connection === "Connecting") return "WFConnection";
  if (node.connection !== "Connected") return node.connection;
  if (volume === undefined || volume.replication === "Off") return "WFReportParams";
  return volume.replication === "Established" ? "Connected" : volume.replication;
}

const part = (name: string, before: string | number, after: string | number): string =>
  before === after ? "" : `${name}( ${before} -> ${after} ) `;
const flag = (on: boolean): number => (on ? 1 : 0);

function parts84(before: Node, after: Node, volume: number): string {
  const [a, b] = [before.volumes[volume], after.volumes[volume]];
  if (a === undefined || b === undefined) return "";
  return [
    part("role", before.role, after.role),
    part("peer", before.peer_role, after.peer_role),
    part("conn", cstate84(before, a), cstate84(after, b)),
    part("disk", a.disk, b.disk),
    part("pdsk", a.peer_disk, b.peer_disk),
    part("peer_isp", flag(a.paused_peer), flag(b.paused_peer)),
    part("user_isp", flag(a.paused_user), flag(b.paused_user)),
  ].join("");
}

function log84(world: World, ix: HostIx, resource: DrbdResource, before: Node, after: Node): void {
  // What all volumes share is told once, of the resource; the rest of each.
  const wide = before.connection !== after.connection;
  for (const [volume, spec] of resource.volumes.entries()) {
    const text = parts84(before, after, volume);
    if (text === "") continue;
    // The state that both sides agree on while connecting is told per device.
    const of_device = !wide || (after.connection === "Connected" && after.volumes[volume]?.replication !== "Off");
    kernel(world, ix, of_device ? `block drbd${spec.minor}: ${text}` : `drbd ${resource.name}: ${text}`);
    if (!of_device) return;
  }
}

function log92(world: World, ix: HostIx, resource: DrbdResource, before: Node, after: Node, reason: string): void {
  const peer = world.hosts[other(ix)].name;
  const why = reason === "" ? "" : `[${reason}]`;
  const tell = (prefix: string, text: string): void => {
    if (text !== "") kernel(world, ix, `drbd ${prefix}: ${text}${why}`.trimEnd());
  };
  tell(resource.name, part("role", before.role, after.role));
  tell(`${resource.name} ${peer}`, part("conn", before.connection, after.connection) + part("peer", before.peer_role, after.peer_role));
  for (const [volume, spec] of resource.volumes.entries()) {
    const [a, b] = [before.volumes[volume], after.volumes[volume]];
    if (a === undefined || b === undefined) continue;
    const device = `${resource.name}/${spec.volume} drbd${spec.minor}`;
    tell(device, part("disk", a.disk, b.disk));
    tell(`${device} ${peer}`, part("pdsk", a.peer_disk, b.peer_disk) + part("repl", a.replication, b.replication));
  }
}

/** Changes one node's state. `reason` is the word drbd 9 puts behind its log lines. Nothing happens on a host that doesn't run. */
export function change(world: World, resource: DrbdResource, ix: HostIx, reason: string, mutate: (node: Node) => void): void {
  const node = resource.nodes[ix];
  if (!isAlive(world.hosts[ix]) || !node.configured) return;
  const before = snapshot(node);
  mutate(node);
  const after = snapshot(node);
  if (resource.flavour === "8.4") log84(world, ix, resource, before, after);
  else log92(world, ix, resource, before, after, reason);
  emit(world, { kind: "drbd", host: ix, resource, before, after });
}

/** `block drbd2: TEXT` or, on 9.2, `drbd r2/0 drbd2 beta: TEXT`. */
export function deviceLog(world: World, resource: DrbdResource, ix: HostIx, volume: number, text: string, peer = true): void {
  const spec = resource.volumes[volume];
  if (spec === undefined) return;
  if (resource.flavour === "8.4") kernel(world, ix, `block drbd${spec.minor}: ${text}`);
  else kernel(world, ix, `drbd ${resource.name}/${spec.volume} drbd${spec.minor}${peer ? ` ${world.hosts[other(ix)].name}` : ""}: ${text}`);
}

/** `drbd r2: TEXT` or, on 9.2 where it is about the connection, `drbd r2 beta: TEXT`. */
export function resourceLog(world: World, resource: DrbdResource, ix: HostIx, text: string): void {
  const peer = resource.flavour === "8.4" ? "" : ` ${world.hosts[other(ix)].name}`;
  kernel(world, ix, `drbd ${resource.name}${peer}: ${text}`);
}

/** Runs a handler (`drbdadm before-resync-source`): both lines, both events, then what comes after it. */
export function helper(world: World, resource: DrbdResource, ix: HostIx, volume: number, name: string, then: () => void): void {
  const minor = resource.volumes[volume]?.minor ?? 0;
  const command = `helper command: /sbin/drbdadm ${name}${resource.flavour === "8.4" ? ` minor-${minor}` : ""}`;
  deviceLog(world, resource, ix, volume, command);
  emit(world, { kind: "drbd-helper", host: ix, resource, volume, helper: name, done: false });
  const epoch = resource.nodes[ix].epoch;
  world.scheduler.after(world.random.between(80, 300), () => {
    if (resource.nodes[ix].epoch !== epoch || !isAlive(world.hosts[ix])) return;
    deviceLog(world, resource, ix, volume, `${command} exit code 0${resource.flavour === "8.4" ? " (0x0)" : ""}`);
    emit(world, { kind: "drbd-helper", host: ix, resource, volume, helper: name, done: true });
    then();
  });
}
