/**
 * Clears up what a migration left, by the one rule (2-domain, Resolve): of {A:X, A:X--migratedaway, B:X--incoming, B:X} at most one may run. What may
 * not is ended first and seen to be gone, and only then what may is let go on. Where both hosts' facts aren't complete, or an xl still works at
 * it, nothing is done.
 */
import type { HostId } from "../../../xen/model/ids.ts";
import type { DrbdRow, GuestRow, Placement } from "../../view-model.ts";
import {
  type Action,
  answersCheck,
  both,
  check,
  drbdUnder,
  guestNamed,
  hostNamed,
  keysOf,
  orRefuse,
  otherHost,
  type PlanContext,
  planOf,
  refuse,
  resourcesUnder,
  step,
} from "../action.ts";
import type { Given } from "../arguments.ts";
import type { Expectation } from "../expect.ts";
import type { Plan, PlanCheck, PlanStep, Refusal, Risk } from "../plan.ts";
import { ableChecks, ableLooks } from "./able.ts";
import { GUEST, isActive } from "./guest-parts.ts";
import { asksProcesses, endTransport, isReceiver, isSender, noSender, processLook, xlProcesses } from "./xl-sender.ts";

/** Standing still for a shorter time is how every migration ends. */
const STANDING_MIN_S = 60;
/** `xl resume` came with it. */
const RESUME_SINCE = { major: 4, minor: 20 } as const;

interface Left {
  readonly guest: GuestRow;
  readonly uuid: string;
  readonly running: readonly Placement[];
  /** Suspended under its own name. */
  readonly standing: readonly Placement[];
  readonly husks: readonly Placement[];
  readonly shells: readonly Placement[];
  readonly strange: readonly Placement[];
}

const isSuspended = ({ flags }: Placement): boolean => flags[3] === "s" && flags[4] === "s";

function leftOf(guest: GuestRow, uuid: string): Left {
  const own = guest.placements.filter(({ migration }) => migration === "none");
  return {
    guest,
    uuid,
    running: own.filter(isActive),
    standing: own.filter((each) => !isActive(each) && isSuspended(each)),
    husks: guest.placements.filter(({ migration }) => migration === "migrated_away"),
    shells: guest.placements.filter(({ migration }) => migration === "incoming"),
    strange: own.filter((each) => !isActive(each) && !isSuspended(each)),
  };
}

/** What is to be done, and what it costs. */
interface Way {
  readonly goal: string;
  readonly steps: readonly PlanStep[];
  readonly risk: Risk;
  readonly loses: readonly string[];
  readonly notes?: readonly string[];
  readonly next?: string;
}

interface At {
  readonly context: PlanContext;
  readonly left: Left;
  readonly rows: readonly DrbdRow[];
  readonly keep: HostId | undefined;
}

const secondary = (host: HostId, rows: readonly DrbdRow[]): readonly Expectation[] =>
  resourcesUnder(rows).map((resource) => ({ kind: "drbd", host, resource, role: "Secondary" }) as const);

function canResume({ state }: PlanContext, host: HostId): boolean {
  const known = state.hosts.get(host)?.facts["xl-info"];
  const { xen_major = 0, xen_minor = 0 } = known?.state === "known" ? known.value : {};
  return xen_major > RESUME_SINCE.major || (xen_major === RESUME_SINCE.major && xen_minor >= RESUME_SINCE.minor);
}

const suffixed = ({ left: { uuid } }: At, { host, name, domid }: Placement) => ({ host, uuid, name, domid });
const named = ({ left: { uuid, guest } }: At, host: HostId) => ({ host, uuid, name: guest.name });

/** Ends a part that doesn't run; what still holds its disks lets them go. */
function end(at: At, part: Placement, before: readonly Expectation[] = []): PlanStep {
  return step({
    id: `end-${part.domid}`,
    title: `destroy ${part.name} (domid ${part.domid}) on ${part.host}, which doesn't run`,
    host: part.host,
    argv: ["xl", "destroy", String(part.domid)],
    before: [{ kind: "guest_halted", ...suffixed(at, part) }, ...before],
    after: [{ kind: "guest_absent", ...named(at, part.host) }, ...secondary(part.host, at.rows)],
    undo: "can't be undone",
    risk: "disruptive",
    no_return: true,
  });
}

function rename(at: At, part: Placement): PlanStep {
  const { guest } = at.left;
  return step({
    id: "rename",
    title: `call ${part.name} ${guest.name} again on ${part.host}`,
    host: part.host,
    argv: ["xl", "rename", String(part.domid), guest.name],
    before: [
      { kind: "guest_halted", ...suffixed(at, part) },
      { kind: "guest_absent", ...named(at, otherHost(at.context, part.host)) },
    ],
    after: [{ kind: "guest_halted", ...named(at, part.host), domid: part.domid }],
    undo: `xl rename ${part.domid} ${part.name}`,
    risk: "routine",
  });
}

/** `resume` a suspended one, `unpause` one that was received whole. */
function goOn(at: At, { host, domid }: Placement, verb: "resume" | "unpause"): PlanStep {
  const { guest } = at.left;
  const other = otherHost(at.context, host);
  return step({
    id: verb,
    title: `let ${guest.name} go on on ${host}`,
    host,
    argv: ["xl", verb, String(domid)],
    before: [
      { kind: "guest_halted", ...named(at, host), domid },
      { kind: "guest_absent", ...named(at, other) },
    ],
    after: [
      { kind: "guest_runs", ...named(at, host), domid },
      { kind: "guest_absent", ...named(at, other) },
    ],
    undo: `pause ${guest.name}`,
    risk: "disruptive",
    no_return: true,
    settle_s: 30,
  });
}

const START = "start";
/** What is ended must be able to start again there. Its name and its memory are still its own. */
const againChecks = (context: PlanContext, guest: GuestRow, host: HostId): readonly PlanCheck[] =>
  ableChecks(context, guest, host, "start", ({ id }) => id !== "name" && id !== "memory");

function startAnew(at: At, host: HostId): PlanStep | Refusal {
  const { guest } = at.left;
  const path = guest.config_files.find((each) => each.host === host)?.path;
  if (path === undefined)
    return refuse(`${host} has no configuration of ${guest.name} to start it from`, "guest sync-config copies it there");
  const absent: readonly Expectation[] = both(at.context.view).map((each) => ({ kind: "guest_absent", ...named(at, each) }));
  return step({
    id: START,
    title: `start ${guest.name} on ${host}`,
    host,
    argv: ["xl", "create", path],
    before: absent,
    after: [
      { kind: "guest_runs", ...named(at, host) },
      { kind: "guest_absent", ...named(at, otherHost(at.context, host)) },
    ],
    undo: `shut ${guest.name} down again`,
    risk: "routine",
    usual_s: 30,
  });
}

/** Lets a suspended part go on, or, where this Xen can't, ends it and starts the guest as after a power cut. */
function revive(at: At, part: Placement, first: readonly PlanStep[]): Way | Refusal {
  const { guest } = at.left;
  if (canResume(at.context, part.host)) {
    const again = part.migration === "none" ? [] : [rename(at, part)];
    return {
      goal: `let ${guest.name} go on on ${part.host}, where it stands still`,
      steps: [...first, ...again, goOn(at, part, "resume")],
      risk: "disruptive",
      loses: [],
    };
  }
  const start = startAnew(at, part.host);
  if ("refused" in start) return start;
  return {
    goal: `end what stands still of ${guest.name} on ${part.host} and start it anew`,
    steps: [...first, end(at, part), start],
    risk: "data_loss",
    loses: [`what ${guest.name} has in its memory and hasn't written to its disks`],
    notes: [`xl resume came with Xen ${RESUME_SINCE.major}.${RESUME_SINCE.minor}: here a guest that stands still can't be let go on`],
  };
}

/** The target had it whole when the handshake was lost: either can go on, and one must be chosen. */
function handshake(at: At, husk: Placement, shell: Placement): Way | Refusal {
  const { guest } = at.left;
  const keep = at.keep ?? (canResume(at.context, husk.host) ? husk.host : undefined);
  if (keep === undefined)
    return refuse(
      `${guest.name} is whole on both hosts and runs on neither: which one goes on isn't said`,
      `--keep ${shell.host}: as it stood, on ${shell.host}; --keep ${husk.host}: started anew there, its memory is lost (this Xen has no xl resume)`,
    );
  if (keep === husk.host) return revive(at, husk, [end(at, shell)]);
  return {
    goal: `let ${guest.name} go on on ${shell.host}, which took it in whole`,
    steps: [end(at, husk), rename(at, shell), goOn(at, shell, "unpause")],
    risk: "disruptive",
    loses: [],
    notes: ["no xl watches it there: when it reboots or crashes it isn't started again by itself"],
  };
}

/** Both run: nothing may write any more, and a person decides. */
function twice(at: At, running: readonly Placement[]): Way {
  const { guest } = at.left;
  return {
    goal: `stop both ${guest.name}: it runs twice`,
    steps: running.map((each) =>
      step({
        id: `pause-${each.host}`.replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 60),
        title: `pause ${guest.name} on ${each.host}`,
        host: each.host,
        argv: ["xl", "pause", String(each.domid)],
        before: [{ kind: "guest_is", ...suffixed(at, each) }],
        after: [{ kind: "guest_paused", ...suffixed(at, each) }],
        undo: `xl unpause ${each.domid}`,
        risk: "disruptive",
        // The second is stopped though the first couldn't be.
        go_on: true,
      }),
    ),
    risk: "disruptive",
    loses: [],
    next: `decide which one is right: guest destroy ${guest.name} --on HOST ends the other, then unpause what is left; drbd repair if their disks have parted`,
  };
}

function wayOf(at: At): Way | Refusal {
  const { guest, running, standing, husks, shells, strange } = at.left;
  const { name } = guest;
  const [first] = strange;
  if (first !== undefined)
    return refuse(`${first.name} on ${first.host} is ${first.state.text}: no migration left that`, "look at it first");
  const total = running.length + standing.length + husks.length + shells.length;
  const hosts = new Set(guest.placements.map(({ host }) => host));
  if (total > 2 || hosts.size < total)
    return refuse(`${name} is there ${total} times on ${hosts.size} hosts`, "this is no state that xl migrate leaves: settle it by hand");
  const [run, run_too] = running;
  const [husk] = husks;
  const [shell] = shells;
  const [stood, stood_too] = standing;
  if (run !== undefined && run_too !== undefined) return twice(at, running);
  if (run !== undefined) {
    const part = husk ?? shell ?? stood;
    if (part === undefined) return refuse(`${name} runs on ${run.host} and nothing else is left of it`, "there is nothing to resolve");
    return {
      goal: `clear up ${part.name} on ${part.host}: ${name} runs on ${run.host}`,
      steps: [end(at, part, [{ kind: "guest_runs", ...suffixed(at, run) }])],
      risk: "disruptive",
      loses: [],
    };
  }
  if (stood !== undefined && stood_too === undefined) return revive(at, stood, shell === undefined ? [] : [end(at, shell)]);
  if (husk !== undefined && shell !== undefined) return handshake(at, husk, shell);
  if (husk !== undefined && husks.length === 1) return revive(at, husk, []);
  if (shell !== undefined && shells.length === 1)
    return {
      goal: `clear up ${shell.name} on ${shell.host}: nothing else is left of ${name}`,
      steps: [end(at, shell)],
      risk: "disruptive",
      loses: [],
      next: `guest start ${name}: it runs nowhere`,
    };
  return refuse(`nothing is left of ${name} that could be resolved`, "guest start starts it");
}

interface Alive {
  readonly checks: readonly PlanCheck[];
  /** The part that an xl still sends. */
  readonly sending: Placement | undefined;
}

/** An xl that works at it decides by itself; a silent one isn't a dead one. */
function alive(context: PlanContext, guest: GuestRow): Alive {
  let sending: Placement | undefined;
  const checks = both(context.view).flatMap((host): readonly PlanCheck[] => {
    const found = xlProcesses(context, host);
    const say = (result: PlanCheck["result"], text: string): readonly PlanCheck[] => [
      asksProcesses(context, host, check("xl", result, text)),
    ];
    if (found === undefined) return say("unknown", `whether an xl works at it on ${host} isn't known`);
    const own = guest.placements.filter((each) => each.host === host);
    const sender = found.find((each) => own.some((part) => isSender(each, part, guest.name)));
    if (sender !== undefined) {
      sending = own[0];
      return say("fail", `xl migrate lives on ${host} (pid ${sender.pid}): it may yet end by itself`);
    }
    const receiver = own.some(({ migration }) => migration === "incoming") ? found.find(isReceiver) : undefined;
    if (receiver !== undefined) return say("fail", `xl migrate-receive lives on ${host} (pid ${receiver.pid}): it may yet end by itself`);
    return say("pass", `no xl works at it on ${host}`);
  });
  return { checks, sending };
}

/** An xl that has waited at the handover for long: its connection is ended, so that both sides come to rest. */
function letRest(at: At, sending: Placement): Way | Refusal {
  const { guest, uuid } = at.left;
  if (isActive(sending) && sending.migration === "none")
    return refuse(`${guest.name} is being moved and runs on ${sending.host}`, "wait, or migrate abort");
  const parts: readonly Expectation[] = guest.placements.map(({ host, name, domid }) => ({
    kind: "guest_halted",
    host,
    uuid,
    name,
    domid,
  }));
  return {
    goal: `end the connection of the xl that moves ${guest.name}, if nothing moves within ${STANDING_MIN_S} s`,
    steps: [
      step({
        id: "wait",
        title: `see whether ${guest.name} still stands on both hosts after ${STANDING_MIN_S} s`,
        host: sending.host,
        argv: ["sleep", String(STANDING_MIN_S)],
        before: parts,
        after: parts,
        undo: "nothing is done by it",
        risk: "routine",
        usual_s: STANDING_MIN_S,
        settle_s: 0,
      }),
      step({
        id: "rest",
        title: `end xl's connection to the target on ${sending.host}`,
        host: sending.host,
        argv: endTransport(sending.domid, guest.name, "whatever"),
        before: parts,
        after: [{ kind: "answer", host: sending.host, argv: noSender(sending.domid, guest.name), code: 0 }],
        undo: "can't be undone; nothing is started by it",
        risk: "disruptive",
        settle_s: 60,
      }),
    ],
    risk: "disruptive",
    loses: [],
    next: `guest resolve ${guest.name} again: what is left then is cleared up by the rule`,
  };
}

function planResolve(context: PlanContext, guest: GuestRow, keep: HostId | undefined): Plan | Refusal {
  const { name, uuid } = guest;
  if (uuid === undefined) return refuse(`the UUID of ${name} isn't known`, "nothing is cleared up that can't be told for certain");
  const rows = drbdUnder(context, guest);
  const at: At = { context, left: leftOf(guest, uuid), rows, keep };
  const { checks, sending } = alive(context, guest);
  const way = sending === undefined ? wayOf(at) : letRest(at, sending);
  if ("refused" in way) return way;
  const { goal, steps, risk, loses, notes, next } = way;
  return planOf({
    request: { action: "guest resolve", args: { guest: uuid, ...(keep === undefined ? {} : { keep }) } },
    goal,
    risk,
    typed: risk === "data_loss" ? { word: `restart ${name}`, what: "what is to be done to it" } : { word: name, what: "the guest's name" },
    loses,
    keys: keysOf(guest, rows),
    hosts: both(context.view),
    checks: [
      ...both(context.view).map((host) => answersCheck(context, host)),
      ...guest.placements.map(({ name: part, host, state, evidence }) =>
        check("guest", "pass", `${part} on ${host}: ${state.text}`, [evidence]),
      ),
      ...(sending === undefined ? checks : checks.filter(({ result }) => result === "unknown")),
      ...steps.flatMap((each) => (each.id === START ? againChecks(context, guest, each.host) : [])),
    ],
    steps,
    ...(notes === undefined ? {} : { notes }),
    ...(next === undefined ? {} : { next }),
  });
}

export const resolve: Action = {
  id: "guest resolve",
  title: "clear up migration",
  description: "Clear up what a migration left, so that the guest runs once",
  on: "guest",
  letter: "v",
  risk: "disruptive",
  marked: false,
  args: [GUEST, { name: "keep", optional: true, kind: "host", prompt: "where both have it whole, on which host it goes on" }],
  looks: (context, given) => {
    const guest = guestNamed(context, given.guest ?? "");
    const able = "refused" in guest ? [] : both(context.view).flatMap((host) => ableLooks(context, guest, host));
    return [...both(context.view).map(processLook), ...able];
  },
  plan: (context, given: Given) =>
    orRefuse(guestNamed(context, given.guest ?? ""), (guest) => {
      const keep = given.keep === undefined || given.keep === "" ? undefined : hostNamed(context, given.keep);
      if (keep !== undefined && "refused" in keep) return keep;
      return planResolve(context, guest, keep?.id);
    }),
};
