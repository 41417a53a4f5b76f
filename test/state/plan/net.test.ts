/** Dom0's network: what one host lacks is made by the other's example, and nothing that somebody comes over is cut. */
import { describe, expect, it } from "vitest";
import { findDev } from "../../../src/sim/model/network.ts";
import { san } from "../../../src/sim/scenarios/san.ts";
import type { Scenario } from "../../../src/sim/scenarios/scenario.ts";
import { obstacles, type Plan } from "../../../src/state/plan/plan.ts";
import { calm, pairFor } from "./pair.ts";

const against = (plan: Plan): string =>
  obstacles(plan)
    .map(({ text }) => text)
    .join("\n");
const texts = (plan: Plan, result: string): string =>
  plan.checks.flatMap((check) => (check.result === result ? [check.text] : [])).join("\n");
const commands = (plan: Plan): string[] => plan.steps.map(({ argv }) => argv.join(" "));
const done = { result: "done" };

async function open(scenario: Scenario = calm) {
  const pair = pairFor(scenario);
  const ana = pair.open();
  await pair.pass(25_000);
  const plan = (action: string, args: Record<string, string>) => pair.prepared(ana, { action, args });
  const refused = (action: string, args: Record<string, string>) => ana.operator.plan({ action, args });
  const act = async (action: string, args: Record<string, string>) => {
    const made = await plan(action, args);
    expect(against(made), action).toBe("");
    return pair.until(pair.run(ana, made));
  };
  const [alpha, beta] = pair.world.hosts;
  const dev = (host: typeof alpha, name: string) => findDev(host.network, name);
  return { ...pair, ana, plan, refused, act, alpha, beta, dev };
}

/** The DMZ's VLAN and bridge are gone from beta, with the guest that used them stopped. */
async function missing(bridge_too = true) {
  const pair = await open();
  pair.sim.fault.guestStop("web02");
  pair.sim.fault.vlanMissing("beta", 200, bridge_too);
  await pair.pass(25_000);
  return pair;
}

describe("a bridge that one host lacks", () => {
  it("is made with its VLAN by the other's example, one command a step, and taken away again", async () => {
    const pair = await missing();
    const plan = await pair.plan("net create", { bridge: "xenbr-dmz", on: "beta" });
    expect(against(plan)).toBe("");
    expect(commands(plan)).toEqual([
      "ip link add link bond0 name bond0.200 type vlan id 200",
      "ip link add name xenbr-dmz type bridge",
      "ip link set dev bond0.200 master xenbr-dmz",
      "ip link set dev bond0.200 up",
      "ip link set dev xenbr-dmz up",
    ]);
    expect(plan.steps.every(({ host, undo }) => host === "beta" && undo.startsWith("ip link "))).toBe(true);
    expect(texts(plan, "pass")).toMatch(
      /bond0 on beta has carrier[\s\S]*VLAN 200 isn't used on bond0 of beta[\s\S]*web01, web02, proxy01|proxy01, web01, web02/,
    );
    expect(texts(plan, "warn")).toMatch(
      /bond0 on beta carries ssh to 10\.20\.0\.12 and the default route \(xenbr0\): a VLAN is added on it/,
    );
    expect(texts(plan, "warn")).toMatch(
      /gone after a boot, unless \/etc\/network\/interfaces\.d\/xenbr-dmz is written \(ifupdown; --write yes\)/,
    );
    expect(plan.notes?.[0]).toBe("# /etc/network/interfaces.d/xenbr-dmz (ifupdown)");
    expect(plan.notes).toContain("    pre-up ip link set dev bond0.200 master xenbr-dmz");
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(pair.dev(pair.beta, "bond0.200")).toMatchObject({ vlan_id: 200, parent: "bond0", master: "xenbr-dmz", up: true, mtu: 1500 });
    expect(pair.dev(pair.beta, "xenbr-dmz")).toMatchObject({ kind: "bridge", up: true });
    expect(pair.beta.files.size).toBe(0);
    await pair.pass(25_000);
    expect(pair.view(pair.ana).bridges.find(({ name }) => name === "xenbr-dmz")?.parity).toEqual([]);
    const again = await pair.plan("net create", { bridge: "xenbr-dmz", on: "beta" });
    expect(against(again)).toMatch(/beta has xenbr-dmz already, as alpha has it/);
    const remove = await pair.plan("net remove", { bridge: "xenbr-dmz", on: "beta" });
    expect(remove).toMatchObject({ risk: "disruptive", confirm: { word: "xenbr-dmz" } });
    expect(commands(remove)).toEqual(["ip link delete dev xenbr-dmz type bridge", "ip link delete dev bond0.200 type vlan"]);
    expect(await pair.until(pair.run(pair.ana, remove))).toMatchObject(done);
    expect(pair.dev(pair.beta, "xenbr-dmz") ?? pair.dev(pair.beta, "bond0.200")).toBeUndefined();
  });

  it("or lacks only the way out of it, is made whole by the same command; half of it too", async () => {
    const pair = await missing(false);
    const plan = await pair.plan("net create", { bridge: "xenbr-dmz", on: "beta" });
    expect(commands(plan).map((each) => each.split(" ").slice(0, 3).join(" "))).toEqual(["ip link add", "ip link set", "ip link set"]);
    // Its second step fails: the next attempt begins where this one ended.
    pair.world.job_listeners.add(({ host, argv }) => {
      if (argv.includes("vlan")) pair.world.hosts[host].plans.faults.next = "fail";
    });
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject({ result: "failed" });
    await pair.pass(15_000);
    const rest = await pair.plan("net create", { bridge: "xenbr-dmz", on: "beta" });
    expect(commands(rest)).toEqual(["ip link set dev bond0.200 master xenbr-dmz", "ip link set dev bond0.200 up"]);
    expect(await pair.until(pair.run(pair.ana, rest))).toMatchObject(done);
    await pair.pass(25_000);
    expect(pair.view(pair.ana).bridges.find(({ name }) => name === "xenbr-dmz")?.parity).toEqual([]);
  });

  it("is made with the file that makes it at boot where that is asked for, and over nothing that is there", async () => {
    const pair = await missing();
    const path = "/etc/network/interfaces.d/xenbr-dmz";
    const args = { bridge: "xenbr-dmz", on: "beta", write: "yes" };
    const plan = await pair.plan("net create", args);
    expect(plan.steps.at(-1)).toMatchObject({ argv: ["dd", `of=${path}`, "conv=excl,fsync", "status=none"], input: { kind: "text" } });
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(pair.beta.files.get(path)).toBe(
      [
        "auto xenbr-dmz",
        "iface xenbr-dmz inet manual",
        "    pre-up ip link show dev xenbr-dmz >/dev/null 2>&1 || ip link add name xenbr-dmz type bridge",
        "    pre-up ip link show dev bond0.200 >/dev/null 2>&1 || ip link add link bond0 name bond0.200 type vlan id 200",
        "    pre-up ip link set dev bond0.200 master xenbr-dmz",
        "    pre-up ip link set dev bond0.200 up",
        "    up ip link set dev xenbr-dmz up",
        "    down ip link set dev xenbr-dmz down",
        "    post-down ip link delete dev bond0.200",
        "    post-down ip link delete dev xenbr-dmz",
        "",
      ].join("\n"),
    );
    await pair.pass(20_000);
    expect(texts(await pair.plan("net remove", { bridge: "xenbr-dmz", on: "beta" }), "warn")).toMatch(
      /interfaces\.d\/xenbr-dmz makes it again at boot/,
    );
    expect(await pair.act("net remove", { bridge: "xenbr-dmz", on: "beta" })).toMatchObject(done);
    await pair.pass(20_000);
    expect(against(await pair.plan("net create", args))).toMatch(/beta has it in \/etc\/network\/interfaces\.d\/xenbr-dmz already/);
    expect(pair.refused("net create", { ...args, write: "perhaps" })).toMatchObject({ refused: '--write is yes or no, not "perhaps"' });
  });

  it.each([
    ["netplan", ["/etc/netplan/90-xenbr-dmz.yaml"], /id: 200\n {6}link: bond0/],
    [
      "networkd",
      ["/etc/systemd/network/60-xenbr-dmz.netdev", "/etc/systemd/network/bond0.network.d/60-bond0.200.conf"],
      /\[VLAN\]\nId=200/,
    ],
    ["nm", ["/etc/NetworkManager/system-connections/xenbr-dmz.nmconnection"], /\[vlan\]\nid=200\nparent=bond0/],
    ["ifcfg", ["/etc/sysconfig/network-scripts/ifcfg-bond0.200"], /DEVICE=bond0\.200\nVLAN=yes/],
  ] as const)("has its file in the words of %s", async (manager, paths, words) => {
    const pair = await missing();
    pair.beta.net_manager = manager;
    const plan = await pair.plan("net create", { bridge: "xenbr-dmz", on: "beta" });
    const notes = plan.notes?.join("\n") ?? "";
    for (const path of paths) expect(notes).toContain(`# ${path} (${manager})`);
    expect(notes).toMatch(words);
  });

  it("isn't made beside XAPI, nor where nothing is known of how the network is set up", async () => {
    const pair = await missing();
    pair.beta.net_manager = "xensource";
    expect(against(await pair.plan("net create", { bridge: "xenbr-dmz", on: "beta" }))).toMatch(/has its networks from XAPI/);
    pair.beta.net_manager = "";
    expect(texts(await pair.plan("net create", { bridge: "xenbr-dmz", on: "beta" }), "warn")).toMatch(
      /nothing that is known here sets up beta's network/,
    );
    await pair.pass(70_000);
    expect(against(pair.made(pair.ana, { action: "net create", args: { bridge: "xenbr-dmz", on: "beta" } }))).toMatch(
      /how its network is set up wasn't told/,
    );
  });

  it("isn't made where its VLAN is another bridge's, its uplink has no carrier or is too small, or its name is taken", async () => {
    const pair = await missing();
    const ask = () => pair.plan("net create", { bridge: "xenbr-dmz", on: "beta" });
    pair.sim.fault.carrierLost("beta", "bond0");
    await pair.pass(15_000);
    expect(against(await ask())).toMatch(/bond0 on beta has no carrier/);
    pair.sim.fault.carrierBack("beta", "bond0");
    const vlan = pair.dev(pair.beta, "bond0.310");
    if (vlan === undefined) throw new Error("no VLAN");
    pair.beta.network.devs.push({ ...vlan, ifindex: 99, name: "dmz", vlan_id: 200, master: "xenbr-back" });
    await pair.pass(15_000);
    expect(against(await ask())).toMatch(/VLAN 200 of beta \(dmz\) belongs to xenbr-back/);
    pair.beta.network.devs = pair.beta.network.devs.filter(({ name }) => name !== "dmz");
    pair.sim.fault.bridgeMtu("alpha", "xenbr-dmz", 9000);
    await pair.pass(15_000);
    expect(against(await ask())).toMatch(/bond0 on beta has MTU 1500, the bridge needs 9000/);
    pair.sim.fault.bridgeMtu("alpha", "xenbr-dmz", 1500);
    pair.beta.network.devs.push({
      ...vlan,
      ifindex: 98,
      name: "xenbr-dmz",
      kind: "dummy",
      vlan_id: undefined,
      parent: undefined,
      master: undefined,
    });
    await pair.pass(15_000);
    expect(against(await ask())).toMatch(/xenbr-dmz on beta is dummy/);
  });

  it("goes over the interface that carries the same VLANs, where none is named alike; else it has to be said", async () => {
    const pair = await missing();
    const { network } = pair.beta;
    network.devs = network.devs.map((dev) => ({
      ...dev,
      ...(dev.name === "bond0" ? { name: "bond1" } : {}),
      ...(dev.parent === "bond0" ? { parent: "bond1", name: dev.name.replace("bond0", "bond1") } : {}),
      ...(dev.master === "bond0" ? { master: "bond1" } : {}),
    }));
    network.bonds = network.bonds.map((bond) => ({ ...bond, name: "bond1" }));
    await pair.pass(30_000);
    expect(commands(await pair.plan("net create", { bridge: "xenbr-dmz", on: "beta" }))[0]).toBe(
      "ip link add link bond1 name bond1.200 type vlan id 200",
    );
    network.devs = network.devs.filter(({ parent }) => parent === undefined);
    await pair.pass(30_000);
    expect(pair.refused("net create", { bridge: "xenbr-dmz", on: "beta" })).toMatchObject({
      refused: "which interface of beta stands for alpha's bond0 can't be told",
      advice: "say it: --uplink INTERFACE",
    });
    expect(commands(await pair.plan("net create", { bridge: "xenbr-dmz", on: "beta", uplink: "bond1" }))[0]).toBe(
      "ip link add link bond1 name bond1.200 type vlan id 200",
    );
    expect(pair.refused("net create", { bridge: "xenbr-dmz", on: "beta", uplink: "eth9; x" })).toMatchObject({
      refused: 'beta has no interface "eth9; x"',
    });
  });

  it("that leads out by a NIC itself never takes one that the host lives on", async () => {
    const pair = await open();
    const { network } = pair.beta;
    network.devs = network.devs
      .map((dev) => {
        if (dev.name === "bond0") return { ...dev, master: undefined, addresses: findDev(network, "xenbr0")?.addresses ?? [] };
        return dev;
      })
      .filter(({ name }) => name !== "xenbr0");
    for (const guest of ["ldap01", "build01"]) pair.sim.fault.guestStop(guest);
    await pair.pass(30_000);
    const plan = await pair.plan("net create", { bridge: "xenbr0", on: "beta" });
    expect(plan.risk).toBe("disruptive");
    expect(against(plan)).toMatch(/beta itself lives on bond0 \(10\.20\.0\.12, default route\): in a bridge it would lose that/);
  });

  it("of Open vSwitch is made there, a VLAN of it too", async () => {
    const pair = await open({ ...san, steps: [] });
    for (const guest of ["files01", "exchange01", "term01"]) pair.sim.fault.guestStop(guest);
    const ovs = pair.beta.network.ovs;
    if (ovs === undefined) throw new Error("no Open vSwitch");
    ovs.bridges = [];
    ovs.ports = [];
    const { network } = pair.beta;
    network.devs = network.devs
      .filter(({ name }) => name !== "ovsbr0")
      .map((dev) => (dev.name === "eno3" ? { ...dev, master: undefined } : dev));
    pair.alpha.network.ovs?.ports.push({
      name: "dmz",
      bridge: "ovsbr0",
      tag: 300,
      trunks: [],
      type: "internal",
      mac: "02:00:00:00:00:01",
      external_ids: [],
      fake_bridge: true,
    });
    await pair.pass(40_000);
    const plan = await pair.plan("net create", { bridge: "ovsbr0", on: "beta" });
    expect(commands(plan)).toEqual([
      "ovs-vsctl --timeout=10 --may-exist add-br ovsbr0",
      "ovs-vsctl --timeout=10 --may-exist add-port ovsbr0 eno3 trunks=300,301",
      "ip link set dev eno3 up",
    ]);
    expect(plan.notes).toEqual([]);
    expect(against(plan)).toBe("");
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    await pair.pass(30_000);
    expect(await pair.act("net create", { bridge: "dmz", on: "beta" })).toMatchObject(done);
    expect(pair.beta.network.ovs?.ports.find(({ name }) => name === "dmz")).toMatchObject({
      bridge: "ovsbr0",
      tag: 300,
      fake_bridge: true,
    });
    await pair.pass(30_000);
    expect(await pair.act("net remove", { bridge: "dmz", on: "beta" })).toMatchObject(done);
  });
});

describe("a bridge that is used", () => {
  it("is not removed", async () => {
    const pair = await open();
    const plan = await pair.plan("net remove", { bridge: "xenbr-dmz", on: "alpha" });
    expect(against(plan)).toMatch(/xenbr-dmz on alpha is used by web01, proxy01|proxy01, web01/);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject({ result: "refused" });
    expect(against(await pair.plan("net remove", { bridge: "xenbr0", on: "alpha" }))).toMatch(
      /alpha itself has 10\.20\.0\.11 on xenbr0[\s\S]*ssh comes to alpha over it/,
    );
  });
});

describe("an interface", () => {
  it("is set down and up again, with whom that cuts off said", async () => {
    const pair = await open();
    const plan = await pair.plan("net port down", { port: "bond0.310", on: "alpha" });
    expect(against(plan)).toBe("");
    expect(plan).toMatchObject({ risk: "disruptive", confirm: { word: "bond0.310" } });
    expect(texts(plan, "warn")).toBe("db01, erp01 on alpha are cut off (xenbr-back)");
    expect(texts(plan, "pass")).toMatch(/ssh comes to 10\.20\.0\.11 of alpha, which isn't on bond0\.310/);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(pair.dev(pair.alpha, "bond0.310")?.up).toBe(false);
    await pair.pass(12_000);
    expect(against(await pair.plan("net port down", { port: "bond0.310", on: "alpha" }))).toMatch(/bond0\.310 on alpha is down/);
    expect(await pair.act("net port up", { port: "bond0.310", on: "alpha" })).toMatchObject(done);
    expect(pair.dev(pair.alpha, "bond0.310")?.up).toBe(true);
  });

  it("that ssh, DRBD, NFS or the last path comes over is never set down", async () => {
    const pair = await open();
    for (const port of ["xenbr0", "bond0"])
      expect(against(await pair.plan("net port down", { port, on: "alpha" })), port).toMatch(
        /ssh comes to alpha over it \(10\.20\.0\.11\): this console would lose the host/,
      );
    const storage = against(await pair.plan("net port down", { port: "ens1f0", on: "alpha" }));
    expect(storage).toMatch(/DRBD replicates over it: /);
    expect(storage).toMatch(/NFS goes over it: \/srv\/nfs\/xen would hang/);
    expect(texts(await pair.plan("net port down", { port: "ens1f1", on: "alpha" }), "warn")).toMatch(
      /iSCSI sessions 2 go over it: their disks keep their other paths/,
    );
    pair.sim.fault.iscsiDown("alpha", "10.99.1.20");
    await pair.pass(25_000);
    expect(against(await pair.plan("net port down", { port: "ens1f1", on: "alpha" }))).toMatch(/nothing else leads to 36001405/);
  });

  it("over which the paths come that hold is never set down, though others are ready between two losses", async () => {
    const pair = await open();
    for (let turn = 0; turn < 5; turn += 1) {
      for (const [act, ms] of [
        [pair.sim.fault.iscsiDown, 14_000],
        [pair.sim.fault.iscsiBack, 14_000],
      ] as const) {
        act("alpha", "10.99.1.20");
        await pair.pass(ms);
      }
    }
    expect(against(await pair.plan("net port down", { port: "ens1f1", on: "alpha" }))).toMatch(/nothing else leads to 36001405/);
  });

  it("of a bond takes only its redundancy, as long as the bond has another", async () => {
    const pair = await open();
    const plan = await pair.plan("net port down", { port: "eno2", on: "alpha" });
    expect(against(plan)).toBe("");
    expect(texts(plan, "warn")).toBe("redundancy is lost: bond0 keeps eno1");
    pair.sim.fault.bondSlaveDown("alpha", "eno1");
    await pair.pass(15_000);
    expect(against(await pair.plan("net port down", { port: "eno2", on: "alpha" }))).toMatch(/ssh comes to alpha over it/);
  });

  it("isn't set down while it isn't known what comes over it", async () => {
    const pair = await open();
    const plan = pair.made(pair.ana, { action: "net port down", args: { port: "bond0.310", on: "alpha" } });
    expect(against(plan)).toMatch(/alpha: which address ssh comes to isn't known/);
  });

  it("nobody has is refused in one sentence, whatever it is called", async () => {
    const pair = await open();
    for (const name of ["eth9", "lo", "-x", "; reboot", "$(x)", "eno1 ", "еno1", "\u001b[31m", "a".repeat(200)]) {
      for (const action of ["net port down", "net port up"])
        expect(pair.refused(action, { port: name, on: "alpha" }), name).toMatchObject({ refused: expect.any(String) });
      for (const action of ["net create", "net remove"])
        expect(pair.refused(action, { bridge: name, on: "alpha" }), name).toMatchObject({ refused: expect.any(String) });
    }
    expect(pair.refused("net create", { bridge: "xenbr-dmz", on: "gamma" })).toMatchObject({ refused: 'there is no host "gamma"' });
  });

  it("whose bridge on the other host has a name that is no name is not made", async () => {
    const pair = await open();
    const bridge = findDev(pair.alpha.network, "xenbr-dmz");
    if (bridge === undefined) throw new Error("no bridge");
    pair.alpha.network.devs.push({ ...bridge, ifindex: 97, name: "-x;reboot" });
    await pair.pass(15_000);
    expect(pair.refused("net create", { bridge: "-x;reboot", on: "beta" })).toMatchObject({
      refused: '"-x;reboot" is no name that a bridge can be made by',
    });
  });
});
