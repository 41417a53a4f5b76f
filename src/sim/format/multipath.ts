/** `multipathd show maps json` (libmultipath/print.c) and `multipath -ll`. */
import type { SimHost } from "../model/host.ts";
import type { MultipathMapSpec, ScsiPath } from "../model/storage.ts";
import { type Format, notHere, ok } from "./answer.ts";

const UNDEF = "[undef]";

export const devNumber = (dev: string): string => {
  const letters = dev.slice(2);
  const at = [...letters].reduce((sum, letter) => sum * 26 + (letter.charCodeAt(0) - 96), 0) - 1;
  // sd_mod has majors 8, 65-71, 128-135, each for sixteen disks.
  const major = [8, 65, 66, 67, 68, 69, 70, 71, 128, 129, 130, 131, 132, 133, 134, 135][Math.floor(at / 16)] ?? 135;
  return `${major}:${(at % 16) * 16}`;
};

type Pairs = readonly (readonly [string, string | number])[];
const lines = (indent: number, pairs: Pairs, last_comma: boolean): string =>
  pairs
    .map(
      ([key, value], at) =>
        `${" ".repeat(indent)}"${key}" : ${typeof value === "number" ? value : `"${value}"`}${last_comma || at < pairs.length - 1 ? "," : ""}\n`,
    )
    .join("");

function pathPairs(host: SimHost, map: MultipathMapSpec, path: ScsiPath): Pairs {
  const { transport } = path;
  const session = transport.kind === "iscsi" ? host.storage.sessions.find(({ sid }) => sid === transport.sid) : undefined;
  const fc = transport.kind === "fc" ? host.storage.fc.find(({ name }) => name === transport.host) : undefined;
  const up = path.dm_state === "active";
  return [
    ["dev", path.dev],
    ["dev_t", devNumber(path.dev)],
    ["dm_st", path.dm_state],
    ["dev_st", path.dev_state === "transport-offline" ? "running" : path.dev_state],
    ["chk_st", path.checker],
    ["checker", "tur"],
    ["pri", path.checker === "ghost" ? 1 : map.priority],
    ["host_wwnn", fc?.node_name ?? UNDEF],
    ["target_wwnn", transport.kind === "fc" ? transport.target_wwnn : (session?.target ?? UNDEF)],
    ["host_wwpn", fc?.port_name ?? UNDEF],
    ["target_wwpn", transport.kind === "fc" ? transport.target_wwpn : UNDEF],
    ["host_adapter", transport.kind === "fc" ? transport.through : up ? (session?.iface_address ?? UNDEF) : UNDEF],
    [
      "lun_hex",
      `0x${Number(path.hctl.split(":").at(-1) ?? 0)
        .toString(16)
        .padStart(4, "0")}000000000000`,
    ],
    ["marginal_st", "normal"],
  ];
}

/** Maps in the order of their names, as multipathd keeps them; paths by the device's number. */
export function mapsOf(host: SimHost): readonly { readonly map: MultipathMapSpec; readonly paths: readonly ScsiPath[] }[] {
  return host.storage.maps.map((map) => ({ map, paths: host.storage.paths.filter((path) => path.wwid === map.wwid) }));
}

function mapText(host: SimHost, map: MultipathMapSpec, paths: readonly ScsiPath[]): string {
  const active = paths.filter((path) => path.dm_state === "active").length;
  const pairs: Pairs = [
    ["name", map.name],
    ["uuid", map.wwid],
    ["sysfs", `dm-${map.dm_minor}`],
    ["failback", "-"],
    ["queueing", map.queueing],
    ["paths", active],
    ["write_prot", "rw"],
    ["dm_st", "active"],
    ["features", "1 queue_if_no_path"],
    ["hwhandler", map.hwhandler],
    ["action", ""],
    ["path_faults", map.path_faults],
    ["vend", map.vendor],
    ["prod", map.product],
    ["rev", map.rev],
    ["switch_grp", 0],
    ["map_loads", map.map_loads],
    ["total_q_time", 0],
    ["q_timeouts", 0],
  ];
  const group: Pairs = [
    ["selector", "service-time 0"],
    ["pri", map.priority],
    ["dm_st", active > 0 ? "active" : "enabled"],
    ["marginal_st", "normal"],
    ["group", 1],
  ];
  const each = paths.map((path) => `{\n${lines(12, pathPairs(host, map, path), false)}         }`).join(",");
  return `{\n${lines(6, pairs, true)}      "path_groups": [{\n${lines(9, group, true)}         "paths": [${each}]\n      }]\n   }`;
}

export const multipathMaps: Format = (_world, host) => {
  if (!host.storage.has_multipath) return notHere;
  const maps = mapsOf(host).map(({ map, paths }) => mapText(host, map, paths));
  return ok(`{\n   "major_version": 0,\n   "minor_version": 1,\n   "maps": [${maps.join(",")}]\n}\n`);
};
