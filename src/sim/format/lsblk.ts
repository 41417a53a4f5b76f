/** `lsblk -J -b -o COLUMNS` (util-linux 2.38: libsmartcols' JSON). */
import type { SimHost } from "../model/host.ts";
import type { LocalDisk, NbdSpec, ScsiPath } from "../model/storage.ts";
import type { World } from "../model/world.ts";
import { type Format, ok } from "./answer.ts";
import { devNumber } from "./multipath.ts";

export interface Block {
  readonly name: string;
  readonly kname: string;
  readonly type: string;
  readonly size_bytes: number;
  readonly wwn: string | null;
  readonly serial: string | null;
  readonly model: string | null;
  readonly tran: string | null;
  readonly state: string | null;
  readonly maj_min: string;
  readonly pkname: string | null;
  readonly path: string;
  readonly mountpoints: readonly string[];
  readonly children: readonly Block[];
}

const KIB = 1024;
const MINORS = 1_048_576;
const NBD_MINORS = 32;
const plain = { wwn: null, serial: null, model: null, tran: null, state: null, pkname: null, mountpoints: [], children: [] } as const;

function drbdAbove(world: World, host: SimHost, lv_path: string, kname: string): Block[] {
  return [...world.drbd.values()]
    .filter((resource) => resource.nodes[host.ix].configured)
    .flatMap((resource) =>
      resource.volumes.flatMap((spec, at) => {
        if (spec.backing !== lv_path || resource.nodes[host.ix].volumes[at]?.disk === "Diskless") return [];
        const name = `drbd${spec.minor}`;
        const device = {
          name,
          kname: name,
          type: "disk",
          size_bytes: spec.size_kib * KIB,
          maj_min: `147:${spec.minor}`,
          path: `/dev/${name}`,
        };
        return [{ ...plain, ...device, pkname: kname }];
      }),
    );
}

const mapped = (vg: string, lv: string): string => `${vg.replaceAll("-", "--")}-${lv.replaceAll("-", "--")}`;

function lvBlocks(world: World, host: SimHost, vg: string, disk: string): Block[] {
  const { lvs } = host.storage;
  const block = (lv: (typeof lvs)[number], pkname: string): Block => {
    const name = mapped(lv.vg, lv.name);
    const kname = `dm-${lv.dm_minor}`;
    const inside = lvs.filter((each) => each.pool === lv.name && each.vg === lv.vg).map((each) => block(each, kname));
    const device = { name, kname, type: "lvm", size_bytes: lv.size_kib * KIB, maj_min: `253:${lv.dm_minor}`, path: `/dev/mapper/${name}` };
    return {
      ...plain,
      ...device,
      state: "running",
      pkname,
      children: [...inside, ...drbdAbove(world, host, `/dev/${lv.vg}/${lv.name}`, kname)],
    };
  };
  return lvs.filter((lv) => lv.vg === vg && lv.pool === undefined).map((lv) => block(lv, disk));
}

function pathBlock(host: SimHost, path: ScsiPath): Block {
  const map = host.storage.maps.find(({ wwid }) => wwid === path.wwid);
  const size_bytes = (map?.size_kib ?? 0) * KIB;
  const identity = { wwn: `0x${path.wwid.slice(1)}`, serial: map?.serial ?? null, model: map?.product ?? null };
  const device = { name: path.dev, kname: path.dev, type: "disk", size_bytes, tran: path.transport.kind, path: `/dev/${path.dev}` };
  const above: Block[] = [];
  if (map !== undefined) {
    const where = { maj_min: `253:${map.dm_minor}`, pkname: path.dev, path: `/dev/mapper/${map.name}` };
    above.push({ ...plain, ...where, name: map.name, kname: `dm-${map.dm_minor}`, type: "mpath", size_bytes, state: "running" });
  }
  return { ...plain, ...identity, ...device, state: path.dev_state, maj_min: devNumber(path.dev), children: above };
}

function nbdBlock({ dev, size_bytes, pid }: NbdSpec): Block {
  const device = { name: dev, kname: dev, type: "disk", maj_min: `43:${Number(dev.slice(3)) * NBD_MINORS}`, path: `/dev/${dev}` };
  return { ...plain, ...device, size_bytes: pid === undefined ? 0 : size_bytes };
}

function localBlock(world: World, host: SimHost, disk: LocalDisk): Block {
  const device = { name: disk.name, kname: disk.name, type: "disk", size_bytes: disk.size_kib * KIB, path: `/dev/${disk.name}` };
  return {
    ...plain,
    ...device,
    serial: disk.serial === "" ? null : disk.serial,
    model: disk.model === "" ? null : disk.model,
    tran: disk.tran ?? null,
    state: disk.tran === "nvme" ? "live" : disk.tran === undefined ? null : "running",
    maj_min: disk.maj_min,
    mountpoints: disk.mountpoint === undefined ? [] : [disk.mountpoint],
    children: disk.vg === undefined ? [] : lvBlocks(world, host, disk.vg, disk.name),
  };
}

export function blockTree(world: World, host: SimHost): readonly Block[] {
  const { storage } = host;
  const blocks = [
    ...storage.paths.map((path) => pathBlock(host, path)),
    ...storage.nbd.map(nbdBlock),
    ...storage.disks.map((disk) => localBlock(world, host, disk)),
  ];
  // By device number, as /proc/partitions has them.
  const number = (block: Block): number => {
    const [major = 0, minor = 0] = block.maj_min.split(":").map(Number);
    return major * MINORS + minor;
  };
  return blocks.sort((a, b) => number(a) - number(b));
}

function blockText(block: Block, indent: number): string {
  const pad = " ".repeat(indent);
  const inner = `${pad}   `;
  const value = (of: string | number | null): string => (of === null ? "null" : JSON.stringify(of));
  const columns: (readonly [string, string | number | null])[] = [
    ["name", block.name],
    ["kname", block.kname],
    ["type", block.type],
    ["size", block.size_bytes],
    ["wwn", block.wwn],
    ["serial", block.serial],
    ["model", block.model],
    ["tran", block.tran],
    ["state", block.state],
    ["maj:min", block.maj_min],
    ["pkname", block.pkname],
    ["path", block.path],
  ];
  const mounts = block.mountpoints.length === 0 ? [null] : block.mountpoints;
  const listed = `${inner}"mountpoints": [\n${mounts.map((mount) => `${inner}    ${value(mount)}`).join(",\n")}\n${inner}]`;
  const children = block.children.length === 0 ? "" : `,\n${inner}"children": [\n${list(block.children, indent + 6)}\n${inner}]`;
  return `{\n${columns.map(([key, of]) => `${inner}"${key}": ${value(of)},\n`).join("")}${listed}${children}\n${pad}}`;
}

const list = (blocks: readonly Block[], indent: number): string =>
  `${" ".repeat(indent)}${blocks.map((block) => blockText(block, indent)).join(",")}`;

export const lsblk: Format = (world, host) => ok(`{\n   "blockdevices": [\n${list(blockTree(world, host), 6)}\n   ]\n}\n`);
