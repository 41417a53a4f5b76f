import { describe, expect, it } from "vitest";
import { parseBridgeVlan } from "../../../src/xen/read/bridge-vlan.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./hostile.ts";

describe("bridge -j vlan", () => {
  it("reads the VLAN ids of ports", () => {
    const result = parseBridgeVlan(recording("healthy/beta/bridge-vlan.json"));
    if (!result.ok) throw new Error("not parsed");
    expect(result.facts.vlans).toHaveLength(8);
    expect(result.facts.vlans[0]).toEqual({ port: "eth2", vid: 1, vid_end: undefined, pvid: true, untagged: true });
  });

  it("reads ranges, and drops no entry that it doesn't know", () => {
    const stdout = '[{"ifname":"eth2","vlans":[{"vlan":10,"vlanEnd":20},{"vlan":"x"}]},{"vlans":[]}]';
    expect(parseBridgeVlan({ rc: 0, stdout, truncated: false })).toMatchObject({
      facts: { vlans: [{ port: "eth2", vid: 10, vid_end: 20, pvid: false }], not_understood: ['eth2: {"vlan":"x"}', '{"vlans":[]}'] },
    });
  });

  it("survives anything", () => expectTotal(parseBridgeVlan, recording("healthy/beta/bridge-vlan.json").stdout));
});
