/** What goes on beside the screen of a live session: its recording, alerts, notes and reports. Part of the composition root. */
import { createAlerter, sendsOf } from "./cli/alerts.ts";
import type { Options } from "./cli/args.ts";
import { systemClock } from "./cli/clock.ts";
import type { Config } from "./cli/config.ts";
import { version } from "./cli/version.ts";
import { createNotes } from "./main-notes.ts";
import { Refusal } from "./main-pair.ts";
import { record } from "./main-record.ts";
import { writeReport } from "./main-report.ts";
import { alertLine, createAlerts, worstAlert } from "./state/alerts.ts";
import type { FindingNews } from "./state/lives.ts";
import type { Msg } from "./state/msg.ts";
import type { Runtime } from "./state/runtime.ts";
import type { PairView } from "./state/view-model.ts";
import type { Wish } from "./views/actions.ts";
import type { RunningScreen } from "./views/start.tsx";
import type { Pair } from "./xen/model/ids.ts";

export interface BesideOptions {
  readonly pair: string;
  readonly hosts: Pair<string>;
  readonly simulated: boolean;
  readonly started_ms: number;
  readonly priority: readonly string[];
  readonly options: Options;
  readonly config: Config;
}

export interface Beside {
  readonly heard: (msg: Msg) => void;
  readonly news: (news: readonly FindingNews[], view: PairView) => void;
  readonly wish: (wish: Wish) => void;
  /** Once both are there. */
  attach(to: { readonly screen: RunningScreen; readonly runtime: Runtime; readonly view: () => PairView }): void;
  end(): Promise<void>;
}

/** Refuses where a recording was asked for that can't be made. */
export async function openBeside({
  pair,
  hosts,
  simulated,
  started_ms,
  priority,
  options,
  config,
}: BesideOptions): Promise<Beside | Refusal> {
  const { record: path } = options;
  const recording = path === undefined ? undefined : await record(path, { pair, hosts, simulated, started_ms, priority });
  if (recording instanceof Refusal) return recording;
  let attached: Parameters<Beside["attach"]>[0] | undefined;
  const say = (text: string): void => attached?.screen.say(text, "warning");
  // Whoever sits before the screen sees what was there when it began.
  const alerts = createAlerts({ severity: config.alerts.severity, initial: false });
  const alerter = createAlerter(sendsOf(config.alerts), systemClock, say);
  const runtime: Pick<Runtime, "take"> = { take: (msg) => attached?.runtime.take(msg) };
  // What is simulated today is another thing tomorrow.
  const notes = createNotes(pair, runtime, systemClock, { failed: say, kept: !simulated });
  return {
    heard: (msg) => recording?.heard(msg),
    news(news, view) {
      if (attached === undefined) return;
      const due = alerts(news, attached.runtime.state(), view.now_ms);
      const worst = worstAlert(due);
      const { bell, notify } = config.alerts;
      if (worst !== undefined) attached.screen.call({ bell, how: notify, text: alertLine(worst) });
      alerter.tell(due);
    },
    wish(wish) {
      if (attached === undefined) return;
      const { screen, view } = attached;
      if (wish.kind === "report") void writeReport({ view: view(), xenha_tui: version }).then(({ text, tone }) => screen.say(text, tone));
      else if (wish.kind !== "replay") notes.carryOut(wish);
    },
    attach(to) {
      attached = to;
      recording?.onFailure((why) => say(`Recording ended: ${path} ${why}`));
      void notes.load();
    },
    async end() {
      await recording?.end();
    },
  };
}
