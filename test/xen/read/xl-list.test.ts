import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { migrationName, parseXlList } from "../../../src/xen/read/xl-list.ts";
import { recording } from "../../helpers.ts";
import { cpuSince } from "../../kit/cpu.ts";
import { expectTotal } from "./hostile.ts";

function facts(stdout: string) {
  const result = parseXlList({ rc: 0, stdout, truncated: false });
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return result.facts;
}
const line = (name: string, state = "-b----", domid = 7) =>
  `${name.padEnd(40)} ${String(domid).padStart(2)}   112     1     ${state}      10.0 5ca1ab1e-0000-4000-8000-000000000011        -                -`;

describe("xl list -v", () => {
  it("reads a healthy dom0", () => {
    const result = parseXlList(recording("healthy/alpha/xl-list-v.txt"));
    expect(result).toMatchObject({
      ok: true,
      facts: {
        not_understood: [],
        domains: [
          { name: "Domain-0", domid: 0, memory_mib: 800, state: { running: true } },
          { name: "web01", domid: 1, uuid: "5ca1ab1e-0000-4000-8000-000000000011", state: { blocked: true, shutdown_reason: undefined } },
          { name: "cache01", domid: 2 },
        ],
      },
    });
  });

  it("reads the receiving side of a migration", () => {
    expect(parseXlList(recording("migrate/beta/xl-list-v.txt"))).toMatchObject({
      facts: {
        not_understood: [],
        domains: [{}, { name: "db01" }, { name: "web01--incoming", base_name: "web01", migration: "incoming", memory_mib: 0 }],
      },
    });
  });

  it("reads plain xl list too, and tables one after another, and keeps what else was printed", () => {
    expect(facts(recording("xlops/beta/xl-list-two.txt").stdout).domains.map(({ name, uuid }) => [name, uuid])).toEqual([
      ["Domain-0", undefined],
      ["db01", undefined],
      ["cache01", undefined],
    ]);
    const crashed = facts(recording("xlops/alpha/xl-crashed.txt").stdout);
    expect(crashed.domains[1]).toMatchObject({ name: "web01", state: { shutdown: true, shutdown_reason: "crash", text: "---sc-" } });
    expect(crashed.not_understood.some((text) => text.startsWith("Domain 1 has shut down"))).toBe(true);
  });

  it("keeps names with spaces, (null), and digits", () => {
    for (const name of ["my guest 7 8", "(null)", "123", "a  b"]) expect(facts(line(name)).domains[0]?.name).toBe(name);
  });

  it("tells a migration's halves from their guest", () => {
    expect(migrationName("web01--incoming")).toEqual({ name: "web01--incoming", base_name: "web01", migration: "incoming" });
    expect(migrationName("--incoming")).toEqual({ name: "--incoming", base_name: "--incoming", migration: "none" });
    expect(facts(line("web01--migratedaway", "--pss-")).domains[0]).toMatchObject({
      base_name: "web01",
      migration: "migrated_away",
      state: { shutdown: true, shutdown_reason: "suspend" },
    });
  });

  it("takes a shutdown reason it doesn't know for unknown, not for poweroff", () => {
    expect(facts(line("x", "---s?-")).domains[0]?.state.shutdown_reason).toBe("unknown");
    expect(facts(line("x", "---sc-")).domains[0]?.state.shutdown_reason).toBe("crash");
    expect(facts(line("x", "-----d")).domains[0]?.state).toMatchObject({ dying: true, shutdown_reason: undefined });
  });

  it("keeps a line that it doesn't understand, and a domid's second row", () => {
    expect(facts(`${line("web01")}\nweb02 garbage`).not_understood).toEqual(["web02 garbage"]);
    const twice = facts(`${line("web01")}\n${line("other")}`);
    expect(twice.domains.map(({ name }) => name)).toEqual(["web01"]);
    expect(twice.not_understood[0]).toMatch(/^other /);
  });

  it("says when it was cut", () => {
    expect(parseXlList({ rc: 0, stdout: line("a"), truncated: true })).toMatchObject({
      facts: { not_understood: [expect.stringMatching(/cut/)] },
    });
  });

  it("fails in the tool's words, and never takes half a table for the whole", () => {
    const parse = (rc: number, stdout: string) => parseXlList({ rc, stdout, truncated: false });
    expect(parse(1, "")).toEqual({ ok: false, kind: "failed", error: "xl list -v exited with 1" });
    expect(parse(1, `${line("a")}\nxencall: error: Could not obtain handle on privileged command interface`)).toMatchObject({
      error: "xl list -v exited with 1: xencall: error: Could not obtain handle on privileged command interface",
    });
    expect(parse(137, line("a"))).toEqual({ ok: false, kind: "failed", error: "xl list -v was ended at its time limit" });
    expect(parse(69, "")).toEqual({ ok: false, kind: "absent", why: "xl isn't installed" });
  });

  it("takes no time over hostile lines", () => {
    const cpu_ms = cpuSince();
    for (const text of [" ".repeat(200_000), "1 ".repeat(100_000), "9".repeat(200_000), `x${" 1".repeat(2000)}`, `x${" ".repeat(4000)}y`])
      facts(`${line("a")}\n${text}\nz`);
    expect(cpu_ms()).toBeLessThan(1000);
  });

  it("survives anything", () => expectTotal(parseXlList, recording("migrate/alpha/xl-list-v.txt").stdout));

  it("loses no line, whatever comes", () => {
    const names = fc.oneof(fc.string({ unit: "binary" }), fc.string()).map((name) => line(name, "r-----", 1 + (name.length % 60)));
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: "binary" }), names)), (lines) => {
        const result = parseXlList({ rc: 0, stdout: lines.join("\n"), truncated: false });
        const count = lines
          .join("\n")
          .split("\n")
          .filter((text) => text.trim() !== "").length;
        if (result.ok) expect(result.facts.domains.length + result.facts.not_understood.length).toBe(count);
        else expect(count).toBe(0);
      }),
    );
  });
});
