/** Screen 7: what changed, newest first, on one clock; the hosts' journals tell of the hours before this console started. */
import type { TimelineEntry } from "../../state/state.ts";
import { age, localTime } from "../format.ts";
import type { Pane, PaneContent, PaneContext } from "../pane.ts";
import { severityTone } from "../symbols.ts";
import { content, lazyRow, text } from "./parts.ts";
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

function columnsOf({ view, ascii, width }: PaneContext): Column<TimelineEntry>[] {
  return [
    { title: "time", drop: 0, min: 8, max: 12, cell: ({ at_ms }) => [text(localTime(at_ms, view.now_ms))] },
    { title: "age", drop: EXTRA + 1, min: 6, max: 7, align: "right", cell: ({ at_ms }) => [text(age(view.now_ms - at_ms), "dim")] },
    { title: "host", drop: 1, min: 5, max: 20, cell: ({ host }) => [host === undefined ? none(ascii) : text(host)] },
    { title: "origin", drop: EXTRA + 2, min: 6, max: 7, cell: ({ origin }) => [text(origin, "dim")] },
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
