/** What a host's kernel said of a DRBD resource: the hours before the console came, and what was heard since (the timeline has both). */
import type { HostId } from "../../xen/model/ids.ts";
import type { PairState } from "../state.ts";

export interface Said {
  /** Console clock. */
  readonly at_ms: number;
  readonly text: string;
}

/** As the log names it: 8.4 `drbd r0` and `drbd0`, 9 `drbd r0` and `drbd r0/0`. */
export interface Subject {
  readonly resource: string;
  readonly minors: readonly number[];
}

/** Lines that are about it, oldest first. What is older than the timeline reaches isn't known. */
export function kernelSaid(state: PairState, host: HostId, { resource, minors }: Subject, pattern: RegExp): readonly Said[] {
  const devices = new Set(minors.map((minor) => `drbd${minor}`));
  return state.timeline.filter(
    (entry) =>
      entry.origin === "journal" &&
      entry.host === host &&
      (entry.object === `drbd ${resource}` || entry.object.startsWith(`drbd ${resource}/`) || devices.has(entry.object)) &&
      pattern.test(entry.text),
  );
}

/** How the kernel says that it is over (drbd_worker.c, drbd_resync_finished), whatever was found. */
export const over = { verify: /Online verify (?:done|found)/, resync: /Resync done/ } as const;
