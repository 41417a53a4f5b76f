/** Opens a guest's console, a shell, or what is followed, on a host's connection: the programs of console-source.ts, their frames taken off. */
import { clean } from "../read/clean.ts";
import {
  AUDIT,
  auditSource,
  CONSOLE_WIRE,
  FEED,
  FEEDS,
  feedSource,
  feedsSource,
  GUEST_CONSOLE,
  GUEST_KEY,
  guestConsoleSource,
  guestKeySource,
  HOST_SHELL,
  shellSource,
} from "./console-source.ts";
import type { ChannelRequest, HostChannel, HostLink } from "./link.ts";

/** The terminal that programs on the host's side take it for. */
const TERM = "xterm-256color";
/** Said before the first frame (a greeting of sudo's or a login shell's). */
const PREAMBLE_BYTES_MAX = 16 * 1024;
/** Of the end, where the last frame is looked for. */
const TAIL_BYTES = 1024;
const WORDS_MAX = 200;

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Which of a guest's consoles: the paravirtual one, or the first serial line (HVM). */
export type GuestLine = "pv" | "serial";

/** Somebody else who is attached to the same console. */
export interface Rival {
  readonly pid: number;
  /** The address that its ssh session came from. */
  readonly from: string | undefined;
  readonly age_s: number | undefined;
  /** Another console like this one. */
  readonly is_xenha: boolean;
}

export type FramedEvent =
  /** It runs from here on; what follows is the guest's, the shell's or the log's. */
  | { readonly kind: "begun"; readonly rest: string }
  | { readonly kind: "data"; readonly chunk: Uint8Array }
  /** The last one. status: of the program that was wanted; words: its own, or why there was none. Both undefined: nobody knows. */
  | { readonly kind: "end"; readonly status: number | undefined; readonly words: string | undefined };

export interface Framed {
  readonly name: string;
  readonly source: string;
  /** Drawn anew for each channel: sixteen letters and digits that nobody can guess. */
  readonly nonce: string;
  readonly words: readonly string[];
  readonly size: TerminalSize;
}

const requestOf = ({ name, source, nonce, words, size }: Framed): ChannelRequest => ({
  argv: ["/bin/sh", "-c", source, name, nonce, ...words],
  pty: { ...size, term: TERM },
});

const text = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");

/** The last line that isn't empty, of what a login shell, sudo or a missing tool said. */
const lastWords = (said: string): string =>
  clean(
    said
      .trim()
      .split(/[\r\n]+/)
      .at(-1)
      ?.trim() ?? "",
    WORDS_MAX,
  );

export function openFramed(link: HostLink, framed: Framed, hear: (event: FramedEvent) => void): HostChannel {
  const mark = `\x1b_${CONSOLE_WIRE} ${framed.nonce} `;
  let begun = false;
  let over = false;
  let kept = "";
  /** What follows the mark and a word, up to the frame's end; undefined: there is no such frame yet. */
  const frameIn = (said: string, word: string): { readonly rest: string; readonly next: number } | undefined => {
    const at = said.indexOf(`${mark}${word}`);
    const end = at < 0 ? -1 : said.indexOf("\x1b\\", at);
    return end < 0 ? undefined : { rest: said.slice(at + mark.length + word.length, end).trim(), next: end + 2 };
  };
  const finish = (status: number | undefined, words: string | undefined): void => {
    if (over) return;
    over = true;
    hear({ kind: "end", status, words });
  };
  const preamble = (chunk: Uint8Array): void => {
    kept += text(chunk);
    const found = frameIn(kept, "begin");
    if (found === undefined) {
      if (kept.length <= PREAMBLE_BYTES_MAX) return;
      channel.close();
      finish(undefined, `it said something else: ${lastWords(kept)}`);
      return;
    }
    begun = true;
    const rest = kept.slice(found.next);
    kept = rest.slice(-TAIL_BYTES);
    hear({ kind: "begun", rest: found.rest });
    if (rest !== "" && !over) hear({ kind: "data", chunk: Buffer.from(rest, "latin1") });
  };
  const channel = link.open(requestOf(framed), (event) => {
    if (over) return;
    if (event.kind === "data" || event.kind === "stderr") {
      if (!begun) return preamble(event.chunk);
      kept = (kept + text(event.chunk.subarray(-TAIL_BYTES))).slice(-TAIL_BYTES);
      hear({ kind: "data", chunk: event.chunk });
    } else if (event.kind === "end") {
      const told = frameIn(kept, "end");
      const [status = "", ...words] = told?.rest.split(" ") ?? [];
      if (told !== undefined) return finish(Number(status), clean(words.join(" ").trim(), WORDS_MAX));
      const reason = event.reason === undefined ? undefined : clean(event.reason, WORDS_MAX);
      finish(
        begun ? event.code : undefined,
        reason ?? (begun ? undefined : lastWords(kept) || `it ended with ${event.code ?? event.signal ?? "nothing"}`),
      );
    }
  });
  return {
    ...channel,
    close: () => {
      over = true;
      channel.close();
    },
  };
}

/** `PID FROM SECONDS NONCE, ...` as the program says it; what isn't understood is left out. */
export function parseRivals(rest: string): readonly Rival[] {
  return rest.split(",").flatMap((part) => {
    const [, pid, from = "-", age, nonce] = /^\s*(\d{1,9}) (\S{1,64}) (\d{1,12}|-) (\S{1,64})\s*$/.exec(part) ?? [];
    if (pid === undefined) return [];
    const age_s = age === "-" ? undefined : Number(age);
    return [{ pid: Number(pid), from: from === "-" ? undefined : clean(from), age_s, is_xenha: nonce !== "-" }];
  });
}

export interface GuestConsole {
  readonly domid: number;
  readonly line: GuestLine;
  readonly nonce: string;
  readonly size: TerminalSize;
  /** Who has to make room. */
  readonly rival: number | undefined;
  /** Of earlier channels of the same console: one that a lost connection left there is ended. */
  readonly earlier: readonly string[];
}

export const guestConsole = ({ domid, line, nonce, size, rival, earlier }: GuestConsole): Framed => ({
  name: GUEST_CONSOLE,
  source: guestConsoleSource,
  nonce,
  words: [String(domid), line, rival === undefined ? "-" : String(rival), earlier.join(",")],
  size,
});

export const hostShell = (nonce: string, size: TerminalSize): Framed => ({ name: HOST_SHELL, source: shellSource, nonce, words: [], size });

/** xenconsole refused because another one is attached (since Xen 4.7). */
export const isTaken = (words: string | undefined): boolean => /could not lock/i.test(words ?? "");

const NARROW: TerminalSize = { columns: 250, rows: 24 };

/** What can be followed on a host. */
export type FeedSource = { readonly kind: "xen" } | { readonly kind: "kernel" } | { readonly kind: "file"; readonly path: string };

export const hostFeed = (nonce: string, source: FeedSource): Framed => ({
  name: FEED,
  source: feedSource,
  nonce,
  words: source.kind === "file" ? [source.kind, source.path] : [source.kind],
  size: NARROW,
});

export const hostFeeds = (nonce: string): Framed => ({ name: FEEDS, source: feedsSource, nonce, words: [], size: NARROW });

/** Types one ctrl-] into a guest: see console-source.ts. `done`: whether it got there. */
export function typeEscape(link: HostLink, guest: Pick<GuestConsole, "domid" | "line" | "nonce">, done: (typed: boolean) => void): void {
  link.open({ argv: ["/bin/sh", "-c", guestKeySource, GUEST_KEY, guest.nonce, String(guest.domid), guest.line] }, (event) => {
    if (event.kind === "end") done(event.code === 0);
  });
}

/** A line in the host's own log, as far as it has one; nothing waits for it. */
export function logOnHost(link: HostLink, nonce: string, line: string): void {
  link.open({ argv: ["/bin/sh", "-c", auditSource, AUDIT, nonce, clean(line, 400)] }, () => undefined);
}
