/** DRBD. */
import type { Faults } from "../../../../src/sim/fault.ts";
import { promote, write } from "../../../../src/sim/model/drbd/operate.ts";
import { kernel, type World } from "../../../../src/sim/model/world.ts";
import { after, drbd, recording, type Signature, scenario, well } from "./case.ts";

const apart = (fault: Faults): void => fault.replicationLinkCut();
/** A snapshot of mail01's volume on beta. */
const snapshot = ({ hosts }: World, name: string, data_percent: number): void => {
  const { storage } = hosts[1];
  const plain = { vg: "vg0", size_kib: 4096, dm_minor: 90, pool: undefined, metadata_percent: undefined } as const;
  storage.lvs.push({ ...plain, name, attr: "swi-a-s---", origin: "mail01", data_percent });
};

export const mirrors: readonly Signature[] = [
  { number: 16, rule: "drbd.split_brain", tells: recording("splitbrain"), quiet: recording("linkcut") },
  { number: 16, rule: "drbd.split_brain", tells: recording("drbd9-splitbrain"), quiet: recording("drbd9-peerdown") },
  {
    number: 16,
    rule: "drbd.split_brain",
    tells: after(30, (fault) => fault.splitBrain("web01")),
    quiet: after(30, (fault) => fault.disconnect("web01", "alpha")),
  },
  {
    number: 17,
    rule: "drbd.standalone",
    tells: after(20, (fault) => fault.disconnect("web01", "alpha")),
    quiet: after(30, (fault) => fault.splitBrain("web01")),
  },
  {
    number: 18,
    rule: "drbd.unrelated_data",
    tells: after(20, (fault, world) => {
      fault.disconnect("web01", "alpha");
      kernel(world, 0, `block drbd${drbd(world, "web01").volumes[0]?.minor}: Unrelated data, aborting!`);
    }),
    quiet: after(20, (fault) => fault.disconnect("web01", "alpha")),
  },
  {
    number: 19,
    rule: "drbd.connecting",
    cause: /replication link is down while both hosts answer/,
    tells: after(60, apart),
    quiet: recording("drbd9-resync"),
  },
  { number: 20, rule: "host.unreachable", tells: recording("peerdown"), quiet: recording("linkcut") },
  {
    number: 21,
    rule: "drbd.dual_primary",
    tells: after(60, (_, world) => void promote(world, drbd(world, "web01"), 1)),
    quiet: recording("migrate"),
  },
  {
    number: 22,
    rule: "drbd.diverging",
    tells: after(60, (fault, world) => {
      apart(fault);
      world.scheduler.after(30_000, () => {
        promote(world, drbd(world, "web01"), 1);
        write(world, drbd(world, "web01"), 1, 0, 256);
      });
    }),
    quiet: after(60, apart),
  },
  {
    number: 23,
    rule: "drbd.dual_primary",
    cause: /two primaries are allowed/,
    tells: after(60, (_, world) => {
      drbd(world, "web01").two_primaries = [true, true];
      promote(world, drbd(world, "web01"), 1);
    }),
    quiet: recording("migrate"),
  },
  {
    number: 24,
    rule: "drbd.suspended",
    cause: /quorum/,
    tells: after(20, (fault) => fault.suspend("web01", "alpha", "quorum")),
    quiet: well,
  },
  {
    number: 25,
    rule: "drbd.suspended",
    cause: /fencing/,
    tells: after(20, (fault) => fault.suspend("web01", "alpha", "fencing")),
    quiet: recording("peerdown"),
  },
  {
    number: 26,
    rule: "drbd.suspended",
    cause: /no good disk/,
    tells: after(20, (fault) => {
      fault.detach("web01", "alpha");
      fault.suspend("web01", "alpha", "no-data");
    }),
    quiet: recording("detach"),
  },
  { number: 27, rule: "drbd.diskless", tells: recording("detach"), quiet: recording("resync") },
  {
    number: 28,
    rule: "drbd.inconsistent",
    tells: after(30, (fault, world) => {
      fault.resync("web01", "alpha", 4_000_000);
      world.scheduler.after(10_000, () => fault.disconnect("web01", "beta"));
    }),
    quiet: recording("resync"),
  },
  {
    number: 29,
    rule: "drbd.outdated",
    tells: after(30, (fault) => {
      fault.disconnect("web01", "alpha");
      fault.outdate("web01", "beta");
    }),
    quiet: recording("splitbrain"),
  },
  { number: 30, rule: "drbd.paused_sync", tells: recording("paused"), quiet: recording("resync") },
  { number: 31, rule: "drbd.stalled", tells: scenario("resync-stall"), quiet: scenario("pair") },
  {
    number: 32,
    rule: "drbd.verify_mismatch",
    tells: after(600, (fault) => fault.verify("proxy01", "alpha", 512)),
    quiet: recording("resync"),
  },
  {
    number: 33,
    rule: "drbd.behind",
    tells: after(20, (_, world) => {
      const [source, target] = drbd(world, "web01").nodes;
      for (const volume of source.volumes) volume.replication = "Ahead";
      for (const volume of target.volumes) volume.replication = "Behind";
    }),
    quiet: recording("resync"),
  },
  {
    number: 34,
    rule: "drbd.flapping",
    tells: after(120, (fault, world) => {
      for (let turn = 0; turn < 5; turn += 1) {
        world.scheduler.after(turn * 20_000, () => fault.disconnect("web01", "alpha"));
        world.scheduler.after(turn * 20_000 + 10_000, () => fault.connect("web01", "alpha"));
      }
    }),
    quiet: recording("reconnect"),
  },
  {
    number: 35,
    rule: "drbd.primary_unused",
    tells: after(90, (fault, world) => {
      fault.guestStop("web01");
      promote(world, drbd(world, "web01"), 0);
    }),
    quiet: recording("migrate-after"),
  },
  {
    rule: "drbd.not_up",
    tells: after(30, (_, world) => void Object.assign(drbd(world, "web01").nodes[1], { configured: false })),
    quiet: recording("peerdown"),
  },
  {
    rule: "drbd.disagreement",
    tells: after(20, (_, world) => {
      for (const volume of drbd(world, "web01").nodes[0].volumes) volume.peer_disk = "Outdated";
    }),
    quiet: recording("resync"),
  },
  { rule: "drbd.strange_state", tells: scenario("garbage"), quiet: recording("drbd9-healthy") },
  {
    rule: "drbd.kept_snapshot",
    tells: after(400, (_, world) => void snapshot(world, "xenha-mail01-0-A1B2C3D4E5F60718", 91)),
    cause: /vg0\/xenha-mail01-0-A1B2C3D4E5F60718 on beta keeps what was given up of mail01, 91 % full/,
    quiet: after(400, (_, world) => void snapshot(world, "nightly-mail01", 91)),
  },
  { rule: "drbd.syncing", tells: recording("resync"), quiet: recording("paused") },
];
