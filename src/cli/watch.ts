/**
 * `watch`: what is found and what changes, a line each, until it is ended. With `--json` one object a line; its schema is schema/watch.schema.json. Within
 * version 1 events and fields may be added, never removed or given another meaning.
 */
import { type Alert, createAlerts } from "../state/alerts.ts";
import type { FindingNews } from "../state/lives.ts";
import type { Msg } from "../state/msg.ts";
import { nextStep } from "../state/next-step.ts";
import { type Clock, createRuntime } from "../state/runtime.ts";
import type { PairState, TimelineEntry } from "../state/state.ts";
import { initialState } from "../state/update.ts";
import type { HostView, LoseHost, PairView } from "../state/view-model.ts";
import { hostId, type Pair } from "../xen/model/ids.ts";
import { readingIds } from "../xen/read/index.ts";
import type { OpenPair } from "./headless.ts";
import { findingJson, loseJson } from "./status-json.ts";

export const WATCH_SCHEMA = "xenha-tui.watch/1";
/** Without news a line says that it still watches. */
export const ALIVE_EVERY_MS = 60_000;

export interface WatchRequest {
  readonly pair: OpenPair;
  readonly clock: Clock;
  readonly select: (state: PairState, now_ms: number) => PairView;
  readonly version: string;
  readonly json: boolean;
  /** One line with its end. false: its reader is too slow, and the line is lost. */
  readonly write: (line: string) => boolean;
  readonly alert: ((alerts: readonly Alert[]) => void) | undefined;
  readonly alert_from: "critical" | "warning";
  readonly heard: ((msg: Msg) => void) | undefined;
  /** Settles when it is to end, with the word for why. */
  readonly until: Promise<string>;
}

type Event = { readonly event: string } & Readonly<Record<string, unknown>>;

/** What a reader is told of a view that the one before didn't say. */
interface Seen {
  reach: Map<string, HostView["reach"]>;
  verdict: string;
  seq: number;
}

const hostEvent = ({ id, reach, reach_reason }: HostView): Event => ({
  event: "host.reach",
  host: id,
  reach,
  reason: reach_reason ?? null,
});

/** A verdict is another when other guests restart, not when a figure in a reason moves. */
const verdictKey = (lose: Pair<LoseHost>): string =>
  JSON.stringify(
    lose.map(({ lost, answer, restart, cannot, unknown, stops }) => [
      lost,
      answer,
      restart,
      ...[cannot, unknown, stops].map((left) => left.map(({ guest }) => guest)),
    ]),
  );

const changeEvent = ({ at_ms, host, origin, object, text, severity }: TimelineEntry): Event => ({
  event: "change",
  changed_at: new Date(at_ms).toISOString(),
  host: host ?? null,
  origin,
  object,
  text,
  severity,
});

/** Journal lines of the hours before are no news; findings have events of their own. */
const isNews = ({ origin, rule, at_ms }: TimelineEntry, started_ms: number): boolean =>
  rule === undefined && (origin === "seen" || at_ms >= started_ms);

function changes(view: PairView, seen: Seen, started_ms: number): Event[] {
  const hosts = view.hosts.filter(({ id, reach }) => seen.reach.get(id) !== reach);
  for (const { id, reach } of hosts) seen.reach.set(id, reach);
  const verdict = verdictKey(view.lose);
  const said: Event[] = verdict === seen.verdict ? [] : [{ event: "verdict", verdict: view.lose.map((lose) => loseJson(lose, view)) }];
  seen.verdict = verdict;
  const entries = view.timeline.filter(({ seq }) => seq > seen.seq);
  seen.seq = entries.reduce((highest, { seq }) => Math.max(highest, seq), seen.seq);
  return [...hosts.map(hostEvent), ...said, ...entries.filter((entry) => isNews(entry, started_ms)).map(changeEvent)];
}

const newsEvent = ({ kind, key, finding, initial, at_ms }: FindingNews, now_ms: number): Event => ({
  event: `finding.${kind}`,
  key,
  since: new Date(at_ms).toISOString(),
  initial,
  finding: findingJson(finding, now_ms),
});

const counts = ({ findings }: PairView) => ({
  critical: findings.filter(({ severity }) => severity === "critical").length,
  warning: findings.filter(({ severity }) => severity === "warning").length,
});

/** One line of text for an event. */
function textOf(event: Event, news: FindingNews | undefined): string {
  const at = String(event.at).replace("T", " ").slice(0, 19);
  if (news !== undefined) {
    const { kind, finding } = news;
    const word = { raised: finding.severity, worsened: `now ${finding.severity}`, cleared: "gone" }[kind];
    const risk = finding.at_risk.length === 0 || kind === "cleared" ? "" : `; at risk: ${finding.at_risk.join(", ")}`;
    const next = kind === "cleared" ? "" : `; next: ${nextStep(finding)}`;
    return `${at} ${word} ${finding.object}: ${finding.cause}${risk}${next}`;
  }
  switch (event.event) {
    case "host.reach":
      return `${at} host ${event.host}: ${event.reach}${event.reason === null ? "" : ` (${event.reason})`}`;
    case "verdict":
      return `${at} verdict: ${(event.verdict as readonly ReturnType<typeof loseJson>[]).map(verdictText).join("; ")}`;
    case "change":
      return `${at} ${event.host ?? "pair"} ${event.object}: ${event.text}`;
    case "started":
      return `${at} watching ${(event.hosts as readonly string[]).join(" and ")}`;
    case "alive":
      return `${at} still watching: ${event.severity}`;
    default:
      return `${at} ${event.event}${event.reason === undefined ? "" : `: ${event.reason}`}`;
  }
}

const verdictText = ({ lost, restart, cannot, unknown, stops }: ReturnType<typeof loseJson>): string => {
  const named = (word: string, all: readonly { readonly name: string }[]): string =>
    all.length === 0 ? "" : `, ${word} ${all.map(({ name }) => name).join(" ")}`;
  return `lose ${lost}: ${restart.length} restart${named("can't:", cannot)}${named("not known:", unknown)}${named("stop as well:", stops)}`;
};

/** Resolves with the word that `until` settled with. */
export async function runWatch(request: WatchRequest): Promise<string> {
  const { pair, clock, select, version, json, write, alert, alert_from, heard, until } = request;
  const hosts: Pair<ReturnType<typeof hostId>> = [hostId(pair.hosts[0]), hostId(pair.hosts[1])];
  const started_ms = clock.now_ms();
  const seen: Seen = { reach: new Map(), verdict: "", seq: 0 };
  const alerts = createAlerts({ severity: alert_from, initial: true });
  let seq = 0;
  let lost = 0;
  let told_ms = started_ms;

  const tell = (event: Event, news?: FindingNews): void => {
    seq += 1;
    const head = { schema: WATCH_SCHEMA, seq, at: new Date(clock.now_ms()).toISOString(), pair: pair.name };
    const whole: Event = { ...head, ...event, ...(lost === 0 ? {} : { lost }) };
    const line = json ? JSON.stringify(whole) : textOf(whole, news);
    if (write(`${line}\n`)) {
      lost = 0;
      told_ms = clock.now_ms();
    } else lost += 1;
  };
  tell({ event: "started", xenha_tui: version, simulated: pair.simulated, hosts: [...pair.hosts] });
  const runtime = createRuntime({
    initial: initialState({ name: pair.name, hosts, now_ms: started_ms, priority: pair.settings?.priority }),
    links: [
      { host: hosts[0], link: pair.links[0] },
      { host: hosts[1], link: pair.links[1] },
    ],
    clock,
    select,
    asked: readingIds,
    ...(heard === undefined ? {} : { heard }),
    publish: (view) => {
      for (const event of changes(view, seen, started_ms)) tell(event);
      if (clock.now_ms() - told_ms >= ALIVE_EVERY_MS) tell({ event: "alive", severity: view.severity, ...counts(view) });
    },
    news: (news, view) => {
      for (const one of news) tell(newsEvent(one, view.now_ms), one);
      const due = alerts(news, runtime.state(), view.now_ms);
      if (due.length > 0) alert?.(due);
    },
  });
  runtime.start();
  const reason = await until;
  runtime.stop();
  tell({ event: "ended", reason });
  return reason;
}
