/** Which guests sit on which device, mount, volume group or iSCSI target of a host: their disks followed down to the hardware. */
import type { BlockDevice } from "../../xen/model/storage.ts";
import { blockDevice, lvOfDmName, wwidOf } from "./disk-devices.ts";
import { diskSource, wwidOfPath } from "./disk-source.ts";
import { type DrbdTargets, drbdOfTarget, drbdTargets, volumeKey } from "./drbd-targets.ts";
import { type GuestDiskUse, guestDisks } from "./guest-disks.ts";
import { perFacts } from "./memo.ts";
import { shared } from "./shared.ts";
import { eachSide, type Side, type Sides } from "./sides.ts";

/** Guests by token: `dev:dm-6`, `mount:/mnt/nfs`, `vg:vg0`, `lv:vg0/pool`, `target:iqn...`. */
export type Users = ReadonlyMap<string, ReadonlySet<string>>;

export const devToken = (kname: string): string => `dev:${kname}`;
export const mountToken = (mountpoint: string): string => `mount:${mountpoint}`;
export const vgToken = (vg: string): string => `vg:${vg}`;
export const lvToken = (vg: string, lv: string): string => `lv:${vg}/${lv}`;
export const targetToken = (target: string): string => `target:${target}`;

/** Devices below one, followed at most this deep. */
const DEPTH_MAX = 16;

interface HostDisks {
  readonly side: Side;
  readonly by_kname: ReadonlyMap<string, BlockDevice>;
  /** The map rather than one of its paths. */
  readonly by_wwid: ReadonlyMap<string, BlockDevice>;
  readonly pools: ReadonlyMap<string, string>;
  /** Volume key -> where DRBD keeps it. */
  readonly backing: ReadonlyMap<string, string>;
  readonly minors: ReadonlyMap<string, number>;
  /** Longest first. */
  readonly mounts: readonly Mount[];
  readonly below: Map<string, readonly string[]>;
  /** Tokens by volume or path: a disk is told by the file, by what runs and by xenstore. */
  readonly of_disk: Map<string, readonly string[]>;
}

interface Mount {
  readonly mountpoint: string;
  readonly device: string | undefined;
}
/** What is mounted where: how full it is changes far more often. */
const mountsOn = perFacts((side: Side) =>
  side.cells.cell((): readonly Mount[] => {
    const mounts = [
      ...(side.known("nfs")?.mounts ?? []).map(({ mountpoint }) => ({ mountpoint, device: undefined })),
      ...(side.known("df")?.file_systems ?? []).map(({ mountpoint, device }) => ({ mountpoint, device })),
    ];
    return mounts.sort((a, b) => b.mountpoint.length - a.mountpoint.length);
  }, shared),
);
/** Thin volume -> its pool. */
const poolsOn = perFacts((side: Side) =>
  side.cells.cell(
    (): ReadonlyMap<string, string> =>
      new Map((side.known("lvm")?.volumes ?? []).flatMap(({ vg, name, pool }) => (pool === undefined ? [] : [[`${vg}/${name}`, pool]]))),
    shared,
  ),
);

function hostDisks(side: Side): HostDisks {
  const settings = (side.known("drbd-show")?.resources ?? []).flatMap(({ name, volumes }) =>
    volumes.map((volume) => ({ key: volumeKey(name, volume.volume), ...volume })),
  );
  const devices = side.known("lsblk")?.devices ?? [];
  const by_wwid = new Map<string, BlockDevice>();
  for (const device of devices) {
    const wwid = wwidOf(device);
    if (wwid !== undefined && (device.type === "mpath" || !by_wwid.has(wwid))) by_wwid.set(wwid, device);
  }
  return {
    side,
    by_kname: new Map(devices.map((device) => [device.kname, device])),
    by_wwid,
    pools: poolsOn(side)(),
    backing: new Map(settings.flatMap(({ key, backing_disk }) => (backing_disk === undefined ? [] : [[key, backing_disk]]))),
    minors: new Map(settings.flatMap(({ key, minor }) => (minor === undefined ? [] : [[key, minor]]))),
    mounts: mountsOn(side)(),
    below: new Map(),
    of_disk: new Map(),
  };
}

/** Tokens of a device and of all it lies on. Each device is followed once per host. */
function tokensBelow(disks: HostDisks, kname: string, depth = 0): readonly string[] {
  const old = disks.below.get(kname);
  if (old !== undefined || depth > DEPTH_MAX) return old ?? [];
  // A ring of devices ends at the first that is met again.
  disks.below.set(kname, []);
  const device = disks.by_kname.get(kname);
  const lv = device?.type === "lvm" ? lvOfDmName(device.name) : undefined;
  const made = [
    devToken(kname),
    ...(lv === undefined ? [] : lvTokens(disks, lv.vg, lv.lv)),
    ...(device?.parents ?? []).flatMap((parent) => tokensBelow(disks, parent, depth + 1)),
  ];
  disks.below.set(kname, made);
  return made;
}

function lvTokens({ pools }: HostDisks, vg: string, lv: string): string[] {
  const pool = pools.get(`${vg}/${lv}`);
  return [vgToken(vg), lvToken(vg, lv), ...(pool === undefined ? [] : [lvToken(vg, pool)])];
}

function tokensOfPath(disks: HostDisks, path: string): readonly string[] {
  const wwid = path.startsWith("/dev/disk/by-id/") ? wwidOfPath(path) : undefined;
  const device = wwid === undefined ? blockDevice(disks.side, path) : disks.by_wwid.get(wwid);
  if (device !== undefined) return tokensBelow(disks, device.kname);
  const bare = path.slice(path.lastIndexOf("/") + 1);
  const lv = /^\/dev\/([^/]+)\/([^/]+)$/.exec(path);
  if (path.startsWith("/dev/mapper/")) {
    const mapped = lvOfDmName(bare);
    return mapped === undefined ? [] : lvTokens(disks, mapped.vg, mapped.lv);
  }
  return lv?.[1] === undefined || lv[2] === undefined ? [devToken(bare)] : lvTokens(disks, lv[1], lv[2]);
}

function tokensOfFile(disks: HostDisks, path: string): readonly string[] {
  const under = disks.mounts.find(({ mountpoint }) => mountpoint === "/" || path.startsWith(`${mountpoint}/`));
  if (under === undefined) return [];
  const below = under.device?.startsWith("/dev/") === true ? tokensOfPath(disks, under.device) : [];
  return [mountToken(under.mountpoint), ...below];
}

function tokensOfVolume(disks: HostDisks, volume: string): readonly string[] {
  const backing = disks.backing.get(volume);
  const minor = disks.minors.get(volume);
  return [
    ...(minor === undefined ? [] : tokensBelow(disks, `drbd${minor}`)),
    ...(backing === undefined ? [] : tokensOfPath(disks, backing)),
  ];
}

/** The same for every mention of the same disk. */
function once({ of_disk }: HostDisks, disk: string, make: () => readonly string[]): readonly string[] {
  const old = of_disk.get(disk);
  if (old !== undefined) return old;
  const made = make();
  of_disk.set(disk, made);
  return made;
}

function tokensOf(disks: HostDisks, targets: DrbdTargets, use: GuestDiskUse): readonly string[] {
  const volume = drbdOfTarget(targets, use.host, use);
  if (volume !== undefined) return once(disks, `drbd ${volume}`, () => tokensOfVolume(disks, volume));
  const source = diskSource(use.disk);
  if (source.type === "device") return once(disks, source.path, () => tokensOfPath(disks, source.path));
  if (source.type === "file") return once(disks, source.path, () => tokensOfFile(disks, source.path));
  return source.type === "iscsi_target" ? [targetToken(source.target)] : [];
}

function usersOf(sides: Sides, side: Side): Users {
  const disks = hostDisks(side);
  const targets = drbdTargets(sides);
  const found = new Map<string, Set<string>>();
  for (const use of guestDisks(sides).uses) {
    if (use.host !== side.index) continue;
    for (const token of tokensOf(disks, targets, use)) {
      const guests = found.get(token);
      if (guests === undefined) found.set(token, new Set([use.guest]));
      else guests.add(use.guest);
    }
  }
  return found;
}

const usersCells = perFacts((sides: Sides) => eachSide(sides, (side) => sides.cells.cell(() => usersOf(sides, side), shared)));
/** Made once for all kinds of storage. */
export const usersOn = (sides: Sides, side: Side): Users => usersCells(sides)[side.index]();
