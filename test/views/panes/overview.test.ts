import { describe, expect, it } from "vitest";
import { overview } from "../../../src/views/panes/overview.ts";
import { contextOf, draw } from "./draw.ts";
import {
  alpha,
  beta,
  critical,
  fixtureGuest,
  fixtureHost,
  fixtureLose,
  fixturePlacement,
  fixtureReadings,
  fixtureView,
  NOW_MS,
} from "./fixture.ts";
import { alphaHung, betaUnreachable, guestsInTrouble, nothingYet, splitBrain } from "./fixture-variants.ts";

const rowsOf = (view: Parameters<typeof draw>[1], width = 80, height = 20) => overview.build(contextOf(view, { width, height })).rows;

describe("overview at 80x24", () => {
  it("says of a healthy pair that it is, in the first ten lines", () => {
    expect(draw(overview, fixtureView()).slice(0, 17)).toEqual([
      "✓ alpha  live 0.4 s  2 guests  552 of 1599 MiB free  load 0.18",
      "  Xen 4.17.6-pre  DRBD 8.4.11  clock +0.02 s  up 12 d",
      "✓ beta   live 0.4 s  1 guest   664 of 1599 MiB free  load 0.18",
      "  Xen 4.17.6-pre  DRBD 8.4.11  clock +0.02 s  up 12 d",
      "",
      "✓ Lose alpha: all 2 restart on beta  needs 228 MiB of 552 MiB free",
      "✓ Lose beta: db01 restarts on alpha  needs 228 MiB of 552 MiB free",
      "✓ 3 guests: all running",
      "",
      "Findings  ✓ none",
      "Jobs  none",
      "",
      "Restart, guest by guest",
      "  guest    on     can run on alpha  can run on beta",
      "  web01    alpha  · here            ✓ yes",
      "  cache01  alpha  · here            ✓ yes",
      "  db01     beta   ✓ yes             · here",
    ]);
  });

  it("answers all four questions of a split brain without a key", () => {
    const lines = draw(overview, splitBrain).slice(0, 20);
    expect(lines).toContain("✗ Lose alpha: 1 of 2 restarts on beta; cache01 can't: r2 split brain");
    expect(lines).toContain("✗ critical r2  r2 has split: both sides took writes while apart  for 3 min");
    expect(lines).toContain("  at risk: cache01  next: compare both sides; don't migrate cache01  (3 DRBD)");
    expect(lines.indexOf("2 findings  1 critical, 1 warning")).toBeLessThan(12);
    expect(lines).toContain("  cache01  alpha  · here            ✗ r2 split brain");
  });

  it("shows an unreachable host's figures as old and never takes it for dead", () => {
    const lines = draw(overview, betaUnreachable);
    expect(lines.slice(2, 6)).toEqual([
      "? beta   unreachable 42 s  ~1 guest  ~552 of 1599 MiB free  ~load 0.18",
      "  ~Xen 4.17.6-pre  ~DRBD 8.4.11  ~clock +0.02 s  ~up 12 d",
      "  jump1: connection refused; may be alive; next try in 4 s, ctrl-r: now",
      "",
    ]);
    expect(lines).toContain("~ Lose beta: db01 restarts on alpha (as told 42 s ago)");
    expect(lines).toContain("? 3 guests: db01 running on beta, 42 s ago; 2 running");
    expect(lines.join(" ")).not.toMatch(/dead|down\b/);
  });

  it("draws the frame before any host has answered", () => {
    expect(draw(overview, nothingYet)).toEqual([
      "· alpha  connecting, never heard  ? guests  ? memory  ? load",
      "  connecting to alpha for 0.7 s",
      "· beta   connecting, never heard  ? guests  ? memory  ? load",
      "  connecting to beta for 0.7 s",
      "",
      "? Lose alpha: not known what would restart on beta",
      "? Lose beta: not known what would restart on alpha",
      "? Guests: none known yet",
      "",
      "Findings  ? none in what is known; alpha and beta can't be seen now",
      "Jobs  ? none in what is known; not told by alpha and beta",
      "",
    ]);
  });

  it("says which command doesn't answer, for how long, and distrusts only what it told", () => {
    const lines = draw(overview, alphaHung);
    expect(lines[0]).toBe("▲ alpha  live 0.4 s  ~2 guests 44 s  552 of 1599 MiB free  load 0.18");
    expect(lines).toContain("  ▲ xl list -v not answering for 42 s");
    expect(lines).toContain("~ 3 guests: ~2 running when last seen; 1 running");
    expect(lines).toContain("Findings  ? none in what is known; alpha: 1 reading not fresh");
  });

  it("names guests that are doubled, crashed, paused or stuck, worst first", () => {
    expect(draw(overview, guestsInTrouble)).toEqual(
      expect.arrayContaining([
        "✗ 5 guests: web01 runs twice on alpha and beta; db01 crashed on beta; web02",
        "  paused on alpha; 2 more in trouble: screen 2",
      ]),
    );
  });

  it("names only the longest of many commands that don't answer", () => {
    const hung = ["xl list -v", "ip -j -d link", "vgs"].map((source) => ({
      reading: "xl-list" as const,
      source,
      since_ms: NOW_MS - 42_000,
    }));
    const lines = draw(overview, fixtureView({ hosts: [fixtureHost(alpha, { hung }), fixtureHost(beta)] }));
    expect(lines.slice(2, 5)).toEqual([
      "  ▲ xl list -v not answering for 42 s",
      "  ▲ and 2 more commands not answering: enter",
      expect.stringMatching(/^✓ beta/),
    ]);
  });

  it("doesn't take readings that haven't come yet for good news", () => {
    const readings = fixtureReadings(alpha).map((each) => (each.reading === "xl-list" ? each : { ...each, freshness: "never" as const }));
    const lines = draw(overview, fixtureView({ hosts: [fixtureHost(alpha, { readings }), fixtureHost(beta)] }));
    expect(lines).toContain("Findings  ? none in what is known; alpha: 9 readings not told yet");
  });

  it("tells of guests in the same trouble together, and not twice where they are", () => {
    const down = (name: string) =>
      fixtureGuest(name, alpha, "r0", { placements: [], host: undefined, state: critical("down on both hosts"), severity: "critical" });
    const twice = fixtureGuest("web01", alpha, "r0", {
      state: critical("running on both hosts"),
      placements: [fixturePlacement(alpha), fixturePlacement(beta)],
    });
    const lines = draw(overview, fixtureView({ guests: [down("db01"), down("db02"), twice, fixtureGuest("ok01", beta, "r1")] }));
    expect(lines).toContain("✗ 4 guests: db01, db02 down on both hosts; web01 running on both hosts; 1");
  });

  it("tells which readings failed", () => {
    const readings = fixtureReadings(alpha).map((each) => (each.reading === "xl-info" ? { ...each, freshness: "failed" as const } : each));
    const view = fixtureView({ hosts: [fixtureHost(alpha, { readings }), fixtureHost(beta)] });
    expect(draw(overview, view)).toContain("  ▲ failed: xl info");
  });

  it("says of a host that refuses what to do about it", () => {
    const link = { phase: "refused", hop: "alpha", reason: "host key changed", advice: "See known_hosts:12.", since_ms: NOW_MS } as const;
    const view = fixtureView({ hosts: [fixtureHost(alpha, { reach: "refused", link }), fixtureHost(beta)] });
    expect(draw(overview, view)).toContain("  alpha: host key changed. See known_hosts:12.");
  });
});

describe("the verdict", () => {
  const because = (name: string, reason: string) => ({ guest: name, name, reason });
  const sentence = (overrides: Parameters<typeof fixtureLose>[2]) =>
    draw(overview, fixtureView({ lose: [fixtureLose(alpha, beta, overrides), fixtureLose(beta, alpha)] })).slice(5, 9);

  it("gives the reason at once where there is only one", () => {
    const cannot = [because("db01", "r3 Inconsistent on beta"), because("db02", "r3 Inconsistent on beta")];
    expect(sentence({ answer: "some", restart: ["a", "b"], cannot, severity: "critical" })[0]).toBe(
      "✗ Lose alpha: 2 of 4 restart on beta; db01, db02 can't: r3 Inconsistent on beta",
    );
    expect(sentence({ answer: "none", restart: [], cannot: cannot.slice(1), severity: "critical" })[0]).toBe(
      "✗ Lose alpha: db02 can't restart on beta: r3 Inconsistent on beta",
    );
  });

  it("says which guests of the survivor stop as well, always with the reason", () => {
    const stops = [because("mq007", "its disk SyncTarget on beta, read from alpha")];
    expect(sentence({ stops, severity: "critical" }).slice(0, 2)).toEqual([
      "✗ Lose alpha: all 2 restart on beta; mq007 on beta stops as well: its disk",
      "  SyncTarget on beta, read from alpha",
    ]);
    const cannot = [because("db01", "r3 Inconsistent on beta")];
    expect(sentence({ answer: "some", restart: ["a"], cannot, stops, severity: "critical" }).slice(0, 3)).toEqual([
      "✗ Lose alpha: 1 of 2 restarts on beta; 1 can't; mq007 on beta stops as well",
      "  ✗ db01 can't: r3 Inconsistent on beta",
      "  ✗ mq007 stops: its disk SyncTarget on beta, read from alpha",
    ]);
  });

  it("speaks of several guests' disks as of several", () => {
    const cannot = [because("db01", "its disk Outdated on beta"), because("db02", "its disk Outdated on beta")];
    expect(sentence({ answer: "none", restart: [], cannot, severity: "critical" })[0]).toBe(
      "✗ Lose alpha: none of 2 restarts on beta; db01, db02 can't: their disks Outdated",
    );
  });

  it("names the only guest, not its key", () => {
    const view = fixtureView({
      guests: [fixtureGuest("db01", beta, "r1", { key: "uuid-1" })],
      lose: [fixtureLose(alpha, beta), fixtureLose(beta, alpha, { restart: ["uuid-1"] })],
    });
    expect(draw(overview, view)[6]).toMatch(/^✓ Lose beta: db01 restarts on alpha/);
  });

  it("gives each reason its line where there are several, guests together", () => {
    const cannot = [
      because("db01", "r3 Inconsistent on beta"),
      because("web01", "no bridge dmz on beta"),
      because("web02", "no bridge dmz on beta"),
    ];
    const unknown = [because("old01", "config not read")];
    expect(sentence({ answer: "some", restart: ["a"], cannot, unknown, severity: "critical" })).toEqual([
      "✗ Lose alpha: 1 of 5 restarts on beta; 3 can't; 1 not known",
      "  ✗ db01 can't: r3 Inconsistent on beta",
      "  ✗ web01, web02 can't: no bridge dmz on beta",
      "  ? old01 not known: config not read",
    ]);
  });

  it("doesn't say that none restarts where it isn't known", () => {
    const unknown = [because("web01", "beta doesn't answer")];
    expect(sentence({ answer: "unknown", restart: [], unknown, severity: "unknown" })[0]).toMatch(
      /^\? Lose alpha: not known whether web01 restarts on beta: beta doesn't answer/,
    );
    expect(sentence({ answer: "nothing_to_move", restart: [], severity: "ok" })[0]).toBe(
      "✓ Lose alpha: nothing runs there, nothing to restart on beta",
    );
  });

  it("keeps room for the findings however many reasons there are", () => {
    const cannot = Array.from({ length: 40 }, (_, index) => because(`g${index}`, `reason ${index}`));
    const lines = draw(
      overview,
      fixtureView({
        lose: [fixtureLose(alpha, beta, { answer: "none", restart: [], cannot, severity: "critical" }), fixtureLose(beta, alpha)],
      }),
    );
    expect(lines.findIndex((line) => line.startsWith("Findings"))).toBeLessThan(18);
    expect(lines).toContain("  and 37 more reasons: see the table below");
  });
});

describe("rows of the overview", () => {
  it("lead to hosts, the guest that can't restart, findings and guests", () => {
    const objects = rowsOf(splitBrain).flatMap(({ object }) => (object === undefined ? [] : [object]));
    expect(objects).toEqual([
      { kind: "host", id: "alpha" },
      { kind: "host", id: "beta" },
      { kind: "guest", key: "cache01" },
      { kind: "host", id: "beta" },
      { kind: "finding", rule: "drbd.split_brain", object: "r2" },
      { kind: "finding", rule: "guest.drift", object: "cache01" },
      { kind: "guest", key: "cache01" },
      { kind: "guest", key: "web01" },
      { kind: "guest", key: "db01" },
      { kind: "entry", seq: 2 },
      { kind: "entry", seq: 1 },
    ]);
  });

  it("lead from the guests' sentence to the worst of them", () => {
    const crashed = fixtureGuest("db02", beta, "r9", {
      state: critical("crashed"),
      placements: [fixturePlacement(beta, { state: critical("crashed") })],
      severity: "critical",
    });
    const rows = rowsOf(fixtureView({ guests: [fixtureGuest("web01", alpha, "r0"), crashed] }));
    expect(rows.find(({ key }) => key === "guests")?.object).toEqual({ kind: "guest", key: "db02" });
  });
});

describe("overview at 200x60", () => {
  it("tells a host on one line, and a finding with its evidence", () => {
    const lines = draw(overview, splitBrain, { width: 200, height: 56 });
    expect(lines[0]).toBe(
      "✓ alpha  live 0.4 s  2 guests  552 of 1599 MiB free  load 0.18  Xen 4.17.6-pre  DRBD 8.4.11  clock +0.02 s  up 12 d  32 CPUs  Linux 6.1.0-56-amd64  Dell Inc. PowerEdge R640",
    );
    expect(lines).toContain("  alpha StandAlone  drbdsetup status on alpha, 1.2 s ago");
    expect(lines.indexOf("Latest changes  screen 7 has them all")).toBeLessThan(lines.indexOf("Restart, guest by guest"));
  });
});
