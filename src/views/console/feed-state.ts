/** What is known of a host's logs: which there are, and the lines of those that are followed. Plain data; feeds.ts fills it, panes/detail-logs.ts shows it. */
import type { FeedSource } from "../../xen/host/console.ts";
import type { HostId } from "../../xen/model/ids.ts";
import { clean, redact } from "../../xen/read/clean.ts";

export interface FeedLine {
  /** Counts on for ever. */
  readonly seq: number;
  /** Cleaned, and without what looks like a secret. */
  readonly text: string;
}

export interface FeedState {
  readonly phase: "opening" | "following" | "ended";
  readonly since_ms: number;
  /** How it ended. */
  readonly words: string;
  readonly lines: readonly FeedLine[];
  /** Lines that came before those that are kept. */
  readonly gone: number;
}

export interface LogFile {
  readonly path: string;
  readonly size_bytes: number;
  readonly changed_ms: number;
}

export interface FilesState {
  readonly phase: "asking" | "told" | "failed";
  readonly since_ms: number;
  readonly words: string;
  /** Newest first. */
  readonly files: readonly LogFile[];
}

export interface FeedsState {
  /** By host. */
  readonly files: ReadonlyMap<string, FilesState>;
  /** By `feedKey`. */
  readonly feeds: ReadonlyMap<string, FeedState>;
}

export const noFeeds: FeedsState = { files: new Map(), feeds: new Map() };

/** `xen`, `kernel`, or a file's path. */
export const sourceOf = (source: string): FeedSource =>
  source === "xen" || source === "kernel" ? { kind: source } : { kind: "file", path: source };

export const feedKey = (host: HostId, source: string): string => `${host} ${source}`;

/** Lines that are kept of one feed, and of each line. */
export const FEED_LINES_MAX = 2_000;
const LINE_LENGTH_MAX = 2_000;

export const cleanLine = (text: string): string => redact(clean(text.replace(/\r$/, ""), LINE_LENGTH_MAX));

/** before: lines that were told earlier, which no new one may have the number of. */
export const newFeed = (now_ms: number, before = 0): FeedState => ({
  phase: "opening",
  since_ms: now_ms,
  words: "",
  lines: [],
  gone: before,
});

/** How many lines it has told, kept or not. */
const linesTold = ({ gone, lines }: FeedState): number => gone + lines.length;

/** One that ended by itself is followed again: its numbers go on. */
export const begunAgain = (feed: FeedState | undefined, now_ms: number): FeedState =>
  newFeed(now_ms, feed?.phase === "ended" ? linesTold(feed) : 0);

/** Numbers go on from the last; of too many the oldest go. */
export function withLines(feed: FeedState, texts: readonly string[]): FeedState {
  if (texts.length === 0) return feed;
  const first = linesTold(feed);
  const lines = [...feed.lines, ...texts.map((text, at): FeedLine => ({ seq: first + at, text }))];
  const over = Math.max(0, lines.length - FEED_LINES_MAX);
  return { ...feed, lines: lines.slice(over), gone: feed.gone + over };
}

/** What of a whole answer wasn't in the one before: a ring of messages drops its oldest and gets new ones. */
export function newOf(before: readonly string[], now: readonly string[]): readonly string[] {
  for (let kept = Math.min(before.length, now.length); kept > 0; kept -= 1) {
    const from = before.length - kept;
    let same = 0;
    while (same < kept && now[same] === before[from + same]) same += 1;
    if (same === kept) return now.slice(kept);
  }
  return now;
}

/** `SIZE SECONDS PATH`; what isn't a file below /var/log/xen, or has a name that can't be shown as it is, is left out. */
export function parseFiles(text: string): readonly LogFile[] {
  return text.split("\n").flatMap((line) => {
    const [, size, seconds, path = ""] = /^(\d{1,15}) (\d{1,12}) (\/var\/log\/xen\/.+)$/.exec(line.replace(/\r$/, "")) ?? [];
    if (size === undefined || path.includes("..") || clean(path) !== path) return [];
    return [{ path, size_bytes: Number(size), changed_ms: Number(seconds) * 1000 }];
  });
}
