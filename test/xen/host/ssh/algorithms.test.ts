import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { algorithmList, offerOf, orderHostKeyAlgorithms, supported } from "../../../../src/xen/host/ssh/algorithms.ts";
import { createDeadline } from "../../../../src/xen/host/ssh/clock.ts";
import { matchesHostList, matchesPattern, matchesPatternList } from "../../../../src/xen/host/ssh/pattern.ts";
import { settingsOf } from "../../../../src/xen/host/ssh/settings.ts";
import { createFakeClock } from "./fake-clock.ts";

const local = { home: "/h", user: "ana", uid: 1, hostname: "desk", env: {} };
function settings(options: Record<string, string>) {
  const result = settingsOf({
    options: new Map(Object.entries(options).map(([key, value]) => [key, [value]])),
    name: "alpha",
    local,
    by: "files",
  });
  if (!result.ok) throw new Error(result.error);
  return result.settings;
}

describe("algorithms", () => {
  it("are the usual ones without SHA-1, CBC and MD5 where nothing is set", () => {
    const { offer } = { offer: undefined, ...offerOf(settings({}), []) };
    expect(offer?.serverHostKey).toEqual(supported.serverHostKey.slice(0, 6));
    expect(offer?.kex.join()).not.toMatch(/sha1$|sha1,/);
    expect(offer?.cipher.join()).not.toMatch(/cbc/);
  });

  it("follow the list, its signs and patterns, within what ssh2 knows", () => {
    expect(algorithmList("ssh-rsa,unknown,ssh-ed25519", "serverHostKey")).toEqual(["ssh-rsa", "ssh-ed25519"]);
    expect(algorithmList("+ssh-rsa", "serverHostKey").at(-1)).toBe("ssh-rsa");
    expect(algorithmList("^rsa-sha2-256", "serverHostKey")[0]).toBe("rsa-sha2-256");
    expect(algorithmList("-ecdsa-*,ssh-ed25519", "serverHostKey")).toEqual(["rsa-sha2-512", "rsa-sha2-256"]);
  });

  it("say which setting leaves nothing", () => {
    expect(offerOf(settings({ macs: "umac-64@openssh.com" }), [])).toMatchObject({
      ok: false,
      error: expect.stringMatching(/^nothing in MACs/),
    });
  });

  it("ask first for the host keys that are on record", () => {
    const all = supported.serverHostKey;
    expect(orderHostKeyAlgorithms(all, ["ssh-rsa"]).slice(0, 4)).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa", "ssh-ed25519"]);
    expect(orderHostKeyAlgorithms(all, [])).toEqual(all);
    fc.assert(
      fc.property(fc.shuffledSubarray([...all]), fc.subarray([...all]), (algorithms, known) => {
        expect([...orderHostKeyAlgorithms(algorithms, known)].sort()).toEqual([...algorithms].sort());
      }),
    );
  });
});

describe("patterns", () => {
  it("match as ssh's do", () => {
    for (const [text, pattern] of [
      ["alpha", "alpha"],
      ["alpha", "*"],
      ["alpha", "al*a"],
      ["alpha", "?????"],
      ["", "*"],
      ["a.b.c", "*.*.c"],
      ["aXbXc", "a*X*c"],
    ] as const)
      expect(matchesPattern(text, pattern)).toBe(true);
    for (const [text, pattern] of [
      ["alpha", "Alpha"],
      ["alpha", "alph"],
      ["alpha", "??????"],
      ["", "?"],
      ["ab", "a*c"],
    ] as const)
      expect(matchesPattern(text, pattern)).toBe(false);
    expect([matchesPatternList("b", "!a,*"), matchesPatternList("a", "*,!a"), matchesPatternList("a", "!b")]).toEqual([true, false, false]);
    expect(matchesHostList("ALPHA.Lan", "*.lan")).toBe(true);
  });

  it("agree with a slow and simple matcher, and stay quick", () => {
    const slow = (text: string, pattern: string): boolean => {
      if (pattern === "") return text === "";
      if (pattern[0] === "*") return slow(text, pattern.slice(1)) || (text !== "" && slow(text.slice(1), pattern));
      return text !== "" && (pattern[0] === "?" || pattern[0] === text[0]) && slow(text.slice(1), pattern.slice(1));
    };
    const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    fc.assert(fc.property(letters, pattern, (text, wanted) => matchesPattern(text, wanted) === slow(text, wanted)));
    expect(matchesPattern("a".repeat(5_000), `${"a*".repeat(400)}b`)).toBe(false);
    expect(matchesPattern("a", "*".repeat(2_000))).toBe(false);
  });
});

describe("a deadline", () => {
  it("stands still while it is paused, however often", () => {
    const clock = createFakeClock();
    let expired = 0;
    const deadline = createDeadline(clock, 1_000, () => {
      expired += 1;
    });
    clock.advance(600);
    deadline.pause();
    deadline.pause();
    clock.advance(10_000);
    deadline.resume();
    clock.advance(10_000);
    expect(expired).toBe(0);
    deadline.resume();
    clock.advance(399);
    expect(expired).toBe(0);
    clock.advance(1);
    expect([expired, clock.pending]).toEqual([1, 0]);
    deadline.resume();
    deadline.pause();
    clock.advance(10_000);
    expect([expired, clock.pending]).toEqual([1, 0]);
  });

  it("is gone once cancelled", () => {
    const clock = createFakeClock();
    const deadline = createDeadline(clock, 1_000, () => expect.unreachable());
    deadline.pause();
    deadline.cancel();
    deadline.resume();
    clock.advance(10_000);
    expect(clock.pending).toBe(0);
  });
});
