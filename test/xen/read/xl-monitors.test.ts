import { describe, expect, it } from "vitest";
import { RC_ABSENT } from "../../../src/xen/read/reading.ts";
import { parseXlMonitors } from "../../../src/xen/read/xl-monitors.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./hostile.ts";

const said = (recorded: string): string[] => recorded.split("\n").filter((line) => line.startsWith("Waiting"));
const real = said(recording("readings-healthy/alpha/xl-logs-4.17.7-healthy.txt").stdout);
const output = (alive: readonly (number | string)[], lines: readonly string[]) => ({
  rc: 0,
  stdout: ["@@ alive", ...alive, "@@ said", ...lines].join("\n"),
  truncated: false,
});
const facts = (alive: readonly (number | string)[], lines: readonly string[]) => {
  const result = parseXlMonitors(output(alive, lines));
  if (!result.ok) throw new Error(JSON.stringify(result));
  return { watched: [...result.facts.watched], ended: [...result.facts.ended] };
};

describe("processes that watch guests", () => {
  it("are those that live, by what each said last", () => {
    expect(facts([1075, 1249, 4000], real)).toEqual({ watched: [1, 2], ended: [] });
    expect(facts([1249], real)).toEqual({ watched: [2], ended: [1] });
    // The same process watches the guest after its reboot.
    const rebooted = [...real, "Waiting for domain web01 (domid 9) to die [pid 1075]"];
    expect(facts([1075, 1249], rebooted)).toEqual({ watched: [9, 2], ended: [] });
    // One that ended before a boot says nothing of the guest that has its number now.
    expect(facts([1075, 1249], ["Waiting for domain old (domid 1) to die [pid 77]", ...real]).ended).toEqual([]);
  });

  it("have names that nothing is read out of", () => {
    expect(facts([7], ["Waiting for domain a (domid 5) to die [pid 8] (domid 3) to die [pid 7]", "Waiting for domain", "x"])).toEqual({
      watched: [3],
      ended: [],
    });
    expect(facts(["7x", -1, ""], real)).toEqual({ watched: [], ended: [1, 2] });
  });

  it("aren't known where the answer isn't whole, and absent where there is no folder", () => {
    expect(parseXlMonitors({ rc: RC_ABSENT, stdout: "", truncated: false })).toMatchObject({ ok: false, kind: "absent" });
    expect(parseXlMonitors({ rc: 0, stdout: "@@ alive\n7", truncated: true })).toMatchObject({ ok: false, kind: "failed" });
    expect(parseXlMonitors({ rc: 137, stdout: "@@ alive\n7\n@@ said", truncated: false })).toMatchObject({ ok: false, kind: "failed" });
  });

  it("survives anything", () => expectTotal(parseXlMonitors, output([1075, 1249], real).stdout));
});
