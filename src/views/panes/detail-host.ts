/** A host: the way to it, what it is, and every reading with its age. */
import type { Evidence, HostView } from "../../state/view-model.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import { age, count, duration, sizeOfKib, skew } from "../format.ts";
import type { Line, PaneRow } from "../pane.ts";
import { guestFacts } from "./detail-drbd.ts";
import { type DetailContext, type Fact, fact, readingOf, section } from "./detail-parts.ts";
import { reachReason, reachSpan } from "./host-strip.ts";
import { text } from "./parts.ts";
import { isAbsent, isFresh, judged, none, told, toldOr, trustOf, trustOfHost } from "./trust.ts";

export function hostRows(context: DetailContext, host: HostView): PaneRow[] {
  const guests = context.view.guests.filter(({ placements }) => placements.some((placement) => placement.host === host.id));
  return [
    ...section(context, "link", "Reach", linkFacts(context, host)),
    ...section(context, "host", "Host", hostFacts(context, host)),
    ...section(context, "parity", "Identical hardware?", parityFacts(context)),
    ...section(
      context,
      "guests",
      "Guests here",
      guestFacts(
        context,
        guests.map(({ key }) => key),
        [host],
      ),
    ),
    ...section(context, "readings", "Readings", readingFacts(context, host)),
  ];
}

function linkFacts({ view }: DetailContext, host: HostView): Fact[] {
  const reason = reachReason(host, view.now_ms);
  const since = host.link.phase === "idle" ? [] : [fact("so for", [{ text: age(view.now_ms - host.link.since_ms) }])];
  return [
    fact("link", [reachSpan(host, view.now_ms)]),
    ...since,
    ...(reason === undefined ? [] : [fact("why", [{ text: reason }])]),
    ...(host.reach_reason === undefined || reason?.includes(host.reach_reason) === true
      ? []
      : [fact("reason", [{ text: host.reach_reason }])]),
    ...host.hung.map(({ source, since_ms }) =>
      fact("hangs", [text(`${source} not answering for ${age(view.now_ms - since_ms)}`, "warning")]),
    ),
  ];
}

function hostFacts({ view, ascii }: DetailContext, host: HostView): Fact[] {
  const of = (label: string, value: string | undefined, ...readings: readonly string[]): Fact =>
    fact(
      label,
      [
        value === undefined && isAbsent(host, readings)
          ? none(ascii)
          : toldOr(value, trustOfHost(host, readings, view.now_ms), { aged: true }),
      ],
      [readingOf(view, host.id, ...readings)],
    );
  const mib = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : `${value} MiB (${sizeOfKib(value * 1024)})`;
  return [
    of("hostname", host.hostname, "host"),
    of("Xen", host.xen_version, "xl-info"),
    of("kernel", host.kernel, "host"),
    of("system", host.os, "host"),
    of("hardware", host.hardware, "host"),
    of("CPU", host.cpu_model, "host"),
    of("CPUs", host.cpus?.toString(), "host"),
    of("up for", host.uptime_s === undefined ? undefined : duration(host.uptime_s)),
    of("load, 1 min", host.load_1min?.toFixed(2), "host"),
    of("memory", mib(host.memory_total_mib), "xl-info"),
    of("memory free", mib(host.memory_free_mib), "xl-info"),
    of("dom0 available", host.dom0_memory_available_kib === undefined ? undefined : sizeOfKib(host.dom0_memory_available_kib), "host"),
    of("guests", host.guests_running === undefined ? undefined : count(host.guests_running, "guest"), "xl-list"),
    of("clock", host.skew_ms === undefined ? undefined : `${skew(host.skew_ms)} against this console`),
    of("DRBD", host.drbd_version, "drbd-proc"),
  ];
}

function parityFacts({ view, ascii }: DetailContext): Fact[] {
  return view.hardware_parity.map(({ what, values, same }) => {
    const severity = same === undefined ? "unknown" : same ? "ok" : "warning";
    const trust = view.hosts.map((host) => trustOfHost(host, [], view.now_ms)).find((each) => each !== undefined);
    const said =
      same === true
        ? `same: ${values[0]}`
        : `${same === false ? "differs" : "not known"}: ${values[0]} on ${view.hosts[0].id}, ${values[1]} on ${view.hosts[1].id}`;
    return fact(what, judged({ text: said, severity }, trust, ascii, { aged: true }), []);
  });
}

/** Their names are ours, small letters alone: it is told without what compares names of any language. */
const byId = (left: ReadingId, right: ReadingId): number => (left < right ? -1 : left > right ? 1 : 0);

/** Those that don't answer first; the rest by name. Absent is normal: the host doesn't have it. */
function readingFacts({ view, ascii }: DetailContext, host: HostView): Fact[] {
  const order: readonly Evidence["freshness"][] = ["hung", "failed", "stale", "never", "fresh", "absent"];
  const sorted = [...host.readings].sort(
    (left, right) => order.indexOf(left.freshness) - order.indexOf(right.freshness) || byId(left.reading, right.reading),
  );
  return sorted.map((evidence) => {
    const when = evidence.at_ms === undefined ? "never answered" : `${age(view.now_ms - evidence.at_ms)} ago`;
    const note = evidence.note === undefined ? "" : `: ${evidence.note}`;
    const value: Line = isFresh(evidence)
      ? [...(evidence.freshness === "absent" ? [none(ascii, "absent "), text(`${evidence.note ?? ""} `, "dim")] : []), { text: when }]
      : [told(`${evidence.freshness} `, trustOf(evidence, view.now_ms)), text(when, "stale"), text(note, "stale")];
    return fact(evidence.reading, [...value, text(`  ${evidence.source}`, "dim")]);
  });
}
