import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withoutCounters } from "../../../src/sim/format/drbd-status-text.ts";
import { procWithoutCounters, statusWithoutCounters } from "../../../src/xen/read/drbd-counters.ts";
import { parseProcDrbd } from "../../../src/xen/read/drbd-proc.ts";
import { parseDrbdStatus } from "../../../src/xen/read/drbd-status.ts";

const recorded = (file: string): string => readFileSync(join(import.meta.dirname, "../../recordings", file), "utf8");
const through = (filter: string, input: string): string =>
  execFileSync("/bin/sh", ["-c", filter], { input, encoding: "utf8", env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } });
const raw = (stdout: string) => ({ rc: 0, stdout, truncated: false });

/** Facts without what is left out. */
const uncounted = (facts: unknown): unknown =>
  JSON.parse(
    JSON.stringify(facts, (key, value: unknown) => {
      if (key === "received_kib" || key === "sent_kib" || key === "lower_pending") return undefined;
      return value instanceof Map ? [...value] : value;
    }),
  );

const statuses = [
  "healthy/alpha/drbdsetup-status.txt",
  "resync/alpha/drbdsetup-status.txt",
  "resync/beta/drbdsetup-status.txt",
  "splitbrain/alpha/drbdsetup-status.txt",
  "peerdown/alpha/drbdsetup-status.txt",
  "drbd9-healthy/alpha/drbdsetup-status.json",
  "drbd9-resync/alpha/drbdsetup-status.json",
  "drbd9-resync/beta/drbdsetup-status.json",
];

describe("DRBD's counters", () => {
  it.each(statuses)("are left out of %s, and nothing else is", (file) => {
    const text = recorded(file);
    const short = through(statusWithoutCounters, text);
    expect(short.length).toBeLessThan(text.length);
    expect(short).not.toMatch(/\b(?:read|written|received|sent)(?:": *|:)\d+,? *\S/);
    expect(uncounted(parseDrbdStatus(raw(short)))).toEqual(uncounted(parseDrbdStatus(raw(text))));
    expect(short.trimEnd()).toBe(withoutCounters(text).trimEnd());
  });

  it.each(["healthy/alpha/proc-drbd.txt", "resync/alpha/proc-drbd.txt", "resync/beta/proc-drbd.txt", "drbd9-healthy/alpha/proc-drbd.txt"])(
    "are left out of %s, and nothing else is",
    (file) => {
      const text = recorded(file);
      const short = through(procWithoutCounters, text);
      expect(short).not.toMatch(/ns:\d/);
      expect(parseProcDrbd(raw(short))).toEqual(parseProcDrbd(raw(text)));
    },
  );

  it("make no difference between two readings of a pair at work", () => {
    const busy = recorded("healthy/alpha/drbdsetup-status.txt");
    const later = busy.replaceAll(
      /(read|written|sent|received):(\d+)/g,
      (_, name: string, count: string) => `${name}:${Number(count) + 1}`,
    );
    expect(later).not.toBe(busy);
    expect(through(statusWithoutCounters, later)).toBe(through(statusWithoutCounters, busy));
  });
});
