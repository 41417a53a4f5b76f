/**
 * Values that are made again only when something that they were made of has changed.
 *
 * A cell notes what its `make` reads through other cells, and what it asks of the clock. On the next view it is made again only where one of those
 * answers something else, so nothing has to be listed by hand and nothing that was read can be forgotten. What is read around the cells isn't
 * noticed: a `make` may only read cells and what never changes. Seen from outside all is pure: the same state and time give the same values,
 * whatever was made before.
 */
import { always, and, changesSince, type Inputs, isWithin, none, overlap, type Span, union } from "./cell-bounds.ts";

export type Cell<T> = () => T;

/** May give the old value back where the new one is equal: then what was made of it stays as well. */
export type Keep<T> = (old: T, made: T) => T;

export interface Cells {
  /** Begins a view: inputs are looked at anew, and values that nothing needed any longer are forgotten. */
  begin(now_ms: number): void;
  /** Looked at in every view as long as something is made of it. `look` reads no cells. */
  input<T>(look: () => T, keep?: Keep<T>): Cell<T>;
  inputs<Key, T>(look: (key: Key) => T, keep?: Keep<T>): (key: Key) => T;
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

interface Node {
  readonly make: () => unknown;
  readonly keep: Keep<unknown> | undefined;
  readonly is_input: boolean;
  /** Takes it out of its family. */
  readonly forget: () => void;
  value: unknown;
  /** The last view for which its value was found to hold; 0: none. */
  view: number;
  reads: readonly Node[];
  seen: readonly unknown[];
  /** What its own `make` asked of the clock. */
  asked: Span;
  /** As long as it is within these and none of those has changed, its value holds without another look: both go down to the inputs. */
  span: Span;
  inputs: Inputs;
  /** Cells that were made of it. */
  readers: number;
  /** The last view that read it from outside of any cell. */
  shown: number;
  making: boolean;
}

/** What one run of a `make` reads. */
interface Run {
  readonly reads: Node[];
  readonly seen: unknown[];
  readonly noted: Set<Node>;
  asked: Span;
}

class Graph implements Cells {
  #view = 0;
  #now_ms = Number.NaN;
  #run: Run | undefined;
  #nodes = 0;
  readonly #inputs = new Set<Node>();
  /** Nothing is made of them: they go unless they are shown. */
  readonly #loose = new Set<Node>();
  readonly #changes = changesSince();

  begin(now_ms: number): void {
    for (const one of this.#loose) this.#drop(one);
    this.#view += 1;
    this.#now_ms = now_ms;
    this.#changes.begin(this.#view);
    for (const one of this.#inputs) this.#lookAgain(one);
  }
  input<T>(look: () => T, keep?: Keep<T>): Cell<T> {
    return this.#single(look, keep, true);
  }
  inputs<Key, T>(look: (key: Key) => T, keep?: Keep<T>): (key: Key) => T {
    return this.#family(look, keep, true);
  }
  cell<T>(make: () => T, keep?: Keep<T>): Cell<T> {
    return this.#single(make, keep, false);
  }
  cells<Key, T>(make: (key: Key) => T, keep?: Keep<T>): (key: Key) => T {
    return this.#family(make, keep, false);
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

  #single<T>(make: () => T, keep: Keep<T> | undefined, is_input: boolean): Cell<T> {
    const one = this.#node(make, keep as Keep<unknown> | undefined, is_input, () => {});
    return () => this.#read(one) as T;
  }

  #family<Key, T>(make: (key: Key) => T, keep: Keep<T> | undefined, is_input: boolean): (key: Key) => T {
    const nodes = new Map<Key, Node>();
    return (key) => {
      let one = nodes.get(key);
      if (one === undefined) {
        one = this.#node(
          () => make(key),
          keep as Keep<unknown> | undefined,
          is_input,
          () => {
            nodes.delete(key);
            this.#nodes -= 1;
          },
        );
        nodes.set(key, one);
        this.#nodes += 1;
        this.#loose.add(one);
      }
      return this.#read(one) as T;
    };
  }

  #node(make: () => unknown, keep: Keep<unknown> | undefined, is_input: boolean, forget: () => void): Node {
    return {
      make,
      keep,
      is_input,
      forget,
      value: undefined,
      view: 0,
      reads: [],
      seen: [],
      asked: always,
      span: always,
      inputs: is_input ? this.#changes.newInput() : none,
      readers: 0,
      shown: 0,
      making: false,
    };
  }

  #read(one: Node): unknown {
    const value = this.#look(one);
    const run = this.#run;
    if (run === undefined) one.shown = this.#view;
    else if (!run.noted.has(one)) {
      run.noted.add(one);
      run.reads.push(one);
      run.seen.push(value);
    }
    return value;
  }

  #look(one: Node): unknown {
    if (one.view === this.#view) return one.value;
    if (one.is_input) this.#lookAgain(one);
    else if (one.view === 0 || !this.#isUntouched(one)) {
      if (one.view === 0 || !this.#stands(one)) this.#remake(one);
      this.#bound(one);
    }
    one.view = this.#view;
    return one.value;
  }

  #lookAgain(one: Node): void {
    this.#inputs.add(one);
    const made = one.make();
    const value = one.view === 0 || one.keep === undefined ? made : one.keep(one.value, made);
    if (!Object.is(value, one.value)) this.#changes.note(one.inputs);
    one.value = value;
    one.view = this.#view;
  }

  #isUntouched({ span, inputs, view }: Node): boolean {
    return isWithin(span, this.#now_ms) && !overlap(inputs, this.#changes.since(view));
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
    const run: Run = { reads: [], seen: [], noted: new Set(), asked: always };
    this.#run = run;
    one.making = true;
    try {
      const made = one.make();
      one.value = one.view === 0 || one.keep === undefined ? made : one.keep(one.value, made);
    } finally {
      one.making = false;
      this.#run = outer;
    }
    for (const read of run.reads) read.readers += 1;
    this.#release(one);
    one.reads = run.reads;
    one.seen = run.seen;
    one.asked = run.asked;
  }

  /** After all that it was made of has been looked at in this view. */
  #bound(one: Node): void {
    one.span = one.reads.reduce((span, read) => and(span, read.span), one.asked);
    one.inputs = one.reads.reduce((inputs, read) => union(inputs, read.inputs), none);
  }

  #release({ reads }: Node): void {
    for (const read of reads) {
      read.readers -= 1;
      if (read.readers === 0) this.#loose.add(read);
    }
  }

  /** What it was made of may be loose then, and goes in the same round. */
  #drop(one: Node): void {
    if (one.readers === 0 && one.shown === this.#view) return;
    this.#loose.delete(one);
    if (one.readers > 0) return;
    this.#inputs.delete(one);
    this.#release(one);
    one.forget();
    // Where it is read again after all it begins anew.
    one.view = 0;
    one.reads = [];
    one.seen = [];
    one.value = undefined;
  }
}

export const createCells = (): Cells => new Graph();
