/**
 * An incident of the real pair, recorded by the real console while it happens, and played again: every frame that was seen live is found in the replay, cell
 * by cell, and the recording gives nothing away. `npm run lab recorded`. With XENHA_KEEP_RECORDING=FILE the recording is kept there, for test/sessions.
 */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRecording } from "../../src/cli/recording-file.ts";
import { createPlayer, type Recording } from "../../src/state/recorder/player.ts";
import { watching } from "../kit/console.ts";
import { body, type Frame, framesBetween, missingOf } from "../kit/replayed.ts";
import { fault, labDirectory, reset, sshConfig } from "./pair.ts";

const SIZE = { columns: 120, rows: 40 } as const;
const MINUTE_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), "xenha-lab-record-"));
const file = join(folder, "linkcut.jsonl.gz");

beforeAll(reset);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await reset();
});

/** The replication link loses its carrier; seen on three screens, then the console is killed. */
async function recorded(): Promise<readonly Frame[]> {
  const frames: Frame[] = [];
  const keys: string[] = [];
  await watching({ args: ["--record", file, "-F", sshConfig, "alpha", "beta"], ...SIZE }, async (console) => {
    const look = (): void => void frames.push({ keys: [...keys], cells: console.cells() });
    await console.sees(/Lose alpha: (all|both)[\s\S]*Findings\s+✓ none/, 6 * MINUTE_MS);
    look();
    await fault("cut", "storA");
    await console.sees(/critical[\s\S]*eth1[^\n]*no carrier/, MINUTE_MS);
    look();
    for (const [key, what] of [
      ["3", /\n─ DRBD ─[\s\S]*Connecting/],
      ["7", /\n─ Timeline ─[\s\S]*(?:no carrier|Connecting|NetworkFailure)/],
      ["1", /\n─ Overview ─[\s\S]*eth1[^\n]*no carrier/],
    ] as const) {
      keys.push(key);
      console.press(key);
      await console.sees(what, 2 * MINUTE_MS);
      look();
    }
    // What these frames were made of is on the disk when the console is killed: it has drawn two more seconds since.
    for (let second = 0; second < 2; second += 1) {
      const [clock] = console.lines();
      await console.sees((screen) => screen.split("\n")[0] !== clock);
    }
    console.kill("SIGKILL");
    await console.ended;
  });
  return frames;
}

async function readBack(): Promise<Recording> {
  const read = await openRecording(file);
  if (!read.ok) throw new Error(read.why);
  return read.recording;
}

const secretsOf = (): readonly string[] =>
  readdirSync(join(labDirectory, "keys"))
    .filter((name) => !name.endsWith(".pub") && name !== "known_hosts")
    .flatMap((name) => readFileSync(join(labDirectory, "keys", name), "utf8").split("\n"))
    .filter((line) => line.length >= 8 && !line.startsWith("-----"));

describe("linkcut, recorded", () => {
  it("is seen again as it was seen live, however often it is played", async () => {
    let frames: readonly Frame[] = [];
    try {
      frames = await recorded();
    } finally {
      await fault("mend", "storA");
    }
    const keep = process.env.XENHA_KEEP_RECORDING;
    if (keep !== undefined) copyFileSync(file, keep);
    const recording = await readBack();
    // It was killed: the last line may be cut, no other one is strange.
    expect(recording.strange).toBeLessThanOrEqual(1);
    expect(frames.length).toBe(5);
    const text = JSON.stringify(recording.items);
    for (const secret of secretsOf()) expect(text.includes(secret)).toBe(false);
    const player = createPlayer(recording);
    // Then backwards: what comes after has no say in what was before.
    for (const [index, frame] of [...frames.entries(), ...[...frames.entries()].reverse()]) {
      const missing = await missingOf(player, recording, frame, SIZE);
      if (missing !== undefined) throw new Error(`frame ${index}:\n${missing}`);
    }
  });

  it("is played by the program to the same screen, from wherever it comes", () =>
    watching({ args: ["replay", file], ...SIZE }, async (console) => {
      await console.sees(/REPLAY {2}paused 0:00/);
      console.press("}");
      await console.sees(/cut off here[\s\S]*eth1[^\n]*no carrier/);
      const end = body(console.cells());
      console.press("{");
      await console.sees(/REPLAY {2}paused 0:00/);
      // To the first finding, whatever a slow pair's first is, then on to the end.
      console.press("n");
      await console.sees(/REPLAY {2}paused (?!0:00)/);
      console.press("}");
      await console.sees(/cut off here/);
      expect(body(console.cells())).toEqual(end);
      const player = createPlayer(await readBack());
      const [last] = await framesBetween(player, { from_ms: player.to_ms, to_ms: player.to_ms, keys: ["1"], ...SIZE });
      expect(body(last ?? [])).toEqual(end);
      console.press("q");
      await console.ended;
    }));
});
