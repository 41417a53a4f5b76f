/** A session of the console on a simulated pair, on its clock: what it recorded, and what its screens showed. */
import { createSim, type Sim, simLinks } from "../../../src/sim/index.ts";
import type { RecordingHeader } from "../../../src/state/recorder/format.ts";
import { createRecorder, type RecordSink } from "../../../src/state/recorder/recorder.ts";
import { createRuntime, type Runtime } from "../../../src/state/runtime.ts";
import { createSelectPair } from "../../../src/state/select/pair.ts";
import { initialState } from "../../../src/state/update.ts";
import type { PairView } from "../../../src/state/view-model.ts";
import { buildDetail } from "../../../src/views/panes/detail.ts";
import { panes } from "../../../src/views/panes/index.ts";
import { createScreenCore, createScreenStore } from "../../../src/views/screen-core.ts";
import { createTheme } from "../../../src/views/theme.ts";
import type { HostId, Pair } from "../../../src/xen/model/ids.ts";
import { readingIds } from "../../../src/xen/read/index.ts";

export interface Kept {
  readonly sink: RecordSink;
  /** Lines of each part, newest last. */
  parts(): readonly (readonly string[])[];
  text(): string;
}

/** full: true while there is no room. */
export function memorySink(full: () => boolean = () => false): Kept {
  const parts: string[] = [];
  return {
    sink: {
      begin: (text) => void parts.push(text),
      write(text) {
        if (full()) return false;
        parts[parts.length - 1] += text;
        return true;
      },
    },
    parts: () => parts.map((part) => part.split("\n")),
    text: () => parts.join(""),
  };
}

export interface Session {
  readonly sim: Sim;
  readonly runtime: Runtime;
  /** Every view that was published. */
  readonly views: readonly PairView[];
  /** When something was told after a view of that very millisecond: its time doesn't find that view. */
  readonly overtaken_ms: ReadonlySet<number>;
  advance(ms: number): void;
  end(): void;
}

export interface SessionOptions {
  readonly scenario: string;
  readonly seed?: number;
  readonly sink: RecordSink;
  readonly part_length_max?: number;
}

export function recordedSession({ scenario, seed = 1, sink, part_length_max }: SessionOptions): Session {
  const sim = createSim({ scenario, seed });
  if (sim === undefined) throw new Error(`no scenario ${scenario}`);
  const hosts: Pair<HostId> = sim.hosts;
  const [a, b] = simLinks(sim);
  const views: PairView[] = [];
  const overtaken_ms = new Set<number>();
  const header: Omit<RecordingHeader, "part"> = {
    format: "xenha-tui.recording/1",
    xenha_tui: "0.1.0",
    pair: `demo ${scenario}`,
    hosts,
    started_ms: sim.now_ms(),
    time_zone: "UTC",
    simulated: true,
    session: "s1",
  };
  const recorder = createRecorder(header, sink, part_length_max);
  const runtime = createRuntime({
    initial: initialState({ name: header.pair, hosts, now_ms: header.started_ms }),
    links: [
      { host: hosts[0], link: a },
      { host: hosts[1], link: b },
    ],
    clock: { now_ms: () => sim.now_ms(), after: (delay_ms, callback) => sim.world.scheduler.after(delay_ms, callback) },
    select: createSelectPair(),
    publish: (view) => void views.push(view),
    asked: readingIds,
    heard: (msg) => {
      // A look is what follows its view.
      if (msg.kind !== "pair.looked_at" && views.at(-1)?.now_ms === msg.at_ms) overtaken_ms.add(msg.at_ms);
      recorder.heard(msg);
    },
  });
  runtime.start();
  return {
    sim,
    runtime,
    views,
    overtaken_ms,
    advance: (ms) => sim.advance(ms),
    end() {
      recorder.end(sim.now_ms());
      runtime.stop();
    },
  };
}

/** The rows of a screen of this size, `keys` pressed on it. */
export function rowsOf(
  view: PairView,
  { columns, rows, keys }: { columns: number; rows: number; keys: readonly string[] },
): readonly string[] {
  const store = createScreenStore(view);
  const core = createScreenCore(store, { panes, detail: buildDetail }, createTheme({ depth: "256", light: false, ascii: false }));
  core.dispatch([{ kind: "resized", columns, rows }, ...keys.map((key) => ({ kind: "key" as const, key }))]);
  return core.rows();
}
