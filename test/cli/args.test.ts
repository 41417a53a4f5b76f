import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseArgs } from "../../src/cli/args.ts";
import { commands, flags } from "../../src/cli/commands.ts";
import { helpText } from "../../src/cli/help.ts";

const parse = (line: string) => parseArgs(line === "" ? [] : line.split(" "));
function args(line: string) {
  const result = parse(line);
  if (!result.ok) throw new Error(`${line}: ${result.error}`);
  return result.args;
}
function error(line: string) {
  const result = parse(line);
  if (result.ok) throw new Error(`${line} was taken: ${JSON.stringify(result.args)}`);
  return result.error;
}

describe("the command line", () => {
  it("opens the screen on hosts, a pair, the only pair or a simulated one", () => {
    expect(args("")).toMatchObject({ command: "screen", target: { kind: "default" } });
    expect(args("prod")).toMatchObject({ command: "screen", target: { kind: "pair", name: "prod" } });
    expect(args("alpha beta")).toMatchObject({ command: "screen", target: { kind: "hosts", hosts: ["alpha", "beta"] } });
    expect(args("--demo")).toMatchObject({ command: "screen", target: { kind: "demo", scenario: undefined, seed: undefined } });
    expect(args("--demo split-brain --seed 7")).toMatchObject({ target: { kind: "demo", scenario: "split-brain", seed: 7 } });
    expect(args("--demo=split-brain")).toMatchObject({ target: { kind: "demo", scenario: "split-brain" } });
  });

  it("takes options before, between and after names", () => {
    for (const line of ["-F lab/config alpha beta --ascii", "alpha -F lab/config beta --ascii", "--ascii alpha beta -Flab/config"]) {
      expect(args(line)).toMatchObject({
        target: { kind: "hosts", hosts: ["alpha", "beta"] },
        options: { ssh_config: "lab/config", ascii: true },
      });
    }
    expect(args("--ssh-config=lab/config prod")).toMatchObject({ options: { ssh_config: "lab/config" } });
  });

  it("reads commands with their options", () => {
    expect(args("status alpha beta --json --timeout 2.5")).toMatchObject({ command: "status", options: { json: true, timeout_s: 2.5 } });
    expect(args("check prod")).toMatchObject({ command: "check", options: { timeout_s: undefined } });
    expect(args("status --demo --json")).toMatchObject({ command: "status", target: { kind: "demo", scenario: undefined } });
    expect(args("--demo status --json")).toMatchObject({ command: "status", target: { kind: "demo", scenario: undefined } });
    expect(args("--demo list")).toEqual({ command: "demo-list", json: false });
    expect(args("debug parse xl-list -")).toEqual({ command: "debug", action: "parse", list: false, rc: 0, reading: "xl-list", file: "-" });
    expect(args("debug parse --list")).toMatchObject({ list: true, reading: undefined });
    expect(args("debug probe")).toEqual({ command: "debug", action: "probe" });
  });

  it("takes a host that is named like a command after --", () => {
    expect(args("-- status check")).toMatchObject({ command: "screen", target: { kind: "hosts", hosts: ["status", "check"] } });
    expect(args("status -- doctor")).toMatchObject({ command: "status", target: { kind: "pair", name: "doctor" } });
  });

  it("puts help and version before anything else but a word that isn't understood", () => {
    expect(args("check --help")).toEqual({ command: "help", topic: "check" });
    expect(args("a b c --help")).toEqual({ command: "help", topic: undefined });
    expect(args("status --version")).toEqual({ command: "version" });
    expect(error("--help --frob")).toMatch(/unknown option "--frob"/);
  });

  it.each([
    ["--ascci", /^unknown option "--ascci" \(did you mean --ascii\?\)$/],
    ["--jsno", /did you mean --json/],
    ["-x", /^unknown option "-x"$/],
    ["-hx", /^unknown option "-hx"$/],
    ["-F", /^-F needs FILE$/],
    ["--timeout --json status", /^--timeout needs SECONDS$/],
    ["--config=", /^--config needs FILE$/],
    ["--ascii=yes", /^--ascii takes no value$/],
    ["alpha beta gamma", /^too many arguments: "gamma"/],
    ["alpha alpha", /named twice/],
    ["-- -oProxyCommand=x beta", /is not the name of a host/],
    ["--seed 3 alpha beta", /^--seed is for --demo$/],
    ["--demo x alpha", /leave out "alpha"/],
    ["--demo --seed x", /whole number/],
    ["--demo -F x", /no meaning/],
    ["status --timeout 0", /--timeout needs seconds/],
    ["status --timeout 1e3", /--timeout needs seconds/],
    ["status --timeout 3601", /--timeout needs seconds/],
    ["--timeout 3", /^--timeout is not for the screen$/],
    ["check --json", /^--json is not for check$/],
    ["--light --dark", /exclude/],
    ["--color purple", /^--color is auto, never, 16, 256 or truecolor, not "purple"$/],
    ["--color nevr", /did you mean never/],
    ["-F a -F b", /given twice/],
    ["debug", /debug needs what to do: parse or probe/],
    ["debug prase", /did you mean parse/],
    ["debug parse", /needs a READING/],
    ["debug parse x --rc 256", /--rc needs an exit status from 0 to 255, got "256"/],
    ["status --rc 1", /^--rc is not for status$/],
    ["debug parse a b c", /too many/],
    ["debug probe x", /takes no argument/],
  ])("refuses %s with one sentence", (line, expected) => {
    expect(error(line)).toMatch(expected);
    expect(error(line)).not.toContain("\n");
  });

  it("says which command was meant even where it refuses, so that check can answer as a plugin", () => {
    expect(parse("check --frob")).toMatchObject({ ok: false, command: "check" });
    expect(parse("check a b c")).toMatchObject({ ok: false, command: "check" });
    expect(parse("--frob")).toMatchObject({ ok: false, command: "screen" });
  });

  it("refuses control characters without echoing them", () => {
    const result = parseArgs(["al\u001b[31mpha", "beta"]);
    expect(result).toMatchObject({ ok: false, error: "an argument holds a control character" });
  });

  it("never throws, and never lets a host through that ssh would take for an option", () => {
    const word = fc.oneof(fc.string(), fc.constantFrom("--", "-", "-F", "--demo", "status", "debug", "--json", "--timeout=3", "-oX"));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
        const result = parseArgs(argv);
        if (!result.ok) return /^[^\p{Cc}]+$/u.test(result.error);
        if (!("target" in result.args) || result.args.target.kind !== "hosts") return true;
        return result.args.target.hosts.every((host) => host !== "" && !host.startsWith("-"));
      }),
    );
  });
});

describe("--help", () => {
  it("fits 80 columns and names every command and option", () => {
    const text = helpText(undefined);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    for (const { long } of Object.values(flags).filter(({ id }) => id !== "list" && id !== "rc")) expect(text).toContain(long);
    for (const { usage } of Object.values(commands)) for (const form of usage) expect(text).toContain(`xenha-tui ${form}`);
  });

  it("tells a command's own options, and only these", () => {
    expect(helpText("check")).toContain("--timeout SECONDS");
    expect(helpText("check")).not.toContain("--json");
    expect(helpText("debug")).toContain("--list");
  });
});
