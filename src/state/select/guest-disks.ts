/** Which guest has which disks, per host: configured (also guests that don't run) and, from xenstore, attached. For joining only. */
import type { DiskConfig } from "../../xen/model/xen.ts";
import { joinedGuests } from "./guest-join.ts";
import { perFacts } from "./memo.ts";
import { shared } from "./shared.ts";
import type { Sides } from "./sides.ts";

export interface GuestDiskUse {
  /** Key of the guest's row. */
  readonly guest: string;
  /** In whose eyes: 0 or 1, as in PairState.order. */
  readonly host: 0 | 1;
  readonly disk: DiskConfig;
  /** `major:minor` in hex, from xenstore; undefined where it is only configured. */
  readonly physical_device: string | undefined;
}

export interface GuestDisks {
  readonly uses: readonly GuestDiskUse[];
  /** Keys of guests of which a half is seen: a migration runs, or ran. */
  readonly migrating: ReadonlySet<string>;
}

const baseName = (script: string | undefined): string | undefined => script?.slice(script.lastIndexOf("/") + 1);

function disksOf(sides: Sides): GuestDisks {
  const uses: GuestDiskUse[] = [];
  const migrating = new Set<string>();
  const domains = [new Map<number, string>(), new Map<number, string>()] as const;
  for (const { key, files, instances } of joinedGuests(sides)) {
    const add = (host: 0 | 1, disks: readonly DiskConfig[]): void => {
      for (const disk of disks) if (!disk.cdrom) uses.push({ guest: key, host, disk, physical_device: undefined });
    };
    for (const { side, config } of files) add(side.index, config.disks);
    for (const { side, domain, live } of instances) {
      if (live !== undefined) add(side.index, live.disks);
      if (domain.migration !== "none") migrating.add(key);
      domains[side.index].set(domain.domid, key);
    }
  }
  for (const side of sides.both) {
    for (const { domid, dev, params, script, physical_device, mode, kind } of side.known("xenstore")?.vbds ?? []) {
      const guest = domains[side.index].get(domid);
      if (guest === undefined) continue;
      const disk: DiskConfig = {
        vdev: dev ?? "",
        target: params,
        format: undefined,
        script: baseName(script),
        backend: kind === "qdisk" ? "qdisk" : "phy",
        read_write: mode?.startsWith("w") === true,
        cdrom: false,
      };
      uses.push({ guest, host: side.index, disk, physical_device });
    }
  }
  return { uses, migrating };
}

const disksCell = perFacts((sides: Sides) => sides.cells.gate(() => disksOf(sides), shared));
/** Made once for all that look at them. */
export const guestDisks = (sides: Sides): GuestDisks => disksCell(sides)();
