/** Commands that look, and keep or tell what they see: bundle, status of a file. Part of the composition root. */
import type { LookArgs } from "./cli/args.ts";
import { systemClock } from "./cli/clock.ts";
import { exitCodes } from "./cli/exit-codes.ts";
import type { Printed } from "./cli/headless.ts";
import type { Style } from "./cli/table.ts";
import { version } from "./cli/version.ts";
import { choose, openDemo, openDriven, openFile, openHosts, Refusal } from "./main-pair.ts";
import { record, timeZone } from "./main-record.ts";
import type { PairView } from "./state/view-model.ts";

/** `status --from`: as it was at the end of what the file holds. */
export async function statusOfFile(path: string, how: { readonly json: boolean; readonly style: Style }): Promise<Printed | Refusal> {
  const recording = await openFile(path);
  if (recording instanceof Refusal) return recording;
  const [{ createPlayer }, { missingReadings, statusJson }, { statusText }] = await Promise.all([
    import("./state/recorder/player.ts"),
    import("./cli/status-json.ts"),
    import("./cli/status-text.ts"),
  ]);
  const player = createPlayer(recording);
  player.go(player.to_ms);
  const view = player.view();
  const collected = { view, simulated: recording.header.simulated, took_ms: player.to_ms - player.from_ms, timeout_s: 0, version };
  const text = how.json ? `${JSON.stringify(statusJson(collected), undefined, 2)}\n` : statusText(collected, how.style);
  return { text, code: (missingReadings(view).length === 0 ? exitCodes.ok : exitCodes.incomplete).code };
}

/** The view of a file's end, or of the pair as it tells itself now. */
async function viewFor(args: LookArgs, started_ms: number): Promise<{ readonly view: PairView; readonly xenha_tui: string } | Refusal> {
  const chosen = choose(args);
  if (chosen instanceof Refusal) return chosen;
  const { target, settings } = chosen;
  if (target.kind === "file") {
    const recording = await openFile(target.path);
    if (recording instanceof Refusal) return recording;
    const { createPlayer } = await import("./state/recorder/player.ts");
    const player = createPlayer(recording);
    player.go(player.to_ms);
    return { view: player.view(), xenha_tui: recording.header.xenha_tui };
  }
  const [{ gather }, { selectPair }] = await Promise.all([import("./cli/headless.ts"), import("./state/select/pair.ts")]);
  const opened = await openDriven(target);
  if (opened instanceof Refusal) return opened;
  const { pair, clock, driven } = opened;
  const timeout_s = args.options.timeout_s ?? settings.timeout_s;
  const request = { pair, clock, started_ms: pair.simulated ? clock.now_ms() : started_ms, timeout_s, version, select: selectPair };
  return { view: (await driven(gather(request))).view, xenha_tui: version };
}

export async function report(args: LookArgs, started_ms: number): Promise<Printed | Refusal> {
  const seen = await viewFor(args, started_ms);
  if (seen instanceof Refusal) return seen;
  const [{ reportText }, { writeNewFile }] = await Promise.all([import("./main-report.ts"), import("./cli/run-bundle.ts")]);
  const text = await reportText(seen);
  const { output } = args.options;
  if (output === undefined) return { text, code: exitCodes.ok.code };
  const problem = await writeNewFile(output, text);
  if (problem === undefined) return { text: `${output}\n`, code: exitCodes.ok.code };
  return { text: "", err: `xenha-tui: ${output} ${problem}\n`, code: exitCodes.failed.code };
}

export async function bundle(args: LookArgs, started_ms: number): Promise<Printed | Refusal> {
  const chosen = choose(args);
  if (chosen instanceof Refusal) return chosen;
  const { target, settings } = chosen;
  if (target.kind === "file") return new Refusal("a bundle is made of hosts, not of a file");
  const [{ runBundle }, { selectPair }] = await Promise.all([import("./cli/run-bundle.ts"), import("./state/select/pair.ts")]);
  const opened = await openDriven(target);
  if (opened instanceof Refusal) return opened;
  const { pair, clock, driven } = opened;
  const timeout_s = args.options.timeout_s ?? settings.timeout_s;
  const request = { pair, clock, started_ms: pair.simulated ? clock.now_ms() : started_ms, timeout_s, version, select: selectPair };
  return driven(runBundle(request, { output: args.options.output, time_zone: timeZone() }));
}

/** Characters that wait for whoever reads; what comes while it stands still is counted instead of kept. */
const WATCH_QUEUE_MAX = 1024 * 1024;

const watchCodes: Readonly<Record<string, number>> = {
  SIGINT: exitCodes.interrupted.code,
  SIGTERM: exitCodes.terminated.code,
  SIGHUP: exitCodes.hangup.code,
  "reader gone": exitCodes.ok.code,
};

/** Settles with the signal that ended it, or when nobody reads any more. */
function untilEnded(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve(signal));
    process.stdout.on("error", () => resolve("reader gone"));
  });
}

export async function watch(args: LookArgs): Promise<Printed | Refusal> {
  const chosen = choose(args);
  if (chosen instanceof Refusal) return chosen;
  const { target, config } = chosen;
  if (target.kind === "file") return new Refusal("a file doesn't change: see replay");
  const [{ runWatch }, { createAlerter, sendsOf }, { createSelectPair }] = await Promise.all([
    import("./cli/watch.ts"),
    import("./cli/alerts.ts"),
    import("./state/select/pair.ts"),
  ]);
  const pair = target.kind === "demo" ? await openDemo(target) : await openHosts(target.pair, {});
  if (pair instanceof Refusal) return pair;
  const complain = (line: string): void => void process.stderr.write(`xenha-tui: ${line}\n`);
  const { record: path } = args.options;
  const recording =
    path === undefined
      ? undefined
      : await record(path, { ...pair, pair: pair.name, priority: pair.settings?.priority, started_ms: systemClock.now_ms() });
  if (recording instanceof Refusal) return recording;
  recording?.onFailure((why) => complain(`recording ended: ${path} ${why}`));
  const alerter = createAlerter(sendsOf(config.alerts), systemClock, complain);
  const reason = await runWatch({
    pair,
    clock: systemClock,
    select: createSelectPair(),
    version,
    json: args.options.json,
    write: (line) => {
      if (process.stdout.writableLength > WATCH_QUEUE_MAX) return false;
      process.stdout.write(line);
      return true;
    },
    alert: alerter.tell,
    alert_from: config.alerts.severity,
    heard: recording?.heard,
    until: untilEnded(),
  });
  await Promise.all([recording?.end(), alerter.idle()]);
  return { text: "", code: watchCodes[reason] ?? exitCodes.ok.code };
}
