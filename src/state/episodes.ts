/** The timeline in episodes: what came close together belongs together, and is called by the worst of it. Pure. */
import type { TimelineEntry } from "./state.ts";

/** Silence that ends an episode: DRBD's timeouts, a reading's cadence and a person's next step are shorter. */
export const EPISODE_GAP_MS = 45_000;
/** What never falls silent is cut here, so that an episode can be read. */
export const EPISODE_MS_MAX = 1_800_000;

export interface Episode {
  /** Of its first entry: stays while more join. */
  readonly key: string;
  readonly from_ms: number;
  readonly to_ms: number;
  /** Oldest first. */
  readonly entries: readonly TimelineEntry[];
  readonly severity: TimelineEntry["severity"];
  /** What happened, in the words of its worst finding or else of its worst entry. */
  readonly title: string;
}

const rank: Readonly<Record<TimelineEntry["severity"], number>> = { ok: 0, info: 1, warning: 2, critical: 3 };
const FOUND = /^(?:found|got worse): /;

/** A finding says what is wrong; an entry alone only what changed. Of equals the first: it began it. */
function headline(entries: readonly TimelineEntry[]): TimelineEntry | undefined {
  const worst = (all: readonly TimelineEntry[]): TimelineEntry | undefined =>
    all.reduce<TimelineEntry | undefined>(
      (found, next) => (found === undefined || rank[next.severity] > rank[found.severity] ? next : found),
      undefined,
    );
  return worst(entries.filter(({ rule, text }) => rule !== undefined && FOUND.test(text))) ?? worst(entries);
}

function episodeOf(entries: readonly TimelineEntry[]): Episode | undefined {
  const [first] = entries;
  const last = entries.at(-1);
  const head = headline(entries);
  if (first === undefined || last === undefined || head === undefined) return undefined;
  const said = head.text.replace(FOUND, "");
  return {
    key: `episode ${first.seq}`,
    from_ms: first.at_ms,
    to_ms: last.at_ms,
    entries,
    severity: entries.reduce((worst, { severity }) => (rank[severity] > rank[worst] ? severity : worst), head.severity),
    title: said.includes(head.object) ? said : `${head.object}: ${said}`,
  };
}

/** Oldest first; each entry is in one of them. timeline: oldest first. */
export function episodesOf(timeline: readonly TimelineEntry[]): readonly Episode[] {
  const episodes: Episode[] = [];
  let begin = 0;
  for (let index = 1; index <= timeline.length; index += 1) {
    const entry = timeline[index];
    const before = timeline[index - 1];
    const first = timeline[begin];
    if (before === undefined || first === undefined) continue;
    const goes_on = entry !== undefined && entry.at_ms - before.at_ms <= EPISODE_GAP_MS && entry.at_ms - first.at_ms <= EPISODE_MS_MAX;
    if (goes_on) continue;
    const episode = episodeOf(timeline.slice(begin, index));
    if (episode !== undefined) episodes.push(episode);
    begin = index;
  }
  return episodes;
}
