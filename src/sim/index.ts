/**
 * The simulated pair: two dom0s that behave, break on request and answer as real tools do. `--demo` plays it, tests drive it.
 * Only main and tests import this.
 */
import type { HostLink } from "../xen/host/link.ts";
import { type HostId, hostId, type Pair } from "../xen/model/ids.ts";
import type { SimClock } from "./clock.ts";
import { createFaults, type Faults } from "./fault.ts";
import { BMC_PASSWORD, bmcName, fenceAgent } from "./fence.ts";
import { startTicking } from "./model/tick.ts";
import { dateLogsToBoot, type World } from "./model/world.ts";
import { createMemoryLink } from "./probe/memory-link.ts";
import { DEFAULT_SCENARIO, findScenario, scenarios } from "./scenarios/index.ts";
import type { Remembered, Scenario } from "./scenarios/scenario.ts";
import type { ServedSim } from "./ssh/serve.ts";

export { realClock, type SimClock } from "./clock.ts";
export type { ServedSim } from "./ssh/serve.ts";

export interface Sim {
  readonly scenario: string;
  readonly seed: number;
  readonly hosts: Pair<HostId>;
  /** Breaks and mends things. */
  readonly fault: Faults;
  /** The truth, for tests: what the console ought to find out. */
  readonly world: World;
  /** The simulated pair's clock, in ms since 1970. With a virtual clock it stands still between `advance`s. */
  now_ms(): number;
  /** Lets time pass. Not to be called where a real clock drives. */
  advance(ms: number): void;
  /** Begins to follow the real clock that `createSim` was given; nothing with a virtual one. */
  start(): void;
  stop(): void;
}

export interface SimOptions {
  /** A scenario or its name; default: a pair that is almost well. */
  readonly scenario?: string | Scenario;
  /** The same seed plays the same story. */
  readonly seed?: number;
  /** Absent: virtual, moved by `advance` alone, beginning at START_MS. */
  readonly clock?: SimClock;
}

/** When stories begin on a virtual clock: 2026-11-22 20:00 UTC. */
export const START_MS = Date.UTC(2026, 10, 22, 20, 0, 0);
/** A story has gone on for at least this long when the console comes: its logs and counters have something in them. */
const LEAD_LEAST_MS = 60_000;
/** What happens at the very start of a story has this long to settle before the console comes. */
const LEAD_MARGIN_MS = 5_000;
const leadMs = ({ steps }: Scenario): number =>
  Math.max(LEAD_LEAST_MS, LEAD_MARGIN_MS - 1000 * Math.min(0, ...steps.map(({ at_s }) => at_s)));
/** How often a real clock moves the pair on. */
const FOLLOW_MS = 100;
/** A laptop that slept: the pair doesn't play hours at once. */
const LEAP_MAX_MS = 60_000;

export interface ScenarioEntry {
  readonly name: string;
  readonly sentence: string;
}
export const scenarioList = (): readonly ScenarioEntry[] => scenarios.map(({ name, sentence }) => ({ name, sentence }));

/** Puts lines into the kernels' logs that are older than the story. */
function remember(world: World, lines: readonly Remembered[], lead_ms: number): void {
  for (const { ago_s, host: name, text } of lines) {
    const host = world.hosts.find((each) => each.name === name);
    if (host === undefined) continue;
    const wall_ms = world.scheduler.now_ms + lead_ms - ago_s * 1000 + host.skew_ms;
    host.kernel_log.push({ wall_ms, uptime_s: (wall_ms - host.booted_ms) / 1000, text });
    host.kernel_log.sort((a, b) => a.wall_ms - b.wall_ms);
  }
}

/** undefined: there is no scenario of that name. */
export function createSim(options: SimOptions = {}): Sim | undefined {
  const wanted = options.scenario ?? DEFAULT_SCENARIO;
  const scenario = typeof wanted === "string" ? findScenario(wanted) : wanted;
  if (scenario === undefined) return undefined;
  const seed = options.seed ?? 1;
  const { clock } = options;
  const lead_ms = leadMs(scenario);
  const world = scenario.build(seed, (clock?.now_ms() ?? START_MS) - lead_ms);
  dateLogsToBoot(world);
  remember(world, scenario.before ?? [], lead_ms);
  const fault = createFaults(world);
  startTicking(world);
  for (const step of scenario.steps) world.scheduler.after(lead_ms + step.at_s * 1000, () => step.act(fault, world));
  world.scheduler.advance(lead_ms);
  let stopFollowing: (() => void) | undefined;
  return {
    scenario: scenario.name,
    seed,
    hosts: [hostId(world.hosts[0].name), hostId(world.hosts[1].name)],
    fault,
    world,
    now_ms: () => world.scheduler.now_ms,
    advance: (ms) => world.scheduler.advance(ms),
    start() {
      if (clock === undefined || stopFollowing !== undefined) return;
      stopFollowing = clock.every(FOLLOW_MS, () => {
        const behind_ms = clock.now_ms() - world.scheduler.now_ms;
        if (behind_ms > 0) world.scheduler.advance(Math.min(behind_ms, LEAP_MAX_MS));
      });
    },
    stop() {
      stopFollowing?.();
      stopFollowing = undefined;
    },
  };
}

/** Connections over memory, one per host. */
export const simLinks = (sim: Sim): Pair<HostLink> => [
  createMemoryLink(sim.world, sim.world.hosts[0]),
  createMemoryLink(sim.world, sim.world.hosts[1]),
];

/** The simulated hosts' BMCs, as a console is configured for them: one fence agent each, run beside the console. */
export function simPower({ world, hosts }: Pick<Sim, "world" | "hosts">) {
  const agent = { agent: "fence_ipmilan", from: "console" } as const;
  const fence = (host: HostId, action: "on" | "off" | "reboot" | "status"): Promise<{ code: number; stdout: string; said: string }> =>
    new Promise((resolve) => {
      const lines = `action=${action}\nip=${bmcName(world, host === hosts[0] ? 0 : 1)}\npassword=${BMC_PASSWORD}\n`;
      fenceAgent(world, lines, ({ code, stdout, stderr }) => resolve({ code, stdout, said: stderr.trim() || stdout.trim() }));
    });
  return {
    fence,
    settings: { fence: new Map(hosts.map((host) => [host, agent] as const)), priority: [], migration: new Map<HostId, string>() },
  };
}

/** The pair over ssh on loopback. Its clock must be running (`start`), or nothing beats. */
export async function serveSim(sim: Sim): Promise<ServedSim> {
  const { serveWorld } = await import("./ssh/serve.ts");
  return serveWorld(sim.world);
}
