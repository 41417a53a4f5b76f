/** A simulated pair's story as the console hears it: each message, taken into the state, in the order and at the time it comes. */
import { createSim, type Sim, simLinks } from "../../src/sim/index.ts";
import type { Scenario } from "../../src/sim/scenarios/scenario.ts";
import { type HostMsg, hostMsg } from "../../src/state/msg.ts";
import type { PairState } from "../../src/state/state.ts";
import { initialState, update } from "../../src/state/update.ts";

export interface Story {
  readonly state: () => PairState;
  readonly now_ms: () => number;
  /** Lets time pass; `heard` is called with every message, after it was taken. */
  advance(ms: number, heard?: (msg: HostMsg, state: PairState) => void): void;
  readonly sim: Sim;
}

export function playStory(scenario: string | Scenario, seed = 1): Story {
  const name = typeof scenario === "string" ? scenario : scenario.name;
  const sim = createSim({ scenario, seed });
  if (sim === undefined) throw new Error(`there is no scenario ${name}`);
  let state = initialState({ name, hosts: sim.hosts, now_ms: sim.now_ms() });
  let listening: ((msg: HostMsg, state: PairState) => void) | undefined;
  for (const [index, link] of simLinks(sim).entries()) {
    const host = sim.hosts[index === 0 ? 0 : 1];
    link.start((event) => {
      const msg = hostMsg(host, event, sim.now_ms());
      state = update(state, msg);
      listening?.(msg, state);
    });
  }
  return {
    state: () => state,
    now_ms: () => sim.now_ms(),
    advance(ms, heard) {
      listening = heard;
      sim.advance(ms);
      listening = undefined;
    },
    sim,
  };
}
