/** Runbooks of incidents with DRBD. */
import type { Runbook } from "./runbook.ts";

export const resyncStalls: Runbook = {
  id: "resync-stalls",
  title: "A resync stands still",
  incident: 3,
  scenario: "resync-stall",
  when: "A resync is paused, or hasn't moved for half a minute. Until it is done there is one good copy.",
  never: [
    "Don't lose the source: it holds the only good copy.",
    "Don't promote or force the target: it is Inconsistent, half old and half new.",
  ],
  steps: [
    {
      do: "Read how far it is, how fast it was, and why it stands: paused by whom, another resync before it, a slow disk, the link, guests' own writes.",
      keys: ["3", "/", "NAME", "enter"],
      see: "done %, in-sync %, rate, and `stalled for ...: why` or `paused for ...: by whom`",
    },
    {
      do: "Where somebody paused it: ask why, then let it go on.",
      action: "drbd resume-sync",
    },
    {
      do: "Where the link is the reason: look at its errors and carrier on both hosts.",
      keys: ["5"],
      see: "the interface that replicates, with its state on both hosts",
    },
    {
      do: "Where a disk is the reason: see what else it does, and its errors in the kernel's log.",
      keys: ["7", "/", "error", "enter"],
      see: "what the kernels said",
    },
    { do: "Where guests' writes leave it no rate: give it one.", action: "drbd rate" },
    { do: "Watch it to its end.", keys: ["3"], see: "`resync ... done`, an ETA with its spread, then UpToDate on both" },
  ],
  over: "Both sides UpToDate, nothing out of sync, the verdict green again.",
};

export const splitBrain: Runbook = {
  id: "split-brain",
  title: "Split brain",
  incident: 4,
  scenario: "split-brain",
  when: "Both copies of a disk were written while they were apart; neither has everything. The resource is StandAlone.",
  never: [
    "Don't connect, promote or migrate before it is decided which copy lives.",
    "Don't pick the victim by which host is up longer: look at what was written where, and when.",
    "Nothing picks a victim by itself, and nothing should.",
  ],
  steps: [
    {
      do: "See both sides next to each other: role, disk, out-of-sync, generations, since when.",
      keys: ["3", "/", "NAME", "enter"],
      see: "`split brain for ...` with a line for each host",
    },
    {
      do: "See where its guest runs now: that side has the newest writes of the guest.",
      keys: ["2", "/", "NAME", "enter"],
      see: "the guest's host, and that it can be started on neither other",
    },
    {
      do: "Read how it came about, on both hosts.",
      keys: ["f", "i"],
      see: "the resource's timeline on one clock",
    },
    {
      do: "Ask the owner of the data which side is worth more. Then give up the other one's changes since the split: a snapshot of the victim is offered first.",
      action: "drbd repair",
    },
    { do: "Watch the victim copy everything anew.", keys: ["3"], see: "SyncTarget, then UpToDate on both" },
  ],
  over: "Connected, UpToDate on both, out-of-sync 0. The snapshot is removed when nobody misses anything (`drbd forget`).",
};

export const replicationCut: Runbook = {
  id: "replication-cut",
  title: "The replication link is down",
  scenario: "replication-cut",
  when: "Both hosts answer, and mirrors wait for each other: everything is written once, and the other copy grows old.",
  never: ["Don't migrate: it succeeds, with the old copy.", "Don't promote the other side: that makes a split brain of it."],
  steps: [
    { do: "See which resources wait, and since when.", keys: ["3"], see: "Connecting on both sides" },
    {
      do: "See which interface carries them, and its state on both hosts.",
      keys: ["5", "/", "NAME", "enter"],
      see: "the interface, `no carrier` where that is so",
    },
    { do: "Look at cable, switch port, NIC, firewall and MTU between the hosts." },
    { do: "Where it is StandAlone when the link is back, it won't connect by itself.", action: "drbd connect" },
    { do: "Watch it catch up.", keys: ["3"], see: "SyncTarget with done %, then UpToDate" },
  ],
  over: "Every resource Connected and UpToDate on both, the verdict green again.",
};
