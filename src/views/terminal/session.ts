/**
 * The terminal's modes: alternate screen, raw input, hidden cursor, bracketed paste, no automatic wrapping. Set on start, given back whatever
 * ends the program: the end, a signal, a crash, suspension, and as far as it goes a terminal that takes nothing any more.
 */
import { writeSync } from "node:fs";
import type { Clock } from "./clock.ts";
import type { TtyIn } from "./input.ts";
import type { Sink, TtyOut } from "./sink.ts";

/** What of a tty.WriteStream is used. */
export interface TtyStream {
  readonly columns?: number;
  readonly rows?: number;
  write(bytes: string, done: (error?: Error | null) => void): unknown;
  on(event: "resize", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  off(event: "resize", listener: () => void): unknown;
}

/** What of `process` is used. */
export interface ProcessPort {
  on(event: "SIGTERM" | "SIGHUP" | "SIGINT" | "SIGCONT" | "SIGWINCH" | "exit", listener: () => void): unknown;
  on(event: "uncaughtException", listener: (error: Error) => void): unknown;
  off(event: string, listener: (error: Error) => void): unknown;
  kill(pid: number, signal: string): unknown;
}

/** Exit codes: 128 and the signal's number; 70 is EX_SOFTWARE. */
export const EXIT_HANGUP = 129;
export const EXIT_INTERRUPT = 130;
export const EXIT_TERMINATED = 143;
export const EXIT_CRASHED = 70;

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[m";
/** Left button and wheel, in SGR form. */
const MOUSE_ON = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF = "\x1b[?1006l\x1b[?1000l";
/** The kitty keyboard protocol: which of it is on? Asked because only who knows it answers. */
const ASK_KITTY = "\x1b[?u";
/**
 * Flag 1, "disambiguate escape codes": esc is told from a sequence without waiting, ctrl-i from tab. Flag 4, "report alternate keys": what shift makes of a key
 * and what stands there on a Latin keyboard, without which ctrl-_ and alt-! can't be known. Kept on a stack of the alternate screen.
 */
const KITTY_ON = "\x1b[>5u";
const KITTY_OFF = "\x1b[<u";
/** DECRQM: does it know synchronised output? Asked before the first frame, which covers whatever an old terminal prints for it. */
const ASK_SYNCHRONISED = "\x1b[?2026$p";
const LEAVE = "\x1b[m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l";

/** A terminal that hasn't taken the last bytes by then never will. */
const LEAVE_DEADLINE_MS = 300;
/** How long an answer that is still under way is waited for, raw and unseen: it would be typed into the shell. */
const LAST_ANSWER_MS = 1_000;
const FALLBACK_COLUMNS = 80;
const FALLBACK_ROWS = 24;

/** libuv's handle under a tty stream: the only way to a write that doesn't block. */
interface Handle {
  readonly fd?: number;
  setBlocking?(blocking: boolean): unknown;
}
const handleOf = (stdout: TtyStream): Handle | undefined => (stdout as { readonly _handle?: Handle })._handle;

/** The size may be 0 on a serial console that was never told. */
export const ttyOutOf = (stdout: TtyStream): TtyOut => ({
  get columns() {
    return stdout.columns || FALLBACK_COLUMNS;
  },
  get rows() {
    return stdout.rows || FALLBACK_ROWS;
  },
  write: (bytes, done) => void stdout.write(bytes, done),
});

export interface TerminalSession {
  /** ctrl-z: gives the terminal back, stops the process group, takes the terminal again when continued. */
  readonly suspend: () => void;
  /** A reply of the terminal (see decoder.ts). */
  readonly reply: (sequence: string) => void;
  /** Gives the terminal back. Settles within LEAVE_DEADLINE_MS, LAST_ANSWER_MS later at the most, also on a dead terminal. */
  readonly leave: () => Promise<void>;
}

export interface SessionOptions {
  readonly stdin: TtyIn;
  readonly stdout: TtyStream;
  /** undefined: somebody else handles signals. */
  readonly process: ProcessPort | undefined;
  readonly clock: Clock;
  readonly sink: Sink;
  /** Takes the mouse from the terminal, which selects text with it otherwise. */
  readonly mouse?: boolean;
  readonly resized: () => void;
  /** Taken again after suspension: everything must be drawn. */
  readonly resumed: () => void;
  /** The program has to end: by a signal, a dead terminal or a crash. */
  readonly end: (code: number, error?: Error) => void;
}

export function openTerminal(options: SessionOptions): TerminalSession {
  const { stdin, stdout, clock, sink, mouse = false } = options;
  let suspended = false;
  let left = false;
  let kitty = false;
  /** Called when the terminal has answered all that it was asked. */
  let settled: (() => void) | undefined;

  const take = (): void => {
    handleOf(stdout)?.setBlocking?.(false);
    // libuv remembers the mode it set; off and on again makes it real after a stop.
    stdin.setRawMode?.(false);
    stdin.setRawMode?.(true);
    sink.raw(ENTER + (mouse ? MOUSE_ON : "") + (kitty ? KITTY_ON : ""));
  };
  const leaving = (): string => (kitty ? KITTY_OFF : "") + (mouse ? MOUSE_OFF : "") + LEAVE;

  const give = (): Promise<void> =>
    new Promise((done) => {
      sink.hold(true);
      const settle = (): void => {
        cancel();
        settled = undefined;
        try {
          stdin.setRawMode?.(false);
        } catch {
          // The terminal is gone: there is no mode to give back.
        }
        done();
      };
      let cancel = clock.after(LEAVE_DEADLINE_MS, settle);
      stdout.write(leaving(), (error) => {
        cancel();
        if (error || !sink.isOwed()) return settle();
        settled = settle;
        cancel = clock.after(LAST_ANSWER_MS, settle);
      });
    });

  const resume = (): void => {
    if (left) return;
    suspended = false;
    take();
    sink.forget();
    sink.hold(false);
    options.resumed();
  };

  const suspend = (): void => {
    const { process } = options;
    if (suspended || left || process === undefined) return;
    suspended = true;
    void give().then(() => {
      if (left) return;
      process.kill(0, "SIGTSTP");
      // Reached when continued, or at once where nobody could continue it (an orphaned process group isn't stopped).
      clock.after(0, () => {
        if (suspended) resume();
      });
    });
  };

  const resized = (): void => {
    if (!left && !suspended) options.resized();
  };
  const unwatch = watchProcess(options, { resume, resized, giveNow: () => (left ? undefined : giveNow(stdin, stdout, leaving())) });
  const onError = (error: Error): void => options.end(EXIT_HANGUP, error);
  stdout.on("error", onError);
  // Node tells a new size only: of two changes that come to the old one it says nothing, and the terminal has thrown its cells about all the same.
  if (options.process === undefined) stdout.on("resize", resized);
  take();
  sink.raw(ASK_SYNCHRONISED + ASK_KITTY);

  return {
    suspend,
    reply: (sequence) => {
      const mode = /^\?2026;([0-4])\$y$/.exec(sequence)?.[1];
      if (mode !== undefined) sink.synchronise(mode === "1" || mode === "2");
      if (/^\?\d{1,3}u$/.test(sequence) && !kitty && !left) {
        kitty = true;
        if (!suspended) sink.raw(KITTY_ON);
      }
      if (sequence !== "0n") return;
      sink.answered();
      if (!sink.isOwed()) settled?.();
    },
    leave: async () => {
      if (left) return;
      left = true;
      stdout.off("resize", resized);
      await give();
      sink.stop();
      unwatch();
      handleOf(stdout)?.setBlocking?.(true);
    },
  };
}

/** The way out when the event loop won't run again. Never blocks: the handle's own descriptor doesn't. */
function giveNow(stdin: TtyIn, stdout: TtyStream, bytes: string): void {
  const fd = handleOf(stdout)?.fd;
  try {
    if (fd !== undefined && fd >= 0) writeSync(fd, bytes);
    stdin.setRawMode?.(false);
  } catch {
    // A terminal that takes nothing can't be given anything back.
  }
}

function watchProcess(
  options: SessionOptions,
  terminal: { readonly resume: () => void; readonly resized: () => void; readonly giveNow: () => void },
): () => void {
  const { process, end } = options;
  if (process === undefined) return () => undefined;
  const onTerm = (): void => end(EXIT_TERMINATED);
  const onHangup = (): void => end(EXIT_HANGUP);
  const onInterrupt = (): void => end(EXIT_INTERRUPT);
  const onCrash = (error: Error): void => end(EXIT_CRASHED, error);
  process.on("SIGTERM", onTerm);
  process.on("SIGHUP", onHangup);
  process.on("SIGINT", onInterrupt);
  process.on("SIGCONT", terminal.resume);
  process.on("SIGWINCH", terminal.resized);
  process.on("uncaughtException", onCrash);
  process.on("exit", terminal.giveNow);
  return () => {
    process.off("SIGTERM", onTerm);
    process.off("SIGHUP", onHangup);
    process.off("SIGINT", onInterrupt);
    process.off("SIGCONT", terminal.resume);
    process.off("SIGWINCH", terminal.resized);
    process.off("uncaughtException", onCrash);
    process.off("exit", terminal.giveNow);
  };
}
