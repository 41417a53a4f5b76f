import { describe, expect, it } from "vitest";
import { drbdProc } from "../../../src/sim/format/drbd-proc.ts";
import { drbdShow } from "../../../src/sim/format/drbd-show.ts";
import { answer } from "../../../src/sim/format/index.ts";
import { recording } from "../../helpers.ts";
import { type Lab, lab } from "../lab.ts";

const recorded = (path: string): string => recording(path).stdout;
/** Counters, shares, speeds and times. */
const mask = (text: string): string =>
  text
    .replace(/\b(ns|nr|dw|dr|al|oos):\d+/g, "$1:#")
    .replace(/\[=*>\.*\] sync'ed: +[\d.]+% \(\d+\//g, "[#] sync'ed: #% (#/")
    .replace(/finish: [\d:]+ speed: [\d,]+ \([\d,]+\)/g, "finish: # speed: # (#)");

function slow(): Lab {
  const at = lab();
  for (const resource of at.world.drbd.values()) resource.c_max_rate_kib_s = [2048, 2048];
  return at;
}

describe("/proc/drbd", () => {
  const states: Readonly<Record<string, (at: Lab) => void>> = {
    healthy: () => {},
    resync: ({ fault, advance }) => {
      fault.resync("r0", "alpha");
      advance(20);
    },
    paused: ({ fault, advance }) => {
      fault.resync("r0", "alpha");
      advance(2);
      fault.pauseSync("r0", "beta", true);
    },
    splitbrain: ({ fault, advance }) => {
      fault.splitBrain("r2");
      advance(15);
    },
    detach: ({ fault, advance }) => {
      fault.detach("r0", "alpha");
      fault.detach("r2", "beta");
      advance(2);
    },
    linkcut: ({ fault, advance }) => {
      fault.replicationLinkCut();
      advance(30);
    },
  };
  for (const [state, bring] of Object.entries(states))
    for (const host of ["alpha", "beta"] as const)
      it(`is 8.4's in the state ${state} on ${host}`, () => {
        const at = slow();
        bring(at);
        expect(mask(drbdProc(at.world, at[host]).stdout)).toBe(mask(recorded(`${state}/${host}/proc-drbd.txt`)));
      });

  it("lists no resources with 9.2", () => {
    const at = lab("9.2");
    expect(drbdProc(at.world, at.alpha).stdout).toBe(recorded("drbd9-healthy/alpha/proc-drbd.txt"));
  });

  it("draws the bar and reckons the end as the kernel does", () => {
    const at = slow();
    at.fault.resync("r0", "alpha");
    at.advance(30);
    const line = drbdProc(at.world, at.alpha)
      .stdout.split("\n")
      .find((text) => text.includes("sync'ed"));
    const percent = Number(/sync'ed: +([\d.]+)%/.exec(line ?? "")?.[1]);
    const bar = /\[(=*)>(\.*)\]/.exec(line ?? "");
    expect((bar?.[1]?.length ?? 0) + 1 + (bar?.[2]?.length ?? 0)).toBe(20);
    expect(bar?.[1]?.length).toBe(Math.floor(percent / 5) - 1);
    expect(percent).toBeGreaterThan(35);
    expect(percent).toBeLessThan(55);
  });

  it("says (stalled) after three minutes without a block", () => {
    const at = slow();
    at.fault.resync("r0", "alpha");
    at.advance(20);
    at.fault.stall("r0", true);
    at.advance(120);
    expect(drbdProc(at.world, at.beta).stdout).not.toContain("(stalled)");
    at.advance(80);
    expect(drbdProc(at.world, at.beta).stdout).toContain("K/sec (stalled)");
  });
});

describe("drbdsetup show", () => {
  it.each(["healthy", "splitbrain"] as const)("is 8.4's very text in the state %s", (state) => {
    const at = lab();
    if (state === "splitbrain") {
      at.fault.splitBrain("r2");
      at.advance(15);
    }
    for (const resource of at.world.drbd.values()) resource.c_max_rate_kib_s = [20_480, 20_480];
    expect(drbdShow(at.world, at.alpha).stdout).toBe(recorded(`${state}/alpha/drbdsetup-show.txt`));
  });

  it("is 9.2's very JSON", () => {
    const at = lab("9.2");
    expect(drbdShow(at.world, at.alpha).stdout).toBe(recorded("drbd9-healthy/alpha/drbdsetup-show.json"));
  });
});

describe("data generations", () => {
  it("look like the recorded answer of the probe", () => {
    const at = lab();
    const masked = (text: string): string => text.replace(/0x[0-9A-F]{16}/g, "0x#").trimEnd();
    expect(masked(answer(at.world, at.alpha, "drbd-gi").stdout)).toBe(masked(recorded("probe-debian12-healthy/alpha/drbd-gi.txt")));
  });
});
