import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { selectNetwork } from "../../../src/state/select/network.ts";
import type { BridgeRow, NetNode, UplinkRow } from "../../../src/state/view-model.ts";
import type { Fdb, LinkList, NetAddress, NetLink } from "../../../src/xen/model/network.ts";
import type { Backends, VifBackend } from "../../../src/xen/model/xen.ts";
import { type ReadingId, readings } from "../../../src/xen/read/index.ts";
import { recording } from "../../helpers.ts";
import { alpha, beta, hostOf, lost, NOW_MS, pairOf, type SomeFacts } from "../pair-of-facts.ts";

const files: Partial<Record<ReadingId, string>> = {
  "ip-link": "ip-link.json",
  "ip-addr": "ip-addr.json",
  "bridge-link": "bridge-link.json",
  "bridge-vlan": "bridge-vlan.json",
  "bridge-fdb": "bridge-fdb.json",
  "xl-list": "xl-list-v.txt",
  xenstore: "xenstore-ls.txt",
};
function recorded(scenario: string, host: string): SomeFacts {
  return Object.fromEntries(
    Object.entries(files).map(([id, file]) => {
      const result = readings[id as ReadingId].parse(recording(`${scenario}/${host}/${file}`));
      if (!result.ok) throw new Error(`${scenario}/${host}/${file}: ${JSON.stringify(result)}`);
      return [id, result.facts];
    }),
  );
}
function ovsFacts(): SomeFacts {
  const stdout = ["Bridge", "Port", "Interface"]
    .map((table) => `@@ ${table}\n${recording(`ovs/alpha/ovs-vsctl-${table}.json`).stdout}`)
    .join("");
  const result = readings.ovs.parse({ rc: 0, stdout, truncated: false });
  if (!result.ok) throw new Error("no Open vSwitch");
  return { ...recorded("ovs", "alpha"), ovs: result.facts };
}
const select = (first: SomeFacts, second: SomeFacts) => selectNetwork(pairOf([hostOf(alpha, first), hostOf(beta, second)]), NOW_MS);

function bridge({ bridges }: { bridges: readonly BridgeRow[] }, name: string): BridgeRow {
  const row = bridges.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`no row ${name}`);
  return row;
}
/** `xenbr0 < eth2 web01.0(web01)` */
const drawn = (node: NetNode | undefined): string =>
  node === undefined
    ? "-"
    : `${node.name}${node.guest === undefined ? "" : `(${node.guest})`}${node.children.length === 0 ? "" : `[${node.children.map(drawn).join(" ")}]`}`;

const link = (name: string, over: Partial<NetLink> = {}): NetLink => ({
  ifindex: 1,
  name,
  flags: ["UP", "LOWER_UP"],
  mtu: 1500,
  operstate: "UP",
  carrier: true,
  admin_up: true,
  mac: undefined,
  master: undefined,
  parent: undefined,
  kind: undefined,
  vlan_id: undefined,
  vlan_protocol: undefined,
  bond_mode: undefined,
  bond_slave_state: undefined,
  bond_slave_mii: undefined,
  bridge_vlan_filtering: undefined,
  bridge_stp: undefined,
  bridge_port_state: undefined,
  loopback: false,
  physical: false,
  bus_address: undefined,
  ...over,
});
const links = (...list: NetLink[]): LinkList => ({ links: list, not_understood: [] });
const nic = (name: string, over: Partial<NetLink> = {}) => link(name, { physical: true, ...over });
const br = (name: string, over: Partial<NetLink> = {}) => link(name, { kind: "bridge", ...over });
const vlan = (id: number, parent: string, master: string, over: Partial<NetLink> = {}) =>
  link(`${parent}.${id}`, { kind: "vlan", vlan_id: id, parent, master, ...over });
const vif = (ifname: string, over: Partial<VifBackend> = {}): VifBackend => ({
  domid: 1,
  devid: 0,
  mac: "00:16:3e:00:00:01",
  bridge: "br0",
  ifname,
  script: "vif-bridge",
  state: "connected",
  hotplug_status: "connected",
  hotplug_error: undefined,
  online: true,
  ...over,
});
const guest = (...vifs: VifBackend[]): Backends => ({
  vbds: [],
  vifs,
  names: [{ domid: 1, name: "g1", uuid: undefined }],
  truncated: false,
});
const guestOn = (master: string): SomeFacts => ({ xenstore: guest(vif("vif1.0", { bridge: master })) });
const guestLink = (master: string) => link("vif1.0", { kind: "vif", master });
const address = (ifname: string, text: string): NetAddress => ({
  ifname,
  family: "inet",
  address: text,
  prefix_length: 24,
  scope: "global",
});

describe("network of a healthy pair", () => {
  const view = select(recorded("healthy", "alpha"), recorded("healthy", "beta"));

  it("shows each bridge as a tree down to the NIC, with guests by name", () => {
    expect(view.bridges.map(({ name, trees }) => [name, ...trees.map(drawn)])).toEqual([
      ["xenbr-dmz", "xenbr-dmz[eth2.200[eth2]]", "xenbr-dmz[eth2.200[eth2]]"],
      ["xenbr-priv", "xenbr-priv[eth2.100[eth2] web01.1(web01) cache01.1(cache01)]", "xenbr-priv[eth2.100[eth2] db01.1(db01)]"],
      ["xenbr0", "xenbr0[eth2 web01.0(web01) cache01.0(cache01)]", "xenbr0[eth2 db01.0(db01)]"],
    ]);
  });

  it("judges roles, and finds nothing wrong", () => {
    expect(view.bridges.map(({ role }) => role)).toEqual(["private, spans", "private, spans", "uplinked"]);
    expect(view.bridges.map(({ vlan_id }) => vlan_id)).toEqual([
      [200, 200],
      [100, 100],
      [undefined, undefined],
    ]);
    expect(view.bridges.map(({ parity, state }) => [parity, state])).toEqual(Array(3).fill([[], { text: "ok", severity: "ok" }]));
    expect(view.uplinks.map(({ name, severity }) => `${name} ${severity}`)).toEqual(["eth0 ok", "eth1 ok", "eth2 ok", "eth3 ok"]);
  });

  it("names guests by their row's key, and proves that bridges reach each other", () => {
    expect(bridge(view, "xenbr0").guests).toEqual(["11", "22", "33"].map((end) => `5ca1ab1e-0000-4000-8000-0000000000${end}`));
    expect(bridge(view, "xenbr0").trees[0]?.details).toContain("sees db01 of beta");
    expect(bridge(view, "xenbr-dmz").trees[0]?.details).not.toContain("sees db01 of beta");
  });
});

describe("faults in recordings", () => {
  it("shows a lost carrier on the NIC that an address relies on", () => {
    const { uplinks } = select(recorded("linkcut", "alpha"), recorded("linkcut", "beta"));
    const row = uplinks.find(({ name }) => name === "eth1");
    expect(row).toMatchObject({ severity: "critical", nodes: [{ state: { text: "no carrier" } }, { state: { text: "no carrier" } }] });
    expect(row?.nodes[0]?.details).toContain("10.99.1.1/24");
  });

  it("shows an Open vSwitch bridge that the other host lacks, its tag and its guest", () => {
    const row = bridge(select(ovsFacts(), recorded("healthy", "beta")), "ovsbr0");
    expect(drawn(row.trees[0])).toBe("ovsbr0[ovsup0 cache01.0(cache01)]");
    expect(row.trees[0]?.children).toMatchObject([
      { details: ["trunks 300,301"] },
      { kind: "vif", vlan_id: 300, details: ["00:16:3e:00:00:13", "tag 300"] },
    ]);
    expect(row.parity).toMatchObject([{ text: "missing on beta", severity: "critical" }]);
    expect(row.state).toEqual({ text: "missing on beta", severity: "critical" });
    // A veth leads nowhere by itself.
    expect(row.role).toBe("private, does not span");
    expect(row.evidence[0].reading).toBe("ovs");
  });
});

describe("parity", () => {
  const healthy = links(br("br0"), vlan(7, "eth0", "br0"), nic("eth0"), guestLink("br0"));
  const judged = (other: LinkList, more: SomeFacts = {}) =>
    bridge(select({ "ip-link": healthy, ...guestOn("br0") }, { "ip-link": other, ...more }), "br0");
  const said = ({ parity }: BridgeRow) => parity.map(({ text, severity }) => ({ text, severity }));

  it("is empty where both are alike", () => {
    expect(judged(links(br("br0"), vlan(7, "eth9", "br0"), nic("eth9"))).parity).toEqual([]);
  });

  it("is red where a guest that moves would be cut off", () => {
    const cases: [LinkList, string][] = [
      [links(nic("eth0")), "missing on beta"],
      [links(br("br0"), nic("eth0")), "uplink on alpha only"],
      [links(br("br0"), vlan(8, "eth0", "br0"), nic("eth0")), "VLAN id 7 on alpha, 8 on beta"],
      [links(br("br0"), nic("eth0", { master: "br0" })), "VLAN id 7 on alpha, none on beta"],
      [
        links(br("br0"), vlan(7, "eth0", "br0", { carrier: false }), nic("eth0", { carrier: false })),
        "uplink eth0.7 on beta has no carrier",
      ],
      [links(br("br0", { admin_up: false }), vlan(7, "eth0", "br0"), nic("eth0")), "down on beta"],
    ];
    for (const [other, text] of cases) expect(said(judged(other))).toEqual([{ text, severity: "critical" }]);
    expect(judged(links(nic("eth0"))).state.severity).toBe("critical");
  });

  it("is amber for MTU and spanning tree", () => {
    expect(judged(links(br("br0", { mtu: 9000 }), vlan(7, "eth0", "br0"), nic("eth0"))).parity).toMatchObject([
      { text: "MTU 1500 on alpha, 9000 on beta", severity: "warning" },
    ]);
    const blocked = links(br("br0"), vlan(7, "eth0", "br0", { bridge_port_state: "blocking" }), nic("eth0"));
    expect(judged(blocked).parity).toMatchObject([{ text: "uplink eth0.7 on beta is blocking", severity: "warning" }]);
  });

  it("compares the VLANs that filtering bridges let through", () => {
    const filtering = (vids: readonly number[]): SomeFacts => ({
      "ip-link": links(br("br0", { bridge_vlan_filtering: true }), nic("eth0", { master: "br0" })),
      "bridge-vlan": {
        vlans: vids.map((vid) => ({ port: "eth0", vid, vid_end: undefined, pvid: vid === 1, untagged: vid === 1 })),
        not_understood: [],
      },
    });
    expect(bridge(select(filtering([1, 10]), filtering([1, 20])), "br0").parity).toMatchObject([
      { text: "VLANs let through the uplink 1 pvid, 10 on alpha, 1 pvid, 20 on beta", severity: "info" },
    ]);
    expect(bridge(select(filtering([1, 10]), filtering([1, 10])), "br0").parity).toEqual([]);
  });

  it("is only information where no guest uses the bridge, and red where one is configured to", () => {
    const unused = bridge(select({ "ip-link": links(br("br0")) }, { "ip-link": links() }), "br0");
    expect(unused.parity).toMatchObject([{ text: "missing on beta", severity: "info" }]);
    const config = {
      name: "off",
      uuid: undefined,
      type: "pv",
      vcpus: 1,
      max_memory_kib: undefined,
      target_memory_kib: undefined,
      shadow_memory_kib: undefined,
      disks: [],
      nics: [{ devid: 0, mac: undefined, bridge: "br0", ifname: undefined, script: undefined, mtu: undefined, model: undefined }],
      pci_devices: [],
      usb_devices: 0,
      disable_migrate: false,
      nested_hvm: false,
      vnuma_nodes: 0,
      vtpms: 0,
      p9s: 0,
      pool: undefined,
      boot_files: [],
      on_poweroff: "destroy",
      on_reboot: "restart",
      on_crash: "destroy",
    } as const;
    const configs = { "xl-configs": [{ path: "/etc/xen/off.cfg", config, error: undefined }] };
    const configured = bridge(select({ "ip-link": links(br("br0")), ...configs }, { "ip-link": links() }), "br0");
    expect(configured).toMatchObject({ guests: ["off"], parity: [{ text: "missing on beta", severity: "critical" }] });
    expect(bridge(select({ "ip-link": links(), ...configs }, { "ip-link": links() }), "br0").parity).toMatchObject([
      { text: "missing on alpha and beta", severity: "critical" },
    ]);
  });

  it("says what isn't known instead of calling it equal or missing", () => {
    const first = hostOf(alpha, { "ip-link": healthy, ...guestOn("br0") });
    const never = selectNetwork(pairOf([first, hostOf(beta, {})]), NOW_MS);
    expect(bridge(never, "br0")).toMatchObject({
      parity: [{ text: "beta: network not known", severity: "unknown" }],
      state: { severity: "unknown" },
    });
    const silent = selectNetwork(pairOf([first, lost(beta, { "ip-link": healthy })]), NOW_MS);
    expect(bridge(silent, "br0")).toMatchObject({ parity: [{ text: "beta: as last told", severity: "unknown" }] });
    expect(bridge(silent, "br0").evidence[1].freshness).toBe("stale");
  });

  it("warns of guests on both sides of a bridge without uplinks", () => {
    const facts = { "ip-link": links(br("br0"), guestLink("br0")), ...guestOn("br0") };
    expect(bridge(select(facts, facts), "br0")).toMatchObject({ role: "private, does not span", parity: [{ severity: "warning" }] });
    expect(bridge(select(facts, { "ip-link": links(br("br0")) }), "br0").parity).toEqual([]);
  });
});

describe("trees", () => {
  it("follow VLAN, bond and its links, with what the bond says", () => {
    const facts: SomeFacts = {
      "ip-link": links(
        br("br0"),
        vlan(7, "bond0", "br0"),
        link("bond0", { kind: "bond" }),
        nic("eth0", { master: "bond0", carrier: false }),
        nic("eth1", { master: "bond0" }),
      ),
      bond: {
        bonds: [
          {
            name: "bond0",
            mode: "fault-tolerance (active-backup)",
            mii_up: true,
            active_slave: "eth1",
            slaves: [
              { name: "eth0", mii_up: false, speed: "Unknown", link_failures: 2 },
              { name: "eth1", mii_up: true, speed: "10000 Mbps", link_failures: 0 },
            ],
          },
        ],
        not_understood: [],
      },
    };
    const view = select(facts, facts);
    expect(drawn(bridge(view, "br0").trees[0])).toBe("br0[bond0.7[bond0[eth0 eth1]]]");
    expect(view.uplinks).toMatchObject([
      {
        name: "bond0",
        kind: "bond",
        severity: "warning",
        nodes: [
          {
            state: { text: "1 of 2 links", severity: "warning" },
            details: ["fault-tolerance (active-backup)", "active eth1", "under bond0.7"],
          },
          {},
        ],
      },
    ]);
    expect(view.uplinks[0]?.nodes[0]?.children).toMatchObject([
      { name: "eth0", state: { text: "no carrier", severity: "warning" }, details: ["Unknown", "2 link failures"] },
      {},
    ]);
  });

  it("show a guest's interface that isn't in its bridge", () => {
    const out = { "ip-link": links(br("br0"), link("vif1.0", { kind: "vif" })), ...guestOn("br0") };
    expect(bridge(select(out, out), "br0").trees[0]?.children).toMatchObject([
      { guest: "g1", state: { text: "not in br0", severity: "critical" } },
    ]);
    const failed = {
      "ip-link": links(br("br0")),
      xenstore: guest(vif("vif1.0", { state: "init_wait", hotplug_status: "error", hotplug_error: "no bridge" })),
    };
    expect(bridge(select(failed, failed), "br0").trees[0]?.children).toMatchObject([
      { state: { text: "hotplug error", severity: "critical" } },
    ]);
  });

  it("miss no interface while links and xenstore were told at different times", () => {
    const state = (links_ms: number, xenstore_ms: number) => {
      const host = hostOf(alpha, { "ip-link": links(br("br0")), ...guestOn("br0") });
      const facts = { ...host.facts };
      const at = <T extends object>(fact: T, ms: number): T => ({ ...fact, changed_ms: ms, at_ms: Math.max(ms, NOW_MS - 20_000) });
      return selectNetwork(
        pairOf([
          { ...host, facts: { ...facts, "ip-link": at(facts["ip-link"], links_ms), xenstore: at(facts.xenstore, xenstore_ms) } },
          hostOf(beta, {}),
        ]),
        NOW_MS,
      );
    };
    const port = (view: ReturnType<typeof select>) => bridge(view, "br0").trees[0]?.children[0]?.state;
    expect(port(state(NOW_MS - 60_000, NOW_MS - 1000))).toEqual({ text: "not seen yet", severity: "info" });
    expect(port(state(NOW_MS - 1000, NOW_MS - 60_000))).toEqual({ text: "not seen yet", severity: "info" });
    expect(port(state(NOW_MS - 60_000, NOW_MS - 60_000))?.severity).toBe("critical");
  });

  it("make Open vSwitch's VLAN bridges and bonds out", () => {
    const port = (name: string, over: object = {}) => ({
      name,
      bridge: "xenbr0",
      tag: undefined,
      trunks: [],
      interfaces: [name],
      fake_bridge: false,
      ...over,
    });
    const facts: SomeFacts = {
      "ip-link": links(
        nic("eth0", { master: "ovs-system" }),
        nic("eth1", { master: "ovs-system", carrier: false }),
        link("vif1.0", { kind: "vif", master: "ovs-system" }),
      ),
      ovs: {
        bridges: ["xenbr0"],
        ports: [
          port("bond0", { interfaces: ["eth0", "eth1"] }),
          port("xapi1", { tag: 30, fake_bridge: true }),
          port("vif1.0", { tag: 30 }),
        ],
        interfaces: [],
        not_understood: [],
      },
      xenstore: guest(vif("vif1.0", { bridge: "xapi1" })),
    };
    const view = select(facts, facts);
    expect(drawn(bridge(view, "xapi1").trees[0])).toBe("xapi1[bond0[eth0 eth1] vif1.0(g1)]");
    expect(bridge(view, "xapi1")).toMatchObject({ vlan_id: [30, 30], role: "private, spans", guests: ["g1"] });
    expect(view.uplinks.map(({ name, kind }) => [name, kind])).toEqual([["bond0", "bond"]]);
  });

  it("warn of an MTU that differs between two ends of one network", () => {
    const side = (mtu: number, ip: string): SomeFacts => ({
      "ip-link": links(nic("eth1", { mtu })),
      "ip-addr": { addresses: [address("eth1", ip)], not_understood: [] },
    });
    const [row] = select(side(9000, "10.99.1.1"), side(1500, "10.99.1.2")).uplinks;
    expect(row).toMatchObject({ severity: "warning", nodes: [{ state: { text: "MTU 9000, but 1500 on beta's eth1" } }, {}] });
    expect(select(side(9000, "10.99.1.1"), side(1500, "10.99.7.2")).uplinks[0]?.severity).toBe("ok");
  });

  it("end, whatever interfaces claim to lie on", () => {
    const names = fc.constantFrom("a", "b", "c", "d", "e", "f");
    const any = fc.record({
      name: names,
      master: fc.option(names, { nil: undefined }),
      parent: fc.option(names, { nil: undefined }),
      kind: fc.constantFrom("bridge", "bond", "vlan", undefined),
      physical: fc.boolean(),
    });
    const count = (node: NetNode | undefined): number =>
      node === undefined ? 0 : node.children.reduce((sum, child) => sum + count(child), 1);
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), (list) => {
        const facts = { "ip-link": links(...list.map((over) => link(over.name, over))) };
        const { bridges, uplinks } = select(facts, facts);
        const rows: readonly (BridgeRow | UplinkRow)[] = [...bridges, ...uplinks];
        for (const row of rows) for (const tree of "trees" in row ? row.trees : row.nodes) expect(count(tree)).toBeLessThan(100);
      }),
    );
  });
});

it("shows nothing of hosts that never told anything", () => {
  expect(select({}, {})).toEqual({ bridges: [], uplinks: [] });
  const fdb: Fdb = { entries: [], truncated: false, not_understood: [] };
  expect(select({ "bridge-fdb": fdb }, {})).toEqual({ bridges: [], uplinks: [] });
});
