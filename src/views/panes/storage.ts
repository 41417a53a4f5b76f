/** Screen 4: every way to a disk against both hosts, by kind; under a row that isn't well, its paths. */
import type { PairView, StorageCell, StorageRow } from "../../state/view-model.ts";
import { byName, count, severityRank } from "../format.ts";
import type { Line, Pane, PaneContent, PaneContext, PaneRow, PaneSort, Span } from "../pane.ts";
import { lineWidth, textWidth } from "../widgets/text.ts";
import { guestNames } from "./drbd.ts";
import { content, heading, names, rowsUnder, space, text, wrap } from "./parts.ts";
import { type Column, layOut, type Table } from "./table.ts";
import { hostOf, hostTitle, judged, mark, none, oldest, type Trust, trustOf, trustOfHost, whyEmpty } from "./trust.ts";

export const kindTitle: Readonly<Record<StorageRow["kind"], string>> = {
  multipath: "Multipath maps",
  iscsi: "iSCSI sessions",
  fc: "Fibre Channel ports",
  nbd: "NBD devices",
  nfs: "NFS mounts",
  lvm_vg: "LVM volume groups",
  lvm_thin: "LVM thin pools",
  filesystem: "dom0 file systems",
};
const kinds = Object.keys(kindTitle) as readonly StorageRow["kind"][];

const sorts: readonly PaneSort[] = [
  { id: "name", title: "name", key: "N" },
  { id: "state", title: "state", key: "S" },
  { id: "flaps", title: "flaps", key: "F", descending_first: true },
];

export const flapsOf = (row: StorageRow): number => row.cells.reduce((sum, cell) => sum + (cell?.flaps_10min ?? 0), 0);

type Order = (left: StorageRow, right: StorageRow) => number;
const byTitle: Order = (left, right) => byName(left.title, right.title);
const orders: Readonly<Record<string, Order>> = {
  name: byTitle,
  state: (left, right) => severityRank(left.severity) - severityRank(right.severity),
  flaps: (left, right) => flapsOf(left) - flapsOf(right),
};

/** By kind; inside a kind as asked for, else the worst first. */
function sorted({ view, sort }: PaneContext): StorageRow[] {
  const order = sort && orders[sort.id];
  const inside: Order =
    order === undefined
      ? (left, right) => severityRank(right.severity) - severityRank(left.severity) || byTitle(left, right)
      : (left, right) => (sort?.descending === true ? order(right, left) : order(left, right)) || byTitle(left, right);
  return [...view.storage].sort((left, right) => kinds.indexOf(left.kind) - kinds.indexOf(right.kind) || inside(left, right));
}

export function trustOfCell(view: PairView, cell: StorageCell | undefined): Trust {
  if (cell === undefined) return undefined;
  const host = hostOf(view, cell.host);
  return oldest([trustOf(cell.evidence, view.now_ms), host && trustOfHost(host, [], view.now_ms)]);
}

const oldestCell = (view: PairView, row: StorageRow): Trust => oldest(row.cells.map((cell) => trustOfCell(view, cell)));

function flapSpan(cell: StorageCell, width: number): Span[] {
  if (cell.flaps_10min === 0) return [];
  return [text(`, ${count(cell.flaps_10min, "flap")}${width >= ROOMY_WIDTH ? " in 10 min" : ""}`, "warning")];
}

function hostColumn({ view, ascii, width }: PaneContext, index: 0 | 1): Column<StorageRow> {
  return {
    title: hostTitle(view.hosts[index], view.now_ms),
    drop: 0,
    min: 12,
    max: 48,
    cell: (row) => {
      const cell = row.cells[index];
      if (cell !== undefined) return [...judged(cell.state, trustOfCell(view, cell), ascii, { aged: true }), ...flapSpan(cell, width)];
      // Not having it and not having been asked aren't the same.
      return view.hosts[index].heard_ms === undefined ? [text("? unknown", "unknown")] : [none(ascii, "none")];
    },
  };
}

function columnsOf(context: PaneContext): Column<StorageRow>[] {
  const { view, ascii, width } = context;
  return [
    {
      title: "  storage",
      sort: "name",
      drop: 0,
      min: 26,
      max: 52,
      cut: "middle",
      cell: (row) => [mark(row.severity, oldestCell(view, row), ascii), { text: " " }, { text: row.title, bold: true }],
    },
    hostColumn(context, 0),
    hostColumn(context, 1),
    {
      title: "guests",
      drop: 1,
      min: 9,
      max: 40,
      cell: ({ guests }) => (guests.length === 0 ? [none(ascii)] : [text(names(guestNames(view, guests), width >= ROOMY_WIDTH ? 40 : 12))]),
    },
    { title: "what", drop: 6, min: 8, max: 40, cell: ({ subtitle }) => (subtitle === undefined ? [] : [text(subtitle, "dim")]) },
  ];
}

/** Paths named under a row that isn't well, on a small and on a tall screen; enter shows all of them. */
const DETAILS_MAX = { small: 4, tall: 8 } as const;
const TALL_HEIGHT = 30;

/** Of the hosts where it isn't well: their paths under their own column, or under each other where that is too narrow. */
function detailLines(context: PaneContext, row: StorageRow, table: Table): Line[] {
  const { view, width, height } = context;
  const most = height < TALL_HEIGHT ? DETAILS_MAX.small : DETAILS_MAX.tall;
  const details = row.cells.map((cell) =>
    cell === undefined || severityRank(cell.state.severity) < severityRank("warning") ? [] : shortened(cell.details, most),
  );
  const [left = [], right = []] = details;
  const [first, second] = view.hosts.map((host) => table.place(undefined, hostTitle(host, view.now_ms)));
  const widest = Math.max(0, ...[...left, ...right].map((detail) => textWidth(detail)));
  if (first !== undefined && second !== undefined && widest < second.start - first.start && widest <= width - second.start) {
    return Array.from({ length: Math.max(left.length, right.length) }, (_, index): Line => {
      const one: Line = [space(first.start), text(left[index] ?? "", "dim")];
      const two = right[index];
      return two === undefined ? one : [...one, space(second.start - lineWidth(one)), text(two, "dim")];
    });
  }
  return view.hosts.flatMap(({ id }, index) =>
    (details[index] ?? []).flatMap((detail) => wrap([space(4), text(`${id}: `, "dim"), text(detail, "dim")], width, 6)),
  );
}

function shortened(details: readonly string[], most: number): readonly string[] {
  if (details.length <= most) return details;
  return [...details.slice(0, most - 1), `and ${details.length - most + 1} more: enter`];
}

function kindHeading(rows: readonly StorageRow[], kind: StorageRow["kind"]): PaneRow {
  const bad = rows.filter((row) => row.kind === kind && severityRank(row.severity) >= severityRank("unknown")).length;
  const all = rows.filter((row) => row.kind === kind).length;
  return heading(kind, kindTitle[kind], [text(`${all}${bad === 0 ? "" : `, ${bad} not well`}`, "dim")]);
}

/** From here on columns keep a wider distance. */
const ROOMY_WIDTH = 110;

function build(context: PaneContext): PaneContent {
  const { view, width, ascii, sort } = context;
  const storage = sorted(context);
  const table = layOut(columnsOf(context), storage, { width, ascii, sort, gap: width >= ROOMY_WIDTH ? 2 : 1 });
  const rows = storage.flatMap((row, index): PaneRow[] => {
    const starts_kind = storage[index - 1]?.kind !== row.kind;
    const under = detailLines(context, row, table);
    const own = rowsUnder(
      row.key,
      () => table.lineOf(index),
      under,
      { kind: "storage", key: row.key },
      () => `${kindTitle[row.kind]} ${table.textOf(index)}`,
    );
    return [...(starts_kind ? [kindHeading(storage, row.kind)] : []), ...own];
  });
  return content(
    width,
    storage.length === 0 ? [] : table.header,
    rows,
    whyEmpty(view, "storage", ["multipath", "iscsi", "df", "nfs", "lvm"], "Neither host has told of any storage yet."),
  );
}

export const storage: Pane = { id: "storage", key: "4", title: "Storage", sorts, build };
