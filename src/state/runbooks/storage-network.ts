/** Runbooks of incidents with storage and networks. */
import type { Runbook } from "./runbook.ts";

export const pathFlaps: Runbook = {
  id: "path-flaps",
  title: "A storage path comes and goes",
  incident: 5,
  scenario: "path-flap",
  when: "Paths to a LUN are lost and come back, again and again. The guest lives as long as one is left.",
  never: [
    "Don't take out the last good path.",
    "Don't end the queue of a map without a path while its guest can wait: its writes would fail.",
  ],
  steps: [
    {
      do: "Read what the failing paths share: portal, adapter, switch.",
      keys: ["f", "enter"],
      see: "`lost ... times in 10 min, all by ...`, and the guests at risk",
    },
    { do: "See every map on both hosts, and how many paths are left.", keys: ["4"], see: "the maps with their paths, flaps counted" },
    {
      do: "Where guests stutter with each flap: take the failing path out until it is mended. The last ready one is refused.",
      action: "path fail",
    },
    { do: "Mend it: cable, port, portal, adapter." },
    { do: "Put the path back, and watch it hold.", action: "path reinstate", keys: ["4"], see: "all paths, no flaps for ten minutes" },
  ],
  over: "All paths ready, and ten minutes without a flap.",
};

export const networkMissing: Runbook = {
  id: "network-missing",
  title: "A bridge or VLAN is missing on the other host",
  incident: 7,
  scenario: "vlan-missing",
  when: "A bridge that guests stand on isn't on the other host, or differs there. Whoever moves is cut off; whoever restarts there has no network.",
  never: ["Don't migrate or fail over guests that stand on it before it is alike on both hosts."],
  steps: [
    {
      do: "See what differs, and which guests stand on it.",
      keys: ["5", "/", "NAME", "enter", "enter"],
      see: "the bridge on both hosts side by side, its VLAN, MTU and uplink, and its guests",
    },
    {
      do: "Make it on the host that lacks it, by the other's example; the plan shows every command, and what would make it at boot.",
      action: "net create",
    },
    {
      do: "See that it is alike now, and that the other host's MACs are seen over it.",
      keys: ["5", "/", "NAME", "enter"],
      see: "no difference in its row",
    },
    { do: "See that its guests can run on both.", keys: ["1", "g"], see: "the verdict without them" },
  ],
  over: "The bridge is alike on both hosts, its guests can run on both, and it survives a reboot (the distribution's network configuration has it).",
};

export const diskFills: Runbook = {
  id: "disk-fills",
  title: "A disk fills",
  incident: 8,
  scenario: "disk-full",
  when: "A file system of dom0, a thin pool or a volume group is full or filling. Guests on a full thin pool can't write; a dom0 without room can't log, save or start.",
  never: ["Don't delete a guest's disk or a saved guest to make room.", "Don't let thin metadata fill: it is repaired offline."],
  steps: [
    {
      do: "See what fills, how fast, and when it is full.",
      keys: ["4", "/", "NAME", "enter"],
      see: "its fill, and `full in ...` where it grows",
    },
    { do: "See which guests are on it.", keys: ["4", "/", "NAME", "enter", "enter"], see: "the guests at risk" },
    {
      do: "dom0: make room in logs first (rotate, compress), then in saved guests and old images. A thin pool: extend it while the group has room, data and metadata.",
    },
    { do: "See that it has stopped growing.", keys: ["4"], see: "its fill below the mark, no `full in ...`" },
  ],
  over: "Below the mark, and not growing.",
};

export const migrationSticks: Runbook = {
  id: "migration-sticks",
  title: "A migration sticks",
  incident: 9,
  scenario: "stuck-migration",
  when: "`NAME--incoming` waits on the target, or `NAME--migratedaway` stands at the source, and nothing moves. The phase decides what is safe.",
  never: [
    "Never let both go on: two writers on one disk.",
    "Don't end an xl migrate that still runs: a lost link of a minute doesn't end it, it goes on by itself.",
  ],
  steps: [
    {
      do: "Read the phase: what stands at the source, what waits on the target, for how long.",
      keys: ["f", "enter"],
      see: "`stuck at the handover`, or that it is still moving; and what never to do",
    },
    { do: "See both halves with their flags.", keys: ["2", "/", "NAME", "enter", "enter"], see: "the guest's placements on both hosts" },
    { do: "See whether a plan or an xl migrate still drives it.", keys: ["6"], see: "the plan and its step, or none" },
    {
      do: "Before the handover: the source runs. End only the waiting shell on the target, after the guest is confirmed at the source.",
      action: "guest destroy",
    },
    {
      do: "At the handover: what /var/log/xen on the target says decides which one may go on. The other is destroyed first, then one goes on.",
    },
    { do: "See that it runs once, and that its disks are Primary there alone.", keys: ["2"], see: "the guest on one host, running" },
  ],
  over: "The guest runs on one host, nothing named `--incoming` or `--migratedaway` is left, its disks are Primary on that host only.",
};
