/** FC ports, NBD, LVM, file systems: small formats. */
import type { FcHostSpec, LvSpec } from "../model/storage.ts";
import { type Format, notHere, ok } from "./answer.ts";

/** /sys/class/fc_host/hostN and fc_vports/vport-N:M-K, as the reading's script prints them (scsi_transport_fc.c). */
export const fcPorts: Format = (_world, host) => {
  const { fc } = host.storage;
  if (fc.length === 0) return notHere;
  const attributes = (of: Readonly<Record<string, string | number>>): string =>
    Object.entries(of)
      .map(([key, value]) => `${key}=${value}\n`)
      .join("");
  const port = (one: FcHostSpec): string =>
    `@@ ${one.name}\n${attributes({
      port_name: one.port_name,
      node_name: one.node_name,
      port_state: one.state,
      port_type: one.state === "Online" ? "NPort (fabric via point-to-point)" : "Unknown",
      speed: one.state === "Online" ? one.speed : "unknown",
      max_npiv_vports: one.max_npiv,
      npiv_vports_inuse: one.vports.length,
    })}`;
  const vports = fc.flatMap((one) =>
    one.vports.map(
      (vport) =>
        `@@ ${vport.name}\n${attributes({ port_name: vport.port_name, node_name: vport.node_name ?? one.node_name, vport_state: vport.state })}`,
    ),
  );
  return ok(fc.map(port).join("") + vports.join(""));
};

const SECTOR_BYTES = 512;

export const nbdDevices: Format = (_world, host) => {
  const { nbd } = host.storage;
  if (nbd.length === 0) return notHere;
  return ok(
    nbd.map(({ dev, size_bytes, pid }) => `${dev} size=${pid === undefined ? 0 : size_bytes / SECTOR_BYTES} pid=${pid ?? ""}\n`).join(""),
  );
};

/** `--reportformat json`: one row a line, blanks between the columns (lib/report). */
function report(kind: string, rows: readonly (readonly (readonly [string, string])[])[]): string {
  const each = rows.map((row) => `                  {${row.map(([key, value]) => `"${key}":"${value}"`).join(", ")}}`);
  const listed = each.length === 0 ? "" : `${each.join(",\n")}\n`;
  return `  {\n      "report": [\n          {\n              "${kind}": [\n${listed}              ]\n          }\n      ]\n  }\n`;
}

const byVgAndName = (a: LvSpec, b: LvSpec): number => {
  const [x, y] = [`${a.vg}/${a.name}`, `${b.vg}/${b.name}`];
  return x < y ? -1 : Number(x > y);
};

export const lvmReports: Format = (_world, host) => {
  const { lvs, vgs } = host.storage;
  const percent = (value: number | undefined): string => (value === undefined ? "" : value.toFixed(2));
  const volumes = [...lvs].sort(byVgAndName).map((lv): (readonly [string, string])[] => [
    ["lv_name", lv.name],
    ["vg_name", lv.vg],
    ["lv_size", String(lv.size_kib * 1024)],
    ["lv_attr", lv.attr],
    ["pool_lv", lv.pool ?? ""],
    ["origin", lv.origin ?? ""],
    ["data_percent", percent(lv.data_percent)],
    ["metadata_percent", percent(lv.metadata_percent)],
    ["lv_path", lv.attr.startsWith("t") ? "" : `/dev/${lv.vg}/${lv.name}`],
  ]);
  const groups = vgs.map((vg): (readonly [string, string])[] => [
    ["vg_name", vg.name],
    ["vg_size", String(vg.size_kib * 1024)],
    ["vg_free", String(vg.free_kib * 1024)],
    ["vg_missing_pv_count", "0"],
    ["vg_attr", "wz--n-"],
  ]);
  return ok(`@@ lvs\n${report("lv", volumes)}@@ vgs\n${report("vg", groups)}`);
};

/** `df -P -k`: columns as wide as their widest cell (coreutils df.c). */
export const fileSystems: Format = (_world, host) => {
  const rows = host.storage.filesystems.map((fs) => {
    const used = Math.floor(fs.used_kib);
    const available = Math.max(0, Math.floor((fs.size_kib - used) * (fs.fstype === "tmpfs" ? 1 : 0.98)));
    const percent = used + available === 0 ? "-" : `${Math.ceil((used * 100) / (used + available))}%`;
    return [fs.device, String(fs.size_kib), String(used), String(available), percent, fs.mountpoint];
  });
  const table = [["Filesystem", "1024-blocks", "Used", "Available", "Capacity", "Mounted on"], ...rows];
  const width = (column: number): number => Math.max(...table.map((row) => (row[column] ?? "").length));
  // coreutils keeps at least 14 columns for the device.
  const widths = [Math.max(14, width(0)), width(1), Math.max(5, width(2)), Math.max(5, width(3)), width(4)];
  return ok(
    table
      .map((row) => {
        const cells = widths.map((of, at) => (at === 0 ? (row[at] ?? "").padEnd(of) : (row[at] ?? "").padStart(of)));
        return `${cells.join(" ")} ${row[5] ?? ""}\n`;
      })
      .join(""),
  );
};
