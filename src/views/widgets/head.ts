/** The three lines on top: the pair and how it is, both hosts and how old what is seen of them is, the screens. */
import type { ReplayStatus } from "../../state/recorder/transport.ts";
import type { Finding, HostView, PairView, Severity } from "../../state/view-model.ts";
import type { LinkState } from "../../xen/host/link.ts";
import { age, count, duration, severityRank, severityWord } from "../format.ts";
import type { Line, Pane, Span } from "../pane.ts";
import { replayLine } from "../replay.ts";
import { reachTone, type Symbols, severityTone } from "../symbols.ts";
import type { ScreenId } from "../ui.ts";
import { cutLine, lineWidth, span, spread } from "./text.ts";

/** Ages and clocks on top change once a second, whatever else changes meanwhile. */
const TICK_MS = 1_000;

/** What the hosts' line says besides ages: when that changes it is said at once. */
const reachOf = ({ hosts }: PairView): string => hosts.map(({ reach, link, hung }) => `${reach} ${link.phase} ${hung.length}`).join();

/** The view as it was when the present second began: the two upper lines are drawn from it. */
export function createHeadHold(): (view: PairView) => PairView {
  let held: PairView | undefined;
  return (view) => {
    const kept =
      held !== undefined && Math.floor(view.now_ms / TICK_MS) === Math.floor(held.now_ms / TICK_MS) && reachOf(view) === reachOf(held);
    if (!kept || held === undefined) held = view;
    return held;
  };
}

/** From here on there is room for the local time beside UTC. */
const BOTH_CLOCKS_COLUMNS_MIN = 100;

/** Those that nobody has taken note of. */
const countOf = (findings: readonly Finding[], severity: Severity): number =>
  findings.filter((finding) => finding.severity === severity && finding.ack === undefined).length;

function healthOf(view: PairView, symbols: Symbols): Line {
  const spans: Span[] = [];
  for (const severity of ["critical", "warning", "unknown"] as const) {
    const number = countOf(view.findings, severity);
    if (number === 0) continue;
    if (spans.length > 0) spans.push(span("  "));
    spans.push(span(`${symbols.severity[severity]} ${number} ${severityWord[severity]}`, severityTone[severity]));
  }
  const noted = view.findings.filter(({ ack }) => ack !== undefined).length;
  const note: Line = noted === 0 ? [] : [span(`  ${noted} noted`, "dim")];
  if (spans.length > 0) return [...spans, ...note];
  return [span(`${symbols.severity[view.severity]} ${severityWord[view.severity]}`, severityTone[view.severity]), ...note];
}

const two = (number: number): string => String(number).padStart(2, "0");

function clocks(now_ms: number, width: number): Line {
  const at = new Date(now_ms);
  const utc = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} UTC `;
  if (width < BOTH_CLOCKS_COLUMNS_MIN || at.getTimezoneOffset() === 0) return [span(utc, "dim")];
  return [span(`${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())} here  `, "dim"), span(utc, "dim")];
}

export function titleLine(view: PairView, now_ms: number, width: number, symbols: Symbols, replay?: ReplayStatus): Line {
  return spread(
    [span(" "), { text: view.name, tone: "accent", bold: true }, span("  "), ...healthOf(view, symbols)],
    replay === undefined ? clocks(now_ms, width) : [...replayLine(replay), ...clocks(now_ms, width)],
    width,
  );
}

const reachWord: Readonly<Record<HostView["reach"], string>> = {
  live: "live",
  stale: "stale",
  connecting: "connecting",
  unreachable: "unreachable",
  refused: "refused",
  needs_auth: "needs authentication",
};

/** What the link says besides its word. */
function linkNote(link: LinkState, host: HostView, now_ms: number): string {
  switch (link.phase) {
    case "idle":
    case "live":
      return "";
    case "connecting":
      // A host that couldn't be reached stays so while it is tried again, with the reason it has.
      if (host.reach === "unreachable") return `${host.reach_reason ?? ""}, trying again`;
      return link.hop === host.id ? "" : `to ${link.hop}`;
    case "needs_auth":
      return link.hop === host.id ? link.what : `${link.hop}: ${link.what}`;
    case "unreachable":
      return `${link.hop === host.id ? "" : `${link.hop}: `}${link.reason}, retry in ${duration(Math.max(0, link.retry_at_ms - now_ms) / 1000)}`;
    case "refused":
      return `${link.hop === host.id ? "" : `${link.hop}: `}${link.reason}`;
  }
}

/** How old what is seen of it is; where nothing was ever heard, how long it has been as it is. */
function sinceOf({ heard_ms, link }: HostView, now_ms: number): string {
  if (heard_ms !== undefined) return age(now_ms - heard_ms);
  return link.phase === "idle" ? "" : age(now_ms - link.since_ms);
}

function hostSpans(host: HostView, now_ms: number, symbols: Symbols): Line {
  const tone = reachTone[host.reach];
  const since = sinceOf(host, now_ms);
  const hung = host.hung.length;
  const note = linkNote(host.link, host, now_ms);
  return [
    { text: host.id, bold: true },
    span(` ${symbols.reach[host.reach]} ${reachWord[host.reach]}`, tone),
    ...(since === "" ? [] : [span(` ${since}`, host.reach === "live" ? "dim" : tone)]),
    ...(hung === 0 ? [] : [span(`  ${symbols.severity.warning} ${count(hung, "command")} not answering`, "warning")]),
    ...(note === "" ? [] : [span(`  ${note}`, "dim")]),
  ];
}

/** Both hosts; where they don't fit, the longer one gives way first. */
export function hostsLine(view: PairView, width: number, symbols: Symbols): Line {
  const { now_ms } = view;
  const [first, second] = view.hosts.map((host) => hostSpans(host, now_ms, symbols));
  if (first === undefined || second === undefined) return [];
  const between: Line = [span("  "), span(symbols.vertical, "dim"), span("  ")];
  const room = width - 2 - lineWidth(between);
  const half = Math.floor(room / 2);
  const second_width = Math.min(lineWidth(second), Math.max(half, room - lineWidth(first)));
  const first_width = room - second_width;
  return [span(" "), ...cutLine(first, first_width), ...between, ...cutLine(second, second_width)];
}

/** The worst of what the findings say to look at on a screen. */
function worstOn(findings: readonly Finding[], pane: Pane): Severity | undefined {
  let worst: Severity | undefined;
  for (const finding of findings) {
    if (String(finding.screen) !== pane.key || severityRank(finding.severity) < severityRank("unknown")) continue;
    if (worst === undefined || severityRank(finding.severity) > severityRank(worst)) worst = finding.severity;
  }
  return worst;
}

/** A letter as a sign would run into the title. */
const tabSign = ({ severity }: Symbols, worst: Severity): string =>
  /[A-Z!?]/.test(severity[worst]) ? `[${severity[worst]}]` : severity[worst];

interface Tabs {
  readonly panes: readonly Pane[];
  readonly screen: ScreenId;
  readonly view: PairView;
  readonly width: number;
  readonly symbols: Symbols;
}

/** Where titles don't fit, only the present screen has one. One line each, after a blank. */
function tabs({ panes, screen, view, width, symbols }: Tabs): readonly { readonly id: ScreenId; readonly line: Line }[] {
  const build = (short: boolean) =>
    panes.map((pane) => {
      const here = pane.id === screen;
      const worst = pane.id === "overview" ? undefined : worstOn(view.findings, pane);
      const title = short && !here ? "" : ` ${pane.title}`;
      const label: Span[] = here
        ? [{ text: `${pane.key}${title}`, bold: true, inverse: true }]
        : [span(pane.key, "accent"), span(title, "dim")];
      return {
        id: pane.id,
        line: [...label, worst === undefined ? span(" ") : span(tabSign(symbols, worst), severityTone[worst]), span(" ")],
      };
    });
  const full = build(false);
  return 1 + full.reduce((sum, { line }) => sum + lineWidth(line), 0) <= width ? full : build(true);
}

export const tabsLine = (about: Tabs): Line => [span(" "), ...tabs(about).flatMap(({ line }) => line)];

/** The screen whose tab is in that column. */
export function tabAt(about: Tabs, column: number): ScreenId | undefined {
  let from = 1;
  for (const { id, line } of tabs(about)) {
    const to = from + lineWidth(line);
    // The blank behind a tab is nobody's.
    if (column >= from && column < to - 1) return id;
    from = to;
  }
  return undefined;
}
