import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { answer } from "../../../src/sim/format/index.ts";
import { recording } from "../../helpers.ts";
import { type Lab, lab } from "../lab.ts";

const root = fileURLToPath(new URL("../../recordings/", import.meta.url));

/** A line's kind: names and numbers apart. The time and `[pid]`s go too. */
const kind = (line: string): string =>
  line
    .replace(/^\[ *[\d.]+\] |^[\d.]+ \S+ kernel: /, "")
    .replace(/[0-9A-F]{16}/g, "U")
    .replace(/\b(?:web|cache|db)01/g, "guest")
    .replace(/\b(?:Primary|Secondary)\b/g, "role")
    .replace(/bitmap-\w+|both-off/g, "rule")
    .replace(/\d+(?:[.,:]\d+)*/g, "#")
    .replace(/\(from drbd\S+/g, "(from #")
    .trimEnd();

/** Every kind of line that the real kernels of the lab said, DRBD 8.4's and 9.2's. */
function said(): ReadonlySet<string> {
  const files = readdirSync(root, { recursive: true })
    .map(String)
    .filter((name) => /(?:drbd-dmesg|kernel-log[^/]*)\.txt$/.test(name));
  return new Set(files.flatMap((file) => recording(file).stdout.split("\n").map(kind)));
}

/** Not in any recording: in a state that the lab wasn't in, as the kernel's source has them (drbd_receiver.c, drbd_worker.c). */
const fromSource = [/^block drbd#: helper command: \/sbin\/drbdadm split-brain minor-#/, /^drbd r# \w+: Handshake to peer # successful/];

const acts: Readonly<Record<string, (at: Lab) => void>> = {
  "a split brain": ({ fault, advance }) => {
    fault.splitBrain("r2");
    advance(20);
  },
  "a cut link and its mending": ({ fault, advance }) => {
    fault.replicationLinkCut();
    advance(30);
    fault.replicationLinkBack();
    advance(30);
  },
  "a resync": ({ fault, advance }) => {
    fault.resync("r0", "alpha");
    advance(30);
  },
  "a resync paused by hand": ({ fault, advance }) => {
    fault.resync("r0", "alpha");
    advance(2);
    fault.pauseSync("r0", "beta", true);
    advance(1);
  },
  "a disk detached": ({ fault, advance }) => {
    fault.detach("r2", "beta");
    advance(2);
  },
  "a guest that starts": ({ fault, advance }) => {
    fault.guestStop("cache01");
    fault.guestStart("cache01", "alpha");
    advance(5);
  },
};

describe("the kernel's log", () => {
  const known = said();

  for (const [what, act] of Object.entries(acts))
    it(`uses the kernels' own words for ${what}`, () => {
      const at = lab();
      act(at);
      const lines = at.world.hosts.flatMap((host) => host.kernel_log.map(({ text }) => kind(text)));
      // A port that leaves its bridge and the carrier of another driver were not recorded.
      const odd = lines.filter(
        (line) =>
          !known.has(line) &&
          !fromSource.some((pattern) => pattern.test(line)) &&
          !/left promiscuous|NIC Link is|entered disabled state/.test(line),
      );
      expect([...new Set(odd)]).toEqual([]);
    });

  it("prints journalctl's short-unix lines", () => {
    const at = lab();
    const lines = answer(at.world, at.alpha, "kernel-log").stdout.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(line).toMatch(/^\d{10}\.\d{6} alpha kernel: \S/);
  });

  it("says nothing of a host without power, and begins anew at its boot", () => {
    const at = lab();
    at.fault.hostDead("beta");
    const before = at.beta.kernel_log.length;
    at.advance(60);
    expect(at.beta.kernel_log.length).toBe(before);
    at.fault.hostBack("beta");
    at.advance(60);
    expect(at.beta.kernel_log[0]?.text).toContain("Linux version");
  });
});
