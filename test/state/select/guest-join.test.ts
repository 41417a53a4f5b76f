import { describe, expect, it } from "vitest";
import { joinGuests } from "../../../src/state/select/guest-join.ts";
import { sidesOf } from "../../../src/state/select/sides.ts";
import type { PairState } from "../../../src/state/state.ts";
import type { GuestConfig } from "../../../src/xen/model/xen.ts";
import { ALPHA, BETA, factsOf, NOW_MS, pairFromRecordings, withFacts } from "../pair-from-recordings.ts";
import { CACHE01, DB01, disk, nic, onBoth, WEB01, withConfigs, withDomains } from "./guest-cases.ts";

const pair = pairFromRecordings("healthy");
const join = (state: PairState) => joinGuests(sidesOf(state, NOW_MS));
const shape = (state: PairState) =>
  join(state).map(({ key, name, instances, files }) => [
    key,
    name,
    instances.map(({ side, domain }) => `${side.id}:${domain.domid}`),
    files.map(({ side }) => side.id),
  ]);
const OTHER = "0b6e2d4e-7b1c-4f5a-9c1e-2f4b7a9d1c11";
const noUuids = (state: PairState) => onBoth(state, (one, host) => withConfigs(one, host, (config) => ({ ...config, uuid: undefined })));
const without = (state: PairState) =>
  onBoth(state, (one, host) =>
    withFacts(withFacts(one, host, "xl-list-long", { domains: [], not_understood: [] }), host, "xenstore", {
      vbds: [],
      vifs: [],
      names: [],
      truncated: false,
    }),
  );

describe("guests joined over both hosts", () => {
  it("are those that run and those that are configured, each once", () => {
    expect(shape(pair)).toEqual([
      [CACHE01, "cache01", ["alpha:2"], ["alpha", "beta"]],
      [DB01, "db01", ["beta:1"], ["alpha", "beta"]],
      [WEB01, "web01", ["alpha:1"], ["alpha", "beta"]],
    ]);
  });

  it("are one during a migration", () => {
    expect(shape(pairFromRecordings("migrate")).find(([, name]) => name === "web01")?.[2]).toEqual(["alpha:1", "beta:2"]);
  });

  it("are told apart by UUID where one only has the other's name", () => {
    const config = factsOf(pair, ALPHA, "xl-configs").find((file) => file.config?.name === "web01")?.config;
    if (config === undefined) throw new Error("no config of web01");
    const live = { domid: 10, config: { ...config, uuid: OTHER, disks: [disk({ target: "/dev/vg9/x" })], nics: [] } };
    const lies = withDomains(without(pair), ALPHA, ["(null)", 9, "-----d", WEB01], ["web01", 10, "r-----", OTHER]);
    expect(
      shape(withFacts(lies, ALPHA, "xl-list-long", { domains: [live], not_understood: [] })).filter(([, name]) => name === "web01"),
    ).toEqual([
      [OTHER, "web01", ["alpha:10"], []],
      [WEB01, "web01", ["alpha:9"], ["alpha", "beta"]],
    ]);
    // As long as nobody knows what it runs with, it may well be the same.
    expect(shape(lies).filter(([, name]) => name === "web01").length).toBe(1);
  });

  it("are joined by name where no file fixes a UUID: xl makes up a new one at every start", () => {
    const doubled = withDomains(withDomains(without(noUuids(pair)), ALPHA, ["web01", 7, "r-----", WEB01]), BETA, [
      "web01",
      8,
      "r-----",
      OTHER,
    ]);
    expect(shape(doubled).filter(([, name]) => name === "web01")).toEqual([[OTHER, "web01", ["alpha:7", "beta:8"], ["alpha", "beta"]]]);
  });

  it("are two where both files fix their own UUID and nothing is shared, and one where a disk is", () => {
    const change = (target: string) => (config: GuestConfig) =>
      config.name === "web01"
        ? { ...config, uuid: OTHER, disks: [disk({ target, script: "block-drbd" })], nics: [nic({ mac: "00:16:3e:99:99:99" })] }
        : config;
    const apart = withConfigs(without(pair), BETA, change("r9"));
    expect(shape(apart).filter(([, name]) => name === "web01").length).toBe(2);
    const shared = withConfigs(without(pair), BETA, change("r0"));
    expect(shape(shared).filter(([, name]) => name === "web01").length).toBe(1);
  });

  it("have a key of their own where there is neither name nor UUID", () => {
    const lost = withDomains(without(pair), ALPHA, ["(null)", 9, "-----d"], ["(null)", 12, "-----d"]);
    expect(
      shape(lost)
        .filter(([, name]) => name === "(null)")
        .map(([key]) => key),
    ).toEqual(["alpha:12", "alpha:9"]);
  });

  it("take the name of a nameless domain from its configuration", () => {
    const live = pairFromRecordings("healthy");
    const nameless = withDomains(live, ALPHA, ["(null)", 1, "-b----", WEB01]);
    expect(shape(nameless).find(([key]) => key === WEB01)?.[1]).toBe("web01");
  });

  it("without UUIDs (plain xl list) go by name", () => {
    const plain = withDomains(without(pair), ALPHA, ["web01", 4, "r-----"], ["new", 5, "r-----"]);
    expect(shape(plain)).toContainEqual([WEB01, "web01", ["alpha:4"], ["alpha", "beta"]]);
    expect(shape(plain)).toContainEqual(["new", "new", ["alpha:5"], []]);
  });
});
