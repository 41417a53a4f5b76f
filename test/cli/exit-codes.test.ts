import { describe, expect, it } from "vitest";
import { checkCodes, exitCodes } from "../../src/cli/exit-codes.ts";
import { EXIT_CRASHED, EXIT_HANGUP, EXIT_INTERRUPT, EXIT_TERMINATED } from "../../src/views/terminal/session.ts";

describe("exit codes", () => {
  it("are the ones that the screen ends with", () => {
    const { crashed, hangup, interrupted, terminated } = exitCodes;
    expect([crashed.code, hangup.code, interrupted.code, terminated.code]).toEqual([
      EXIT_CRASHED,
      EXIT_HANGUP,
      EXIT_INTERRUPT,
      EXIT_TERMINATED,
    ]);
  });

  it("mean one thing each", () => {
    const codes = Object.values(exitCodes).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it("of check are a monitoring plugin's", () => {
    expect(Object.entries(checkCodes).map(([word, { code }]) => `${code} ${word}`)).toEqual([
      "0 OK",
      "1 WARNING",
      "2 CRITICAL",
      "3 UNKNOWN",
    ]);
  });
});
