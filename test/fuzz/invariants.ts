/** What must hold at every moment of every run, and of what plans leave behind; judged on the simulator's truth, not on what a console knows. */

import type { DrbdResource } from "../../src/sim/model/drbd/types.ts";
import { givenUp, lostWrites, unseenWrites } from "../../src/sim/model/drbd/written.ts";
import { type HostIx, other, type SimDomain } from "../../src/sim/model/guest.ts";
import { isAlive, type SimHost } from "../../src/sim/model/host.ts";
import { replicationUp, type World } from "../../src/sim/model/world.ts";
import type { Risk } from "../../src/state/plan/plan.ts";
import type { FuzzConsole } from "./console.ts";

export const invariants = [
  "never two running",
  "no unplanned dual primary",
  "never the last path",
  "no acknowledged write lost",
  "no loss without a typed word",
  "only what was confirmed",
  "intent before mutation",
  "a step runs once",
  "one plan at a time",
  "a job outlives its console",
  "no window left open",
  "nothing after a check said no",
  "no fact fresh of a silent host",
  "done is true",
  "the account is true",
  "the audit is true",
  "every plan ends",
  "no lease left",
] as const;
export type Invariant = (typeof invariants)[number];

export interface Violation {
  readonly invariant: Invariant;
  readonly at_ms: number;
  readonly text: string;
}

export const isUp = ({ run }: SimDomain): boolean => run === "running" || run === "blocked" || run === "runnable";

const isReachable = (host: SimHost): boolean => isAlive(host) && host.console_link;

/** How long a dual-primary may last beside a running move. */
const DUAL_GRACE_MS = 10_000;
/** Between two looks at what consoles hold for fresh; and how long a host may be silent before it mustn't be fresh any more. */
const FRESH_LOOK_MS = 10_000;
const SILENCE_MS = 8_000;

export interface Ran {
  readonly host: HostIx;
  readonly plan: string;
  readonly step: string;
  readonly argv: readonly string[];
  readonly boot_id: string;
}

export interface Watcher {
  readonly violations: Violation[];
  /** From now on: what is so already is somebody else's doing. */
  begin(): void;
  /** Called at every step of time. */
  look(consoles: readonly FuzzConsole[]): void;
  /** Commands that plans ran, in order. */
  readonly ran: readonly Ran[];
  add(invariant: Invariant, text: string): void;
  /** What was typed for plans of this name. */
  readonly typed: Map<string, Risk>;
  /** What was confirmed: the commands of plans of this name. */
  readonly confirmed: Map<string, ReadonlySet<string>>;
  /** Somebody's hand has just put the guest somewhere. */
  outside(): void;
  /** Guests whose copies parted while they were on their way: no check can foresee it, but no plan may call that move done. */
  readonly parted: ReadonlySet<string>;
}

const LOSING = /^drbdadm (?:invalidate|.*--discard-my-data|primary --force|primary .*--force)|^xl destroy /;
const TAKING = /^(?:drbdadm primary |xl create )/;
const DISCARDING = /^drbdadm (?:invalidate|connect --discard-my-data)/;

interface Noting {
  readonly kind: string;
  readonly step?: number;
  readonly guard?: string;
  readonly hosts?: readonly string[];
  readonly steps?: readonly { readonly id: string }[];
}

/** From the last look at both hosts to the start of a command: what a hand does there meanwhile nobody can see. */
const RACE_MS = 1_000;
const racing: ReadonlySet<Invariant> = new Set([
  "never two running",
  "never the last path",
  "no unplanned dual primary",
  "no acknowledged write lost",
  "done is true",
]);

/** Paths that a command takes out of use. */
function pathsOf(world: World, ix: HostIx, [tool, ...words]: readonly string[]) {
  const { paths, sessions } = world.hosts[ix].storage;
  if (tool === "multipathd" && words[0] === "fail") return paths.filter(({ dev }) => dev === words[2]);
  if (tool !== "iscsiadm" || !words.includes("--logout")) return [];
  const gone = sessions.filter(({ portal }) =>
    words.some((word) => word !== "" && portal.startsWith(word.replace(/,\d+$/, "")) && word.length > 6),
  );
  return paths.filter(({ transport }) => transport.kind === "iscsi" && gone.some(({ sid }) => sid === transport.sid));
}
const cutting = (world: World, ix: HostIx, argv: readonly string[]): readonly string[] => pathsOf(world, ix, argv).map(({ wwid }) => wwid);
const hasOther = (world: World, ix: HostIx, wwid: string, argv: readonly string[]): boolean => {
  const cut = new Set(pathsOf(world, ix, argv));
  return world.hosts[ix].storage.paths.some((path) => path.wwid === wwid && path.dm_state === "active" && !cut.has(path));
};
const isUsed = (world: World, ix: HostIx, wwid: string): boolean =>
  world.hosts[ix].domains.some((domain) =>
    domain.vbds.some(({ disk }) => isUp(domain) && disk.backing.kind === "multipath" && disk.backing.wwid === wwid),
  );

/** A host that has answered for so long is told of everything that a plan begins. */
const ANSWERS_MS = 30_000;
const takesPart = (notes: readonly Noting[], host: string): boolean => notes.some(({ hosts }) => hosts?.includes(host) === true);

function intends(world: World, ix: HostIx, plan: string, index: number, step: string): boolean {
  const { plans } = world.hosts[ix];
  return [...(plans.journal.get(plan)?.values() ?? [])].some((line) => {
    const { kind, step: number, guard } = JSON.parse(line) as Noting;
    return (kind === "intent" && number === index) || (kind === "guard" && guard === step);
  });
}

/** What the hosts' journals have of a plan; a host that lost its power has lost it, the other one has it. */
function noted(world: World, plan: string): readonly Noting[] {
  return world.hosts.flatMap(({ plans }) =>
    [...(plans.old.get(plan)?.values() ?? []), ...(plans.journal.get(plan)?.values() ?? [])].map((line) => JSON.parse(line) as Noting),
  );
}

export function watch(world: World): Watcher {
  const violations: Violation[] = [];
  const ran: Ran[] = [];
  const typed = new Map<string, Risk>();
  const confirmed: Watcher["confirmed"] = new Map();
  const answering = [0, 0];
  let outside_ms = Number.NEGATIVE_INFINITY;
  let raced = false;
  const parted = new Set<string>();
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  const add = (invariant: Invariant, text: string): void => {
    const key = `${invariant} ${text}`;
    if (seen.has(key) || (raced && racing.has(invariant))) return;
    seen.add(key);
    violations.push({ invariant, text, at_ms: world.scheduler.now_ms });
  };
  world.job_listeners.add(({ host, argv }) => {
    const { plans, boot_id, name } = world.hosts[host];
    // The job that just came up, and its plan's journal.
    const own = [...plans.jobs].find(([, job]) => job.argv === argv);
    const [plan = "", step = ""] = own?.[0].split("/") ?? [];
    ran.push({ host, plan, step, argv, boot_id });
    raced ||= world.scheduler.now_ms - outside_ms < RACE_MS;
    const words = argv.join(" ");
    const notes = noted(world, plan);
    const steps = notes.flatMap((entry) => (entry.kind === "plan" || entry.kind === "steps" ? (entry.steps ?? []) : []));
    const index = steps.findIndex(({ id }) => id === step);
    const said = notes.some(
      (entry) => (entry.kind === "intent" && entry.step === index) || (entry.kind === "guard" && entry.guard === step),
    );
    for (const other of world.hosts) {
      const answers = isReachable(other) && world.scheduler.now_ms - (answering[other.ix] ?? 0) >= ANSWERS_MS;
      if (answers && takesPart(notes, other.name) && !intends(world, other.ix, plan, index, step))
        add("intent before mutation", `${words} on ${name}: ${other.name} answers, and wasn't told`);
    }
    if (confirmed.get(plan)?.has(words) === false) add("only what was confirmed", `${words} on ${name}`);
    if (!said) add("intent before mutation", `${words} on ${name} (${plan}/${step})`);
    // After a power cut there is nothing left of what ran before: what closes may have to run again.
    const key = `${plan} on ${name}, boot ${boot_id}: ${words}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if ((counts.get(key) ?? 0) > 1) add("a step runs once", key);
    const map = cutting(world, host, argv).find((wwid) => isUsed(world, host, wwid) && !hasOther(world, host, wwid, argv));
    if (map !== undefined) add("never the last path", `${words} on ${name}: ${map}`);
    const root = plan.split(".")[0] ?? "";
    const loses = typed.get(root) === "data_loss";
    if (LOSING.test(words) && !loses) add("no loss without a typed word", `${words} on ${name}`);
    // Whoever takes over a host's guests has typed that what it alone has is lost.
    const victim = DISCARDING.test(words) ? host : TAKING.test(words) ? other(host) : undefined;
    const resource = world.drbd.get(/([\w-]+?)(?:\.cfg)?$/.exec(argv.at(-1) ?? "")?.[1] ?? "");
    if (resource !== undefined && victim !== undefined && loses)
      for (const volume of resource.volumes.keys()) givenUp(resource, victim, volume);
  });
  let watchers: readonly ((consoles: readonly FuzzConsole[]) => void)[] = [];
  return {
    violations,
    ran,
    add,
    typed,
    confirmed,
    outside: () => {
      outside_ms = world.scheduler.now_ms;
    },
    parted,
    begin: () => {
      watchers = [dualWatch(world, add), writesWatch(world, add, parted), freshWatch(world, add)];
    },
    look: (consoles) => {
      for (const host of world.hosts) if (!isReachable(host)) answering[host.ix] = world.scheduler.now_ms;
      oneAtATime(world, add);
      neverTwo(world, add);
      for (const each of watchers) each(consoles);
    },
  };
}

type Add = Watcher["add"];

/** All plans of a story are about the same guest, or its disk. A plan and those within it are one. */
function oneAtATime(world: World, add: Add): void {
  const busy = new Set(
    world.hosts.flatMap(({ plans }) =>
      [...plans.jobs].flatMap(([name, { state, hangs }]) => (state === "running" && hangs !== true ? [name.split(/[./]/)[0]] : [])),
    ),
  );
  if (busy.size > 1) add("one plan at a time", [...busy].join(" and "));
}

function neverTwo(world: World, add: Add): void {
  const [a = [], b = []] = world.hosts.map(({ domains, power }) =>
    power === "on" ? domains.filter((domain) => domain.domid !== 0 && isUp(domain)) : [],
  );
  for (const domain of a) if (b.some(({ uuid }) => uuid === domain.uuid)) add("never two running", domain.name ?? domain.uuid);
}

const isDual = ({ nodes }: DrbdResource): boolean => nodes.every(({ role }) => role === "Primary");

function dualWatch(world: World, add: Add): () => void {
  const since = new Map<string, number>();
  /** Nodes that somebody's hand has left Primary though no guest uses them, and that have been so ever since. */
  const leaked = new Set(
    [...world.drbd.values()].flatMap((resource) =>
      world.hosts.flatMap(({ ix, domains }) => {
        const used = domains.some(({ vbds }) =>
          vbds.some(({ disk }) => disk.backing.kind === "drbd" && disk.backing.resource === resource.name),
        );
        return resource.nodes[ix].role === "Primary" && !used ? [resource.nodes[ix]] : [];
      }),
    ),
  );
  return () => {
    for (const resource of world.drbd.values()) {
      for (const node of resource.nodes) if (node.role !== "Primary") leaked.delete(node);
      const dual = isDual(resource) && !resource.nodes.some((node) => leaked.has(node)) && world.hosts.every(({ power }) => power === "on");
      // What a migration that was cut off has left holds the disk: a state that is told, and cleaned up by a plan of its own.
      const husk = world.hosts.some((host) => host.domains.some(({ name }) => name?.includes("--") === true));
      const moving = husk || world.migrations.some(({ phase }) => phase === "attached" || phase === "handover" || phase === "stuck");
      if (!dual || moving) since.delete(resource.name);
      else if (!since.has(resource.name)) since.set(resource.name, world.scheduler.now_ms);
      const since_ms = since.get(resource.name);
      if (since_ms !== undefined && world.scheduler.now_ms - since_ms > DUAL_GRACE_MS) add("no unplanned dual primary", resource.name);
    }
  };
}

/** No copy lacks what a guest was told is done, and no guest runs on one that does. */
function writesWatch(world: World, add: Add, parted: Set<string>): () => void {
  return () => {
    for (const { guest, phase } of world.migrations) {
      const whole = replicationUp(world) && world.drbd.get(guest)?.nodes.every(({ connection }) => connection === "Connected") === true;
      if (!whole && phase !== "done" && phase !== "failed") parted.add(guest);
    }
    for (const resource of world.drbd.values()) {
      const connected = replicationUp(world) && resource.nodes.every(({ connection }) => connection === "Connected");
      for (const volume of resource.volumes.keys()) {
        if (lostWrites(resource, volume) > 0) add("no acknowledged write lost", `${resource.name}: no copy holds them`);
        for (const host of world.hosts) {
          const used = host.domains.some(
            (domain) =>
              isUp(domain) && domain.vbds.some(({ disk }) => disk.backing.kind === "drbd" && disk.backing.resource === resource.name),
          );
          if (used && isAlive(host) && !parted.has(resource.name) && unseenWrites(resource, host.ix, volume, connected) > 0)
            add("no acknowledged write lost", `${resource.name}: its guest goes on with old data on ${host.name}`);
        }
      }
    }
  };
}

/** Nothing that a host told counts as fresh once it has been silent for a while, and it isn't shown as live. */
function freshWatch(world: World, add: Add): (consoles: readonly FuzzConsole[]) => void {
  const silent_since: (number | undefined)[] = [undefined, undefined];
  let looked_ms = 0;
  return (consoles) => {
    const now_ms = world.scheduler.now_ms;
    for (const host of world.hosts) silent_since[host.ix] = isReachable(host) ? undefined : (silent_since[host.ix] ?? now_ms);
    const silent = world.hosts.filter(({ ix }) => now_ms - (silent_since[ix] ?? now_ms) > SILENCE_MS);
    if (silent.length === 0 || now_ms - looked_ms < FRESH_LOOK_MS) return;
    looked_ms = now_ms;
    for (const console of consoles.filter((each) => each.awake())) {
      const { hosts } = console.view();
      for (const { name } of silent) {
        const shown = hosts.find(({ id }) => id === name);
        const fresh = shown?.readings.find(({ freshness }) => freshness === "fresh" || freshness === "absent");
        if (shown?.reach === "live") add("no fact fresh of a silent host", `${console.name} shows ${name} live`);
        if (fresh !== undefined) add("no fact fresh of a silent host", `${console.name} holds ${fresh.reading} of ${name} for fresh`);
      }
    }
  };
}
