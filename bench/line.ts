/**
 * A slow line between a program and its terminal, as an ssh connection over one is: bytes go through at so many a second and arrive half a round
 * trip later; keys and answers take the other half. What doesn't fit the buffers of the way makes the program's writes wait.
 */

export interface Line {
  readonly bytes_s: number;
  readonly round_trip_ms: number;
}

/** sshd's and the kernels' buffers between the pty and the modem. */
const BUFFER_BYTES = 65_536;
const PACKET_BYTES = 1_400;

export interface Wire {
  readonly down: (chunk: Uint8Array, arrived: (chunk: Uint8Array) => void) => void;
  readonly up: (arrived: () => void) => void;
  readonly close: () => void;
}

export function openLine(line: Line | undefined, source: { readonly pause: () => void; readonly resume: () => void }): Wire {
  if (line === undefined) return { down: (chunk, arrived) => arrived(chunk), up: (arrived) => arrived(), close: () => undefined };
  const timers = new Set<NodeJS.Timeout>();
  const half_ms = line.round_trip_ms / 2;
  /** Until when the line carries what it was given. */
  let free_ms = 0;
  let queued = 0;
  let paused = false;
  const at = (time_ms: number, call: () => void): void => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        call();
      },
      Math.max(0, time_ms - performance.now()),
    );
    timers.add(timer);
  };
  const send = (packet: Uint8Array, arrived: (chunk: Uint8Array) => void): void => {
    free_ms = Math.max(free_ms, performance.now()) + (packet.length / line.bytes_s) * 1000;
    queued += packet.length;
    at(free_ms, () => {
      queued -= packet.length;
      if (paused && queued < BUFFER_BYTES / 2) {
        paused = false;
        source.resume();
      }
    });
    at(free_ms + half_ms, () => arrived(packet));
  };
  return {
    down: (chunk, arrived) => {
      for (let from = 0; from < chunk.length; from += PACKET_BYTES) send(chunk.slice(from, from + PACKET_BYTES), arrived);
      if (queued < BUFFER_BYTES || paused) return;
      paused = true;
      source.pause();
    },
    up: (arrived) => at(performance.now() + half_ms, arrived),
    close: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
