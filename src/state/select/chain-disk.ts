/** A guest's disks, each followed to the hardware on both hosts: guest -> vbd -> DRBD volume, multipath map, file -> LV -> disk -> path. */
import type { HostId } from "../../xen/model/ids.ts";
import type { Backends, DiskConfig, GuestConfig, VbdBackend } from "../../xen/model/xen.ts";
import { wordOf } from "../../xen/read/drbd-words.ts";
import { byResult, type Judgement } from "../preflight/judgement.ts";
import { type MirrorSide, mirrorMoves, twoPrimariesTold } from "../preflight/mirror.ts";
import type { GuestDisk, Judged } from "../view-model.ts";
import type { DiskSide } from "./disk-query.ts";
import { diskSide } from "./disk-side.ts";
import { drbdOn, volumeName } from "./drbd-sides.ts";
import type { GuestInstance, JoinedGuest } from "./guest-join.ts";
import { groupedBy, perFacts } from "./memo.ts";
import { peerLosses } from "./peer-losses.ts";
import { sameMembers } from "./shared.ts";
import { eachSide, type Side, type Sides } from "./sides.ts";

/** The row with what it was made of, for the readiness of each host. */
export interface JoinedDisk {
  readonly config: DiskConfig;
  readonly sides: readonly [DiskSide, DiskSide];
  readonly row: GuestDisk;
}

/** What it runs with; else what it would be started with: the file of the host it runs on, or of either. */
export function effectiveConfig(guest: JoinedGuest, runs_on: HostId | undefined): GuestConfig | undefined {
  const running = guest.instances.find(({ side, domain }) => side.id === runs_on && domain.migration === "none");
  const file = guest.files.find(({ side }) => side.id === runs_on) ?? guest.files[0];
  return running?.live ?? file?.config ?? guest.instances.find(({ live }) => live !== undefined)?.live;
}

const vbdsByDomain = perFacts((facts: Backends) => groupedBy(facts.vbds, ({ domid }) => domid));

const vbdsOn = perFacts((side: Side) =>
  side.cells.parts((): ReadonlyMap<number, readonly VbdBackend[]> => {
    const told = side.known("xenstore");
    return told === undefined ? new Map() : vbdsByDomain(told);
  }, sameMembers),
);
const vbdsOf = ({ side, domain }: GuestInstance): readonly VbdBackend[] => vbdsOn(side)(domain.domid) ?? [];

const fromBackend = ({ dev, devid, params, script, mode, kind }: VbdBackend): DiskConfig => ({
  vdev: dev ?? String(devid),
  target: params,
  format: undefined,
  script: script === "block" ? undefined : script,
  backend: kind === "vbd" ? undefined : kind,
  read_write: mode?.startsWith("w") ?? false,
  cdrom: false,
});

const isDisk = (config: DiskConfig, { dev, devid }: VbdBackend): boolean => config.vdev === dev || config.vdev === String(devid);

function backendState(side: Side, vbd: VbdBackend | undefined): Judged {
  if (side.freshness("xenstore") !== "fresh") return { text: vbd?.state ?? "not known", severity: "unknown" };
  if (vbd === undefined) return { text: "no backend", severity: "warning" };
  if (vbd.hotplug_error !== undefined) return { text: vbd.hotplug_error, severity: "critical" };
  if (vbd.hotplug_status === "error") return { text: "hotplug error", severity: "critical" };
  return { text: vbd.state, severity: vbd.state === "connected" ? "ok" : "warning" };
}

/** A state is only as good as the facts it was judged on. */
function asFresh(side: Side, { state, from }: DiskSide): Judged {
  const old = from.map(side.freshness).some((freshness) => freshness !== "fresh" && freshness !== "absent");
  return old && state.severity !== "unknown" ? { text: state.text, severity: "unknown" } : state;
}

const told = (state: string | { readonly other: string } | undefined): string => (state === undefined ? "" : wordOf(state));

/** Could a guest be moved live from here, as far as this volume goes: as plans judge it. */
function mirrorMove(sides: Sides, key: string, source: Side): Judgement {
  const on = drbdOn(sides);
  const [resource] = volumeName(key);
  const side = (index: 0 | 1): MirrorSide => {
    const { host, present, role, disk, connection, replication, peer_disk, suspended } = on[index].facts(key);
    return {
      host: host.id,
      present,
      role: told(role),
      disk: told(disk),
      connection: told(connection),
      replication: told(replication),
      peer_disk: told(peer_disk),
      suspended: suspended ?? "",
      fresh: host.freshness === "fresh",
    };
  };
  // A split brain is told by the disk itself.
  const moves = mirrorMoves({ key, sides: [side(0), side(1)], split: false }, source.id);
  const two = sides.both.map(({ id, index }) => twoPrimariesTold(resource, id, on[index].allowsTwo(resource)));
  return [moves, ...two].sort(byResult)[0] ?? moves;
}

/** Blocks that are still to be copied say nothing of it. */
const movesFrom = perFacts((sides: Sides) =>
  eachSide(sides, (source) => sides.cells.cells((key: string) => mirrorMove(sides, key, source), sameMembers)),
);

/** In the order of the configuration; disks that only xenstore knows (attached later) come last. */
export function guestDisks(sides: Sides, guest: JoinedGuest, runs_on: HostId | undefined): readonly JoinedDisk[] {
  const running = guest.instances.find(({ side, domain }) => side.id === runs_on && domain.migration === "none");
  const vbds = running === undefined ? [] : vbdsOf(running);
  const configured = effectiveConfig(guest, runs_on)?.disks ?? [];
  const attached = vbds.filter((vbd) => !configured.some((config) => isDisk(config, vbd))).map(fromBackend);
  return [...configured, ...attached].map((config) => {
    const [a, b] = eachSide(sides, (here, there) => {
      const paths = guest.files.filter(({ side }) => side === here).flatMap(({ file }) => file.paths ?? []);
      const own = diskSide({
        disk: config,
        here,
        there,
        runs_on,
        kept_there: guest.instances.some(({ side }) => side === there),
        present: (path) => paths.find((one) => one.path === path)?.present,
        history_nfs: (host, mountpoint) => sides.history.nfs(`${host}|${mountpoint}`) ?? [],
        losses: () => peerLosses(sides, here),
        connected_ms: (key) => sides.history.bad_copies(`${here.id}|${key}`)?.connected_ms,
      });
      return own.kind === "drbd" && own.object !== undefined && runs_on === there.id
        ? { ...own, move: movesFrom(sides)[there.index](own.object) }
        : own;
    });
    const at = shownSide(sides, runs_on);
    const shown = at.index === 0 ? a : b;
    const vbd = vbds.find((one) => isDisk(config, one));
    const row: GuestDisk = {
      vdev: config.vdev,
      target: config.target ?? "",
      kind: shown.kind === "unknown" ? (a.kind === "unknown" ? b.kind : a.kind) : shown.kind,
      read_write: config.read_write,
      object: shown.object ?? a.object ?? b.object,
      state: asFresh(at, shown),
      chain: [a.chain, b.chain],
      backend: running === undefined ? undefined : backendState(running.side, vbd),
    };
    return { config, sides: [a, b], row };
  });
}

/** Where it runs; of a guest that runs nowhere, the side of a host that answers. */
function shownSide({ both }: Sides, runs_on: HostId | undefined): Side {
  if (runs_on !== undefined) return both[0].id === runs_on ? both[0] : both[1];
  return both[0].answers || !both[1].answers ? both[0] : both[1];
}
