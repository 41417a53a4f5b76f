import { describe, expect, it } from "vitest";
import { events2Dump, events2Lines } from "../../../src/sim/format/drbd-events2.ts";
import { recording } from "../../helpers.ts";
import { type Lab, lab } from "../lab.ts";
import { counters } from "../mask.ts";

/** Without time stamps and counters; `blocked` and `lower-pending` come and go with single requests, which the model hasn't. */
const mask = (line: string): string => counters(line.replace(/^\S+ /, "")).replace(/ blocked:\w+/g, "");
const lines = (path: string): string[] => recording(path).stdout.trimEnd().split("\n").map(mask);
/** What came after the dump; a `change` that names no changed word is a flicker of the kernel's own. */
const later = (all: readonly string[]): string[] =>
  all
    .slice(all.indexOf("exists -") + 1)
    .filter(
      (line) =>
        !/^change (?:connection|peer-device) [^:]+:\S+ peer-node-id:\d conn-name:\S+(?: volume:\d)?(?: (?:received|sent|out-of-sync|pending|unacked):#)*$/.test(
          line,
        ),
    );
const of = (resource: string, all: readonly string[]): string[] => all.filter((line) => line.includes(` name:${resource} `));
/** States settle in one order; handlers run beside them. */
const states = (all: readonly string[]): string[] => all.filter((line) => !line.includes(" helper "));
const helpers = (all: readonly string[]): string[] => all.filter((line) => line.includes(" helper "));

function follow(at: Lab, host: 0 | 1, act: () => void): string[] {
  const heard: string[] = [];
  at.world.listeners.add((event) => {
    if (event.kind !== "host" && event.host === host) heard.push(...events2Lines(at.world, event, true).map(mask));
  });
  act();
  return heard;
}

describe("drbdsetup events2 --timestamps --statistics", () => {
  it.each([
    ["8.4", "healthy"],
    ["9.2", "drbd9-healthy"],
  ] as const)("begins with the dump of %s", (flavour, state) => {
    const at = lab(flavour);
    // blocked is kept here: the whole line is compared.
    const whole = (text: readonly string[]): string[] => text.map((line) => counters(line.replace(/^\S+ /, "")));
    const real = recording(`${state}/alpha/drbdsetup-events2-now.txt`).stdout.trimEnd().split("\n");
    expect(whole(events2Dump(at.world, 0, true))).toEqual(whole(real));
  });

  it("stamps as the tool does", () => {
    const at = lab();
    for (const line of events2Dump(at.world, 0, false)) expect(line).toMatch(/^2026-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00 exists /);
  });

  it.each([0, 1] as const)("tells a whole resync as 8.4 told it (host %s)", (host) => {
    const at = lab();
    const heard = follow(at, host, () => {
      at.fault.resync("r0", "alpha");
      at.advance(60);
    });
    const real = later(lines(`resync/${host === 0 ? "alpha" : "beta"}/drbdsetup-events2-stream.txt`));
    expect(states(heard)).toEqual(states(real));
    expect(helpers(heard)).toEqual(helpers(real));
  });

  it.each([0, 1] as const)("tells a cut link as 8.4 told it, each resource in its own time (host %s)", (host) => {
    const at = lab();
    const heard = follow(at, host, () => {
      at.fault.replicationLinkCut();
      at.advance(30);
    });
    const real = later(lines(`linkcut/${host === 0 ? "alpha" : "beta"}/drbdsetup-events2-stream.txt`));
    for (const resource of ["r0", "r1", "r2"]) expect(of(resource, heard)).toEqual(of(resource, real));
  });

  it.each([0, 1] as const)("tells a reconnect with its short resync as 8.4 told it (host %s)", (host) => {
    const at = lab();
    const heard = follow(at, host, () => {
      at.fault.disconnect("r2", "beta");
      at.advance(20);
      at.fault.connect("r2", "beta");
      at.advance(60);
    });
    const real = later(lines(`reconnect/${host === 0 ? "alpha" : "beta"}/drbdsetup-events2-stream.txt`));
    expect(states(heard)).toEqual(states(real));
    expect(helpers(heard)).toEqual(helpers(real));
  });

  it("ends a split brain StandAlone, its connection destroyed", () => {
    const at = lab();
    const heard = follow(at, 0, () => {
      at.fault.splitBrain("r2");
      at.advance(20);
    });
    const real = later(lines("splitbrain/alpha/drbdsetup-events2-stream.txt"));
    const tail = (all: readonly string[]): string[] => of("r2", all).slice(-3);
    expect(tail(heard)).toEqual(tail(real));
    expect(helpers(heard)).toEqual(helpers(real));
  });

  it("tells the progress of a resync with 9.2 alone", () => {
    const told = (flavour: "8.4" | "9.2"): string[] => {
      const at = lab(flavour);
      for (const resource of at.world.drbd.values()) resource.c_max_rate_kib_s = [2048, 2048];
      return follow(at, 1, () => {
        at.fault.resync("r0", "alpha");
        at.advance(20);
      }).filter((line) => line.includes("done:#") && !line.includes("replication:"));
    };
    expect(told("8.4")).toEqual([]);
    const real = lines("drbd9-resync/beta/drbdsetup-events2-stream.txt").find(
      (line) => line.startsWith("change peer-device") && line.includes(" done:#"),
    );
    expect(told("9.2").length).toBeGreaterThan(4);
    expect(
      told("9.2")[0]
        ?.split(" ")
        .map((word) => word.split(":")[0]),
    ).toEqual(expect.arrayContaining(["done", "received", "sent", "out-of-sync", "dbdt1", "eta"]));
    expect(real).toBeDefined();
  });
});
