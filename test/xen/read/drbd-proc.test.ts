import { describe, expect, it } from "vitest";
import { parseProcDrbd, readProcDrbd } from "../../../src/xen/read/drbd-proc.ts";
import { recording } from "../../helpers.ts";
import { expectTotal, recordings } from "./totality.ts";

const minors = (path: string) => readProcDrbd(recording(path).stdout).minors;
/** The polls of a whole scenario, one /proc/drbd each. */
const polls = (path: string) =>
  recording(path)
    .stdout.split(/^@.*\n/m)
    .filter((text) => text.trim() !== "");

describe("/proc/drbd", () => {
  it("reads a healthy 8.4", () => {
    const facts = readProcDrbd(recording("healthy/alpha/proc-drbd.txt").stdout);
    expect(facts).toMatchObject({ version: "8.4.11", not_understood: [] });
    expect(facts.minors).toHaveLength(3);
    expect(facts.minors[0]).toEqual({
      minor: 0,
      connection: "Connected",
      replication: "Established",
      cs: "Connected",
      role: "Primary",
      peer_role: "Secondary",
      disk: "UpToDate",
      peer_disk: "UpToDate",
      protocol: "C",
      flags: "r-----",
      io_suspended: false,
      resync_paused: [],
      out_of_sync_kib: 0,
      sync: undefined,
    });
  });

  it("reads a resync: done, rates with their commas, finish", () => {
    expect(minors("resync/alpha/proc-drbd.txt")[0]).toMatchObject({
      cs: "SyncSource",
      connection: "Connected",
      replication: "SyncSource",
      out_of_sync_kib: 64680,
      sync: {
        done_percent: 53.2,
        rate_recent_kib_s: 2032,
        rate_average_kib_s: 2008,
        rate_wanted_kib_s: undefined,
        eta_s: 31,
        stalled: false,
        not_converging: false,
      },
    });
  });

  it("reads what the target wants", () => {
    const wanted = polls("resync/beta/proc-drbd-poll.txt").map((text) => readProcDrbd(text).minors[0]?.sync?.rate_wanted_kib_s);
    expect(wanted).toContain(2048);
  });

  it("reads StandAlone, which has no protocol letter", () => {
    expect(minors("splitbrain/alpha/proc-drbd.txt")[2]).toMatchObject({
      cs: "StandAlone",
      connection: "StandAlone",
      replication: "Off",
      role: "Primary",
      peer_role: "Unknown",
      peer_disk: "DUnknown",
      protocol: undefined,
      flags: "r-----",
      out_of_sync_kib: 256,
    });
  });

  it("reads who paused", () => {
    expect(minors("paused/alpha/proc-drbd.txt")[0]).toMatchObject({ replication: "PausedSyncS", resync_paused: ["peer"] });
    expect(minors("paused/beta/proc-drbd.txt")[0]).toMatchObject({ replication: "PausedSyncT", resync_paused: ["user"] });
  });

  it("calls WFConnection Connecting", () => {
    const seen = polls("reconnect/alpha/proc-drbd-poll.txt").map((text) => readProcDrbd(text).minors[2]);
    const waiting = seen.find((minor) => minor?.cs === "WFConnection");
    expect(waiting).toMatchObject({ connection: "Connecting", replication: "Off" });
  });

  it("reads only the version of 9", () => {
    expect(readProcDrbd(recording("drbd9-healthy/alpha/proc-drbd.txt").stdout)).toEqual({
      version: "9.2.9",
      minors: [],
      not_understood: [],
    });
  });

  it("reads stalls, verifies, details, other units and what isn't ASCII", () => {
    const text = [
      "version: 8.4.11 (api:1/proto:86-101)",
      " 7: cs:VerifyS ro:Primary/Secondary ds:UpToDate/UpToDate C r---d-",
      "    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:12",
      "\t[>....................] verified:  1.5% (1000/1020)M",
      "\tfinish: ∞ speed: 0 (1,234 -- 12,345) want: 4,096 K/sec (stalled)",
      "\t 12% sector pos: 1234/5678",
      "\tresync: used:0/61 hits:1 misses:2 starving:0 locked:0 changed:3",
      " 8: cs:Unconfigured",
      " 9: cs:Levitating ro:Primary/Secondary ds:UpToDate/UpToDate A sa----",
      "10: cs:StandAlone ro:Secondary/Unknown ds:Diskless/DUnknown   sapu--",
    ].join("\n");
    const facts = readProcDrbd(text);
    expect(facts.not_understood).toEqual([]);
    expect(facts.minors[0]).toMatchObject({
      replication: "VerifyS",
      out_of_sync_kib: 12,
      sync: {
        done_percent: 1.5,
        rate_recent_kib_s: 0,
        rate_average_kib_s: 12345,
        rate_wanted_kib_s: 4096,
        eta_s: undefined,
        not_converging: true,
        stalled: true,
      },
    });
    expect(facts.minors[1]).toMatchObject({ minor: 8, cs: "Unconfigured", connection: undefined, replication: undefined });
    expect(facts.minors[2]).toMatchObject({
      connection: { other: "Levitating" },
      protocol: "A",
      io_suspended: true,
      resync_paused: ["dependency"],
    });
    expect(facts.minors[3]).toMatchObject({ io_suspended: true, resync_paused: ["dependency", "peer", "user"] });
  });

  it("keeps what it doesn't understand, and fails on what is no /proc/drbd", () => {
    expect(readProcDrbd("version: 8.4.11\n 0: nonsense").not_understood).toEqual(["0: nonsense"]);
    expect(parseProcDrbd({ rc: 0, stdout: "", truncated: false })).toMatchObject({ ok: false, kind: "failed" });
    expect(parseProcDrbd({ rc: 69, stdout: "", truncated: false })).toMatchObject({ ok: false, kind: "absent" });
  });

  it.each(recordings(/^proc-drbd.*\.txt$/))("understands every line of %s", (path) => {
    for (const text of polls(path)) {
      const facts = readProcDrbd(text);
      expect(facts.not_understood).toEqual([]);
      expect(facts.version).toMatch(/^[89]\./);
      const rows = text.split("\n").filter((line) => line.includes(" cs:")).length;
      expect(facts.minors).toHaveLength(rows);
      for (const minor of facts.minors) {
        expect([typeof minor.connection, typeof minor.disk, minor.flags.length]).toEqual(["string", "string", 6]);
        expect(minor.sync !== undefined).toBe(/^(?:Sync|Verify)/.test(minor.cs));
      }
    }
  });

  it("is total", () => {
    expectTotal(
      parseProcDrbd,
      ["resync/beta/proc-drbd.txt", "paused/alpha/proc-drbd.txt", "splitbrain/alpha/proc-drbd.txt"].map((path) => recording(path).stdout),
    );
  });
});
