import { type Action, answersCheck, check, hostIndex, planOf, step } from "../action.ts";
import type { Expectation } from "../expect.ts";
import { sizeOf } from "../facts.ts";
import { kernelSaid, over } from "../kernel-said.ts";
import type { PlanCheck, PlanStep } from "../plan.ts";
import {
  backingChecks,
  oneCopyCheck,
  partingCheck,
  pausedBy,
  policyChecks,
  resumeCheck,
  resyncing,
  verifyAlgCheck,
} from "./drbd-checks.ts";
import { type Kept, SNAPSHOT, snapshotBefore } from "./drbd-snapshot.ts";
import {
  connected,
  drbdadm,
  expectation,
  guestsStay,
  isNine,
  noSplit,
  ON,
  paceKey,
  RESOURCE,
  resourceKey,
  sideCheck,
  sides,
  type Target,
  taking,
  targetOf,
  unusedCheck,
  type Want,
  whole,
} from "./drbd-target.ts";

interface Verb extends Pick<Action, "title" | "letter" | "description" | "risk"> {
  readonly id: string;
  readonly goal: (target: Target) => string;
  readonly undo: (target: Target) => string;
  readonly loses?: (target: Target) => readonly string[];
  readonly checks: (target: Target) => readonly PlanCheck[];
  readonly before: (target: Target) => Want;
  readonly after: (target: Target) => readonly Expectation[];
  readonly settle_s: number;
  /** Only the pace of a resync: see paceKey. */
  readonly pace?: true;
  /** What it overwrites can be kept in a snapshot. */
  readonly keeps?: true;
}

/** Under way, or over since the last time that is known of: a small volume is done before anybody looks. */
function begun({ context, rows, resource, host }: Target, what: "verify" | "resync"): Expectation {
  const minors = rows.flatMap(({ minor }) => minor[hostIndex(context, host)] ?? []);
  const after_ms = kernelSaid(context.state, host, { resource, minors }, over[what]).at(-1)?.at_ms ?? 0;
  return { kind: "drbd_begun", host, resource, what, minors, after_ms };
}

const here = (want: Want) => (target: Target) => [expectation(target, target.host, want)];
const verbs: readonly Verb[] = [
  {
    id: "disconnect",
    title: "disconnect",
    letter: "s",
    description: "Stop replicating a resource",
    goal: ({ resource, host }) => `disconnect ${resource} on ${host}`,
    risk: "disruptive",
    undo: ({ resource }) => `drbd connect ${resource}: it copies what was missed`,
    checks: (target) => [
      sideCheck(target, target.host, "not StandAlone", ({ connection }) => connection !== "StandAlone" && connection !== ""),
      partingCheck(target),
      ...policyChecks(target),
      ...oneCopyCheck(target, "its resync stops half-way: the target stays Inconsistent, with one good copy, until it is connected again"),
    ],
    before: (target) => {
      const [side] = sides(target, target.host);
      if (side === undefined || !connected(side)) return {};
      // Who writes is who wrote when it was judged, on a disk of its own.
      return {
        ...(side.role === "Primary" ? { role: "Primary" as const, disk: ["UpToDate"] } : { role: "Secondary" as const }),
        ...(side.peer_role === "Primary"
          ? { peer_role: "Primary" as const, peer_disk: ["UpToDate"] }
          : { peer_role: "Secondary" as const }),
      };
    },
    after: here({ connection: ["StandAlone"] }),
    settle_s: 20,
  },
  {
    id: "pause-sync",
    title: "pause resync",
    letter: "p",
    description: "Hold a resync",
    goal: ({ resource, host }) => `hold the resync of ${resource} on ${host}`,
    risk: "routine",
    undo: ({ resource, host }) => `drbd resume-sync ${resource} --on ${host}`,
    checks: (target) => [
      sideCheck(target, target.host, "connected", connected),
      resyncing(target)
        ? check("resync", "warn", "until it is resumed there is one good copy")
        : check("resync", "warn", "nothing is resynced now: what becomes out of sync later will wait until it is resumed"),
    ],
    before: () => ({ connection: ["Connected"], paused_here: false }),
    after: here({ paused_here: true }),
    settle_s: 10,
    pace: true,
  },
  {
    id: "resume-sync",
    title: "resume resync",
    letter: "r",
    description: "Let a held resync go on",
    goal: ({ resource, host }) => `let the resync of ${resource} go on, on ${host}`,
    risk: "routine",
    undo: ({ resource, host }) => `drbd pause-sync ${resource} --on ${host}`,
    checks: (target) => [
      sideCheck(target, target.host, "connected", connected),
      resumeCheck(target),
      ...(pausedBy(target, target.peer)
        ? [check("paused", "warn", `it is paused on ${target.peer} too, and goes on only once it is resumed there`)]
        : []),
    ],
    before: () => ({ paused_here: true }),
    after: here({ paused_here: false }),
    settle_s: 10,
    pace: true,
  },
  {
    id: "secondary",
    title: "make Secondary",
    letter: "b",
    description: "Give up the Primary role",
    goal: ({ resource, host }) => `make ${resource} Secondary on ${host}`,
    risk: "disruptive",
    undo: ({ resource, host }) => `drbd primary ${resource} --on ${host}`,
    checks: (target) => [unusedCheck(target, target.host), sideCheck(target, target.host, "Primary", ({ role }) => role === "Primary")],
    before: () => ({ role: "Primary" }),
    after: here({ role: "Secondary" }),
    settle_s: 10,
  },
  {
    id: "primary",
    title: "make Primary",
    letter: "a",
    description: "Take the Primary role, where no other has it",
    goal: ({ resource, host }) => `make ${resource} Primary on ${host}`,
    risk: "disruptive",
    undo: ({ resource, host }) => `drbd secondary ${resource} --on ${host}`,
    checks: (target) => [
      noSplit(target),
      answersCheck(target.context, target.peer),
      sideCheck(
        target,
        target.host,
        "Connected, UpToDate and Secondary",
        (side) => connected(side) && whole(side) && side.role === "Secondary",
      ),
      sideCheck(target, target.peer, "Secondary", ({ role }) => role === "Secondary"),
      ...(isNine(target.context, target.host) === true
        ? [check("auto_promote", "warn", "DRBD 9 promotes by itself when the device is opened: this is seldom needed")]
        : []),
    ],
    before: () => ({ role: "Secondary", peer_role: "Secondary", connection: ["Connected"], disk: ["UpToDate"] }),
    after: here({ role: "Primary" }),
    settle_s: 10,
  },
  {
    id: "attach",
    title: "attach disk",
    letter: "t",
    description: "Attach a resource's disk again",
    goal: ({ resource, host }) => `attach the disk of ${resource} on ${host}`,
    risk: "routine",
    undo: ({ resource, host }) => `drbd detach ${resource} --on ${host}`,
    checks: (target) => [
      sideCheck(target, target.host, "Diskless", ({ disk }) => disk === "Diskless"),
      ...backingChecks(target),
      ...(sides(target, target.host).every(connected)
        ? []
        : [check("peer", "warn", `it isn't connected: what ${target.peer} has written meanwhile is missing from it until it is`)]),
    ],
    before: () => ({ disk: ["Diskless"] }),
    after: here({ disk: ["Inconsistent", "Outdated", "Consistent", "UpToDate"] }),
    settle_s: 30,
  },
  {
    id: "detach",
    title: "detach disk",
    letter: "h",
    description: "Take a resource's disk away; its guest goes on over the network",
    goal: ({ resource, host }) => `detach the disk of ${resource} on ${host}`,
    risk: "disruptive",
    undo: ({ resource, host }) => `drbd attach ${resource} --on ${host}: it copies what it missed`,
    checks: (target) => [
      sideCheck(target, target.host, "Connected", connected),
      sideCheck(target, target.host, `its peer UpToDate, as ${target.host} sees it`, ({ peer_disk }) => peer_disk === "UpToDate"),
      sideCheck(target, target.peer, "UpToDate: the other copy stays", whole),
      check("copies", "warn", `until it is attached again, the only good copy is ${target.peer}'s`),
    ],
    before: () => ({ connection: ["Connected"], peer_disk: ["UpToDate"] }),
    after: here({ disk: ["Diskless"] }),
    settle_s: 20,
  },
  {
    id: "verify",
    title: "verify",
    letter: "v",
    description: "Compare both copies block by block; marks what differs, repairs nothing",
    goal: ({ resource, host }) => `begin to verify ${resource} from ${host}`,
    risk: "routine",
    undo: ({ resource, host }) =>
      `drbd disconnect ${resource} --on ${host}, then drbd connect ${resource}: that ends it, and copies what it found`,
    checks: (target) => [
      verifyAlgCheck(target),
      sideCheck(
        target,
        target.host,
        "Connected, UpToDate, nothing under way",
        (side) => connected(side) && whole(side) && side.peer_disk === "UpToDate" && side.replication === "Established",
      ),
    ],
    before: () => ({ replication: ["Established"] }),
    // A small one is over before it is looked at: then the kernel has said so.
    after: (target) => [begun(target, "verify")],
    settle_s: 20,
  },
  {
    id: "invalidate",
    title: "invalidate",
    letter: "I",
    description: "Copy everything anew from the other host",
    goal: ({ resource, host, peer }) => `give up the copy of ${resource} on ${host} and copy it anew from ${peer}`,
    risk: "data_loss",
    undo: () => "can't be undone",
    loses: ({ rows, resource, host, peer }) =>
      rows.map(
        (row) =>
          `the copy of ${row.key} on ${host}: ${sizeOf(row.size_kib)}; until it is copied, ${peer} has the only good copy of ${resource}`,
      ),
    checks: (target) => [
      noSplit(target),
      unusedCheck(target, target.host),
      sideCheck(
        target,
        target.host,
        "Connected, Secondary, nothing under way",
        (side) => connected(side) && side.role === "Secondary" && side.replication === "Established",
      ),
      sideCheck(target, target.host, `its peer UpToDate, as ${target.host} sees it`, ({ peer_disk }) => peer_disk === "UpToDate"),
      sideCheck(target, target.peer, "UpToDate: the copy that stays", whole),
    ],
    before: () => ({ role: "Secondary", connection: ["Connected"], replication: ["Established"], peer_disk: ["UpToDate"] }),
    after: (target) => [begun(target, "resync")],
    settle_s: 20,
    keeps: true,
  },
];

const typed = ({ id, risk }: Verb, { resource, host }: Target) => {
  if (risk === "routine") return {};
  if (risk === "disruptive") return { typed: { word: resource, what: "the resource's name" } };
  return { typed: { word: `${id} ${resource} on ${host}`, what: "what is to be given up" } };
};

const nothingKept: Kept = { checks: [], steps: [], loses: [] };

const actionOf = (verb: Verb): Action => ({
  id: `drbd ${verb.id}`,
  title: verb.title,
  description: verb.description,
  on: "resource",
  letter: verb.letter,
  risk: verb.risk,
  marked: false,
  args: verb.keeps === true ? [RESOURCE, ON, SNAPSHOT] : [RESOURCE, ON],
  plan: (context, args) => {
    const target = targetOf(context, args.resource ?? "", args.on ?? "");
    if ("refused" in target) return target;
    const { resource, host } = target;
    const goal = verb.goal(target);
    const kept = verb.keeps === true ? snapshotBefore(target, { wanted: args.snapshot ?? "no", overwritten: "all" }) : nothingKept;
    if ("refused" in kept) return kept;
    const own: PlanStep = step({
      id: verb.id,
      title: goal,
      host,
      argv: drbdadm(target, verb.id),
      before: [expectation(target, host, verb.before(target)), ...(verb.pace === true ? [] : guestsStay(target))],
      after: verb.after(target),
      undo: verb.undo(target),
      risk: verb.risk,
      no_return: verb.risk === "data_loss",
      settle_s: verb.settle_s,
    });
    return planOf({
      request: {
        action: `drbd ${verb.id}`,
        args: { resource, on: host, ...(args.snapshot === undefined ? {} : { snapshot: args.snapshot }) },
      },
      goal,
      risk: verb.risk,
      ...typed(verb, target),
      loses: [...(verb.loses?.(target) ?? []), ...kept.loses],
      keys: [verb.pace === true ? paceKey(resource) : resourceKey(resource)],
      hosts: taking(target),
      checks: [answersCheck(context, host), ...verb.checks(target), ...kept.checks],
      steps: [...kept.steps, own],
    });
  },
});

export const drbdVerbs: readonly Action[] = verbs.map(actionOf);
