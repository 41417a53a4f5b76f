/** A simulated pair over real ssh on loopback, broken and mended by the test: what the console connects to as it would to real hosts. */
import { createSim, realClock, type ServedSim, type Sim, serveSim } from "../../src/sim/index.ts";
import { type Console, type ConsoleOptions, watching } from "./console.ts";

export interface SshPair {
  readonly fault: Sim["fault"];
  readonly sim: Sim;
  readonly server: ServedSim;
  /** `-F FILE alpha beta` */
  readonly args: readonly string[];
  /** The console on this pair. */
  watch(story: (console: Console) => Promise<void>): Promise<void>;
  /** The same with other words on its command line. */
  watchWith(args: readonly string[], story: (console: Console) => Promise<void>, more?: Omit<ConsoleOptions, "args">): Promise<void>;
}

/** Serves `scenario` while `story` runs. Time there passes as here. */
export async function withSshPair(scenario: string, story: (pair: SshPair) => Promise<void>): Promise<void> {
  const sim = createSim({ scenario, clock: realClock });
  if (sim === undefined) throw new Error(`no scenario is named ${scenario}`);
  sim.start();
  const server = await serveSim(sim);
  const args = ["-F", server.files.ssh_config, ...server.hosts];
  try {
    await story({
      fault: sim.fault,
      sim,
      server,
      args,
      watch: (told) => watching({ args }, told),
      watchWith: (words, told, more) => watching({ ...more, args: words }, told),
    });
  } finally {
    sim.stop();
    await server.close();
  }
}
