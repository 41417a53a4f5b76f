/**
 * Follows the logs that are on the screen, and no others: a feed is opened when its detail is, and closed when it goes. Bounded in lines, in channels (one feed
 * and one list at a time on a host), and in how much of a flood is taken a second; the host's side waits.
 */
import { hostFeed, hostFeeds, openFramed } from "../../xen/host/console.ts";
import { FEED_SEPARATOR } from "../../xen/host/console-source.ts";
import type { HostChannel, HostLink } from "../../xen/host/link.ts";
import type { HostId } from "../../xen/model/ids.ts";
import type { ObjectRef } from "../pane.ts";
import type { Clock } from "../terminal/clock.ts";
import {
  begunAgain,
  cleanLine,
  FEED_LINES_MAX,
  type FeedState,
  type FeedsState,
  feedKey,
  newFeed,
  newOf,
  noFeeds,
  parseFiles,
  sourceOf,
  withLines,
} from "./feed-state.ts";

/** How often the screen is told at the most. */
const PUBLISH_MS = 250;
/** Bytes of one feed that are taken at once; then it waits for a moment. */
const SLICE_BYTES = 64 * 1024;
const REST_MS = 50;
/** A list of files is asked for anew where it is older than this. */
const FILES_MAX_MS = 10_000;
const FILES_BYTES_MAX = 256 * 1024;
/** A feed that ended is opened again after this, while it is looked at. */
const AGAIN_MS = 3_000;

export interface FeedsPorts {
  readonly link: (host: HostId) => HostLink | undefined;
  readonly clock: Clock;
  readonly now_ms: () => number;
  readonly nonce: () => string;
  readonly publish: (state: FeedsState) => void;
}

export interface Feeds {
  /** What is on the screen now (the opened details, newest last), and the hosts that can be asked. */
  readonly want: (stack: readonly ObjectRef[], live: readonly HostId[]) => void;
  readonly stop: () => void;
}

interface Following {
  readonly key: string;
  readonly channel: HostChannel;
  readonly close: () => void;
}

/** Bytes to lines; what a whole answer repeats is left out. */
function createSplitter(blocks: boolean): (chunk: Uint8Array) => readonly string[] {
  const decoder = new TextDecoder();
  let rest = "";
  let block: string[] = [];
  let before: readonly string[] = [];
  return (chunk) => {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = (parts.pop() ?? "").slice(-SLICE_BYTES);
    const lines = parts.map((part) => part.replace(/\r$/, ""));
    if (!blocks) return lines.map(cleanLine);
    const told: string[] = [];
    for (const line of lines) {
      if (line !== FEED_SEPARATOR) {
        block.push(line);
        if (block.length > 2 * FEED_LINES_MAX) block = block.slice(-FEED_LINES_MAX);
        continue;
      }
      const kept = block.slice(-FEED_LINES_MAX);
      told.push(...newOf(before, kept));
      before = kept;
      block = [];
    }
    return told.map(cleanLine);
  };
}

export function createFeeds(ports: FeedsPorts): Feeds {
  const { clock, now_ms } = ports;
  let state: FeedsState = noFeeds;
  let following: Following | undefined;
  const listing = new Map<HostId, HostChannel>();
  let cancelPublish: (() => void) | undefined;

  const publish = (next: FeedsState): void => {
    state = next;
    cancelPublish ??= clock.after(PUBLISH_MS, () => {
      cancelPublish = undefined;
      ports.publish(state);
    });
  };
  const setFeed = (key: string, change: (feed: FeedState) => FeedState): void =>
    publish({ ...state, feeds: new Map([[key, change(state.feeds.get(key) ?? newFeed(now_ms()))]]) });

  const follow = (host: HostId, source: string, link: HostLink): void => {
    const key = feedKey(host, source);
    const split = createSplitter(source === "xen");
    let over = false;
    let taken = 0;
    const ended = (words: string): void => {
      over = true;
      if (following?.key === key) following = undefined;
      setFeed(key, (feed) => ({ ...feed, phase: "ended", since_ms: now_ms(), words }));
    };
    const earlier = state.feeds.get(key);
    setFeed(key, () => begunAgain(earlier, now_ms()));
    const channel = openFramed(link, hostFeed(ports.nonce(), sourceOf(source)), (event) => {
      if (over) return;
      if (event.kind === "begun") setFeed(key, (feed) => ({ ...feed, phase: "following", since_ms: now_ms() }));
      else if (event.kind === "end")
        ended(event.words || (event.status === undefined ? "the connection was lost" : `it ended with ${event.status}`));
      else {
        setFeed(key, (feed) => withLines(feed, split(event.chunk)));
        taken += event.chunk.length;
        if (taken < SLICE_BYTES) return;
        taken = 0;
        channel.pause();
        clock.after(REST_MS, () => over || channel.resume());
      }
    });
    following = {
      key,
      channel,
      close: () => {
        over = true;
        channel.close();
      },
    };
  };

  const list = (host: HostId, link: HostLink): void => {
    let text = "";
    const tell = (phase: "told" | "failed", words: string): void => {
      listing.delete(host);
      publish({ ...state, files: new Map([...state.files, [host, { phase, since_ms: now_ms(), words, files: parseFiles(text) }]]) });
    };
    publish({
      ...state,
      files: new Map([
        ...state.files,
        [host, { phase: "asking", since_ms: now_ms(), words: "", files: state.files.get(host)?.files ?? [] }],
      ]),
    });
    const channel = openFramed(link, hostFeeds(ports.nonce()), (event) => {
      if (event.kind === "data" && text.length < FILES_BYTES_MAX) text += Buffer.from(event.chunk).toString("utf8");
      if (event.kind === "end") tell(event.status === 0 ? "told" : "failed", event.words ?? "");
    });
    listing.set(host, channel);
  };

  const wantLists = (stack: readonly ObjectRef[], live: readonly HostId[]): void => {
    const top = stack.at(-1);
    if (top?.kind !== "logs") return;
    for (const host of top.hosts) {
      const known = state.files.get(host);
      const link = live.includes(host) ? ports.link(host) : undefined;
      const old = known === undefined || (known.phase !== "asking" && now_ms() - known.since_ms > FILES_MAX_MS);
      if (link !== undefined && old && !listing.has(host)) list(host, link);
    }
  };

  const wantFeed = (stack: readonly ObjectRef[], live: readonly HostId[]): void => {
    const top = stack.at(-1);
    const wanted = top?.kind === "log" ? top : undefined;
    const key = wanted === undefined ? undefined : feedKey(wanted.host, wanted.source);
    if (following !== undefined && following.key !== key) {
      following.close();
      following = undefined;
    }
    if (wanted === undefined || key === undefined || following !== undefined || !live.includes(wanted.host)) return;
    const known = state.feeds.get(key);
    const link = ports.link(wanted.host);
    // One that was left is begun anew; one that ended by itself waits a moment.
    if (link !== undefined && (known?.phase !== "ended" || now_ms() - known.since_ms >= AGAIN_MS)) follow(wanted.host, wanted.source, link);
  };

  return {
    want: (stack, live) => {
      wantLists(stack, live);
      wantFeed(stack, live);
    },
    stop: () => {
      cancelPublish?.();
      following?.close();
      for (const channel of listing.values()) channel.close();
      listing.clear();
    },
  };
}
