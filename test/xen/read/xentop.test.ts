import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parseXentop, xentop } from "../../../src/xen/read/xentop.ts";
import { recording } from "../../helpers.ts";
import { cpuSince } from "../../kit/cpu.ts";
import { expectTotal } from "./hostile.ts";

const real = recording("healthy/alpha/xentop.txt").stdout;
const parse = (stdout: string, rc = 0) => parseXentop({ rc, stdout, truncated: false });
const header = real.split("\n")[0] ?? "";
const line = (
  name: string,
  rest = "--b---          8    1.1     114752    7.0     115712       7.1     1    2        6        1    1        0        9        6         72         48    0",
) => `${name.padStart(10)} ${rest}`;

describe("xentop -b", () => {
  it("takes the second sample of a real output", () => {
    expect(parse(real)).toMatchObject({
      ok: true,
      facts: {
        not_understood: [],
        rows: [
          {
            name: "cache01",
            cpu_percent: 1.1,
            memory_kib: 114_752,
            net_tx_kib: 6,
            net_rx_kib: 1,
            vbd_reads: 9,
            vbd_writes: 6,
            vbd_out_of_order: 0,
          },
          { name: "Domain-0", cpu_percent: 11 },
          { name: "web01", cpu_percent: 1 },
        ],
      },
    });
  });

  it("sends only the second sample", () => {
    const filter =
      xentop.script
        .split("\n")
        .find((text) => text.includes("awk"))
        ?.replace(/^.*\| /, "") ?? "";
    const sent = execFileSync("/bin/sh", ["-c", filter], { input: real, encoding: "utf8" });
    expect(sent.trimEnd()).toBe(real.trimEnd().split("\n").slice(4).join("\n"));
    expect(parse(sent)).toEqual(parse(real));
  });

  it("reads names with spaces, a dom0 without a memory limit, and n/a", () => {
    const text = [
      header,
      line("my guest 1 --b---"),
      line(
        "Domain-0",
        "-----r        165   n/a     819200   50.0   no limit       n/a     1    0        0        0    0        0        0        0          0          0    0",
      ),
    ];
    expect(parse(text.join("\n"))).toMatchObject({
      facts: {
        not_understood: [],
        rows: [
          { name: "my guest 1 --b---", cpu_percent: 1.1 },
          { name: "Domain-0", cpu_percent: undefined, memory_kib: 819_200 },
        ],
      },
    });
  });

  it("keeps a row that it doesn't understand", () => {
    expect(parse(`${header}\n${line("a")}\nb  what?`)).toMatchObject({
      facts: { rows: [{ name: "a" }], not_understood: ["b what?".replace(" ", "  ")] },
    });
  });

  it("fails in the tool's words", () => {
    expect(parse("", 69)).toMatchObject({ kind: "absent" });
    expect(parse("")).toMatchObject({ kind: "failed" });
    expect(parse("Failed to initialize xenstat library", 1)).toMatchObject({
      error: "xentop exited with 1: Failed to initialize xenstat library",
    });
  });

  it("takes no time over hostile lines", () => {
    const cpu_ms = cpuSince();
    parse(
      [header, ...Array.from({ length: 30 }, () => `x${" ".repeat(4000)}y`), "1 ".repeat(2000), `a --b---${" 1".repeat(2000)}`].join("\n"),
    );
    expect(cpu_ms()).toBeLessThan(1000);
  });

  it("survives anything", () => expectTotal(parseXentop, real));
});
