import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Iscsi } from "../../../src/xen/model/storage.ts";
import { parseIscsi } from "../../../src/xen/read/iscsi.ts";
import { recording } from "../../helpers.ts";
import { expectTotal, recordings } from "./totality.ts";

const read = (stdout: string, rc = 0) => parseIscsi({ rc, stdout, truncated: false });
function facts(stdout: string): Iscsi {
  const result = read(stdout);
  if (!result.ok) throw new Error(`not parsed: ${JSON.stringify(result)}`);
  return result.facts;
}
const of = (path: string) => facts(recording(path).stdout);

describe("iscsiadm -m session -P 3", () => {
  it("reads every session with its portal, states and disk", () => {
    const { sessions, not_understood } = of("healthy/alpha/iscsiadm-session-P3.txt");
    expect(not_understood).toEqual([]);
    expect(sessions.map(({ sid, portal, devices }) => [sid, portal, devices[0]?.dev])).toEqual([
      [1, "10.99.2.1:3260", "sda"],
      [2, "10.99.1.1:3260", "sdb"],
      [3, "10.99.1.2:3260", "sdd"],
      [4, "10.99.2.2:3260", "sdc"],
    ]);
    expect(sessions[0]).toEqual({
      sid: 1,
      target: "iqn.2024-01.lab.xenha:array-alpha",
      portal: "10.99.2.1:3260",
      iface_address: "10.99.2.1",
      initiator: "iqn.2024-01.lab.xenha:alpha",
      connection_state: "LOGGED IN",
      session_state: "LOGGED_IN",
      internal_state: "NO CHANGE",
      devices: [{ lun: 1, dev: "sda", state: "running" }],
    });
  });

  it("reads a session whose portal is gone", () => {
    expect(of("pathfail/alpha/iscsiadm-session-P3.txt").sessions.at(3)).toMatchObject({
      sid: 4,
      target: "iqn.2024-01.lab.xenha:array-beta",
      connection_state: "TRANSPORT WAIT",
      session_state: "FREE",
      internal_state: "REOPEN",
      devices: [{ dev: "sdc", state: "transport-offline" }],
    });
  });

  it("takes exit 21 for no sessions, other failures for failures", () => {
    expect(read("", 21)).toEqual({ ok: true, facts: { sessions: [], not_understood: [] } });
    expect(read("", 20)).toMatchObject({ ok: false, kind: "failed" });
    expect(read("", 69)).toMatchObject({ ok: false, kind: "absent" });
    expect(read("iscsiadm: No active sessions.", 0)).toMatchObject({ ok: false, kind: "failed" });
  });

  it("never keeps CHAP, whatever it is called", () => {
    const text = recording("healthy/alpha/iscsiadm-session-P3.txt")
      .stdout.replaceAll("<empty>", "hunter2")
      .replaceAll("********", "hunter2");
    expect(JSON.stringify(facts(text))).not.toContain("hunter2");
  });

  it("keeps a session without a portal or a target's name", () => {
    expect(facts("Target: iqn.x:y\n\t\tSID: 7\n\t\tiSCSI Connection State: FREE\n\t\tSID: 8\n").sessions).toMatchObject([
      { sid: 7, target: "iqn.x:y", portal: undefined, connection_state: "FREE" },
      { sid: 8, target: "iqn.x:y" },
    ]);
    expect(facts("\tCurrent Portal: [fe80::1]:3260,1\n").sessions).toMatchObject([{ sid: -1, target: "?", portal: "[fe80::1]:3260" }]);
  });

  it.each(recordings(/^iscsiadm-session-P3\.txt$/))("reads the four sessions of %s", (path) => {
    const { sessions, not_understood } = of(path);
    expect(not_understood).toEqual([]);
    expect(sessions).toHaveLength(4);
    for (const session of sessions) {
      expect(Object.values(session).every((value) => value !== undefined)).toBe(true);
      expect(session.devices).toHaveLength(1);
      expect(session.connection_state === "LOGGED IN").toBe(session.session_state === "LOGGED_IN");
    }
  });

  it("never loses a session that has an id", () => {
    const { stdout } = recording("linkcut/alpha/iscsiadm-session-P3.txt");
    fc.assert(
      fc.property(fc.nat({ max: stdout.length }), (at) => {
        const result = read(stdout.slice(0, at));
        const ids = stdout.slice(0, at).match(/SID: \d+\n/g)?.length ?? 0;
        expect(result.ok ? result.facts.sessions.length : 0).toBeGreaterThanOrEqual(ids);
      }),
    );
  });

  it("is total", () => {
    expectTotal(
      parseIscsi,
      ["healthy/alpha/iscsiadm-session-P3.txt", "pathfail/alpha/iscsiadm-session-P3.txt"].map((path) => recording(path).stdout),
    );
  });
});
