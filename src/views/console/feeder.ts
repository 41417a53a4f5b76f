/**
 * Between the channels and the emulators: what guests print waits here, is taken in slices that are over in a few milliseconds, and never by more than a part
 * of the time, so that a guest that prints without end delays no key and no other pane. A channel whose queue is full is paused: its host waits.
 */
import type { Clock } from "../terminal/clock.ts";

/** Characters that wait for one emulator: beyond the first the channel is paused, below the second it goes on. */
export const QUEUE_FULL = 128 * 1024;
export const QUEUE_LOW = 32 * 1024;
/** A slice is as long as takes about this. */
const SLICE_MS = 4;
const SLICE_LEAST = 256;
const SLICE_MOST = 32 * 1024;
/** After a slice others have this many times as long. */
const REST = 2;
const REST_MS_MAX = 100;

export interface Sink {
  readonly write: (text: string, done: () => void) => void;
  readonly pause: () => void;
  readonly resume: () => void;
}

export interface Feed {
  readonly push: (chunk: Uint8Array) => void;
  /** Another channel begins: half a character of the one before is none. True: it has to wait at once, its queue is full. */
  readonly begin: () => boolean;
  /** `then` is called when all that was pushed before is on the screen. */
  readonly after: (then: () => void) => void;
  /** Nothing more is written; what waits is dropped. */
  readonly stop: () => void;
}

export interface Feeder {
  readonly open: (sink: Sink) => Feed;
}

type Item = string | (() => void);

interface Queue {
  readonly sink: Sink;
  items: Item[];
  length: number;
  paused: boolean;
}

export function createFeeder(clock: Clock): Feeder {
  const queues: Queue[] = [];
  let slice = SLICE_LEAST * 32;
  let busy = false;

  const rest = (began_ms: number): void => {
    const took_ms = clock.now_ms() - began_ms;
    slice = took_ms > SLICE_MS ? Math.max(SLICE_LEAST, slice >> 1) : Math.min(SLICE_MOST, slice << 1);
    clock.after(Math.min(REST_MS_MAX, took_ms * REST), () => {
      busy = false;
      next();
    });
  };

  /** The next slice of a queue; callbacks that are due are called on the way. */
  const take = (queue: Queue): string => {
    let text = "";
    while (queue.items.length > 0 && text.length < slice) {
      const item = queue.items.shift();
      if (typeof item === "function") {
        if (text === "") item();
        else {
          queue.items.unshift(item);
          break;
        }
      } else if (item !== undefined) {
        const room = slice - text.length;
        text += item.slice(0, room);
        if (item.length > room) queue.items.unshift(item.slice(room));
      }
    }
    queue.length -= text.length;
    return text;
  };

  const next = (): void => {
    if (busy) return;
    // The one that was served goes to the end.
    const at = queues.findIndex(({ items }) => items.length > 0);
    const queue = queues[at];
    if (queue === undefined) return;
    queues.push(...queues.splice(at, 1));
    const text = take(queue);
    if (queue.paused && queue.length < QUEUE_LOW) {
      queue.paused = false;
      queue.sink.resume();
    }
    if (text === "") next();
    else {
      busy = true;
      const began_ms = clock.now_ms();
      queue.sink.write(text, () => rest(began_ms));
    }
  };

  return {
    open: (sink) => {
      const queue: Queue = { sink, items: [], length: 0, paused: false };
      let decoder = new TextDecoder();
      let stopped = false;
      queues.push(queue);
      return {
        push: (chunk) => {
          const text = decoder.decode(chunk, { stream: true });
          if (stopped || text === "") return;
          queue.items.push(text);
          queue.length += text.length;
          if (!queue.paused && queue.length > QUEUE_FULL) {
            queue.paused = true;
            sink.pause();
          }
          next();
        },
        begin: () => {
          decoder = new TextDecoder();
          return queue.paused;
        },
        after: (then) => {
          if (stopped) return;
          queue.items.push(then);
          next();
        },
        stop: () => {
          stopped = true;
          queue.items = [];
          queue.length = 0;
          const at = queues.indexOf(queue);
          if (at !== -1) queues.splice(at, 1);
        },
      };
    },
  };
}
