import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseXlList } from "../../../src/xen/read/xl-list.ts";
import { recording } from "../../helpers.ts";

function facts(stdout: string) {
  const result = parseXlList({ rc: 0, stdout, truncated: false });
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return result.facts;
}
const line = (name: string, state = "-b----") =>
  `${name.padEnd(40)}  7   112     1     ${state}      10.0 5ca1ab1e-0000-4000-8000-000000000011        -                -`;

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

  it("keeps names with spaces, (null), and digits", () => {
    for (const name of ["my guest 7 8", "(null)", "123", "a  b"]) expect(facts(line(name)).domains[0]?.name).toBe(name);
  });

  it("tells a migration's halves from their guest", () => {
    expect(facts(line("web01--incoming", "--p---")).domains[0]).toMatchObject({
      base_name: "web01",
      migration: "incoming",
      state: { paused: true },
    });
    expect(facts(line("web01--migratedaway", "--pss-")).domains[0]).toMatchObject({
      base_name: "web01",
      migration: "migrated_away",
      state: { shutdown: true, shutdown_reason: "suspend" },
    });
  });

  it("takes a shutdown reason it doesn't know for unknown, not for poweroff", () => {
    expect(facts(line("x", "---s?-")).domains[0]?.state.shutdown_reason).toBe("unknown");
    expect(facts(line("x", "---sc-")).domains[0]?.state.shutdown_reason).toBe("crash");
  });

  it("keeps a line that it doesn't understand", () => {
    expect(facts(`${line("web01")}\nweb02 garbage`).not_understood).toEqual(["web02 garbage"]);
  });

  it("fails in the tool's words", () => {
    expect(parseXlList({ rc: 1, stdout: "", truncated: false })).toEqual({ ok: false, kind: "failed", error: "xl list -v exited with 1" });
  });

  it("never throws, and loses no line, whatever comes", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: "binary" }),
            fc.string().map((name) => line(name)),
          ),
        ),
        (lines) => {
          const result = parseXlList({ rc: 0, stdout: lines.join("\n"), truncated: false });
          const count = lines
            .join("\n")
            .split("\n")
            .filter((text) => text.trim() !== "").length;
          if (result.ok) {
            const headed = lines
              .join("\n")
              .split("\n")
              .filter((text) => text.trim() !== "")[0]
              ?.startsWith("Name ")
              ? 1
              : 0;
            expect(result.facts.domains.length + result.facts.not_understood.length).toBe(count - headed);
          }
        },
      ),
    );
  });
});
