/** Screen 2: one row per guest, joined over both hosts, the ones in trouble first. */
import type { GuestRow, Judged, PairView } from "../../state/view-model.ts";
import { byName, count, severityRank, sizeOfKib } from "../format.ts";
import type { Line, Pane, PaneContent, PaneContext, PaneSort } from "../pane.ts";
import { isConfigTold, readinessCell, trustOfDisks, trustOfFigure, trustOfGuest, trustOfNics, whereCell } from "./guest-cells.ts";
import { content, lazyRow, text } from "./parts.ts";
import { type Column, EXTRA, layOut, type Table } from "./table.ts";
import { judged, mark, none, toldOr, whyEmpty, word } from "./trust.ts";

const sorts: readonly PaneSort[] = [
  { id: "name", title: "name", key: "N" },
  { id: "state", title: "state", key: "S" },
  { id: "cpu", title: "cpu %", key: "C", descending_first: true },
  { id: "memory", title: "memory", key: "M", descending_first: true },
  { id: "host", title: "host", key: "H" },
];

type Order = (left: GuestRow, right: GuestRow) => number;
const names: Order = (left, right) => byName(left.name, right.name);
/** What isn't known comes last, whichever way the others go. */
const isKnown = ({ cpu_percent, memory_mib }: GuestRow, sort: string): boolean =>
  sort === "cpu" ? cpu_percent !== undefined : sort === "memory" ? memory_mib !== undefined : true;
const figures =
  (of: (guest: GuestRow) => number | undefined): Order =>
  (left, right) =>
    (of(left) ?? -1) - (of(right) ?? -1);

const orders: Readonly<Record<string, Order>> = {
  name: names,
  state: (left, right) =>
    severityRank(left.state.severity) - severityRank(right.state.severity) || byName(left.state.text, right.state.text),
  cpu: figures((guest) => guest.cpu_percent),
  memory: figures((guest) => guest.memory_mib),
  host: (left, right) => byName(left.host ?? "", right.host ?? ""),
};

function sorted({ view, sort }: PaneContext): GuestRow[] {
  const order = sort && orders[sort.id];
  if (order === undefined)
    return [...view.guests].sort((left, right) => severityRank(right.severity) - severityRank(left.severity) || names(left, right));
  return [...view.guests].sort((left, right) => {
    const known = sort === undefined ? 0 : Number(isKnown(right, sort.id)) - Number(isKnown(left, sort.id));
    return known || (sort?.descending === true ? order(right, left) : order(left, right)) || names(left, right);
  });
}

function columnsOf({ view, ascii, width, sort }: PaneContext): Column<GuestRow>[] {
  const [first, second] = view.hosts;
  const roomy = width >= ROOMY_WIDTH;
  // A figure goes only where less than the start of a reason would be left, and not where the rows are sorted by it.
  const figureDrop = (id: string, drop: number): number => (sort?.id === id ? 1 : drop);
  const reason_max = roomy ? 48 : 26;
  const memoryOf = (mib: number): string => (roomy ? sizeOfKib(mib * 1024) : shortSize(mib));
  /** `resync 21.9 %` as `resync 21%`. */
  const short = (line: Line): Line =>
    roomy ? line : line.map((span) => ({ ...span, text: span.text.replace(/(\d)(?:\.\d+)? %/g, "$1%") }));
  // No disk at all is one thing, not knowing of any another.
  const nothing = (guest: GuestRow, worst: Judged): Line => {
    if (severityRank(worst.severity) >= severityRank("unknown")) return judged(worst, undefined, ascii);
    return isConfigTold(view, guest) ? [none(ascii)] : [toldOr(undefined, undefined)];
  };
  const figure = (guest: GuestRow, value: string | undefined, reading: string): Line =>
    value === undefined && guest.placements.length === 0
      ? [none(ascii)]
      : [toldOr(value, trustOfFigure(view, guest, reading), { missing: "" })];
  return [
    {
      title: "  guest",
      sort: "name",
      drop: 0,
      min: 14,
      max: 34,
      cell: (guest) => [mark(guest.severity, trustOfGuest(view, guest), ascii), { text: ` ${guest.name}`, bold: true }],
    },
    { title: "on", sort: "host", drop: 0, min: 10, max: 20, cell: (guest) => whereCell(view, guest, ascii) },
    {
      title: "state",
      sort: "state",
      drop: 0,
      min: 10,
      max: 28,
      cell: (guest) => [word(guest.state, trustOfGuest(view, guest), { aged: true })],
    },
    {
      title: roomy ? "cpu %" : "cpu%",
      sort: "cpu",
      drop: figureDrop("cpu", 2),
      min: 4,
      max: 7,
      align: "right",
      cell: (guest) => figure(guest, guest.cpu_percent?.toFixed(roomy ? 1 : 0), "xentop"),
    },
    {
      title: roomy ? "memory" : "mem",
      sort: "memory",
      drop: figureDrop("memory", 3),
      min: 4,
      max: 9,
      align: "right",
      cell: (guest) => figure(guest, guest.memory_mib === undefined ? undefined : memoryOf(guest.memory_mib), "xl-list"),
    },
    { title: "vcpu", drop: 4, min: 4, max: 5, align: "right", cell: (guest) => figure(guest, guest.vcpus?.toString(), "xl-list") },
    {
      title: "disks",
      drop: 1,
      gives: true,
      min: 8,
      max: 30,
      cell: (guest) =>
        short(guest.disks.length === 0 ? nothing(guest, guest.disks_worst) : judged(guest.disks_worst, trustOfDisks(view, guest), ascii)),
    },
    {
      title: "nets",
      drop: 1,
      gives: true,
      min: 4,
      max: roomy ? 30 : 12,
      cell: (guest) =>
        guest.nics.length === 0 ? nothing(guest, guest.nics_worst) : judged(guest.nics_worst, trustOfNics(view, guest), ascii),
    },
    {
      group: "can run on",
      title: first.id,
      drop: 0,
      min: 8,
      max: reason_max,
      cell: (guest) => short(readinessCell(view, guest, 0, ascii)),
    },
    {
      group: "can run on",
      title: second.id,
      drop: 0,
      min: 8,
      max: reason_max,
      cell: (guest) => short(readinessCell(view, guest, 1, ascii)),
    },
    {
      title: "sits on",
      drop: EXTRA + 6,
      min: 8,
      max: 40,
      cell: ({ disks }) =>
        list(
          disks.map(({ object, target }) => object ?? target),
          ascii,
        ),
    },
    {
      title: "bridges",
      drop: EXTRA + 7,
      min: 8,
      max: 40,
      cell: ({ nics }) =>
        list(
          nics.map(({ bridge }) => bridge ?? "?"),
          ascii,
        ),
    },
    { title: "type", drop: EXTRA + 8, min: 4, max: 7, cell: (guest) => [text(guest.type, "dim")] },
    {
      title: "autostart",
      drop: EXTRA + 9,
      min: 5,
      max: 20,
      cell: (guest) => (guest.autostart.length === 0 ? [none(ascii)] : [text(guest.autostart.join(", "), "dim")]),
    },
  ];
}

/** For a column that has no room for the unit's every letter, in vmstat's letters: `512M`, `8G`, `1.5G`. */
const shortSize = (mib: number): string => sizeOfKib(mib * 1024).replace(/ ([A-Z])iB$/, "$1");

const list = (items: readonly string[], ascii: boolean): Line =>
  items.length === 0 ? [none(ascii)] : [text([...new Set(items)].join(", "), "dim")];

function summary(view: PairView): Line {
  const per = view.hosts.map(({ id }) => `${view.guests.filter(({ host }) => host === id).length} on ${id}`);
  // Those that run nowhere for sure, each kind by its own word.
  const others = new Map<string, number>();
  for (const { host, state } of view.guests) if (host === undefined) others.set(state.text, (others.get(state.text) ?? 0) + 1);
  const rest = [...others].map(([state, number]) => `${number} ${state}`);
  return [text(`${count(view.guests.length, "guest")}: ${[...per, ...rest].join(", ")}`, "dim")];
}

/** From here on columns keep a wider distance. */
const ROOMY_WIDTH = 110;
/** With fewer rows than this each is needed for a guest. */
const SUMMARY_HEIGHT = 30;

function build(context: PaneContext): PaneContent {
  const { view, width, height, ascii, sort } = context;
  const guests = sorted(context);
  const table = layOut(columnsOf(context), guests, { width, ascii, sort, gap: width >= ROOMY_WIDTH ? 2 : 1 });
  // What a narrow window shortens is copied and looked through whole; made once, when somebody asks.
  let whole: Table | undefined;
  const textOf = (index: number): string => {
    whole ??= width >= ROOMY_WIDTH ? table : layOut(columnsOf({ ...context, width: ROOMY_WIDTH }), guests, { width: ROOMY_WIDTH, ascii });
    return whole.textOf(index);
  };
  const rows = guests.map((guest, index) =>
    lazyRow(
      guest.key,
      () => table.lineOf(index),
      { kind: "guest", key: guest.key },
      () => textOf(index),
    ),
  );
  return content(
    width,
    guests.length === 0 ? [] : [...(height >= SUMMARY_HEIGHT ? [summary(view)] : []), ...table.header],
    rows,
    whyEmpty(view, "guest", ["xl-list"], "Neither host has a guest: no domain but Domain-0 and no config file."),
  );
}

export const guests: Pane = { id: "guests", key: "2", title: "Guests", sorts, build };
