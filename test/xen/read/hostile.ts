/** Input that every parser must survive, made from a real output. */
import fc from "fast-check";
import type { ParseResult, RawOutput } from "../../../src/xen/read/reading.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: looking for what must not be left
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;

/** Every string anywhere in a value. */
export function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (value instanceof Map) return [...value.entries()].flatMap(([key, item]) => [...stringsIn(key), ...stringsIn(item)]);
  if (typeof value === "object" && value !== null) return Object.values(value).flatMap(stringsIn);
  return [];
}

/** The real output, cut anywhere, with bytes replaced, with lines in another order, or anything at all. */
export function hostile(real: string): fc.Arbitrary<RawOutput> {
  const lines = real.split("\n");
  const stdout = fc.oneof(
    fc.nat(real.length).map((end) => real.slice(0, end)),
    fc
      .tuple(fc.nat(real.length), fc.string({ unit: "binary", maxLength: 8 }))
      .map(([at, text]) => real.slice(0, at) + text + real.slice(at + 1)),
    fc.shuffledSubarray(lines).map((some) => some.join("\n")),
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.constant("[".repeat(20_000)),
    fc.constant('{"a":'.repeat(10_000)),
  );
  return fc.record({ rc: fc.constantFrom(0, 0, 0, 1, 69, 124, 137, 255), stdout, truncated: fc.boolean() });
}

/** Never throws, keeps no unsafe character, and a failure has words. */
export function expectTotal(parse: (raw: RawOutput) => ParseResult<unknown>, real: string): void {
  fc.assert(
    fc.property(hostile(real), (raw) => {
      const result = parse(raw);
      const texts = stringsIn(result);
      if (texts.some((text) => unsafe.test(text)))
        throw new Error(`unsafe text kept: ${JSON.stringify(texts.find((text) => unsafe.test(text)))}`);
      if (!result.ok && (result.kind === "absent" ? result.why : result.error).trim() === "") throw new Error("a failure without words");
    }),
  );
}
