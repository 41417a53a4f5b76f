import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRecordingFile, openRecording, type RecordingFile } from "../../src/cli/recording-file.ts";
import { createPlayer } from "../../src/state/recorder/player.ts";
import { memorySink, recordedSession } from "../state/recorder/session.ts";

async function inFolder<T>(story: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "xenha-recording-"));
  try {
    return await story(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function create(path: string, failed: (why: string) => void = () => undefined): Promise<RecordingFile> {
  const file = await createRecordingFile(path, () => 0, failed);
  if ("refused" in file) throw new Error(file.refused);
  return file;
}

/** A session of a minute and a half, recorded there. */
async function session(path: string, part_length_max?: number) {
  const file = await create(path);
  const recorded = recordedSession({
    scenario: "split-brain",
    sink: file.sink,
    ...(part_length_max === undefined ? {} : { part_length_max }),
  });
  for (let turn = 0; turn < 9; turn += 1) {
    recorded.advance(10_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  recorded.end();
  await file.end();
  return recorded;
}

const rulesAtEnd = async (path: string): Promise<readonly string[]> => {
  const read = await openRecording(path);
  if (!read.ok) throw new Error(read.why);
  const player = createPlayer(read.recording);
  player.go(player.to_ms);
  return player.view().findings.map(({ rule }) => rule);
};

describe("a recording's file", () => {
  it.each(["r.jsonl", "r.jsonl.gz"])("holds the session, for its owner alone: %s", (name) =>
    inFolder(async (folder) => {
      const path = join(folder, name);
      const recorded = await session(path);
      const read = await openRecording(path);
      expect(read).toMatchObject({ ok: true, recording: { strange: 0, whole: true } });
      expect(await rulesAtEnd(path)).toEqual(recorded.views.at(-1)?.findings.map(({ rule }) => rule));
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readdirSync(folder)).toEqual([name]);
    }),
  );

  it("is a tenth of it where it is compressed", () =>
    inFolder(async (folder) => {
      await session(join(folder, "r"));
      await session(join(folder, "r.gz"));
      expect(statSync(join(folder, "r.gz")).size).toBeLessThan(statSync(join(folder, "r")).size / 5);
    }));

  it.each(["r", "r.gz"])("can be read up to where it was cut off, wherever that is: %s", (name) =>
    inFolder(async (folder) => {
      const path = join(folder, name);
      await session(path);
      const { size } = statSync(path);
      for (const share of [0.99, 0.7, 0.4]) {
        truncateSync(path, Math.floor(size * share));
        const read = await openRecording(path);
        if (!read.ok) throw new Error(read.why);
        expect(read.recording).toMatchObject({ whole: false });
        expect(read.recording.strange).toBeLessThanOrEqual(1);
        expect(read.recording.items.length).toBeGreaterThan(25);
      }
    }),
  );

  it("goes on in a second one when it has grown, and both are read as one", () =>
    inFolder(async (folder) => {
      const path = join(folder, "r.gz");
      const recorded = await session(path, 60_000);
      expect(readdirSync(folder).sort()).toEqual(["r.gz", "r.gz.1"]);
      const read = await openRecording(path);
      if (!read.ok) throw new Error(read.why);
      expect(read.recording.items.some((item) => item.kind === "msg" && item.key)).toBe(true);
      expect(await rulesAtEnd(path)).toEqual(recorded.views.at(-1)?.findings.map(({ rule }) => rule));
      // What happens to lie beside it isn't taken for a part of it.
      writeFileSync(join(folder, "r.gz.1"), "something else");
      expect(await rulesAtEnd(path)).toEqual(recorded.views.at(-1)?.findings.map(({ rule }) => rule));
    }));

  it("is never written over, and not made where it can't be", () =>
    inFolder(async (folder) => {
      const path = join(folder, "r");
      writeFileSync(path, "evidence");
      expect(
        await createRecordingFile(
          path,
          () => 0,
          () => undefined,
        ),
      ).toEqual({ refused: "is there already, and no recording is written over" });
      expect(readFileSync(path, "utf8")).toBe("evidence");
      expect(
        await createRecordingFile(
          join(folder, "no/r"),
          () => 0,
          () => undefined,
        ),
      ).toEqual({
        refused: "can't be made: its folder doesn't exist",
      });
    }));

  it("says once when it can't be written any more, and the session goes on", () =>
    inFolder(async (folder) => {
      const path = join(folder, "r");
      const said: string[] = [];
      const file = await create(path, (why) => void said.push(why));
      file.sink.begin("{}\n");
      file.sink.write("one\n");
      await file.end();
      // Its end closed it: what comes now has nowhere to go.
      expect(file.sink.write("two\n")).toBe(true);
      expect(file.sink.write("three\n")).toBe(true);
      await file.end();
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(/^can't be written: /);
      expect(readFileSync(path, "utf8")).toBe("{}\none\n");
    }));

  it("is refused in one sentence where it is none", () =>
    inFolder(async (folder) => {
      const path = join(folder, "x");
      expect(await openRecording(path)).toEqual({ ok: false, why: "doesn't exist" });
      writeFileSync(path, "\u007fELF\n\n");
      expect(await openRecording(path)).toEqual({ ok: false, why: "isn't a recording of xenha-tui" });
      writeFileSync(path, Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]));
      expect(await openRecording(path)).toMatchObject({ ok: false });
      mkdirSync(join(folder, "d"));
      expect(await openRecording(join(folder, "d"))).toMatchObject({ ok: false, why: expect.stringMatching(/^can't be read: EISDIR/) });
    }));
});

describe("a recorder before a sink without room", () => {
  it("never keeps more than the sink takes", () => {
    const kept = memorySink(() => true);
    const recorded = recordedSession({ scenario: "split-brain", sink: kept.sink });
    recorded.advance(30_000);
    recorded.end();
    expect(kept.text().split("\n")).toHaveLength(2);
  });
});
