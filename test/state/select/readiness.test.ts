import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { selectGuests } from "../../../src/state/select/guests.ts";
import type { PairState } from "../../../src/state/state.ts";
import type { ReadinessCheck } from "../../../src/state/view-model.ts";
import type { DrbdResource } from "../../../src/xen/model/drbd.ts";
import { unknown } from "../../../src/xen/model/known.ts";
import type { GuestConfig } from "../../../src/xen/model/xen.ts";
import { type ReadingId, readingIds } from "../../../src/xen/read/index.ts";
import { ALPHA, BETA, factsOf, LOST_MS, NOW_MS, pairFromRecordings, unreachable, withFacts, withHost } from "../pair-from-recordings.ts";
import { disk, onBoth, WEB01, withConfigs, withDisks, withDomains } from "./guest-cases.ts";

const pair = pairFromRecordings("healthy");
function onBeta(state: PairState, name = "web01") {
  const found = selectGuests(state, NOW_MS).findLast((one) => one.name === name)?.can_run[1];
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}
const check = (state: PairState, id: ReadinessCheck["id"]) => {
  const { result, text } = onBeta(state).checks.find((one) => one.id === id) ?? { result: "none", text: "" };
  return [result, text];
};
const xenOnBeta = (over: Partial<ReturnType<typeof betaXen>>) => withFacts(pair, BETA, "xl-info", { ...betaXen(), ...over });
const betaXen = () => factsOf(pair, BETA, "xl-info");
const web01 = (over: Parameters<typeof withConfigs>[2]) =>
  onBoth(pair, (state, host) => withConfigs(state, host, (config) => (config.name === "web01" ? over(config) : config)));

describe("whether a guest can run on a host", () => {
  it("is yes when every check passed, and each says from where", () => {
    const { answer, reason, checks } = onBeta(pair);
    expect([answer, reason]).toEqual(["yes", undefined]);
    expect(new Set(checks.map(({ id }) => id))).toEqual(
      new Set([
        "disk",
        "network",
        "vifname",
        "name",
        "config",
        "memory",
        "hardware",
        "version",
        "processor",
        "xen",
        "passthrough",
        "bootfiles",
      ]),
    );
    expect(
      checks.every(
        ({ result, evidence }) => result === "pass" && evidence.length > 0 && evidence.every(({ freshness }) => freshness === "fresh"),
      ),
    ).toBe(true);
  });

  it("is no with the first reason", () => {
    expect(onBeta(pairFromRecordings("resync"))).toMatchObject({ answer: "no", reason: "r0 SyncTarget 32 % on beta" });
    expect(onBeta(pairFromRecordings("detach"), "cache01")).toMatchObject({ answer: "no", reason: "r2 Diskless on beta" });
    expect(onBeta(pairFromRecordings("detach"))).toMatchObject({ answer: "yes" });
    expect(onBeta(pairFromRecordings("linkcut"))).toMatchObject({ answer: "no" });
    expect(onBeta(pairFromRecordings("pathfail"))).toMatchObject({ answer: "yes" });
  });

  it("needs a configuration there, the same one", () => {
    expect(
      check(
        withConfigs(pair, BETA, (config) => (config.name === "web01" ? undefined : config)),
        "config",
      ),
    ).toEqual(["fail", "no config on beta"]);
    expect(
      check(
        withConfigs(pair, BETA, (config) => ({ ...config, vcpus: 2, target_memory_kib: 131_072 })),
        "config",
      ),
    ).toEqual(["warn", "config differs: VCPUs 2 on beta, 1 on alpha and 1 more"]);
    const broken = { path: "/etc/xen/web01.cfg", config: undefined, error: "lexical error" };
    expect(check(withFacts(pair, BETA, "xl-configs", [broken]), "config")).toEqual([
      "fail",
      "/etc/xen/web01.cfg on beta can't be read: lexical error",
    ]);
    expect(check(withFacts(pair, BETA, "xl-configs", [{ path: "/etc/xen", config: undefined, error: "not all" }]), "config")[0]).toBe(
      "unknown",
    );
  });

  it("needs its memory with what Xen takes on top", () => {
    expect(check(xenOnBeta({ free_memory_mib: 116 }), "memory")).toEqual(["pass", "needs 116 MiB, 116 MiB free on beta"]);
    expect(check(xenOnBeta({ free_memory_mib: 115 }), "memory")).toEqual(["fail", "needs 116 MiB, 115 MiB free on beta"]);
    expect(check(xenOnBeta({ free_memory_mib: 115, xen_commandline: "" }), "memory")).toEqual([
      "unknown",
      "needs 116 MiB, 115 MiB free on beta; dom0 would have to give up memory",
    ]);
    expect(check(xenOnBeta({ free_memory_mib: undefined }), "memory")[0]).toBe("unknown");
  });

  it("needs a Xen that runs its kind of guest; features and versions only forbid the live move", () => {
    expect(check(xenOnBeta({ xen_caps: ["xen-3.0-x86_64"] }), "hardware")).toEqual(["fail", "beta can't run pvh guests"]);
    expect(check(xenOnBeta({ hw_caps: betaXen().hw_caps?.replace("078bf3fd", "078bf3fc") }), "hardware")).toEqual([
      "warn",
      "beta lacks 1 CPU features of alpha: no live move",
    ]);
    expect(check(xenOnBeta({ xen_minor: 18, xen_version: "4.18.1" }), "version")[0]).toBe("pass");
    expect(check(xenOnBeta({ xen_minor: 16, xen_version: "4.16.1" }), "version")).toEqual([
      "warn",
      "Xen 4.16.1 on beta, 4.17.7 on alpha: no live move",
    ]);
    expect(onBeta(xenOnBeta({ xen_minor: 16 })).answer).toBe("yes");
  });

  it("needs its devices, its boot files and its hotplug scripts", () => {
    expect(
      check(
        web01((config) => ({ ...config, pci_devices: ["0000:03:00.0"] })),
        "passthrough",
      )[0],
    ).toBe("unknown");
    expect(
      check(
        web01((config) => ({ ...config, disable_migrate: true })),
        "passthrough",
      ),
    ).toEqual(["warn", "migration disabled: restart only"]);
    const files = (present: boolean | undefined, path: string) =>
      withFacts(
        pair,
        BETA,
        "xl-configs",
        factsOf(pair, BETA, "xl-configs").map((file) => ({
          ...file,
          paths: (file.paths ?? []).map((one) => (one.path === path ? { ...one, present } : one)),
        })),
      );
    expect(check(files(false, "/srv/guest/vmlinux"), "bootfiles")).toEqual(["fail", "/srv/guest/vmlinux missing on beta"]);
    expect(check(files(undefined, "/srv/guest/vmlinux"), "bootfiles")).toEqual([
      "unknown",
      "whether /srv/guest/vmlinux is on beta isn't known",
    ]);
    expect(check(files(false, "/etc/xen/scripts/block-drbd"), "bootfiles")).toEqual([
      "fail",
      "/etc/xen/scripts/block-drbd missing on beta",
    ]);
  });

  it("needs its name free there", () => {
    const other = "0b6e2d4e-7b1c-4f5a-9c1e-2f4b7a9d1c11";
    const config = factsOf(pair, BETA, "xl-list-long").domains[1]?.config;
    if (config === undefined) throw new Error("no config");
    const live = { domid: 9, config: { ...config, name: "web01", uuid: other } };
    const taken = withFacts(withDomains(pair, BETA, ["web01", 9, "r-----", other]), BETA, "xl-list-long", {
      domains: [live],
      not_understood: [],
    });
    expect(check(taken, "name")).toEqual(["fail", "another guest has its name on beta"]);
    expect(check(withFacts(pair, BETA, "xl-list", { domains: [], not_understood: ["?"] }), "name")[0]).toBe("unknown");
  });

  it("isn't known of a host that doesn't answer", () => {
    expect(onBeta(pairFromRecordings("peerdown"))).toMatchObject({ answer: "unknown", reason: "beta doesn't answer" });
    expect(onBeta(withHost(pair, BETA, unreachable), "db01")).toMatchObject({ answer: "unknown" });
  });

  it("is never yes while anything that decides it isn't fresh", () => {
    const deciding: readonly ReadingId[] = ["xl-list", "xl-configs", "xl-info", "drbd-status", "ip-link"];
    const states = fc.constantFrom("unknown", "failed", "stale", "hung");
    fc.assert(
      fc.property(fc.subarray([...readingIds]), states, (ids, how) => {
        const state = withHost(pair, BETA, (host) => ({
          ...host,
          running_since_ms: how === "hung" ? new Map(ids.map((id) => [id, NOW_MS - 200_000])) : new Map(),
          facts: Object.fromEntries(
            Object.entries(host.facts).map(([id, known]) => {
              if (!(ids as readonly string[]).includes(id)) return [id, known];
              if (how === "unknown") return [id, unknown];
              if (how === "failed") return [id, { state: "failed", error: "no", at_ms: NOW_MS, last: undefined }];
              return [id, how === "stale" && known.state !== "unknown" ? { ...known, at_ms: NOW_MS - 7_200_000 } : known];
            }),
          ) as unknown as typeof host.facts,
        }));
        if (ids.some((id) => deciding.includes(id))) expect(onBeta(state).answer).not.toBe("yes");
      }),
    );
  });
});

describe("what a plan would be refused by is in the verdict already", () => {
  const moveOn = (state: PairState, id: ReadinessCheck["id"]) => {
    const found = onBeta(state).checks.find((one) => one.id === id);
    return [found?.move?.result ?? found?.result, found?.move?.text ?? found?.text];
  };
  const notRunning = (state: PairState) => onBoth(state, (one, host) => withDomains(one, host));
  const status = (state: PairState, host: typeof BETA) => factsOf(state, host, "drbd-status");
  const r0 = (state: PairState, host: typeof BETA, change: (one: DrbdResource) => DrbdResource) =>
    withFacts(state, host, "drbd-status", {
      ...status(state, host),
      resources: status(state, host).resources.map((one) => (one.name === "r0" ? change(one) : one)),
    });

  it("a disk that is Primary on the other host without its guest, whether or not two primaries are allowed", () => {
    const settings = factsOf(pair, BETA, "drbd-show").resources.find(({ name }) => name === "r0");
    expect(settings?.allow_two_primaries).toBe(true);
    // In the recording web01 runs on alpha; its domain is taken away, and what has r0 open stays.
    expect(onBeta(notRunning(pair))).toMatchObject({ answer: "no", reason: "r0 is Primary on alpha: something there writes to it" });
    // Its own domain there is why it is Primary: what is stopped there is another question.
    expect(check(withDomains(notRunning(pair), ALPHA, ["web01", 1, "---sc-", WEB01]), "disk")[0]).toBe("pass");
  });

  it("a copy that is apart from one of which nothing is told", () => {
    const apart = pairFromRecordings("linkcut");
    const down = withFacts(notRunning(apart), ALPHA, "drbd-status", {
      ...status(apart, ALPHA),
      resources: status(apart, ALPHA).resources.filter(({ name }) => name !== "r0"),
    });
    expect(check(down, "disk")).toEqual(["unknown", "r0 not connected, not up on alpha: which copy is newer isn't known"]);
    const as = (disk: DrbdResource["volumes"][number]["disk"]) =>
      r0(notRunning(apart), ALPHA, (one) => ({ ...one, role: "Secondary", volumes: one.volumes.map((each) => ({ ...each, disk })) }));
    expect(check(as("Consistent"), "disk")[0]).toBe("unknown");
    expect(check(as("Outdated"), "disk")).toEqual(["warn", "r0 UpToDate here, Outdated on alpha"]);
  });

  it("a copy that is apart from a silent host's, and older than its last words", () => {
    const silent = withHost(pairFromRecordings("linkcut"), ALPHA, unreachable);
    expect(onBeta(silent)).toMatchObject({ answer: "unknown", reason: "r0 not connected; alpha may hold newer data" });
    const connected_ms = LOST_MS - 3_600_000;
    const bad_copies = new Map([["beta|r0/0", { how: "apart" as const, at_ms: connected_ms + 5000, began: true, connected_ms }]]);
    const watched = { ...withFacts(silent, BETA, "kernel-log", []), history: { ...silent.history, bad_copies } };
    expect(onBeta(watched)).toMatchObject({
      answer: "no",
      reason: expect.stringMatching(/^r0 on beta was not connected from .*: this copy is old$/),
    });
  });

  it("a verify under way forbids the move, and no start", () => {
    const verify = (state: PairState, host: typeof BETA) =>
      r0(state, host, (one) => ({
        ...one,
        connections: one.connections.map((each) => ({
          ...each,
          volumes: new Map([...each.volumes].map(([number, volume]) => [number, { ...volume, replication: "VerifyT" as const }])),
        })),
      }));
    expect(onBeta(verify(pair, BETA)).answer).toBe("yes");
    expect(moveOn(verify(pair, BETA), "disk")).toEqual(["fail", "r0/0 on beta is VerifyT"]);
    expect(moveOn(pair, "disk")[0]).toBe("pass");
  });

  it("an interface of its own name that is there already, its own excepted", () => {
    const links = factsOf(pair, BETA, "ip-link");
    const [first] = links.links;
    if (first === undefined) throw new Error("no links");
    const taken = withFacts(pair, BETA, "ip-link", { ...links, links: [...links.links, { ...first, name: "web01.0" }] });
    expect(check(taken, "vifname")).toEqual(["fail", "an interface web01.0 is there on beta already"]);
    expect(onBeta(withDomains(taken, BETA, ["web01--incoming", 9, "--p---", WEB01])).checks.map(({ id }) => id)).not.toContain("vifname");
  });

  it("a LUN of which the host sees less than the other one", () => {
    const path = "/dev/mapper/lun1";
    const san = withDisks(pair, disk({ target: path, script: undefined }));
    const lun = (state: PairState, host: typeof BETA, size_bytes: number) => {
      const devices = factsOf(state, host, "lsblk");
      const [one] = devices.devices;
      if (one === undefined) throw new Error("no devices");
      const added = { ...one, name: "lun1", kname: "dm-90", path, type: "mpath", wwn: undefined, size_bytes, parents: [] };
      return withFacts(state, host, "lsblk", { ...devices, devices: [...devices.devices, added] });
    };
    const sized = (here: number, there: number) => lun(lun(san, BETA, here), ALPHA, there);
    const sizeOn = (state: PairState) => onBeta(state).checks.find(({ id }) => id === "size");
    expect(sizeOn(sized(1000, 1000))?.result).toBe("pass");
    expect(sizeOn(sized(1000, 2000))).toMatchObject({ result: "fail", text: "xvda: 1000 bytes on beta, 2000 on alpha: rescan" });
    expect(sizeOn(sized(2000, 1000))).toMatchObject({ result: "warn", move: { result: "fail" } });
  });

  it("a CPU pool of its own, of which no reading tells; one that is in use there is there", () => {
    const pooled = web01((config) => ({ ...config, pool: "fast" }));
    expect(onBeta(pooled)).toMatchObject({ answer: "unknown", reason: "whether beta has the CPU pool fast isn't known" });
    const long = factsOf(pair, BETA, "xl-list-long");
    const domains = long.domains.map((one) => ({ ...one, config: { ...one.config, pool: "fast" } }));
    expect(check(withFacts(pooled, BETA, "xl-list-long", { ...long, domains }), "pool")).toEqual(["pass", "CPU pool fast on beta"]);
    expect(
      check(
        web01((config) => ({ ...config, pool: "Pool-0" })),
        "pool",
      )[0],
    ).toBe("none");
  });

  it("what it runs with counts for the move, what its file says for a start", () => {
    const long = factsOf(pair, ALPHA, "xl-list-long");
    const running = (over: Partial<GuestConfig>) =>
      withFacts(pair, ALPHA, "xl-list-long", {
        ...long,
        domains: long.domains.map((one) => (one.config.name === "web01" ? { ...one, config: { ...one.config, ...over } } : one)),
      });
    expect(check(running({ target_memory_kib: 8_000_000_000 }), "memory")[0]).toBe("pass");
    expect(moveOn(running({ target_memory_kib: 8_000_000_000 }), "memory")[0]).toBe("fail");
    expect(moveOn(running({ vnuma_nodes: 2 }), "passthrough")).toEqual(["fail", "it has virtual NUMA nodes"]);
    expect(moveOn(running({ vtpms: 1 }), "passthrough")[0]).toBe("warn");
  });

  it("another maker's processor", () => {
    const host = factsOf(pair, BETA, "host");
    const other = withFacts(pair, BETA, "host", { ...host, cpu_model: "Intel(R) Xeon(R) Gold 6334" });
    const first = withFacts(other, ALPHA, "host", { ...factsOf(pair, ALPHA, "host"), cpu_model: "AMD EPYC 9354" });
    expect(onBeta(first).answer).toBe("yes");
    expect(moveOn(first, "processor")).toEqual(["fail", expect.stringMatching(/another maker's/)]);
  });
});
