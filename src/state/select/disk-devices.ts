/** Block devices of one host, looked up by any of their names and followed down to the hardware. */
import type { BlockDevice, BlockDevices, LogicalVolume, Lvm, Multipath, MultipathMap, NfsMount } from "../../xen/model/storage.ts";
import { wwidOfPath } from "./disk-source.ts";
import { firstBy, perFacts } from "./memo.ts";
import { sameMembers } from "./shared.ts";
import type { Side } from "./sides.ts";

interface DeviceIndex {
  readonly by_path: ReadonlyMap<string, BlockDevice>;
  readonly by_name: ReadonlyMap<string, BlockDevice>;
  readonly by_kname: ReadonlyMap<string, BlockDevice>;
  readonly by_wwid: ReadonlyMap<string, BlockDevice>;
}
const noDevices: BlockDevices = { devices: [], not_understood: [] };
const indexOf = perFacts((facts: BlockDevices): DeviceIndex => {
  // A device with several parents is listed once per parent by some versions: the first counts.
  const by_kname = firstBy(facts.devices, ({ kname }) => kname);
  return {
    by_path: firstBy(facts.devices, ({ path }) => path),
    by_name: firstBy(facts.devices, ({ name }) => name),
    by_kname,
    by_wwid: firstBy([...by_kname.values()], wwidOf),
  };
});
const deviceIndex = (side: Side): DeviceIndex => indexOf(side.known("lsblk") ?? noDevices);

/** Layers followed below a device. */
const DEPTH_MAX = 8;
/** Devices named in one step of a chain. */
const NAMES_MAX = 4;

/** dm names double the dashes of their parts: `vg--a-lv` is vg-a/lv (lvm2, dm_build_dm_name). */
export function lvOfDmName(name: string): { readonly vg: string; readonly lv: string } | undefined {
  const found = /^((?:[^-]|--)+)-((?:[^-]|--)+)$/.exec(name.slice(0, 256));
  if (found?.[1] === undefined || found[2] === undefined) return undefined;
  return { vg: found[1].replaceAll("--", "-"), lv: found[2].replaceAll("--", "-") };
}
export const dmNameOf = (vg: string, lv: string): string => `${vg.replaceAll("-", "--")}-${lv.replaceAll("-", "--")}`;

const lvOfPath = (path: string): { vg: string; lv: string } | undefined => {
  const found = /^\/dev\/([^/]+)\/([^/]+)$/.exec(path);
  if (found?.[1] === undefined || found[2] === undefined || ["mapper", "disk", "block", "drbd"].includes(found[1])) return undefined;
  return { vg: found[1], lv: found[2] };
};

interface VolumeIndex {
  readonly by_path: ReadonlyMap<string, LogicalVolume>;
  /** `vg0/web01` */
  readonly by_name: ReadonlyMap<string, LogicalVolume>;
}
const noVolumes: Lvm = { volumes: [], groups: [], not_understood: [] };
const volumesIn = perFacts(
  ({ volumes }: Lvm): VolumeIndex => ({
    by_path: firstBy(volumes, ({ path }) => path),
    by_name: firstBy(volumes, ({ vg, name }) => `${vg}/${name}`),
  }),
);
const volumeIndex = (side: Side): VolumeIndex => volumesIn(side.known("lvm") ?? noVolumes);

/** lvs has it: `vg0/web01`. */
export const isListed = (side: Side, name: string): boolean => volumeIndex(side).by_name.has(name);

/** `/dev/vg0/web01`, `/dev/mapper/vg0-web01`: as told by lvs, else as the name says. */
export function logicalVolume(side: Side, path: string): LogicalVolume | { readonly vg: string; readonly name: string } | undefined {
  const mapped = path.startsWith("/dev/mapper/") ? lvOfDmName(path.slice(12)) : undefined;
  const names = lvOfPath(path) ?? mapped;
  const { by_path, by_name } = volumeIndex(side);
  const told = by_path.get(path) ?? (names === undefined ? undefined : by_name.get(`${names.vg}/${names.lv}`));
  if (told !== undefined) return told;
  const device = blockDevice(side, path);
  if (device?.type === "lvm") {
    const own = lvOfDmName(device.name);
    return own === undefined ? undefined : { vg: own.vg, name: own.lv };
  }
  return device === undefined && lvOfPath(path) !== undefined && names !== undefined ? { vg: names.vg, name: names.lv } : undefined;
}

export function blockDevice(side: Side, path: string): BlockDevice | undefined {
  const { by_path, by_name, by_kname, by_wwid } = deviceIndex(side);
  const told = by_path.get(path);
  if (told !== undefined) return told;
  const lv = lvOfPath(path);
  if (lv !== undefined) return by_name.get(dmNameOf(lv.vg, lv.lv));
  if (path.startsWith("/dev/disk/by-id/")) {
    const wwid = wwidOfPath(path);
    return wwid === undefined ? undefined : by_wwid.get(wwid);
  }
  return path.startsWith("/dev/") ? by_kname.get(path.slice(5)) : undefined;
}

/** The same LUN has the same one on both hosts, whatever it is called there. */
export function wwidOf({ wwn, type, name }: BlockDevice): string | undefined {
  if (type === "mpath" && /^3[0-9a-f]{16,32}$/i.test(name)) return name.toLowerCase();
  const hex = /^0x([0-9a-f]{16,32})$/i.exec(wwn ?? "")?.[1];
  return hex === undefined ? undefined : `3${hex.toLowerCase()}`;
}

interface MapIndex {
  readonly by_name: ReadonlyMap<string, MultipathMap>;
  readonly by_dm: ReadonlyMap<string, MultipathMap>;
  readonly by_wwid: ReadonlyMap<string, MultipathMap>;
}
const noMaps: Multipath = { maps: [], not_understood: [] };
const mapsIn = perFacts(
  ({ maps }: Multipath): MapIndex => ({
    by_name: firstBy(maps, ({ name }) => name),
    by_dm: firstBy(maps, ({ dm_device }) => dm_device),
    by_wwid: firstBy(maps, ({ wwid }) => wwid),
  }),
);
const mapIndex = (side: Side): MapIndex => mapsIn(side.known("multipath") ?? noMaps);

/** A map by alias, WWID, dm device, or the path of a partition on it. */
export function multipathMap(side: Side, path: string): MultipathMap | undefined {
  const { by_name, by_dm, by_wwid } = mapIndex(side);
  const base = path.slice(path.lastIndexOf("/") + 1);
  const bare = base.replace(/(?:-part|p)\d{1,3}$/, "");
  const wwid = wwidOfPath(path);
  return (
    by_name.get(base) ??
    (path === `/dev/${base}` ? by_dm.get(base) : undefined) ??
    (wwid === undefined ? undefined : by_wwid.get(wwid)) ??
    by_name.get(bare)
  );
}

export const usablePaths = ({ paths }: MultipathMap): number => paths.filter(({ usable }) => usable).length;

export const nfsMountOf = (side: Side, path: string): NfsMount | undefined =>
  (side.known("nfs")?.mounts ?? [])
    .filter(({ mountpoint }) => path.startsWith(mountpoint.endsWith("/") ? mountpoint : `${mountpoint}/`))
    .sort((a, b) => b.mountpoint.length - a.mountpoint.length)[0];

/** The maps and shared LUNs a device lies on, by WWID; empty: it lies on disks of the host's own, or that isn't known. */
export function sharedBelow(side: Side, path: string): readonly string[] {
  return [
    ...new Set(
      layers(side, path)
        .flat()
        .flatMap((device) => (isShared(device) ? [wwidOf(device) ?? ""] : [])),
    ),
  ].filter(Boolean);
}
const isShared = ({ type, transport }: BlockDevice): boolean => type === "mpath" || transport === "iscsi" || transport === "fc";

/** The device, then what it lies on, layer by layer. Each device once: cycles end. */
function layers(side: Side, path: string): BlockDevice[][] {
  const { by_kname } = deviceIndex(side);
  const top = blockDevice(side, path);
  const found: BlockDevice[][] = [];
  const seen = new Set<string>();
  let layer = top === undefined ? [] : [top];
  while (layer.length > 0 && found.length < DEPTH_MAX) {
    found.push(layer);
    for (const { kname } of layer) seen.add(kname);
    const below = new Set(layer.flatMap(({ parents }) => parents).filter((kname) => !seen.has(kname)));
    layer = [...below].flatMap((kname) => by_kname.get(kname) ?? []);
  }
  return found;
}

const kinds: Readonly<Record<string, string>> = { part: "partition", crypt: "crypt", loop: "loop", rom: "drive" };

function label(side: Side, device: BlockDevice): string {
  if (device.type === "lvm") {
    const lv = lvOfDmName(device.name);
    return lv === undefined ? `lv ${device.name}` : `lv ${lv.vg}/${lv.lv}`;
  }
  if (device.type === "mpath") {
    const { by_name, by_dm } = mapIndex(side);
    const map = by_name.get(device.name) ?? by_dm.get(device.kname);
    return map === undefined ? `map ${device.name}` : `map ${device.name} ${usablePaths(map)}/${map.paths.length} paths`;
  }
  if (device.type.startsWith("raid")) return `md ${device.name}`;
  return `${kinds[device.type] ?? "disk"} ${device.name}`;
}

/** Steps from a device down to its disks, outermost first: `lv vg0/web01`, `disk vdb`. Of an unknown device, its name. */
export const deviceChain = (side: Side, path: string): readonly string[] => chainsOn(side)(path);
const chainsOn = perFacts((side: Side) => side.cells.cells((path: string) => chainOf(side, path), sameMembers));

function chainOf(side: Side, path: string): readonly string[] {
  const found = layers(side, path);
  if (found.length === 0) {
    const lv = logicalVolume(side, path);
    return [lv === undefined ? path : `lv ${lv.vg}/${lv.name}`];
  }
  return found.map((layer) => {
    const names = layer.map((device) => label(side, device));
    const more = names.length - NAMES_MAX;
    return more > 0 ? `${names.slice(0, NAMES_MAX).join(", ")} and ${more} more` : names.join(", ");
  });
}
