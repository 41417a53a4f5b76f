import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sameMembers, shared } from "../../../src/state/select/shared.ts";

describe("shared parts", () => {
  it("are the very same where they are equal, however deep", () => {
    const old = { name: "r0", volumes: [{ disk: "UpToDate" }, { disk: "Inconsistent" }], peers: new Map([[0, { role: "Primary" }]]) };
    const equal = structuredClone(old);
    expect(shared(old, equal)).toBe(old);
    const changed = { ...structuredClone(old), volumes: [{ disk: "UpToDate" }, { disk: "UpToDate" }] };
    const made = shared(old, changed);
    expect(made).toEqual(changed);
    expect(made).not.toBe(old);
    expect(made.volumes[0]).toBe(old.volumes[0]);
    expect(made.volumes[1]).not.toBe(old.volumes[1]);
    expect(made.peers).toBe(old.peers);
    // What was told isn't changed by it.
    expect(changed.volumes[0]).not.toBe(old.volumes[0]);
  });

  it("are found again where something came or went in the middle", () => {
    const [a, b, c, d] = [{ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" }];
    const made = shared([a, b, d], structuredClone([a, b, c, d]));
    expect([made[0] === a, made[1] === b, made[2] === c, made[3] === d]).toEqual([true, true, false, true]);
    const left = shared([a, b, c, d], structuredClone([a, c, d]));
    expect([left[0] === a, left[1] === c, left[2] === d]).toEqual([true, true, true]);
  });

  it("tell a missing member from one that is undefined, and one order from another", () => {
    const members: [object, object][] = [
      [{ a: 1 }, { a: 1, b: undefined }],
      [{ a: 1, b: undefined }, { a: 1 }],
      [{ a: undefined }, { b: undefined }],
      [
        [1, 2],
        [2, 1],
      ],
      [[1], [1, undefined]],
      [
        new Map([
          [1, 1],
          [2, 2],
        ]),
        new Map([
          [2, 2],
          [1, 1],
        ]),
      ],
      [new Map([[1, undefined]]), new Map([[2, undefined]])],
      [new Set([1, 2]), new Set([2, 1])],
      [{ a: Number.NaN }, { a: 0 }],
      [[], {}],
    ];
    for (const [old, made] of members) {
      expect(shared(old, made)).not.toBe(old);
      expect(shared(old, made)).toStrictEqual(made);
    }
  });

  it("leave alone what isn't plain data", () => {
    class Handle {
      readonly of = "alpha";
    }
    const [one, other] = [new Handle(), new Handle()];
    expect(shared({ handle: one }, { handle: other }).handle).toBe(other);
    const date = new Date(0);
    expect(shared({ date: new Date(0) }, { date }).date).toBe(date);
  });

  it("change nothing in what is told, and give the old one back exactly where it is equal", () => {
    const anyData = fc.anything({ withMap: true, withSet: true, maxDepth: 4, withNullPrototype: false });
    fc.assert(
      fc.property(anyData, anyData, (old, made) => {
        const before = structuredClone(made);
        expect(shared(old, made)).toStrictEqual(made);
        expect(made).toStrictEqual(before);
        expect(shared(made, structuredClone(made))).toStrictEqual(made);
      }),
    );
  });
});

describe("members", () => {
  it("count by identity, one level deep", () => {
    const part = { x: 1 };
    const old = { a: part, b: 2 };
    expect(sameMembers(old, { a: part, b: 2 })).toBe(old);
    expect(sameMembers<object>(old, { a: { x: 1 }, b: 2 })).not.toBe(old);
    expect(sameMembers<object>(old, { a: part })).not.toBe(old);
    expect(sameMembers<object>({ a: undefined }, { b: undefined })).toEqual({ b: undefined });
    const list = [part, part];
    expect(sameMembers(list, [part, part])).toBe(list);
    expect(sameMembers(list, [part])).toEqual([part]);
  });
});
