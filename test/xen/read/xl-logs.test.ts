import { describe, expect, it } from "vitest";
import { parseXlLogs } from "../../../src/xen/read/xl-logs.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./hostile.ts";

const real = recording("readings-healthy/alpha/xl-logs-4.17.7-healthy.txt").stdout;

describe("xl's logs", () => {
  it("gives a file's time to its last line only", () => {
    const said = "@@ 1795383571 /var/log/xen/xl-web 01.log\nDomain 1 has shut down, reason code 3 0x3\nDone. Exiting now\n";
    expect(parseXlLogs({ rc: 0, stdout: said, truncated: false })).toEqual({
      ok: true,
      facts: [
        { host_wall_ms: undefined, source: "xl", subject: "xl web 01", text: "Domain 1 has shut down, reason code 3 0x3" },
        { host_wall_ms: 1_795_383_571_000, source: "xl", subject: "xl web 01", text: "Done. Exiting now" },
      ],
    });
  });

  it("reads a real host's", () => {
    expect(parseXlLogs({ rc: 0, stdout: real, truncated: false })).toMatchObject({
      facts: [{ subject: "xl web01" }, { subject: "xl cache01" }],
    });
  });

  it("may be absent, and keeps lines without a head", () => {
    expect(parseXlLogs({ rc: 69, stdout: "", truncated: false })).toMatchObject({ kind: "absent" });
    expect(parseXlLogs({ rc: 0, stdout: "stray", truncated: false })).toMatchObject({ facts: [{ subject: undefined, text: "stray" }] });
  });

  it("survives anything", () => expectTotal(parseXlLogs, real));
});
