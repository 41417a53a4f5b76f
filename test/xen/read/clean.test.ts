import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clean, redact, TEXT_LENGTH_MAX } from "../../../src/xen/read/clean.ts";
import { cpuSince } from "../../kit/cpu.ts";

describe("clean", () => {
  it("shows in place of control, escape, bidi and zero-width characters that there was something", () => {
    expect(clean("a\u001b]52;c;eA==\u0007b\r\n\u009b1m\u202ec\u2066\u200b\ufeff\u{e0041}")).toBe(
      "a\ufffd]52;c;eA==\ufffdb\ufffd\ufffd\ufffd1m\ufffdc\ufffd\ufffd\ufffd\ufffd",
    );
  });

  it("keeps a length, and no half of a character at its end", () => {
    const long = clean("😀".repeat(400));
    expect(long.length).toBeLessThanOrEqual(TEXT_LENGTH_MAX + 1);
    expect(long.isWellFormed()).toBe(true);
  });

  it("gives harmless text for any input", () => {
    const anyText = fc.string({ unit: "binary", maxLength: 700 });
    fc.assert(
      fc.property(anyText, (text) => {
        const told = clean(text);
        expect(told).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069\u200b-\u200f]/u);
      }),
    );
  });
});

describe("redact", () => {
  it.each([
    ["iscsi", "iqn=iqn.2003-01.org:x,portal=10.0.0.1:3260,user=ana,password=hunter2,lun=0"],
    ["JSON", '{"passwd": "hunter2", "x": 1}'],
    ["JSON without blanks", '{"shared-secret":"hunter2"}'],
    ["a value whose closing quote was cut off", 'vnc passwd="hunter2'],
    ["single quotes, cut off", "secret = 'hunter2 and"],
    ["an option", "qemu --password hunter2 -vnc :1"],
    ["an option in quotes", "qemu -passwd 'hunter2 x'"],
    ["a URL", "nbd://ana:hunter2@10.0.0.1/x"],
    ["a URL's user alone", "https://hunter2@example.org/"],
    ["rbd", "rbd:pool/disk:id=admin:key=hunter2==:auth_supported=cephx"],
    ["CHAP", "chapsecret: hunter2"],
  ])("takes the credential out: %s", (_, text) => {
    expect(redact(text)).not.toContain("hunter2");
    expect(redact(text)).toContain("***");
  });

  it("leaves what is no credential", () => {
    for (const text of ["/dev/vg0/web01", "drbd r0: Handshake successful", "nfs 10.0.0.1:/srv", "passthrough enabled", "-p 22"])
      expect(redact(text)).toBe(text);
  });

  it("takes no more than a moment for the worst of texts", () => {
    for (const unit of ["a", "passwd", "a.", "key=", 'key="', "a://", "key ", "-pass ", "://@", "x+"]) {
      const cpu_ms = cpuSince();
      redact(unit.repeat(100_000));
      expect(cpu_ms()).toBeLessThan(1500);
    }
  });
});
