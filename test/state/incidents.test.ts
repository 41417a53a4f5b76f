/** Incidents of the simulated pair as the console hears them, on the simulated clock: what it says, and when. */
import { describe, expect, it } from "vitest";
import { scenarioList } from "../../src/sim/index.ts";
import { findScenario } from "../../src/sim/scenarios/index.ts";
import { demoPair } from "../../src/sim/scenarios/parts/demo-pair.ts";
import { selectPair } from "../../src/state/select/pair.ts";
import type { PairView, Severity } from "../../src/state/view-model.ts";
import { playStory, type Story } from "./story.ts";

const scenarioNames = scenarioList().map(({ name }) => name);
const look = ({ state, now_ms }: Story): PairView => selectPair(state(), now_ms());
const said = (view: PairView): string[] => view.findings.map(({ severity, rule, object }) => `${severity} ${rule} ${object}`);

/** The scenario after this many seconds of looking. */
function after(scenario: string, seconds: number): Story {
  const story = playStory(scenario);
  story.advance(seconds * 1000);
  return story;
}

describe("a migration that sticks", () => {
  it("is only being watched at first, and red when it has stood still for a minute", () => {
    // Nothing of the hosts' journals is there: what DRBD's disks did isn't told.
    const story = playStory({ name: "silent", sentence: "", build: demoPair, steps: findScenario("stuck-migration")?.steps ?? [] });
    for (const host of story.sim.world.hosts) host.overrides.set("kernel-log", () => ({ rc: 0, stdout: "" }));
    story.advance(30_000);
    expect(said(look(story)).filter((line) => line.includes("guest."))).toEqual([
      "info guest.incoming proxy01",
      "info guest.incoming web01",
    ]);
    story.advance(60_000);
    const view = look(story);
    expect(view.findings[0]).toMatchObject({
      severity: "critical",
      rule: "guest.incoming",
      object: "proxy01",
      cause: expect.stringMatching(
        /stuck at the handover for \d+ s: stopped on alpha as proxy01--migratedaway, waiting on beta as proxy01--incoming/,
      ),
      next: expect.stringMatching(/never resume both/),
    });
    expect(view.guests.find(({ name }) => name === "proxy01")).toMatchObject({
      host: undefined,
      state: { text: "stuck on the way to beta", severity: "critical" },
    });
    // It runs at its source all the while.
    expect(view.guests.find(({ name }) => name === "web01")).toMatchObject({ host: "alpha", state: { severity: "info" } });
  });
});

describe("a resync that stands still", () => {
  it("is as old as DRBD says from the first look on, and has no rate", () => {
    const story = after("resync-stall", 8);
    const row = look(story).drbd.find(({ key }) => key.startsWith("db01/"));
    expect(row?.resync).toMatchObject({
      rate_kib_s: 0,
      eta_s: undefined,
      stalled: { why: expect.stringMatching(/no block in more than 30 s/) },
    });
    expect(story.now_ms() - (row?.resync?.stalled?.since_ms ?? 0)).toBeGreaterThanOrEqual(30_000);
    // Then as long as it was watched.
    story.advance(60_000);
    const later = look(story).drbd.find(({ key }) => key.startsWith("db01/"));
    expect(story.now_ms() - (later?.resync?.stalled?.since_ms ?? 0)).toBeGreaterThanOrEqual(60_000);
  });
});

describe("a guest that reads from the other host's copy", () => {
  it("is said to stop if that host is lost, though it runs elsewhere", () => {
    const view = look(after("large", 5));
    expect(view.lose[0]).toMatchObject({
      lost: "alpha",
      severity: "critical",
      stops: [{ name: "mq007", reason: "its disk SyncTarget on beta, read from alpha" }],
    });
    expect(view.findings.filter(({ rule }) => rule === "lose.stops_survivor")).toMatchObject([
      {
        object: "beta",
        cause: "if alpha is lost now, mq007 on beta stops as well: its disk SyncTarget on beta, read from alpha",
        at_risk: ["mq007"],
      },
    ]);
  });
});

describe("a path that comes and goes", () => {
  it("is told from the first look on, also between two losses, and not for ever", () => {
    const story = playStory("path-flap");
    story.advance(10_000);
    const flapping = () => look(story).findings.filter(({ rule }) => rule.startsWith("storage."));
    // The kernel's log reaches back before the console came.
    expect(flapping()).toMatchObject([
      {
        rule: "storage.path_flapping",
        object: "alpha",
        cause: expect.stringMatching(/lost \d\d? times in 10 min, all by portal 10\.99\.2\.20$/),
      },
    ]);
    let unsaid = 0;
    let both_there = 0;
    for (let s = 0; s < 120; s += 2) {
      story.advance(2000);
      const view = look(story);
      if (view.findings[0]?.rule !== "storage.path_flapping" || view.findings.length !== 1) unsaid += 1;
      const state = view.storage.find(({ cells }) => cells[0]?.flapping !== undefined)?.cells[0]?.state;
      if (state?.text === "2/2 paths, flapping" && state.severity === "warning") both_there += 1;
    }
    expect(unsaid).toBe(0);
    expect(both_there).toBeGreaterThan(0);
    // The last of its forty losses comes after 636 s; ten quiet minutes end it.
    story.advance(700_000);
    expect(flapping()).toHaveLength(1);
    story.advance(600_000);
    expect(flapping()).toEqual([]);
  });

  it("is one flap for one loss, whoever told of it", () => {
    const story = playStory("path-flap");
    story.advance(301_000);
    // One loss each 24 s.
    const flaps = look(story).storage.map(({ cells }) => cells[0]?.flaps_10min ?? 0);
    expect(Math.max(...flaps)).toBe(25);
  });
});

describe("a host that was never heard", () => {
  it("is missed since the first attempt, not since the last", () => {
    const story = after("host-dead", 60);
    const [first] = look(story).findings;
    expect(first).toMatchObject({ rule: "host.unreachable", object: "beta" });
    expect(story.now_ms() - (first?.since_ms ?? 0)).toBeGreaterThanOrEqual(45_000);
  });
});

describe("a split brain", () => {
  it("is the reason why its guest can be started on neither host", () => {
    const view = look(after("split-brain", 40));
    expect(view.lose[0].cannot).toMatchObject([{ name: "mail01", reason: "split brain, neither copy has everything" }]);
    expect(view.guests.find(({ name }) => name === "mail01")?.can_run[1]).toMatchObject({
      answer: "no",
      reason: "mail01: split brain, neither copy has everything",
    });
  });
});

describe("rows and findings", () => {
  const grave = (all: readonly Severity[]): string =>
    all.includes("critical") ? "critical" : all.includes("warning") ? "warning" : "less";
  it.each(scenarioNames.filter((name) => name !== "large"))("tell one severity: %s", (name) => {
    const story = playStory(name);
    for (const seconds of [8, 22, 60]) {
      story.advance(seconds * 1000);
      const { guests, drbd, storage, bridges, uplinks, findings, lose, severity, hosts } = look(story);
      const told = grave(findings.map((finding) => finding.severity));
      const rows = [...guests, ...storage, ...uplinks].map((row) => row.severity);
      const shown = grave([...rows, ...[...drbd, ...bridges].map(({ state }) => state.severity)]);
      expect(["less", "warning", "critical"].indexOf(told), `${name} after ${seconds} s`).toBeGreaterThanOrEqual(
        ["less", "warning", "critical"].indexOf(shown),
      );
      // What `status` calls the pair is what the screen's findings say; a host out of sight is red whatever proves it alive.
      if (hosts.every(({ reach }) => reach === "live") && lose.every(({ cannot, stops }) => cannot.length + stops.length === 0))
        expect(grave([severity]), `${name} after ${seconds} s`).toBe(told);
    }
  });
});

describe("guests in trouble", () => {
  it("come in the order of what destroys data first", () => {
    const rules = look(after("guest-trouble", 30)).findings.map(({ rule }) => rule);
    expect(rules.slice(0, 2)).toEqual(["guest.doubled", "guest.crashed"]);
    // The verdict says what would follow: after what is wrong.
    expect(rules.indexOf("lose.cannot_restart")).toBeGreaterThan(rules.indexOf("net.degraded"));
  });
});

describe("an answer that was cut off", () => {
  it("says nothing of what isn't in it", () => {
    const view = look(after("garbage", 30));
    const beta = 1;
    const maps = view.storage.filter(({ kind }) => kind === "multipath");
    // The simulated multipathd of beta told six tenths of its answer.
    const untold = maps.filter(({ cells }) => cells[beta]?.state.severity === "unknown");
    expect(untold.length).toBeGreaterThan(0);
    for (const { cells } of maps) expect(cells[beta]?.state.text).not.toMatch(/not there/);
    for (const guest of view.guests) {
      for (const disk of guest.disks) expect(disk.state.text, guest.name).not.toMatch(/no map|missing/);
      const check = guest.can_run[beta].checks.find(({ id, result }) => id === "disk" && result === "fail");
      expect(check?.text ?? "", guest.name).not.toMatch(/no map|missing/);
    }
    // Its map is in the part that didn't come.
    expect(view.guests.find(({ name }) => name === "db02")?.disks).toMatchObject([
      { kind: "multipath", state: { text: "not known", severity: "unknown" } },
    ]);
  });
});

describe("words that no tool of today prints", () => {
  it("are shown as they are, and are no yes", () => {
    const view = look(after("garbage", 30));
    expect(view.findings[0]?.rule).toBe("drbd.strange_state");
    const strange = view.findings.filter(({ rule }) => rule === "drbd.strange_state");
    expect(strange).toHaveLength(1);
    expect(strange[0]?.cause).toMatch(/Quantum/);
    expect(strange[0]?.cause).toMatch(/Entangled/);
    for (const name of strange[0]?.at_risk ?? []) {
      const guest = view.guests.find((row) => row.name === name);
      expect(
        guest?.can_run.map(({ answer }) => answer),
        name,
      ).not.toContain("yes");
      expect(guest?.disks_worst.text, name).toMatch(/Quantum|Entangled/);
    }
    expect(strange[0]?.at_risk.length).toBeGreaterThan(0);
  });
});
