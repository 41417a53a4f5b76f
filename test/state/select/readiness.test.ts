import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { selectGuests } from "../../../src/state/select/guests.ts";
import type { PairState } from "../../../src/state/state.ts";
import type { ReadinessCheck } from "../../../src/state/view-model.ts";
import { unknown } from "../../../src/xen/model/known.ts";
import { type ReadingId, readingIds } from "../../../src/xen/read/index.ts";
import { BETA, factsOf, NOW_MS, pairFromRecordings, unreachable, withFacts, withHost } from "../pair-from-recordings.ts";
import { onBoth, withConfigs, withDomains } from "./guest-cases.ts";

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
      new Set(["disk", "network", "name", "config", "memory", "hardware", "version", "passthrough", "bootfiles"]),
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
