import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { selectPair } from "../../../src/state/select/pair.ts";
import { worse } from "../../../src/state/select/severity.ts";
import type { Facts, HostState, PairState } from "../../../src/state/state.ts";
import type { Finding, PairView, Severity } from "../../../src/state/view-model.ts";
import type { LinkState } from "../../../src/xen/host/link.ts";
import { type Known, unknown } from "../../../src/xen/model/known.ts";
import { type ReadingId, readingIds } from "../../../src/xen/read/index.ts";
import { ALPHA, BETA, factsOf, LOST_MS, NOW_MS, pairFromRecordings, unreachable, withFacts, withHost } from "../pair-from-recordings.ts";

const see = (state: PairState): PairView => selectPair(state, NOW_MS);
const told = ({ findings }: PairView) => findings.map(({ severity, rule, object }) => `${severity} ${rule} ${object}`);
const finding = ({ findings }: PairView, rule: string): Finding => {
  const found = findings.find((one) => one.rule === rule);
  if (found === undefined) throw new Error(`no ${rule} among ${findings.map((one) => one.rule)}`);
  return found;
};
const lines = ({ evidence }: Finding) => evidence.map(({ text }) => text).join("\n");

const scenarios = [
  "healthy",
  "resync",
  "migrate",
  "migrate-after",
  "migratefail",
  "peerdown",
  "pathfail",
  "splitbrain",
  "reconnect",
  "detach",
  "paused",
  "linkcut",
  "migratediverge",
  "migratecut",
  "peerfrozen",
  "ovs",
  "drbd9-healthy",
  "drbd9-splitbrain",
  "drbd9-peerdown",
  "drbd9-resync",
  "xlops",
  "peerback",
];

describe("a healthy pair", () => {
  it.each(["healthy", "drbd9-healthy"])("%s: nothing above information, and everything is ok", (scenario) => {
    const view = see(pairFromRecordings(scenario));
    expect(view.findings).toEqual([]);
    expect(view.severity).toBe("ok");
    expect(view.lose.map(({ answer }) => answer)).toEqual(["all", "all"]);
    expect(view.guests.map(({ name, host }) => `${name} ${host}`)).toEqual(["cache01 alpha", "db01 beta", "web01 alpha"]);
    expect(view.drbd.map(({ key }) => key)).toEqual(["r0/0", "r1/0", "r2/0"]);
    expect(view.bridges.map(({ name }) => name)).toEqual(["xenbr-dmz", "xenbr-priv", "xenbr0"]);
  });
});

describe("recorded faults", () => {
  it("a split brain, also where a migration made it", () => {
    const view = see(pairFromRecordings("splitbrain"));
    expect(told(view)).toEqual(["critical drbd.split_brain r2", "warning guest.down cache01"]);
    expect(finding(view, "drbd.split_brain").at_risk).toEqual(["cache01"]);
    expect(told(see(pairFromRecordings("drbd9-splitbrain")))[0]).toBe("critical drbd.split_brain r2");
    expect(told(see(pairFromRecordings("migratediverge")))).toEqual(["critical drbd.split_brain r0"]);
  });

  it("a cut replication link: one cause, and DRBD, iSCSI and paths under it", () => {
    const view = see(pairFromRecordings("linkcut"));
    // The recorded df asked the NFS server as well, and hung.
    expect(told(view).filter((line) => !/host\.(?:failed|hung)/.test(line))).toEqual(["critical net.carrier eth1"]);
    const cut = finding(view, "net.carrier");
    expect(cut.at_risk).toEqual(["cache01", "db01", "web01"]);
    expect(cut.cause).toBe("eth1 (10.99.1.1 and 10.99.1.2) on alpha and beta: no carrier");
    expect(lines(cut)).toContain("all 3 volumes wait for the peer");
    expect(lines(cut)).toContain("1 iSCSI session of alpha is down: 10.99.1.2 doesn't answer");
    expect(lines(cut)).toContain("1 path of 360000000000000000e00a0a000a00001 failed on beta");
  });

  it("a failed path: its NIC, the sessions and paths by it, and no guest at risk", () => {
    const view = see(pairFromRecordings("pathfail"));
    expect(told(view)).toEqual(["critical net.carrier eth3"]);
    expect(view.findings[0]?.at_risk).toEqual([]);
    expect(view.lose.map(({ answer }) => answer)).toEqual(["all", "all"]);
  });

  it.each(["peerdown", "drbd9-peerdown", "peerfrozen"])("%s: one finding about the silent host, which may be alive", (scenario) => {
    const view = see(pairFromRecordings(scenario));
    expect(told(view).filter((line) => !/host\.(?:failed|hung) alpha/.test(line))).toEqual(["critical host.unreachable beta"]);
    const silent = finding(view, "host.unreachable");
    expect(silent).toMatchObject({
      cause: "no contact with beta for 42 s; it may be alive",
      since_ms: LOST_MS,
      at_risk: ["cache01", "db01", "web01"],
    });
    expect(lines(silent)).toContain("DRBD on alpha has lost it too, in all 3 volumes");
    expect(view.severity).toBe("critical");
  });

  it("a host that only this console can't reach is alive", () => {
    const view = see(withHost(pairFromRecordings("healthy"), BETA, unreachable));
    expect(told(view)).toEqual(["warning host.unreachable beta"]);
    expect(view.findings[0]?.cause).toBe("no contact with beta for 42 s, but it is alive: DRBD on alpha is Connected to it");
  });

  it("resyncs, running and paused", () => {
    for (const [scenario, object] of [
      ["resync", "r0"],
      ["reconnect", "r2"],
      ["drbd9-resync", "r0"],
    ] as const) {
      expect(told(see(pairFromRecordings(scenario)))).toEqual([`warning drbd.syncing ${object}`]);
    }
    const paused = see(pairFromRecordings("paused"));
    expect(told(paused)).toEqual(["warning drbd.paused_sync r0"]);
    expect(finding(paused, "drbd.paused_sync").cause).toBe("the resync of r0 is paused by hand on beta");
  });

  it("disks that were detached", () => {
    const view = see(pairFromRecordings("detach"));
    expect(told(view)).toEqual(["critical drbd.diskless r0", "warning drbd.diskless r2"]);
    expect(finding(view, "drbd.diskless").cause).toBe("r0 on alpha has no disk and runs from beta's over the network");
  });

  it("a migration: information only", () => {
    for (const scenario of ["migrate", "migratecut"])
      expect(told(see(pairFromRecordings(scenario)))).toEqual(["info guest.incoming web01"]);
  });

  it("an Open vSwitch bridge that the other host lacks", () => {
    const view = see(pairFromRecordings("ovs"));
    expect(told(view)).toEqual(["critical net.parity ovsbr0"]);
    expect(view.findings[0]?.at_risk).toEqual(["cache01"]);
  });
});

describe("made faults", () => {
  const healthy = pairFromRecordings("healthy");
  it("a bridge that is missing on the other host stands before anyone migrates", () => {
    const facts = factsOf(healthy, BETA, "ip-link");
    const view = see(
      withFacts(healthy, BETA, "ip-link", {
        ...facts,
        links: facts.links.filter(({ name }) => name !== "xenbr-priv" && name !== "eth2.100"),
      }),
    );
    const parity = finding(view, "net.parity");
    expect(parity).toMatchObject({ severity: "critical", object: "xenbr-priv", at_risk: ["cache01", "db01", "web01"] });
    expect(parity.cause).toContain("missing on beta");
  });

  it("a command that hangs", () => {
    const since_ms = NOW_MS - 42_000;
    const hung = withHost(healthy, ALPHA, (host) => ({ ...host, running_since_ms: new Map([["df", since_ms]]) }));
    expect(told(see(hung))).toEqual(["warning host.hung alpha"]);
    expect(finding(see(hung), "host.hung")).toMatchObject({ since_ms, cause: expect.stringContaining("not answering for 42 s") });
  });

  it("a guest that runs twice", () => {
    const domains = factsOf(healthy, ALPHA, "xl-list").domains.filter(({ name }) => name === "web01");
    const beta = factsOf(healthy, BETA, "xl-list");
    const view = see(
      withFacts(healthy, BETA, "xl-list", { ...beta, domains: [...beta.domains, ...domains.map((domain) => ({ ...domain, domid: 9 }))] }),
    );
    expect(finding(view, "guest.doubled")).toMatchObject({ severity: "critical", object: "web01" });
  });

  it("a row of xl list that nobody understands", () => {
    const list = factsOf(healthy, ALPHA, "xl-list");
    expect(told(see(withFacts(healthy, ALPHA, "xl-list", { ...list, not_understood: ["what is this"] })))).toContain(
      "warning host.not_understood alpha",
    );
  });
});

/** The worst of what the rows of hosts that answer say; `unknown` isn't a fault. */
function worstRow(view: PairView): Severity {
  const bad = (severity: Severity): Severity => (severity === "unknown" || severity === "info" ? "ok" : severity);
  const rows = [...view.guests, ...view.storage, ...view.uplinks, ...view.lose].map(({ severity }) => bad(severity));
  return [...rows, ...[...view.drbd, ...view.bridges].map(({ state }) => bad(state.severity))].reduce(worse, "ok");
}

describe("every recorded scenario", () => {
  it.each(scenarios)("%s: no row is graver than the gravest finding, and the same state gives the same view", (scenario) => {
    const state = pairFromRecordings(scenario);
    const view = see(state);
    const gravest = view.findings.map(({ severity }) => severity).reduce(worse, "ok");
    expect(worse(gravest, worstRow(view))).toBe(gravest);
    expect(see(state)).toEqual(view);
    const keys = view.findings.map(({ rule, object }) => `${rule} ${object}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const one of view.findings) {
      expect(one.next).toMatch(/^(?:[1-7]|ctrl-r): /);
      expect(`${one.cause}${one.next}${lines(one)}`).not.toMatch(/undefined|NaN|\[object|Infinity/);
    }
  });
});

describe("whatever is known", () => {
  const real = scenarios.slice(0, 15).map((scenario) => pairFromRecordings(scenario));
  const links: LinkState[] = [
    { phase: "idle" },
    { phase: "connecting", hop: "jump", since_ms: NOW_MS - 3000, attempt: 1 },
    { phase: "needs_auth", hop: "beta", what: "a passphrase", since_ms: NOW_MS - 3000 },
    { phase: "live", since_ms: NOW_MS - 3_600_000 },
    { phase: "unreachable", hop: "jump", reason: "refused", since_ms: LOST_MS, retry_at_ms: NOW_MS, attempt: 2 },
    { phase: "refused", hop: "beta", reason: "changed key", advice: "compare", since_ms: LOST_MS },
  ];
  const fates = ["kept", "kept", "kept", "unknown", "failed", "absent"] as const;
  const fate = (known: Known<unknown>, word: (typeof fates)[number]): Known<unknown> => {
    if (word === "kept") return known;
    if (word === "unknown") return unknown;
    if (word === "absent") return { state: "absent", why: "not there", at_ms: NOW_MS - 500 };
    return { state: "failed", error: "exited with 1", at_ms: NOW_MS - 500, last: known.state === "known" ? known : undefined };
  };
  const anyHost = fc.record({
    from: fc.nat(real.length - 1),
    link: fc.constantFrom(...links),
    beat_ms: fc.option(fc.constantFrom(300, 42_000), { nil: undefined }),
    fates: fc.array(fc.constantFrom(...fates), { minLength: readingIds.length, maxLength: readingIds.length }),
    running: fc.subarray([...readingIds], { maxLength: 2 }),
  });

  it("a view is made: never an exception, and nothing of a silent host is called fresh", () => {
    const make = (host: HostState, given: typeof anyHost extends fc.Arbitrary<infer Given> ? Given : never): HostState => {
      const source = real[given.from]?.hosts.get(host.id)?.facts ?? host.facts;
      const facts = Object.fromEntries(
        readingIds.map((id, index) => [id, fate(source[id], given.fates[index] ?? "kept")]),
      ) as unknown as Facts;
      const running = new Map<ReadingId, number>(given.running.map((id) => [id, NOW_MS - 60_000]));
      const beat = given.beat_ms === undefined ? undefined : { at_ms: NOW_MS - given.beat_ms, uptime_s: 5, skew_ms: 0 };
      return { ...host, link: given.link, beat, facts, running_since_ms: running };
    };
    const base = pairFromRecordings("healthy");
    fc.assert(
      fc.property(anyHost, anyHost, (first, second) => {
        const state = withHost(
          withHost(base, ALPHA, (host) => make(host, first)),
          BETA,
          (host) => make(host, second),
        );
        const view = see(state);
        for (const [index, given] of [first, second].entries()) {
          const silent = given.link.phase !== "live" || given.beat_ms !== 300;
          if (silent)
            expect(view.hosts[index]?.readings.filter(({ freshness }) => freshness === "fresh" || freshness === "absent")).toEqual([]);
        }
        for (const { from } of view.findings.flatMap(({ evidence }) => evidence)) {
          const given = from?.host === ALPHA ? first : second;
          if (from !== undefined && (given.link.phase !== "live" || given.beat_ms !== 300)) expect(from.freshness).not.toBe("fresh");
        }
      }),
      { numRuns: 60 },
    );
  });
});
