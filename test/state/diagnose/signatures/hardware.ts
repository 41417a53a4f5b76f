/** Storage paths, fills, networks, the hosts themselves, and the verdict. */
import type { World } from "../../../../src/sim/model/world.ts";
import { after, domain, recording, type Signature, scenario, well } from "./case.ts";

const eachPath = (world: World, act: (path: World["hosts"][0]["storage"]["paths"][number]) => void): void =>
  world.hosts[0].storage.paths.forEach(act);
const firstMap = (world: World): string => world.hosts[0].storage.maps[0]?.wwid ?? "";

export const storage: readonly Signature[] = [
  { number: 36, rule: "storage.path", tells: recording("pathfail"), quiet: recording("healthy") },
  {
    number: 37,
    rule: "storage.no_paths",
    tells: after(30, (fault, world) => eachPath(world, (path) => path.wwid === firstMap(world) && fault.pathFailed("alpha", path.dev))),
    quiet: recording("pathfail"),
  },
  {
    number: 38,
    rule: "storage.one_adapter",
    tells: after(30, (_, world) => {
      const { sessions } = world.hosts[0].storage;
      for (const session of sessions) Object.assign(session, { iface_address: sessions[0]?.iface_address });
    }),
    quiet: well,
  },
  {
    number: 39,
    rule: "storage.iscsi",
    tells: recording("pathfail"),
    quiet: after(30, (fault, world) => fault.pathFailed("alpha", world.hosts[0].storage.paths[0]?.dev ?? "")),
  },
  { number: 40, rule: "storage.fc", cause: /Linkdown/, tells: scenario("san"), quiet: recording("healthy") },
  { number: 41, rule: "storage.nfs", tells: after(90, (fault) => fault.nfsServerGone("10.99.1.30")), quiet: well },
  { rule: "storage.path_flapping", tells: scenario("path-flap", 10), quiet: recording("pathfail") },
  { rule: "storage.fill", tells: scenario("disk-full"), quiet: recording("healthy") },
  {
    rule: "storage.missing_pv",
    tells: after(
      400,
      (_, world) =>
        void world.hosts[0].overrides.set("lvm", (stdout) => ({
          rc: 0,
          stdout: stdout.replace(/"vg_missing_pv_count": ?"0"/, '"vg_missing_pv_count":"1"'),
        })),
    ),
    quiet: recording("healthy"),
  },
];

export const network: readonly Signature[] = [
  { number: 42, rule: "net.degraded", tells: scenario("guest-trouble"), quiet: recording("healthy") },
  { number: 42, rule: "net.carrier", tells: scenario("replication-cut"), quiet: scenario("guest-trouble") },
  { number: 43, rule: "net.parity", tells: recording("ovs"), quiet: recording("linkcut") },
  {
    rule: "net.bridge_down",
    tells: after(60, (_, world) => {
      const bridge = world.hosts[0].network.devs.find(({ name }) => name === "xenbr0");
      if (bridge !== undefined) bridge.up = false;
    }),
    quiet: recording("linkcut"),
  },
  {
    rule: "net.vif_detached",
    tells: after(60, (_, world) => {
      const vif = world.hosts[0].network.devs.find(({ name }) => name === domain(world, 0, "web01").vifs[0]?.ifname);
      if (vif !== undefined) vif.master = undefined;
    }),
    quiet: recording("migrate"),
  },
];

export const hosts: readonly Signature[] = [
  {
    number: 14,
    rule: "host.hung",
    cause: /xl list/,
    tells: after(60, (fault) => fault.hang("alpha", "xl-list")),
    quiet: recording("peerfrozen"),
  },
  {
    rule: "host.both_lost",
    tells: after(60, (fault) => {
      fault.consoleLinkCut("alpha");
      fault.consoleLinkCut("beta");
    }),
    quiet: recording("peerdown"),
  },
  { rule: "host.failed", tells: scenario("garbage"), quiet: after(60, (fault) => fault.hang("alpha", "df")) },
  { rule: "host.not_understood", tells: scenario("garbage"), quiet: recording("healthy") },
  {
    rule: "host.returned",
    tells: scenario("host-returns", 40),
    cause: /beta has come back, it booted \d+ s ago: .* catch(es)? up, .* left; .*still run on alpha; build01 is down/,
    // Its guests are away as well, but it never was.
    quiet: scenario("maintenance", 300),
  },
  {
    rule: "host.clock_skew",
    tells: after(30, (fault) => fault.clockSkew("alpha", 5000)),
    quiet: after(30, (fault) => {
      fault.clockSkew("alpha", 5000);
      fault.clockSkew("beta", 5000);
    }),
  },
  {
    rule: "host.console_clock",
    tells: after(30, (fault) => {
      fault.clockSkew("alpha", 5000);
      fault.clockSkew("beta", 5000);
    }),
    quiet: after(30, (fault) => fault.clockSkew("alpha", 5000)),
  },
  { rule: "lose.cannot_restart", tells: recording("resync"), quiet: recording("healthy") },
  {
    rule: "lose.cannot_restart",
    tells: after(620, (fault) => fault.configMissing("web01", "beta")),
    cause: /web01 can't restart on beta: no config on beta$/,
    quiet: after(30, (fault) => fault.configDrift("web01", "beta")),
  },
  {
    rule: "lose.stops_survivor",
    tells: after(20, (fault) => fault.resync("web02", "alpha", 4_000_000)),
    quiet: after(20, (fault) => fault.resync("web01", "alpha", 4_000_000)),
  },
];
