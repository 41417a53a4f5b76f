/**
 * Screen 7: what changed, newest first, on one clock, in episodes: what came close together under what it was. The hosts' journals tell of the hours before
 * this console started.
 */
import { type Episode, episodesOf } from "../../state/episodes.ts";
import type { TimelineEntry } from "../../state/state.ts";
import { age, count, duration, localTime } from "../format.ts";
import type { Line, Pane, PaneContent, PaneContext, PaneRow } from "../pane.ts";
import { severityTone, symbolsOf } from "../symbols.ts";
import { lineText } from "../widgets/text.ts";
import { content, lazyRow, space, text } from "./parts.ts";
import { type Column, EXTRA, layOut, type Table } from "./table.ts";
import { mark, none } from "./trust.ts";

export const newestFirst = (entries: readonly TimelineEntry[]): TimelineEntry[] =>
  [...entries].sort((left, right) => right.at_ms - left.at_ms || right.seq - left.seq);

/** The object has a column of its own: its name isn't said again at the start of a line. */
export function whatOf({ object, text: said }: Pick<TimelineEntry, "object" | "text">): string {
  const at = ["", "drbd ", "block ", "device "].find((word) => said.startsWith(`${word}${object}`));
  if (at === undefined) return said;
  const rest = said.slice(at.length + object.length);
  const shown = /^[:,]? (.+)$/.exec(rest)?.[1];
  return shown ?? said;
}

/** From here on there is room for all. */
const ROOMY_WIDTH = 110;

/** The moment by the clock of the host that told it; where its skew isn't known, nothing is made up. */
function hostTime({ view, ascii }: PaneContext, { host, at_ms }: TimelineEntry): Line {
  const skew_ms = view.hosts.find(({ id }) => id === host)?.skew_ms;
  return [skew_ms === undefined ? none(ascii) : text(localTime(at_ms + skew_ms, view.now_ms), "dim")];
}

function columnsOf(context: PaneContext): Column<TimelineEntry>[] {
  const { view, ascii, width } = context;
  return [
    { title: "time", drop: 0, min: 8, max: 12, cell: ({ at_ms }) => [text(localTime(at_ms, view.now_ms))] },
    { title: "age", drop: EXTRA + 1, min: 6, max: 7, align: "right", cell: ({ at_ms }) => [text(age(view.now_ms - at_ms), "dim")] },
    { title: "host", drop: 1, min: 5, max: 20, cell: ({ host }) => [host === undefined ? none(ascii) : text(host)] },
    { title: "its clock", drop: EXTRA + 3, min: 9, max: 12, cell: (entry) => hostTime(context, entry) },
    {
      title: "origin",
      drop: EXTRA + 2,
      min: 6,
      max: 7,
      cell: ({ origin, rule }) => [text(rule === undefined ? origin : "finding", "dim")],
    },
    {
      title: "  object",
      drop: 0,
      min: 8,
      max: width >= ROOMY_WIDTH ? 30 : 16,
      cut: "middle",
      cell: ({ severity, object }) => [mark(severity, undefined, ascii), { text: ` ${object}`, bold: severity === "critical" }],
    },
    {
      title: "what",
      drop: 0,
      min: 20,
      max: 512,
      // Its severity is the sign before the object.
      cell: (entry) => [text(whatOf(entry), entry.severity === "info" || entry.severity === "ok" ? "plain" : severityTone[entry.severity])],
    },
  ];
}

/** Of a whole screen, or of a few lines on another. */
export const timelineTable = (context: PaneContext, entries: readonly TimelineEntry[], { whole }: { whole: boolean }): Table =>
  layOut(
    columnsOf(context).filter(({ title }) => whole || (title !== "origin" && title !== "its clock")),
    entries,
    { width: context.width, ascii: context.ascii, gap: 2 },
  );

/** Before an entry: a line along those of one episode. */
const GUTTER = 2;

/** `┌ 02:14:03, 67 s: split brain: r2 was written on both hosts  12 entries`. */
function headOf({ view, ascii }: PaneContext, { from_ms, to_ms, severity, title, entries }: Episode): Line {
  return [
    text(`${symbolsOf(ascii).corner.top_left} `, "dim"),
    text(`${localTime(from_ms, view.now_ms)}, ${duration((to_ms - from_ms) / 1000)}: `, "dim"),
    { text: title, bold: true, ...(severity === "info" || severity === "ok" ? {} : { tone: severityTone[severity] }) },
    text(`  ${count(entries.length, "entry", "entries")}`, "dim"),
  ];
}

function build(context: PaneContext): PaneContent {
  const { view, width, ascii } = context;
  const { vertical, corner } = symbolsOf(ascii);
  const entries = newestFirst(view.timeline);
  const table = timelineTable({ ...context, width: width - GUTTER }, entries, { whole: true });
  const place = new Map(entries.map((entry, index) => [entry.seq, index]));
  const rowOf = (entry: TimelineEntry, gutter: string): PaneRow => {
    const index = place.get(entry.seq) ?? 0;
    return lazyRow(
      String(entry.seq),
      () => [text(gutter, "dim"), ...table.lineOf(index)],
      { kind: "entry", seq: entry.seq },
      () => table.textOf(index),
    );
  };
  const rows = episodesOf([...entries].reverse())
    .toReversed()
    .flatMap((episode): PaneRow[] => {
      const members = newestFirst(episode.entries);
      if (members.length === 1) return members.map((entry) => rowOf(entry, " ".repeat(GUTTER)));
      const line = headOf(context, episode);
      const head: PaneRow = { key: episode.key, line, object: undefined, text: lineText(line) };
      return [head, ...members.map((entry, index) => rowOf(entry, `${index === members.length - 1 ? corner.bottom_left : vertical} `))];
    });
  return content(
    width,
    entries.length === 0 ? [] : table.header.map((line) => [space(GUTTER), ...line]),
    rows,
    "Nothing has changed since the console started, and the hosts' journals haven't told of anything before it.",
  );
}

export const timeline: Pane = { id: "timeline", key: "7", title: "Timeline", sorts: [], build };
