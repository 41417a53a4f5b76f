/** One run: a world, consoles, plans, faults; then everything is mended, the next console takes over what is unfinished, and the truth is looked at. */
import { isAlive } from "../../src/sim/model/host.ts";
import type { World } from "../../src/sim/model/world.ts";
import { createRandom } from "../../src/sim/random.ts";
import { actionNamed } from "../../src/state/plan/actions/index.ts";
import type { DrivePorts, Outcome } from "../../src/state/plan/drive.ts";
import { isRefusal, obstacles, type Plan, type PlanRequest, type Refusal } from "../../src/state/plan/plan.ts";
import { type FuzzConsole, openConsole } from "./console.ts";
import { type Violation, watch } from "./invariants.ts";
import { fuzzWorld, guests } from "./world.ts";

export const faultKinds = [
  "console killed",
  "console link cut",
  "replication link cut",
  "power cut",
  "host frozen",
  "job fails",
  "job hangs",
  "job killed",
  "answers lost",
  "second operator",
  "outside start",
  "outside move",
  "outside kill",
  "outside shutdown",
  "memory short",
  "clock skew",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  readonly kind: FaultKind;
  readonly at_ms: number;
  readonly host: 0 | 1;
}
export interface Story {
  readonly seed: number;
  readonly two: boolean;
  readonly request: PlanRequest;
  readonly faults: readonly Fault[];
  /** When the plan is begun, after the console has settled. */
  readonly begin_ms?: number;
}

export interface Report {
  readonly story: Story;
  readonly outcomes: readonly string[];
  readonly violations: readonly Violation[];
}

const requests = (guest: string): readonly PlanRequest[] => [
  { action: "migrate", args: { guest } },
  { action: "migrate", args: { guest } },
  { action: "migrate", args: { guest } },
  { action: "guest shutdown", args: { guest } },
  { action: "guest reboot", args: { guest } },
  { action: "guest pause", args: { guest } },
  { action: "guest destroy", args: { guest } },
  { action: "migrate abort", args: { guest } },
  { action: "guest resolve", args: { guest } },
  { action: "evacuate", args: { host: guest === "web01" ? "alpha" : "beta" } },
  { action: "failover", args: { host: "alpha" } },
  { action: "failover", args: { host: "alpha" } },
  { action: "rejoin", args: { host: "alpha" } },
  { action: "drbd disconnect", args: { resource: guest, on: "alpha" } },
  { action: "drbd invalidate", args: { resource: guest, on: guest === "web01" ? "beta" : "alpha" } },
];

/** From a seed: the same one tells the same story. */
export function storyOf(seed: number): Story {
  const random = createRandom(seed * 7919 + 17);
  const guest = guests[random.int(0, 1)] ?? "web01";
  const wanted = requests(guest);
  const request = wanted[random.int(0, wanted.length - 1)] ?? { action: "migrate", args: { guest } };
  const count = random.int(0, 3);
  const faults = Array.from({ length: count }, (): Fault => {
    const kind = faultKinds[random.int(0, faultKinds.length - 1)] ?? "console killed";
    return { kind, at_ms: random.int(0, random.int(0, 1) === 0 ? 6_000 : 16_000), host: random.int(0, 1) === 0 ? 0 : 1 };
  });
  const sorted = (more: readonly Fault[]): readonly Fault[] => [...faults, ...more].sort((a, b) => a.at_ms - b.at_ms);
  const two = random.int(0, 3) > 0;
  // A host is failed over once DRBD has noticed that it is dead, or only hangs; taken back when it has been away.
  if (request.action === "failover" || request.action === "rejoin") {
    const death: Fault = { kind: random.int(0, 2) === 0 ? "host frozen" : "power cut", at_ms: 0, host: 0 };
    return { seed, two, request, faults: sorted([death]), begin_ms: random.int(25_000, 90_000) };
  }
  // What another began by hand, and what is left where its xl is killed.
  if (request.action === "migrate abort" || request.action === "guest resolve") {
    const left: Fault[] = [{ kind: "outside move", at_ms: 0, host: 0 }];
    if (request.action === "guest resolve" && random.int(0, 2) > 0)
      left.push({ kind: "outside kill", at_ms: random.int(500, 15_000), host: 0 });
    return { seed, two, request, faults: sorted(left), begin_ms: random.int(1_000, 30_000) };
  }
  return { seed, two, request, faults: sorted([]) };
}

const STEP_MS = 250;
/** Until a console knows the pair. */
const SETTLE_MS = 7_000;
/** Until a host that was switched on is there again, with its disks. */
const BOOT_MS = 90_000;
const RUN_LIMIT_MS = 420_000;

const flush = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A safety rule switched off: what a drive without it would be like. */
export interface Mutation {
  readonly name: string;
  readonly ports?: (ports: DrivePorts) => DrivePorts;
  readonly plan?: (plan: Plan) => Plan;
  /** What it claims is judged by the plan as it was. */
  readonly judge_by_original?: true;
  /** Checks that stand against it are not heard. */
  readonly blind?: true;
}

/** Also what is planned again after the confirmation is without the rule. */
function mutated(ports: DrivePorts, mutation: Mutation | undefined): DrivePorts {
  if (mutation === undefined) return ports;
  const { plan = (same: Plan) => same } = mutation;
  const again = { ...ports, plan: (request: PlanRequest) => withRefusal(ports.plan(request), plan) };
  return mutation.ports?.(again) ?? again;
}
const withRefusal = (made: Plan | Refusal, then: (plan: Plan) => Plan): Plan | Refusal => (isRefusal(made) ? made : then(made));

export async function play(story: Story, mutation?: Mutation): Promise<Report> {
  const { world, fault } = fuzzWorld(story.seed, story.two);
  const watcher = watch(world);
  const consoles: FuzzConsole[] = [];
  const outcomes: string[] = [];
  const names = world.hosts.map(({ name }) => name);
  const nameOf = (at: 0 | 1): string => names[at] ?? "";
  let running = 0;
  let started = 0;
  /** Somebody else had a hand in it: what was so when it was read need not be so any more. */
  let disturbed = false;

  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= STEP_MS) {
      world.scheduler.advance(STEP_MS);
      watcher.look();
      await flush();
    }
  };
  const open = (name: string): FuzzConsole => {
    const made = openConsole(world, name, (ports) => mutated(ports, mutation));
    consoles.push(made);
    return made;
  };
  const finish = (who: string, promise: Promise<Outcome>, plan: Plan | undefined, console: FuzzConsole): void => {
    running += 1;
    const before = watcher.ran.length;
    promise.then((outcome) => {
      running -= 1;
      if (console.killed()) return;
      outcomes.push(`${who} ${outcome.result}`);
      judgeOutcome(world, watcher.add, {
        outcome,
        plan,
        ran: watcher.ran.length - before,
        alone: started === 1,
        undisturbed: !disturbed,
      });
    });
  };
  /** Consoles that ask what no reading tells, before they plan. */
  const asking = new Set<FuzzConsole>();
  const begin = (console: FuzzConsole, id: string): void => {
    if (actionNamed(story.request.action)?.looks === undefined) {
      beginNow(console, id);
      return;
    }
    asking.add(console);
    console.operator.prepare(story.request).then(() => {
      asking.delete(console);
      if (!console.killed()) beginNow(console, id);
    });
  };
  const beginNow = (console: FuzzConsole, id: string): void => {
    const made = console.plan(story.request);
    if (typeof made === "string") return void outcomes.push(`${id} not planned`);
    if (obstacles(made).length > 0 && mutation?.blind !== true) return void outcomes.push(`${id} blocked`);
    const plan = mutation?.plan?.(made) ?? made;
    started += 1;
    const who = { id, driver: `d-${id}`, operator: console.name, reason: "" };
    finish(
      id,
      console.operator.run(plan, who, { stopping: () => false, tell: () => undefined }),
      mutation?.judge_by_original === true ? made : plan,
      console,
    );
  };

  const ana = open("ana");
  await pass(SETTLE_MS);
  const start_ms = world.scheduler.now_ms;
  if (story.begin_ms === undefined || story.begin_ms === 0) begin(ana, "p1");
  const acts: Readonly<Record<FaultKind, (host: 0 | 1) => void>> = {
    "console killed": () => {
      if (!ana.killed()) running = Math.max(0, running - (started > 0 ? 1 : 0));
      ana.kill();
    },
    "console link cut": (host) => fault.consoleLinkCut(nameOf(host)),
    "replication link cut": () => fault.replicationLinkCut(),
    "power cut": (host) => fault.hostDead(nameOf(host)),
    "host frozen": (host) => fault.hostFrozen(nameOf(host)),
    "job fails": (host) => {
      world.hosts[host].plans.faults.next = "fail";
    },
    "job hangs": (host) => {
      world.hosts[host].plans.faults.next = "hang";
    },
    "job killed": (host) => {
      world.hosts[host].plans.faults.next = "kill";
    },
    "answers lost": (host) => {
      world.hosts[host].plans.faults.lose_answers = 2;
    },
    "second operator": () => {
      const bob = open("bob");
      world.scheduler.after(SETTLE_MS, () => !bob.killed() && begin(bob, "p2"));
    },
    "outside start": (host) => {
      // What a tired hand could do where nothing guards it: only where the guest really is nowhere.
      const guest = story.request.args.guest ?? "web01";
      const nowhere = world.hosts.every((each) => !each.domains.some(({ name }) => name?.startsWith(guest) === true));
      if (nowhere && isAlive(world.hosts[host]) && world.hosts[host].power === "on") fault.guestStart(guest, nameOf(host));
    },
    "outside move": () => {
      const sticks = ["precopy", "suspended", "handover"] as const;
      fault.migrate(story.request.args.guest ?? "web01", sticks[story.seed % 4]);
    },
    "outside kill": () => fault.migrationKilled(story.request.args.guest ?? "web01"),
    "outside shutdown": () => {
      if (world.migrations.every(({ phase }) => phase === "done" || phase === "failed"))
        fault.guestStop(story.request.args.guest ?? "web01");
    },
    "memory short": (host) => fault.memoryShort(nameOf(host), 200_000),
    "clock skew": (host) => fault.clockSkew(nameOf(host), 90_000),
  };
  for (const { kind, at_ms, host } of story.faults) {
    await pass(Math.max(0, start_ms + at_ms - world.scheduler.now_ms));
    if (kind.startsWith("outside")) disturbed = true;
    acts[kind](host);
  }
  if (story.begin_ms !== undefined && story.begin_ms > 0) {
    await pass(Math.max(0, start_ms + story.begin_ms - world.scheduler.now_ms));
    if (story.request.action === "rejoin") {
      mend(world, fault, nameOf);
      await pass(BOOT_MS);
    }
    begin(ana, "p1");
  }
  const limit_ms = world.scheduler.now_ms + RUN_LIMIT_MS;
  while ((running > 0 || [...asking].some((console) => !console.killed())) && world.scheduler.now_ms < limit_ms) {
    await pass(1_000);
    // Broken for a while, not for ever.
    if (world.scheduler.now_ms > limit_ms - RUN_LIMIT_MS + 30_000) mend(world, fault, nameOf);
  }
  mend(world, fault, nameOf);
  await pass(60_000);
  await takeOver({ world, open, pass, outcomes, watcher, finish, busy: () => running > 0 });
  settle(world, watcher.add, outcomes);
  for (const console of consoles) console.kill();
  return { story, outcomes, violations: watcher.violations };
}

function mend(world: World, fault: ReturnType<typeof fuzzWorld>["fault"], nameOf: (at: 0 | 1) => string): void {
  for (const at of [0, 1] as const) {
    const host = world.hosts[at];
    if (host.frozen) fault.hostThawed(nameOf(at));
    if (host.power === "off") fault.hostBack(nameOf(at));
    if (!host.console_link) fault.consoleLinkBack(nameOf(at));
    host.plans.faults.next = undefined;
    // Somebody ends what hangs.
    for (const job of host.plans.jobs.values()) if (job.hangs === true) job.state = "gone";
    host.plans.faults.lose_answers = 0;
    if (host.memory_taken_mib > 0) fault.memoryShort(nameOf(at), 0);
  }
  if (!world.replication_link) fault.replicationLinkBack();
}

/** What an outcome claims must be so. */
function judgeOutcome(
  world: World,
  add: ReturnType<typeof watch>["add"],
  {
    outcome,
    plan,
    ran,
    alone,
    undisturbed,
  }: { outcome: Outcome; plan: Plan | undefined; ran: number; alone: boolean; undisturbed: boolean },
): void {
  if ((outcome.result === "refused" || outcome.result === "held") && ran > 0 && alone)
    add("refused changed nothing", `${outcome.text}: ${ran} commands`);
  if (outcome.result !== "done" || plan === undefined || !undisturbed) return;
  // A console that looks at the world as it is: nothing between it and the truth.
  const truth = truthOf(world, plan);
  if (truth !== undefined) add("done is true", truth);
}

/** Why a plan's end isn't so in the world itself; undefined: it is. */
function truthOf(world: World, plan: Plan): string | undefined {
  for (const { after } of plan.steps)
    for (const expected of after) {
      const host = world.hosts.find(({ name }) => name === expected.host);
      if (host === undefined || !("uuid" in expected)) continue;
      const own = host.domains.filter(({ uuid, name }) => uuid === expected.uuid || name === expected.name);
      const up = own.some(({ run, name }) => name === expected.name && (run === "running" || run === "blocked" || run === "runnable"));
      // Power may have gone in the very moment after it was read.
      if (host.power === "off") continue;
      if (expected.kind === "guest_absent" && own.length > 0) return `${expected.name} is on ${host.name}`;
      if ((expected.kind === "guest_runs" || expected.kind === "guest_anew") && !up) return `${expected.name} does not run on ${host.name}`;
    }
  return undefined;
}

interface After {
  readonly world: World;
  readonly open: (name: string) => FuzzConsole;
  readonly pass: (ms: number) => Promise<void>;
  readonly outcomes: string[];
  readonly watcher: ReturnType<typeof watch>;
  readonly finish: (who: string, promise: Promise<Outcome>, plan: Plan | undefined, console: FuzzConsole) => void;
  readonly busy: () => boolean;
}

/** The next console, on a mended pair: every plan that has no end is taken over, and has one then. */
async function takeOver({ world, open, pass, outcomes, watcher, finish, busy }: After): Promise<void> {
  const cyd = open("cyd");
  await pass(SETTLE_MS + 6_000);
  for (const journal of cyd.journals()) {
    const leased = world.hosts.some(({ plans }) => [...plans.leases.values()].some((line) => line.startsWith(`${journal.id} `)));
    if (journal.end !== undefined && !leased) continue;
    finish(
      `${journal.id} taken over`,
      cyd.operator.takeOver(
        journal,
        { id: journal.id, driver: "d-cyd", operator: "cyd", reason: "" },
        { stopping: () => false, tell: () => undefined },
      ),
      undefined,
      cyd,
    );
    for (let left = 400; busy() && left > 0; left -= 1) await pass(1_000);
    if (busy()) watcher.add("every plan ends", `${journal.id}: taken over, and never ended`);
  }
  outcomes.push("end");
}

function settle(world: World, add: ReturnType<typeof watch>["add"], outcomes: readonly string[]): void {
  const hung = outcomes.some((outcome) => outcome.endsWith(" unknown"));
  for (const host of world.hosts) {
    for (const [key, line] of host.plans.leases) {
      // Of a plan that never wrote a line (its console died before) nothing can be known but its lease.
      const plan = line.split(" ")[0] ?? "";
      if (!hung && host.plans.journal.has(plan)) add("no lease left", `${key} of ${plan} on ${host.name}`);
    }
    for (const [plan, notes] of host.plans.journal)
      if (!notes.has("end") && !hung) add("every plan ends", `${plan} has no end on ${host.name}`);
  }
}
