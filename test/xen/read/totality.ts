/** What every parser of a host's answer must hold, whatever it is fed: no exception, nothing unsafe in what it keeps, no runaway time. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect } from "vitest";
import type { ParseResult, RawOutput } from "../../../src/xen/read/reading.ts";
import { recording } from "../../helpers.ts";
import { cpuSince } from "../../kit/cpu.ts";

const root = fileURLToPath(new URL("../../recordings/", import.meta.url));

/** `SCENARIO/HOST/name` of every recording whose file name is one of these or fits. */
export function recordings(fits: RegExp): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((scenario) => scenario.isDirectory())
    .flatMap(({ name: scenario }) =>
      readdirSync(`${root}${scenario}`).flatMap((host) =>
        readdirSync(`${root}${scenario}/${host}`)
          .filter((file) => fits.test(file))
          .map((file) => `${scenario}/${host}/${file}`),
      ),
    )
    .sort();
}

/** Exit status as recorded: drbdsetup of 8.4 refuses --json with 20, the empty FC folder is 2. */
export function recorded(path: string): RawOutput {
  const usage = recording(path);
  return usage.stdout.trimStart().startsWith("USAGE:") ? { ...usage, rc: 20 } : usage;
}

/** Control, bidi and invisible characters: none may be kept. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that none is kept is what is tested
export const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

function everyText(value: unknown, visit: (text: string) => void): void {
  const stack = [value];
  for (let next = stack.pop(); stack.length > 0 || next !== undefined; next = stack.pop()) {
    if (typeof next === "string") visit(next);
    else if (next instanceof Map) stack.push(...next.keys(), ...next.values());
    else if (Array.isArray(next)) stack.push(...next.filter((item) => item !== undefined));
    else if (typeof next === "object" && next !== null) stack.push(...Object.values(next).filter((item) => item !== undefined));
  }
}

const noise = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "\u001b[2J",
    "\u0000",
    "\u202e",
    "{",
    "}",
    "[",
    '"',
    "\n",
    ":",
    "\t",
    "@@ ",
    "é",
    "\ufeff",
    "__proto__",
    "999999999999999999999999",
  ),
);

/** A real answer, hurt: cut, with lines moved, with bytes put in; or no answer at all. */
export function hurt(samples: readonly string[]): fc.Arbitrary<string> {
  const sample = fc.constantFrom(...samples);
  return fc.oneof(
    fc.tuple(sample, fc.nat()).map(([text, at]) => text.slice(0, at % (text.length + 1))),
    fc.tuple(sample, fc.nat()).map(([text, at]) => text.slice(at % (text.length + 1))),
    fc.tuple(sample, fc.nat(), noise).map(([text, at, bytes]) => {
      const index = at % (text.length + 1);
      return text.slice(0, index) + bytes + text.slice(index);
    }),
    sample.chain((text) => fc.shuffledSubarray(text.split("\n")).map((lines) => lines.join("\n"))),
    fc.string({ unit: "binary" }),
    fc.json(),
  );
}

/** Bound on the time of one parse of a megabyte made to be slow. Far above what it takes, far below quadratic time. */
const SLOW_MS = 3000;
const MEGABYTE = 1_000_000;

/** Asserts totality over hurt samples and over megabytes of the same thing. */
export function expectTotal(parse: (raw: RawOutput) => ParseResult<unknown>, samples: readonly string[]): void {
  const check = (stdout: string, rc: number, truncated: boolean): void => {
    const result = parse({ rc, stdout, truncated });
    expect(typeof result.ok).toBe("boolean");
    everyText(result, (text) => expect(unsafe.test(text), JSON.stringify(text)).toBe(false));
  };
  fc.assert(fc.property(hurt(samples), fc.constantFrom(0, 0, 0, 1, 5, 20, 21, 124, 127), fc.boolean(), check), { numRuns: 200 });
  const repeated = [
    " ",
    "0",
    "1 ",
    "a",
    "{",
    "[",
    '"',
    "[{",
    "cs:",
    ": ",
    "r0/volumes/0/data_gen_id:",
    ...samples.map((text) => text.split("\n")[1] ?? ""),
  ];
  for (const unit of repeated.filter((text) => text !== "")) {
    const stdout = unit.repeat(Math.ceil(MEGABYTE / unit.length));
    const cpu_ms = cpuSince();
    parse({ rc: 0, stdout, truncated: true });
    expect(cpu_ms(), `a megabyte of ${JSON.stringify(unit)}`).toBeLessThan(SLOW_MS);
  }
}
