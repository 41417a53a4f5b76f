import { describe, expect, it } from "vitest";
import { parseXlInfo } from "../../../src/xen/read/xl-info.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./hostile.ts";

const real = recording("healthy/alpha/xl-info.txt").stdout;

describe("xl info", () => {
  it("reads a real hypervisor", () => {
    expect(parseXlInfo(recording("healthy/alpha/xl-info.txt"))).toMatchObject({
      ok: true,
      facts: {
        host: "alpha",
        nr_cpus: 1,
        hw_caps: "078bf3fd:c2d82203:20100800:00000005:00000000:00000108:00000000:00000000",
        virt_caps: ["pv", "hvm", "hap", "gnttab-v1", "gnttab-v2"],
        total_memory_mib: 1599,
        free_memory_mib: 552,
        xen_major: 4,
        xen_minor: 17,
        xen_version: "4.17.7",
        scheduler: "credit",
      },
    });
  });

  it("has undefined where a key is missing or isn't a number", () => {
    const result = parseXlInfo({ rc: 0, stdout: "xen_major : 4\nfree_memory : lots\nnr_cpus :\n", truncated: false });
    expect(result).toMatchObject({
      ok: true,
      facts: { xen_major: 4, free_memory_mib: undefined, nr_cpus: undefined, virt_caps: [], hw_caps: undefined },
    });
  });

  it("keeps no secret of the command line", () => {
    const stdout = "xen_major : 4\nxen_commandline : dom0_mem=1G password=hunter2 x\n";
    const text = JSON.stringify(parseXlInfo({ rc: 0, stdout, truncated: false }));
    expect(text).not.toContain("hunter2");
    expect(text).toContain("dom0_mem=1G");
  });

  it("fails in the tool's words", () => {
    const parse = (rc: number, stdout: string) => parseXlInfo({ rc, stdout, truncated: false });
    expect(parse(1, "libxl: error: libxl_utils.c:1 cannot get physinfo")).toMatchObject({
      error: expect.stringContaining("cannot get physinfo"),
    });
    expect(parse(0, "host : a")).toMatchObject({ ok: false, kind: "failed" });
    expect(parse(69, "")).toMatchObject({ ok: false, kind: "absent" });
  });

  it("survives anything", () => expectTotal(parseXlInfo, real));
});
