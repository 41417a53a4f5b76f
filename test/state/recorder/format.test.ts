import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeHeader,
  decodeItem,
  encodeEnd,
  encodeGap,
  encodeHeader,
  encodeMsg,
  RECORDING_FORMAT,
  type Recorded,
  type RecordingHeader,
} from "../../../src/state/recorder/format.ts";
import { createPlayer, readRecording } from "../../../src/state/recorder/player.ts";
import { hostId } from "../../../src/xen/model/ids.ts";
import { memorySink, recordedSession } from "./session.ts";

const header: RecordingHeader = {
  format: RECORDING_FORMAT,
  xenha_tui: "0.1.0",
  pair: "shop",
  hosts: ["alpha", "beta"],
  started_ms: 1_700_000_000_000,
  time_zone: "Europe/Vienna",
  simulated: false,
  session: "s1",
  part: 1,
};
const at_ms = header.started_ms + 1234;
const beta = hostId("beta");

const msgs: readonly Recorded[] = [
  { kind: "link.changed", host: beta, link: { phase: "live", since_ms: at_ms }, at_ms },
  {
    kind: "link.changed",
    host: hostId("alpha"),
    link: { phase: "unreachable", hop: "jump", reason: "refused", since_ms: at_ms, retry_at_ms: at_ms + 1, attempt: 2 },
    at_ms,
  },
  {
    kind: "probe.told",
    host: beta,
    frame: { kind: "hello", uptime_s: 1.5, wall_s: undefined, fields: new Map([["host", "beta"]]) },
    at_ms,
  },
  {
    kind: "probe.told",
    host: beta,
    frame: { kind: "beat", uptime_s: 2, wall_s: 1.25, running: [{ id: "df", for_s: 3 }], same: ["xl-list"], asked_ms: 7 },
    at_ms,
  },
  {
    kind: "probe.told",
    host: beta,
    frame: { kind: "section", id: "xl-list", rc: 0, took_s: 0.25, truncated: false, stdout: "Name\n\u0000\ud83d\ude00\n" },
    at_ms,
  },
  { kind: "probe.told", host: beta, frame: { kind: "event", stream: "kernel", line: "drbd r0: x" }, at_ms },
  { kind: "probe.told", host: beta, frame: { kind: "bye", reason: "asked" }, at_ms },
  { kind: "pair.looked_at", at_ms },
  {
    kind: "finding.noted",
    ack: { key: "drbd.connecting r0", by: "ana", at_ms, until_ms: undefined, severity: "warning", at_risk: ["web01"] },
    at_ms,
  },
  { kind: "finding.note_withdrawn", key: "drbd.connecting r0", by: "ana", at_ms },
];

describe("a recording's lines", () => {
  it.each(msgs.map((msg) => [msg.kind === "probe.told" ? `${msg.kind} ${msg.frame.kind}` : msg.kind, msg] as const))(
    "say the same read again: %s",
    (_, msg) => {
      const text = encodeMsg(msg, header);
      expect(text.endsWith("\n")).toBe(true);
      expect(text.slice(0, -1)).not.toContain("\n");
      expect(decodeItem(text.trimEnd(), header)).toEqual({ kind: "msg", msg, key: false });
    },
  );

  it("say what was lost, and that it ended", () => {
    expect(decodeItem(encodeGap(3, at_ms, header).trimEnd(), header)).toEqual({ kind: "gap", at_ms, lost: 3 });
    expect(decodeItem(encodeEnd(at_ms, header).trimEnd(), header)).toEqual({ kind: "end", at_ms });
  });

  it("hold no secret, wherever it stood", () => {
    const secret = "zqhunter2zq";
    const hurt: readonly Recorded[] = [
      {
        kind: "link.changed",
        host: beta,
        link: { phase: "refused", hop: "beta", reason: `password=${secret}`, advice: `--token ${secret}`, since_ms: 1 },
        at_ms,
      },
      {
        kind: "probe.told",
        host: beta,
        frame: { kind: "hello", uptime_s: 1, wall_s: 1, fields: new Map([["note", `passwd: ${secret}`]]) },
        at_ms,
      },
      {
        kind: "probe.told",
        host: beta,
        frame: { kind: "section", id: "xl-list-long", rc: 0, took_s: 1, truncated: false, stdout: `{"vnc": {"passwd": "${secret}"}}` },
        at_ms,
      },
      { kind: "probe.told", host: beta, frame: { kind: "event", stream: "kernel", line: `iscsi password=${secret}` }, at_ms },
      { kind: "finding.note_withdrawn", key: `guest.down passwd=${secret}`, by: "ana", at_ms },
    ];
    for (const msg of hurt) expect(encodeMsg(msg, header)).not.toContain(secret);
  });

  it("are read without an exception, whatever they are", () => {
    const json = fc.jsonValue();
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          json.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          decodeItem(text, header);
          decodeHeader(text);
        },
      ),
    );
    // Close to the real thing.
    const hurt = fc.record({
      t: fc.oneof(fc.integer(), fc.string()),
      k: fc.constantFrom("link", "frame", "look", "note", "gap", "new"),
      h: json,
      link: json,
      frame: json,
      ack: json,
    });
    fc.assert(fc.property(hurt, (value) => void decodeItem(JSON.stringify(value), header)));
  });

  it("of a kind to come are passed over", () => {
    expect(decodeItem('{"t":1,"k":"colour","x":1}', header)).toBeUndefined();
    expect(decodeItem('{"t":1,"k":"frame","h":0,"frame":{"kind":"section","id":"df"}}', header)).toBeUndefined();
  });
});

describe("a recording's first line", () => {
  it("says the same read again", () => {
    expect(decodeHeader(encodeHeader(header).trimEnd())).toEqual({ ok: true, header });
    // What the config file named first decides who finds room: a replay goes by it too.
    const named = { ...header, priority: ["db01", "web01"] };
    expect(decodeHeader(encodeHeader(named).trimEnd())).toEqual({ ok: true, header: named });
    const items = [{ kind: "end", at_ms: header.started_ms }] as const;
    expect(createPlayer({ header: named, items, strange: 0, whole: true }).state().priority).toEqual(["db01", "web01"]);
    expect(decodeHeader(JSON.stringify({ ...header, priority: [7, "db\u001b[31m01"] }))).toMatchObject({
      header: { priority: [expect.not.stringContaining("\u001b")] },
    });
  });

  it.each([
    ["", "isn't a recording of xenha-tui"],
    ["\u007fELF", "isn't a recording of xenha-tui"],
    ['{"format":"asciicast"}', "isn't a recording of xenha-tui"],
    [
      '{"format":"xenha-tui.recording/2","xenha_tui":"3.0.0"}',
      "is a recording of another version (xenha-tui.recording/2, by xenha-tui 3.0.0); this one reads xenha-tui.recording/1",
    ],
    ['{"format":"xenha-tui.recording/1","hosts":["alpha"]}', "is hurt: its first line doesn't name two hosts and a time"],
  ])("is refused in one sentence: %s", (text, why) => {
    expect(readRecording([[text]])).toEqual({ ok: false, why });
  });
});

describe("a recording", () => {
  const kept = memorySink();
  const session = recordedSession({ scenario: "split-brain", sink: kept.sink });
  session.advance(60_000);
  session.end();

  it("whose console was killed is whole up to the last line that was", () => {
    const text = kept.text();
    const cut = text.slice(0, Math.floor(text.length * 0.8));
    const read = readRecording([cut.split("\n")]);
    if (!read.ok) throw new Error(read.why);
    expect(read.recording).toMatchObject({ whole: false });
    expect(read.recording.strange).toBeLessThanOrEqual(1);
    const player = createPlayer(read.recording);
    player.go(player.to_ms);
    expect(player.view().findings.map(({ rule }) => rule)).toContain("drbd.split_brain");
  });

  it("goes on in a part that stands for itself, and in parts that follow one another", () => {
    const small = memorySink();
    const long = recordedSession({ scenario: "split-brain", sink: small.sink, part_length_max: 60_000 });
    long.advance(120_000);
    long.end();
    const parts = small.parts();
    expect(parts.length).toBeGreaterThan(2);
    const last = readRecording([parts.at(-1) ?? []]);
    const both = readRecording(parts.slice(-2));
    const all = readRecording(parts);
    const strange = readRecording([kept.parts()[0] ?? [], parts.at(-1) ?? []]);
    if (!last.ok || !both.ok || !all.ok || !strange.ok) throw new Error("not read");
    const end = (recording: typeof last.recording) => {
      const player = createPlayer(recording);
      player.go(player.to_ms);
      return player.view();
    };
    const live = end(all.recording);
    // Without the parts before, the hosts' facts are the same; what only time tells (the timeline, since when) is shorter.
    for (const view of [end(last.recording), end(both.recording), end(strange.recording)]) {
      expect(view.guests.map(({ name, state, host }) => ({ name, state, host }))).toEqual(
        live.guests.map(({ name, state, host }) => ({ name, state, host })),
      );
      expect(view.hosts.map(({ reach }) => reach)).toEqual(["live", "live"]);
      expect(view.drbd.map(({ state }) => state)).toEqual(live.drbd.map(({ state }) => state));
    }
    expect(end(both.recording).timeline.length).toBeGreaterThanOrEqual(end(last.recording).timeline.length);
    expect(all.recording.items.some((item) => item.kind === "msg" && item.key)).toBe(false);
  });

  it("that found no room says how much is missing, and goes on with what is known", () => {
    let full = false;
    const sink = memorySink(() => full);
    const long = recordedSession({ scenario: "split-brain", sink: sink.sink });
    long.advance(5_000);
    full = true;
    long.advance(60_000);
    full = false;
    long.advance(10_000);
    long.end();
    const read = readRecording(sink.parts());
    if (!read.ok) throw new Error(read.why);
    const player = createPlayer(read.recording);
    player.go(player.to_ms);
    expect(player.gaps()).toBeGreaterThan(50);
    expect(player.view().findings.map(({ rule }) => rule)).toEqual(long.views.at(-1)?.findings.map(({ rule }) => rule));
  });

  it("steps from one thing that happened to the next, both ways", () => {
    const read = readRecording(kept.parts());
    if (!read.ok) throw new Error(read.why);
    const player = createPlayer(read.recording);
    const stops: number[] = [];
    for (let stop = player.next(1); stop !== undefined; stop = player.next(1)) {
      stops.push(stop);
      player.go(stop);
    }
    expect(stops.length).toBeGreaterThan(30);
    expect(stops).toEqual([...new Set(stops)].sort((a, b) => a - b));
    const back: number[] = [];
    for (let stop = player.next(-1); stop !== undefined; stop = player.next(-1)) {
      back.push(stop);
      player.go(stop);
    }
    expect(back.reverse()).toEqual([player.from_ms, ...stops.slice(0, -1)]);
  });

  it("never goes beyond its ends", () => {
    const read = readRecording(kept.parts());
    if (!read.ok) throw new Error(read.why);
    const player = createPlayer(read.recording);
    player.go(player.to_ms + 1e9);
    expect(player.at_ms()).toBe(player.to_ms);
    player.go(0);
    expect(player.at_ms()).toBe(player.from_ms);
    expect(player.view().guests).toEqual([]);
  });
});
