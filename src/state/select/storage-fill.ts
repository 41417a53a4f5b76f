/** What can run full: file systems of dom0, thin pools; and volume groups with their missing disks. */
import type { FileSystem, LogicalVolume, VolumeGroup } from "../../xen/model/storage.ts";
import type { History } from "../state.ts";
import type { Judged } from "../view-model.ts";
import { worse } from "./severity.ts";
import {
  critical,
  guestsOf,
  ok,
  type StorageContext,
  type StorageItem,
  type StorageKind,
  sizeText,
  spanText,
  told,
  warning,
} from "./storage-item.ts";
import { lvToken, mountToken, vgToken } from "./storage-users.ts";

export const FS_WARNING_PERCENT = 85;
export const FS_CRITICAL_PERCENT = 95;
/** xl, xenstored and DRBD's tools fail in odd ways with less, however large the file system. */
export const FS_CRITICAL_FREE_KIB = 16 * 1024;
export const THIN_WARNING_PERCENT = 80;
export const THIN_CRITICAL_PERCENT = 95;
/** A pool whose metadata is full goes read-only or worse, and can't always be repaired. */
export const META_WARNING_PERCENT = 75;
export const META_CRITICAL_PERCENT = 90;

/** A trend over less is noise. */
export const TREND_SPAN_MIN_MS = 5 * 60_000;
/** Farther ahead than this no trend is believed. */
export const FULL_SHOWN_MAX_MS = 7 * 24 * 3_600_000;
export const FULL_WARNING_MS = 3_600_000;
export const FULL_CRITICAL_MS = 10 * 60_000;

type Samples = History["fill"] extends ReadonlyMap<string, infer Series> ? Series : never;

/** From the newest sample on, at the pace of the series; undefined: it doesn't fill, or too little is known. */
export function timeToFull(samples: Samples, free_bytes: number): number | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || free_bytes <= 0) return undefined;
  const span_ms = last.at_ms - first.at_ms;
  const grown = last.used - first.used;
  if (span_ms < TREND_SPAN_MIN_MS || grown <= 0) return undefined;
  const left_ms = (free_bytes / grown) * span_ms;
  return left_ms > FULL_SHOWN_MAX_MS ? undefined : left_ms;
}

function withTrend(judged: Judged, full_ms: number | undefined): Judged {
  if (full_ms === undefined) return judged;
  const severity = full_ms <= FULL_CRITICAL_MS ? "critical" : full_ms <= FULL_WARNING_MS ? "warning" : "ok";
  return { text: `${judged.text}, full in ${spanText(full_ms)}`, severity: worse(judged.severity, severity) };
}

const judgedBy = (text: string, value: number, [warn, crit]: readonly [number, number]): Judged =>
  value >= crit ? critical(text) : value >= warn ? warning(text) : ok(text);

function fileSystemItem({ side, users, history }: StorageContext, system: FileSystem): StorageItem {
  const { mountpoint, device, size_kib, used_kib, available_kib } = system;
  const usable_kib = used_kib + available_kib;
  // df rounds differently from one implementation to the next.
  const percent = usable_kib <= 0 ? 0 : (100 * used_kib) / usable_kib;
  const text = `${Math.round(percent)} % used`;
  const small = available_kib < FS_CRITICAL_FREE_KIB && size_kib >= 4 * FS_CRITICAL_FREE_KIB && !mountpoint.startsWith("/boot");
  const judged = small ? critical(text) : judgedBy(text, percent, [FS_WARNING_PERCENT, FS_CRITICAL_PERCENT]);
  return {
    key: `filesystem:${mountpoint}`,
    title: mountpoint,
    subtitle: device,
    state: withTrend(judged, timeToFull(history.fill(`${side.id}|${mountpoint}`) ?? [], available_kib * 1024)),
    details: [`${sizeText(available_kib * 1024)} free of ${sizeText(size_kib * 1024)} on ${device}`],
    guests: guestsOf(users, [mountToken(mountpoint)]),
  };
}

export const fileSystemKind: StorageKind = {
  kind: "filesystem",
  reading: "df",
  needed_on_both: false,
  items: (context) => (told(context, "df")?.file_systems ?? []).map((system) => fileSystemItem(context, system)),
};

// The ninth column of lv_attr is the volume's health (lvs(8)).
const poolHealth: Readonly<Record<string, string>> = {
  F: "failed",
  D: "out of data space",
  M: "metadata read-only",
  p: "a disk is missing",
};

function poolItem({ side, users, history }: StorageContext, pool: LogicalVolume, members: readonly string[]): StorageItem {
  const { vg, name, attr, size_bytes, data_percent, metadata_percent } = pool;
  const percent = (value: number | undefined): string => (value === undefined ? "not told" : `${value.toFixed(1)} %`);
  const data = judgedBy(`data ${percent(data_percent)}`, data_percent ?? 0, [THIN_WARNING_PERCENT, THIN_CRITICAL_PERCENT]);
  const meta = judgedBy(`metadata ${percent(metadata_percent)}`, metadata_percent ?? 0, [META_WARNING_PERCENT, META_CRITICAL_PERCENT]);
  const sick = poolHealth[attr[8] ?? ""];
  const free_bytes = ((size_bytes ?? 0) * (100 - (data_percent ?? 0))) / 100;
  const trend = data_percent === undefined ? undefined : timeToFull(history.fill(`${side.id}|${vg}/${name}`) ?? [], free_bytes);
  const fill: Judged = withTrend({ text: `${data.text}, ${meta.text}`, severity: worse(data.severity, meta.severity) }, trend);
  const unsure = data_percent === undefined ? worse(fill.severity, "unknown") : fill.severity;
  return {
    key: `lvm_thin:${vg}/${name}`,
    title: `${vg}/${name}`,
    subtitle: size_bytes === undefined ? "thin pool" : `thin pool, ${sizeText(size_bytes)}`,
    state: sick === undefined ? { ...fill, severity: unsure } : critical(`${sick}: ${fill.text}`),
    details: [`attributes ${attr}`, `${members.length} thin ${members.length === 1 ? "volume" : "volumes"}`],
    guests: guestsOf(users, [lvToken(vg, name), ...members.map((member) => lvToken(vg, member))]),
  };
}

export const thinKind: StorageKind = {
  kind: "lvm_thin",
  reading: "lvm",
  needed_on_both: false,
  items: (context) => {
    const volumes = told(context, "lvm")?.volumes ?? [];
    const members = new Map<string, string[]>();
    for (const { vg, name, pool } of volumes) {
      if (pool === undefined) continue;
      const list = members.get(`${vg}/${pool}`);
      if (list === undefined) members.set(`${vg}/${pool}`, [name]);
      else list.push(name);
    }
    return volumes
      .filter(({ attr }) => attr.startsWith("t"))
      .map((pool) => poolItem(context, pool, members.get(`${pool.vg}/${pool.name}`) ?? []));
  },
};

function groupItem({ users }: StorageContext, group: VolumeGroup): StorageItem {
  const { name, size_bytes, free_bytes, missing_pvs, attr } = group;
  const free = free_bytes === undefined ? "free space not told" : `${sizeText(free_bytes)} free`;
  const partial = (missing_pvs ?? 0) > 0 || attr[3] === "p";
  const lost =
    missing_pvs === undefined || missing_pvs === 0 ? "a disk is missing" : `${missing_pvs} ${missing_pvs === 1 ? "disk" : "disks"} missing`;
  return {
    key: `lvm_vg:${name}`,
    title: name,
    subtitle: size_bytes === undefined ? undefined : sizeText(size_bytes),
    // A group that is wholly given out is how many are meant to be.
    state: partial ? critical(lost) : ok(free),
    details: [`attributes ${attr}`, free],
    guests: guestsOf(users, [vgToken(name)]),
  };
}

export const volumeGroupKind: StorageKind = {
  kind: "lvm_vg",
  reading: "lvm",
  needed_on_both: false,
  items: (context) => (told(context, "lvm")?.groups ?? []).map((group) => groupItem(context, group)),
};
