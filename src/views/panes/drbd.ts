/** Screen 3: each DRBD volume as both hosts see it, side by side; under it whatever is not as it should be. */
import type { DrbdRow, DrbdSide, PairView } from "../../state/view-model.ts";
import { byName, count, severityRank, sizeOfKib } from "../format.ts";
import type { Line, Pane, PaneContent, PaneContext, PaneRow, PaneSort, Span } from "../pane.ts";
import { severityTone } from "../symbols.ts";
import { textWidth } from "../widgets/text.ts";
import { concernLines, oldestSide, trustOfSide } from "./drbd-concerns.ts";
import { guestOf } from "./lookup.ts";
import { content, names, rowsUnder, space, text } from "./parts.ts";
import { type Column, layOut } from "./table.ts";
import { hostTitle, mark, none, type Trust, told, toldOr, whyEmpty, word } from "./trust.ts";

const sorts: readonly PaneSort[] = [
  { id: "name", title: "resource", key: "N" },
  { id: "state", title: "state", key: "S" },
  { id: "out_of_sync", title: "out-of-sync", key: "O", descending_first: true },
];

/** The two sides needn't agree; the greater is what would be lost. */
export function outOfSyncKib(row: DrbdRow): number | undefined {
  const known = row.sides.flatMap(({ out_of_sync_kib }) => (out_of_sync_kib === undefined ? [] : [out_of_sync_kib]));
  return known.length === 0 ? undefined : Math.max(...known);
}

type Order = (left: DrbdRow, right: DrbdRow) => number;
const orders: Readonly<Record<string, Order>> = {
  name: (left, right) => byName(left.key, right.key),
  state: (left, right) =>
    severityRank(left.state.severity) - severityRank(right.state.severity) || byName(left.state.text, right.state.text),
  out_of_sync: (left, right) => (outOfSyncKib(left) ?? -1) - (outOfSyncKib(right) ?? -1),
};

function sorted({ view, sort }: PaneContext): DrbdRow[] {
  const names: Order = (left, right) => byName(left.key, right.key);
  const order = sort && orders[sort.id];
  if (order === undefined)
    return [...view.drbd].sort(
      (left, right) => severityRank(right.state.severity) - severityRank(left.state.severity) || names(left, right),
    );
  return [...view.drbd].sort((left, right) => (sort?.descending === true ? order(right, left) : order(left, right)) || names(left, right));
}

/** As /proc/drbd has it in one word: what replication does where it isn't plainly established, else the connection. */
export const connectionWord = ({ connection, replication }: DrbdSide): string =>
  connection === "Connected" && replication !== "Established" && replication !== "Off" && replication !== "" ? replication : connection;

const healthyWords: readonly string[] = ["UpToDate", "Connected", "Established", "Primary", "Secondary", "Pri", "Sec"];

/** One word of a side, in the side's tone where it isn't a healthy one. */
function sideWord(side: DrbdSide, value: string, trust: Trust, ascii: boolean): Span {
  if (!side.present) return none(ascii);
  if (value === "") return toldOr(undefined, trust);
  if (trust !== undefined) return told(value, trust);
  return healthyWords.includes(value)
    ? { text: value }
    : { text: value, tone: severityTone[side.severity === "ok" ? "info" : side.severity] };
}

const STATE_MIN = 7;
const shortRoles: Readonly<Record<string, string>> = { Primary: "Pri", Secondary: "Sec" };

/** On a narrow screen roles are shortened, as drbd-overview does, before `Inconsistent` or `PausedSyncT` is cut. */
function rolesOf({ view, width }: PaneContext): (side: DrbdSide) => string {
  const widest = (texts: readonly string[]): number => texts.reduce((most, each) => Math.max(most, textWidth(each)), 0);
  const side = (index: 0 | 1): number => {
    const sides = view.drbd.map(({ sides: both }) => both[index]);
    const mark = sides.some((each) => trustOfSide(view, each) !== undefined) ? 1 : 0;
    const role = widest(sides.map((each) => each.role));
    return role + widest(sides.map(({ disk }) => disk)) + widest([...sides.map(connectionWord), "connection"]) + 3 * mark + 3;
  };
  const needed = widest(["  volume", ...view.drbd.map(({ key }) => `  ${key}`)]) + 1 + STATE_MIN + side(0) + side(1);
  return needed > width ? ({ role }) => shortRoles[role] ?? role : ({ role }) => role;
}

function sideColumns({ view, ascii }: PaneContext, roleOf: (side: DrbdSide) => string, index: 0 | 1): Column<DrbdRow>[] {
  const group = hostTitle(view.hosts[index], view.now_ms);
  const cell =
    (value: (side: DrbdSide) => string) =>
    (row: DrbdRow): Line => [sideWord(row.sides[index], value(row.sides[index]), trustOfSide(view, row.sides[index]), ascii)];
  return [
    {
      group,
      title: "role",
      drop: 0,
      min: 3,
      max: 12,
      cell: (row) => (row.sides[index].present ? cell(roleOf)(row) : [none(ascii, "not up")]),
    },
    { group, title: "disk", drop: 0, min: 8, max: 16, cell: cell(({ disk }) => disk) },
    { group, title: "connection", drop: 0, min: 9, max: 16, cell: cell(connectionWord) },
  ];
}

function columnsOf(context: PaneContext): Column<DrbdRow>[] {
  const { view, ascii } = context;
  const roleOf = rolesOf(context);
  return [
    {
      title: "  volume",
      sort: "name",
      drop: 0,
      min: 8,
      max: 28,
      cell: (row) => [mark(row.state.severity, oldestSide(view, row), ascii), { text: ` ${row.key}`, bold: true }],
    },
    {
      title: "state",
      sort: "state",
      drop: 0,
      min: STATE_MIN,
      gives: true,
      max: 24,
      cell: (row) => [word(row.state, oldestSide(view, row))],
    },
    ...sideColumns(context, roleOf, 0),
    ...sideColumns(context, roleOf, 1),
    {
      title: "out-of-sync",
      sort: "out_of_sync",
      drop: 5,
      min: 12,
      max: 12,
      align: "right",
      cell: (row) => {
        const kib = outOfSyncKib(row);
        return [toldOr(kib === undefined ? undefined : sizeOfKib(kib), oldestSide(view, row), { missing: "" })];
      },
    },
    {
      title: "size",
      drop: 7,
      min: 7,
      max: 9,
      align: "right",
      cell: ({ size_kib }) => [toldOr((size_kib && sizeOfKib(size_kib)) || undefined, undefined, { missing: "" })],
    },
    {
      title: "guests",
      drop: 6,
      min: 8,
      max: 36,
      cell: ({ guests }) => (guests.length === 0 ? [none(ascii)] : [text(names(guestNames(view, guests), 36))]),
    },
  ];
}

export const guestNames = (view: PairView, keys: readonly string[]): string[] => keys.map((key) => guestOf(view, key)?.name ?? key);

function summary({ view }: PaneContext): Line {
  const bad = view.drbd.filter(({ state }) => state.severity !== "ok").length;
  return [text(`${count(view.drbd.length, "volume")}${bad === 0 ? "" : `, ${bad} not well`}`, "dim")];
}

/** With fewer rows than this each is needed for a volume. */
const SUMMARY_HEIGHT = 30;
/** From here on columns keep a wider distance. */
const ROOMY_WIDTH = 110;
/** What is wrong with a volume stands under its name. */
const INDENT = 4;

function build(context: PaneContext): PaneContent {
  const { view, width, height, ascii, sort } = context;
  const volumes = sorted(context);
  const table = layOut(columnsOf(context), volumes, { width, ascii, sort, gap: width >= ROOMY_WIDTH ? 2 : 1 });
  const rows = volumes.flatMap((row, index): PaneRow[] => {
    const concerns = concernLines({ ...context, width: width - INDENT }, row).map((line): Line => [space(INDENT), ...line]);
    return rowsUnder(
      row.key,
      () => table.lineOf(index),
      concerns,
      { kind: "drbd", key: row.key },
      () => table.textOf(index),
    );
  });
  return content(
    width,
    volumes.length === 0 ? [] : [...(height >= SUMMARY_HEIGHT ? [summary(context)] : []), ...table.header],
    rows,
    whyEmpty(
      view,
      "DRBD volume",
      ["drbd-status", "drbd-proc"],
      "No DRBD resource is up on either host. That is normal where the guests' disks lie on a SAN or NAS: see 4 Storage.",
    ),
  );
}

export const drbd: Pane = { id: "drbd", key: "3", title: "DRBD", sorts, build };
