import { describe, expect, it } from "vitest";
import type { NetNode, ParityEntry } from "../../../src/state/view-model.ts";
import { critical, fixtureBridge, fixtureNode, fixtureTree, fixtureUplink, fixtureView, warning } from "../../views/panes/fixture.ts";
import { alpha, beta } from "../pair-of-facts.ts";
import { findings, judge } from "./judge.ts";

const dead = (name: string, over: Partial<NetNode> = {}) => fixtureNode(name, "nic", { state: critical("no carrier"), ...over });

describe("links", () => {
  it("a NIC that is relied on and has no carrier is red, once for both hosts, with the guests behind it", () => {
    const uplinks = [fixtureUplink("eth2", { nodes: [dead("eth2"), dead("eth2")] })];
    expect(judge("net.carrier", { view: { uplinks } })).toMatchObject([
      {
        severity: "critical",
        object: "eth2",
        cause: "eth2 on alpha and beta: no carrier",
        at_risk: ["cache01", "db01", "web01"],
        screen: 5,
      },
    ]);
    const one = [fixtureUplink("eth2", { nodes: [fixtureNode("eth2", "nic"), dead("eth2")] })];
    expect(judge("net.carrier", { view: { uplinks: one } })).toMatchObject([{ cause: "eth2 on beta: no carrier", at_risk: ["db01"] }]);
    expect(judge("net.carrier", { view: { uplinks: one }, lost: [beta] })).toEqual([]);
    expect(judge("net.carrier")).toEqual([]);
  });

  it("a bond without one of its links is degraded", () => {
    const bond = fixtureNode("bond0", "bond", {
      state: warning("1 of 2 links"),
      children: [fixtureNode("eth0", "nic"), fixtureNode("eth1", "nic", { state: warning("no carrier") })],
    });
    const uplinks = [fixtureUplink("bond0", { nodes: [bond, fixtureNode("bond0", "bond")] })];
    expect(judge("net.degraded", { view: { uplinks } })).toMatchObject([
      { severity: "warning", object: "bond0", cause: "bond0 is degraded on alpha: bond0 1 of 2 links" },
    ]);
    expect(judge("net.degraded")).toEqual([]);
  });
});

describe("bridges", () => {
  const tree = fixtureTree("xenbr0", [["web01.0", "web01"]]);
  const bridges = (...parity: ParityEntry[]) => ({ view: { bridges: [fixtureBridge("xenbr0", [tree, tree], { parity })] } });

  it("that differ are told before anyone migrates", () => {
    expect(judge("net.parity", bridges({ what: "vlan", text: "VLAN id 7 on alpha, 8 on beta", severity: "critical" }))).toMatchObject([
      {
        severity: "critical",
        object: "xenbr0",
        cause: "bridge xenbr0: VLAN id 7 on alpha, 8 on beta; a guest that moves is cut off",
        at_risk: ["cache01", "db01", "web01"],
      },
    ]);
    expect(judge("net.parity", bridges({ what: "mtu", text: "MTU", severity: "warning" }))).toMatchObject([{ severity: "warning" }]);
  });

  it("a lost carrier, what isn't known and what nobody uses are no difference", () => {
    expect(
      judge(
        "net.parity",
        bridges(
          { what: "carrier", text: "x", severity: "critical" },
          { what: "unjudged", text: "y", severity: "unknown" },
          { what: "missing", text: "z", severity: "info" },
        ),
      ),
    ).toEqual([]);
    expect(judge("net.parity", { ...bridges({ what: "missing", text: "missing on beta", severity: "critical" }), lost: [beta] })).toEqual(
      [],
    );
    expect(judge("net.parity")).toEqual([]);
  });

  it("a guest's interface outside its bridge, unless the bridge itself is down", () => {
    const out = fixtureNode("xenbr0", "bridge", {
      children: [fixtureNode("web01.0", "vif", { guest: "web01", state: critical("not in xenbr0") })],
    });
    const detached = fixtureBridge("xenbr0", [out, tree]);
    expect(judge("net.vif_detached", { view: { bridges: [detached] } })).toMatchObject([
      { severity: "critical", object: "web01", cause: "web01 on alpha: web01.0 not in xenbr0" },
    ]);
    expect(judge("net.vif_detached")).toEqual([]);
  });

  it("that are down with guests on them are red", () => {
    const down = { ...tree, state: critical("down") };
    expect(judge("net.bridge_down", { view: { bridges: [fixtureBridge("xenbr0", [down, tree])] } })).toMatchObject([
      { severity: "critical", object: "xenbr0", at_risk: ["web01"] },
    ]);
    expect(judge("net.bridge_down", { view: { bridges: [fixtureBridge("xenbr0", [{ ...down, children: [] }, tree])] } })).toMatchObject([
      { severity: "warning", at_risk: [] },
    ]);
    expect(judge("net.bridge_down")).toEqual([]);
  });
});

describe("the verdict", () => {
  const [first, second] = fixtureView().lose;
  const lose = [{ ...first, answer: "some", cannot: [{ guest: "web01", name: "web01", reason: "r0 is Inconsistent" }] }, second] as const;
  it("is a finding where nothing else explains it", () => {
    expect(judge("lose.cannot_restart", { view: { lose } })).toMatchObject([
      {
        severity: "warning",
        object: "alpha",
        cause: "if alpha is lost now, web01 can't restart on beta: r0 is Inconsistent",
        at_risk: ["web01"],
      },
    ]);
    expect(judge("lose.cannot_restart", { view: { lose }, lost: [beta] })).toEqual([]);
    expect(judge("lose.cannot_restart", { view: { lose }, lost: [alpha] })).toEqual([]);
    expect(judge("lose.cannot_restart")).toEqual([]);
  });
  it("gives one reason for all, or the first as an example", () => {
    const two = (second_reason: string) =>
      [
        {
          ...first,
          cannot: [
            { guest: "web01", name: "web01", reason: "no config" },
            { guest: "cache01", name: "cache01", reason: second_reason },
          ],
        },
        second,
      ] as const;
    expect(judge("lose.cannot_restart", { view: { lose: two("no config") } })[0]?.cause).toBe(
      "if alpha is lost now, web01 and cache01 can't restart on beta: no config",
    );
    expect(judge("lose.cannot_restart", { view: { lose: two("no memory") } })[0]?.cause).toBe(
      "if alpha is lost now, web01 and cache01 can't restart on beta, web01 because: no config",
    );
  });
  it("is left to the finding that explains it", () => {
    const bridge = fixtureBridge("xenbr0", fixtureView().bridges[0]?.trees ?? [undefined, undefined], {
      guests: ["web01"],
      parity: [{ what: "missing", text: "missing on beta", severity: "critical" }],
    });
    expect(findings({ view: { lose, bridges: [bridge] } }).map(({ rule }) => rule)).toEqual(["net.parity"]);
  });
});
