import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepNote, NOTE_AGE_MS_MAX, notesPath, readNotes } from "../../src/cli/notes-file.ts";
import { ACKS_MAX, type Ack } from "../../src/state/acks.ts";

const NOW_MS = 1_800_000_000_000;
const note = (over: Partial<Ack> = {}): Ack => ({
  key: "drbd.connecting r0",
  by: "ana@jump",
  at_ms: NOW_MS - 1000,
  until_ms: undefined,
  severity: "warning",
  at_risk: ["web01"],
  ...over,
});

async function inFolder(story: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "xenha-notes-"));
  try {
    await story(notesPath(folder, "shop"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("an operator's notes", () => {
  it("are there for the next console, for the operator alone", () =>
    inFolder(async (path) => {
      expect(await readNotes(path, NOW_MS)).toEqual([]);
      expect(await keepNote(path, { add: note() }, NOW_MS)).toBeUndefined();
      expect(await keepNote(path, { add: note({ key: "guest.down web01", until_ms: NOW_MS + 60_000 }) }, NOW_MS)).toBeUndefined();
      expect(await readNotes(path, NOW_MS)).toEqual([note(), note({ key: "guest.down web01", until_ms: NOW_MS + 60_000 })]);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readdirSync(dirname(path))).toEqual(["shop.json"]);
      await keepNote(path, { remove: "drbd.connecting r0" }, NOW_MS);
      expect((await readNotes(path, NOW_MS)).map(({ key }) => key)).toEqual(["guest.down web01"]);
    }));

  it("end with their time", () =>
    inFolder(async (path) => {
      await keepNote(path, { add: note({ until_ms: NOW_MS + 60_000 }) }, NOW_MS);
      expect(await readNotes(path, NOW_MS + 60_000)).toEqual([]);
      await keepNote(path, { add: note({ key: "x y" }) }, NOW_MS);
      expect(await readNotes(path, NOW_MS + NOTE_AGE_MS_MAX)).toEqual([]);
    }));

  it("are bounded, and never hurt by a file that is", () =>
    inFolder(async (path) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(
        path,
        JSON.stringify({ format: "xenha-tui.notes/1", notes: Array.from({ length: 900 }, (_, index) => note({ key: `a ${index}` })) }),
      );
      expect(await readNotes(path, NOW_MS)).toHaveLength(ACKS_MAX);
      for (const text of ["", "{", "[]", '{"format":"other"}', '{"format":"xenha-tui.notes/1","notes":[1,null,{"key":1}]}']) {
        writeFileSync(path, text);
        expect(await readNotes(path, NOW_MS)).toEqual([]);
      }
      writeFileSync(path, JSON.stringify({ format: "xenha-tui.notes/1", notes: [note({ by: "a\u001b[31m\u202e" })] }));
      expect((await readNotes(path, NOW_MS))[0]?.by).toBe("a\ufffd[31m\ufffd");
    }));

  it("say why they couldn't be kept, and leave nothing half done", () =>
    inFolder(async (path) => {
      writeFileSync(dirname(path), "a file where the folder should be");
      expect(await keepNote(path, { add: note() }, NOW_MS)).toMatch(/EEXIST|ENOTDIR/);
      expect(readFileSync(dirname(path), "utf8")).toBe("a file where the folder should be");
    }));

  it("have a file of their own for every pair, inside the folder, whatever the pair is called", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40, unit: "binary" }), fc.string({ minLength: 1, maxLength: 40 }), (one, other) => {
        const path = notesPath("/state", one);
        expect(dirname(path)).toBe("/state/notes");
        expect(path).not.toContain("\u0000");
        if (one !== other) expect(notesPath("/state", other)).not.toBe(path);
      }),
    );
  });
});
