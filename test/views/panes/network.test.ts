import { describe, expect, it } from "vitest";
import { network } from "../../../src/views/panes/network.ts";
import { contextOf, draw } from "./draw.ts";
import { critical, fixtureBridge, fixtureNode, fixtureTree, fixtureUplink, fixtureView } from "./fixture.ts";
import { betaUnreachable, nothingYet, pathsAndBridges } from "./fixture-variants.ts";

describe("network at 80x24", () => {
  it("shows a bridge's tree on each host, one under the other", () => {
    expect(draw(network, fixtureView()).slice(0, 9)).toEqual([
      "✓ xenbr-priv  same on both  uplinked, VLAN 100, mtu 1500, 3 guests",
      "  alpha  xenbr-priv bridge UP  mtu 1500",
      "         ├─web01.1 vif UP  web01",
      "         └─eth2.100 vlan UP  id 100",
      "           └─eth2 nic UP",
      "  beta   xenbr-priv bridge UP  mtu 1500",
      "         ├─db01.1 vif UP  db01",
      "         └─eth2.100 vlan UP  id 100",
      "           └─eth2 nic UP",
    ]);
  });

  it("says first what a migration would run into", () => {
    expect(draw(network, pathsAndBridges).slice(0, 8)).toEqual([
      "✗ xenbr-dmz  missing on beta  mixed, VLAN 200, mtu 1500, 3 guests",
      "  ✗ missing on beta: a migration cuts web01 off",
      "  ▲ mtu 1500 on alpha, unknown on beta",
      "  alpha  xenbr-dmz bridge UP  mtu 1500",
      "         ├─web01.2 vif UP  web01",
      "         └─eth2.200 vlan UP  id 200",
      "           └─eth2 nic UP",
      "  beta   – none on beta",
    ]);
  });

  it("marks an unseen host's tree as old", () => {
    const lines = draw(network, betaUnreachable);
    expect(lines[0]).toBe("? xenbr-priv  ~beta unseen 42 s  uplinked, VLAN 100, mtu 1500, 3 guests");
    expect(lines[5]).toBe("  beta ~42 s old  ~xenbr-priv bridge ~UP  mtu 1500");
  });

  it("shows the uplinks, the worst first, and before the bridges where they are the worse", () => {
    const uplinks = [
      fixtureUplink("eth0"),
      fixtureUplink("eth2", { nodes: [fixtureNode("eth2", "nic", { state: critical("no carrier") }), undefined], severity: "critical" }),
    ];
    expect(draw(network, fixtureView({ uplinks })).slice(0, 5)).toEqual([
      "Uplinks",
      "  uplink  kind  alpha                   beta",
      "✗ eth2    nic   ✗ no carrier  mtu 1500  – none on beta",
      "✓ eth0    nic   ✓ UP  mtu 1500          ✓ UP  mtu 1500",
      "Bridges",
    ]);
    expect(draw(network, pathsAndBridges).at(-1)).toMatch(/^✓ eth0/);
  });

  it("tells a VLAN id that differs", () => {
    const row = fixtureBridge("br", [fixtureTree("br", [], 7), fixtureTree("br", [], 8)], { vlan_id: [7, 8], guests: [] });
    expect(draw(network, fixtureView({ bridges: [row] }))[0]).toBe(
      "✓ br  same on both  uplinked, VLAN 7 on alpha, 8 on beta, mtu 1500, 0 guests",
    );
  });
});

describe("network at 200x60", () => {
  it("puts the hosts side by side", () => {
    expect(draw(network, fixtureView(), { width: 120, height: 56 }).slice(0, 6)).toEqual([
      "  alpha                                                      beta",
      "✓ xenbr-priv  same on both  uplinked, VLAN 100, mtu 1500, 3 guests",
      "  xenbr-priv bridge UP  mtu 1500                             xenbr-priv bridge UP  mtu 1500",
      "  ├─web01.1 vif UP  web01                                    ├─db01.1 vif UP  db01",
      "  └─eth2.100 vlan UP  id 100                                 └─eth2.100 vlan UP  id 100",
      "    └─eth2 nic UP                                              └─eth2 nic UP",
    ]);
  });
});

describe("network rows", () => {
  it("are one per bridge and uplink, with their trees", () => {
    const { rows } = network.build(contextOf(fixtureView()));
    expect(rows.flatMap(({ object }) => (object ? [object] : []))).toEqual([
      { kind: "bridge", name: "xenbr-priv" },
      { kind: "bridge", name: "xenbr0" },
      { kind: "uplink", name: "eth0" },
      { kind: "uplink", name: "eth2" },
    ]);
    expect(rows.filter(({ part_of }) => part_of === "bridge xenbr0")).toHaveLength(7);
  });

  it("draws a tree of any depth without end", () => {
    const deep = Array.from({ length: 100 }).reduce<ReturnType<typeof fixtureNode>>(
      (child, _, index) => fixtureNode(`n${index}`, "vlan", { children: [child] }),
      fixtureNode("nic", "nic"),
    );
    const lines = draw(network, fixtureView({ bridges: [fixtureBridge("br", [deep, undefined])], uplinks: [] }));
    expect(lines.length).toBeLessThan(30);
  });

  it("are none before a host has told of any", () => {
    expect(network.build(contextOf(nothingYet)).empty).toMatch(/waiting for alpha and beta/);
    expect(network.build(contextOf(fixtureView({ bridges: [], uplinks: [] }))).empty).toBe("Neither host has a bridge or an uplink.");
  });
});
