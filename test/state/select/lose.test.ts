import { describe, expect, it } from "vitest";
import { selectLose } from "../../../src/state/select/lose.ts";
import type { PairState } from "../../../src/state/state.ts";
import type { LoseHost } from "../../../src/state/view-model.ts";
import { parseXlList } from "../../../src/xen/read/xl-list.ts";
import { recording } from "../../helpers.ts";
import { ALPHA, BETA, factsOf, NOW_MS, pairFromRecordings, unreachable, withFacts, withHost } from "../pair-from-recordings.ts";
import { CACHE01, DB01, onBoth, WEB01, withConfigs, withDomains } from "./guest-cases.ts";

const pair = pairFromRecordings("healthy");
const loseAlpha = (state: PairState): LoseHost => selectLose(state, NOW_MS)[0];
const loseBeta = (state: PairState): LoseHost => selectLose(state, NOW_MS)[1];
const free = (state: PairState, mib: number) =>
  withFacts(state, BETA, "xl-info", { ...factsOf(state, BETA, "xl-info"), free_memory_mib: mib });
const reasons = ({ cannot }: LoseHost) => cannot.map(({ name, reason }) => [name, reason]);

describe("if a host is lost", () => {
  it("everything of a healthy pair restarts on the other", () => {
    expect(loseAlpha(pair)).toEqual({
      lost: ALPHA,
      survivor: BETA,
      answer: "all",
      restart: [CACHE01, WEB01],
      cannot: [],
      unknown: [],
      stops: [],
      memory_needed_mib: 232,
      memory_free_mib: 618,
      severity: "ok",
    });
    expect(loseBeta(pair)).toMatchObject({ lost: BETA, answer: "all", restart: [DB01], memory_needed_mib: 164, memory_free_mib: 552 });
  });

  it("guests whose copy there isn't good don't restart, with the reason", () => {
    expect(loseAlpha(pairFromRecordings("resync"))).toMatchObject({ answer: "some", restart: [CACHE01], severity: "warning" });
    expect(reasons(loseAlpha(pairFromRecordings("resync")))).toEqual([["web01", "r0 SyncTarget 32 % on beta"]]);
    expect(reasons(loseAlpha(pairFromRecordings("detach")))).toEqual([["cache01", "r2 Diskless on beta"]]);
    expect(loseAlpha(pairFromRecordings("linkcut"))).toMatchObject({ answer: "none", severity: "critical" });
    expect(loseBeta(pairFromRecordings("linkcut"))).toMatchObject({ answer: "none" });
    expect(loseAlpha(pairFromRecordings("ovs"))).toMatchObject({
      answer: "some",
      cannot: [{ name: "cache01", reason: "bridge ovsbr0 missing on beta" }],
    });
    expect(loseAlpha(pairFromRecordings("drbd9-resync")).answer).toBe("some");
    // Of the split r2 nothing runs; the others are fine.
    expect(loseAlpha(pairFromRecordings("splitbrain"))).toMatchObject({ answer: "all", restart: [WEB01] });
  });

  it("a guest that is moving still counts where its memory is", () => {
    expect(loseAlpha(pairFromRecordings("migrate")).restart).toContain(WEB01);
    const last = withDomains(withDomains(pair, ALPHA, ["web01", 1, "---ss-", WEB01]), BETA, ["web01--incoming", 5, "--p---", WEB01]);
    expect(loseAlpha(last).restart).toContain(WEB01);
    expect(loseBeta(last).restart).toEqual([]);
  });

  it("memory goes to what is named first, to those that start by themselves, then to the smallest", () => {
    // 116 MiB each, for two of them there is room once.
    expect(loseAlpha(free(pair, 200))).toMatchObject({ answer: "some", restart: [CACHE01] });
    expect(reasons(loseAlpha(free(pair, 200)))).toEqual([["web01", "needs 116 MiB, 84 MiB left on beta"]]);
    const auto = withFacts(free(pair, 200), BETA, "xen-auto", [{ name: "web01.cfg", target: "/etc/xen/web01.cfg" }]);
    expect(loseAlpha(auto)).toMatchObject({ restart: [WEB01] });
    // But before all what the config file names first, as a failover does.
    expect(loseAlpha({ ...auto, priority: ["no such guest", "cache01"] })).toMatchObject({ restart: [CACHE01] });
    expect(loseAlpha({ ...free(pair, 200), priority: [WEB01] })).toMatchObject({ restart: [WEB01] });
    const big = onBoth(free(pair, 300), (state, host) =>
      withConfigs(state, host, (config) => (config.name === "cache01" ? { ...config, target_memory_kib: 204_800 } : config)),
    );
    expect(loseAlpha(big)).toMatchObject({ restart: [WEB01] });
  });

  it("those that don't fit have one reason, in one unit", () => {
    const large = onBoth(free(pair, 3000), (state, host) =>
      withConfigs(state, host, (config) => ({ ...config, target_memory_kib: 9 * 1024 ** 2 })),
    );
    expect(reasons(loseAlpha(large))).toEqual([
      ["cache01", "need 18.0 GiB together, 2.9 GiB left on beta"],
      ["web01", "need 18.0 GiB together, 2.9 GiB left on beta"],
    ]);
  });

  it("a guest on the survivor that reads from the lost host's copy stops with it", () => {
    // db01 runs on beta, where its r1 is fine; made to lack a copy there.
    const status = factsOf(pair, BETA, "drbd-status");
    const disk = (state: "Inconsistent" | "Outdated" | "Diskless", connected = true) =>
      withFacts(pair, BETA, "drbd-status", {
        ...status,
        resources: status.resources.map((one) =>
          one.name === "r1"
            ? {
                ...one,
                volumes: one.volumes.map((volume) => ({ ...volume, disk: state })),
                connections: one.connections.map((link) => ({
                  ...link,
                  connection: connected ? ("Connected" as const) : ("Connecting" as const),
                })),
              }
            : one,
        ),
      });
    for (const state of ["Inconsistent", "Outdated", "Diskless"] as const) {
      expect(loseAlpha(disk(state))).toMatchObject({
        answer: "all",
        severity: "critical",
        stops: [{ guest: DB01, name: "db01", reason: `r1 ${state} on beta, read from alpha` }],
      });
      expect(loseBeta(disk(state)).stops).toEqual([]);
    }
    // Not connected it doesn't read from there, and has failed already.
    expect(loseAlpha(disk("Inconsistent", false)).stops).toEqual([]);
    expect(loseAlpha(withHost(disk("Inconsistent"), BETA, unreachable)).stops).toEqual([]);
    expect(loseAlpha(withDomains(disk("Inconsistent"), BETA)).stops).toEqual([]);
  });

  it("a disk that is called as its guest isn't named twice", () => {
    const resync = pairFromRecordings("resync");
    const renamed = onBoth(resync, (state, host) =>
      withDomains(
        withFacts(
          withConfigs(state, host, (config) => (config.name === "web01" ? { ...config, name: "r0" } : config)),
          host,
          "xl-list-long",
          { domains: [], not_understood: [] },
        ),
        host,
        ...(host === ALPHA ? ([["r0", 1, "-b----", WEB01]] as const) : []),
      ),
    );
    expect(reasons(loseAlpha(renamed))).toEqual([["r0", "its disk SyncTarget 32 % on beta"]]);
  });

  it("one that doesn't fit doesn't keep a smaller one out", () => {
    const big = onBoth(pair, (state, host) =>
      withConfigs(state, host, (config) => (config.name === "cache01" ? { ...config, target_memory_kib: 204_800 } : config)),
    );
    const auto = withFacts(free(big, 300), ALPHA, "xen-auto", [
      { name: "10-web01", target: "/etc/xen/web01.cfg" },
      { name: "05-cache01", target: "/etc/xen/cache01.cfg" },
    ]);
    // Both start by themselves: the smaller one, so that as many as can be come back; the other where it is named first.
    expect(loseAlpha(auto)).toMatchObject({ restart: [WEB01] });
    expect(loseAlpha({ ...auto, priority: ["cache01"] })).toMatchObject({ restart: [CACHE01] });
    expect(loseAlpha({ ...free(auto, 200), priority: ["cache01"] })).toMatchObject({
      answer: "some",
      restart: [WEB01],
      cannot: [{ name: "cache01" }],
    });
  });

  it("nothing is promised for a survivor that doesn't answer, nor against a peer that may hold newer data", () => {
    const lost = pairFromRecordings("peerdown");
    expect(loseAlpha(lost)).toMatchObject({
      answer: "unknown",
      restart: [],
      unknown: [{ name: "cache01", reason: "beta doesn't answer" }, { name: "web01" }],
      severity: "unknown",
    });
    expect(loseBeta(lost)).toMatchObject({
      answer: "unknown",
      unknown: [{ name: "db01", reason: "r1 not connected; beta may hold newer data" }],
    });
  });

  it("a guest that was restarted on the survivor is no longer the lost host's", () => {
    const after = parseXlList(recording("peerdown/alpha/xl-list-after.txt"));
    if (!after.ok) throw new Error("not parsed");
    const done = withFacts(pairFromRecordings("peerdown"), ALPHA, "xl-list", after.facts);
    expect(loseBeta(done)).toMatchObject({ answer: "unknown", restart: [], cannot: [], unknown: [] });
  });

  it("with no guests there is nothing to move, if the host says so now", () => {
    const empty = withDomains(pair, BETA);
    expect(loseBeta(empty)).toMatchObject({ answer: "nothing_to_move", severity: "ok", memory_needed_mib: 0 });
    expect(loseBeta(withHost(empty, BETA, unreachable))).toMatchObject({ answer: "unknown" });
  });

  it("never counts all where a row of the lost host's list can't be read", () => {
    const list = factsOf(pair, ALPHA, "xl-list");
    const strange = withFacts(pair, ALPHA, "xl-list", { ...list, not_understood: ["mail01 garbage"] });
    expect(loseAlpha(strange)).toMatchObject({ answer: "unknown", severity: "unknown", restart: [CACHE01, WEB01] });
    expect(loseAlpha(strange).unknown).toMatchObject([{ reason: "1 of its rows in xl list can't be read" }]);
    const only = withFacts(pair, ALPHA, "xl-list", { domains: [], not_understood: ["mail01 garbage"] });
    expect(loseAlpha(only).answer).not.toBe("nothing_to_move");
  });
});
