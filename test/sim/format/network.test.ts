import { describe, expect, it } from "vitest";
import { bridgeFdb, bridgeLink, bridgeVlan } from "../../../src/sim/format/bridge.ts";
import { answer } from "../../../src/sim/format/index.ts";
import { ipAddr, ipLink } from "../../../src/sim/format/ip-link.ts";
import { addDev, addOvs } from "../../../src/sim/model/build.ts";
import { placeGuest } from "../../../src/sim/model/domains.ts";
import { recording } from "../../helpers.ts";
import { type Lab, lab, labGuests } from "../lab.ts";

const recorded = (path: string): string => recording(path).stdout;
/** The bridges' garbage collection ticks. */
const withoutTimers = (text: string): string => text.replace(/"gc_timer":[\d.]+/g, '"gc_timer":#');

describe("ip -j -d link", () => {
  it.each(["alpha", "beta"] as const)("is the recorded one of %s, byte for byte", (name) => {
    const at = lab();
    expect(withoutTimers(ipLink(at.world, at[name]).stdout)).toBe(withoutTimers(recorded(`healthy/${name}/ip-link.json`)));
  });

  it("shows a lost carrier as recorded", () => {
    const at = lab();
    at.fault.replicationLinkCut();
    expect(withoutTimers(ipLink(at.world, at.alpha).stdout)).toBe(withoutTimers(recorded("linkcut/alpha/ip-link.json")));
  });

  it("knows bonds and their slaves as iproute2 prints them", () => {
    const at = lab();
    addDev(at.alpha.network, { name: "bond0", kind: "bond" }, "525400aa0009");
    addDev(at.alpha.network, { name: "eth8", kind: "ether", master: "bond0" }, "525400aa0008");
    at.alpha.network.bonds.push({ name: "bond0", mode: "active-backup", active: "eth8" });
    const links = JSON.parse(ipLink(at.world, at.alpha).stdout);
    expect(links.at(-2)).toMatchObject({
      ifname: "bond0",
      flags: ["BROADCAST", "MULTICAST", "MASTER", "UP", "LOWER_UP"],
      linkinfo: { info_kind: "bond", info_data: { active_slave: "eth8" } },
    });
    expect(links.at(-1)).toMatchObject({
      master: "bond0",
      linkinfo: { info_slave_kind: "bond", info_slave_data: { state: "ACTIVE", mii_status: "UP" } },
    });
    at.fault.bondSlaveDown("alpha", "eth8");
    expect(answer(at.world, at.alpha, "bond").stdout).toContain("Slave Interface: eth8\nMII Status: down\nSpeed: Unknown\n");
    expect(JSON.parse(ipLink(at.world, at.alpha).stdout).at(-2)).toMatchObject({ operstate: "DOWN" });
  });
});

describe("ip -j addr", () => {
  it("is the recorded one but for what the router gave", () => {
    const at = lab();
    const addresses = (text: string): unknown =>
      JSON.parse(text).map((link: { addr_info: { dynamic?: boolean }[] }) => ({
        ...link,
        addr_info: link.addr_info.filter(({ dynamic }) => dynamic !== true),
      }));
    expect(addresses(ipAddr(at.world, at.alpha).stdout)).toEqual(addresses(recorded("healthy/alpha/ip-addr.json")));
  });
});

describe("bridge", () => {
  it("links and VLANs are the recorded ones, byte for byte", () => {
    const at = lab();
    expect(bridgeLink(at.world, at.alpha).stdout).toBe(recorded("healthy/alpha/bridge-link.json"));
    expect(bridgeVlan(at.world, at.alpha).stdout).toBe(recorded("healthy/alpha/bridge-vlan.json"));
  });

  it("has learned what the recorded bridges had learned", () => {
    const at = lab();
    const sorted = (text: string): string[] =>
      JSON.parse(text)
        .map((entry: unknown) => JSON.stringify(entry))
        .sort();
    expect(sorted(bridgeFdb(at.world, at.alpha).stdout)).toEqual(sorted(recorded("healthy/alpha/bridge-fdb.json")));
  });

  it("forgets the peer's guests when the VLAN is gone there", () => {
    const at = lab();
    const far = (): boolean => answer(at.world, at.alpha, "bridge-fdb").stdout.includes('"00:16:3e:00:01:12","ifname":"eth2.100"');
    expect(far()).toBe(true);
    at.fault.vlanMissing("beta", 100);
    expect(far()).toBe(false);
    at.fault.vlanBack("beta");
    expect(far()).toBe(true);
  });
});

describe("ovs-vsctl", () => {
  it("prints the recorded tables' columns", () => {
    const at = lab();
    ovs(at);
    const parts = answer(at.world, at.alpha, "ovs")
      .stdout.split(/@@ \w+\n/)
      .slice(1);
    expect(parts).toHaveLength(3);
    for (const [at_part, name] of ["Bridge", "Port", "Interface"].entries()) {
      const mine = JSON.parse(parts[at_part] ?? "");
      const real = JSON.parse(recorded(`ovs/alpha/ovs-vsctl-${name}.json`));
      expect(rows(mine, mine.headings)).toEqual(rows(real, mine.headings));
    }
  });
});

describe("ip link of Open vSwitch", () => {
  it("is as recorded for the datapath, the bridge and a guest's interface", () => {
    const at = lab();
    ovs(at);
    const named = (text: string, name: string): unknown => {
      const {
        ifindex: _,
        address: __,
        parentdev: ___,
        ...link
      } = JSON.parse(text).find((each: { ifname: string }) => each.ifname === name);
      return link;
    };
    for (const name of ["ovs-system", "ovsbr0", "cache01.0"])
      expect(named(ipLink(at.world, at.alpha).stdout, name)).toEqual(named(recorded("ovs/alpha/ip-link.json"), name));
    expect(JSON.stringify(JSON.parse(bridgeLink(at.world, at.alpha).stdout))).not.toContain("cache01.0");
  });
});

/** As the lab was set up by hand (ovs-setup.txt): cache01 on VLAN 300 of a switch whose uplink is a veth. */
function ovs(at: Lab): void {
  at.fault.guestStop("cache01");
  addDev(at.alpha.network, { name: "ovsup0", kind: "ether" }, "c6865a952080");
  addOvs(at.alpha.network, "ovsbr0", "ovsup0", [300, 301], "bab87b36a840");
  const spec = labGuests.cache01;
  placeGuest(at.world, 0, { ...spec, nics: [{ mac: "00:16:3e:00:00:13", bridge: "ovsbr0.300", vifname: "cache01.0" }] });
}

/** The named columns of a table, uuids apart, sorted by name. */
function rows(table: { headings: string[]; data: unknown[][] }, headings: readonly string[]): string[] {
  const name = headings.indexOf("name");
  return table.data
    .map((row) => headings.map((heading) => row[table.headings.indexOf(heading)]))
    .map(
      (row) =>
        `${row[name]}: ${JSON.stringify(row).replace(/"[0-9a-f]{8}-[0-9a-f-]{27}"/g, (uuid) => (uuid.includes("5ca1ab1e") ? uuid : '"#"'))}`,
    )
    .sort();
}
