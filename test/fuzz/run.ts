/** One run: a world, consoles, plans, faults; then everything is mended, the next console takes over what is unfinished, and the truth is looked at. */
import { unseenWrites } from "../../src/sim/model/drbd/written.ts";
import { migrate } from "../../src/sim/model/migrate.ts";
import type { World } from "../../src/sim/model/world.ts";
import type { DrivePorts, Driver, Outcome } from "../../src/state/plan/drive.ts";
import type { Journal } from "../../src/state/plan/journals.ts";
import { isRefusal, obstacles, type Plan, type PlanRequest, type Refusal } from "../../src/state/plan/plan.ts";
import { judgeAccounts } from "./account.ts";
import { type FuzzConsole, openConsole } from "./console.ts";
import { faultTable, mend, type Stage } from "./faults.ts";
import { isUp, type Violation, type Watcher, watch } from "./invariants.ts";
import type { Fault, FaultKind, Story } from "./story.ts";
import { fuzzWorld, guestOf, guests, sanGuest, settle } from "./world.ts";

export interface Report {
  readonly story: Story;
  readonly outcomes: readonly string[];
  /** The same, with what was said. */
  readonly said: readonly string[];
  readonly violations: readonly Violation[];
  /** Those whose moment came. */
  readonly injected: readonly FaultKind[];
  /** Calls that the plan made to the world, and commands that it ran. */
  readonly calls: number;
  readonly jobs: number;
}

const STEP_MS = 250;
/** Until a console knows the pair. */
const SETTLE_MS = 7_000;
const RUN_LIMIT_MS = 420_000;
const PATIENCE_MS = 300_000;
/** What is broken is mended this often. */
const MEND_MS = 30_000;
/** A migration by hand that somebody can still abort. */
const SLOW_MIB_S = 40;
const BOOTED_MS = 60_000;
const CALM_MS = 20_000;

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
  /** Nothing is typed. */
  readonly untyped?: true;
  /** What is planned again after the confirmation is taken to be what was confirmed. */
  readonly again?: "confirmed";
  /** Whatever runs ends with its console. */
  readonly dies_with_console?: true;
  /** The console's eyes and hands are tampered with. */
  readonly console?: (console: FuzzConsole) => FuzzConsole;
}

/** Also what is planned again after the confirmation is without the rule. */
function mutated(ports: DrivePorts, mutation: Mutation | undefined): DrivePorts {
  if (mutation === undefined) return ports;
  const { plan = (same: Plan) => same } = mutation;
  const again = { ...ports, plan: (request: PlanRequest) => withRefusal(ports.plan(request), plan) };
  return mutation.ports?.(again) ?? again;
}
const withRefusal = (made: Plan | Refusal, then: (plan: Plan) => Plan): Plan | Refusal => (isRefusal(made) ? made : then(made));

/** Faults wait here for their moment. */
class Moments {
  readonly #waiting: Fault[];
  readonly #act: (fault: Fault) => void;
  readonly injected: FaultKind[] = [];
  calls = 0;
  jobs = 0;
  /** Nothing goes wrong before the story begins, nor after. */
  over = true;

  constructor(faults: readonly Fault[], act: (fault: Fault) => void) {
    this.#waiting = [...faults];
    this.#act = act;
  }

  come(is: (when: Fault["when"]) => boolean): void {
    for (const fault of this.over ? [] : this.#waiting.filter(({ when }) => is(when))) {
      this.#waiting.splice(this.#waiting.indexOf(fault), 1);
      this.injected.push(fault.kind);
      this.#act(fault);
    }
  }

  /** Those that wait for a time: which one is next. */
  nextMs(): number | undefined {
    const times = this.#waiting.flatMap(({ when }) => ("ms" in when && !("job" in when) ? [when.ms] : []));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** The ports of the plan that faults are timed by. */
  counting(ports: DrivePorts): DrivePorts {
    const around = async <T>(work: () => Promise<T>): Promise<T> => {
      this.calls += 1;
      const number = this.calls;
      this.come((when) => "call" in when && when.call === number);
      const answer = await work();
      this.come((when) => "answer" in when && when.answer === number);
      return answer;
    };
    return {
      ...ports,
      call: (host, verb, input) => around(() => ports.call(host, verb, input)),
      run: (host, argv) => around(() => ports.run(host, argv)),
      record: (entry, line, about) => around(() => ports.record(entry, line, about)),
      ask: (host, readings) => {
        this.calls += 1;
        const number = this.calls;
        this.come((when) => ("call" in when && when.call === number) || ("answer" in when && when.answer === number));
        ports.ask(host, readings);
      },
    };
  }
}

class Play {
  readonly #story: Story;
  readonly #mutation: Mutation | undefined;
  readonly #world: World;
  readonly #fault: Stage["fault"];
  readonly #watcher: Watcher;
  readonly #consoles: FuzzConsole[] = [];
  readonly #outcomes: string[] = [];
  readonly #said: string[] = [];
  readonly #moments: Moments;
  readonly #running = new Set<FuzzConsole>();
  #started = 0;
  #confirmed: Plan | undefined;
  /** What only waits (for a copy that never becomes whole) is ended by hand at last. */
  #impatient = false;
  readonly #how = { stopping: () => this.#impatient, tell: () => undefined };
  /** Somebody else had a hand in it: what was so when it was read need not be so any more. */
  #disturbed = false;

  constructor(story: Story, mutation: Mutation | undefined) {
    this.#story = story;
    this.#mutation = mutation;
    const { world, fault } = fuzzWorld(story.seed, story.two, story.setting);
    this.#world = world;
    this.#fault = fault;
    this.#watcher = watch(world);
    this.#moments = new Moments(story.faults, (one) => this.#act(one));
    let commands = 0;
    world.job_listeners.add(() => {
      if (this.#moments.over) return;
      commands += 1;
      this.#moments.jobs = commands;
      const number = commands;
      for (const { when } of story.faults)
        if ("job" in when && when.job === number)
          world.scheduler.after(when.ms, () => this.#moments.come((its) => "job" in its && its.job === number && its.ms === when.ms));
    });
  }

  async #pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.#world.scheduler.advance(STEP_MS);
      for (const { phase } of this.#world.migrations) this.#moments.come((when) => "phase" in when && when.phase === phase);
      this.#watcher.look(this.#consoles);
      await flush();
    }
  }

  #open(name: string, machine = name): FuzzConsole {
    const counts = name === "ana";
    const again = this.#mutation?.again === "confirmed";
    const opened = openConsole(
      this.#world,
      name,
      (ports) => {
        const planning = again ? { ...ports, plan: (request: PlanRequest) => this.#confirmed ?? ports.plan(request) } : ports;
        const without = mutated(planning, this.#mutation);
        return counts ? this.#moments.counting(without) : without;
      },
      machine,
    );
    const made = this.#mutation?.console?.(opened) ?? opened;
    this.#consoles.push(made);
    return made;
  }

  #finish(label: string, console: FuzzConsole, promise: Promise<Outcome>, plan?: Plan): void {
    // It may have died of its very first call.
    if (!console.killed()) this.#running.add(console);
    const before = this.#watcher.ran.length;
    void promise.then((outcome) => {
      if (console.killed()) return;
      this.#running.delete(console);
      this.#outcomes.push(`${label} ${outcome.result}`);
      this.#said.push(`${label} ${outcome.result}: ${outcome.text}`);
      const ran = this.#watcher.ran.slice(before);
      this.#judge(outcome, plan, ran.length);
    });
  }

  /** What an outcome claims must be so. */
  #judge({ result, text, next }: Outcome, plan: Plan | undefined, ran: number): void {
    if ((result === "refused" || result === "held") && ran > 0 && plan !== undefined && this.#started === 1)
      this.#watcher.add("nothing after a check said no", `${text}: ${ran} commands`);
    if (result === "unknown" && next === "") this.#watcher.add("every plan ends", `unknown, and nothing is said of what to do: ${text}`);
    const guest = this.#story.request.args.guest ?? "";
    const moved = plan?.request.action === "migrate" && result === "done";
    const resource = this.#world.drbd.get(guest);
    if (moved && resource?.two_primaries.some((allowed) => allowed !== this.#story.two) === true)
      this.#watcher.add("no window left open", `two primaries of ${guest} are ${this.#story.two ? "forbidden" : "allowed"}`);
    if (moved && this.#watcher.parted.has(guest) && isStale(this.#world, guest))
      this.#watcher.add("done is true", `${guest} goes on with old data`);
    if (result !== "done" || plan === undefined || this.#disturbed) return;
    const truth = untrue(this.#world, plan);
    if (truth !== undefined) this.#watcher.add("done is true", truth);
  }

  #who(id: string, console: FuzzConsole): Driver {
    return { id, driver: `d${this.#consoles.indexOf(console)}-${console.name}`, operator: console.name, reason: "" };
  }

  #begin(console: FuzzConsole, id: string): void {
    this.#running.add(console);
    // What no reading tells is asked first, as the command line does.
    void console.operator.prepare(this.#story.request).then(() => {
      this.#running.delete(console);
      if (!console.killed()) this.#beginNow(console, id);
    });
  }

  #beginNow(console: FuzzConsole, id: string): void {
    const made = console.plan(this.#story.request);
    if (typeof made === "string") return void this.#outcomes.push(`${id} not planned`);
    const [against] = obstacles(made);
    if (against !== undefined && this.#mutation?.blind !== true) {
      this.#said.push(`${id} blocked: ${against.text}`);
      return void this.#outcomes.push(`${id} blocked`);
    }
    const plan = this.#mutation?.plan?.(made) ?? made;
    if (this.#mutation?.untyped !== true) this.#watcher.typed.set(id, plan.risk);
    const commands = plan.steps.flatMap(({ argv, guards = [] }) => [argv, ...guards.map((guard) => guard.argv)]);
    this.#watcher.confirmed.set(id, new Set(commands.map((argv) => argv.join(" "))));
    this.#confirmed = plan;
    this.#started += 1;
    const running = console.operator.run(plan, this.#who(id, console), this.#how);
    this.#finish(id, console, running, this.#mutation?.judge_by_original === true ? made : plan);
  }

  #takeOver(console: FuzzConsole, journal: Journal, label = "taken over"): void {
    this.#finish(`${journal.id} ${label}`, console, console.operator.takeOver(journal, this.#who(journal.id, console), this.#how));
  }

  #named(name: string): FuzzConsole | undefined {
    return this.#consoles.find((console) => console.name === name);
  }

  #stage(): Stage {
    const ana = this.#named("ana");
    const bob = this.#named("bob");
    if (ana === undefined) throw new Error("nobody is there");
    const kill = (): void => {
      const jobs = this.#world.hosts.flatMap(({ plans }) => [...plans.jobs.values()].filter(({ state }) => state === "running"));
      ana.kill();
      if (this.#mutation?.dies_with_console === true) for (const job of jobs) job.state = "gone";
      // Nothing else ends a job at that very moment.
      if (jobs.some(({ state }) => state === "gone")) this.#watcher.add("a job outlives its console", this.#story.request.action);
      this.#running.delete(ana);
    };
    const open = (console: FuzzConsole, then: (journal: Journal) => void): void => {
      const journal = [...console.journals(), ...console.unfinished()].find(({ end }) => end === undefined);
      if (journal !== undefined) then(journal);
    };
    return {
      world: this.#world,
      fault: this.#fault,
      guest: this.#story.setting === "san" ? sanGuest : guestOf(this.#story.request),
      killConsole: kill,
      reopen: () => {
        kill();
        const again = this.#open("ana2", "ana");
        this.#world.scheduler.after(SETTLE_MS, () => open(again, (journal) => this.#takeOver(again, journal)));
      },
      sleep: (ms) => ana.sleep(ms),
      secondOperator: () => bob !== undefined && this.#begin(bob, "p2"),
      takeOver: () => bob !== undefined && open(bob, (journal) => this.#takeOver(bob, journal)),
      letGo: () =>
        bob !== undefined &&
        open(bob, (journal) =>
          this.#finish(`${journal.id} let go`, bob, bob.operator.letGo(journal, this.#who(journal.id, bob), this.#how)),
        ),
    };
  }

  #act({ kind, host }: Fault): void {
    const spec = faultTable[kind];
    if (spec.disturbs === true) this.#disturbed = true;
    if (kind.startsWith("outside") || kind.startsWith("guest") || kind.startsWith("path")) this.#watcher.outside();
    spec.act(this.#stage(), host);
  }

  /** Passes until nobody drives anything; what is broken is mended after a while. */
  async #untilIdle(): Promise<void> {
    const start_ms = this.#world.scheduler.now_ms;
    const passed = (): number => this.#world.scheduler.now_ms - start_ms;
    let mended_ms = 0;
    while ((this.#running.size > 0 || this.#moments.nextMs() !== undefined) && passed() < RUN_LIMIT_MS) {
      await this.#pass(STEP_MS);
      this.#moments.come((when) => "ms" in when && !("job" in when) && when.ms <= passed());
      this.#impatient = passed() > PATIENCE_MS;
      if (passed() - mended_ms <= MEND_MS) continue;
      mended_ms = passed();
      mend(this.#stage());
    }
    for (const { name } of this.#running) this.#watcher.add("every plan ends", `${name} still drives after ${RUN_LIMIT_MS / 1000} s`);
  }

  /** The next console, on a mended pair: every plan that has no end is taken over, and has one then. */
  async #next(): Promise<void> {
    const cyd = this.#open("cyd");
    await this.#pass(SETTLE_MS + 6_000);
    judgeAccounts(this.#world, cyd, this.#watcher);
    // Where both hosts have lost everything, what is left is the operator's own.
    const told = cyd.journals();
    const ana = this.#named("ana");
    const forgotten = (ana?.unfinished() ?? []).filter(({ id }) => !told.some((journal) => journal.id === id));
    for (const journal of [...told, ...forgotten]) {
      const leased = this.#world.hosts.some(({ plans }) => [...plans.leases.values()].some((line) => line.startsWith(`${journal.id} `)));
      if (journal.end !== undefined && !leased) continue;
      this.#takeOver(cyd, journal);
      await this.#untilDone(cyd);
      if (this.#running.has(cyd)) this.#watcher.add("every plan ends", `${journal.id}: taken over, and never ended`);
    }
    await this.#letGoOfTheRest(cyd);
    this.#impatient = false;
    judgeAccounts(this.#world, cyd, this.#watcher);
    judgeEnds(this.#world, this.#watcher);
    judgeAudit(this.#world, this.#watcher, this.#consoles);
  }

  async #untilDone(console: FuzzConsole): Promise<void> {
    this.#impatient = false;
    for (let left_s = 400; this.#running.has(console) && left_s > 0; left_s -= 1) {
      await this.#pass(1_000);
      this.#impatient = left_s < 100;
    }
  }

  /** Leases of plans that were to be a step of another, which has ended since. And plans one of whose own somebody has let go of: nobody can know them. */
  async #letGoOfTheRest(cyd: FuzzConsole): Promise<void> {
    await this.#pass(6_000);
    for (const journal of cyd.journals().filter(({ end, lines }) => end === undefined && lines.length === 0)) {
      this.#takeOver(cyd, journal);
      await this.#untilDone(cyd);
    }
    await this.#pass(6_000);
    const unknown = this.#story.faults.some(({ kind }) => kind === "let go") ? cyd.journals().filter(({ end }) => end === undefined) : [];
    for (const journal of unknown) {
      this.#finish(`${journal.id} let go`, cyd, cyd.operator.letGo(journal, this.#who(journal.id, cyd), this.#how));
      await this.#untilDone(cyd);
    }
    await this.#pass(6_000);
  }

  /** Somebody has evacuated the host before. */
  async #empty(): Promise<void> {
    const eve = this.#open("eve");
    await this.#pass(SETTLE_MS);
    const plan = eve.plan({ action: "evacuate", args: this.#story.request.args });
    if (typeof plan === "string") throw new Error(plan);
    let over = false;
    const id = "p0";
    this.#watcher.typed.set(id, plan.risk);
    void eve.operator.run(plan, this.#who(id, eve), this.#how).then(() => {
      over = true;
    });
    while (!over) await this.#pass(1_000);
    eve.kill();
  }

  async play(): Promise<Report> {
    const { story } = this;
    await settle(this.#world, this.#fault, story, (ms) => this.#pass(ms));
    if (story.setting === "emptied") await this.#empty();
    this.#watcher.begin();
    const ana = this.#open("ana");
    if (story.faults.some(({ kind }) => needsBob.has(kind))) this.#open("bob");
    await this.#pass(SETTLE_MS);
    if (story.setting === "moving") {
      const guest = guestOf(story.request);
      migrate(this.#world, { guest, source: guest === guests[0] ? 0 : 1, rate_mib_s: SLOW_MIB_S });
      await this.#pass(1_000);
    }
    this.#moments.over = false;
    if (story.begin_ms === undefined) this.#begin(ana, "p1");
    else
      this.#world.scheduler.after(story.begin_ms, () => {
        if (!ana.killed()) this.#begin(ana, "p1");
      });
    if (story.begin_ms !== undefined) await this.#passTo(story.begin_ms);
    await this.#untilIdle();
    this.#moments.over = true;
    const booting = this.#world.hosts.some(({ power }) => power === "off");
    mend(this.#stage());
    // Nobody else looks any more.
    for (const console of this.#consoles) if (!this.#running.has(console)) console.kill();
    await this.#pass(booting ? BOOTED_MS : CALM_MS);
    await this.#next();
    for (const console of this.#consoles) console.kill();
    const { injected, calls, jobs } = this.#moments;
    return { story, outcomes: this.#outcomes, said: this.#said, violations: this.#watcher.violations, injected, calls, jobs };
  }

  async #passTo(ms: number): Promise<void> {
    const start_ms = this.#world.scheduler.now_ms;
    while (this.#world.scheduler.now_ms - start_ms < ms) {
      await this.#pass(STEP_MS);
      this.#moments.come((when) => "ms" in when && !("job" in when) && when.ms <= this.#world.scheduler.now_ms - start_ms);
    }
  }

  get story(): Story {
    return this.#story;
  }
}

const needsBob: ReadonlySet<FaultKind> = new Set(["second operator", "taken over", "let go"]);

export const play = (story: Story, mutation?: Mutation): Promise<Report> => new Play(story, mutation).play();

/** It runs on a copy that lacks what it was told is written. */
const isStale = (world: World, guest: string): boolean => {
  const resource = world.drbd.get(guest);
  if (resource === undefined) return false;
  const connected = resource.nodes.every(({ connection }) => connection === "Connected");
  return world.hosts.some(
    ({ ix, domains }) => domains.some((domain) => domain.name === guest && isUp(domain)) && unseenWrites(resource, ix, 0, connected) > 0,
  );
};

/** Why a plan's end isn't so in the world itself; undefined: it is. */
function untrue(world: World, plan: Plan): string | undefined {
  for (const { after } of plan.steps)
    for (const expected of after) {
      const host = world.hosts.find(({ name }) => name === expected.host);
      // Power may have gone in the very moment after it was read.
      if (host === undefined || host.power === "off" || !("uuid" in expected)) continue;
      const own = host.domains.filter(({ uuid, name }) => uuid === expected.uuid || name === expected.name);
      const up = own.some((domain) => domain.name === expected.name && isUp(domain));
      if (expected.kind === "guest_absent" && own.length > 0) return `${expected.name} is on ${host.name}`;
      if ((expected.kind === "guest_runs" || expected.kind === "guest_anew") && !up) return `${expected.name} does not run on ${host.name}`;
    }
  return undefined;
}

function judgeEnds(world: World, { add }: Watcher): void {
  for (const { name, plans } of world.hosts) {
    for (const [key, line] of plans.leases) add("no lease left", `${key} of ${line.split(" ")[0]} on ${name}`);
    for (const [plan, notes] of plans.journal) if (!notes.has("end")) add("every plan ends", `${plan} has no end on ${name}`);
  }
}

/** Every command that ran is in its operator's record, and in the syslog of a host that wasn't booted since. */
function judgeAudit(world: World, { ran, add }: Watcher, consoles: readonly FuzzConsole[]): void {
  for (const { plan, step, host, argv, boot_id } of ran) {
    const { plans, name, boot_id: boot_now } = world.hosts[host];
    const words = argv.join(" ");
    if (boot_now === boot_id && !plans.syslog.some((line) => line === `${plan} ${step} start ${words}`))
      add("the audit is true", `syslog of ${name} has nothing of ${plan} ${step}: ${words}`);
    if (!consoles.some((console) => console.intends(plan, step))) add("the audit is true", `no operator's record has ${plan} ${step}`);
  }
}
