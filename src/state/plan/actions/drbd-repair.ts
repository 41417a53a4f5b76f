/**
 * The guided repair of a split brain: both sides' evidence, no default victim, what it would lose, a snapshot of it, and the way to UpToDate.
 * The victim gives up what it wrote since the split (`connect --discard-my-data`) and copies the survivor's.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import { type Action, answersCheck, both, check, hostIndex, planOf, refuse, step } from "../action.ts";
import type { Expectation } from "../expect.ts";
import { clockText, sizeOf } from "../facts.ts";
import type { PlanCheck, PlanStep } from "../plan.ts";
import { differs, evidenceChecks, timesOf } from "./drbd-evidence.ts";
import { overwrittenBy, SNAPSHOT, snapshotBefore } from "./drbd-snapshot.ts";
import {
  drbdadm,
  expectation,
  isNine,
  isSplit,
  RESOURCE,
  resourceKey,
  sideCheck,
  sides,
  standAlone,
  type Target,
  targetOf,
  unusedCheck,
  type Want,
  whole,
} from "./drbd-target.ts";

const LOST_UNDO = "can't be undone but from the snapshot, where one was taken";

/** Nothing may write there, and nothing may be connected, before anything is given up. */
function quietSteps(target: Target): readonly PlanStep[] {
  const { host: victim, resource } = target;
  const want = (what: Want): Expectation => expectation(target, victim, what);
  const mine = sides(target, victim);
  const disconnect = step({
    id: "disconnect",
    title: `disconnect ${resource} on ${victim}`,
    host: victim,
    argv: drbdadm(target, "disconnect"),
    before: [],
    after: [want({ connection: ["StandAlone"] })],
    undo: `drbd connect ${resource}`,
    risk: "routine",
  });
  const secondary = step({
    id: "secondary",
    title: `make ${resource} Secondary on ${victim}`,
    host: victim,
    argv: drbdadm(target, "secondary"),
    before: [want({ role: "Primary" })],
    after: [want({ role: "Secondary" })],
    undo: `drbdadm primary ${resource} on ${victim}`,
    risk: "disruptive",
  });
  return [...(mine.every(standAlone) ? [] : [disconnect]), ...(mine.some(({ role }) => role === "Primary") ? [secondary] : [])];
}

function joinSteps(target: Target): readonly PlanStep[] {
  const { context, host: victim, peer: survivor, resource } = target;
  const want = (host: HostId, what: Want): Expectation => expectation(target, host, what);
  const survivor_alone = sides(target, survivor).some(standAlone);
  const discard = step({
    id: "discard",
    title: `connect ${resource} on ${victim}, giving up its data`,
    host: victim,
    argv: drbdadm(target, "connect", "--discard-my-data"),
    before: [want(victim, { role: "Secondary", connection: ["StandAlone"] }), want(survivor, { disk: ["UpToDate"] })],
    after: [want(victim, { connection: survivor_alone ? ["Connecting", "Unconnected", "Connected"] : ["Connected"] })],
    undo: LOST_UNDO,
    risk: "data_loss",
    no_return: true,
    settle_s: 60,
  });
  const connect = step({
    id: "connect",
    title: `connect ${resource} on ${survivor}`,
    host: survivor,
    argv: drbdadm({ context, host: survivor, resource }, "connect"),
    before: [want(survivor, { connection: ["StandAlone"], disk: ["UpToDate"] })],
    after: [want(survivor, { connection: ["Connected"], disk: ["UpToDate"] }), want(victim, { connection: ["Connected"] })],
    undo: `drbd disconnect ${resource} --on ${survivor}`,
    risk: "routine",
    settle_s: 60,
  });
  return [discard, ...(survivor_alone ? [connect] : [])];
}

/** A resync's time, where nothing better is known, for the word "it takes long" alone. */
const USUAL_KIB_S = 20_000;

/** As long as it takes: the command returns once nothing is copied any more, and DRBD itself copies on whatever becomes of the console. */
function watchSteps(target: Target): readonly PlanStep[] {
  const { context, host: victim, peer: survivor, resource, rows } = target;
  const at = hostIndex(context, victim);
  const argvs =
    isNine(context, victim) === false
      ? rows.map((row) => ["drbdsetup", "wait-sync", String(row.minor[at] ?? "")])
      : [["drbdsetup", "wait-sync-resource", resource]];
  // By the whole device: what differs grows while the survivor's guest writes, and what is confirmed must stay what is run.
  const kib = rows.reduce((sum, { size_kib = 0 }) => sum + size_kib, 0);
  return argvs.map((argv, index) => {
    const last = index === argvs.length - 1;
    const whole_there = { connection: ["Connected"], replication: ["Established"], disk: ["UpToDate"], peer_disk: ["UpToDate"] };
    return step({
      id: `watch-${index}`,
      title: `wait until ${argvs.length > 1 ? rows[index]?.key : resource} is UpToDate on ${victim}`,
      host: victim,
      argv,
      before: [expectation(target, victim, { connection: ["Connected"] })],
      after: last
        ? [expectation(target, victim, whole_there), expectation(target, survivor, whole_there)]
        : [expectation(target, victim, { connection: ["Connected"] })],
      undo: "nothing to undo: it only waits",
      risk: "routine",
      usual_s: 10 + Math.ceil(kib / USUAL_KIB_S),
      settle_s: 60,
    });
  });
}

/** Other disks of the same guests that aren't split: together with the survivor's copy they may not be of one moment. */
function siblingChecks({ context, rows, resource }: Target): readonly PlanCheck[] {
  const keys = new Set(rows.flatMap(({ guests }) => guests));
  const others = context.view.drbd.filter((row) => row.resource !== resource && row.guests.some((guest) => keys.has(guest)));
  return others.length === 0
    ? []
    : [
        check(
          "siblings",
          "warn",
          `${others.map(({ key }) => key).join(", ")} of the same guest stay as they are: see that they fit together`,
        ),
      ];
}

/** Each volume's loss, since when. Fixed once the victim's guest is stopped, so that it is the same when it is planned again. */
function losses(target: Target): readonly string[] {
  const { host: victim, resource } = target;
  const { began_ms } = timesOf(target, victim);
  const since = began_ms === undefined ? "since the split" : `since ${clockText(began_ms)}`;
  return [`everything written to ${resource} on ${victim} ${since}: ${sizeOf(differs(target, victim))}`];
}

export const repair: Action = {
  id: "drbd repair",
  title: "repair split brain",
  description: "End a split brain: give up the data of the named host since the split, and copy it from the other",
  on: "resource",
  letter: "R",
  risk: "data_loss",
  marked: false,
  args: [RESOURCE, { name: "discard", optional: false, kind: "host", prompt: "whose data is given up" }, SNAPSHOT],
  plan: (context, args) => {
    const target = targetOf(context, args.resource ?? "", args.discard ?? "");
    if ("refused" in target) return target;
    const { resource, host: victim, peer: survivor } = target;
    if (!isSplit(target)) return refuse(`${resource} is not split`, "drbd connect connects what is only disconnected");
    const kept = snapshotBefore(target, { wanted: args.snapshot ?? "yes", overwritten: overwrittenBy(target) });
    if ("refused" in kept) return kept;
    return planOf({
      request: {
        action: "drbd repair",
        args: { resource, discard: victim, ...(args.snapshot === undefined ? {} : { snapshot: args.snapshot }) },
      },
      goal: `end the split brain of ${resource}: ${survivor}'s data stays, ${victim}'s is given up`,
      risk: "data_loss",
      typed: { word: `discard ${victim}`, what: `whose data of ${resource} is given up` },
      loses: [...losses(target), ...kept.loses],
      keys: [resourceKey(resource)],
      hosts: both(context.view),
      checks: [
        answersCheck(context, victim),
        answersCheck(context, survivor),
        ...evidenceChecks(target),
        unusedCheck(target, victim),
        sideCheck(target, victim, "with a disk", ({ disk }) => disk !== "Diskless" && disk !== "Failed" && disk !== ""),
        sideCheck(target, survivor, "UpToDate: the copy that stays", whole),
        ...siblingChecks(target),
        ...kept.checks,
      ],
      steps: [...quietSteps(target), ...kept.steps, ...joinSteps(target), ...watchSteps(target)],
      ...(kept.steps.length === 0
        ? {}
        : {
            next: `look at what ${resource} holds; the snapshot is in the way of nothing, but fills: drbd forget ${resource} --on ${victim}`,
          }),
    });
  },
};
