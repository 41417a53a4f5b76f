/** Snapshots that a repair or an invalidate took: how they are named, so that whoever comes later knows whose they are. */
import type { LogicalVolume, Lvm } from "../xen/model/storage.ts";
import type { DrbdRow } from "./view-model.ts";

const PREFIX = "xenha-";
/** LVM allows 127; suffixes of its own come to it. */
const NAME_MAX = 100;

/** Letters, digits and `+_.-`, none of which LVM minds within a name (lvm(8), VALID NAMES). */
const word = (text: string): string => text.replace(/[^A-Za-z0-9+_.-]/g, "_");

/** What all of a resource's begin with. */
export const keptPrefix = (resource: string): string => `${PREFIX}${word(resource)}-`;

/** Of the data generation that it keeps: a second attempt finds what the first one took. */
export const snapshotName = ({ resource, volume }: Pick<DrbdRow, "resource" | "volume">, generation: string | undefined): string =>
  `${keptPrefix(resource)}${volume}-${word((generation ?? "unknown").split(":")[0] ?? "").slice(0, 16)}`.slice(0, NAME_MAX);

const isKept = ({ name, origin }: LogicalVolume, resource: string): boolean =>
  origin !== undefined && name.startsWith(keptPrefix(resource)) && /^\d+-\w+$/.test(name.slice(keptPrefix(resource).length));

export interface Kept {
  readonly vg: string;
  readonly name: string;
  readonly origin: string | undefined;
  readonly resource: string;
  readonly percent: number | undefined;
  /** It overflowed: the fifth letter of lv_attr is I or S (lvs(8)). */
  readonly lost: boolean;
}

/** All that is kept on a host of these resources. */
export function keptSnapshots(lvm: Lvm | undefined, rows: readonly Pick<DrbdRow, "resource">[]): readonly Kept[] {
  const resources = [...new Set(rows.map(({ resource }) => resource))];
  return (lvm?.volumes ?? []).flatMap((volume): Kept[] => {
    const resource = volume.name.startsWith(PREFIX) ? resources.find((name) => isKept(volume, name)) : undefined;
    if (resource === undefined) return [];
    const { vg, name, origin, data_percent: percent, attr } = volume;
    return [{ vg, name, origin, resource, percent, lost: attr.charAt(4) === "I" || attr.charAt(4) === "S" }];
  });
}

export const keptText = ({ vg, name, origin, percent }: Kept): string =>
  `${vg}/${name}, a snapshot of ${origin ?? "?"}${percent === undefined ? "" : `, ${percent.toFixed(1)} % full`}`;
