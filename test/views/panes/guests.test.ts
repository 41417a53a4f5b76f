import { describe, expect, it } from "vitest";
import { guests } from "../../../src/views/panes/guests.ts";
import { contextOf, draw } from "./draw.ts";
import { alpha, beta, fixtureGuest, fixtureHost, fixturePlacement, fixtureReadings, fixtureView, warning } from "./fixture.ts";
import { alphaHung, betaUnreachable, guestsInTrouble, nothingYet, splitBrain } from "./fixture-variants.ts";

const order = (view: Parameters<typeof draw>[1], sort: { id: string; descending: boolean } | undefined): string[] =>
  guests.build(contextOf(view, { sort })).rows.map(({ key }) => key);

describe("guests at 80x24", () => {
  it("shows each guest on one line with all that decides where it can run", () => {
    expect(draw(guests, fixtureView())).toEqual([
      "                                                       can run on",
      "  guest   on    state   cpu%  mem vcpu disks      nets alpha  beta   sits on",
      "✓ cache01 alpha running   12 112M    1 ✓ UpToDate ✓ up · here ✓ yes  r2/0",
      "✓ db01    beta  running  187 160M    4 ✓ UpToDate ✓ up ✓ yes  · here r1/0",
      "✓ web01   alpha running    3 112M    1 ✓ UpToDate ✓ up · here ✓ yes  r0/0",
    ]);
  });

  it("keeps the figures and the reason; what else gives way is cut with a sign", () => {
    expect(draw(guests, splitBrain)).toEqual([
      "                                                         can run on",
      "  guest   on    state   cpu%  mem vcpu disks        nets alpha  beta",
      "✗ cache01 alpha running   12 112M    1 ✗ split bra… ✓ up · here ✗ r2 split brain",
      "✓ db01    beta  running  187 160M    4 ✓ UpToDate   ✓ up ✓ yes  · here",
      "✓ web01   alpha running    3 112M    1 ✓ UpToDate   ✓ up · here ✓ yes",
    ]);
  });

  it("copies whole what it shortens", () => {
    const row = guests.build(contextOf(splitBrain)).rows[0];
    expect(row?.text).toMatch(/^✗ cache01 alpha running 12\.1 112 MiB 1 ✗ split brain ✓ up · here ✗ r2 split brain/);
  });

  it("marks everything an unseen host told, with its age", () => {
    expect(draw(guests, betaUnreachable).slice(1)).toEqual([
      "  guest   on    state         cpu%   mem vcpu disks    nets alpha  beta",
      "? db01    ~beta ~running 42 s ~187 ~160M   ~4 ~UpToDa… ~up  ✓ yes  ~here 42 s",
      "✓ cache01 alpha running         12  112M    1 ✓ UpToD… ✓ up · here ? doesn't an…",
      "✓ web01   alpha running          3  112M    1 ✓ UpToD… ✓ up · here ? doesn't an…",
    ]);
    const sorted = draw(guests, betaUnreachable, { sort: { id: "cpu", descending: true } });
    expect(sorted[2]).toContain("~187");
  });

  it("distrusts only what a hanging command would have told", () => {
    const [line] = draw(guests, alphaHung).filter((each) => each.includes("web01"));
    expect(line).toBe("~ web01   ~alpha ~running 44 s    3 ~112M   ~1 ✓ UpToDate ✓ up ~here 44 s ✓ yes");
  });

  it("shows a guest that runs twice, is on its way, or is nowhere", () => {
    const lines = draw(guests, guestsInTrouble);
    expect(lines.map((line) => line.slice(0, 32))).toEqual([
      "                                ",
      "  guest   on         state      ",
      "✗ db01    beta       crashed    ",
      "✗ web01   alpha+beta runs twice ",
      "▲ cache01 alpha→beta migrating  ",
      "▲ web02   alpha      paused     ",
      "? old01   –          not running",
    ]);
  });

  it("shows a husk left at the source as where the guest went", () => {
    const placements = [
      fixturePlacement(alpha, { migration: "migrated_away", name: "web01--migratedaway", state: warning("left behind") }),
      fixturePlacement(beta),
    ];
    const view = fixtureView({ guests: [fixtureGuest("web01", beta, "r0", { placements, state: warning("migrating") })] });
    expect(draw(guests, view, { ascii: true })[2]).toMatch(/^\+ web01 alpha>beta migrating/);
  });
});

describe("a guest without disks", () => {
  const guest = fixtureGuest("web01", alpha, "r0", { disks: [], nics: [] });
  const cells = (view: Parameters<typeof draw>[1]) => draw(guests, view)[2]?.slice(30);

  it("has none where its configuration was told, and unknown ones where it wasn't", () => {
    expect(cells(fixtureView({ guests: [guest] }))).toMatch(/1 – +– +· here/);
    const untold = (id: typeof alpha) =>
      fixtureHost(id, { readings: fixtureReadings(id).filter(({ reading }) => reading !== "xl-configs" && reading !== "xl-list-long") });
    expect(cells(fixtureView({ guests: [guest], hosts: [untold(alpha), untold(beta)] }))).toMatch(/1 \? unknown \? unknown · here/);
  });
});

describe("guests at 200x60", () => {
  it("adds what they sit on and a summary", () => {
    expect(draw(guests, splitBrain, { width: 200, height: 56 }).slice(0, 4)).toEqual([
      "3 guests: 2 on alpha, 1 on beta",
      "                                                                      can run on",
      "  guest    on     state    cpu %   memory  vcpu  disks          nets  alpha   beta              sits on  bridges  type  autostart",
      "✗ cache01  alpha  running   12.1  112 MiB     1  ✗ split brain  ✓ up  · here  ✗ r2 split brain  r2/0     xenbr0   pvh   –",
    ]);
  });
});

describe("the order of guests", () => {
  it("is worst first, then by name", () => {
    expect(order(guestsInTrouble, undefined)).toEqual(["db01", "web01", "cache01", "web02", "old01"]);
  });

  it("follows the asked-for column both ways", () => {
    const view = fixtureView();
    expect(order(view, { id: "cpu", descending: true })).toEqual(["db01", "cache01", "web01"]);
    expect(order(view, { id: "cpu", descending: false })).toEqual(["web01", "cache01", "db01"]);
    expect(order(view, { id: "memory", descending: true })).toEqual(["db01", "cache01", "web01"]);
    // Figures go largest first at the first press; what isn't known comes last both ways.
    expect(guests.sorts.filter(({ descending_first }) => descending_first).map(({ id }) => id)).toEqual(["cpu", "memory"]);
    const partly = { ...view, guests: view.guests.map((guest) => (guest.name === "db01" ? { ...guest, cpu_percent: undefined } : guest)) };
    for (const descending of [true, false]) expect(order(partly, { id: "cpu", descending }).at(-1)).toBe("db01");
    expect(order(view, { id: "name", descending: true })).toEqual(["web01", "db01", "cache01"]);
    expect(order(view, { id: "host", descending: false })).toEqual(["cache01", "web01", "db01"]);
    expect(order(guestsInTrouble, { id: "state", descending: true })[0]).toBe("web01");
  });

  it("is marked in the titles and offered under keys that move nothing", () => {
    expect(draw(guests, fixtureView(), { sort: { id: "cpu", descending: true } })[1]).toContain("cpu%↓");
    expect(guests.sorts.map(({ key }) => key)).toEqual(["N", "S", "C", "M", "H"]);
  });

  it("takes numbers in names for numbers", () => {
    const view = fixtureView({ guests: ["web10", "web9", "web1"].map((name) => fixtureGuest(name, alpha, "r0")) });
    expect(order(view, undefined)).toEqual(["web1", "web9", "web10"]);
  });
});

describe("no guests", () => {
  it("is said with the reason", () => {
    expect(guests.build(contextOf(nothingYet))).toEqual({
      header: [],
      rows: [],
      empty: "No guest known yet: waiting for alpha and beta. ctrl-r tries again now.",
    });
    expect(guests.build(contextOf(fixtureView({ guests: [] }))).empty).toMatch(/^Neither host has a guest/);
    const hung = { ...alphaHung, guests: [] };
    expect(guests.build(contextOf(hung)).empty).toBe("No guest known yet: waiting for xl list -v on alpha.");
  });
});
