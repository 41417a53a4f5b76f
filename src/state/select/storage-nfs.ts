/**
 * NFS mounts. Whether a server answers is told by what the kernel's counters do between readings, and by nothing else: a look at the mount
 * itself would hang with it (2-domain, signature 41).
 */
import type { NfsMount } from "../../xen/model/storage.ts";
import type { History } from "../state.ts";
import type { Judged } from "../view-model.ts";
import type { Cells } from "./cells.ts";
import {
  critical,
  guestsOf,
  info,
  ok,
  type StorageContext,
  type StorageItem,
  type StorageKind,
  spanText,
  told,
  warning,
} from "./storage-item.ts";
import { mountToken } from "./storage-users.ts";

/** A request may be under way while the counters are read; one that still is this much later isn't being answered. */
export const NFS_ANSWER_MAX_MS = 10_000;

type Samples = History["nfs"] extends ReadonlyMap<string, infer Series> ? Series : never;

export interface NfsTrouble {
  readonly since_ms: number;
  readonly timeouts: number;
  readonly unanswered: number;
  /** Connections begun meanwhile. */
  readonly connects: number;
  /** False: it may still be answered. */
  readonly certain: boolean;
}

/** undefined: answers come, or nothing is asked. */
export function nfsTrouble(samples: Samples): NfsTrouble | undefined {
  const last = samples.at(-1);
  if (last === undefined) return undefined;
  // The newest stretch in which nothing was done and nothing received.
  let begin = samples.length - 1;
  while (begin > 0) {
    const older = samples[begin - 1];
    if (older === undefined || older.ops !== last.ops || older.receives !== last.receives) break;
    begin -= 1;
  }
  const stretch = samples.slice(begin);
  const base = stretch[0] ?? last;
  // Requests lost with an old connection leave the counters apart for ever: only what was sent in this stretch waits. One that was sent before it, and
  // still waits, shows in the connections that are begun for it again and again.
  const asked = stretch.find(
    ({ sends, timeouts, connects }) =>
      timeouts > base.timeouts || (sends ?? 0) > (base.sends ?? 0) || (connects ?? 0) > (base.connects ?? 0),
  );
  if (asked === undefined) return undefined;
  const timeouts = last.timeouts - base.timeouts;
  return {
    since_ms: asked.at_ms,
    timeouts,
    unanswered: (last.sends ?? 0) - (base.sends ?? 0),
    connects: (last.connects ?? 0) - (base.connects ?? 0),
    certain: timeouts > 0 || last.at_ms - asked.at_ms >= NFS_ANSWER_MAX_MS,
  };
}

function mountState(trouble: NfsTrouble | undefined, guests: readonly string[], cells: Cells): Judged {
  if (trouble === undefined) return ok("mounted");
  if (!trouble.certain) return info("waits for an answer");
  const text = `server not answering for ${spanText(cells.now_ms() - trouble.since_ms)}`;
  return guests.length > 0 ? critical(text) : warning(text);
}

const troubleText = ({ unanswered, timeouts, connects }: NfsTrouble): string =>
  `${unanswered} requests unanswered, ${timeouts} timeouts${connects === 0 ? "" : `, ${connects} connections begun`}`;

function mountItem({ side, cells, users, history }: StorageContext, mount: NfsMount): StorageItem {
  const { device, mountpoint, fstype, hard, ops, timeouts } = mount;
  const trouble = nfsTrouble(history.nfs(`${side.id}|${mountpoint}`) ?? []);
  const guests = guestsOf(users, [mountToken(mountpoint)]);
  const kind = hard === undefined ? fstype : `${fstype} ${hard ? "hard" : "soft"}`;
  return {
    key: `nfs:${device}|${mountpoint}`,
    title: device,
    subtitle: `${mountpoint}, ${kind}`,
    state: mountState(trouble, guests, cells),
    details: [
      ...(trouble === undefined ? [] : [`${troubleText(trouble)}, nothing done since`]),
      `${ops} operations, ${timeouts} timeouts since it was mounted`,
    ],
    guests,
  };
}

export const nfsKind: StorageKind = {
  kind: "nfs",
  reading: "nfs",
  needed_on_both: true,
  items: (context) => (told(context, "nfs")?.mounts ?? []).map((mount) => mountItem(context, mount)),
};
