/**
 * A recording of the real pair, made by the real console while the replication link lost its carrier, and killed (test/lab/record.lab.ts): it is played to the
 * same screens however one comes there, tells the cause, and gives nothing away.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { constants, gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { openRecording } from "../../src/cli/recording-file.ts";
import { createPlayer, type Recording } from "../../src/state/recorder/player.ts";
import type { PairView } from "../../src/state/view-model.ts";
import { rowsOf } from "../state/recorder/session.ts";

const path = fileURLToPath(new URL("../sessions/xenha-tui-0.1.0-linkcut.jsonl.gz", import.meta.url));

async function recorded(): Promise<Recording> {
  const read = await openRecording(path);
  if (!read.ok) throw new Error(read.why);
  return read.recording;
}

const looks = [
  { columns: 80, rows: 24, keys: [] },
  { columns: 200, rows: 60, keys: ["3"] },
  { columns: 120, rows: 40, keys: ["7"] },
  { columns: 100, rows: 50, keys: ["2", "enter", "e"] },
] as const;
const screensOf = (view: PairView): string => looks.map((look) => rowsOf(view, look).join("\n")).join("\n");

it("shows the same screens, cell by cell, forwards, backwards and in pieces", async () => {
  const recording = await recorded();
  expect(recording).toMatchObject({ strange: 0, whole: false, header: { simulated: false } });
  const player = createPlayer(recording);
  const times: number[] = [];
  for (let at_ms = player.from_ms; at_ms < player.to_ms; at_ms += 6_000) times.push(at_ms);
  times.push(player.to_ms);
  const forwards = times.map((at_ms) => {
    player.go(at_ms);
    return screensOf(player.view());
  });
  expect(new Set(forwards).size).toBe(times.length);
  const again = createPlayer(recording);
  for (const [index, at_ms] of [...times.entries()].reverse()) {
    while (!again.go(at_ms, 25));
    expect(screensOf(again.view()) === forwards[index], `after ${at_ms - again.from_ms} ms`).toBe(true);
  }
});

it("tells the cause on top, once, with what follows from it", async () => {
  const player = createPlayer(await recorded());
  const news: string[] = [];
  for (let at_ms = player.from_ms; at_ms <= player.to_ms; at_ms += 1000) {
    player.go(at_ms);
    const [top] = player.view().findings;
    const line = `${top?.severity} ${top?.rule}`;
    if (news.at(-1) !== line) news.push(line);
  }
  const { findings, hosts, guests } = player.view();
  expect(news.at(-1)).toBe("critical net.carrier");
  expect(findings[0]?.cause).toMatch(/eth1.*: no carrier$/);
  expect(findings[0]?.evidence.map(({ text }) => text).join("\n")).toMatch(/so: the replication link is down while both hosts answer/);
  expect(findings.filter(({ rule, severity }) => rule.startsWith("drbd.") && severity !== "info")).toEqual([]);
  expect(hosts.map(({ reach }) => reach)).toEqual(["live", "live"]);
  expect(guests.map(({ name }) => name)).toEqual(["cache01", "db01", "web01"]);
});

it("gives nothing away", () => {
  const text = gunzipSync(readFileSync(path), { finishFlush: constants.Z_SYNC_FLUSH }).toString();
  expect(text.length).toBeGreaterThan(100_000);
  expect(text).not.toMatch(/PRIVATE KEY|shared-secret"? *"[^"*]|password(?! *[:=] *\*)[:=] *[^\s*<]/i);
});
