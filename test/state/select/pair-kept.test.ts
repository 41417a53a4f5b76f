/** The view that goes on from the one before is the view that would be made anew, whatever happens in between: to the pair, to the links, to the clock. */
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Sim } from "../../../src/sim/index.ts";
import { createSelectPair, selectPair } from "../../../src/state/select/pair.ts";
import type { PairState } from "../../../src/state/state.ts";
import type { PairView } from "../../../src/state/view-model.ts";
import { readingIds } from "../../../src/xen/read/index.ts";
import { playStory, type Story } from "../story.ts";

/** A view of a story, and the story's course in between. */
interface Viewer {
  look(state: PairState, now_ms: number): PairView;
}

/** Every so many views one is held, to see that it stays as it was. */
const HOLD_EVERY = 8;

function createViewer(): Viewer {
  const select = createSelectPair();
  let held: { readonly view: PairView; readonly copy: PairView } | undefined;
  let views = 0;
  return {
    look(state, now_ms) {
      const view = select(state, now_ms);
      const anew = selectPair(state, now_ms);
      // Ages are part of it, and so is every word.
      if (!isDeepStrictEqual(view, anew)) expect(view).toStrictEqual(anew);
      // What was shown isn't changed by what comes after it.
      if (held !== undefined && !isDeepStrictEqual(held.view, held.copy)) expect(held.view).toStrictEqual(held.copy);
      held = views++ % HOLD_EVERY === 0 ? { view, copy: structuredClone(view) } : undefined;
      return view;
    },
  };
}

/** A view after every so many messages, and where none come; now and then one of a later moment, as if all had gone silent. */
function watch(story: Story, seconds: number, viewer: Viewer): void {
  const end_ms = story.now_ms() + seconds * 1000;
  let messages = 0;
  for (let step = 0; story.now_ms() < end_ms; step += 1) {
    story.advance(step % 5 === 0 ? 2300 : 900, (msg, state) => {
      messages += 1;
      if (messages % 10 === 0) viewer.look(state, msg.at_ms);
    });
    if (step % 4 === 0) viewer.look(story.state(), story.now_ms());
    if (step % 14 === 13) for (const later_ms of [2500, 7600, 31_000, 0]) viewer.look(story.state(), story.now_ms() + later_ms);
  }
}

describe("a view that goes on from the one before", () => {
  it.each(["link-drop", "hung-command", "frozen-host", "stuck-migration", "split-brain", "resync-stall", "host-returns", "garbage"])(
    "%s: is the one made anew",
    (scenario) => {
      const story = playStory(scenario);
      watch(story, 125, createViewer());
    },
  );

  it("keeps what has not changed, and no more of what went than of what came", () => {
    const story = playStory("pair");
    const select = createSelectPair();
    story.advance(120_000);
    const first = select(story.state(), story.now_ms());
    const next = select(story.state(), story.now_ms() + 1);
    expect(next.guests).toBe(first.guests);
    expect(next.drbd).toBe(first.drbd);
    expect(next.storage).toBe(first.storage);
    expect(next.bridges).toBe(first.bridges);
  });

  it("is of another pair where it is given another pair", () => {
    const select = createSelectPair();
    const [one, other] = [playStory("pair"), playStory("san")];
    one.advance(20_000);
    other.advance(20_000);
    for (const story of [one, other, one]) {
      expect(select(story.state(), story.now_ms())).toStrictEqual(selectPair(story.state(), story.now_ms()));
    }
    const turned: PairState = { ...one.state(), order: [one.state().order[1], one.state().order[0]] };
    expect(select(turned, one.now_ms())).toStrictEqual(selectPair(turned, one.now_ms()));
  });
});

/** What can happen, by a few numbers: each names a host, a guest, a resource or a reading of whatever pair it happens to. */
type Happening = (sim: Sim, which: number) => void;
const pick = <T>(items: readonly T[], which: number): T | undefined => items[which % items.length];
const host = ({ hosts }: Sim, which: number): string => hosts[which % 2 === 0 ? 0 : 1];
const resource = ({ world }: Sim, which: number): string | undefined => pick([...world.drbd.keys()], which);
const guest = ({ world }: Sim, which: number): string | undefined =>
  pick(
    world.hosts
      .flatMap(({ domains }) => domains.flatMap(({ domid, name }) => (domid === 0 || name === undefined ? [] : [name])))
      .filter((name) => !name.includes("--")),
    which,
  );
const forResource =
  (act: (sim: Sim, resource: string, host: string) => void): Happening =>
  (sim, which) => {
    const name = resource(sim, which >> 1);
    if (name !== undefined) act(sim, name, host(sim, which));
  };
const forGuest =
  (act: (sim: Sim, guest: string) => void): Happening =>
  (sim, which) => {
    const name = guest(sim, which);
    if (name !== undefined) act(sim, name);
  };
const forReading =
  (act: (sim: Sim, host: string, reading: string) => void): Happening =>
  (sim, which) =>
    act(sim, host(sim, which), pick(readingIds, which >> 1) ?? "df");

const happenings: readonly Happening[] = [
  (sim, which) => sim.fault.consoleLinkCut(host(sim, which)),
  (sim, which) => sim.fault.consoleLinkBack(host(sim, which)),
  (sim, which) => sim.fault.hostFrozen(host(sim, which)),
  (sim, which) => sim.fault.hostThawed(host(sim, which)),
  (sim, which) => (which % 3 === 0 ? sim.fault.replicationLinkCut() : sim.fault.replicationLinkBack()),
  forReading((sim, name, reading) => sim.fault.hang(name, reading)),
  forReading((sim, name, reading) => sim.fault.hang(name, reading)),
  forReading((sim, name, reading) => sim.fault.release(name, reading)),
  forResource((sim, name, on) => sim.fault.resync(name, on, 400_000)),
  forResource((sim, name, on) => sim.fault.detach(name, on)),
  forResource((sim, name, on) => sim.fault.attach(name, on)),
  forResource((sim, name, on) => sim.fault.pauseSync(name, on, true)),
  forResource((sim, name, on) => sim.fault.disconnect(name, on)),
  forResource((sim, name, on) => sim.fault.connect(name, on)),
  forGuest((sim, name) => sim.fault.migrate(name)),
  forGuest((sim, name) => sim.fault.guestPaused(name, true)),
  forGuest((sim, name) => sim.fault.guestPaused(name, false)),
  forGuest((sim, name) => sim.fault.guestCrash(name)),
  forGuest((sim, name) => sim.fault.guestStop(name)),
];

describe("whatever happens", () => {
  const anyStep = fc.record({
    what: fc.nat(happenings.length - 1),
    which: fc.nat(200),
    seconds: fc.constantFrom(0, 1, 4, 9, 17, 40),
    /** Ahead of the story, as a console's clock may be that was asleep. */
    ahead_ms: fc.constantFrom(0, 0, 0, 400, 6000, 16_000, 70_000),
  });

  it("the view that goes on is the one made anew", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("pair", "drbd9", "san", "maintenance"),
        fc.nat(1000),
        fc.array(anyStep, { minLength: 4, maxLength: 10 }),
        (scenario, seed, steps) => {
          const story = playStory(scenario, seed);
          const viewer = createViewer();
          story.advance(30_000);
          viewer.look(story.state(), story.now_ms());
          for (const { what, which, seconds, ahead_ms } of steps) {
            happenings[what]?.(story.sim, which);
            let messages = 0;
            story.advance(seconds * 1000, (msg, state) => {
              messages += 1;
              if (messages % 15 === 0) viewer.look(state, msg.at_ms);
            });
            viewer.look(story.state(), story.now_ms() + ahead_ms);
          }
        },
      ),
      { numRuns: 12 },
    );
  });
});
