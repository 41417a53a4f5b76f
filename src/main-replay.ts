/** The screen with a recording behind it: nothing is connected to. Part of the composition root. */
import type { Options, ReplayStart } from "./cli/args.ts";
import { systemClock } from "./cli/clock.ts";
import type { Config } from "./cli/config.ts";
import { openFile, Refusal } from "./main-pair.ts";
import { writeReport } from "./main-report.ts";
import { lookOf } from "./main-screen.ts";
import { idleDesk } from "./state/plan/desk.ts";
import { createPlayer } from "./state/recorder/player.ts";
import { createTransport } from "./state/recorder/transport.ts";
import { createScreenStore, startScreen } from "./views/start.tsx";

export interface ReplayRequest {
  readonly file: string;
  /** undefined: from the start; for `--from`: at the end. */
  readonly at: ReplayStart | "end" | undefined;
  readonly speed: number | undefined;
}

/** Resolves with the exit code once the terminal is given back. */
export async function runReplay({ file, at, speed }: ReplayRequest, options: Options, config: Config): Promise<number | Refusal> {
  const recording = await openFile(file);
  if (recording instanceof Refusal) return recording;
  const { header, whole } = recording;
  // Clocks on the screen show what they showed there.
  if (header.time_zone !== undefined) process.env.TZ = header.time_zone;
  const player = createPlayer(recording);
  const transport = createTransport({
    player,
    clock: systemClock,
    cut_off: !whole,
    speed: speed ?? 1,
    publish: (view, replay) => store.setState({ view, replay }),
  });
  const store = createScreenStore(transport.view(), {
    desk: idleDesk({ kind: "read_only", reason: "this is a recording", may_allow: false }),
    replay: transport.status(),
  });
  const screen = startScreen({
    store,
    terminal: { stdin: process.stdin, stdout: process.stdout },
    env: process.env,
    look: lookOf(options, config),
    wish: (wish) => {
      if (wish.kind === "replay") transport.move(wish.move);
      else if (wish.kind === "report") void report().then(({ text, tone }) => screen.say(text, tone));
    },
    process,
    complain: (text) => process.stderr.write(text),
  });
  const report = () => writeReport({ view: transport.view(), xenha_tui: header.xenha_tui });
  const start_ms = at === undefined ? undefined : at === "end" ? player.to_ms : at.kind === "into" ? player.from_ms + at.ms : at.ms;
  if (start_ms !== undefined) transport.move({ to_ms: start_ms });
  if (speed !== undefined) transport.move("toggle");
  const code = await screen.closed;
  transport.stop();
  return code;
}
