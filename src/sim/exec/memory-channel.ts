/** A channel over memory to a program on a simulated host, on the simulated pair's clock. */
import type { ChannelEvent, ChannelRequest, HostChannel } from "../../xen/host/link.ts";
import type { SimHost } from "../model/host.ts";
import type { World } from "../model/world.ts";
import { execute } from "./index.ts";
import type { SimProgram } from "./program.ts";

/** A round trip, about. */
const OPEN_MS = 20;

/** A connection that may carry channels: gone, it takes them with it. */
export interface Carrier {
  readonly world: World;
  readonly host: SimHost;
  /** Whether bytes get through now. */
  readonly reachable: () => boolean;
  /** Told once when the connection is gone; returns what takes the listener off. */
  readonly onGone: (listener: () => void) => () => void;
}

const encoder = new TextEncoder();
const bytes = (data: Uint8Array | string): Uint8Array => (typeof data === "string" ? encoder.encode(data) : data);

export function openMemoryChannel(
  { world, host, reachable, onGone }: Carrier,
  { argv, pty }: ChannelRequest,
  hear: (event: ChannelEvent) => void,
): HostChannel {
  let program: SimProgram | undefined;
  let over = false;
  let paused = false;
  let input_ended = false;
  let size = pty;
  /** What the program said while nothing got through: TCP sends it again. */
  const unheard: ChannelEvent[] = [];
  const unwritten: Uint8Array[] = [];

  const deliver = (): void => {
    while (!over && reachable()) {
      const event = unheard.shift();
      if (event === undefined) return;
      if (event.kind === "end") finish();
      hear(event);
    }
  };
  const finish = (): void => {
    over = true;
    offGone();
  };
  const tell = (event: ChannelEvent): void => {
    if (over) return;
    unheard.push(event);
    deliver();
  };
  let told_end = false;
  const send = (): void => {
    if (program === undefined || !reachable()) return;
    for (const data of unwritten.splice(0)) program.hear(data);
    if (input_ended && !told_end) {
      told_end = true;
      program.eof();
    }
  };
  /** Looks now and then whether what waits gets through. */
  const look = (): void => {
    if (over) return;
    deliver();
    send();
    world.scheduler.after(OPEN_MS * 10, look);
  };
  const offGone = onGone(() => {
    if (over) return;
    finish();
    program?.hangUp();
    hear({ kind: "end", code: undefined, signal: undefined, reason: "the connection was lost" });
  });
  const begin = (): void => {
    if (over) return;
    if (!reachable()) {
      world.scheduler.after(OPEN_MS * 10, begin);
      return;
    }
    tell({ kind: "open" });
    program = execute({
      world,
      host,
      argv,
      pty: size,
      output: {
        out: (data) => data.length > 0 && tell({ kind: "data", chunk: bytes(data) }),
        err: (text) => tell({ kind: pty === undefined ? "stderr" : "data", chunk: bytes(text) }),
        end: (code, signal) => tell({ kind: "end", code, signal, reason: undefined }),
      },
    });
    if (paused) program.pause();
    send();
    look();
  };
  world.scheduler.after(OPEN_MS, begin);
  return {
    write: (data) => {
      if (over || input_ended) return;
      unwritten.push(bytes(data));
      send();
    },
    end: () => {
      input_ended = true;
      send();
    },
    resize: (columns, rows) => {
      if (size === undefined) return;
      size = { ...size, columns, rows };
      program?.resize(columns, rows);
    },
    pause: () => {
      paused = true;
      program?.pause();
    },
    resume: () => {
      paused = false;
      program?.resume();
    },
    close: () => {
      if (over) return;
      finish();
      program?.hangUp();
    },
  };
}
