/**
 * The ten incidents of design/1-product, each made on a pair that was well and is being watched: how soon the finding on top names what was done. Where a rule
 * waits on purpose, its limit is named and added: nobody is woken for what a healthy pair does as well.
 */
import { describe, expect, it } from "vitest";
import type { Faults } from "../../src/sim/fault.ts";
import type { World } from "../../src/sim/model/world.ts";
import { demoGuests, demoPair } from "../../src/sim/scenarios/parts/demo-pair.ts";
import { GIB_KIB } from "../../src/sim/scenarios/parts/storage.ts";
import { DRBD_NOTICES_MS } from "../../src/state/diagnose/hosts.ts";
import { runbookNamed, runbooks } from "../../src/state/runbooks/index.ts";
import { SUSPENDED_MAX_MS } from "../../src/state/select/guest-state.ts";
import { createSelectPair } from "../../src/state/select/pair.ts";
import { FLAP_LOSSES_MIN } from "../../src/state/select/path-flaps.ts";
import { STALL_AFTER_MS } from "../../src/state/select/resync.ts";
import type { Finding, PairView } from "../../src/state/view-model.ts";
import { playStory, type Story } from "./story.ts";

/** From alarm to cause, on the screen. */
const SOON_S = 10;
/** Everything has been read at least once, and the first looks are over. */
const WELL_S = 130;
/** A story that doesn't get to its incident has failed. */
const STORY_MAX_S = 600;

interface Incident {
  readonly number: number;
  readonly title: string;
  readonly act: (fault: Faults, world: World) => void;
  /** The incident is there; absent: at once. */
  readonly begins?: (world: World, view: PairView) => boolean;
  /** What the rule waits for on purpose. */
  readonly waits_ms?: number;
  readonly rule: string;
  readonly cause: RegExp;
  /** Not of this incident: what it looks like until the other host can tell. */
  readonly of_another?: true;
}

const later = ({ scheduler }: World, seconds: number, act: () => void): void => void scheduler.after(seconds * 1000, act);
const FLAP_S = 24;

const incidents: readonly Incident[] = [
  {
    number: 1,
    title: "a host dies",
    act: (fault) => fault.hostDead("beta"),
    rule: "host.unreachable",
    cause: /^no contact with beta for \d+ s; it may be alive$/,
  },
  {
    number: 2,
    title: "the host returns",
    act: (fault, world) => {
      fault.hostDead("beta");
      later(world, 40, () => fault.guestStart("web02", "alpha"));
      later(world, 60, () => fault.hostBack("beta"));
    },
    begins: (_, { hosts }) => hosts[1].reach === "live" && (hosts[1].uptime_s ?? 1e9) < 600,
    rule: "host.returned",
    cause: /^beta has come back, it booted \d+ s ago: .*web02 still runs on alpha/,
  },
  {
    number: 3,
    title: "a resync is paused",
    act: (fault) => {
      fault.resync("mail01", "alpha", 20 * GIB_KIB);
      fault.pauseSync("mail01", "beta", true);
    },
    rule: "drbd.paused_sync",
    cause: /^the resync of mail01 is paused by hand on beta$/,
  },
  {
    number: 3,
    title: "a resync stalls",
    act: (fault) => {
      fault.resync("db01", "alpha", 11 * GIB_KIB);
      fault.stall("db01", true);
    },
    waits_ms: STALL_AFTER_MS,
    rule: "drbd.stalled",
    cause: /^the resync of db01 hasn't moved for \d+ s: no/,
  },
  {
    number: 4,
    title: "split brain",
    act: (fault) => fault.splitBrain("mail01"),
    rule: "drbd.split_brain",
    cause: /^split brain: mail01 was written on both hosts/,
  },
  {
    number: 5,
    title: "a storage path flaps",
    act: (fault, world) => {
      for (let turn = 0; turn < 20; turn += 1) {
        later(world, turn * FLAP_S, () => fault.iscsiDown("alpha", "10.99.2.20"));
        later(world, turn * FLAP_S + 9, () => fault.iscsiBack("alpha", "10.99.2.20"));
      }
    },
    waits_ms: (FLAP_LOSSES_MIN - 1) * FLAP_S * 1000,
    rule: "storage.path_flapping",
    cause: /lost \d+ times in 10 min, all by portal 10\.99\.2\.20$/,
  },
  {
    number: 6,
    title: "maintenance: a host is emptied",
    act: (fault, world) => demoGuests.alpha.forEach((guest, at) => void later(world, at * 60, () => fault.migrate(guest))),
    rule: "guest.incoming",
    cause: /^web01 is moving from alpha to beta$/,
    of_another: true,
  },
  {
    number: 7,
    title: "a VLAN is missing on the peer",
    act: (fault) => fault.vlanMissing("beta", 200, true),
    rule: "net.parity",
    cause: /^bridge xenbr-dmz: missing on beta; a guest that moves is cut off$/,
  },
  {
    number: 8,
    title: "a disk fills",
    act: (fault) => fault.diskUsed("beta", "/var/log", 100),
    rule: "storage.fill",
    cause: /^\/var\/log on beta: 100 % used$/,
  },
  {
    number: 9,
    title: "a migration sticks at the handover",
    act: (fault) => fault.migrate("proxy01", "handover"),
    begins: ({ hosts }) => hosts[0].domains.some(({ name }) => name === "proxy01--migratedaway"),
    waits_ms: SUSPENDED_MAX_MS,
    rule: "guest.incoming",
    cause: /^proxy01 has been stuck at the handover for \d+ s: stopped on alpha as proxy01--migratedaway/,
  },
  {
    number: 10,
    title: "the operator's own link drops: silence, as of a host that died",
    act: (fault) => fault.consoleLinkCut("alpha"),
    rule: "host.unreachable",
    cause: /^no contact with alpha for \d+ s; it may be alive$/,
    of_another: true,
  },
  {
    number: 10,
    title: "the operator's own link drops: its peer's DRBD knows better",
    act: (fault) => fault.consoleLinkCut("alpha"),
    waits_ms: DRBD_NOTICES_MS,
    rule: "host.unreachable",
    cause: /^no contact with alpha for \d+ s, but it is alive: DRBD on beta is Connected to it$/,
  },
];

/** Every reading comes at its own cadence: how long before its next turn the incident begins decides how late it is seen. Each second of ten, some of a minute. */
const PHASES_S = [0.1, 1.1, 2.1, 3.1, 4.1, 5.1, 6.1, 7.1, 8.1, 9.1, 14.6, 23.7, 35.3, 47.8, 58.4];

const well = (phase_s = 0): Story => {
  const story = playStory({ name: "well", sentence: "", build: demoPair, steps: [] });
  story.advance((WELL_S + phase_s) * 1000);
  return story;
};

/** The finding on top, a second apart, until it is the one or the time is over. */
function topOf(
  incident: Incident,
  phase_s: number,
): { readonly after_s: number; readonly top: Finding | undefined; readonly seen: readonly string[] } {
  const story = well(phase_s);
  const select = createSelectPair();
  const look = (): PairView => select(story.state(), story.now_ms());
  incident.act(story.sim.fault, story.sim.world);
  for (let s = 0; incident.begins !== undefined && !incident.begins(story.sim.world, look()); s += 1) {
    if (s > STORY_MAX_S) throw new Error(`${incident.title}: it never began`);
    story.advance(1000);
  }
  const seen: string[] = [];
  const limit_s = SOON_S + (incident.waits_ms ?? 0) / 1000;
  let top: Finding | undefined;
  for (let after_s = 1; after_s <= limit_s; after_s += 1) {
    story.advance(1000);
    [top] = look().findings;
    if (top !== undefined && top.rule === incident.rule && incident.cause.test(top.cause)) return { after_s, top, seen };
    const line = `${top?.severity} ${top?.rule}: ${top?.cause}`;
    if (seen.at(-1) !== line) seen.push(line);
  }
  return { after_s: Number.POSITIVE_INFINITY, top, seen };
}

describe("the ten incidents", () => {
  it("are all here, as they are in the runbooks", () => {
    const numbers = [...new Set(incidents.map(({ number }) => number))];
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const number of numbers) expect([number, runbooks.some(({ incident }) => incident === number)]).toEqual([number, true]);
  });

  it("begin on a pair of which nothing is found", () => {
    const story = well();
    expect(createSelectPair()(story.state(), story.now_ms()).findings).toEqual([]);
  });

  it("that stand since before the console came are named as soon: a scenario of each that can", () => {
    const named: Readonly<Record<string, readonly [string, RegExp]>> = {
      "host-dead": ["host.unreachable", /^no contact with beta/],
      "resync-stall": ["drbd.paused_sync", /^the resync of mail01 is paused by hand on beta/],
      "split-brain": ["drbd.split_brain", /mail01/],
      "path-flap": ["storage.path_flapping", /all by portal 10\.99\.2\.20/],
      "vlan-missing": ["net.parity", /xenbr-dmz: missing on beta/],
      "disk-full": ["storage.fill", /\/var\/log on beta/],
      "stuck-migration": ["guest.incoming", /^proxy01 has been stuck at the handover for \d+ (?:s|min)/],
    };
    for (const [scenario, [rule, cause]] of Object.entries(named)) {
      const story = playStory(scenario);
      story.advance(SOON_S * 1000);
      const [top] = createSelectPair()(story.state(), story.now_ms()).findings;
      expect([scenario, top?.rule, top?.cause]).toEqual([scenario, rule, expect.stringMatching(cause)]);
    }
  });

  it.each(incidents.map((incident) => [`${incident.number}: ${incident.title}`, incident] as const))(
    `%s: the top finding names it within ${SOON_S} s, with what to press and to read`,
    (_, incident) => {
      const limit_s = SOON_S + (incident.waits_ms ?? 0) / 1000;
      const looks = PHASES_S.map((phase_s) => ({ phase_s, ...topOf(incident, phase_s) }));
      const late = looks.filter(({ after_s }) => after_s > limit_s);
      expect(late.map(({ phase_s, seen }) => `${phase_s} s into the cadence: ${seen.join("; ")}`)).toEqual([]);
      const [{ top } = { top: undefined }] = looks;
      expect(top?.next).toMatch(/^(?:[1-7]|ctrl-r): /);
      const told = runbookNamed(top?.runbook ?? "")?.incident;
      if (incident.of_another === undefined) expect([top?.runbook, told]).toEqual([top?.runbook, incident.number]);
      else expect(told).toBeDefined();
    },
  );
});
