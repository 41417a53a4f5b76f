import { describe, expect, it } from "vitest";
import { DOUBLED_SETTLE_MS } from "../../../src/state/select/guest-whole.ts";
import { selectGuests } from "../../../src/state/select/guests.ts";
import type { PairState } from "../../../src/state/state.ts";
import type { GuestRow } from "../../../src/state/view-model.ts";
import type { HostId } from "../../../src/xen/model/ids.ts";
import { parseXlList } from "../../../src/xen/read/xl-list.ts";
import { recording } from "../../helpers.ts";
import {
  ALPHA,
  BETA,
  LIVE_SINCE_MS,
  NOW_MS,
  pairFromRecordings,
  READ_MS,
  unreachable,
  withFacts,
  withHost,
} from "../pair-from-recordings.ts";
import { CACHE01, type DomainRow, onBoth, WEB01, withConfigs, withDomains } from "./guest-cases.ts";

const pair = pairFromRecordings("healthy");
function guest(state: PairState, name: string): GuestRow {
  const row = selectGuests(state, NOW_MS).find((one) => one.name === name);
  if (row === undefined) throw new Error(`no ${name}`);
  return row;
}
const state = (one: PairState, name = "web01") => {
  const row = guest(one, name);
  return [row.state.text, row.state.severity, row.host];
};
const on = (a: readonly DomainRow[], b: readonly DomainRow[]) => withDomains(withDomains(pair, ALPHA, ...a), BETA, ...b);
const silent = (one: PairState, host: HostId) => withHost(one, host, unreachable);
const hung = (one: PairState, host: HostId) =>
  withHost(one, host, (old) => ({ ...old, running_since_ms: new Map([["xl-list", NOW_MS - 60_000] as const]) }));
const recorded = (one: PairState, host: HostId, path: string) => {
  const result = parseXlList(recording(path));
  if (!result.ok) throw new Error(JSON.stringify(result));
  return withFacts(one, host, "xl-list", result.facts);
};
function since(one: PairState, host: HostId, domid: number, text: string, at_ms: number): PairState {
  const domain_since = new Map([...one.history.domain_since, [`${host}|${domid}`, { text, at_ms }] as const]);
  return { ...one, history: { ...one.history, domain_since } };
}

describe("guests", () => {
  it("are rows with what a healthy pair knows of them", () => {
    expect(
      selectGuests(pair, NOW_MS).map(({ name, host, severity, can_run }) => [name, host, severity, can_run[0].answer, can_run[1].answer]),
    ).toEqual([
      ["cache01", ALPHA, "ok", "here", "yes"],
      ["db01", BETA, "ok", "yes", "here"],
      ["web01", ALPHA, "ok", "here", "yes"],
    ]);
    expect(guest(pair, "web01")).toMatchObject({
      key: WEB01,
      uuid: WEB01,
      type: "pvh",
      state: { text: "running", severity: "ok" },
      vcpus: 1,
      memory_mib: 112,
      cpu_percent: 1,
      disks_worst: { text: "UpToDate", severity: "ok" },
      nics_worst: { text: "up", severity: "ok" },
      autostart: [],
      config_files: [
        { host: ALPHA, path: "/etc/xen/web01.cfg" },
        { host: BETA, path: "/etc/xen/web01.cfg" },
      ],
      config_drift: [],
      placements: [{ host: ALPHA, domid: 1, name: "web01", migration: "none", flags: "-b----", state: { text: "running" } }],
    });
  });

  it("are moving while both halves are seen, and running where they arrived", () => {
    expect(state(pairFromRecordings("migrate"))).toEqual(["moving to beta", "info", ALPHA]);
    expect(guest(pairFromRecordings("migrate"), "web01").placements.map((place) => [place.host, place.state.text])).toEqual([
      [ALPHA, "running"],
      [BETA, "receiving"],
    ]);
    expect(state(pairFromRecordings("migrate-after"))).toEqual(["running", "ok", BETA]);
    expect(state(on([["web01", 1, "---ss-", WEB01]], [["web01--incoming", 5, "--p---", WEB01]]))).toEqual([
      "moving to beta",
      "info",
      undefined,
    ]);
    expect(state(on([["web01--migratedaway", 1, "--pss-", WEB01]], [["web01", 5, "r-----", WEB01]]))).toEqual([
      "running, husk left on alpha",
      "info",
      BETA,
    ]);
  });

  it("are critical when a migration's handshake was lost, but only if the other host says so", () => {
    const husk: DomainRow = ["web01--migratedaway", 1, "--pss-", WEB01];
    const shell: DomainRow = ["web01--incoming", 5, "--p---", WEB01];
    expect(state(on([husk], []))).toEqual(["left alpha, not on beta", "critical", undefined]);
    expect(state(on([], [shell]))).toEqual(["only a receiving shell, on beta", "critical", undefined]);
    expect(state(silent(on([husk], []), BETA))).toEqual(["left behind on alpha, beta not known", "unknown", undefined]);
    expect(state(hung(on([], [shell]), ALPHA))).toEqual(["receiving on beta, alpha not known", "unknown", undefined]);
  });

  it("are doubled when both hosts say so now (recording xlops: xl create succeeded on the second host)", () => {
    const doubled = recorded(pair, BETA, "xlops/beta/xl-list-two.txt");
    expect(state(doubled, "cache01")).toEqual(["running on both hosts", "critical", undefined]);
    expect(guest(doubled, "cache01").can_run.map(({ answer }) => answer)).toEqual(["here", "here"]);
    expect(state(on([["web01", 1, "--p---", WEB01]], [["web01", 9, "r-----", WEB01]]))[0]).toBe("running on both hosts");
  });

  it("aren't doubled just because one list is from before a move", () => {
    const moved = on([["web01", 1, "-b----", WEB01]], [["web01", 9, "r-----", WEB01]]);
    const linked = onBoth(moved, (one, id) =>
      withHost(one, id, (host) => ({ ...host, link: { phase: "live", since_ms: NOW_MS - 3_600_000 } })),
    );
    expect(state(since(linked, BETA, 9, "web01 ----", READ_MS))).toEqual(["moving to beta", "info", BETA]);
    expect(state(since(linked, BETA, 9, "web01 ----", READ_MS - DOUBLED_SETTLE_MS))).toEqual([
      "running on both hosts",
      "critical",
      undefined,
    ]);
    // What was there when the console came didn't move while it looked.
    expect(state(since(moved, BETA, 9, "web01 ----", LIVE_SINCE_MS + 1000))[1]).toBe("critical");
  });

  it("of a silent host stay as last seen: never down, never dead", () => {
    const lost = pairFromRecordings("peerdown");
    expect(state(lost, "db01")).toEqual(["running when last seen", "unknown", BETA]);
    expect(guest(lost, "db01").placements[0]).toMatchObject({
      state: { text: "running", severity: "unknown" },
      evidence: { freshness: "stale" },
    });
    expect(guest(lost, "db01").cpu_percent).toBeUndefined();
    expect(state(hung(pair, BETA), "db01")).toEqual(["running when last seen", "unknown", BETA]);
    // Failed over by hand while the old host is silent.
    expect(state(recorded(lost, ALPHA, "peerdown/alpha/xl-list-after.txt"), "db01")).toEqual([
      "running; beta ran it when last seen",
      "warning",
      ALPHA,
    ]);
  });

  it("are down only when both hosts say so, and completely", () => {
    const off = on([], []);
    expect(state(off)).toEqual(["down", "warning", undefined]);
    expect(state(silent(off, BETA))).toEqual(["not seen; beta not known", "unknown", undefined]);
    expect(state(hung(off, ALPHA))).toEqual(["not seen; alpha not known", "unknown", undefined]);
    const odd = withFacts(off, ALPHA, "xl-list", { domains: [], not_understood: ["we? 01"] });
    expect(state(odd)).toEqual(["not seen; alpha not known", "unknown", undefined]);
  });

  it("are critical when down although they start by themselves, and just off where others do", () => {
    const auto = withFacts(on([], []), ALPHA, "xen-auto", [{ name: "10-web01", target: "/etc/xen/web01.cfg" }]);
    expect(state(auto)).toEqual(["down", "critical", undefined]);
    expect(guest(auto, "web01").autostart).toEqual([ALPHA]);
    expect(state(auto, "cache01")).toEqual(["off", "info", undefined]);
  });

  it("have the state of their only domain", () => {
    const crashed = recorded(pair, ALPHA, "xlops/alpha/xl-crashed.txt");
    expect(state(crashed)).toEqual(["crashed", "critical", undefined]);
    expect(guest(crashed, "web01").can_run[0]).toMatchObject({ answer: "no", reason: "domain 1 is still on alpha: crashed" });
    expect(state(on([["web01", 1, "--p---", WEB01]], []))).toEqual(["paused", "warning", ALPHA]);
    expect(state(on([["web01", 1, "---ss-", WEB01]], []))).toEqual(["suspended", "info", undefined]);
    expect(state(on([["web01", 1, "-----d", WEB01]], []))).toEqual(["dying", "info", undefined]);
    expect(
      state(
        on(
          [
            ["web01", 1, "r-----", WEB01],
            ["web01x", 2, "r-----", WEB01],
          ],
          [],
        ),
      ),
    ).toEqual(["running 2 times on alpha", "critical", undefined]);
  });

  it("without a configuration are shown with what xenstore knows of their devices", () => {
    const bare = onBoth(pair, (one, host) =>
      withConfigs(withFacts(one, host, "xl-list-long", { domains: [], not_understood: [] }), host, () => undefined),
    );
    const row = guest(bare, "web01");
    expect(row).toMatchObject({
      key: WEB01,
      type: "unknown",
      config_files: [],
      disks: [{ vdev: "xvda", target: "r0", kind: "drbd", object: "r0/0" }],
    });
    expect(row.nics.map(({ bridge, ifname }) => [bridge, ifname])).toEqual([
      ["xenbr0", "web01.0"],
      ["xenbr-priv", "web01.1"],
    ]);
    expect(row.can_run[1]).toMatchObject({ answer: "no", reason: "no config on beta" });
  });

  it("tell how the hosts' configurations of them differ", () => {
    const drifted = withConfigs(pair, BETA, (config) => (config.name === "cache01" ? { ...config, vcpus: 4 } : config));
    expect(guest(drifted, "cache01")).toMatchObject({ key: CACHE01, config_drift: ["VCPUs 1 on alpha, 4 on beta"] });
    expect(guest(drifted, "cache01").can_run[1]).toMatchObject({ answer: "yes" });
  });
});
