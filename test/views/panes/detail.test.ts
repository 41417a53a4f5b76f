import { describe, expect, it } from "vitest";
import { localTime } from "../../../src/views/format.ts";
import { buildDetail } from "../../../src/views/panes/detail.ts";
import { contextOf, drawDetail } from "./draw.ts";
import { alpha, beta, fixtureView, NOW_MS } from "./fixture.ts";
import { fixtureCheck, fixtureEvidence, fixtureReadiness } from "./fixture-parts.ts";
import { alphaHung, betaUnreachable, nothingYet, pathsAndBridges, splitBrain } from "./fixture-variants.ts";

const under = (lines: readonly string[], heading: string, count: number): string[] => {
  const at = lines.indexOf(heading);
  return at === -1 ? [] : lines.slice(at + 1, at + 1 + count);
};

describe("detail of a guest", () => {
  const cache01 = { kind: "guest", key: "cache01" } as const;

  it("tells of every check, the failed first, each in a word", () => {
    expect(under(drawDetail(splitBrain, cache01), "Can it run on beta now?", 5)).toEqual([
      "  answer    ✗ r2 split brain",
      "  disk      ✗ FAIL r2/0 has split: beta's copy differs",
      "  version   ▲ warn beta runs an older Xen",
      "  hardware  ? unknown CPU flags not read yet",
      "  memory    ✓ pass needs 114 MiB of 552 MiB free",
    ]);
  });

  it("tells where it could be started and not be moved alive", () => {
    const move = { result: "fail" as const, text: "r2/0 on beta is VerifyT", evidence: [fixtureEvidence(beta)] };
    const verified = (answer: "yes" | "no") => ({
      ...splitBrain,
      guests: splitBrain.guests.map((guest) => ({
        ...guest,
        can_run: [
          guest.can_run[0],
          fixtureReadiness(beta, {
            answer,
            checks: [fixtureCheck({ id: "disk", text: "r2 UpToDate", evidence: [fixtureEvidence(beta)], move })],
          }),
        ] as const,
      })),
    });
    expect(under(drawDetail(verified("yes"), cache01), "Can it run on beta now?", 3)).toEqual([
      "  answer     ✓ yes",
      "  live move  ✗ FAIL r2/0 on beta is VerifyT",
      "  disk       ✓ pass r2 UpToDate",
    ]);
    expect(drawDetail(verified("no"), cache01).join("\n")).not.toContain("live move");
  });

  it("follows disks and nics to the hardware of both hosts", () => {
    const lines = drawDetail(splitBrain, cache01);
    expect(under(lines, "Disks", 4)).toEqual([
      "  xvda        ✗ split brain  drbd r2/0, read-write, target r2",
      "    on alpha  drbd r2/0 UpToDate → lv vg0/r2 → disk sda",
      "    on beta   drbd r2/0 UpToDate → lv vg0/r2 → disk sdb",
      "    backend   ✓ Connected",
    ]);
    expect(under(lines, "Network interfaces", 3)).toEqual([
      "  nic 0       ✓ up  00:16:3e:00:00:11 on bridge xenbr0 as web01.0",
      "    on alpha  bridge xenbr0 → nic eth2",
      "    on beta   bridge xenbr0 → nic eth2",
    ]);
    expect(under(lines, "Configuration", 3)).toEqual([
      "  alpha    /etc/xen/cache01.cfg",
      "  beta     /etc/xen/cache01.cfg",
      "  differs  memory: 112 on alpha, 128 on beta",
    ]);
  });

  it("tells where a chain ends on one host only", () => {
    expect(drawDetail(pathsAndBridges, cache01)).toContain("    on beta   – nothing of it on beta");
    const unheard = { ...pathsAndBridges, hosts: nothingYet.hosts };
    expect(drawDetail(unheard, cache01)).toContain("    on beta   ? unknown");
  });

  it("with evidence: each fact's command, host and age", () => {
    const lines = drawDetail(splitBrain, cache01, { evidence: true });
    expect(lines.slice(1, 9)).toEqual([
      "  state           ✓ running",
      "                  xl list -v on alpha, 1.2 s ago",
      "  uuid            5ca1ab1e-0000-4000-8000-000000000011",
      "                  xl list -v on alpha, 1.2 s ago",
      "  type            pvh",
      "                  xl list -l on alpha, 2.2 s ago",
      "  vcpus           1",
      "                  xl list -v on alpha, 1.2 s ago",
    ]);
    expect(lines).toContain("                  xentop -b -f -i 2 -d 1 on alpha, 5.2 s ago");
    expect(lines).toContain("              drbdsetup status --verbose --statistics on beta, 1.2 s ago");
  });

  it("says of old facts that they are, and what their command does instead of answering", () => {
    expect(drawDetail(alphaHung, cache01, { evidence: true })).toContain(
      "                  ~xl list -v on alpha, hung, 44 s ago: not answering for 42 s",
    );
    const lines = drawDetail(betaUnreachable, { kind: "guest", key: "db01" });
    expect(lines.slice(1, 3)).toEqual([
      "  state           ? ~running 42 s",
      "  uuid            ~5ca1ab1e-0000-4000-8000-000000000011 42 s",
    ]);
    expect(lines).toContain("    on beta   ~drbd r1/0 UpToDate → lv vg0/r1 → disk sdb 42 s");
  });

  it("leads on to what the guest stands on", () => {
    const objects = buildDetail(contextOf(splitBrain), cache01, false).rows.flatMap(({ object }) => (object ? [object] : []));
    expect(objects).toEqual([
      { kind: "host", id: "alpha" },
      { kind: "host", id: "alpha" },
      { kind: "host", id: "beta" },
      { kind: "drbd", key: "r2/0" },
      { kind: "bridge", name: "xenbr0" },
    ]);
  });
});

describe("detail of a DRBD volume", () => {
  it("begins with what is wrong, then each host's own view and its opinion of the other", () => {
    const lines = drawDetail(splitBrain, { kind: "drbd", key: "r2/0" });
    expect(lines[0]).toBe("✗ split brain for 3 min: the two copies have diverged");
    expect(under(lines, "As beta sees it", 13)).toEqual([
      "  role                 Secondary",
      "  disk                 UpToDate",
      "  connection           StandAlone",
      "  replication          Off",
      "  alpha's role         Unknown",
      "  alpha's disk         DUnknown",
      "  out-of-sync          1 MiB (1024 KiB)",
      "  I/O suspended        no",
      "  resync suspended     no",
      "  minor                0",
      "  backing device       /dev/vg0/cache01",
      "  allow-two-primaries  yes",
      "  generation           11D3C4B2A1908F70",
    ]);
    expect(under(lines, "Guests on it", 1)).toEqual(["  cache01  ✓ running"]);
  });
});

describe("detail of storage, bridge and uplink", () => {
  it("tells of every path on each host", () => {
    const lines = drawDetail(pathsAndBridges, { kind: "storage", key: "multipath 360000000000000000e00a0a000a00001" });
    expect(under(lines, "On alpha", 4)).toEqual([
      "  state    ✗ 0 of 2 paths",
      "  changes  7 flaps in 10 min",
      "  details  sda 10.99.1.1 failed faulty running",
      "           sdb 10.99.2.1 failed faulty running",
    ]);
    expect(under(lines, "Guests on it", 2)).toEqual(["  web01  ✓ running", "  db01   ✓ running"]);
  });

  it("tells what differs between the hosts' bridges", () => {
    const lines = drawDetail(pathsAndBridges, { kind: "bridge", name: "xenbr-dmz" });
    expect(lines).toContain("  difference  ✗ missing on beta: a migration cuts web01 off");
    expect(under(lines, "On beta", 1)).toEqual(["    – beta doesn't have it"]);
  });

  it("tells which bridges an uplink carries", () => {
    const lines = drawDetail(pathsAndBridges, { kind: "uplink", name: "eth2" });
    expect(under(lines, "Bridges that it carries", 3).map((line) => line.trim().split(" ")[0])).toEqual([
      "xenbr-dmz",
      "xenbr0",
      "xenbr-priv",
    ]);
  });
});

describe("detail of a host", () => {
  it("has no guests only where its list says so", () => {
    const without = (view: typeof nothingYet) => ({ ...view, guests: [] });
    const here = (view: typeof nothingYet, id: typeof alpha) => under(drawDetail(without(view), { kind: "host", id }), "Guests here", 1);
    expect(here(nothingYet, alpha)).toEqual(["  guests  ? unknown"]);
    expect(here(betaUnreachable, beta)).toEqual(["  guests  ~none 42 s"]);
    expect(here(betaUnreachable, alpha)).toEqual(["  none  –"]);
  });

  it("tells why it isn't reached, and each figure's age", () => {
    const lines = drawDetail(betaUnreachable, { kind: "host", id: betaUnreachable.hosts[1].id });
    expect(lines.slice(0, 5)).toEqual([
      "Reach",
      "  link    unreachable 42 s",
      "  so for  40 s",
      "  why     jump1: connection refused; may be alive; next try in 4 s, ctrl-r: now",
      "",
    ]);
    expect(lines).toContain("  load, 1 min     ~0.18 42 s");
  });

  it("lists its readings, those that don't answer first", () => {
    const lines = drawDetail(alphaHung, { kind: "host", id: alphaHung.hosts[0].id });
    expect(under(lines, "Readings", 2)).toEqual([
      "  xl-list       ~hung 44 s ago: not answering for 42 s  xl list -v",
      "  host          7.2 s ago  cat /proc/{loadavg,meminfo,uptime,cpuinfo}",
    ]);
    expect(lines).toContain("  hangs   xl list -v not answering for 42 s");
  });

  it("compares the hosts' hardware", () => {
    const view = fixtureView({
      hardware_parity: [
        { what: "CPU", values: ["Gold 6130", "Gold 6230"], same: false },
        { what: "memory", values: ["1599 MiB", "?"], same: undefined },
      ],
    });
    expect(under(drawDetail(view, { kind: "host", id: view.hosts[0].id }), "Identical hardware?", 2)).toEqual([
      "  CPU     ▲ differs: Gold 6130 on alpha, Gold 6230 on beta",
      "  memory  ? not known: 1599 MiB on alpha, ? on beta",
    ]);
  });
});

describe("detail of a finding and of an entry", () => {
  it("gives the finding's evidence with its source, and leads to what it is about", () => {
    const finding = { kind: "finding", rule: "drbd.split_brain", object: "r2" } as const;
    const lines = drawDetail(splitBrain, finding);
    expect(under(lines, "Evidence", 1)).toEqual(["  1  alpha StandAlone  drbdsetup status on alpha, 1.2 s ago"]);
    expect(lines).toContain(`  for       3 min, since ${localTime(NOW_MS - 180_000, NOW_MS)}`);
    const objects = buildDetail(contextOf(splitBrain), finding, false).rows.flatMap(({ object }) => (object ? [object] : []));
    expect(objects).toEqual([
      { kind: "drbd", key: "r2/0" },
      { kind: "guest", key: "cache01" },
    ]);
  });

  it("shows an entry whole, however long", () => {
    const text = "word ".repeat(60).trim();
    const view = fixtureView({
      timeline: [{ seq: 5, at_ms: NOW_MS - 1_000, host: undefined, origin: "journal", object: "drbd r0", text, severity: "warning" }],
    });
    const lines = drawDetail(view, { kind: "entry", seq: 5 });
    expect(lines.join(" ").match(/word/g)).toHaveLength(60);
    expect(lines.join("\n")).toMatch(/^ {2}severity +▲ warning$/m);
    expect(buildDetail(contextOf(view), { kind: "entry", seq: 5 }, false).rows.flatMap(({ object }) => object ?? [])).toEqual([
      { kind: "drbd", key: "r0/0" },
    ]);
  });
});

describe("an object that is gone", () => {
  it("says so and leads back", () => {
    expect(buildDetail(contextOf(fixtureView()), { kind: "guest", key: "nobody" }, false)).toEqual({
      title: "guest nobody",
      header: [],
      rows: [],
      empty: "Neither host tells of nobody any more. esc goes back.",
    });
    expect(buildDetail(contextOf(fixtureView()), { kind: "finding", rule: "x", object: "r2" }, false).empty).toMatch(/no longer holds/);
    expect(buildDetail(contextOf(fixtureView()), { kind: "entry", seq: 99 }, false).empty).toMatch(/no longer kept/);
  });

  it("has its title where it is there", () => {
    expect(buildDetail(contextOf(fixtureView()), { kind: "drbd", key: "r0/0" }, false).title).toBe("drbd r0/0");
  });
});
