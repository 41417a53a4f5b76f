import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { booleanOf, jsonObjects, NOT_UNDERSTOOD_MAX, notUnderstood, textOf } from "../../../src/xen/read/json-objects.ts";
import { cpuSince } from "../../kit/cpu.ts";

describe("a list of JSON objects", () => {
  it("gives the whole objects of an output that was cut, and the rest as text", () => {
    expect(jsonObjects('[{"a":1},{"b":"}{\\""},{"c":')).toEqual({ objects: [{ a: 1 }, { b: '}{"' }], not_understood: ['{"c":'] });
  });

  it("keeps a warning that stands before the list", () => {
    expect(jsonObjects('Warning: old kernel\n[{"a":1}]')).toEqual({ objects: [{ a: 1 }], not_understood: ["Warning: old kernel"] });
  });

  it("takes one object a line, with the list's own brackets and commas", () => {
    expect(jsonObjects('[{"a":1},\n{"a":2},\n')).toEqual({ objects: [{ a: 1 }, { a: 2 }], not_understood: [] });
  });

  it("leaves out the empty objects that iproute2 prints for what it filtered", () => {
    expect(jsonObjects('[{},{},{"a":1}]').objects).toEqual([{ a: 1 }]);
  });

  it("keeps what is no object", () => {
    expect(jsonObjects("[1,[2],null]").not_understood).toEqual(["1", "[...]", "null"]);
    expect(jsonObjects(Array.from({ length: 500 }, () => "nonsense").join("\n")).not_understood).toHaveLength(NOT_UNDERSTOOD_MAX);
  });

  it("finds every object again, wherever the text is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 })),
        fc.nat(),
        (list, cut) => {
          const text = JSON.stringify(list);
          expect(jsonObjects(text).objects).toHaveLength(list.length);
          const whole = list.filter((_, index) => JSON.stringify(list.slice(0, index + 1)).length - 1 <= cut % (text.length + 1)).length;
          expect(jsonObjects(text.slice(0, cut % (text.length + 1))).objects.length).toBe(whole);
        },
      ),
    );
  });

  it("takes time in proportion to what comes", () => {
    const cpu_ms = cpuSince();
    jsonObjects(`[${'{"a":"{'.repeat(200_000)}`);
    jsonObjects("{".repeat(1_000_000));
    expect(cpu_ms()).toBeLessThan(5000);
  });
});

it("reads values as iproute2 writes them", () => {
  expect([booleanOf(true), booleanOf(0), booleanOf(1), booleanOf(2), booleanOf("on")]).toEqual([true, false, true, undefined, undefined]);
  expect([textOf(""), textOf(7), textOf("a\u001b[2J"), textOf(null)]).toEqual([undefined, "7", "a\ufffd[2J", undefined]);
  expect(notUnderstood({ a: 1 })).toBe('{"a":1}');
});
