import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cells, createCells } from "../../../src/state/select/cells.ts";

/** Inputs that a test sets, and a count of how often each value was made. */
function bench() {
  const cells = createCells();
  const given = new Map<string, number>();
  const made: string[] = [];
  const input = cells.inputs((name: string) => given.get(name));
  return {
    cells,
    input,
    made,
    /** Begins a view with this changed. */
    view: (changes: Readonly<Record<string, number>> = {}, now_ms = 0): void => {
      for (const [name, value] of Object.entries(changes)) given.set(name, value);
      made.length = 0;
      cells.begin(now_ms);
    },
    cell: <T>(name: string, make: (cells: Cells) => T, keep?: (old: T, made: T) => T) =>
      cells.cell(() => {
        made.push(name);
        return make(cells);
      }, keep),
  };
}

describe("a cell", () => {
  it("is made when it is read, and again only where something that it read has changed", () => {
    const { input, made, view, cell } = bench();
    const sum = cell("sum", () => (input("a") ?? 0) + (input("b") ?? 0));
    view({ a: 1, b: 2, c: 3 });
    expect(made).toEqual([]);
    expect([sum(), sum(), made]).toEqual([3, 3, ["sum"]]);
    view({ c: 4 });
    expect([sum(), made]).toEqual([3, []]);
    view({ b: 5 });
    expect([sum(), made]).toEqual([6, ["sum"]]);
  });

  it("isn't made again where what it was made of gives the same after all", () => {
    const { input, made, view, cell } = bench();
    const even = cell("even", () => (input("a") ?? 0) % 2 === 0);
    const word = cell("word", () => (even() ? "even" : "odd"));
    const list = cell(
      "list",
      () => [(input("a") ?? 0) > 0],
      (old, next) => (old[0] === next[0] ? old : next),
    );
    const size = cell("size", () => list().length);
    view({ a: 2 });
    expect([word(), size()]).toEqual(["even", 1]);
    view({ a: 4 });
    expect([word(), size(), made]).toEqual(["even", 1, ["even", "list"]]);
    view({ a: 5 });
    expect([word(), made]).toEqual(["odd", ["even", "word"]]);
  });

  it("forgets what it no longer reads, and looks at nothing behind a condition that has changed", () => {
    const { input, made, view, cell } = bench();
    const inner = cell("inner", () => {
      if (input("safe") === 0) throw new Error("read where it makes no sense");
      return input("a");
    });
    const outer = cell("outer", () => (input("safe") === 0 ? "none" : inner()));
    view({ safe: 1, a: 7 });
    expect(outer()).toBe(7);
    view({ safe: 0 });
    expect([outer(), made]).toEqual(["none", ["outer"]]);
    view({ a: 8 });
    expect([outer(), made]).toEqual(["none", []]);
    view({ safe: 2 });
    expect(outer()).toBe(8);
  });

  it("that asks whether it is later than a time is made again when it is, also where the clock is set back", () => {
    const { cells, made, view, cell } = bench();
    const late = cell("late", () => [10, 20].filter((at_ms) => cells.after(at_ms)).length);
    const twice = cell("twice", () => 2 * late());
    const at = (now_ms: number) => {
      view({}, now_ms);
      return [twice(), [...made]];
    };
    expect(at(5)).toEqual([0, ["twice", "late"]]);
    expect(at(10)).toEqual([0, []]);
    expect(at(11)).toEqual([2, ["late", "twice"]]);
    expect(at(19)).toEqual([2, []]);
    expect(at(500)).toEqual([4, ["late", "twice"]]);
    expect(at(9000)).toEqual([4, []]);
    expect(at(15)).toEqual([2, ["late", "twice"]]);
  });

  it("that asks for the time is made in every view of another time", () => {
    const { cells, made, view, cell } = bench();
    const now = cell("now", () => cells.now_ms());
    view({}, 1);
    expect(now()).toBe(1);
    view({}, 1);
    expect([now(), made]).toEqual([1, []]);
    view({}, 2);
    expect([now(), made]).toEqual([2, ["now"]]);
  });

  it("that failed fails again, and not for ever", () => {
    const { input, view, cell } = bench();
    const strict = cell("strict", () => {
      if (input("a") === 0) throw new Error("no");
      return input("a");
    });
    const user = cell("user", () => strict());
    view({ a: 1 });
    expect(user()).toBe(1);
    view({ a: 0 });
    expect(user).toThrow("no");
    expect(user).toThrow("no");
    view();
    expect(user).toThrow("no");
    view({ a: 3 });
    expect(user()).toBe(3);
  });

  it("behind a gate isn't looked at where the gate's part hasn't changed", () => {
    const { cells, input, view } = bench();
    let looks = 0;
    const part = cells.gates((digit: number) => Math.floor((input("a") ?? 0) / 10 ** digit) % 10);
    const ones = cells.cell(
      () => part(0),
      (old, next) => {
        looks += 1;
        return Object.is(old, next) ? old : next;
      },
    );
    const tens = cells.cell(() => 10 * part(1));
    const all = cells.cell(() => ones() + tens());
    view({ a: 12 });
    expect(all()).toBe(12);
    view({ a: 32 });
    expect([all(), looks]).toEqual([32, 0]);
    view({ a: 33 });
    expect([all(), looks]).toEqual([33, 1]);
  });

  it("behind one part of many isn't looked at where that part hasn't changed, and the whole is made once for all of them", () => {
    const { cells, input, made, view } = bench();
    const digits = cells.parts((): ReadonlyMap<number, number> => {
      made.push("whole");
      const text = String(input("a") ?? 0);
      return new Map([...text].reverse().map((digit, at) => [at, Number(digit)] as const));
    });
    const times = cells.cells((at: number) => {
      made.push(`part ${at}`);
      const digit = digits(at);
      return digit === undefined ? "none" : `${digit}e${at}`;
    });
    const all = cells.cell(() => [0, 1, 2].map(times).join(" "));
    view({ a: 12 });
    expect([all(), made]).toEqual(["2e0 1e1 none", ["part 0", "whole", "part 1", "part 2"]]);
    view({ a: 32 });
    expect([all(), made]).toEqual(["2e0 3e1 none", ["whole", "part 1"]]);
    view({ b: 1 });
    expect([all(), made]).toEqual(["2e0 3e1 none", []]);
    view({ a: 732 });
    expect([all(), made]).toEqual(["2e0 3e1 7e2", ["whole", "part 2"]]);
    view({ a: 5 });
    expect([all(), made]).toEqual(["5e0 none none", ["whole", "part 0", "part 1", "part 2"]]);
  });

  it("that is no gate can't be read by one", () => {
    const { cells, input, view } = bench();
    const cell = cells.cell(() => input("a"));
    const gate = cells.gate(() => cell());
    view({ a: 1 });
    expect(gate).toThrow("a gate reads inputs and gates alone");
  });

  it("can't be made of itself", () => {
    const cells = createCells();
    const loop: () => number = cells.cell(() => loop() + 1);
    cells.begin(0);
    expect(loop).toThrow("made of itself");
  });
});

describe("what isn't needed any longer", () => {
  it("goes, with all that it alone was made of", () => {
    const cells = createCells();
    const given = { count: 100, first: 0 };
    const looked: number[] = [];
    const items = cells.inputs((at: number) => {
      looked.push(at);
      return at;
    });
    const double = cells.cells((at: number) => 2 * items(at));
    const count = cells.input(() => given.count);
    const first = cells.input(() => given.first);
    const all = cells.cell(() => Array.from({ length: count() }, (_, at) => double(first() + at)));
    const view = (change: Partial<typeof given>): number[] => {
      Object.assign(given, change);
      cells.begin(0);
      return all();
    };
    view({});
    expect(cells.size()).toBe(200);
    view({ count: 10 });
    view({});
    expect(cells.size()).toBe(20);
    // Ever new keys, as domain ids are: nothing of the old ones stays.
    for (let at = 0; at < 50; at += 1) view({ first: at * 10 });
    view({});
    expect(cells.size()).toBe(20);
    looked.length = 0;
    expect(view({})).toHaveLength(10);
    expect(looked.length).toBeLessThanOrEqual(10);
  });

  it("is there again when it is needed again", () => {
    const { cells, input, view, cell } = bench();
    const item = cells.cells((name: string) => input(name));
    const one = cell("one", () => (input("use") === 1 ? item("a") : undefined));
    view({ use: 1, a: 5 });
    expect(one()).toBe(5);
    for (const use of [0, 0, 0]) {
      view({ use, a: 6 });
      expect(one()).toBeUndefined();
    }
    view({ use: 1 });
    expect(one()).toBe(6);
  });

  it("stays while it is shown, and as long as another needs it", () => {
    const { cells, input, made, view } = bench();
    const item = cells.cells((name: string) => {
      made.push(name);
      return input(name);
    });
    view({ a: 1, b: 2 });
    expect([item("a"), item("b"), made]).toEqual([1, 2, ["a", "b"]]);
    view({ a: 3 });
    expect([item("b"), made]).toEqual([2, []]);
    view({});
    expect([item("b"), made]).toEqual([2, []]);
    // The item and its input.
    expect(cells.size()).toBe(2);
  });
});

/** Anything made of anything before it, read under conditions, with clocks; checked against the same made anew for every view. */
describe("whatever is made of whatever", () => {
  const INPUTS = 5;
  interface Plan {
    readonly reads: readonly number[];
    readonly kind: "sum" | "parity" | "choose" | "late" | "now" | "later" | "list";
    /** Reads inputs and other gates only; in parts: by tens and ones. */
    readonly gate: boolean;
    readonly parts: boolean;
  }
  const anyPlan: fc.Arbitrary<Plan> = fc.record({
    reads: fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }),
    kind: fc.constantFrom("sum", "parity", "choose", "late", "now", "later", "list"),
    gate: fc.boolean(),
    parts: fc.boolean(),
  });
  const anyStep = fc.record({
    set: fc.array(fc.tuple(fc.nat(INPUTS - 1), fc.nat(3)), { maxLength: 3 }),
    now_ms: fc.nat(20),
    read: fc.array(fc.nat(30), { maxLength: 3 }),
  });

  function build(plans: readonly Plan[], given: readonly number[]) {
    const cells = createCells();
    const input = cells.inputs((at: number) => given[at] ?? 0);
    const value = (made: unknown): number => (Array.isArray(made) ? made.length + Number(made[0]) : Number(made));
    const made = (at: number): unknown => {
      const plan = plans[at];
      if (plan === undefined) return 0;
      const look = (which: number): number => {
        const to = which % (at + INPUTS);
        if (to < INPUTS) return input(to);
        return plan.gate && plans[to - INPUTS]?.gate === false ? input(to % INPUTS) : value(node(to - INPUTS));
      };
      const [first = 0, ...others] = plan.reads;
      switch (plan.kind) {
        case "sum":
          return plan.reads.reduce((sum, which) => sum + look(which), 0);
        case "parity":
          // Zero has no sign here: what is kept is told apart by what JSON writes.
          return Math.abs(look(first) % 2);
        case "choose":
          return look(first) % 2 === 0 ? others.reduce((sum, which) => sum + look(which), 1) : 0;
        case "late":
          return cells.after(look(first)) ? 1 : 0;
        case "now":
          return look(first) % 2 === 0 ? cells.now_ms() : -1;
        case "later":
          return cells.after(look(first)) ? cells.now_ms() - look(first) : -2;
        case "list":
          return plan.reads.map(look);
      }
    };
    const keep = (old: unknown, next: unknown): unknown => (JSON.stringify(old) === JSON.stringify(next) ? old : next);
    const gate = cells.gates(made, keep);
    const cell = cells.cells(made, keep);
    // Which part it is, where there is one, changes with the value.
    const split = plans.map((_, at) =>
      cells.parts(
        () => {
          const whole = value(made(at));
          return new Map([[Math.abs(whole % 3), whole], [7, Math.floor(whole / 2)] as const]);
        },
        keep as (old: number, next: number) => number,
      ),
    );
    const inParts = (at: number): number => [0, 1, 2, 7].reduce((sum, key) => sum * 3 + (split[at]?.(key) ?? -1), 0);
    const node = (at: number): unknown => (plans[at]?.gate !== true ? cell(at) : plans[at]?.parts === true ? inParts(at) : gate(at));
    return { cells, node };
  }

  it("is what it would be if it were made anew", () => {
    fc.assert(
      fc.property(fc.array(anyPlan, { minLength: 3, maxLength: 12 }), fc.array(anyStep, { maxLength: 25 }), (plans, steps) => {
        const given = new Array<number>(INPUTS).fill(0);
        const kept = build(plans, given);
        for (const { set, now_ms, read } of steps) {
          for (const [at, value] of set) given[at] = value;
          const fresh = build(plans, given);
          kept.cells.begin(now_ms);
          fresh.cells.begin(now_ms);
          for (const at of read) expect(kept.node(at % plans.length)).toEqual(fresh.node(at % plans.length));
        }
        // Nothing is kept that nothing needs.
        kept.cells.begin(0);
        kept.cells.begin(0);
        expect(kept.cells.size()).toBe(0);
      }),
      { numRuns: 400 },
    );
  });
});
