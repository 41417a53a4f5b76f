import { describe, expect, it } from "vitest";
import type { GuestRow, Placement } from "../../../src/state/view-model.ts";
import { critical, fixtureGuest, fixturePlacement, fixtureView, warning } from "../../views/panes/fixture.ts";
import { alpha, beta } from "../pair-of-facts.ts";
import { domainSince, findings, judge } from "./judge.ts";

const info = (text: string) => ({ text, severity: "info" }) as const;
const place = (host: typeof alpha, over: Partial<Placement>) => fixturePlacement(host, { name: "web01", ...over });
/** web01 with these placements, the others healthy. */
const web01 = (...placements: Placement[]): { guests: GuestRow[] } => ({
  guests: [fixtureGuest("web01", alpha, "r0", { placements }), ...fixtureView().guests.slice(1)],
});
const away = place(alpha, { name: "web01--migratedaway", migration: "migrated_away", flags: "--pss-" });
const receiving = place(beta, { name: "web01--incoming", migration: "incoming", flags: "--p---", domid: 7 });

describe("a doubled guest", () => {
  const both = (over: Partial<GuestRow> = {}, ...placements: Placement[]) => ({
    guests: [
      fixtureGuest("web01", alpha, "r0", { placements, host: undefined, state: critical("running on both hosts"), ...over }),
      ...fixtureView().guests.slice(1),
    ],
  });
  const twice = both({}, place(alpha, {}), place(beta, { domid: 4, flags: "r-----" }));

  it("is red, and the cause of its disks' two primaries", () => {
    expect(judge("guest.doubled", { view: twice })).toMatchObject([
      { severity: "critical", object: "web01", at_risk: ["web01"], next: expect.stringContaining("pause every copy of web01") },
    ]);
    const drbd = fixtureView().drbd.map((row, index) =>
      index === 0 ? { ...row, sides: [row.sides[0], { ...row.sides[1], role: "Primary" }] as const } : row,
    );
    expect(findings({ view: { ...twice, drbd } }).map(({ rule }) => rule)).toEqual(["guest.doubled"]);
  });

  it("may also be twice on one host", () => {
    expect(judge("guest.doubled", { view: both({}, place(alpha, {}), place(alpha, { domid: 9 })) })).toMatchObject([
      { cause: "web01 runs 2 times on alpha: two writers on its disks" },
    ]);
  });

  it("isn't one that has just moved, while an old list still has it", () => {
    expect(
      judge("guest.doubled", { view: both({ host: beta, state: info("moving to beta") }, place(alpha, {}), place(beta, {})) }),
    ).toEqual([]);
  });

  it("isn't a migration, a crashed leftover, or one whose other host is silent", () => {
    expect(judge("guest.doubled", { view: web01(place(alpha, { flags: "---ss-" }), receiving) })).toEqual([]);
    expect(judge("guest.doubled", { view: web01(away, place(beta, {})) })).toEqual([]);
    expect(judge("guest.doubled", { view: web01(place(alpha, { flags: "---sc-" }), place(beta, {})) })).toEqual([]);
    expect(judge("guest.doubled", { view: twice, lost: [beta] })).toEqual([]);
    expect(judge("guest.doubled")).toEqual([]);
  });

  it("is a doubt where the other host is silent", () => {
    expect(judge("guest.perhaps_doubled", { view: twice, lost: [beta] })).toMatchObject([
      { severity: "warning", object: "beta", cause: "web01 runs on alpha and ran on beta when it was last seen: doubled if beta is alive" },
    ]);
    expect(judge("guest.perhaps_doubled", { view: twice })).toEqual([]);
    expect(judge("guest.perhaps_doubled", { lost: [beta] })).toEqual([]);
  });
});

describe("a guest between the hosts", () => {
  it("moves: information, with its parts under it", () => {
    const view = web01(place(alpha, { flags: "---ss-" }), receiving);
    expect(judge("guest.incoming", { view })).toMatchObject([{ severity: "info", cause: "web01 is moving from alpha to beta" }]);
    expect(findings({ view }).map(({ rule, severity }) => [rule, severity])).toEqual([["guest.incoming", "info"]]);
  });

  it("is an orphan where nothing is left at its source, or it waits too long", () => {
    expect(judge("guest.incoming", { view: web01(receiving) })).toMatchObject([
      { severity: "critical", cause: expect.stringContaining("only the receiving shell of web01 is left") },
    ]);
    const waiting = { view: web01(place(alpha, {}), receiving), history: domainSince("beta|7", "web01--incoming", "--p---", 700_000) };
    expect(judge("guest.incoming", waiting)).toMatchObject([
      { severity: "warning", cause: "web01--incoming has waited on beta for 12 min" },
    ]);
    expect(judge("guest.incoming", { view: web01(place(alpha, {}), receiving), lost: [alpha] })).toMatchObject([
      { severity: "warning", next: expect.stringContaining("only running copy") },
    ]);
    expect(judge("guest.incoming")).toEqual([]);
  });

  it("that stands still at the handover is red after a minute, by its phase, and says what must never be done", () => {
    const since = (flags: string, name: string, for_ms: number) => domainSince("alpha|1", name, flags, for_ms);
    const handover = { view: web01(away, receiving) };
    expect(findings({ ...handover, history: since("--pss-", away.name, 60_000) })).toMatchObject([{ severity: "info" }]);
    expect(findings({ ...handover, history: since("--pss-", away.name, 61_000) })).toMatchObject([
      {
        rule: "guest.incoming",
        severity: "critical",
        cause:
          "web01 has been stuck at the handover for 61 s: stopped on alpha as web01--migratedaway, waiting on beta as web01--incoming; it runs nowhere",
        next: expect.stringMatching(/^2: never resume both/),
        at_risk: ["web01"],
      },
    ]);
    const last_pages = { view: web01(place(alpha, { flags: "---ss-" }), receiving) };
    expect(findings({ ...last_pages, history: since("---ss-", "web01", 61_000) })).toMatchObject([
      {
        severity: "critical",
        cause: expect.stringMatching(/stuck for 61 s with its last pages: suspended on alpha/),
        next: expect.stringMatching(/never resume both.*destroy web01--incoming on beta first, then resume web01 on alpha/),
      },
    ]);
    // Running at its source all the while: large guests take long.
    const copying = { view: web01(place(alpha, {}), receiving), history: since("-b----", "web01", 300_000) };
    expect(findings(copying)).toMatchObject([{ severity: "info" }]);
  });

  it("left a husk behind", () => {
    const arrived = web01(away, place(beta, {}));
    expect(judge("guest.migrated_away", { view: arrived })).toMatchObject([{ severity: "info" }]);
    expect(
      judge("guest.migrated_away", { view: arrived, history: domainSince("alpha|1", "web01--migratedaway", "--pss-", 31_000) }),
    ).toMatchObject([{ severity: "warning", cause: "web01 runs on beta; its husk web01--migratedaway was not cleaned up on alpha" }]);
    expect(judge("guest.migrated_away")).toEqual([]);
  });

  it("arrived nowhere: the handshake was lost", () => {
    expect(judge("guest.migrated_away", { view: web01(away) })).toMatchObject([
      { severity: "critical", cause: expect.stringContaining("didn't arrive on beta"), next: expect.stringContaining("rename") },
    ]);
    expect(judge("guest.migrated_away", { view: web01(away), lost: [beta] })).toMatchObject([
      { severity: "warning", cause: expect.stringContaining("beta doesn't answer") },
    ]);
    expect(judge("guest.migrated_away", { view: web01(away, receiving) })).toMatchObject([{ severity: "info" }]);
  });

  it("is stranded after a minute suspended", () => {
    const view = web01(place(alpha, { flags: "---ss-" }));
    expect(judge("guest.suspended", { view, history: domainSince("alpha|1", "web01", "---ss-", 61_000) })).toMatchObject([
      { severity: "critical", cause: "web01 has been suspended on alpha for 61 s: stranded" },
    ]);
    expect(judge("guest.suspended", { view, history: domainSince("alpha|1", "web01", "---ss-", 59_000) })).toMatchObject([
      { severity: "info" },
    ]);
    // It has had other flags since: the old time doesn't count.
    expect(judge("guest.suspended", { view, history: domainSince("alpha|1", "web01", "r-----", 61_000) })).toMatchObject([
      { severity: "info" },
    ]);
    expect(judge("guest.suspended")).toEqual([]);
  });
});

describe("a guest that doesn't run", () => {
  it("has crashed", () => {
    for (const flags of ["---sc-", "---sw-"])
      expect(judge("guest.crashed", { view: web01(place(alpha, { flags })) })).toMatchObject([
        { severity: "critical", object: "web01", screen: 2 },
      ]);
    // The reason means something only where it is shut down.
    for (const flags of ["-b--c-", "---s--", "------"])
      expect(judge("guest.crashed", { view: web01(place(alpha, { flags })) })).toEqual([]);
    expect(judge("guest.crashed", { view: web01(place(alpha, { flags: "---sc-" })), lost: [alpha] })).toEqual([]);
  });

  it("is held after its shutdown", () => {
    const view = web01(place(alpha, { flags: "---s--" }));
    expect(judge("guest.held", { view, history: domainSince("alpha|1", "web01", "---s--", 31_000) })).toMatchObject([
      { severity: "warning", cause: expect.stringContaining("its domain is kept") },
    ]);
    expect(judge("guest.held", { view, history: domainSince("alpha|1", "web01", "---s--", 29_000) })).toEqual([]);
    expect(
      judge("guest.held", { view: web01(place(alpha, { flags: "---sc-" })), history: domainSince("alpha|1", "web01", "---sc-", 31_000) }),
    ).toEqual([]);
  });

  it("is a zombie", () => {
    const dying = (over: Partial<Placement>, for_ms: number) => ({
      view: web01(place(alpha, over)),
      history: domainSince("alpha|1", "web01", over.flags ?? "", for_ms),
    });
    expect(judge("guest.dying", dying({ flags: "-----d" }, 31_000))).toMatchObject([
      { severity: "warning", cause: expect.stringContaining("dying for 31 s") },
    ]);
    expect(judge("guest.dying", dying({ flags: "--ps--", state: warning("dying") }, 31_000))).toHaveLength(1);
    expect(judge("guest.dying", dying({ flags: "-----d" }, 29_000))).toEqual([]);
    expect(judge("guest.dying")).toEqual([]);
  });

  it("is paused: at once information, after 15 s a warning", () => {
    const view = web01(place(alpha, { flags: "--p---" }));
    expect(judge("guest.paused", { view })).toMatchObject([{ severity: "info" }]);
    expect(judge("guest.paused", { view, history: domainSince("alpha|1", "web01", "--p---", 16_000) })).toMatchObject([
      { severity: "warning", next: expect.stringContaining("unpause") },
    ]);
    expect(judge("guest.paused", { view: web01(place(alpha, {}), receiving) })).toEqual([]);
    expect(judge("guest.paused", { view: web01(away) })).toEqual([]);
  });
});

describe("a guest that runs nowhere", () => {
  const off = (severity: "warning" | "critical" | "info" | "unknown") =>
    ["web01", "db01"].map((name) =>
      fixtureGuest(name, alpha, "r0", { host: undefined, placements: [], state: { text: "down", severity } }),
    );
  it("is red where it should start by itself, else amber, and one finding for all", () => {
    expect(judge("guest.down", { view: { guests: off("critical") } })).toMatchObject([
      {
        severity: "critical",
        object: "autostart",
        at_risk: ["db01", "web01"],
        cause: expect.stringContaining("web01 and db01 are down on both hosts"),
      },
    ]);
    expect(judge("guest.down", { view: { guests: off("warning").slice(1) } })).toMatchObject([
      { severity: "warning", object: "db01", cause: "db01 is configured and runs on neither host" },
    ]);
  });
  it("is nothing where it is off on purpose, or can't be told", () => {
    for (const severity of ["info", "unknown"] as const) expect(judge("guest.down", { view: { guests: off(severity) } })).toEqual([]);
    expect(judge("guest.down")).toEqual([]);
  });
});

it("shows domains without a name", () => {
  const domain = {
    name: "(null)",
    base_name: "(null)",
    migration: "none",
    domid: 9,
    memory_mib: 0,
    vcpus: 1,
    cpu_time_s: 0,
    uuid: undefined,
  } as const;
  const state = {
    running: false,
    blocked: false,
    paused: false,
    shutdown: true,
    dying: true,
    shutdown_reason: "poweroff",
    text: "---s-d",
  } as const;
  expect(
    judge("guest.nameless", { facts: { alpha: { "xl-list": { domains: [{ ...domain, state }], not_understood: [] } } } }),
  ).toMatchObject([{ object: "alpha domain 9", severity: "warning" }]);
  expect(judge("guest.nameless")).toEqual([]);
});

it("sees one name for two guests", () => {
  const other = fixtureGuest("web01", beta, "r0", {
    key: "other",
    uuid: "5ca1ab1e-0000-4000-8000-000000000099",
    placements: [place(beta, {})],
  });
  expect(judge("guest.name_clash", { view: { guests: [...fixtureView().guests, other] } })).toMatchObject([
    { object: "web01", severity: "warning" },
  ]);
  expect(judge("guest.name_clash")).toEqual([]);
});
