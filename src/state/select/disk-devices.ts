/** Block devices of one host, looked up by any of their names and followed down to the hardware. */
import type { BlockDevice, BlockDevices, LogicalVolume, MultipathMap, NfsMount } from "../../xen/model/storage.ts";
import { wwidOfPath } from "./disk-source.ts";
import { perFacts } from "./memo.ts";
import type { Side } from "./sides.ts";

interface DeviceIndex {
  readonly by_path: ReadonlyMap<string, BlockDevice>;
  readonly by_name: ReadonlyMap<string, BlockDevice>;
  readonly by_kname: ReadonlyMap<string, BlockDevice>;
}
const noDevices: BlockDevices = { devices: [], not_understood: [] };
const indexOf = perFacts((facts: BlockDevices): DeviceIndex => {
  // A device with several parents is listed once per parent by some versions: the first counts.
  const first = (key: (device: BlockDevice) => string | undefined): Map<string, BlockDevice> => {
    const map = new Map<string, BlockDevice>();
    for (const device of facts.devices) {
      const name = key(device);
      if (name !== undefined && !map.has(name)) map.set(name, device);
    }
    return map;
  };
  return { by_path: first(({ path }) => path), by_name: first(({ name }) => name), by_kname: first(({ kname }) => kname) };
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

/** `/dev/vg0/web01`, `/dev/mapper/vg0-web01`: as told by lvs, else as the name says. */
export function logicalVolume(side: Side, path: string): LogicalVolume | { readonly vg: string; readonly name: string } | undefined {
  const mapped = path.startsWith("/dev/mapper/") ? lvOfDmName(path.slice(12)) : undefined;
  const names = lvOfPath(path) ?? mapped;
  const told = (side.known("lvm")?.volumes ?? []).find(
    (volume) => volume.path === path || (volume.vg === names?.vg && volume.name === names?.lv),
  );
  if (told !== undefined) return told;
  const device = blockDevice(side, path);
  if (device?.type === "lvm") {
    const own = lvOfDmName(device.name);
    return own === undefined ? undefined : { vg: own.vg, name: own.lv };
  }
  return device === undefined && lvOfPath(path) !== undefined && names !== undefined ? { vg: names.vg, name: names.lv } : undefined;
}

export function blockDevice(side: Side, path: string): BlockDevice | undefined {
  const { by_path, by_name, by_kname } = deviceIndex(side);
  const told = by_path.get(path);
  if (told !== undefined) return told;
  const lv = lvOfPath(path);
  if (lv !== undefined) return by_name.get(dmNameOf(lv.vg, lv.lv));
  if (path.startsWith("/dev/disk/by-id/")) {
    const wwid = wwidOfPath(path);
    return wwid === undefined ? undefined : [...by_kname.values()].find((device) => wwidOf(device) === wwid);
  }
  return path.startsWith("/dev/") ? by_kname.get(path.slice(5)) : undefined;
}

/** The same LUN has the same one on both hosts, whatever it is called there. */
export function wwidOf({ wwn, type, name }: BlockDevice): string | undefined {
  if (type === "mpath" && /^3[0-9a-f]{16,32}$/i.test(name)) return name.toLowerCase();
  const hex = /^0x([0-9a-f]{16,32})$/i.exec(wwn ?? "")?.[1];
  return hex === undefined ? undefined : `3${hex.toLowerCase()}`;
}

/** A map by alias, WWID, dm device, or the path of a partition on it. */
export function multipathMap(side: Side, path: string): MultipathMap | undefined {
  const maps = side.known("multipath")?.maps ?? [];
  const base = path.slice(path.lastIndexOf("/") + 1);
  const bare = base.replace(/(?:-part|p)\d{1,3}$/, "");
  const wwid = wwidOfPath(path);
  return (
    maps.find(({ name, dm_device }) => name === base || (dm_device === base && path === `/dev/${base}`)) ??
    maps.find((map) => map.wwid === wwid) ??
    maps.find(({ name }) => name === bare)
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
    const map = (side.known("multipath")?.maps ?? []).find(({ name, dm_device }) => name === device.name || dm_device === device.kname);
    return map === undefined ? `map ${device.name}` : `map ${device.name} ${usablePaths(map)}/${map.paths.length} paths`;
  }
  if (device.type.startsWith("raid")) return `md ${device.name}`;
  return `${kinds[device.type] ?? "disk"} ${device.name}`;
}

/** Steps from a device down to its disks, outermost first: `lv vg0/web01`, `disk vdb`. Of an unknown device, its name. */
export function deviceChain(side: Side, path: string): string[] {
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
