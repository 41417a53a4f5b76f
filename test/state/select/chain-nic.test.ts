import { describe, expect, it } from "vitest";
import { guestNics } from "../../../src/state/select/chain-nic.ts";
import { joinGuests } from "../../../src/state/select/guest-join.ts";
import { sidesOf } from "../../../src/state/select/sides.ts";
import type { PairState } from "../../../src/state/state.ts";
import type { HostId } from "../../../src/xen/model/ids.ts";
import type { NetLink } from "../../../src/xen/model/network.ts";
import { ALPHA, BETA, factsOf, NOW_MS, pairFromRecordings, unreachable, withFacts, withHost } from "../pair-from-recordings.ts";
import { nic, onBoth, withConfigs } from "./guest-cases.ts";

const pair = pairFromRecordings("healthy");

function nics(state: PairState, name = "web01", host: HostId | false = ALPHA) {
  const sides = sidesOf(state, NOW_MS);
  const guest = joinGuests(sides).find((one) => one.name === name);
  if (guest === undefined) throw new Error(`no ${name}`);
  return guestNics(sides, guest, host === false ? undefined : host);
}
const first = (state: PairState, name?: string) => {
  const [one] = nics(state, name);
  if (one === undefined) throw new Error("no nic");
  return { ...one.row, beta: one.starts[1] };
};
/** The host's links with some changed; undefined: gone. */
function withLinks(state: PairState, host: HostId, change: (link: NetLink) => NetLink | undefined): PairState {
  const { links } = factsOf(state, host, "ip-link");
  return withFacts(state, host, "ip-link", { links: links.flatMap((link) => change(link) ?? []), not_understood: [] });
}
const named = (name: string, over: Partial<NetLink>) => (link: NetLink) => (link.name === name ? { ...link, ...over } : link);

describe("a guest's interfaces", () => {
  it("are followed to the NIC on both hosts", () => {
    expect(nics(pair).map(({ row }) => row)).toEqual([
      {
        devid: 0,
        mac: "00:16:3e:00:00:11",
        bridge: "xenbr0",
        ifname: "web01.0",
        state: { text: "up", severity: "ok" },
        chain: [
          ["bridge xenbr0", "nic eth2"],
          ["bridge xenbr0", "nic eth2"],
        ],
        backend: { text: "connected", severity: "ok" },
      },
      expect.objectContaining({
        bridge: "xenbr-priv",
        chain: [
          ["bridge xenbr-priv", "vlan eth2.100 id 100", "nic eth2"],
          ["bridge xenbr-priv", "vlan eth2.100 id 100", "nic eth2"],
        ],
      }),
    ]);
    expect(nics(pair).map(({ starts }) => starts[1])).toEqual([
      { result: "pass", text: "xenbr0 on beta" },
      { result: "pass", text: "xenbr-priv on beta" },
    ]);
  });

  it("go over Open vSwitch by the bridge that the specification means, and fail where it isn't", () => {
    const [one] = nics(pairFromRecordings("ovs"), "cache01");
    expect(one?.row.chain[0][0]).toBe("bridge ovsbr0");
    expect(one?.starts[1]).toEqual({ result: "fail", text: "bridge ovsbr0 missing on beta" });
  });

  it("can't be connected where the bridge is missing, down, or leads nowhere", () => {
    const start = (change: (link: NetLink) => NetLink | undefined) => first(withLinks(pair, BETA, change)).beta;
    expect(start((link) => (link.name === "xenbr0" ? undefined : link))).toEqual({ result: "fail", text: "bridge xenbr0 missing on beta" });
    expect(start(named("xenbr0", { admin_up: false }))).toEqual({ result: "fail", text: "bridge xenbr0 is down on beta" });
    expect(start(named("eth2", { carrier: false }))).toEqual({ result: "fail", text: "xenbr0 has no carrier on beta (eth2)" });
    expect(start(named("eth2", { master: undefined }))).toEqual({ result: "fail", text: "xenbr0 has no uplink on beta" });
    expect(start(named("xenbr0", { mtu: 1400 }))).toEqual({ result: "fail", text: "xenbr0 has MTU 1400 on beta, 1500 is needed" });
  });

  it("can't be connected to another VLAN of the same name", () => {
    const [, priv] = nics(withLinks(pair, BETA, named("eth2.100", { vlan_id: 101 })));
    expect(priv?.starts[1]).toEqual({ result: "fail", text: "xenbr-priv has VLAN 101 on beta, 100 on alpha" });
  });

  it("on a bridge that spans nothing are only warned of", () => {
    const cut = onBoth(pair, (state, host) => withLinks(state, host, named("eth2", { master: undefined })));
    expect(first(cut).beta).toEqual({ result: "warn", text: "xenbr0 doesn't span the hosts" });
    expect(first(cut).chain[1]).toEqual(["bridge xenbr0", "no uplink"]);
  });

  it("have the state of dom0's end where the guest runs", () => {
    const state = (change: (link: NetLink) => NetLink | undefined) => first(withLinks(pair, ALPHA, change)).state;
    expect(state((link) => (link.name === "web01.0" ? undefined : link))).toEqual({ text: "web01.0 missing", severity: "critical" });
    expect(state(named("web01.0", { master: undefined }))).toEqual({ text: "web01.0 not in xenbr0", severity: "critical" });
    expect(state(named("web01.0", { admin_up: false }))).toEqual({ text: "web01.0 down", severity: "critical" });
    expect(state(named("eth2", { carrier: false }))).toEqual({ text: "eth2 without carrier", severity: "critical" });
    expect(nics(pair, "web01", false)[0]?.row.state).toEqual({ text: "not attached", severity: "info" });
  });

  it("tell what a failed hotplug script said", () => {
    const xenstore = factsOf(pair, ALPHA, "xenstore");
    const vifs = xenstore.vifs.map((one) =>
      one.ifname === "web01.0" ? { ...one, hotplug_status: "error", hotplug_error: "Could not find bridge device xenbr0" } : one,
    );
    expect(first(withFacts(pair, ALPHA, "xenstore", { ...xenstore, vifs })).backend).toEqual({
      text: "Could not find bridge device xenbr0",
      severity: "critical",
    });
  });

  it("aren't judged on old facts", () => {
    expect(first(withHost(pair, BETA, unreachable)).beta.result).toBe("unknown");
    expect(first(withHost(pair, ALPHA, unreachable)).state).toEqual({ text: "up", severity: "unknown" });
  });

  it("that are routed, or name no bridge, aren't taken for fine", () => {
    const odd = onBoth(pair, (state, host) =>
      withConfigs(withFacts(state, host, "xl-list-long", { domains: [], not_understood: [] }), host, (config) => ({
        ...config,
        nics: [nic({ devid: 5 }), nic({ devid: 6, bridge: "xenbr0", script: "vif-route" })],
      })),
    );
    expect(nics(odd, "db01").map(({ starts }) => starts[0].result)).toEqual(["warn", "warn"]);
  });
});
