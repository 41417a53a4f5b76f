import { describe, expect, it } from "vitest";
import { refusedAct, startMode } from "../../../src/cli/read-only.ts";
import { allowMinutes, type Mode, mayAct, whyNot } from "../../../src/state/plan/mode.ts";

const then = { kind: "read_only", reason: "started with --read-only", may_allow: true } as const;

describe("whether a console may act", () => {
  it("goes by the time, to the millisecond", () => {
    const mode: Mode = { kind: "allowed", until_ms: 1000, then };
    expect([mayAct(mode, 999), mayAct(mode, 1000)]).toEqual([true, false]);
    expect(whyNot(mode, 1000)).toBe("read-only: started with --read-only (:rw allows changes for a while)");
    expect(whyNot({ kind: "read_write" }, 0)).toBeUndefined();
    expect(whyNot({ ...then, may_allow: false }, 0)).toBe("read-only: started with --read-only");
  });

  it.each([
    ["", 15],
    ["15m", 15],
    ["90 min", 90],
    ["1h", 60],
    ["2h30m", 150],
    ["2h 30m", 150],
    ["20", 20],
    ["8h", 480],
  ])("%j is a time", (text, minutes) => expect(allowMinutes(text)).toBe(minutes));

  it.each(["0", "0m", "9h", "-5", "soon", "1e3", "15m; reboot", "1.5h", "99999999999999999999"])("%j is none", (text) =>
    expect(allowMinutes(text)).toEqual(expect.any(String)),
  );
});

describe("how a console starts", () => {
  const plain = { asked: false, pair: { read_only: undefined, probe: "send" }, ui: { read_only: false }, unrecorded: undefined } as const;

  it.each([
    ["nothing said", {}, undefined, true],
    ["--read-only", { asked: true }, /--read-only/, true],
    ["read_only for every pair", { ui: { read_only: true } }, /read_only = true/, true],
    ["a pair that says otherwise", { ui: { read_only: true }, pair: { read_only: false, probe: "send" } }, undefined, true],
    ["always", { pair: { read_only: "always", probe: "send" } }, /always/, false],
    ["always, and --read-only", { asked: true, ui: { read_only: "always" } }, /always/, false],
    ["a key that may only read", { pair: { read_only: undefined, probe: "forced" } }, /probe/, false],
    ["a state directory that can't be written", { unrecorded: "/x can't be made: EACCES" }, /couldn't be recorded: .*EACCES/, false],
  ] as const)("%s", (_, change, reason, may_allow) => {
    const mode = startMode({ ...plain, ...change });
    if (reason === undefined) expect(mode).toEqual({ kind: "read_write" });
    else expect(mode).toMatchObject({ kind: "read_only", reason: expect.stringMatching(reason), may_allow });
  });

  it("refuses a command too, where nothing can be allowed for a while", () => {
    expect(refusedAct({ read_only: true, probe: "send" }, { read_only: false })).toMatch(/nothing may be changed/);
    expect(refusedAct({ read_only: undefined, probe: "send" }, { read_only: false })).toBeUndefined();
  });
});
