/**
 * The incident report as Markdown: what is found, what would follow, what happened on both hosts in episodes, and what was done from this machine. Pure.
 * Times are UTC, by this console's clock and by the host's own.
 */
import { type Episode, episodesOf } from "../state/episodes.ts";
import { nextStep } from "../state/next-step.ts";
import type { TimelineEntry } from "../state/state.ts";
import type { Evidence, Finding, HostView, LoseHost, PairView } from "../state/view-model.ts";
import { clean } from "../xen/read/clean.ts";
import { redactRaw } from "../xen/read/redact-raw.ts";
import { auditMarkdown } from "./audit-text.ts";
import type { AuditLine } from "./operator-record.ts";

export interface ReportInput {
  readonly view: PairView;
  /** All there is; what lies outside the time of the timeline is left out. */
  readonly audit: readonly AuditLine[];
  /** Of the program that found it. */
  readonly xenha_tui: string;
}

/** Entries told of one episode; a storm is told by its first and its last. */
const ENTRIES_MAX = 200;
const CELL_MAX = 600;

const stamp = (ms: number): string => new Date(ms).toISOString().replace("T", " ").slice(0, 23);
const second = (ms: number): string => stamp(ms).slice(0, 19);

/** Nothing in it is taken for Markdown or HTML, whoever wrote it. */
function cell(text: string): string {
  return redactRaw(clean(text, CELL_MAX)).replace(/[\\`*_{}[\]<>#|!]/g, (char) => `\\${char}`);
}
const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  row(titles),
  row(titles.map(() => "---")),
  ...rows.map(row),
];

const span = (ms: number): string => {
  const s = Math.round(ms / 1000);
  return s < 120 ? `${s} s` : s < 7200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`;
};

const evidenceText = ({ text, from }: Finding["evidence"][number], now_ms: number): string =>
  `${cell(text)}${from === undefined ? "" : ` (${source(from, now_ms)})`}`;
const source = ({ source: command, host, at_ms, freshness }: Evidence, now_ms: number): string =>
  `${cell(command)} on ${cell(host)}, ${at_ms === undefined ? "never told" : `${span(now_ms - at_ms)} before`}${freshness === "fresh" ? "" : `, ${freshness}`}`;

function findingLines(finding: Finding, now_ms: number): string[] {
  const { severity, object, cause, since_ms, at_risk, evidence, rule, ack } = finding;
  return [
    `### ${severity}: ${cell(object)}`,
    "",
    cell(cause),
    "",
    `- since: ${since_ms === undefined ? "not known" : `${second(since_ms)} (${span(now_ms - since_ms)})`}`,
    ...(at_risk.length === 0 ? [] : [`- at risk: ${at_risk.map(cell).join(", ")}`]),
    `- next: ${cell(nextStep(finding))}`,
    `- rule: ${rule}`,
    ...(ack === undefined ? [] : [`- noted by ${cell(ack.by)} at ${second(ack.at_ms)}`]),
    ...evidence.map((each) => `- evidence: ${evidenceText(each, now_ms)}`),
    "",
  ];
}

const hostRow = ({ id, reach, reach_reason, hostname, xen_version, drbd_version, skew_ms, uptime_s }: HostView): string[] =>
  [
    id,
    `${reach}${reach_reason === undefined ? "" : ` (${reach_reason})`}`,
    hostname ?? "?",
    xen_version ?? "?",
    drbd_version ?? "?",
    skew_ms === undefined ? "?" : `${(skew_ms / 1000).toFixed(2)} s`,
    uptime_s === undefined ? "?" : span(uptime_s * 1000),
  ].map(cell);

function verdictLines({ lost, survivor, restart, cannot, unknown, stops }: LoseHost, view: PairView): string[] {
  const name = (key: string): string => view.guests.find((guest) => guest.key === key)?.name ?? key;
  const said = (word: string, all: LoseHost["cannot"]): string[] => all.map((left) => `- ${cell(left.name)} ${word}: ${cell(left.reason)}`);
  return [
    `If ${cell(lost)} is lost: ${restart.length === 0 ? "nothing restarts" : `${restart.map((key) => cell(name(key))).join(", ")} ${restart.length === 1 ? "restarts" : "restart"}`} on ${cell(survivor)}.`,
    "",
    ...said("can't", cannot),
    ...said("not known", unknown),
    ...said("stops as well", stops),
    ...(cannot.length + unknown.length + stops.length === 0 ? [] : [""]),
  ];
}

function entryRow(entry: TimelineEntry, view: PairView): string[] {
  const skew_ms = view.hosts.find(({ id }) => id === entry.host)?.skew_ms;
  const own = entry.host === undefined ? "" : skew_ms === undefined ? "?" : stamp(entry.at_ms + skew_ms).slice(11);
  const origin = entry.rule === undefined ? entry.origin : "finding";
  return [stamp(entry.at_ms), own, cell(entry.host ?? ""), origin, entry.severity, cell(entry.object), cell(entry.text)];
}

/** The first and the last of them, and how many are left out between. */
function shownOf(entries: readonly TimelineEntry[]): readonly [readonly TimelineEntry[], number, readonly TimelineEntry[]] {
  if (entries.length <= ENTRIES_MAX) return [entries, 0, []];
  const half = ENTRIES_MAX / 2;
  return [entries.slice(0, half), entries.length - ENTRIES_MAX, entries.slice(-half)];
}

function episodeLines({ from_ms, to_ms, title, severity, entries }: Episode, view: PairView): string[] {
  const [first, left_out, last] = shownOf(entries);
  const rows = [
    ...first.map((entry) => entryRow(entry, view)),
    ...(left_out === 0 ? [] : [["...", "", "", "", "", "", `${left_out} more`]]),
    ...last.map((entry) => entryRow(entry, view)),
  ];
  return [
    `### ${second(from_ms)}, ${span(to_ms - from_ms)}: ${cell(title)} (${severity})`,
    "",
    ...table(["UTC", "host's clock", "host", "origin", "severity", "object", "what"], rows),
    "",
  ];
}

export function reportMarkdown({ view, audit, xenha_tui }: ReportInput): string {
  const { now_ms, timeline, findings } = view;
  const from_ms = Math.min(now_ms, ...timeline.map(({ at_ms }) => at_ms));
  const done = audit.filter(({ at_ms }) => at_ms >= from_ms && at_ms <= now_ms);
  const lines = [
    `# ${cell(view.name)}: incident report`,
    "",
    `${second(from_ms)} to ${second(now_ms)} UTC. Times are this console's; the hosts' own stand beside them. xenha-tui ${cell(xenha_tui)}.`,
    "",
    "## Hosts",
    "",
    ...table(["host", "seen", "calls itself", "Xen", "DRBD", "clock ahead by", "up for"], view.hosts.map(hostRow)),
    "",
    "## Findings",
    "",
    ...(findings.length === 0 ? ["None.", ""] : findings.flatMap((finding) => findingLines(finding, now_ms))),
    "## If a host is lost now",
    "",
    ...view.lose.flatMap((lose) => verdictLines(lose, view)),
    "## Timeline",
    "",
    ...(timeline.length === 0 ? ["Nothing.", ""] : episodesOf(timeline).flatMap((episode) => episodeLines(episode, view))),
    "## What was done from this machine",
    "",
    auditMarkdown(done).replace(/^## /gm, "### ").trimEnd(),
    "",
  ];
  return `${lines.join("\n")}`;
}
