/** The timeline: bounded, in order, each thing once. */
import type { HostId } from "../xen/model/ids.ts";
import type { ReadingId } from "../xen/read/index.ts";
import type { Change } from "./changes/change.ts";
import { CHANGES_TOLD_MAX } from "./changes/change.ts";
import type { TimelineEntry } from "./state.ts";

/** Entries kept; the oldest go first. */
export const TIMELINE_MAX = 4000;
/** Journal lines that may be kept at the cost of what was seen: a kernel that logs without end must not push a failure out of sight. */
const JOURNAL_MAX = TIMELINE_MAX / 2;

export type NewEntry = Omit<TimelineEntry, "seq">;

/** Appends entries and keeps the order by time; seq goes on from the newest. */
export function appended(timeline: readonly TimelineEntry[], entries: readonly NewEntry[]): readonly TimelineEntry[] {
  if (entries.length === 0) return timeline;
  let seq = timeline.reduce((highest, entry) => Math.max(highest, entry.seq), 0);
  const fresh = entries.map((entry) => ({ ...entry, seq: ++seq }));
  const last = timeline.at(-1);
  const all = [...timeline, ...fresh];
  if (fresh.some((entry, index) => entry.at_ms < (index === 0 ? (last?.at_ms ?? 0) : (fresh[index - 1]?.at_ms ?? 0))))
    all.sort((a, b) => a.at_ms - b.at_ms || a.seq - b.seq);
  return bounded(all);
}

function bounded(all: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const over = all.length - TIMELINE_MAX;
  if (over <= 0) return all;
  const journal = all.reduce((count, { origin }) => count + (origin === "journal" ? 1 : 0), 0);
  let lines = Math.max(0, Math.min(over, journal - JOURNAL_MAX));
  const kept = all.filter(({ origin }) => {
    if (lines === 0 || origin !== "journal") return true;
    lines -= 1;
    return false;
  });
  return kept.slice(Math.max(0, kept.length - TIMELINE_MAX));
}

/** The changes of one answer, with what is too many counted instead of told. */
export function told(changes: readonly Change[], host: HostId, reading: ReadingId, at_ms: number): NewEntry[] {
  const common = { host, reading, at_ms, origin: "seen" as const };
  const entries = changes.slice(0, CHANGES_TOLD_MAX).map((change) => ({ ...change, ...common }));
  const rest = changes.length - entries.length;
  if (rest > 0) entries.push({ object: host, text: `and ${rest} more changes at the same moment`, severity: "warning", ...common });
  return entries;
}

/** A journal line is the same as another from its host with the same words within this time: a back-fill after a reconnect tells it again. */
const SAME_LINE_MS = 1500;

/** Journal entries that aren't in the timeline yet. */
export function unheard(timeline: readonly TimelineEntry[], entries: readonly NewEntry[]): NewEntry[] {
  const heard = new Map<string, number[]>();
  const oldest_ms = Math.min(...entries.map(({ at_ms }) => at_ms)) - SAME_LINE_MS;
  // In order by time: what is earlier can't be the same.
  for (let index = timeline.length - 1; index >= 0; index -= 1) {
    const entry = timeline[index];
    if (entry === undefined || entry.at_ms < oldest_ms) break;
    if (entry.origin !== "journal") continue;
    const key = `${entry.host}|${entry.text}`;
    const times = heard.get(key);
    if (times === undefined) heard.set(key, [entry.at_ms]);
    else times.push(entry.at_ms);
  }
  return entries.filter(
    ({ host, text, at_ms }) => !(heard.get(`${host}|${text}`) ?? []).some((then) => Math.abs(then - at_ms) <= SAME_LINE_MS),
  );
}
