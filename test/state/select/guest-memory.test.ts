import { describe, expect, it } from "vitest";
import { dom0Fixed, memoryNeededMib } from "../../../src/state/select/guest-memory.ts";
import type { GuestConfig } from "../../../src/xen/model/xen.ts";
import { guestConfig } from "../../../src/xen/read/guest-config.ts";
import { ALPHA, factsOf, pairFromRecordings } from "../pair-from-recordings.ts";

const pair = pairFromRecordings("healthy");
const xen = factsOf(pair, ALPHA, "xl-info");
function config(b_info: Record<string, unknown>, type = "pvh"): GuestConfig {
  const made = guestConfig({ c_info: { name: "x", type }, b_info });
  if (made === undefined) throw new Error("no config");
  return made;
}

describe("memory a guest needs", () => {
  it("is a little more than what the lab's guests took of Xen's free memory", () => {
    const [cache01, db01] = factsOf(pair, ALPHA, "xl-configs").map((file) => file.config);
    expect([cache01, db01].map((one) => one && memoryNeededMib(one, xen))).toEqual([116, 164]);
    // Recorded: cache01 (112 MiB) shut down on alpha made 114 MiB free (scenario splitbrain).
    const freed = (factsOf(pairFromRecordings("splitbrain"), ALPHA, "xl-info").free_memory_mib ?? 0) - (xen.free_memory_mib ?? 0);
    expect(freed).toBe(114);
  });

  it("counts shadow memory as libxl does", () => {
    const mib = { target_memkb: 1_048_576, max_memkb: 2_097_152, max_vcpus: 2 };
    // 1024 + 4 KiB * (512 + 2048) = 10 MiB, + 2, even.
    expect(memoryNeededMib(config(mib, "hvm"), xen)).toBe(1036);
    expect(memoryNeededMib(config(mib, "hvm"), { ...xen, virt_caps: ["hvm"] })).toBe(1044);
    expect(memoryNeededMib(config(mib, "pv"), xen)).toBe(1028);
    expect(memoryNeededMib(config({ ...mib, shadow_memkb: 102_400 }, "hvm"), xen)).toBe(1126);
    expect(memoryNeededMib(config({}), xen)).toBeUndefined();
  });

  it("knows whether xl may take memory from dom0", () => {
    expect(dom0Fixed(xen)).toBe(true);
    expect(dom0Fixed({ ...xen, xen_commandline: "loglvl=all" })).toBe(false);
    expect(dom0Fixed(undefined)).toBeUndefined();
  });
});
