import { describe, expect, it } from "vitest";
import { createScheduler } from "../../../src/sim/scheduler.ts";
import { createPlayer, readRecording } from "../../../src/state/recorder/player.ts";
import { createTransport, type ReplayStatus } from "../../../src/state/recorder/transport.ts";
import type { PairView } from "../../../src/state/view-model.ts";
import { memorySink, recordedSession } from "./session.ts";

const kept = memorySink();
const session = recordedSession({ scenario: "replication-cut", sink: kept.sink });
session.advance(120_000);
session.end();

function replaying(speed = 1) {
  const read = readRecording(kept.parts());
  if (!read.ok) throw new Error(read.why);
  const scheduler = createScheduler(0);
  const player = createPlayer(read.recording);
  const shown: { view: PairView; status: ReplayStatus }[] = [];
  const transport = createTransport({
    player,
    clock: { now_ms: () => scheduler.now_ms, after: (ms, task) => scheduler.after(ms, task) },
    cut_off: false,
    speed,
    publish: (view, status) => void shown.push({ view, status }),
  });
  const place_s = (): number => (transport.status().at_ms - player.from_ms) / 1000;
  return { transport, scheduler, shown, place_s, player };
}

describe("a recording that is played", () => {
  it("goes as fast as it is told, shows as often as a live session, and ends at its end", () => {
    const { transport, scheduler, shown, place_s } = replaying();
    transport.move("toggle");
    scheduler.advance(10_000);
    expect(place_s()).toBeCloseTo(10, 1);
    expect(shown.length).toBeLessThanOrEqual(42);
    transport.move("faster");
    transport.move("faster");
    scheduler.advance(10_000);
    expect(place_s()).toBeCloseTo(50, 0);
    transport.move("toggle");
    scheduler.advance(10_000);
    expect(place_s()).toBeCloseTo(50, 0);
    transport.move("toggle");
    scheduler.advance(60_000);
    expect(transport.status()).toMatchObject({ playing: false, at_ms: transport.status().to_ms, speed: 4 });
    // At its end there is nothing to play.
    transport.move("toggle");
    expect(transport.status().playing).toBe(false);
  });

  it("steps, and stands still where it stepped to", () => {
    const { transport, scheduler, place_s } = replaying();
    transport.move("toggle");
    scheduler.advance(5_000);
    transport.move("step");
    scheduler.advance(0);
    const there = place_s();
    expect(there).toBeGreaterThan(4.9);
    scheduler.advance(5_000);
    expect(place_s()).toBe(there);
    transport.move("step_back");
    scheduler.advance(0);
    expect(place_s()).toBeLessThan(there);
    transport.move({ to_ms: transport.status().from_ms + 60_000 });
    scheduler.advance(1_000);
    transport.move("minute_back");
    scheduler.advance(1_000);
    expect(place_s()).toBe(0);
    transport.move("start");
    transport.move("step_back");
    expect(place_s()).toBe(0);
  });

  it("goes to where the findings change", () => {
    const { transport, scheduler, shown } = replaying();
    const found: string[][] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      transport.move("news");
      scheduler.advance(5_000);
      found.push((shown.at(-1)?.view.findings ?? []).map(({ rule }) => rule));
    }
    expect(found[0]).not.toEqual([]);
    expect(found.flat()).toContain("net.carrier");
    expect(transport.status().seeking).toBe(false);
  });

  it("takes a long way in pieces, with the newest key in force", () => {
    const { transport, scheduler, place_s } = replaying();
    transport.move("end");
    expect(transport.status().seeking).toBe(true);
    transport.move("start");
    scheduler.advance(5_000);
    expect(place_s()).toBe(0);
    transport.move("end");
    scheduler.advance(5_000);
    expect(transport.status()).toMatchObject({ seeking: false, at_ms: transport.status().to_ms });
  });

  it("does nothing after it was stopped", () => {
    const { transport, scheduler, shown } = replaying();
    transport.move("toggle");
    transport.stop();
    const count = shown.length;
    scheduler.advance(10_000);
    transport.move("end");
    expect(shown.length).toBe(count);
  });
});
