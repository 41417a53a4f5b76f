/** The command line on a simulated pair, in this process and on its virtual clock: what was typed in, what was printed and the exit status out. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ActSurroundings, runAct } from "../../src/cli/act.ts";
import { parseArgs } from "../../src/cli/args.ts";
import { idle } from "../../src/cli/clock.ts";
import { type Printed, runStatus } from "../../src/cli/headless.ts";
import { runJobs } from "../../src/cli/jobs.ts";
import type { StatusJson } from "../../src/cli/status-json.ts";
import { createSim, simLinks, simPower } from "../../src/sim/index.ts";
import type { Scenario } from "../../src/sim/scenarios/scenario.ts";
import type { Clock } from "../../src/state/runtime.ts";
import { createSelectPair } from "../../src/state/select/pair.ts";

export interface Said extends Printed {
  /** What whoever watched was told, line by line. */
  readonly told: readonly string[];
}

const STEP_MS = 100;
/** Of the pair's time: nothing here takes longer. */
const LIMIT_MS = 3_600_000;
const TIMEOUT_S = 40;

export function commandLine(scenario: string | Scenario, seed = 1) {
  const sim = createSim({ scenario, seed });
  if (sim === undefined) throw new Error("no such scenario");
  const state_dir = mkdtempSync(join(tmpdir(), "xenha-cli-"));
  const clock: Clock = { now_ms: () => sim.now_ms(), after: (delay, callback) => sim.world.scheduler.after(delay, callback) };

  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      sim?.advance(Math.min(STEP_MS, left));
      await idle();
    }
  }
  async function until<T>(running: Promise<T>): Promise<T> {
    let done = false;
    const finish = (): void => {
      done = true;
    };
    running.then(finish, finish);
    const limit_ms = sim === undefined ? 0 : sim.now_ms() + LIMIT_MS;
    while (!done) {
      if ((sim?.now_ms() ?? 0) > limit_ms) throw new Error("it never ended");
      await pass(STEP_MS);
    }
    return running;
  }
  const pair = () => ({
    name: "pair",
    hosts: ["alpha", "beta"] as const,
    links: simLinks(sim),
    simulated: true,
    ...simPower(sim),
  });

  /** `xenha-tui WORDS`; answer: what is typed where something is asked, else there is nobody to ask. */
  async function run(words: readonly string[], answer?: string): Promise<Said> {
    const told: string[] = [];
    const parsed = parseArgs([...words, "--hosts", "alpha,beta"]);
    if (!parsed.ok) return { text: "", err: `xenha-tui: ${parsed.error}\n`, code: 2, told };
    const { args } = parsed;
    const around: ActSurroundings = {
      pair: pair(),
      clock,
      select: createSelectPair(),
      timeout_s: TIMEOUT_S,
      style: { color: false, ascii: false },
      state_dir,
      operator: "ana",
      say: (line) => told.push(line),
      ask: answer === undefined ? undefined : async () => answer,
      stopping: () => false,
    };
    if (args.command === "act") return { ...(await until(runAct(args, around))), told };
    if (args.command === "jobs") return { ...(await until(runJobs(args, around))), told };
    throw new Error(`${args.command} isn't run here`);
  }

  async function status(): Promise<StatusJson> {
    const request = {
      pair: pair(),
      clock,
      started_ms: sim?.now_ms() ?? 0,
      timeout_s: TIMEOUT_S,
      select: createSelectPair(),
      version: "test",
    };
    const { text } = await until(runStatus(request, { json: true, style: { color: false, ascii: false } }));
    return JSON.parse(text) as StatusJson;
  }
  return {
    sim,
    state_dir,
    world: sim.world,
    fault: sim.fault,
    pass,
    run,
    status,
    close: () => rmSync(state_dir, { recursive: true, force: true }),
  };
}
export type CommandLine = ReturnType<typeof commandLine>;

/** The story's pair while it is told. */
export async function onCommandLine(scenario: string | Scenario, story: (line: CommandLine) => Promise<void>): Promise<void> {
  const line = commandLine(scenario);
  try {
    await story(line);
  } finally {
    line.close();
  }
}
