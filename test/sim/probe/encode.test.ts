import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame } from "../../../src/sim/probe/encode.ts";
import { createFrameDecoder } from "../../../src/xen/host/frames.ts";
import type { ProbeFrame } from "../../../src/xen/host/wire.ts";

const id = fc.constantFrom("xl-list", "drbd-status", "df");
const hundredths = fc.integer({ min: 0, max: 10_000_000 }).map((value) => value / 100);
const frame: fc.Arbitrary<ProbeFrame> = fc.oneof(
  fc.record({
    kind: fc.constant("section" as const),
    id,
    rc: fc.integer({ min: 0, max: 255 }),
    took_s: hundredths,
    truncated: fc.boolean(),
    stdout: fc.string({ unit: "grapheme" }),
  }),
  fc.record({
    kind: fc.constant("event" as const),
    stream: fc.constantFrom("drbd", "kernel"),
    line: fc.string({ unit: "grapheme-ascii" }),
  }),
  fc.record({
    kind: fc.constant("beat" as const),
    uptime_s: hundredths,
    wall_s: fc.constant(undefined),
    running: fc.array(fc.record({ id, for_s: fc.nat(1000) }), { maxLength: 3 }),
    same: fc.array(id, { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant("beat" as const),
    uptime_s: hundredths,
    wall_s: fc.constant(undefined),
    running: fc.constant([]),
    same: fc.array(id, { maxLength: 3 }),
    asked_ms: fc.nat(),
  }),
  fc.record({
    kind: fc.constant("hello" as const),
    uptime_s: hundredths,
    wall_s: hundredths,
    fields: fc.constant(
      new Map([
        ["probe", "1"],
        ["host", "alpha"],
      ]),
    ),
  }),
  fc.constant({ kind: "bye" as const, reason: "asked" }),
);

describe("frames as bytes", () => {
  it("are what the console's decoder reads, however they are cut", () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), (frames, chunk) => {
        const bytes = Buffer.concat(frames.map(encodeFrame));
        const decoder = createFrameDecoder();
        const read: ProbeFrame[] = [];
        for (let at = 0; at < bytes.length; at += chunk) read.push(...decoder.push(bytes.subarray(at, at + chunk)));
        expect(read).toEqual(frames);
        expect(decoder.noise_bytes).toBe(0);
      }),
    );
  });
});
