/** The two hosts, what lies between them, and the one way in which anything that happens is told. */
import type { ProbeFrame } from "../../xen/host/wire.ts";
import type { Pair } from "../../xen/model/ids.ts";
import type { Random } from "../random.ts";
import type { Scheduler } from "../scheduler.ts";
import type { DrbdResource, Node } from "./drbd/types.ts";
import type { HostIx } from "./guest.ts";
import { isAlive, KERNEL_LINES_MAX, type SimHost } from "./host.ts";

export type SimEvent =
  | { readonly kind: "kernel"; readonly host: HostIx; readonly uptime_s: number; readonly wall_ms: number; readonly text: string }
  | { readonly kind: "drbd"; readonly host: HostIx; readonly resource: DrbdResource; readonly before: Node; readonly after: Node }
  | {
      readonly kind: "drbd-helper";
      readonly host: HostIx;
      readonly resource: DrbdResource;
      readonly volume: number | undefined;
      readonly helper: string;
      readonly done: boolean;
    }
  /** A resync moved on: drbd 9's events2 tells that too. */
  | { readonly kind: "drbd-progress"; readonly host: HostIx; readonly resource: DrbdResource; readonly volume: number }
  /** xenstore-watch prints this path. */
  | { readonly kind: "xen"; readonly host: HostIx; readonly path: string }
  /** `ip monitor` prints this interface. */
  | { readonly kind: "net"; readonly host: HostIx; readonly ifname: string }
  /** Power, freezing, the console's link: what the transports react to. */
  | { readonly kind: "host"; readonly host: HostIx };

export interface World {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly hosts: Pair<SimHost>;
  readonly drbd: Map<string, DrbdResource>;
  /** Storage servers outside of the pair: name -> up. NFS mounts and iSCSI portals go by their address. */
  readonly servers: Map<string, boolean>;
  /** The replication link's cable. */
  replication_link: boolean;
  /** KiB/s that it carries, shared by all resyncs. */
  replication_kib_s: number;
  /** Migrations on their way. */
  readonly migrations: Migration[];
  readonly listeners: Set<(event: SimEvent) => void>;
  /** Told of every command that a plan runs, just before it does. */
  readonly job_listeners: Set<(job: { readonly host: HostIx; readonly argv: readonly string[] }) => void>;
  /** Told of every frame that a probe says, just before it does. */
  readonly frame_listeners: Set<(said: { readonly host: HostIx; readonly frame: ProbeFrame }) => void>;
}

export interface Migration {
  readonly guest: string;
  readonly source: HostIx;
  readonly target: HostIx;
  phase: "precopy" | "suspended" | "attached" | "handover" | "done" | "stuck" | "failed";
  /** Where it stops for ever, if a fault says so. */
  readonly stuck_at: "precopy" | "suspended" | "handover" | undefined;
  done_fraction: number;
}

export const emit = (world: World, event: SimEvent): void => {
  for (const listener of world.listeners) listener(event);
};

export const hostWall = (world: World, host: SimHost): number => world.scheduler.now_ms + host.skew_ms;
export const hostUptime = (world: World, host: SimHost): number => Math.max(0, (world.scheduler.now_ms - host.booted_ms) / 1000);

/** Lines of one instant come a moment after each other. */
const LINE_APART_MS = 0.731;

/** A line of the host's kernel log. Nothing where the host doesn't run. */
export function kernel(world: World, ix: HostIx, text: string): void {
  const host = world.hosts[ix];
  if (!isAlive(host)) return;
  const newest = host.kernel_log.at(-1);
  const wall_ms = Math.max(hostWall(world, host), (newest?.wall_ms ?? 0) + LINE_APART_MS);
  const line = { uptime_s: hostUptime(world, host) + (wall_ms - hostWall(world, host)) / 1000, wall_ms, text };
  host.kernel_log.push(line);
  if (host.kernel_log.length > KERNEL_LINES_MAX) host.kernel_log.splice(0, host.kernel_log.length - KERNEL_LINES_MAX);
  emit(world, { kind: "kernel", host: ix, ...line });
}

/** The replication link carries packets now. */
export const replicationUp = (world: World): boolean => world.replication_link && isAlive(world.hosts[0]) && isAlive(world.hosts[1]);

/** What was logged while the world was put together belongs to the boot, long ago. */
export function dateLogsToBoot(world: World): void {
  const SERVICES_UP_S = 152;
  for (const host of world.hosts) {
    for (const [path, log] of host.xl_logs) host.xl_logs.set(path, { ...log, written_ms: host.booted_ms });
    host.kernel_log = host.kernel_log.map((line, at) => {
      const uptime_s = SERVICES_UP_S + at * 0.0137;
      return { ...line, uptime_s, wall_ms: host.booted_ms + uptime_s * 1000 + host.skew_ms };
    });
  }
}
