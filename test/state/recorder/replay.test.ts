/** A recording played again shows what the recorded console showed, cell by cell. */
import { describe, expect, it } from "vitest";
import { createPlayer, type Recording, readRecording } from "../../../src/state/recorder/player.ts";
import type { PairView } from "../../../src/state/view-model.ts";
import { memorySink, recordedSession, rowsOf, type Session } from "./session.ts";

function readBack(parts: readonly (readonly string[])[]): Recording {
  const read = readRecording(parts);
  if (!read.ok) throw new Error(read.why);
  return read.recording;
}

const looks = [
  { columns: 80, rows: 24, keys: [] },
  { columns: 200, rows: 60, keys: [] },
  { columns: 120, rows: 40, keys: ["3"] },
  { columns: 80, rows: 24, keys: ["7"] },
  { columns: 100, rows: 50, keys: ["2", "enter", "e"] },
] as const;
const screensOf = (view: PairView): string => looks.map((look) => rowsOf(view, look).join("\n")).join("\n");

/** Only a view that has all the news of its millisecond, and stands alone in it, can be found by its time. */
const alone = ({ views, overtaken_ms }: Session): readonly PairView[] =>
  views.filter(({ now_ms }) => !overtaken_ms.has(now_ms) && views.filter((other) => other.now_ms === now_ms).length === 1);

describe.each(["split-brain", "host-dies", "path-flap", "stuck-migration", "drbd9"])("%s, recorded", (scenario) => {
  const kept = memorySink();
  const session = recordedSession({ scenario, sink: kept.sink });
  session.advance(110_000);
  session.end();
  const recording = readBack(kept.parts());

  it("shows the same screens when it is played", () => {
    const player = createPlayer(recording);
    const shown = alone(session).filter((_, index) => index % 5 === 0);
    for (const view of shown) {
      expect(player.go(view.now_ms)).toBe(true);
      expect(screensOf(player.view()), `after ${view.now_ms - recording.header.started_ms} ms`).toBe(screensOf(view));
    }
    expect(shown.length).toBeGreaterThan(15);
    expect(recording).toMatchObject({ strange: 0, whole: true });
  });

  it("shows them in any order, and when it is sought in pieces", () => {
    const player = createPlayer(recording);
    const views = alone(session);
    for (let turn = 0; turn < 12; turn += 1) {
      // Jumps that aren't in order, the same for everyone.
      const view = views[(turn * 7919) % views.length] as PairView;
      let pieces = 1;
      while (!player.go(view.now_ms, 40)) pieces += 1;
      expect(pieces).toBeLessThan(200);
      expect(screensOf(player.view()), `jump ${turn}`).toBe(screensOf(view));
    }
  });
});
