import { describe, expect, it } from "vitest";
import { missingFeatures, selectHardware } from "../../../src/state/select/hardware.ts";
import type { PairState } from "../../../src/state/state.ts";
import { unknown } from "../../../src/xen/model/known.ts";
import { ALPHA, BETA, factsOf, NOW_MS, pairFromRecordings, withFacts, withHost } from "../pair-from-recordings.ts";

const pair = pairFromRecordings("healthy");
const hardware = (state: PairState) => selectHardware(state, NOW_MS);
const row = (rows: ReturnType<typeof selectHardware>, what: string) => rows.find((one) => one.what === what);

describe("identical hardware", () => {
  it("finds the lab's hosts the same", () => {
    const rows = hardware(pair);
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter(({ same }) => same !== true)).toEqual([]);
    expect(row(rows, "NICs")?.values).toEqual(["4", "4"]);
  });

  it("tells what differs, allows for what firmware takes of memory, and claims nothing that it doesn't know", () => {
    const xen = factsOf(pair, BETA, "xl-info");
    const rows = hardware(withFacts(pair, BETA, "xl-info", { ...xen, xen_version: "4.18.0", total_memory_mib: 1580, hw_caps: "0" }));
    expect(row(rows, "Xen")).toEqual({ what: "Xen", values: ["4.17.7", "4.18.0"], same: false });
    expect(row(rows, "CPU features (hw_caps)")?.same).toBe(false);
    expect(row(rows, "memory")).toEqual({ what: "memory", values: ["1599 MiB", "1580 MiB"], same: true });
    expect(row(hardware(withFacts(pair, BETA, "xl-info", { ...xen, total_memory_mib: 1500 })), "memory")?.same).toBe(false);
    const blind = withHost(pair, ALPHA, (host) => ({ ...host, facts: { ...host.facts, host: unknown } }));
    expect(row(hardware(blind), "CPU model")).toEqual({
      what: "CPU model",
      values: ["not known", "QEMU Virtual CPU version 2.5+"],
      same: undefined,
    });
  });

  it("counts the features that are missing, word by word", () => {
    expect(missingFeatures({ needed: "0f:01", offered: "ff:01" })).toBe(0);
    expect(missingFeatures({ needed: "0f:ffffffff", offered: "03:7fffffff" })).toBe(3);
    expect(missingFeatures({ needed: "0f", offered: "0f:01" })).toBeUndefined();
    expect(missingFeatures({ needed: "zz", offered: "0f" })).toBeUndefined();
  });
});
