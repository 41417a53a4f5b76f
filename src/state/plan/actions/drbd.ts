/** One DRBD resource: connect, disconnect, primary, secondary, attach, detach, verify, pause and resume a resync, invalidate, and split-brain repair. */
import type { HostId } from "../../../xen/model/ids.ts";
import type { DrbdRow, DrbdSide } from "../../view-model.ts";
import {
  type Action,
  answersCheck,
  both,
  check,
  hostIndex,
  hostNamed,
  otherHost,
  type PlanContext,
  planOf,
  refuse,
  resourceNamed,
  step,
} from "../action.ts";
import type { Expectation } from "../expect.ts";
import { leaseKey, type PlanCheck, type PlanStep, type Refusal } from "../plan.ts";

const RESOURCE = { name: "resource", optional: false, kind: "resource", prompt: "which resource" } as const;
const ON = { name: "on", optional: false, kind: "host", prompt: "on which host" } as const;

type DrbdExpectation = Extract<Expectation, { readonly kind: "drbd" }>;
type Want = Omit<DrbdExpectation, "kind" | "host" | "resource">;

interface Target {
  readonly context: PlanContext;
  readonly rows: readonly DrbdRow[];
  readonly resource: string;
  readonly host: HostId;
  readonly peer: HostId;
}

const sideOf = (row: DrbdRow, host: HostId): DrbdSide | undefined => row.sides.find((side) => side.host === host);
const sides = ({ rows }: Target, host: HostId): readonly DrbdSide[] => rows.flatMap((row) => sideOf(row, host) ?? []);
const gib = (kib: number | undefined): string => (kib === undefined ? "an unknown amount" : `${(kib / 1024 / 1024).toFixed(1)} GiB`);

/** Every volume's side on `host` is as wanted, freshly read. */
function sideCheck(target: Target, host: HostId, what: string, fits: (side: DrbdSide) => boolean): PlanCheck {
  const found = sides(target, host);
  const evidence = found.map((side) => side.evidence);
  if (found.length === 0 || evidence.some(({ freshness }) => freshness !== "fresh"))
    return check("drbd", "unknown", `${target.resource} on ${host}: not freshly read`, evidence);
  const text = `${target.resource} on ${host}: ${what}`;
  return found.every((side) => side.present && fits(side))
    ? check("drbd", "pass", text, evidence)
    : check("drbd", "fail", `not so: ${text}`, evidence);
}

/** No domain on `host` uses it. */
function unusedCheck({ context, rows, resource }: Target, host: HostId): PlanCheck {
  const keys = new Set(rows.flatMap(({ guests }) => guests));
  const there = context.view.guests.filter(({ key, placements }) => keys.has(key) && placements.some((each) => each.host === host));
  const evidence = context.view.hosts[hostIndex(context, host)].readings.filter(({ reading }) => reading === "xl-list");
  return there.length === 0
    ? check("guest", "pass", `no guest on ${host} uses ${resource}`, evidence)
    : check("guest", "fail", `${there.map(({ name }) => name).join(", ")} on ${host} uses ${resource}`, evidence);
}

const noSplit = ({ rows, resource }: Target): PlanCheck =>
  rows.some(({ split_brain }) => split_brain !== undefined)
    ? check("drbd", "fail", `${resource} is split: one side's data has to be given up first (drbd repair)`)
    : check("drbd", "pass", `${resource} is not split`);

const standAlone = ({ connection }: DrbdSide): boolean => connection === "StandAlone" || connection === "";
const connected = ({ connection }: DrbdSide): boolean => connection === "Connected";
const whole = ({ disk }: DrbdSide): boolean => disk === "UpToDate";

interface Verb extends Pick<Action, "title" | "letter" | "description" | "risk"> {
  readonly id: string;
  readonly goal: (target: Target) => string;
  readonly undo: (target: Target) => string;
  readonly loses: (target: Target) => readonly string[];
  readonly checks: (target: Target) => readonly PlanCheck[];
  readonly argv: (resource: string) => readonly string[];
  readonly before: Want;
  readonly after: Want;
  readonly settle_s: number;
}

const nothing = (): readonly string[] => [];
const said = (word: string) => (resource: string) => ["drbdadm", word, resource];

const verbs: readonly Verb[] = [
  {
    id: "disconnect",
    title: "disconnect",
    letter: "s",
    description: "Stop replicating a resource",
    goal: ({ resource, host }) => `disconnect ${resource} on ${host}`,
    risk: "disruptive",
    undo: ({ resource }) => `connect ${resource} again`,
    loses: nothing,
    checks: (target) => [sideCheck(target, target.host, "not StandAlone", (side) => !standAlone(side))],
    argv: said("disconnect"),
    before: {},
    after: { connection: ["StandAlone"] },
    settle_s: 20,
  },
  {
    id: "pause-sync",
    title: "pause resync",
    letter: "p",
    description: "Hold a resync",
    goal: ({ resource, host }) => `hold the resync of ${resource} on ${host}`,
    risk: "routine",
    undo: ({ resource }) => `resume-sync ${resource}`,
    loses: nothing,
    checks: (target) => [sideCheck(target, target.host, "connected", connected)],
    argv: said("pause-sync"),
    before: { connection: ["Connected"], paused_here: false },
    after: { paused_here: true },
    settle_s: 10,
  },
  {
    id: "resume-sync",
    title: "resume resync",
    letter: "r",
    description: "Let a held resync go on",
    goal: ({ resource, host }) => `let the resync of ${resource} go on, on ${host}`,
    risk: "routine",
    undo: ({ resource }) => `pause-sync ${resource}`,
    loses: nothing,
    checks: (target) => [sideCheck(target, target.host, "connected", connected)],
    argv: said("resume-sync"),
    before: { paused_here: true },
    after: { paused_here: false },
    settle_s: 10,
  },
  {
    id: "secondary",
    title: "make Secondary",
    letter: "b",
    description: "Give up the Primary role",
    goal: ({ resource, host }) => `make ${resource} Secondary on ${host}`,
    risk: "disruptive",
    undo: ({ resource, host }) => `make ${resource} Primary on ${host} again`,
    loses: nothing,
    checks: (target) => [unusedCheck(target, target.host), sideCheck(target, target.host, "Primary", ({ role }) => role === "Primary")],
    argv: said("secondary"),
    before: { role: "Primary" },
    after: { role: "Secondary" },
    settle_s: 10,
  },
  {
    id: "primary",
    title: "make Primary",
    letter: "a",
    description: "Take the Primary role, where no other has it",
    goal: ({ resource, host }) => `make ${resource} Primary on ${host}`,
    risk: "disruptive",
    undo: ({ resource, host }) => `make ${resource} Secondary on ${host} again`,
    loses: nothing,
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
    ],
    argv: said("primary"),
    before: { role: "Secondary", peer_role: "Secondary", connection: ["Connected"], disk: ["UpToDate"] },
    after: { role: "Primary" },
    settle_s: 10,
  },
  {
    id: "attach",
    title: "attach disk",
    letter: "t",
    description: "Attach a resource's disk again",
    goal: ({ resource, host }) => `attach the disk of ${resource} on ${host}`,
    risk: "routine",
    undo: ({ resource }) => `detach ${resource}`,
    loses: nothing,
    checks: (target) => [sideCheck(target, target.host, "Diskless", ({ disk }) => disk === "Diskless")],
    argv: said("attach"),
    before: { disk: ["Diskless"] },
    after: { disk: ["Inconsistent", "Outdated", "Consistent", "UpToDate"] },
    settle_s: 30,
  },
  {
    id: "detach",
    title: "detach disk",
    letter: "h",
    description: "Take a resource's disk away; its guest goes on over the network",
    goal: ({ resource, host }) => `detach the disk of ${resource} on ${host}`,
    risk: "disruptive",
    undo: ({ resource }) => `attach ${resource}: it copies what it missed`,
    loses: nothing,
    checks: (target) => [
      sideCheck(target, target.host, "Connected", connected),
      sideCheck(target, target.peer, "UpToDate: the other copy stays", whole),
    ],
    argv: said("detach"),
    before: { connection: ["Connected"], peer_disk: ["UpToDate"] },
    after: { disk: ["Diskless"] },
    settle_s: 20,
  },
  {
    id: "verify",
    title: "verify",
    letter: "v",
    description: "Compare both copies block by block",
    goal: ({ resource, host }) => `verify ${resource} from ${host}`,
    risk: "routine",
    undo: ({ resource }) => `disconnect and connect ${resource} ends it`,
    loses: nothing,
    checks: (target) => [
      sideCheck(
        target,
        target.host,
        "Connected, UpToDate, nothing under way",
        (side) => connected(side) && whole(side) && side.replication === "Established",
      ),
    ],
    argv: said("verify"),
    before: { replication: ["Established"] },
    after: { replication: ["VerifyS", "VerifyT"] },
    settle_s: 20,
  },
  {
    id: "invalidate",
    title: "invalidate",
    letter: "I",
    description: "Copy everything anew from the other host",
    goal: ({ resource, host }) => `give up the copy of ${resource} on ${host} and copy it anew from the other host`,
    risk: "data_loss",
    undo: () => "can't be undone",
    loses: ({ rows, resource, host }) =>
      rows.map((row) => `the copy of ${row.key} on ${host}: ${gib(row.size_kib)}; until it is copied, ${resource} has one good copy`),
    checks: (target) => [
      noSplit(target),
      unusedCheck(target, target.host),
      sideCheck(target, target.host, "Connected and Secondary", (side) => connected(side) && side.role === "Secondary"),
      sideCheck(target, target.peer, "UpToDate: the copy that stays", whole),
    ],
    argv: said("invalidate"),
    before: { role: "Secondary", connection: ["Connected"], peer_disk: ["UpToDate"] },
    after: {
      disk: ["Inconsistent", "UpToDate"],
      replication: ["SyncTarget", "PausedSyncT", "WFBitMapT", "WFSyncUUID", "StartingSyncT", "Established"],
    },
    settle_s: 20,
  },
];

function targetOf(context: PlanContext, args: Readonly<Record<string, string>>): Target | Refusal {
  const rows = resourceNamed(context, args.resource ?? "");
  if ("refused" in rows) return rows;
  const host = hostNamed(context, args.on ?? "");
  if ("refused" in host) return host;
  return { context, rows, resource: rows[0]?.resource ?? "", host: host.id, peer: otherHost(context, host.id) };
}

/** Hosts that answer: a journal can't be asked of others. */
const taking = ({ context, host }: Target): readonly HostId[] =>
  both(context.view).filter((id) => id === host || context.view.hosts[hostIndex(context, id)].reach === "live");

const expectation = (target: Target, host: HostId, want: Want): Expectation => ({ kind: "drbd", host, resource: target.resource, ...want });

const actionOf = (verb: Verb): Action => ({
  id: `drbd ${verb.id}`,
  title: verb.title,
  description: verb.description,
  on: "resource",
  letter: verb.letter,
  risk: verb.risk,
  marked: false,
  args: [RESOURCE, ON],
  plan: (context, args) => {
    const target = targetOf(context, args);
    if ("refused" in target) return target;
    const { resource, host } = target;
    const goal = verb.goal(target);
    return planOf({
      request: { action: `drbd ${verb.id}`, args: { resource, on: host } },
      goal,
      risk: verb.risk,
      ...(verb.risk === "routine"
        ? {}
        : verb.risk === "disruptive"
          ? { typed: { word: resource, what: "the resource's name" } }
          : { typed: { word: `${verb.id} ${resource} on ${host}`, what: "what is to be given up" } }),
      loses: verb.loses(target),
      keys: [leaseKey("drbd", resource)],
      hosts: taking(target),
      checks: [answersCheck(context, host), ...verb.checks(target)],
      steps: [
        step({
          id: verb.id,
          title: goal,
          host,
          argv: verb.argv(resource),
          before: [expectation(target, host, verb.before)],
          after: [expectation(target, host, verb.after)],
          undo: verb.undo(target),
          risk: verb.risk,
          no_return: verb.risk === "data_loss",
          settle_s: verb.settle_s,
        }),
      ],
    });
  },
});

/** `drbdadm connect` wherever it is StandAlone: ends Connected, or says why not. */
const connect: Action = {
  id: "drbd connect",
  title: "connect",
  description: "Connect a resource again",
  on: "resource",
  letter: "c",
  risk: "routine",
  marked: true,
  args: [RESOURCE],
  plan: (context, args) => {
    const rows = resourceNamed(context, args.resource ?? "");
    if ("refused" in rows) return rows;
    const resource = rows[0]?.resource ?? "";
    const hosts = both(context.view);
    const target: Target = { context, rows, resource, host: hosts[0], peer: hosts[1] };
    const alone = hosts.filter((host) => sides(target, host).some(standAlone));
    const steps = alone.map((host, at): PlanStep => {
      const last = at === alone.length - 1;
      return step({
        id: `connect-${hostIndex(context, host)}`,
        title: `connect ${resource} on ${host}`,
        host,
        argv: ["drbdadm", "connect", resource],
        before: [expectation(target, host, { connection: ["StandAlone"] })],
        after: [expectation(target, host, { connection: last ? ["Connected"] : ["Connecting", "Connected", "Unconnected"] })],
        undo: `disconnect ${resource}`,
        risk: "routine",
        settle_s: 30,
      });
    });
    return planOf({
      request: { action: "drbd connect", args: { resource } },
      goal: `connect ${resource}`,
      risk: "routine",
      keys: [leaseKey("drbd", resource)],
      hosts,
      checks: [
        ...hosts.map((host) => answersCheck(context, host)),
        noSplit(target),
        ...(alone.length === 0 ? [check("drbd", "fail", `${resource} is StandAlone on neither host: there is nothing to connect`)] : []),
      ],
      steps,
    });
  },
};

/** The guided repair: the operator names the side whose data is given up; there is no default. */
const repair: Action = {
  id: "drbd repair",
  title: "repair split brain",
  description: "End a split brain: give up the data of the named host since the split, and copy it from the other",
  on: "resource",
  letter: "R",
  risk: "data_loss",
  marked: false,
  args: [RESOURCE, { name: "discard", optional: false, kind: "host", prompt: "whose data is given up" }],
  plan: (context, args) => {
    const target = targetOf(context, { ...args, on: args.discard ?? "" });
    if ("refused" in target) return target;
    const { resource, host: victim, peer: survivor, rows } = target;
    if (rows.every(({ split_brain }) => split_brain === undefined))
      return refuse(`${resource} is not split`, "drbd connect connects what is only disconnected");
    const want = (host: HostId, what: Want): Expectation => expectation(target, host, what);
    const lost = (host: HostId): string => gib(sides(target, host).reduce((sum, { out_of_sync_kib }) => sum + (out_of_sync_kib ?? 0), 0));
    const common = { risk: "data_loss", undo: "can't be undone" } as const;
    const survivor_alone = sides(target, survivor).some(standAlone);
    const steps: PlanStep[] = [
      ...(sides(target, victim).every(standAlone)
        ? []
        : [
            step({
              id: "disconnect",
              title: `disconnect ${resource} on ${victim}`,
              host: victim,
              argv: ["drbdadm", "disconnect", resource],
              before: [],
              after: [want(victim, { connection: ["StandAlone"] })],
              undo: `connect ${resource}`,
              risk: "routine",
            }),
          ]),
      ...(sides(target, victim).some(({ role }) => role === "Primary")
        ? [
            step({
              id: "secondary",
              title: `make ${resource} Secondary on ${victim}`,
              host: victim,
              argv: ["drbdadm", "secondary", resource],
              before: [want(victim, { role: "Primary" })],
              after: [want(victim, { role: "Secondary" })],
              undo: `make it Primary on ${victim} again`,
              risk: "disruptive",
            }),
          ]
        : []),
      step({
        ...common,
        id: "discard",
        title: `connect ${resource} on ${victim}, giving up its data`,
        host: victim,
        argv: ["drbdadm", "connect", "--discard-my-data", resource],
        before: [want(victim, { role: "Secondary", connection: ["StandAlone"] }), want(survivor, { disk: ["UpToDate"] })],
        after: [want(victim, { connection: survivor_alone ? ["Connecting", "Unconnected", "Connected"] : ["Connected"] })],
        no_return: true,
        settle_s: 60,
      }),
      ...(survivor_alone
        ? [
            step({
              id: "connect",
              title: `connect ${resource} on ${survivor}`,
              host: survivor,
              argv: ["drbdadm", "connect", resource],
              before: [want(survivor, { connection: ["StandAlone"], disk: ["UpToDate"] })],
              after: [want(survivor, { connection: ["Connected"], disk: ["UpToDate"] })],
              undo: `disconnect ${resource}`,
              risk: "routine",
              settle_s: 60,
            }),
          ]
        : []),
    ];
    return planOf({
      request: { action: "drbd repair", args: { resource, discard: victim } },
      goal: `end the split brain of ${resource}: ${survivor}'s data stays, ${victim}'s is given up`,
      risk: "data_loss",
      typed: { word: `discard ${resource} on ${victim}`, what: "what is given up" },
      loses: [
        `everything written to ${resource} on ${victim} since the split (${lost(victim)} differ)`,
        `${survivor} has ${lost(survivor)} of its own, which stay`,
      ],
      keys: [leaseKey("drbd", resource)],
      hosts: both(context.view),
      checks: [
        answersCheck(context, victim),
        answersCheck(context, survivor),
        unusedCheck(target, victim),
        sideCheck(target, survivor, "UpToDate: the copy that stays", whole),
      ],
      steps,
    });
  },
};

export const drbdActions: readonly Action[] = [connect, ...verbs.map(actionOf), repair];
