/** The engine on the smallest simulated pair, with plans of any steps and ports that can be tampered with. All on one virtual clock. */
import type { DrivePorts, Driver, Outcome } from "../../../src/state/plan/drive.ts";
import type { Plan, PlanStep } from "../../../src/state/plan/plan.ts";
import { type FuzzConsole, openConsole } from "../../fuzz/console.ts";
import { fuzzWorld } from "../../fuzz/world.ts";
import { stepNamed } from "./plans.ts";

const STEP_MS = 250;
const SETTLE_MS = 8_000;

/** Waits for a job that takes that long and changes nothing that matters: whatever host it runs on. */
export const slowStep = (id: string, more: Partial<PlanStep> = {}): PlanStep => stepNamed(id, { argv: ["sleep", "5"], ...more });

export async function engine(two = true) {
  const { world, fault } = fuzzWorld(1, two);
  const ran: string[] = [];
  world.job_listeners.add(({ host, argv }) => ran.push(`${world.hosts[host].name}: ${argv.join(" ")}`));

  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      world.scheduler.advance(STEP_MS);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  async function until(what: () => boolean, limit_ms = 600_000): Promise<void> {
    for (let left = limit_ms; !what(); left -= STEP_MS) {
      if (left <= 0) throw new Error("it never came to that");
      await pass(STEP_MS);
    }
  }
  async function ended<T>(running: Promise<T>, limit_ms = 900_000): Promise<T> {
    let done = false;
    const finish = (): void => {
      done = true;
    };
    running.then(finish, finish);
    await until(() => done, limit_ms);
    return running;
  }
  /** A console that knows the pair. machine: whose records it has. */
  async function open(name: string, wrap?: (ports: DrivePorts) => DrivePorts, machine = name): Promise<FuzzConsole> {
    const console = openConsole(world, name, wrap, machine);
    await pass(SETTLE_MS);
    return console;
  }
  let runs = 0;
  const who = (console: FuzzConsole, id: string): Driver => {
    runs += 1;
    return { id, driver: `d${runs}-${console.name}`, operator: console.name, reason: "test" };
  };
  const how = { stopping: () => false, tell: () => undefined };
  /** Runs the very plan, whatever its request means. */
  const run = (console: FuzzConsole, plan: Plan, id = "p1"): Promise<Outcome> => console.operator.run(plan, who(console, id), how);
  const journalOf = (console: FuzzConsole, id: string) => {
    const found = console.journals().find((journal) => journal.id === id);
    if (found === undefined) throw new Error(`no journal ${id}`);
    return found;
  };
  const takeOver = (console: FuzzConsole, id = "p1"): Promise<Outcome> =>
    console.operator.takeOver(journalOf(console, id), who(console, id), how);
  const letGo = (console: FuzzConsole, id = "p1"): Promise<Outcome> =>
    console.operator.letGo(journalOf(console, id), who(console, id), how);
  /** Every line that a host has of it, in order. */
  const lines = (host: 0 | 1, id = "p1"): readonly string[] => {
    const { journal, old } = world.hosts[host].plans;
    const all = new Map([...(old.get(id) ?? []), ...(journal.get(id) ?? [])]);
    return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([seq, text]) => `${seq} ${text}`);
  };
  const kinds = (host: 0 | 1, id = "p1"): readonly string[] =>
    lines(host, id).map((line) => String((JSON.parse(line.slice(line.indexOf(" "))) as { kind: unknown }).kind));
  const leases = (): readonly string[] =>
    world.hosts.flatMap(({ name, plans }) => [...plans.leases].map(([key, line]) => `${name} ${key} ${line.split(" ")[1]}`));
  return { world, fault, ran, pass, until, ended, open, run, takeOver, letGo, journalOf, lines, kinds, leases, who, how };
}

/** Ports by which a request means this plan. */
export const meaning =
  (plan: Plan, more: (ports: DrivePorts) => Partial<DrivePorts> = () => ({})) =>
  (ports: DrivePorts): DrivePorts => ({ ...ports, plan: () => plan, ...more(ports) });
