/** The one owner of stdin: bytes to events in batches (one batch per chunk, so that fast typing is drawn once). */
import type { Clock } from "./clock.ts";
import { type DecoderState, decode, decoderStart, expire, type InputEvent, pendingFor } from "./decoder.ts";

export interface TtyIn {
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  on(event: "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  off(event: "data", listener: (chunk: Buffer) => void): unknown;
  off(event: "end" | "close", listener: () => void): unknown;
  resume(): unknown;
  pause(): unknown;
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

export interface InputReader {
  readonly stop: () => void;
}

/** `ended`: the terminal is gone (hangup, end of file, read error). Called at most once. */
export function readInput(options: {
  readonly stdin: TtyIn;
  readonly clock: Clock;
  readonly events: (events: readonly InputEvent[]) => void;
  readonly ended: () => void;
}): InputReader {
  const { stdin, clock, events } = options;
  let state: DecoderState = decoderStart;
  let cancel: (() => void) | undefined;
  let stopped = false;

  const take = ([next, told]: [DecoderState, InputEvent[]]): void => {
    state = next;
    cancel?.();
    const wait_ms = pendingFor(state);
    cancel = wait_ms === undefined ? undefined : clock.after(wait_ms, () => take(expire(state)));
    if (told.length > 0) events(told);
  };
  const onData = (chunk: Buffer): void => take(decode(state, chunk));
  const onEnd = (): void => {
    if (stopped) return;
    stop();
    options.ended();
  };
  const stop = (): void => {
    stopped = true;
    cancel?.();
    stdin.off("data", onData);
    stdin.off("end", onEnd);
    stdin.off("close", onEnd);
    stdin.pause();
  };

  stdin.on("data", onData);
  stdin.on("end", onEnd);
  stdin.on("close", onEnd);
  // Stays attached: a late error of a dead terminal must not become an uncaught one.
  stdin.on("error", onEnd);
  stdin.resume();
  return { stop };
}
