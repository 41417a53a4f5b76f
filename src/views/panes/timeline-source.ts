/** Where an entry of the timeline came from: the command and the host. */
import type { TimelineEntry } from "../../state/state.ts";
import type { PairView } from "../../state/view-model.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import { drbdOf, guestOf } from "./lookup.ts";
import { hostOf } from "./trust.ts";

/** By the words that each reading's changes are told in: state/changes/. */
const byWords: readonly (readonly [RegExp, ReadingId])[] = [
  [/^(?:multipath map|path) /, "multipath"],
  [/^iSCSI session/, "iscsi"],
  [/^FC port/, "fc"],
  [/^NBD /, "nbd"],
  [/^NFS /, "nfs"],
  [/domid \d|^renamed from |^VCPUs |^memory \d/, "xl-list"],
  [/^(?:connection to|resource|volume) |^(?:role|disk|replication) /, "drbd-status"],
  [/^(?:carrier|set up|set down|bridge or bond|MTU|VLAN) |^\S+ (?:gone|there)$|^carrier/, "ip-link"],
];

function readingOf(view: PairView, { object, text }: TimelineEntry): ReadingId | undefined {
  const told = byWords.find(([words]) => words.test(text))?.[1];
  if (told !== undefined) return told;
  if (guestOf(view, object) !== undefined) return "xl-list";
  return drbdOf(view, object) === undefined ? undefined : "drbd-status";
}

/** `xl list -v on alpha`; the connection itself where that is what changed. */
export function entrySource(view: PairView, entry: TimelineEntry): string {
  const { host } = entry;
  if (host === undefined) return "this console, from what both hosts told";
  if (entry.event === true) return `drbdsetup events2 on ${host}`;
  if (entry.origin !== "journal" && entry.object === host) return `this console's connection to ${host}`;
  const reading = entry.origin === "journal" ? "kernel-log" : readingOf(view, entry);
  const source = hostOf(view, host)?.readings.find((each) => each.reading === reading)?.source;
  return source === undefined ? `a reading of ${host} (which isn't kept)` : `${source} on ${host}`;
}
