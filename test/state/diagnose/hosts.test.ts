import { describe, expect, it } from "vitest";
import type { HostView } from "../../../src/state/view-model.ts";
import type { LinkState } from "../../../src/xen/host/link.ts";
import { readings } from "../../../src/xen/read/index.ts";
import { fixtureEvidence, fixtureHost, fixtureSide, fixtureView } from "../../views/panes/fixture.ts";
import { alpha, beta, factsOf, NOW_MS } from "../pair-of-facts.ts";
import { findings, judge } from "./judge.ts";

const since_ms = NOW_MS - 90_000;
const gone: LinkState = { phase: "unreachable", hop: "beta", reason: "timed out", since_ms, retry_at_ms: NOW_MS, attempt: 3 };
const silentBeta = fixtureHost(beta, { reach: "unreachable", reach_reason: "beta: timed out", link: gone, heard_ms: since_ms });
const hosts = [fixtureHost(alpha), silentBeta] as const;
const lost = [beta];
/** r1 with alpha's side as given, told now. */
const drbd = (connection: string) =>
  fixtureView().drbd.map((row) => ({
    ...row,
    sides: [
      fixtureSide(alpha, row.sides[0].role, { connection, evidence: fixtureEvidence(alpha, { at_ms: NOW_MS - 1000 }) }),
      row.sides[1],
    ] as const,
  }));

describe("a host that doesn't answer", () => {
  it("may be alive: it is never called dead", () => {
    const [finding] = judge("host.unreachable", { view: { hosts, drbd: drbd("Connecting") }, lost });
    expect(finding).toMatchObject({
      severity: "critical",
      object: "beta",
      cause: "no contact with beta for 90 s; it may be alive",
      at_risk: ["db01"],
      since_ms,
    });
    expect(finding?.evidence.map(({ text }) => text)).toEqual(["DRBD on alpha has lost it too, in all 3 volumes", "beta: timed out"]);
    expect(finding?.next).toContain("proven off");
    // Its plan asks for the proof.
    expect(finding?.act).toEqual({ action: "failover", args: { host: "beta" } });
  });

  it("is alive where DRBD on the other host is Connected to it", () => {
    const [finding] = judge("host.unreachable", { view: { hosts, drbd: drbd("Connected") }, lost });
    expect(finding).toMatchObject({
      severity: "warning",
      at_risk: [],
      cause: expect.stringContaining("but it is alive: DRBD on alpha is Connected to it"),
    });
  });

  it("isn't called alive before DRBD could have noticed", () => {
    const young = fixtureHost(beta, { ...silentBeta, heard_ms: NOW_MS - 12_000 });
    const [finding] = judge("host.unreachable", { view: { hosts: [hosts[0], young], drbd: drbd("Connected") }, lost });
    expect(finding).toMatchObject({ severity: "critical", cause: expect.stringContaining("it may be alive") });
    expect(finding?.evidence[0]?.text).toContain("only after 20 s");
    expect(finding?.act).toBeUndefined();
  });

  it("is one finding with what follows from it", () => {
    const found = findings({ view: { hosts, drbd: drbd("Connecting") }, lost });
    expect(found.map(({ rule, object }) => `${rule} ${object}`)).toEqual(["host.unreachable beta"]);
    expect(found[0]).toMatchObject({ at_risk: ["cache01", "db01", "web01"] });
    expect(found[0]?.evidence.at(-1)?.text).toContain("so: all 3 volumes on alpha wait for beta");
  });

  it("also when its connection is up and silent, but not while it first connects", () => {
    const stale = fixtureHost(beta, { reach: "stale", heard_ms: NOW_MS - 30_000 });
    expect(judge("host.unreachable", { view: { hosts: [hosts[0], stale], drbd: [] }, lost })).toMatchObject([
      { object: "beta", cause: "no contact with beta for 30 s; it may be alive" },
    ]);
    const starting = (age_ms: number) =>
      fixtureHost(beta, {
        reach: "connecting",
        heard_ms: undefined,
        link: { phase: "connecting", hop: "beta", since_ms: NOW_MS - age_ms, attempt: 1 },
      });
    expect(judge("host.unreachable", { view: { hosts: [hosts[0], starting(3000)] }, lost })).toEqual([]);
    expect(judge("host.unreachable", { view: { hosts: [hosts[0], starting(60_000)] }, lost })).toHaveLength(1);
    expect(judge("host.unreachable")).toEqual([]);
  });
});

describe("both hosts silent", () => {
  const both = [
    fixtureHost(alpha, { reach: "unreachable", link: { ...gone, hop: "jump1" }, heard_ms: since_ms }),
    fixtureHost(beta, { ...silentBeta, link: { ...gone, hop: "jump1" } }),
  ] as const;
  it("points at what they share, once", () => {
    const found = findings({ view: { hosts: both }, lost: [alpha, beta] });
    expect(found.map(({ rule }) => rule)).toEqual(["host.both_lost"]);
    expect(found[0]?.cause).toBe("no contact with either host: both fail at jump1");
    expect(judge("host.both_lost", { view: { hosts }, lost })).toEqual([]);
  });
});

it("says why a connection was refused, and who wants an answer", () => {
  const refused = fixtureHost(beta, {
    reach: "refused",
    link: { phase: "refused", hop: "beta", reason: "host key changed", advice: "compare it", since_ms },
  });
  const asked = fixtureHost(beta, { reach: "needs_auth", link: { phase: "needs_auth", hop: "jump", what: "a passphrase", since_ms } });
  expect(judge("host.refused", { view: { hosts: [hosts[0], refused] } })).toMatchObject([
    { severity: "critical", cause: "beta isn't being watched: beta: host key changed", next: "compare it" },
  ]);
  expect(judge("host.refused", { view: { hosts: [hosts[0], asked] } })).toMatchObject([
    { severity: "warning", cause: "beta isn't being watched: jump wants a passphrase" },
  ]);
  expect(judge("host.refused")).toEqual([]);
});

describe("commands", () => {
  const one = (reading: "df" | "xl-list") => [{ reading, source: readings[reading].source, since_ms: NOW_MS - 42_000 }];
  const on = (over: Partial<HostView>) => ({ view: { hosts: [fixtureHost(alpha, over), fixtureHost(beta)] as const } });

  it("that hang are named with for how long", () => {
    expect(judge("host.hung", on({ hung: one("df") }))).toMatchObject([
      { severity: "warning", cause: expect.stringMatching(/^df .* on alpha: not answering for 42 s$/), since_ms: NOW_MS - 42_000 },
    ]);
    expect(judge("host.hung")).toEqual([]);
  });

  it("that the console can't do without are grave", () => {
    expect(judge("host.hung", on({ hung: one("xl-list") }))).toMatchObject([
      { severity: "critical", next: expect.stringContaining("change nothing") },
    ]);
  });

  it("that a slow host hasn't come to are late, not hung", () => {
    expect(judge("host.hung", on({ late: one("df") }))).toEqual([]);
    expect(judge("host.slow", on({ late: one("df") }))).toMatchObject([
      { severity: "info", cause: "alpha is slow: 1 reading is late, for up to 42 s" },
    ]);
    expect(judge("host.slow", on({ late: one("xl-list") }))).toMatchObject([{ severity: "warning" }]);
    expect(judge("host.slow")).toEqual([]);
  });

  it("that hang hold up others: one finding", () => {
    expect(findings(on({ hung: one("df"), late: one("xl-list") }))).toMatchObject([{ rule: "host.hung" }]);
  });

  it("that end at their limit without an answer hang, and don't fail as well", () => {
    const facts = { ...factsOf({}), df: { state: "failed", error: "no answer in time", at_ms: NOW_MS, last: undefined } as const };
    expect(judge("host.failed", { ...on({ hung: one("df") }), host: { alpha: { facts } } })).toEqual([]);
    expect(judge("host.failed", { host: { alpha: { facts } } })).toHaveLength(1);
  });

  it("that fail are told in their own words, while the host answers", () => {
    const facts = {
      ...factsOf({}),
      multipath: { state: "failed", error: "multipathd exited with 1", at_ms: NOW_MS, last: undefined } as const,
    };
    expect(judge("host.failed", { host: { alpha: { facts } } })).toMatchObject([
      { severity: "warning", object: "alpha", cause: expect.stringContaining("multipathd exited with 1") },
    ]);
    expect(judge("host.failed", { lost: [alpha] })).toEqual([]);
    expect(judge("host.failed")).toEqual([]);
  });

  it("whose rows weren't understood are never passed over", () => {
    const facts = { alpha: { "xl-list": { domains: [], not_understood: ["strange row"] } } };
    expect(judge("host.not_understood", { facts })).toMatchObject([
      { severity: "warning", cause: "1 row of xl list -v on alpha not understood", evidence: [{ text: "strange row" }] },
    ]);
    expect(judge("host.not_understood", { facts: { alpha: { "xl-list": { domains: [], not_understood: [] } } } })).toEqual([]);
  });
});

it("compares the hosts' clocks with each other", () => {
  const at = (first: number | undefined, second: number) => ({
    view: { hosts: [fixtureHost(alpha, { skew_ms: first }), fixtureHost(beta, { skew_ms: second })] as const },
  });
  expect(judge("host.clock_skew", at(500, -1700))).toMatchObject([
    { cause: "alpha's clock is 2.2 s ahead of beta's; alpha's agrees with this console's" },
  ]);
  expect(judge("host.clock_skew", at(-3000, 0))).toMatchObject([
    { cause: "beta's clock is 3.0 s ahead of alpha's; beta's agrees with this console's" },
  ]);
  expect(judge("host.clock_skew", at(9000, 5100))).toMatchObject([
    { cause: "alpha's clock is 3.9 s ahead of beta's; neither agrees with this console's" },
  ]);
  expect(judge("host.clock_skew", at(5000, 5100))).toEqual([]);
  expect(judge("host.clock_skew", at(undefined, 5100))).toEqual([]);
  expect(judge("host.clock_skew", { ...at(500, -1700), lost: [beta] })).toEqual([]);
  // Two that agree against one: that one is this console's own.
  expect(judge("host.console_clock", at(5000, 5100))).toMatchObject([
    { severity: "info", cause: "this console's clock is 5.0 s behind both hosts', which agree: its own is suspect" },
  ]);
  expect(judge("host.console_clock", at(-61_000, -60_500))).toMatchObject([{ cause: expect.stringContaining("60.5 s ahead of both") }]);
  // What the network takes is no difference.
  for (const [first, second] of [
    [1900, 1800],
    [5000, -5000],
    [9000, 5100],
    [undefined, 5100],
  ] as const)
    expect(judge("host.console_clock", at(first, second))).toEqual([]);
  expect(judge("host.console_clock", { ...at(5000, 5100), lost: [beta] })).toEqual([]);
});

it("has nothing to say of a healthy pair", () => {
  expect(findings({})).toEqual([]);
});
