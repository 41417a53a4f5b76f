/** Who has a device open: what dm counts, and nbd would tear away. */
import type { SimHost } from "../model/host.ts";

const open = (host: SimHost, fits: (backing: SimHost["domains"][number]["vbds"][number]["disk"]["backing"]) => boolean): number =>
  host.domains.reduce((sum, { vbds }) => sum + vbds.filter(({ disk }) => fits(disk.backing)).length, 0);

export const usersOfMap = (host: SimHost, wwid: string): number =>
  open(host, (backing) => backing.kind === "multipath" && backing.wwid === wwid);
export const usersOfMount = (host: SimHost, mountpoint: string): number =>
  open(host, (backing) => backing.kind === "nfs" && backing.mountpoint === mountpoint);
