/** An incident kept and looked at again, with the real program: --record, kill -9, replay, bundle, --from, watch. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openRecording } from "../../src/cli/recording-file.ts";
import { createPlayer } from "../../src/state/recorder/player.ts";
import { type Console, cleanEnvironment, launcher, watching } from "../kit/console.ts";
import { type Frame, missingOf } from "../kit/replayed.ts";
import { run } from "../kit/run.ts";

async function inFolder<T>(story: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "xenha-replay-"));
  try {
    return await story(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is on the screen but for the top line, whose clock is the replay's. */
const below = (lines: readonly string[]): string => lines.slice(1).join("\n");

/** What was drawn so far is on the disk: two more seconds were drawn since. */
async function isKept(console: Console): Promise<void> {
  for (let second = 0; second < 2; second += 1) {
    const [clock] = console.lines();
    await console.sees((screen) => screen.split("\n")[0] !== clock);
  }
}

describe("a recorded session", () => {
  it("whose console was killed is played again, cell by cell", () =>
    inFolder(async (folder) => {
      const file = join(folder, "incident.jsonl.gz");
      await watching({ args: ["--demo", "split-brain", "--record", file] }, async (console) => {
        await console.sees(/critical mail01 {2}split brain/);
        await isKept(console);
        console.kill("SIGKILL");
        await console.ended;
      });
      await watching({ args: ["replay", file] }, async (console) => {
        const first = await console.sees(/REPLAY {2}paused 0:00 of 0:\d\d/);
        expect(first).not.toMatch(/mail01/);
        console.press("n");
        await console.sees(/critical mail01 {2}split brain/);
        console.press("}");
        await console.sees(/cut off here/);
        const end = below(console.lines());
        console.press("{");
        await console.sees(/paused 0:00 of/);
        console.press(".", ".", ".", "]");
        await console.sees(/cut off here/);
        expect(below(console.lines())).toBe(end);
        // What acts on a host, or reads it again, has nothing to act on.
        console.press("ctrl-r");
        await console.sees(/Trying every host/);
        console.press("q");
        expect((await console.ended).code).toBe(0);
      });
    }));

  it("is what was seen live, cell by cell, on every screen that was looked at", () =>
    inFolder(async (folder) => {
      const file = join(folder, "x.gz");
      const size = { columns: 120, rows: 40 };
      const frames: Frame[] = [];
      const keys: string[] = [];
      await watching({ args: ["--demo", "split-brain", "--record", file], ...size }, async (console) => {
        const look = (): void => void frames.push({ keys: [...keys], cells: console.cells() });
        await console.sees(/critical mail01 {2}split brain/);
        look();
        for (const [key, what] of [
          ["3", /\n─ DRBD ─[\s\S]*split brain for/],
          ["7", /\n─ Timeline ─[\s\S]*mail01/],
          ["1", /\n─ Overview ─[\s\S]*split brain/],
        ] as const) {
          keys.push(key);
          console.press(key);
          await console.sees(what);
          look();
        }
        await isKept(console);
        console.kill("SIGKILL");
        await console.ended;
      });
      const read = await openRecording(file);
      if (!read.ok) throw new Error(read.why);
      const player = createPlayer(read.recording);
      for (const frame of [...frames, ...[...frames].reverse()])
        expect(await missingOf(player, read.recording, frame, size)).toBeUndefined();
      // Another frame isn't found: one cell's colour is enough.
      const [first] = frames;
      const cells = first?.cells.map((row, y) => row.map((cell, x) => (y === 5 && x === 3 ? { ...cell, fg: cell.fg + 1 } : cell))) ?? [];
      expect(await missingOf(player, read.recording, { keys: [], cells }, size)).toBeDefined();
    }));

  it("begins where it is told, plays as fast as it is told, and says what it can't read", () =>
    inFolder(async (folder) => {
      const file = join(folder, "x");
      await watching({ args: ["--demo", "pair", "--record", file] }, async (console) => {
        await console.sees(/9 guests: all running/);
        await console.sees(/mail01 resyncs/);
        console.press("q");
        expect((await console.ended).code).toBe(0);
      });
      expect(readFileSync(file, "utf8")).toMatch(/\n\{"t":\d+,"k":"end"\}\n$/);
      await watching({ args: ["replay", file, "--speed", "64"] }, async (console) => {
        await console.sees(/mail01 resyncs/);
        const screen = await console.sees(/paused 0:\d\d of 0:\d\d/);
        expect(screen).not.toMatch(/cut off/);
        console.press("q");
        await console.ended;
      });
      // A recording is evidence.
      await watching({ args: ["--demo", "pair", "--record", file] }, async (console) => {
        await console.sees(/x is there already, and no recording/);
        expect((await console.ended).code).toBe(2);
      });
      await watching({ args: ["replay", launcher] }, async (console) => {
        await console.sees(/xenha-tui\.mjs isn't a recording of xenha-tui/);
        expect((await console.ended).code).toBe(2);
      });
      expect(await run(["replay", file])).toMatchObject({ code: 2, err: expect.stringMatching(/needs a terminal/) });
    }));
});

describe("the incident report", () => {
  it("is written by w, by report, and of a recording", () =>
    inFolder(async (folder) => {
      const file = join(folder, "r");
      await watching(
        { args: ["--demo", "split-brain", "--record", file], columns: 160, env: { XDG_STATE_HOME: join(folder, "state") } },
        async (console) => {
          await console.sees(/critical mail01 {2}split brain/, 30_000);
          console.press("w");
          const screen = await console.sees(/Report written: \S+\.md/);
          const path = /Report written: (\S+\.md)/.exec(screen)?.[1] ?? "";
          expect(readFileSync(path, "utf8")).toMatch(/^# demo split-brain: incident report[\s\S]*### critical: mail01/);
          console.press("q");
          await console.ended;
        },
      );
      const printed = await run(["report", "--from", file]);
      expect(printed).toMatchObject({ code: 0, err: "" });
      expect(printed.out).toMatch(/### critical: mail01/);
      expect(await run(["report", "--demo", "split-brain", "-o", join(folder, "report.md")])).toMatchObject({ code: 0 });
      expect(readFileSync(join(folder, "report.md"), "utf8")).toMatch(/## Timeline\n\n### /);
      expect(await run(["report", "--demo", "split-brain", "-o", join(folder, "report.md")])).toMatchObject({
        code: 1,
        err: expect.stringMatching(/is there already/),
      });
    }));
});

describe("notes", () => {
  it("step a finding back until it gets worse, and are said with who and when", () =>
    watching({ args: ["--demo", "vlan-missing"] }, async (console) => {
      // A note counts for the guests that were at risk then: all of them are known first.
      await console.sees(/✗ critical xenbr-dmz[\s\S]*at risk: proxy01, web01, web02/, 30_000);
      console.press("/", "xenbr-dmz", "enter", "j");
      await console.sees(/▸✗ critical xenbr-dmz/);
      console.press("n");
      await console.sees(/1 noted[\s\S]*acknowledged by \S+ \d/);
      console.press("z");
      await console.sees(/snoozed by \S+ \d[\s\S]*left/);
      console.press("n");
      await console.sees((screen) => !screen.includes("1 noted") && screen.includes("note withdrawn by"));
    }));
});

describe("a support bundle", () => {
  it("is collected, printed as a status and opened on the screen", () =>
    inFolder(async (folder) => {
      const file = join(folder, "b.tar.gz");
      expect(await run(["bundle", "--demo", "split-brain", "-o", file])).toMatchObject({
        code: 0,
        out: expect.stringMatching(/KiB, without passwords/),
      });
      const status = await run(["status", "--from", file]);
      expect(status).toMatchObject({ code: 0, err: "" });
      expect(status.out).toMatch(/mail01/);
      expect(status.out).toMatch(/split brain/);
      await watching({ args: ["--from", file] }, async (console) => {
        await console.sees(/critical mail01 {2}split brain/);
        await console.sees(/REPLAY/);
        console.press("3");
        await console.sees(/split brain/);
        console.press("q");
        expect((await console.ended).code).toBe(0);
      });
      expect(await run(["status", "--from", join(folder, "no")])).toMatchObject({
        code: 2,
        err: expect.stringMatching(/no doesn't exist/),
      });
    }));
});

describe("watch", () => {
  it("streams until it is ended, and records meanwhile", () =>
    inFolder(async (folder) => {
      const file = join(folder, "w");
      const child = spawn(process.execPath, [launcher, "watch", "--demo", "split-brain", "--json", "--record", file], {
        env: cleanEnvironment,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
      let out = "";
      await new Promise<void>((resolve, reject) => {
        child.stdout.on("data", (chunk: Buffer) => {
          out += chunk.toString("utf8");
          if (/"event":"finding.raised".*drbd\.split_brain/.test(out)) resolve();
        });
        void ended.then((code) => reject(new Error(`it ended with ${code} after: ${out}`)));
      });
      child.kill("SIGTERM");
      expect(await ended).toBe(143);
      const lines = out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { event: string; seq: number });
      expect([lines[0]?.event, lines.at(-1)?.event]).toEqual(["started", "ended"]);
      expect(existsSync(file)).toBe(true);
      expect((await run(["status", "--from", file])).out).toMatch(/split brain/);
    }));

  it("ends without noise when nobody reads any more", async () => {
    const child = spawn(process.execPath, [launcher, "watch", "--demo", "pair"], {
      env: cleanEnvironment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString("utf8");
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    child.stdout.destroy();
    expect([await ended, err]).toEqual([0, ""]);
  });
});
