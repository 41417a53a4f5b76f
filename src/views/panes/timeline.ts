/** Screen 7: what changed, newest first, on one clock; the hosts' journals tell of the hours before this console started. */
import type { TimelineEntry } from "../../state/state.ts";
import { age, localTime, severityWord } from "../format.ts";
import type { Pane, PaneContent, PaneContext } from "../pane.ts";
import { severityTone } from "../symbols.ts";
import { content, lazyRow, text } from "./parts.ts";
import { type Column, layOut, type Table } from "./table.ts";
import { mark, none } from "./trust.ts";

export const newestFirst = (entries: readonly TimelineEntry[]): TimelineEntry[] =>
  [...entries].sort((left, right) => right.at_ms - left.at_ms || right.seq - left.seq);

function columnsOf({ view, ascii }: PaneContext): Column<TimelineEntry>[] {
  return [
    { title: "time", drop: 0, min: 8, max: 12, cell: ({ at_ms }) => [text(localTime(at_ms, view.now_ms))] },
    { title: "age", drop: 3, min: 6, max: 7, align: "right", cell: ({ at_ms }) => [text(age(view.now_ms - at_ms), "dim")] },
    { title: "host", drop: 1, min: 5, max: 20, cell: ({ host }) => [host === undefined ? none(ascii) : text(host)] },
    { title: "origin", drop: 4, min: 6, max: 7, cell: ({ origin }) => [text(origin, "dim")] },
    {
      title: "  object",
      drop: 0,
      min: 10,
      max: 30,
      cell: ({ severity, object }) => [mark(severity, undefined, ascii), { text: ` ${object}`, bold: severity === "critical" }],
    },
    {
      title: "what",
      drop: 0,
      min: 20,
      max: 512,
      cell: ({ severity, text: said }) => [
        // The word stands with the symbol where it matters, for those who see no colour.
        ...(severity === "critical" || severity === "warning" ? [text(`${severityWord[severity]}: `, severityTone[severity])] : []),
        text(said),
      ],
    },
  ];
}

export const timelineTable = (context: PaneContext, entries: readonly TimelineEntry[], { origin }: { origin: boolean }): Table =>
  layOut(
    columnsOf(context).filter(({ title }) => origin || title !== "origin"),
    entries,
    { width: context.width, ascii: context.ascii, gap: 2 },
  );

function build(context: PaneContext): PaneContent {
  const { view, width } = context;
  const entries = newestFirst(view.timeline);
  const table = timelineTable(context, entries, { origin: true });
  const rows = entries.map((entry, index) =>
    lazyRow(String(entry.seq), table.lines[index] ?? [], { kind: "entry", seq: entry.seq }, () => table.textOf(index)),
  );
  return content(
    width,
    entries.length === 0 ? [] : table.header,
    rows,
    "Nothing has changed since the console started, and the hosts' journals haven't told of anything before it.",
  );
}

export const timeline: Pane = { id: "timeline", key: "7", title: "Timeline", sorts: [], build };
