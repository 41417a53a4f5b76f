/**
 * Values that are made again only when something that they were made of has changed.
 *
 * A cell notes what its `make` reads through other cells, and what it asks of the clock. On the next view it is made again only where one of those
 * answers something else, so nothing has to be listed by hand and nothing that was read can be forgotten. What is read around the cells isn't
 * noticed: a `make` may only read cells and what never changes. Seen from outside all is pure: the same state and time give the same values,
 * whatever was made before.
 *
 * A view costs what has changed: an input that changed, and a clock that passed a time that was asked for, mark what was made of them, and only what is
 * marked is looked at again when it is read.
 */
import { always, and, isWithin, type Span } from "./cell-span.ts";

export type Cell<T> = () => T;

/** May give the old value back where the new one is equal: then what was made of it stays as well. */
export type Keep<T> = (old: T, made: T) => T;

export interface Cells {
  /** Begins a view: inputs are looked at anew, and values that nothing needed any longer are forgotten. */
  begin(now_ms: number): void;
  /** Looked at in every view as long as something is made of it. `look` reads no cells. */
  input<T>(look: () => T, keep?: Keep<T>): Cell<T>;
  inputs<Key, T>(look: (key: Key) => T, keep?: Keep<T>): (key: Key) => T;
  /**
   * Between one large fact and the many that need a part of it: looked at in every view like an input, and made again where something that it read has
   * changed, so that only what is made of the part that changed is marked. `make` reads inputs and gates alone, and fails on none of their values.
   */
  gate<T>(make: () => T, keep?: Keep<T>): Cell<T>;
  gates<Key, T>(make: (key: Key) => T, keep?: Keep<T>): (key: Key) => T;
  /**
   * The many parts of one large fact, each needed by itself: `make` is a gate, made once for all of them, and only what was made of a part that is another
   * now is marked. undefined: there is no such part.
   */
  parts<Key, T>(make: () => ReadonlyMap<Key, T>, keep?: Keep<T>): (key: Key) => T | undefined;
  /** Made again where something that it read has changed. */
  cell<T>(make: () => T, keep?: Keep<T>): Cell<T>;
  cells<Key, T>(make: (key: Key) => T, keep?: Keep<T>): (key: Key) => T;
  /** Whether it is later than this. A cell that asks is made again when the answer changes, and not with every tick. */
  after(at_ms: number): boolean;
  /** A cell that asks for the time itself is made again in every view. */
  now_ms(): number;
  /** Values held. */
  size(): number;
}

type Kind = "input" | "gate" | "part" | "cell";

interface Node {
  readonly make: () => unknown;
  readonly keep: Keep<unknown> | undefined;
  readonly kind: Kind;
  /** Takes it out of its family. */
  readonly forget: () => void;
  value: unknown;
  /** The last view for which its value was found to hold; 0: none. */
  view: number;
  /** Something that it was made of may have changed since. Then all that was made of it is marked as well. */
  marked: boolean;
  reads: readonly Node[];
  seen: readonly unknown[];
  /** What its own `make` asked of the clock. */
  asked: Span;
  /** Cells that were made of it. */
  readonly readers: Node[];
  /** The last view that read it from outside of any cell. */
  shown: number;
  making: boolean;
}

/** What one run of a `make` reads. */
interface Run {
  readonly of: Node;
  /** So many first reads are those of the run before, in its order: nearly always all. */
  same: number;
  /** All of them; undefined: they are the first of those that it had before. */
  reads: Node[] | undefined;
  readonly seen: unknown[];
  /** Of many reads: to find one among them. */
  noted: Set<Node> | undefined;
  asked: Span;
}
/** Up to so many reads are looked through one by one. */
const FEW_READS = 12;

function isNoted(run: Run, one: Node): boolean {
  const reads = run.reads ?? run.of.reads;
  const count = run.seen.length;
  if (count > FEW_READS) {
    run.noted ??= new Set(reads.slice(0, count));
    return run.noted.has(one);
  }
  for (let at = 0; at < count; at += 1) if (reads[at] === one) return true;
  return false;
}

function note(run: Run, one: Node, value: unknown): void {
  const before = run.of.reads;
  if (run.reads === undefined && before[run.same] === one) run.same += 1;
  else {
    run.reads ??= before.slice(0, run.same);
    run.reads.push(one);
  }
  run.seen.push(value);
  run.noted?.add(one);
}

class Graph implements Cells {
  #view = 0;
  #now_ms = Number.NaN;
  #run: Run | undefined;
  #nodes = 0;
  readonly #inputs = new Set<Node>();
  /** Gates of which a part may have changed: they are looked at before anything else is read. */
  readonly #waiting: Node[] = [];
  /** Nothing is made of them: they go unless they are shown. */
  readonly #loose = new Set<Node>();
  /** Those that asked the clock something. */
  readonly #timed = new Set<Node>();

  begin(now_ms: number): void {
    for (const one of this.#loose) this.#drop(one);
    this.#view += 1;
    this.#now_ms = now_ms;
    for (const one of this.#timed) if (!isWithin(one.asked, now_ms)) this.#mark(one);
    for (const one of this.#inputs) this.#lookAgain(one);
    for (let one = this.#waiting.pop(); one !== undefined; one = this.#waiting.pop()) if (one.view !== 0) this.#look(one);
  }
  input<T>(look: () => T, keep?: Keep<T>): Cell<T> {
    return this.#single(look, keep, "input");
  }
  inputs<Key, T>(look: (key: Key) => T, keep?: Keep<T>): (key: Key) => T {
    return this.#family(look, keep, "input");
  }
  gate<T>(make: () => T, keep?: Keep<T>): Cell<T> {
    return this.#single(make, keep, "gate");
  }
  gates<Key, T>(make: (key: Key) => T, keep?: Keep<T>): (key: Key) => T {
    return this.#family(make, keep, "gate");
  }
  parts<Key, T>(make: () => ReadonlyMap<Key, T>, keep?: Keep<T>): (key: Key) => T | undefined {
    const whole = this.#node(make, undefined, "gate", () => {});
    // Where a part comes or goes there is nothing to keep.
    const kept = (old: T | undefined, made: T | undefined): T | undefined =>
      keep === undefined || old === undefined || made === undefined ? made : keep(old, made);
    return this.#family((key: Key) => (whole.value as ReadonlyMap<Key, T>).get(key), kept, "part", whole);
  }
  cell<T>(make: () => T, keep?: Keep<T>): Cell<T> {
    return this.#single(make, keep, "cell");
  }
  cells<Key, T>(make: (key: Key) => T, keep?: Keep<T>): (key: Key) => T {
    return this.#family(make, keep, "cell");
  }
  after(at_ms: number): boolean {
    const is_after = this.#now_ms > at_ms;
    this.#ask(is_after ? { ...always, from_ms: at_ms } : { ...always, until_ms: at_ms });
    return is_after;
  }
  now_ms(): number {
    this.#ask({ ...always, moment_ms: this.#now_ms });
    return this.#now_ms;
  }
  size(): number {
    return this.#nodes;
  }

  #ask(span: Span): void {
    if (this.#run !== undefined) this.#run.asked = and(this.#run.asked, span);
  }

  #single<T>(make: () => T, keep: Keep<T> | undefined, kind: Kind): Cell<T> {
    const one = this.#node(make, keep as Keep<unknown> | undefined, kind, () => {});
    return () => this.#read(one) as T;
  }

  #family<Key, T>(make: (key: Key) => T, keep: Keep<T> | undefined, kind: Kind, whole?: Node): (key: Key) => T {
    const nodes = new Map<Key, Node>();
    return (key) => {
      let one = nodes.get(key);
      if (one === undefined) {
        one = this.#node(
          () => make(key),
          keep as Keep<unknown> | undefined,
          kind,
          () => {
            nodes.delete(key);
            this.#nodes -= 1;
          },
        );
        nodes.set(key, one);
        this.#nodes += 1;
        this.#loose.add(one);
        if (whole !== undefined) {
          one.reads = [whole];
          whole.readers.push(one);
        }
      }
      return this.#read(one) as T;
    };
  }

  #node(make: () => unknown, keep: Keep<unknown> | undefined, kind: Kind, forget: () => void): Node {
    return {
      make,
      keep,
      kind,
      forget,
      value: undefined,
      view: 0,
      marked: false,
      reads: [],
      seen: [],
      asked: always,
      readers: [],
      shown: 0,
      making: false,
    };
  }

  #read(one: Node): unknown {
    const run = this.#run;
    if (run?.of.kind === "gate" && one.kind === "cell") throw new Error("a gate reads inputs and gates alone");
    const value = this.#look(one);
    if (run === undefined) one.shown = this.#view;
    else if (!isNoted(run, one)) note(run, one, value);
    return value;
  }

  #look(one: Node): unknown {
    if (one.kind === "input") {
      if (one.view !== this.#view) this.#lookAgain(one);
    } else if (one.kind === "part") {
      for (const whole of one.reads) this.#look(whole);
      if (one.view === 0) this.#lookAgain(one);
    } else if (one.view === 0 || one.marked) this.#check(one);
    return one.value;
  }

  #lookAgain(one: Node): void {
    if (one.kind === "input") this.#inputs.add(one);
    const made = one.make();
    const before = one.value;
    one.value = one.view === 0 || one.keep === undefined ? made : one.keep(before, made);
    one.view = this.#view;
    if (!Object.is(before, one.value)) this.#markReaders(one);
  }

  #check(one: Node): void {
    const before = one.value;
    if (one.view === 0 || !this.#stands(one)) this.#remake(one);
    one.marked = false;
    one.view = this.#view;
    if (one.kind === "gate" && !Object.is(before, one.value)) this.#markReaders(one);
  }

  /** It, and all that was made of it: what is marked has marked its readers before. A gate tells its readers when its own value has changed. */
  #mark(first: Node): void {
    const open = [first];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      if (one.marked) continue;
      one.marked = true;
      if (one.kind === "gate") this.#waiting.push(one);
      else open.push(...one.readers);
    }
  }

  #markReaders({ readers }: Node): void {
    for (const reader of readers) {
      if (reader.kind === "part") this.#lookAgain(reader);
      else this.#mark(reader);
    }
  }

  #stands({ reads, seen, asked }: Node): boolean {
    if (!isWithin(asked, this.#now_ms)) return false;
    // In the order in which they were read: whether a later one makes sense at all may hang on an earlier one.
    for (let at = 0; at < reads.length; at += 1) {
      const read = reads[at];
      if (read !== undefined && !Object.is(this.#look(read), seen[at])) return false;
    }
    return true;
  }

  #remake(one: Node): void {
    if (one.making) throw new Error("a cell is made of itself");
    const outer = this.#run;
    const run: Run = { of: one, same: 0, reads: undefined, seen: [], noted: undefined, asked: always };
    this.#run = run;
    one.making = true;
    try {
      const made = one.make();
      one.value = one.view === 0 || one.keep === undefined ? made : one.keep(one.value, made);
    } finally {
      one.making = false;
      this.#run = outer;
    }
    if (run.reads !== undefined || run.same < one.reads.length) {
      const reads = run.reads ?? one.reads.slice(0, run.same);
      for (const read of reads) read.readers.push(one);
      this.#release(one);
      one.reads = reads;
    }
    one.seen = run.seen;
    if (run.asked === always) this.#timed.delete(one);
    else this.#timed.add(one);
    one.asked = run.asked;
  }

  #release(one: Node): void {
    for (const { readers } of one.reads) {
      // The place it has longest: where it was just made again it is there twice.
      const at = readers.indexOf(one);
      const last = readers.pop();
      if (last !== undefined && at < readers.length) readers[at] = last;
    }
    for (const read of one.reads) if (read.readers.length === 0) this.#loose.add(read);
  }

  /** What it was made of may be loose then, and goes in the same round. */
  #drop(one: Node): void {
    if (one.readers.length === 0 && one.shown === this.#view) return;
    this.#loose.delete(one);
    if (one.readers.length > 0) return;
    this.#inputs.delete(one);
    this.#timed.delete(one);
    this.#release(one);
    one.forget();
    // Where it is read again after all it begins anew.
    one.view = 0;
    one.reads = [];
    one.seen = [];
    one.asked = always;
    one.value = undefined;
  }
}

export const createCells = (): Cells => new Graph();
