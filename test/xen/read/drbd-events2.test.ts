import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeEvent, parseEvents2Line } from "../../../src/xen/read/drbd-events2.ts";
import { recording } from "../../helpers.ts";
import { hurt, recordings, unsafe } from "./totality.ts";

const told = (line: string) => {
  const event = parseEvents2Line(line);
  return event === undefined ? undefined : describeEvent(event);
};
/** Everything a stream tells the timeline, as `object: text`. */
const story = (path: string) =>
  recording(path)
    .stdout.split("\n")
    .flatMap((line) => {
      const entry = told(line);
      return entry === undefined ? [] : [`${entry.object}: ${entry.text}`];
    });

describe("drbdsetup events2", () => {
  it("reads time, action, object and fields, split at the first colon", () => {
    const event = parseEvents2Line(
      "2026-11-22T20:35:57.178324+00:00 exists path name:r0 peer-node-id:1 conn-name:beta local:ipv4:10.99.1.1:7788 peer:ipv4:10.99.1.2:7788 established:yes",
    );
    expect(event).toMatchObject({ timestamp: "2026-11-22T20:35:57.178324+00:00", action: "exists", object: "path" });
    expect(event?.fields.get("local")).toBe("ipv4:10.99.1.1:7788");
    expect(event?.fields.get("established")).toBe("yes");
  });

  it("reads the end of the dump, lines without a time, and numbered lines", () => {
    expect(parseEvents2Line("2026-11-22T20:11:40.185527+00:00 exists -")).toMatchObject({ action: "exists", object: "-" });
    expect(parseEvents2Line("change resource name:r0 role:Primary")).toMatchObject({ timestamp: undefined, action: "change" });
    expect(parseEvents2Line("12* change resource name:r0 role:Primary")).toMatchObject({ action: "change", object: "resource" });
  });

  it("keeps words that a later DRBD says", () => {
    expect(parseEvents2Line("ponder galaxy name:r0 mood:odd")).toMatchObject({ action: { other: "ponder" }, object: { other: "galaxy" } });
  });

  it("takes messages and half lines for no event", () => {
    for (const line of [
      "",
      "   ",
      "drbdsetup: packets droped, socket receive buffer overrun",
      "change",
      "change resource",
      "a b c",
      "x".repeat(10_000),
    ])
      expect(parseEvents2Line(line)).toBeUndefined();
  });

  it("tells a split brain", () => {
    const lines = story("splitbrain/alpha/drbdsetup-events2-stream.txt");
    expect(lines).toContain("r2: connection Disconnecting, peer's role Unknown");
    expect(lines).toContain("r2: connection StandAlone");
    expect(lines).toContain("r2: connection removed");
    expect(lines).toContain("r2: role Primary");
    expect(lines).toContain("r2/0: handler initial-split-brain called");
    expect(told("change connection name:r2 conn-name:peer connection:StandAlone")?.severity).toBe("critical");
    expect(told("call helper name:r2 conn-name:peer helper:split-brain")?.severity).toBe("critical");
  });

  it("tells a resync's begin and end, and not its every tick", () => {
    const lines = story("drbd9-resync/beta/drbdsetup-events2-stream.txt");
    expect(lines).toContain("r0/0: replication SyncTarget");
    expect(lines.at(-1)).toMatch(/UpToDate|Established/);
    expect(lines.length).toBeLessThan(25);
    const ticks = recording("drbd9-resync/beta/drbdsetup-events2-stream.txt").stdout.split("\n").length;
    expect(ticks).toBeGreaterThan(2 * lines.length);
  });

  it("tells a detached disk and its return", () => {
    const lines = story("detach/alpha/drbdsetup-events2-stream.txt");
    expect(lines.slice(0, 4)).toEqual([
      "r0/0: disk Failed",
      "r0/0: disk Diskless",
      "r2/0: peer's disk Failed",
      "r2/0: peer's disk Diskless",
    ]);
    expect(lines).toContain("r0/0: disk Negotiating");
    expect(told("change device name:r0 volume:0 disk:Diskless")).toEqual({ object: "r0/0", text: "disk Diskless", severity: "critical" });
  });

  it("takes the worst of a line's changes for its severity", () => {
    expect(told("change peer-device name:r0 conn-name:b volume:1 replication:Off peer-disk:Failed")).toEqual({
      object: "r0/1",
      text: "replication Off, peer's disk Failed",
      severity: "critical",
    });
    expect(told("change resource name:r0 suspended:quorum")).toMatchObject({ text: "I/O suspended: quorum", severity: "critical" });
    expect(told("change connection name:r0 conn-name:b connection:Connected role:Secondary")).toMatchObject({ severity: "ok" });
    expect(told("response helper name:r0 helper:fence-peer status:7")).toMatchObject({ severity: "warning" });
    expect(told("response helper name:r0 helper:fence-peer status:0")).toBeUndefined();
  });

  it("says nothing of dumps, statistics and empty changes", () => {
    expect(told("exists device name:r0 volume:0 disk:Failed")).toBeUndefined();
    expect(told("change connection name:r2 peer-node-id:0 conn-name:peer")).toBeUndefined();
    expect(told("change peer-device name:r0 volume:0 conn-name:b done:2.15 dbdt1:1.77 eta:71 out-of-sync:128")).toBeUndefined();
    expect(told("change resource name:r0 may_promote:no promotion_score:10101")).toBeUndefined();
  });

  const streams = recordings(/^drbdsetup-events2.*\.txt$/);
  it.each(streams)("understands every line of %s", (path) => {
    const lines = recording(path)
      .stdout.split("\n")
      .filter((line) => line.trim() !== "");
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const event = parseEvents2Line(line);
      expect(event, line).toBeDefined();
      expect([typeof event?.action, typeof event?.object], line).toEqual(["string", "string"]);
      const words = line.split(" ").filter((word) => word.includes(":")).length - 1;
      expect(event?.fields.size, line).toBe(words);
    }
  });

  it("is total, and keeps no control characters", () => {
    const samples = streams.slice(0, 4).map((path) => recording(path).stdout.slice(0, 4000));
    fc.assert(
      fc.property(hurt(samples), (text) => {
        for (const line of [...text.split("\n"), text]) {
          const event = parseEvents2Line(line);
          const said = event === undefined ? undefined : describeEvent(event);
          for (const kept of event?.fields.values() ?? []) expect(unsafe.test(kept)).toBe(false);
          expect(said === undefined || said.text.length > 0).toBe(true);
        }
      }),
    );
  });
});
