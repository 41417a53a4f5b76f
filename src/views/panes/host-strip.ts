/** One block per host: can I see it, how old is what I see, what has it left. */
import type { HostView } from "../../state/view-model.ts";
import { age, count, duration, sizeOfTotal, skew } from "../format.ts";
import type { Line, PaneContext, PaneRow, Span, Tone } from "../pane.ts";
import { reachTone, severityTone, symbolsOf } from "../symbols.ts";
import { rowsOf, space, text, wrap } from "./parts.ts";
import { type Column, layOut } from "./table.ts";
import { isAbsent, none, toldOr, trustOfHost } from "./trust.ts";

export const reachWord: Readonly<Record<HostView["reach"], string>> = {
  live: "live",
  stale: "stale",
  connecting: "connecting",
  unreachable: "unreachable",
  refused: "refused",
  needs_auth: "needs authentication",
};

/** With the time since its last sign of life: `live 0.4 s`, `unreachable 42 s`, `connecting, never heard`. */
export function reachSpan(host: HostView, now_ms: number): Span {
  const tone: Tone = reachTone[host.reach];
  const heard = host.heard_ms === undefined ? undefined : age(now_ms - host.heard_ms);
  if (host.reach === "live") return { text: heard === undefined ? "live, no word yet" : `live ${heard}`, tone };
  if (host.reach === "stale") return { text: `~stale ${heard ?? "never heard"}`, tone };
  return { text: `${reachWord[host.reach]}${heard === undefined ? ", never heard" : ` ${heard}`}`, tone };
}

/** Why it can't be seen, with the failing hop and what happens next; undefined where there is nothing to explain. */
export function reachReason(host: HostView, now_ms: number): string | undefined {
  const { link } = host;
  switch (link.phase) {
    case "unreachable": {
      const wait_ms = link.retry_at_ms - now_ms;
      const next = wait_ms > 0 ? `next try in ${duration(wait_ms / 1000)}` : "trying again";
      return `${link.hop}: ${link.reason}; may be alive; ${next}, ctrl-r: now`;
    }
    case "refused":
      return `${link.hop}: ${link.reason}. ${link.advice}`;
    case "needs_auth":
      return `${link.hop} asks for ${link.what}`;
    case "connecting":
      if (host.reach === "unreachable") return `${host.reach_reason ?? link.hop}; may be alive; trying again`;
      return `connecting to ${link.hop} for ${age(now_ms - link.since_ms)}${link.attempt > 1 ? `, attempt ${link.attempt}` : ""}`;
    case "idle":
    case "live":
      return host.reach === "live" ? undefined : host.reach_reason;
  }
}

type HostColumn = Column<HostView>;
type Figure = (host: HostView) => string | undefined;

const memory: Figure = ({ memory_free_mib: free, memory_total_mib: total }) =>
  free === undefined || total === undefined ? undefined : `${sizeOfTotal(free, total)} free`;
const guests: Figure = ({ guests_running }) => (guests_running === undefined ? undefined : count(guests_running, "guest"));
const load: Figure = ({ load_1min }) => (load_1min === undefined ? undefined : `load ${load_1min.toFixed(2)}`);
const xen: Figure = ({ xen_version }) => (xen_version === undefined ? undefined : `Xen ${xen_version}`);
const drbd: Figure = ({ drbd_version }) => (drbd_version === undefined ? undefined : `DRBD ${drbd_version}`);
const clock: Figure = ({ skew_ms }) => (skew_ms === undefined ? undefined : `clock ${skew(skew_ms)}`);
const up: Figure = ({ uptime_s }) => (uptime_s === undefined ? undefined : `up ${duration(uptime_s)}`);
const cpus: Figure = ({ cpus: number }) => (number === undefined ? undefined : count(number, "CPU"));

/** A figure with the readings it came from; what it is called where it isn't known. */
function column(
  figure: Figure,
  missing: string,
  readings: readonly string[],
  drop: number,
  context: PaneContext,
  tone: Tone = "plain",
): HostColumn {
  const { now_ms } = context.view;
  return {
    title: "",
    drop,
    min: 6,
    max: 32,
    cell: (host) => {
      const value = figure(host);
      // What a host doesn't have is a dash; what it hasn't told is a question.
      if (value === undefined && isAbsent(host, readings)) return [none(context.ascii, missing)];
      return [toldOr(value, trustOfHost(host, readings, now_ms), { missing, tone, aged: host.reach === "live" })];
    },
  };
}

const identity = ({ view, ascii }: PaneContext): HostColumn[] => [
  { title: "", drop: 0, min: 6, max: 26, cell: (host) => [hostMark(host, ascii), space(1), { text: host.id, bold: true }] },
  { title: "", drop: 0, min: 24, max: 40, cell: (host) => [reachSpan(host, view.now_ms)] },
];

const foremost = (context: PaneContext): HostColumn[] => [
  column(guests, "guests", ["xl-list"], 1, context),
  column(memory, "memory", ["xl-info"], 2, context),
  column(load, "load", ["host"], 3, context),
];

const further = (context: PaneContext): HostColumn[] => [
  column(xen, "Xen", ["xl-info"], 0, context, "dim"),
  column(drbd, "DRBD", ["drbd-proc"], 1, context, "dim"),
  column(clock, "clock", [], 2, context, "dim"),
  column(up, "uptime", [], 3, context, "dim"),
];

const furthest = (context: PaneContext): HostColumn[] => [
  column(cpus, "CPUs", ["host"], 5, context, "dim"),
  column(({ kernel }) => kernel && `Linux ${kernel}`, "kernel", ["host"], 6, context, "dim"),
  column(({ hardware }) => hardware, "hardware", ["host"], 7, context, "dim"),
];

/** A live host may have trouble; one that isn't seen never looks well. */
function hostMark(host: HostView, ascii: boolean): Span {
  const symbols = symbolsOf(ascii);
  if (host.reach !== "live") return { text: symbols.reach[host.reach], tone: reachTone[host.reach], bold: true };
  return { text: symbols.severity[host.severity], tone: severityTone[host.severity], bold: host.severity === "critical" };
}

/** Commands named in the block of a host; enter on it shows all of them. */
const COMMANDS_MAX = 2;

/** Commands that don't answer, the longest first, and those that fail: the first few by name. */
function troubleLines(host: HostView, { view, ascii }: PaneContext): Line[] {
  const symbol = symbolsOf(ascii).severity.warning;
  const hung = host.hung.map(({ source, since_ms }) => `${source} not answering for ${age(view.now_ms - since_ms)}`);
  const named = hung.slice(0, hung.length > COMMANDS_MAX ? COMMANDS_MAX - 1 : COMMANDS_MAX);
  const more = hung.length - named.length;
  const failed = host.readings.filter(({ freshness }) => freshness === "failed").map(({ source }) => source);
  const failures = failed.length > COMMANDS_MAX ? `${failed[0] ?? ""} and ${failed.length - 1} more` : failed.join(", ");
  return [
    ...named,
    ...(more === 0 ? [] : [`and ${count(more, "more command")} not answering: enter`]),
    ...(failed.length === 0 || host.reach !== "live" ? [] : [`failed: ${failures}`]),
  ].map((line) => [text(`${symbol} ${line}`, "warning")]);
}

function explained(host: HostView, context: PaneContext): Line[] {
  const { view, width } = context;
  const reason = reachReason(host, view.now_ms);
  return [
    ...(reason === undefined ? [] : wrap([space(INDENT), text(reason, reachTone[host.reach])], width, INDENT)),
    ...troubleLines(host, context).flatMap((line) => wrap([space(INDENT), ...line], width, INDENT * 2)),
  ];
}

/** Under the host's name. */
const INDENT = 2;
/** From here on all of a host's figures stand on one line. */
const ONE_LINE_WIDTH = 150;

export function hostStrip(context: PaneContext): PaneRow[] {
  const { view, width, ascii } = context;
  const wide = width >= ONE_LINE_WIDTH;
  const columns = [...identity(context), ...foremost(context), ...(wide ? [...further(context), ...furthest(context)] : [])];
  const first = layOut(columns, view.hosts, { width, ascii, gap: 2 });
  const second = layOut(further(context), view.hosts, { width: width - INDENT, ascii, gap: 2 });
  return view.hosts.flatMap((host, index) => {
    const nothing_told = host.heard_ms === undefined;
    const more: Line[] = wide || nothing_told ? [] : [[space(INDENT), ...second.lineOf(index)]];
    const lines = [first.lineOf(index), ...more, ...explained(host, context)];
    return rowsOf(`host ${host.id}`, lines, { kind: "host", id: host.id });
  });
}
