/** What a simulated pair tells, kept to be told again: everything up to a moment, then the readings that change, once a second. */

import { answer } from "../src/sim/format/index.ts";
import { createSim, simLinks } from "../src/sim/index.ts";
import type { Scenario } from "../src/sim/scenarios/scenario.ts";
import type { ProbeFrame } from "../src/xen/host/wire.ts";
import type { Pair } from "../src/xen/model/ids.ts";
import type { Recorded } from "./story-file.ts";

/** Every reading has been told by then. */
const SETTLED_MS = 150_000;
const TICKS = 30;
/** All guests' times and all resources' figures are in these. */
const CHANGING = ["xl-list", "drbd-status", "xentop"] as const;

const section = (id: string, stdout: string): ProbeFrame => ({ kind: "section", id, rc: 0, took_s: 0.1, truncated: false, stdout });

export function recordStory(scenario: Scenario): Recorded {
  const sim = createSim({ scenario });
  if (sim === undefined) throw new Error("a scenario that was given is found");
  const newest: Pair<Map<string, ProbeFrame>> = [new Map(), new Map()];
  const links = simLinks(sim);
  for (const at of [0, 1] as const) {
    links[at].start((event) => {
      if (event.kind !== "frame") return;
      if (event.frame.kind === "hello") newest[at].set("hello", event.frame);
      if (event.frame.kind === "section") newest[at].set(event.frame.id, event.frame);
    });
  }
  sim.advance(SETTLED_MS);
  const { hosts } = sim.world;
  const uptime = (at: 0 | 1): number => (sim.now_ms() - hosts[at].booted_ms) / 1000;
  const uptime_s: Pair<number> = [uptime(0), uptime(1)];
  const ticks: Pair<ProbeFrame[][]> = [[], []];
  for (let tick = 0; tick < TICKS; tick += 1) {
    sim.advance(1000);
    for (const at of [0, 1] as const) ticks[at].push(CHANGING.map((id) => section(id, answer(sim.world, hosts[at], id).stdout)));
  }
  const before: Pair<ProbeFrame[]> = [[...newest[0].values()], [...newest[1].values()]];
  for (const link of links) link.stop();
  return {
    hosts: [hosts[0].name, hosts[1].name],
    uptime_s,
    ids: [...newest[0].keys()].filter((id) => id !== "hello"),
    before: [refreshed(before[0], uptime_s[0]), refreshed(before[1], uptime_s[1])],
    ticks,
  };
}

/** The hello of a probe that starts now. */
const refreshed = (frames: readonly ProbeFrame[], uptime_s: number): ProbeFrame[] =>
  frames.map((frame) => (frame.kind === "hello" ? { ...frame, uptime_s } : frame));
