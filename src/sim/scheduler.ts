/** A queue of things to happen at a time: the simulated pair's only notion of waiting. Pure of any real clock. */
export interface Scheduler {
  readonly now_ms: number;
  /** Runs `task` once `delay_ms` from now; tasks of one instant run in the order they were asked for. Returns what cancels it. */
  after(delay_ms: number, task: () => void): () => void;
  /** Runs everything due up to now + ms, in order of time, and leaves the clock there. */
  advance(ms: number): void;
  readonly pending: number;
}

/** More tasks than this in one `advance` is a task that keeps asking for itself at the same instant: a bug, not a long wait. */
const TASKS_AT_ONE_INSTANT_MAX = 100_000;

interface Entry {
  readonly at_ms: number;
  readonly order: number;
  readonly task: () => void;
  cancelled: boolean;
}

const before = (a: Entry, b: Entry): boolean => a.at_ms < b.at_ms || (a.at_ms === b.at_ms && a.order < b.order);

/** Binary heap, smallest first. */
function createHeap() {
  const items: Entry[] = [];
  const at = (index: number): Entry => {
    const item = items[index];
    if (item === undefined) throw new Error(`heap index ${index} of ${items.length}`);
    return item;
  };
  const swap = (a: number, b: number): void => {
    const held = at(a);
    items[a] = at(b);
    items[b] = held;
  };
  const sink = (): void => {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= items.length) return;
      const right = left + 1;
      const child = right < items.length && before(at(right), at(left)) ? right : left;
      if (!before(at(child), at(index))) return;
      swap(child, index);
      index = child;
    }
  };
  return {
    get size() {
      return items.length;
    },
    peek: (): Entry | undefined => items[0],
    push(entry: Entry): void {
      items.push(entry);
      let index = items.length - 1;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (!before(at(index), at(parent))) return;
        swap(index, parent);
        index = parent;
      }
    },
    pop(): void {
      const last = items.pop();
      if (last === undefined || items.length === 0) return;
      items[0] = last;
      sink();
    },
  };
}

export function createScheduler(start_ms: number): Scheduler {
  const heap = createHeap();
  let now_ms = start_ms;
  let order = 0;
  return {
    get now_ms() {
      return now_ms;
    },
    get pending() {
      return heap.size;
    },
    after(delay_ms, task) {
      order += 1;
      const entry: Entry = { at_ms: now_ms + Math.max(0, Math.round(delay_ms)), order, task, cancelled: false };
      heap.push(entry);
      return () => {
        entry.cancelled = true;
      };
    },
    advance(ms) {
      const end_ms = now_ms + ms;
      let at_one_instant = 0;
      for (let entry = heap.peek(); entry !== undefined && entry.at_ms <= end_ms; entry = heap.peek()) {
        heap.pop();
        if (entry.cancelled) continue;
        at_one_instant = entry.at_ms > now_ms ? 0 : at_one_instant + 1;
        if (at_one_instant > TASKS_AT_ONE_INSTANT_MAX) throw new Error("simulated pair: tasks without end at one instant");
        now_ms = Math.max(now_ms, entry.at_ms);
        entry.task();
      }
      now_ms = end_ms;
    },
  };
}
