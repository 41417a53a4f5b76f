import { describe, expect, it } from "vitest";
import { BEAT_STALE_MS } from "../../../src/state/freshness.ts";
import { selectHosts } from "../../../src/state/select/hosts.ts";
import type { HostState } from "../../../src/state/state.ts";
import type { LinkState } from "../../../src/xen/host/link.ts";
import { ALPHA, LOST_MS, NOW_MS, pairFromRecordings, withHost } from "../pair-from-recordings.ts";

const pair = pairFromRecordings("healthy");
const alpha = (change: (host: HostState) => HostState) => selectHosts(withHost(pair, ALPHA, change), NOW_MS)[0];
const linked = (link: LinkState, over: Partial<HostState> = {}) => alpha((host) => ({ ...host, link, ...over }));

describe("hosts", () => {
  it("says what a healthy host is", () => {
    expect(selectHosts(pair, NOW_MS)[0]).toMatchObject({
      id: ALPHA,
      reach: "live",
      reach_reason: undefined,
      heard_ms: NOW_MS - 300,
      hung: [],
      late: [],
      hostname: "alpha",
      xen_version: "4.17.7",
      kernel: "6.1.0-56-amd64",
      os: "Debian GNU/Linux 12 (bookworm)",
      cpus: 1,
      memory_total_mib: 1599,
      memory_free_mib: 552,
      guests_running: 2,
      skew_ms: 20,
      drbd_version: "8.4.11",
      severity: "ok",
    });
    expect(selectHosts(pair, NOW_MS)[0].uptime_s).toBeCloseTo(3600.3);
  });

  it("tells silence from absence, with the failing hop", () => {
    const [, beta] = selectHosts(pairFromRecordings("peerdown"), NOW_MS);
    expect(beta).toMatchObject({
      reach: "unreachable",
      reach_reason: "beta: no answer for 30 s",
      heard_ms: LOST_MS,
      severity: "critical",
      guests_running: 1,
      hung: [],
      late: [],
    });
    expect(beta.readings.every(({ freshness }) => freshness !== "fresh" && freshness !== "absent")).toBe(true);
    // Not counted on while nobody says that it lives.
    expect(beta.uptime_s).toBe(3500);
  });

  it("is stale when the link is up and no beat comes", () => {
    const beat = { at_ms: NOW_MS - BEAT_STALE_MS - 1, uptime_s: 1, skew_ms: 0 };
    expect(alpha((host) => ({ ...host, link: { phase: "live", since_ms: NOW_MS - 60_000 }, beat }))).toMatchObject({
      reach: "stale",
      reach_reason: "connected, but it tells nothing",
      severity: "warning",
    });
    expect(linked({ phase: "live", since_ms: NOW_MS - 1000 }, { beat: undefined }).reach).toBe("connecting");
    expect(linked({ phase: "live", since_ms: NOW_MS - BEAT_STALE_MS - 1 }, { beat: undefined }).reach).toBe("stale");
  });

  it("names every other state of the link", () => {
    expect(linked({ phase: "idle" }).reach).toBe("connecting");
    expect(linked({ phase: "connecting", hop: "jump1", since_ms: 0, attempt: 3 })).toMatchObject({
      reach: "connecting",
      reach_reason: "jump1: attempt 3",
    });
    expect(linked({ phase: "needs_auth", hop: "jump1", what: "passphrase for id_ed25519", since_ms: 0 })).toMatchObject({
      reach: "needs_auth",
      reach_reason: "jump1: passphrase for id_ed25519",
    });
    expect(linked({ phase: "refused", hop: "alpha", reason: "host key changed", advice: "see known_hosts:7", since_ms: 0 })).toMatchObject({
      reach: "refused",
      reach_reason: "alpha: host key changed; see known_hosts:7",
      severity: "critical",
    });
  });

  const since_ms = NOW_MS - 42_000;
  const long = { phase: "live", since_ms: NOW_MS - 3_600_000 } as const;

  it("lists the commands that don't answer, longest first: those that outlive their limit, and those ended at it", () => {
    const hung = alpha((host) => ({
      ...host,
      link: long,
      running_since_ms: new Map([["df", since_ms] as const]),
      facts: {
        ...host.facts,
        "xl-info": { state: "failed", error: "no answer within 8 s", no_answer: true, at_ms: NOW_MS - 500, last: undefined },
        multipath: { state: "failed", error: "multipathd isn't running", at_ms: NOW_MS - 500, last: undefined },
      },
    }));
    expect(hung.severity).toBe("warning");
    expect(hung.hung.map(({ reading, since_ms: at }) => [reading, NOW_MS - at])).toEqual([
      ["xl-info", 3_600_000],
      ["df", 42_000],
    ]);
    expect(hung.readings.find(({ reading }) => reading === "df")).toMatchObject({ freshness: "hung", note: "not answering for 42 s" });
  });

  it("keeps a reading that a busy host hasn't come to apart from a hung one", () => {
    const busy = alpha((host) => ({
      ...host,
      link: long,
      facts: { ...host.facts, "xl-list": { ...host.facts["xl-list"], at_ms: NOW_MS - 30_000 } as HostState["facts"]["xl-list"] },
    }));
    expect(busy.hung).toEqual([]);
    expect(busy.late.map(({ reading, since_ms: at }) => [reading, NOW_MS - at])).toContainEqual(["xl-list", 30_000]);
    expect(busy.readings.find(({ reading }) => reading === "xl-list")?.freshness).toBe("stale");
  });
});
