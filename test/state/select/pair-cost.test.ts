/** What a view costs, counted: on the largest pair a change makes again what was made of it, and nothing else. */
import { describe, expect, it } from "vitest";
import { buildSized } from "../../../src/sim/scenarios/large.ts";
import { judgedGuests } from "../../../src/state/select/guests.ts";
import { createSelectPair } from "../../../src/state/select/pair.ts";
import { watch } from "../../../src/state/select/sides.ts";
import type { GuestRow, PairView } from "../../../src/state/view-model.ts";
import { newest } from "../../../src/xen/model/known.ts";
import { playStory, type Story } from "../story.ts";

const SETTLED_MS = 60_000;

/** The parts of a guest's row that are judged; ages come and go with every answer. */
const parts = ["state", "disks", "nics", "disks_worst", "config_drift"] as const satisfies readonly (keyof GuestRow)[];

function changed(before: PairView, after: PairView): string[] {
  const old = new Map(before.guests.map((guest) => [guest.key, guest]));
  return after.guests.filter((guest) => parts.some((part) => old.get(guest.key)?.[part] !== guest[part])).map(({ name }) => name);
}

/** A view after each message, until this is so. */
function until(story: Story, view: (now_ms: number) => PairView, isSo: (view: PairView) => boolean): { before: PairView; after: PairView } {
  for (let at = 0; at < 400; at += 1) {
    const before = view(story.now_ms());
    story.advance(100);
    const after = view(story.now_ms());
    if (isSo(after)) return { before, after };
  }
  throw new Error("it never came to that");
}

describe("a view of 200 guests", () => {
  const story = playStory({ name: "sized", sentence: "", build: (seed, start_ms) => buildSized(seed, start_ms, 200), steps: [] });
  story.advance(SETTLED_MS);
  const select = createSelectPair();
  const view = (now_ms: number): PairView => select(story.state(), now_ms);
  const guest = view(story.now_ms()).guests.find(({ state, host }) => state.text === "running" && host === "alpha");
  if (guest === undefined) throw new Error("no guest runs on alpha");
  const stateOf = ({ guests }: PairView): string | undefined => guests.find(({ key }) => key === guest.key)?.state.text;

  it("in which time passes judges no guest again", () => {
    const before = view(story.now_ms());
    for (let at = 0; at < 20; at += 1) {
      story.advance(250);
      view(story.now_ms());
    }
    expect(before.guests.length).toBeGreaterThan(150);
    expect(changed(before, view(story.now_ms()))).toEqual([]);
  });

  it("in which one guest is paused judges that one", () => {
    story.sim.fault.guestPaused(guest.name, true);
    const { before, after } = until(story, view, (now) => stateOf(now) === "paused");
    expect(changed(before, after)).toEqual([guest.name]);
  });

  it("reads again only what a host tells anew", () => {
    const told = () => newest(story.state().hosts.get(story.state().order[0])?.facts["drbd-status"])?.resources ?? [];
    const [before] = [told()];
    story.sim.fault.resync(before[3]?.name ?? "", "alpha");
    for (let at = 0; at < 200 && told() === before; at += 1) story.advance(100);
    const now = told();
    const kept = now.filter((resource, at) => resource === before[at]).length;
    expect(now).not.toBe(before);
    expect([now.length - kept, now.length > 150]).toEqual([1, true]);
  });

  it("in which resyncs move judges a guest again once a percent", () => {
    const resources = ["web001", "app001", "db001", "mq001"];
    for (const resource of resources) story.sim.fault.resync(resource, "alpha");
    story.advance(12_000);
    const done = (): readonly string[] =>
      story
        .state()
        .order.flatMap((id) =>
          (newest(story.state().hosts.get(id)?.facts["drbd-status"])?.resources ?? []).flatMap(({ name, connections }) =>
            connections.flatMap(({ volumes }) =>
              [...volumes].flatMap(([number, { sync }]) =>
                sync?.done_percent === undefined ? [] : [`${id} ${name}/${number} ${Math.floor(sync.done_percent)}`],
              ),
            ),
          ),
        );
    const left = (): string => JSON.stringify([...story.state().history.out_of_sync.values()].map((samples) => samples.at(-1)?.kib));
    const watched = watch(story.state(), story.now_ms());
    let [judged, percents, kib] = [judgedGuests(watched.sides), done(), left()];
    const [moved, again, whole] = [[0], [0], [0]];
    for (let at = 0; at < 120; at += 1) {
      story.advance(250);
      watched.look(story.state(), story.now_ms());
      const [now, now_percents, now_kib] = [judgedGuests(watched.sides), done(), left()];
      moved.push(now_kib === kib ? 0 : 1);
      again.push(now.filter((one, index) => one !== judged[index]).length);
      whole.push(now_percents.filter((one) => !percents.includes(one)).length);
      [judged, percents, kib] = [now, now_percents, now_kib];
    }
    const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);
    expect(percents.length).toBeGreaterThanOrEqual(resources.length);
    expect(sum(moved)).toBeGreaterThan(5);
    expect(sum(again)).toBeGreaterThan(0);
    // And one whose state is another after a while.
    expect(sum(again)).toBeLessThanOrEqual(sum(whole) + 2);
  });
});
