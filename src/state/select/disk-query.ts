/** What is asked of one disk on one host, and what is answered. */
import type { HostId } from "../../xen/model/ids.ts";
import type { DiskConfig } from "../../xen/model/xen.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import type { Losses } from "../preflight/surviving-copy.ts";
import type { GuestDisk, Judged, ReadinessCheck } from "../view-model.ts";
import { isPartial } from "./partial.ts";
import type { Side } from "./sides.ts";

export interface Start {
  readonly result: ReadinessCheck["result"];
  readonly text: string;
}
export interface DiskSide {
  readonly kind: GuestDisk["kind"];
  /** The same on both hosts where it is the same data: `r0/0`, a WWID, `server:export`. */
  readonly object: string | undefined;
  readonly chain: readonly string[];
  /** This host's own part, as last told. */
  readonly state: Judged;
  /** Judged on fresh facts only. */
  readonly start: Start;
  /** Of a mirrored disk whose guest runs on the other host: could the guest be moved here, live? */
  readonly move?: Start;
  /** What of this host it was judged on. */
  readonly from: readonly ReadingId[];
}

/** Where a disk is looked at, and where its guest executes. */
export interface DiskQuery {
  readonly disk: DiskConfig;
  readonly here: Side;
  readonly there: Side;
  readonly runs_on: HostId | undefined;
  /** A domain of the guest is on the other host, whatever it does: its disks may be Primary there for it. */
  readonly kept_there: boolean;
  /** Paths that the guest's configuration names, as this host has them; undefined: not looked at. */
  readonly present: (path: string) => boolean | undefined;
  readonly history_nfs: (host: HostId, mountpoint: string) => readonly NfsSample[];
  /** When this host lost its peer. */
  readonly losses: () => Losses;
  /** When this host's volume (`r0/0`) was last seen connected, since it isn't. */
  readonly connected_ms: (key: string) => number | undefined;
}
export interface NfsSample {
  readonly at_ms: number;
  readonly ops: number;
  readonly timeouts: number;
  readonly sends: number | undefined;
  readonly receives: number | undefined;
  readonly connects?: number | undefined;
}

export const ok = (text: string): Judged => ({ text, severity: "ok" });
export const notKnown = (text = "not known"): Judged => ({ text, severity: "unknown" });

/** What isn't in these answers is missing; of one that is partial nobody can say so. `what`: as the sentence would go on, `lv vg0/web01 missing`. */
export function missing({ here }: DiskQuery, readings: readonly ReadingId[], what: string): Start {
  const partial = readings.some((reading) => isPartial(here, reading));
  return partial
    ? { result: "unknown", text: `${what} in what ${here.id} told, a part of which wasn't understood` }
    : { result: "fail", text: `${what} on ${here.id}` };
}

/** Fresh facts are needed for anything but unknown. `reading` isn't fresh: why, in a phrase. */
export function unjudged({ here }: DiskQuery, reading: ReadingId): Start | undefined {
  const freshness = here.freshness(reading);
  if (freshness === "fresh" || freshness === "absent") return undefined;
  return { result: "unknown", text: `${here.id}: ${here.note(reading) ?? "not read yet"}` };
}
