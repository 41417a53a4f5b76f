/** Opens the pair that is meant: two hosts over ssh, or a simulated one. Part of the composition root. */
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import type { Options, Target } from "./cli/args.ts";
import { type Config, choosePair, type PairConfig, pairDefaults } from "./cli/config.ts";
import { readConfig } from "./cli/config-file.ts";
import type { StepLog } from "./cli/doctor.ts";
import { planSettings } from "./cli/fence.ts";
import type { OpenPair } from "./cli/headless.ts";
import type { Recording } from "./state/recorder/player.ts";
import type { Clock } from "./state/runtime.ts";
import type { Ask } from "./xen/host/link.ts";

/** What went wrong before anything was tried. One line each. */
export class Refusal {
  readonly lines: readonly string[];
  constructor(...lines: readonly string[]) {
    this.lines = lines;
  }
}

export type DemoTarget = Extract<Target, { kind: "demo" }>;
export type FileTarget = Extract<Target, { kind: "file" }>;

/** The pair that is meant, with its settings; a simulated one has the usual ones. */
export interface Chosen {
  readonly config: Config;
  readonly settings: Omit<PairConfig, "name" | "hosts">;
  readonly target: LiveTarget | FileTarget;
}
export type LiveTarget = DemoTarget | { readonly kind: "pair"; readonly pair: PairConfig };

export function choose({ target, options }: { readonly target: Target; readonly options: Options }): Chosen | Refusal {
  const read = readConfig({ given: options.config, env: process.env, home: homedir() });
  if (!read.ok) return new Refusal(...read.errors);
  const { config } = read;
  if (target.kind === "demo" || target.kind === "file") return { config, settings: pairDefaults, target };
  const choice = choosePair(config, target);
  if (!choice.ok) return new Refusal(choice.error);
  const pair = { ...choice.pair, ssh_config: options.ssh_config ?? choice.pair.ssh_config };
  const unread = unreadable(pair.ssh_config);
  if (unread !== undefined) return new Refusal(unread);
  return { config, settings: pair, target: { kind: "pair", pair } };
}

/** Said before anything is tried: what ssh would answer of it comes once for each host, and late. */
function unreadable(ssh_config: string | undefined): string | undefined {
  if (ssh_config === undefined || ssh_config === "none") return undefined;
  try {
    accessSync(ssh_config, constants.R_OK);
    return undefined;
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return `the ssh configuration ${ssh_config} ${missing ? "doesn't exist" : "can't be read"}`;
  }
}

/** Who is asked and told while the hosts are connected to; nobody: undefined. */
export interface Company {
  readonly ask?: Ask;
  readonly log?: StepLog;
}

/** ssh2 itself is loaded when the first connection is made. */
export async function openHosts(pair: PairConfig, { ask, log }: Company): Promise<OpenPair> {
  const { name, hosts, ssh_config, probe, sudo } = pair;
  const [{ createSshLinks }, { createFrameDecoder }, { probeSource }, { readings }] = await Promise.all([
    import("./xen/host/ssh-link.ts"),
    import("./xen/host/frames.ts"),
    import("./xen/host/probe-source.ts"),
    import("./xen/read/index.ts"),
  ]);
  const link = createSshLinks({
    config_file: ssh_config,
    ask,
    program: probeSource(Object.values(readings)),
    createDecoder: createFrameDecoder,
    random: Math.random,
  });
  const options = { probe, become: sudo === "auto" ? "auto" : sudo ? "sudo" : "never" } as const;
  const told = (side: 0 | 1) => (log === undefined ? options : { ...options, onStep: log.onStep[side] });
  const links = [link(hosts[0], told(0)), link(hosts[1], told(1))] as const;
  return { name, hosts, links, simulated: false, settings: planSettings(pair), ...(await fenceFor(pair, links)) };
}

/** Loaded only where a host has an agent. */
async function fenceFor(pair: PairConfig, links: OpenPair["links"]): Promise<Pick<OpenPair, "fence">> {
  if (Object.keys(pair.fence).length === 0) return {};
  const [{ createFence, runHere, runOnHost }, { systemClock }] = await Promise.all([import("./cli/fence.ts"), import("./cli/clock.ts")]);
  const fence = createFence(pair, { here: runHere, on: (host) => runOnHost(links[host === pair.hosts[0] ? 0 : 1], systemClock.after) });
  return fence === undefined ? {} : { fence };
}

/** For a command that waits for the pair: in real time, or as fast as a simulated one can. */
export const openDriven = (target: LiveTarget, log?: StepLog): Promise<Driven | Refusal> =>
  target.kind === "demo" ? openVirtualDemo(target) : openRealTime(target.pair, log);

/** A recording, or a support bundle, as what was recorded of one moment. */
export async function openFile(path: string): Promise<Recording | Refusal> {
  const { openRecording } = await import("./cli/recording-file.ts");
  const read = await openRecording(path);
  return read.ok ? read.recording : new Refusal(`${path} ${read.why}`);
}

/** Plays on its own, by the machine's clock. */
export async function openDemo(target: DemoTarget): Promise<OpenPair | Refusal> {
  const { createSim, realClock, simLinks, simPower } = await import("./sim/index.ts");
  const sim = createSim({ ...simOptions(target), clock: realClock });
  if (sim === undefined) return unknownScenario(target);
  sim.start();
  return { name: `demo ${sim.scenario}`, hosts: sim.hosts, links: simLinks(sim), simulated: true, ...simPower(sim) };
}

/** A pair for a command that waits for it. */
export interface Driven {
  readonly pair: OpenPair;
  readonly clock: Clock;
  /** Makes the pair's time pass until the command is done. */
  readonly driven: <T>(running: Promise<T>) => Promise<T>;
}

export async function openRealTime(pair: PairConfig, log?: StepLog): Promise<Driven> {
  const [opened, { systemClock }] = await Promise.all([openHosts(pair, log === undefined ? {} : { log }), import("./cli/clock.ts")]);
  return { pair: opened, clock: systemClock, driven: (running) => running };
}

/** How far a simulated pair's time is moved on at once. */
const VIRTUAL_STEP_MS = 50;

/** A simulated pair whose time passes only while a command waits, and as fast as it can: the same seed tells the same. */
export async function openVirtualDemo(target: DemoTarget): Promise<Driven | Refusal> {
  const [{ createSim, simLinks, simPower }, { idle }] = await Promise.all([import("./sim/index.ts"), import("./cli/clock.ts")]);
  const sim = createSim(simOptions(target));
  if (sim === undefined) return unknownScenario(target);
  return {
    pair: { name: `demo ${sim.scenario}`, hosts: sim.hosts, links: simLinks(sim), simulated: true, ...simPower(sim) },
    clock: { now_ms: () => sim.now_ms(), after: (delay_ms, callback) => sim.world.scheduler.after(delay_ms, callback) },
    driven: async (running) => {
      let done = false;
      const finish = (): void => {
        done = true;
      };
      running.then(finish, finish);
      while (!done) {
        sim.advance(VIRTUAL_STEP_MS);
        await idle();
      }
      return running;
    },
  };
}

export async function scenarioList(): Promise<string> {
  const scenarios = (await import("./sim/index.ts")).scenarioList();
  const column = Math.max(...scenarios.map(({ name }) => name.length)) + 2;
  return scenarios.map(({ name, sentence }) => `${name.padEnd(column)}${sentence}\n`).join("");
}

const simOptions = ({ scenario, seed }: DemoTarget) => ({
  ...(scenario === undefined ? {} : { scenario }),
  ...(seed === undefined ? {} : { seed }),
});
const unknownScenario = ({ scenario }: DemoTarget): Refusal =>
  new Refusal(`no scenario is named "${scenario}"; \`--demo list\` names them`);
