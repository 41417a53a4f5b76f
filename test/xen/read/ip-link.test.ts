import { describe, expect, it } from "vitest";
import type { NetLink } from "../../../src/xen/model/network.ts";
import { ipLink, parseIpLink } from "../../../src/xen/read/ip-link.ts";
import { recording } from "../../helpers.ts";
import { expectTotal } from "./hostile.ts";

function links(stdout: string): ReadonlyMap<string, NetLink> {
  const result = parseIpLink({ rc: 0, stdout, truncated: false });
  if (!result.ok) throw new Error(JSON.stringify(result));
  expect(result.facts.not_understood).toEqual([]);
  return new Map(result.facts.links.map((link) => [link.name, link]));
}
const recorded = (path: string) => links(recording(path).stdout);

describe("ip -j -d link", () => {
  it("reads a healthy dom0's NICs, VLANs, bridges and vifs", () => {
    const found = recorded("healthy/alpha/ip-link.json");
    expect([...found.keys()]).toHaveLength(14);
    expect(found.get("eth2")).toMatchObject({
      kind: undefined,
      physical: true,
      master: "xenbr0",
      carrier: true,
      mtu: 1500,
      bus_address: "virtio2",
    });
    expect(found.get("eth2.100")).toMatchObject({
      kind: "vlan",
      vlan_id: 100,
      vlan_protocol: "802.1Q",
      parent: "eth2",
      master: "xenbr-priv",
    });
    expect(found.get("xenbr0")).toMatchObject({ kind: "bridge", bridge_stp: false, bridge_vlan_filtering: false, physical: false });
    expect(found.get("web01.0")).toMatchObject({ kind: "vif", physical: false, master: "xenbr0", bridge_port_state: "forwarding" });
    expect(found.get("lo")).toMatchObject({ loopback: true, physical: false });
  });

  it("sees a lost carrier", () => {
    expect(recorded("linkcut/alpha/ip-link.json").get("eth1")).toMatchObject({ carrier: false, admin_up: true, operstate: "DOWN" });
    expect(recorded("pathfail/beta/ip-link.json").get("eth3")).toMatchObject({ carrier: false });
  });

  it("tells Open vSwitch's ports, and takes no veth's other end for its parent", () => {
    const found = recorded("ovs/alpha/ip-link.json");
    expect(found.get("cache01.0")).toMatchObject({ kind: "vif", master: "ovs-system" });
    expect(found.get("ovsbr0")).toMatchObject({ kind: "openvswitch" });
    expect(found.get("ovsup0")).toMatchObject({ kind: "veth", parent: undefined });
    // Administratively down: whether there is a carrier can't be told.
    expect(found.get("ovs-system")).toMatchObject({ admin_up: false, carrier: undefined });
  });

  it("reads bonds and their slaves", () => {
    const found = links(
      JSON.stringify([
        {
          ifindex: 2,
          ifname: "eth0",
          flags: ["SLAVE", "UP", "LOWER_UP"],
          master: "bond0",
          link_type: "ether",
          parentbus: "pci",
          parentdev: "0000:03:00.0",
          linkinfo: { info_slave_kind: "bond", info_slave_data: { state: "BACKUP", mii_status: "DOWN" } },
        },
        {
          ifindex: 3,
          ifname: "bond0",
          flags: ["MASTER", "UP", "LOWER_UP"],
          link_type: "ether",
          linkinfo: { info_kind: "bond", info_data: { mode: "active-backup" } },
        },
      ]),
    );
    expect(found.get("eth0")).toMatchObject({ physical: true, bond_slave_state: "BACKUP", bond_slave_mii: "DOWN" });
    expect(found.get("bond0")).toMatchObject({ kind: "bond", bond_mode: "active-backup", physical: false });
  });

  it("knows vifs from NICs where ip prints no bus", () => {
    const found = links(
      JSON.stringify([
        { ifindex: 2, ifname: "eth0", flags: [], link_type: "ether", address: "00:11:22:33:44:55" },
        { ifindex: 3, ifname: "vif7.0", flags: [], link_type: "ether", address: "00:16:3e:00:00:01" },
        { ifindex: 4, ifname: "named", flags: [], link_type: "ether", address: "fe:ff:ff:ff:ff:ff" },
        { ifindex: 5, ifname: "ppp0", flags: [], link_type: "ppp" },
      ]),
    );
    expect([...found.values()].map(({ physical, kind }) => [physical, kind])).toEqual([
      [true, undefined],
      [false, "vif"],
      [false, "vif"],
      [false, undefined],
    ]);
  });

  it("keeps an interface that it can't read as text", () => {
    const result = parseIpLink({ rc: 0, stdout: '[{"ifname":"x"},{"ifindex":1,"ifname":"lo"}]', truncated: true });
    expect(result).toMatchObject({
      ok: true,
      facts: { links: [{ name: "lo" }], not_understood: ["(output cut at its size limit: rows are missing)", '{"ifname":"x"}'] },
    });
  });

  it("says that an old ip can't", () => {
    for (const stdout of [
      'Option "-j" is unknown, try "ip -help".',
      "BusyBox v1.35.0 multi-call binary.\n\nUsage: ip [OPTIONS]",
      "ip: invalid option -- 'j'",
    ]) {
      expect(parseIpLink({ rc: 1, stdout, truncated: false })).toMatchObject({
        ok: false,
        kind: "failed",
        error: expect.stringContaining("knows no JSON"),
      });
    }
    expect(parseIpLink({ rc: 69, stdout: "", truncated: false })).toEqual({ ok: false, kind: "absent", why: "ip isn't installed" });
    expect(parseIpLink({ rc: 124, stdout: "", truncated: false })).toEqual({
      ok: false,
      kind: "failed",
      error: "ip -j -d link exited with 124",
    });
  });

  it("leaves out what ticks, and nothing that is read", () => {
    // The script's own substitutions, on a real answer: same facts, and no timer left.
    const real = recording("healthy/alpha/ip-link.json").stdout;
    const expressions = [...ipLink.script.matchAll(/-e 's\/(.+?)\/\/g'/g)].map(
      (match) => new RegExp((match[1] ?? "").replace("[^],{}[]", "[^\\],{}\\[]"), "g"),
    );
    expect(expressions.length).toBeGreaterThan(5);
    const reduced = expressions.reduce((text, expression) => text.replace(expression, ""), real);
    expect(reduced).not.toContain("_timer");
    expect(reduced.length).toBeLessThan(real.length * 0.7);
    expect(links(reduced)).toEqual(links(real));
  });

  it("survives anything", () => expectTotal(parseIpLink, recording("healthy/alpha/ip-link.json").stdout));
});
