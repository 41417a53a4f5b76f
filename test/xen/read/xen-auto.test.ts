import { describe, expect, it } from "vitest";
import { parseXenAuto } from "../../../src/xen/read/xen-auto.ts";
import { expectTotal } from "./hostile.ts";

const printed = "@@ 10-web01.cfg\n/etc/xen/web01.cfg\n@@ plain\n@@ my guest.cfg\n/srv/xen/my guest.cfg\n";

describe("/etc/xen/auto", () => {
  it("reads links and plain files", () => {
    expect(parseXenAuto({ rc: 0, stdout: printed, truncated: false })).toEqual({
      ok: true,
      facts: [
        { name: "10-web01.cfg", target: "/etc/xen/web01.cfg" },
        { name: "plain", target: undefined },
        { name: "my guest.cfg", target: "/srv/xen/my guest.cfg" },
      ],
    });
  });

  it("may be empty, absent, or not readable", () => {
    expect(parseXenAuto({ rc: 0, stdout: "", truncated: false })).toEqual({ ok: true, facts: [] });
    expect(parseXenAuto({ rc: 69, stdout: "", truncated: false })).toMatchObject({ kind: "absent" });
    expect(parseXenAuto({ rc: 1, stdout: "", truncated: false })).toMatchObject({ kind: "failed" });
  });

  it("survives anything", () => expectTotal(parseXenAuto, printed));
});
