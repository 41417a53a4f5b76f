import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { programWords, shellWords } from "../../../src/sim/exec/words.ts";
import { quoteArgv } from "../../../src/xen/host/quote.ts";

/** What a shell makes of a command line, word by word. */
const asShell = (shell: string, line: string): string[] =>
  execFileSync(shell, ["-c", `set -- ${line}; for each in "$@"; do printf '%s\\0' "$each"; done`], { encoding: "utf8" })
    .split("\0")
    .slice(0, -1);

const word = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "; reboot",
    "$(x)",
    "`x`",
    "-x",
    "a b",
    "'",
    "\\",
    '"',
    "!",
    "*",
    "~",
    "é\u0301",
    "\u001b[2J",
    "a\nb",
    "",
    "{a,b}",
    "#",
    "=x",
  ),
);
const words = fc.array(
  word.map((text) => text.replaceAll("\0", "").toWellFormed()),
  { maxLength: 6 },
);

describe("quoting for a shell", () => {
  it("gives a program exactly the words that were meant, under dash and bash", () => {
    fc.assert(
      fc.property(words, (argv) => {
        for (const shell of ["dash", "bash"]) expect(asShell(shell, quoteArgv(argv))).toEqual(argv);
      }),
      { numRuns: 60 },
    );
  });

  it("is read back by the simulated hosts' shell", () => {
    fc.assert(
      fc.property(words, (argv) => {
        expect(shellWords(quoteArgv(argv))).toEqual(argv);
      }),
    );
    expect(programWords("exec sudo -n xl console 'web 01'")).toEqual(["xl", "console", "web 01"]);
  });
});
