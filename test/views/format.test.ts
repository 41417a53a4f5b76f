import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  age,
  bar,
  byName,
  count,
  duration,
  localTime,
  percent,
  rateOfKib,
  severityRank,
  sizeOfBytes,
  sizeOfKib,
  sizeOfTotal,
  skew,
  worst,
} from "../../src/views/format.ts";
import { textWidth } from "../../src/views/terminal/width.ts";

describe("sizes", () => {
  it("takes the unit that needs fewest digits", () => {
    expect([0, 1, 999, 1023, 1024, 1536, 12_595_200, 129_000_000].map(sizeOfBytes)).toEqual([
      "0 B",
      "1 B",
      "999 B",
      "1.0 KiB",
      "1 KiB",
      "1.5 KiB",
      "12.0 MiB",
      "123 MiB",
    ]);
    expect(sizeOfKib(119_808)).toBe("117 MiB");
    expect(sizeOfKib(2 ** 30)).toBe("1 TiB");
    expect(rateOfKib(2_156)).toBe("2.1 MiB/s");
  });

  it("never shows something as nothing", () => {
    expect(sizeOfBytes(1024 * 1000 + 1)).not.toMatch(/^0/);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 52 }), (bytes) => {
        expect(sizeOfBytes(bytes)).not.toMatch(/^0(\.0)? /);
      }),
    );
  });

  it("never needs more than eight columns", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 52 }), (bytes) => {
        expect(sizeOfBytes(bytes).length).toBeLessThanOrEqual(8);
      }),
    );
  });

  it("compares free with total in one unit", () => {
    expect(sizeOfTotal(552, 1599)).toBe("552 of 1599 MiB");
    expect(sizeOfTotal(12_800, 524_288)).toBe("12.5 of 512 GiB");
  });
});

describe("times", () => {
  it("tells an age in one unit, rounded down", () => {
    expect([0, 400, 9_999, 10_000, 42_999, 119_999, 120_000, 7_199_999, 7_200_000, 172_799_999, 172_800_000, 345_600_000].map(age)).toEqual(
      ["0.0 s", "0.4 s", "9.9 s", "10 s", "42 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d", "4 d"],
    );
    expect(age(-5_000)).toBe("0.0 s");
  });

  it("tells a time to come with what matters of it", () => {
    expect([0, 57, 119, 180, 7_500, 345_600].map(duration)).toEqual(["0 s", "57 s", "119 s", "3 min", "2 h 05 min", "4 d"]);
  });

  it("tells a clock's skew with its sign", () => {
    expect([20, -3_200, 240_000, 0].map(skew)).toEqual(["+0.02 s", "-3.2 s", "+4 min", "+0.00 s"]);
  });

  it("shows the day only where it isn't today", () => {
    const noon = new Date(2026, 10, 22, 12, 30, 5).getTime();
    expect(localTime(noon, noon + 60_000)).toBe("12:30:05");
    expect(localTime(noon, noon + 86_400_000)).toBe("22 Nov 12:30");
  });
});

describe("shares", () => {
  it("rounds down: nothing is done before it is", () => {
    expect([0, 0.04, 54.3, 99.97, 100].map(percent)).toEqual(["0 %", "0 %", "54.3 %", "99.9 %", "100 %"]);
  });

  it("draws a bar of exactly its width, full only at 100 and empty only at 0", () => {
    expect(bar(50, 10, false)).toBe("█████░░░░░");
    expect(bar(50, 10, true)).toBe("#####.....");
    expect(bar(33, 8, false)).toBe("██▋░░░░░");
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), fc.integer({ min: 2, max: 60 }), fc.boolean(), (share, width, ascii) => {
        const drawn = bar(share, width, ascii);
        expect(textWidth(drawn)).toBe(width);
        expect(drawn === (ascii ? "#" : "█").repeat(width)).toBe(share === 100);
        expect(drawn === (ascii ? "." : "░").repeat(width)).toBe(share === 0);
      }),
    );
  });
});

describe("words", () => {
  it("counts", () => {
    expect([count(1, "guest"), count(0, "guest"), count(2, "entry", "entries")]).toEqual(["1 guest", "0 guests", "2 entries"]);
  });

  it("orders names as people do", () => {
    expect(["web10", "web2", "db1"].sort(byName)).toEqual(["db1", "web2", "web10"]);
  });

  it("takes unknown for worse than info and better than a warning", () => {
    expect(worst(["ok", "unknown", "info"])).toBe("unknown");
    expect(worst([])).toBe("ok");
    expect(severityRank("critical")).toBeGreaterThan(severityRank("warning"));
  });
});
