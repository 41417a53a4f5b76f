/**
 * The console's screen and everything behind it but ssh, fed with what a pair told (recorded by story.ts) at a rate of our choosing:
 * `replay STORY RATE_HZ [one-cell]`. With `one-cell` nothing changes but a letter of one guest's name.
 */
import { readFileSync } from "node:fs";
import { createRuntime } from "../../src/state/runtime.ts";
import { createSelectPair } from "../../src/state/select/pair.ts";
import { initialState } from "../../src/state/update.ts";
import type { PairView } from "../../src/state/view-model.ts";
import { createScreenStore, startScreen } from "../../src/views/start.tsx";
import type { HostLink, LinkEvent } from "../../src/xen/host/link.ts";
import { BEAT_S, type ProbeFrame } from "../../src/xen/host/wire.ts";
import { hostId, type Pair } from "../../src/xen/model/ids.ts";
import { type Recorded, readStory } from "../story-file.ts";

/** As main-screen.ts has it. */
const clock = {
  now_ms: () => Date.now(),
  after: (delay_ms: number, callback: () => void) => {
    const timer = setTimeout(callback, delay_ms);
    return () => clearTimeout(timer);
  },
};

function replayLink(recorded: Recorded, at: 0 | 1, interval_ms: number): HostLink {
  const timers: NodeJS.Timeout[] = [];
  let hear: (event: LinkEvent) => void = () => undefined;
  const told = (frame: ProbeFrame): void => hear({ kind: "frame", frame });
  const begun_ms = performance.now();
  // Read again and found the same: what changes is told by its sections.
  const changing = new Set(recorded.ticks[at].flatMap((frames) => frames.flatMap((frame) => (frame.kind === "section" ? [frame.id] : []))));
  const unchanged = recorded.ids.filter((id) => interval_ms === Number.POSITIVE_INFINITY || !changing.has(id));
  const beat = (): void => {
    const uptime_s = recorded.uptime_s[at] + (performance.now() - begun_ms) / 1000;
    told({ kind: "beat", uptime_s, wall_s: Date.now() / 1000, running: [], same: unchanged, asked_ms: Date.now() });
  };
  return {
    start(listener) {
      hear = listener;
      hear({ kind: "state", link: { phase: "live", since_ms: Date.now() } });
      for (const frame of recorded.before[at]) told(frame);
      beat();
      timers.push(setInterval(beat, BEAT_S * 1000));
      let tick = 0;
      const ticks = recorded.ticks[at];
      if (interval_ms === Number.POSITIVE_INFINITY) return;
      timers.push(
        setInterval(() => {
          for (const frame of ticks[tick % ticks.length] ?? []) told(frame);
          tick += 1;
        }, interval_ms),
      );
    },
    reconnect: () => undefined,
    send: () => undefined,
    open: () => {
      throw new Error("a replay has no channels");
    },
    stop: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

const renamed = (view: PairView, name: string): PairView => ({
  ...view,
  guests: view.guests.map((guest, at) => (at === 3 ? { ...guest, name } : guest)),
});

export async function main([file = "", rate = "1", mode = ""] = process.argv.slice(2)): Promise<void> {
  const recorded = readStory(readFileSync(file, "utf8"));
  const interval_ms = 1000 / Number(rate);
  const ids: Pair<ReturnType<typeof hostId>> = [hostId(recorded.hosts[0]), hostId(recorded.hosts[1])];
  const initial = initialState({ name: "replay", hosts: ids, now_ms: Date.now() });
  const select = createSelectPair();
  const store = createScreenStore(select(initial, Date.now()));
  const screen = startScreen({ store, terminal: { stdin: process.stdin, stdout: process.stdout }, env: process.env, process });
  const link = (at: 0 | 1) => ({
    host: ids[at],
    link: replayLink(recorded, at, mode === "one-cell" ? Number.POSITIVE_INFINITY : interval_ms),
  });
  const runtime = createRuntime({
    initial,
    links: [link(0), link(1)],
    clock,
    select,
    publish: (view) => store.setState({ view }),
    asked: [],
  });
  runtime.start();
  if (mode === "one-cell") setTimeout(() => alternate(), 3_000);
  process.exit(await screen.closed);

  function alternate(): void {
    runtime.stop();
    const { view } = store.getState();
    let count = 0;
    setInterval(() => {
      count += 1;
      store.setState({ view: renamed(view, count % 2 === 0 ? "app005-a" : "app005-b") });
    }, interval_ms);
  }
}
await main();
