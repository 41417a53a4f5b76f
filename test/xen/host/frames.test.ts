import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFrameDecoder, HEADER_BYTES_MAX } from "../../../src/xen/host/frames.ts";
import type { ProbeFrame } from "../../../src/xen/host/wire.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const section = (id: string, stdout: string): string => `XHP1 sec ${id} 0 0.25 0 ${bytes(stdout).length}\n${stdout}\n`;

/** All frames, the stream cut into chunks at the given places. */
function decode(stream: Uint8Array, cuts: readonly number[] = []): ProbeFrame[] {
  const decoder = createFrameDecoder();
  const ends = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((a, b) => a - b);
  return [...ends, stream.length].flatMap((end, index) => [...decoder.push(stream.subarray(index === 0 ? 0 : ends[index - 1], end))]);
}

describe("frames", () => {
  it("reads each kind", () => {
    const stream = [
      "XHP1 hello 12.50 1795384696.7 14\nprobe=1\nuid=0\n\n",
      "XHP1 beat 13.50 - xl-list:4,df:0 xl-info,host\n",
      "XHP1 beat 15.50 - - - 1763852000123\nXHP1 beat 17.50 - - - -\n",
      section("xl-list", "a\nb"),
      "XHP1 evt drbd 5\nr0 up\n",
      "XHP1 bye asked\n",
    ].join("");
    expect(decode(bytes(stream))).toEqual([
      {
        kind: "hello",
        uptime_s: 12.5,
        wall_s: 1795384696.7,
        fields: new Map([
          ["probe", "1"],
          ["uid", "0"],
        ]),
      },
      {
        kind: "beat",
        uptime_s: 13.5,
        wall_s: undefined,
        running: [
          { id: "xl-list", for_s: 4 },
          { id: "df", for_s: 0 },
        ],
        same: ["xl-info", "host"],
      },
      { kind: "beat", uptime_s: 15.5, wall_s: undefined, running: [], same: [], asked_ms: 1763852000123 },
      { kind: "beat", uptime_s: 17.5, wall_s: undefined, running: [], same: [] },
      { kind: "section", id: "xl-list", rc: 0, took_s: 0.25, truncated: false, stdout: "a\nb" },
      { kind: "event", stream: "drbd", line: "r0 up" },
      { kind: "bye", reason: "asked" },
    ]);
  });

  it("takes no frame from inside a tool's output", () => {
    const stdout = "XHP1 bye asked\nXHP1 beat 1.00 - - -\n";
    expect(decode(bytes(section("host", stdout)))).toEqual([
      { kind: "section", id: "host", rc: 0, took_s: 0.25, truncated: false, stdout },
    ]);
  });

  it("counts a banner as noise and goes on", () => {
    const decoder = createFrameDecoder();
    const frames = decoder.push(bytes(`Welcome to alpha!\nXHP0 beat\n${section("df", "x")}`));
    expect(frames).toHaveLength(1);
    expect(decoder.noise).toBe("Welcome to alpha!\nXHP0 beat\n");
  });

  it("holds no more than a bounded line of noise, and skips a frame that is too large", () => {
    const decoder = createFrameDecoder();
    decoder.push(bytes("x".repeat(HEADER_BYTES_MAX + 1)));
    expect(decoder.noise.length).toBeLessThan(300);
    const huge = 5 * 1024 * 1024;
    expect(decoder.push(bytes(`XHP1 sec df 0 0.00 0 ${huge}\n`))).toEqual([]);
    for (let sent = 0; sent < huge; sent += 1024 * 1024) expect(decoder.push(bytes("y".repeat(1024 * 1024)))).toEqual([]);
    expect(decoder.push(bytes(`\n${section("df", "ok")}`))).toHaveLength(1);
  });

  it("gives the same frames however the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 12 }), (outputs, cuts) => {
        const stream = bytes(outputs.map((stdout, index) => section(`r${index}`, stdout)).join(""));
        expect(decode(stream, cuts)).toEqual(decode(stream));
        expect(decode(stream)).toHaveLength(outputs.length);
      }),
    );
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (chunks) => {
        const decoder = createFrameDecoder();
        for (const chunk of chunks) decoder.push(chunk);
      }),
    );
  });
});
