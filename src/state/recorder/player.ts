/**
 * Plays a recording through the same update and the same selectors as a live session: where one is in it is a time, and what is shown then is what the
 * recorded console could have shown then. Pure of effects; a seek over a long way is done in pieces, so that the screen stays alive.
 */
import { hostId } from "../../xen/model/ids.ts";
import { createSelectPair } from "../select/pair.ts";
import type { PairState } from "../state.ts";
import { initialState, update } from "../update.ts";
import type { PairView } from "../view-model.ts";
import { decodeHeader, decodeItem, type Recorded, type RecordedItem, type RecordingHeader } from "./format.ts";

export interface Recording {
  readonly header: RecordingHeader;
  readonly items: readonly RecordedItem[];
  /** Lines that weren't understood; the last line of a recording whose console was killed is one. */
  readonly strange: number;
  /** It was ended in order. */
  readonly whole: boolean;
}

export type RecordingResult = { readonly ok: true; readonly recording: Recording } | { readonly ok: false; readonly why: string };

/** Parts of one session in their order, each as its lines. */
export function readRecording(parts: readonly (readonly string[])[]): RecordingResult {
  let header: RecordingHeader | undefined;
  let last: RecordingHeader | undefined;
  const items: RecordedItem[] = [];
  let strange = 0;
  for (const [first = "", ...lines] of parts) {
    const read = decodeHeader(first);
    if (!read.ok) return read;
    const follows = last !== undefined && read.header.session === last.session && read.header.part === last.part + 1;
    // A part of another session says nothing of this one.
    if (last !== undefined && !follows) items.length = 0;
    header = last !== undefined && follows ? (header ?? read.header) : read.header;
    last = read.header;
    for (const line of lines) {
      if (line === "") continue;
      const item = decodeItem(line, read.header);
      if (item === undefined) strange += 1;
      // Repeats what the part before has told.
      else if (!(follows && item.kind === "msg" && item.key)) items.push(item);
    }
  }
  if (header === undefined) return { ok: false, why: "is empty" };
  return { ok: true, recording: { header, items, strange, whole: items.at(-1)?.kind === "end" } };
}

/** Looks between two states that are kept for going back. */
const SNAPSHOT_EVERY = 60;
/** States kept; more than this, and only every second stays. */
const SNAPSHOTS_MAX = 400;

interface Snapshot {
  /** Items taken in by then. */
  readonly taken: number;
  readonly state: PairState;
}

export interface Player {
  readonly from_ms: number;
  readonly to_ms: number;
  /** Of the place where one is. */
  readonly at_ms: () => number;
  readonly state: () => PairState;
  readonly view: () => PairView;
  /**
   * Goes there, forth or back, taking in at most `items_max` items at once. true: there; false: call again.
   */
  go(at_ms: number, items_max?: number): boolean;
  /** When something next happened, or last before; looks alone are nothing. undefined: there is no more. */
  next(direction: 1 | -1): number | undefined;
  /** Records that were lost before the place where one is. */
  readonly gaps: () => number;
}

const timeOf = (item: RecordedItem): number => (item.kind === "msg" ? item.msg.at_ms : item.at_ms);
const isLook = (item: RecordedItem): boolean => item.kind === "msg" && item.msg.kind === "pair.looked_at";
/** Worth stopping at: beats and looks come all the time. */
const happens = (item: RecordedItem): boolean => {
  if (item.kind !== "msg") return item.kind === "gap";
  const { msg } = item;
  return msg.kind === "probe.told" ? msg.frame.kind === "event" || msg.frame.kind === "section" : msg.kind !== "pair.looked_at";
};

export function createPlayer({ header, items }: Recording): Player {
  const [a, b] = header.hosts;
  const initial = initialState({ name: header.pair, hosts: [hostId(a), hostId(b)], now_ms: header.started_ms, priority: header.priority });
  /** The latest time told up to each item: what a part repeats at its begin is older than what came before. */
  const times: number[] = [];
  for (const item of items) times.push(Math.max(times.at(-1) ?? header.started_ms, timeOf(item)));
  const to_ms = times.at(-1) ?? header.started_ms;
  let select = createSelectPair();
  let state = initial;
  let taken = 0;
  let at_ms = header.started_ms;
  let gaps = 0;
  let every = SNAPSHOT_EVERY;
  let snapshots: Snapshot[] = [{ taken: 0, state: initial }];
  let looks = 0;

  const keep = (): void => {
    if ((snapshots.at(-1)?.taken ?? 0) >= taken) return;
    snapshots.push({ taken, state });
    if (snapshots.length <= SNAPSHOTS_MAX) return;
    snapshots = snapshots.filter((_, index) => index % 2 === 0);
    every *= 2;
  };
  const apply = (msg: Recorded): void => {
    if (msg.kind !== "pair.looked_at") {
      state = update(state, msg);
      return;
    }
    state = update(state, { ...msg, findings: select(state, msg.at_ms).findings });
    looks += 1;
    if (looks % every === 0) keep();
  };
  const takeNext = (): void => {
    const item = items[taken];
    taken += 1;
    if (item?.kind === "msg") apply(item.msg);
    if (item?.kind === "gap") gaps += item.lost;
  };
  const restore = (to: number): void => {
    const snapshot = snapshots.findLast((each) => each.taken === 0 || (times[each.taken - 1] ?? 0) < to) ?? snapshots[0];
    if (snapshot === undefined) return;
    ({ taken, state } = snapshot);
    gaps = items.slice(0, taken).reduce((sum, item) => sum + (item.kind === "gap" ? item.lost : 0), 0);
    // What was remembered is of a later time.
    select = createSelectPair();
  };

  return {
    from_ms: header.started_ms,
    to_ms,
    at_ms: () => at_ms,
    state: () => state,
    view: () => select(state, at_ms),
    gaps: () => gaps,
    go(wanted_ms, items_max = Number.POSITIVE_INFINITY) {
      const to = Math.min(Math.max(wanted_ms, header.started_ms), to_ms);
      if (taken > 0 && ((times[taken - 1] ?? 0) > to || to < at_ms)) restore(to);
      // A view is drawn before what it finds is taken in: the look at this very moment comes after it.
      const isDue = (): boolean => {
        const item = items[taken];
        const when = times[taken] ?? 0;
        return item !== undefined && (when < to || (when === to && !isLook(item)));
      };
      for (let count = 0; count < items_max && isDue(); count += 1) takeNext();
      const there = !isDue();
      at_ms = there ? to : (times[taken - 1] ?? to);
      return there;
    },
    next(direction) {
      for (let index = direction === 1 ? taken : taken - 1; index >= 0 && index < items.length; index += direction) {
        const item = items[index];
        const when = times[index] ?? 0;
        if (item !== undefined && !isLook(item) && happens(item) && (direction === 1 ? when > at_ms : when < at_ms)) return when;
      }
      return undefined;
    },
  };
}
