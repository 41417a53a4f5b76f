/**
 * From what happens on a dom0 to the view that shows it, on the simulated pair's own clock: what the probe, the wire's order and the runtime's pace put
 * between them, whatever the machine is busy with. Times of commands are the dom0's; times of processors are for the benchmark.
 */
import { describe, expect, it } from "vitest";
import { createSim, type Sim, simLinks } from "../../src/sim/index.ts";
import { createRuntime } from "../../src/state/runtime.ts";
import { createSelectPair } from "../../src/state/select/pair.ts";
import { initialState } from "../../src/state/update.ts";
import type { PairView } from "../../src/state/view-model.ts";

/** Of the way from an event to its pixel (docs/performance.md), without processors and lines: drawing has the rest. */
const OWN_LIMIT_MS = 120;
const GUEST = "web01";

function watched(): { sim: Sim; view: () => PairView; lastTook_ms: (readings: readonly string[]) => number } {
  const sim = createSim({ scenario: "pair" });
  if (sim === undefined) throw new Error("there is no scenario pair");
  const [alpha, beta] = simLinks(sim);
  const took = new Map<string, { readonly at_ms: number; readonly took_ms: number }>();
  sim.world.frame_listeners.add(({ frame }) => {
    if (frame.kind === "section") took.set(frame.id, { at_ms: sim.now_ms(), took_ms: frame.took_s * 1000 });
  });
  const select = createSelectPair();
  const initial = initialState({ name: "pair", hosts: sim.hosts, now_ms: sim.now_ms() });
  let view = select(initial, sim.now_ms());
  const runtime = createRuntime({
    initial,
    links: [
      { host: sim.hosts[0], link: alpha },
      { host: sim.hosts[1], link: beta },
    ],
    clock: { now_ms: () => sim.now_ms(), after: (ms, call) => sim.world.scheduler.after(ms, call) },
    select,
    publish: (made) => {
      view = made;
    },
    asked: [],
  });
  runtime.start();
  sim.advance(40_000);
  return {
    sim,
    view: () => view,
    lastTook_ms: (readings) => {
      const told = readings.flatMap((id) => took.get(id) ?? []);
      return told.sort((one, next) => next.at_ms - one.at_ms)[0]?.took_ms ?? 0;
    },
  };
}

/** Each event at another moment of the second, of the readings' cadences and of the views. */
const moments = Array.from({ length: 24 }, (_, at) => 4_000 + at * 137);

/** What lies between the event and its view, but for the command whose answer told it. */
function own(
  { sim, lastTook_ms }: ReturnType<typeof watched>,
  readings: readonly string[],
  deed: () => void,
  isShown: () => boolean,
): number {
  const begun_ms = sim.now_ms();
  deed();
  while (!isShown() && sim.now_ms() - begun_ms < 5_000) sim.advance(1);
  expect(isShown()).toBe(true);
  return sim.now_ms() - begun_ms - lastTook_ms(readings);
}

describe("from an event to the view that shows it", () => {
  it("of a domain that goes or comes", () => {
    const at = watched();
    const isThere = (): boolean => at.view().guests.find(({ name }) => name === GUEST)?.state.text !== "down";
    const waits = moments.map((apart_ms) => {
      at.sim.advance(apart_ms);
      const was = isThere();
      const deed = (): void => (was ? at.sim.fault.guestStop(GUEST) : at.sim.fault.guestStart(GUEST, "alpha"));
      return own(at, ["xl-list"], deed, () => isThere() !== was);
    });
    expect(Math.max(...waits)).toBeLessThanOrEqual(OWN_LIMIT_MS);
  });

  it("of a connection of DRBD that is lost", () => {
    const at = watched();
    const isConnected = (): boolean =>
      at
        .view()
        .drbd.filter(({ key }) => key.startsWith(GUEST))
        .every(({ sides }) => sides.every(({ connection }) => connection === "Connected"));
    const waits = moments.map((apart_ms) => {
      at.sim.advance(apart_ms);
      const wait_ms = own(
        at,
        ["drbd-status", "drbd-proc"],
        () => at.sim.fault.disconnect(GUEST, "alpha"),
        () => !isConnected(),
      );
      at.sim.advance(3_000);
      at.sim.fault.connect(GUEST, "alpha");
      at.sim.advance(10_000);
      expect(isConnected()).toBe(true);
      return wait_ms;
    });
    expect(Math.max(...waits)).toBeLessThanOrEqual(OWN_LIMIT_MS);
  });
});
