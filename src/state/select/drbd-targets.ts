/** From what a guest's disk is called to the DRBD volume it is: `r0` with block-drbd, /dev/drbd0, /dev/drbd/by-res/r0/0, 93:0 in xenstore. */
import type { Pair } from "../../xen/model/ids.ts";
import { diskSource } from "./disk-source.ts";
import { type GuestDiskUse, guestDisks } from "./guest-disks.ts";
import { perFacts } from "./memo.ts";
import type { SeenResource } from "./seen.ts";
import { shared } from "./shared.ts";
import type { Side, Sides } from "./sides.ts";

/** DRBD's block major (drbd.h, 147), as xenstore writes it. */
const MAJOR_HEX = "93";

interface HostVolumes {
  /** Minors are each host's own. */
  readonly by_minor: ReadonlyMap<number, string>;
  readonly by_disk: ReadonlyMap<string, string>;
}
export interface DrbdTargets {
  readonly hosts: Pair<HostVolumes>;
  /** Resource -> its lowest volume, over both hosts. */
  readonly lowest: ReadonlyMap<string, number>;
}

export const volumeKey = (resource: string, volume: number): string => `${resource}/${volume}`;

function targetsOf({ both }: Sides): DrbdTargets {
  const lowest = new Map<string, number>();
  const ofHost = (index: 0 | 1): HostVolumes => {
    const by_minor = new Map<number, string>();
    const by_disk = new Map<string, string>();
    const add = (resource: string, volume: number, minor: number | undefined): void => {
      if (minor !== undefined) by_minor.set(minor, volumeKey(resource, volume));
      lowest.set(resource, Math.min(volume, lowest.get(resource) ?? volume));
    };
    for (const { name, volumes } of both[index].known("drbd-show")?.resources ?? []) {
      for (const { volume, minor, backing_disk } of volumes) {
        add(name, volume, minor);
        if (backing_disk !== undefined) by_disk.set(backing_disk, volumeKey(name, volume));
      }
    }
    for (const { name, volumes } of layoutOn(both[index])()) for (const { volume, minor } of volumes) add(name, volume, minor);
    return { by_minor, by_disk };
  };
  return { hosts: [ofHost(0), ofHost(1)], lowest };
}

type Layout = Pick<SeenResource, "name" | "volumes">;
/** Which volumes there are: how they are connected and copied changes oftener. */
const layoutOn = perFacts((side: Side) => side.cells.gate((): readonly Layout[] => side.known("drbd-status")?.resources ?? [], sameLayout));
const sameLayout = (old: readonly Layout[], made: readonly Layout[]): readonly Layout[] =>
  old.length === made.length && made.every(({ name, volumes }, at) => old[at]?.name === name && old[at].volumes === volumes) ? old : made;

const targetsCell = perFacts((sides: Sides) => sides.cells.gate(() => targetsOf(sides), shared));
export const drbdTargets = (sides: Sides): DrbdTargets => targetsCell(sides)();

/**
 * The DRBD volume's key (`r0/0`) that this target is on that host; undefined: it is no DRBD volume.
 * A resource that is named outright is told also where nothing is known of it: it isn't up anywhere.
 */
export function drbdOfTarget(
  targets: DrbdTargets,
  host: 0 | 1,
  { disk, physical_device }: Pick<GuestDiskUse, "disk" | "physical_device">,
): string | undefined {
  const [major, minor] = physical_device?.split(":") ?? [];
  if (major?.toLowerCase() === MAJOR_HEX && minor !== undefined) {
    const key = targets.hosts[host].by_minor.get(Number.parseInt(minor, 16));
    if (key !== undefined) return key;
  }
  const source = diskSource(disk);
  if (source.type === "drbd") {
    // Without a number the configuration means the only volume there is.
    const numbered = /\/\d{1,5}$/.test(disk.target ?? "");
    return volumeKey(source.resource, numbered ? source.volume : (targets.lowest.get(source.resource) ?? source.volume));
  }
  if (source.type === "drbd_minor") return targets.hosts[host].by_minor.get(source.minor);
  const byDisk = source.type === "device" ? /^\/dev\/drbd\/by-disk\/(.+)$/.exec(source.path) : null;
  return byDisk === null ? undefined : targets.hosts[host].by_disk.get(`/dev/${byDisk[1]}`);
}

const guestsCell = perFacts((sides: Sides) =>
  sides.cells.gate((): ReadonlyMap<string, readonly string[]> => {
    const targets = drbdTargets(sides);
    const found = new Map<string, Set<string>>();
    for (const use of guestDisks(sides).uses) {
      const key = drbdOfTarget(targets, use.host, use);
      if (key === undefined) continue;
      const guests = found.get(key);
      if (guests === undefined) found.set(key, new Set([use.guest]));
      else guests.add(use.guest);
    }
    return new Map([...found].map(([key, guests]) => [key, [...guests].sort()]));
  }, shared),
);
/** Volume key -> keys of the guests that have a disk on it, on either host. */
export const guestsOnDrbd = (sides: Sides): ReadonlyMap<string, readonly string[]> => guestsCell(sides)();
