/** Under a DRBD volume: how a resync goes and why it doesn't, what a split brain looks like from both sides, where the hosts disagree. */
import type { DrbdRow, DrbdSide, PairView, ResyncView } from "../../state/view-model.ts";
import { age, bar, duration, percent, rateOfKib, sizeOfKib } from "../format.ts";
import type { Line, PaneContext, Span, Tone } from "../pane.ts";
import { symbolsOf } from "../symbols.ts";
import { flow, space, text, wrap } from "./parts.ts";
import { type Column, layOut } from "./table.ts";
import { ageOf, hostOf, isTrusted, oldest, type Trust, told, toldOr, trustOf, trustOfHost } from "./trust.ts";

/** A side is as old as its reading, and never younger than its host's last sign of life. */
export function trustOfSide(view: PairView, side: DrbdSide): Trust {
  if (isTrusted(view)) return undefined;
  const host = hostOf(view, side.host);
  return oldest([trustOf(side.evidence, view.now_ms), host && trustOfHost(host, [], view.now_ms)]);
}

export const oldestSide = (view: PairView, row: DrbdRow): Trust => oldest(row.sides.map((side) => trustOfSide(view, side)));

const BAR_WIDTH_MAX = 40;
const BAR_WIDTH_MIN = 8;

function direction(resync: ResyncView, ascii: boolean): string {
  if (resync.source === undefined && resync.target === undefined) return "";
  return ` ${resync.source ?? "?"} ${symbolsOf(ascii).right} ${resync.target ?? "?"}`;
}

/** `ETA 12 min (9 min to 20 min)`. */
function eta({ eta_s, eta_spread_s: spread }: ResyncView): string {
  if (eta_s === undefined) return "ETA unknown";
  const [soonest, latest] = spread === undefined ? ["", ""] : [duration(spread.soonest_s), duration(spread.latest_s)];
  return `ETA ${duration(eta_s)}${soonest === latest ? "" : ` (${soonest} to ${latest})`}`;
}

/** Figures of a resync that is running, most wanted first; what the tool doesn't tell is said to be unknown. */
function figures(resync: ResyncView): string[] {
  const { rate_kib_s, rate_average_kib_s, left_kib, in_sync_percent } = resync;
  return [
    rate_kib_s === undefined ? "rate unknown" : rateOfKib(rate_kib_s),
    resync.stalled === undefined && resync.paused === undefined ? eta(resync) : "no ETA",
    ...(left_kib === undefined ? [] : [`${sizeOfKib(left_kib)} left`]),
    ...(in_sync_percent === undefined ? [] : [`${percent(in_sync_percent)} of the disk in sync`]),
    ...(rate_average_kib_s === undefined ? [] : [`average ${rateOfKib(rate_average_kib_s)}`]),
  ];
}

export function resyncLines(
  { view, width, ascii }: Pick<PaneContext, "view" | "width" | "ascii">,
  resync: ResyncView,
  trust: Trust,
): Line[] {
  const tone: Tone = trust === undefined ? (resync.stalled === undefined ? "info" : "critical") : "stale";
  const say = (value: string): Span => (trust === undefined ? { text: value } : told(value, trust));
  const done = resync.done_percent;
  const bar_width = Math.max(BAR_WIDTH_MIN, Math.min(BAR_WIDTH_MAX, Math.floor((width - 60) / 2)));
  const progress: Line =
    done === undefined
      ? [text("? done, not told", "unknown")]
      : [{ text: bar(done, bar_width, ascii), tone }, space(1), { ...say(percent(done)), bold: true }, text(" done")];
  const chunks: Line[] = [
    [text(`${resync.kind}${direction(resync, ascii)}`, tone)],
    progress,
    ...figures(resync).map((figure): Line => [say(figure)]),
    ...(trust === undefined ? [] : [[text(`as told ${ageOf(trust)} ago`, "stale")]]),
  ];
  return [...flow(chunks, width, 2), ...held(view, resync, ascii).flatMap((each) => wrap(each, width, 2))];
}

/** `14 s`; of what stood when it was first looked at, `more than 14 s`. */
const spanOf = ({ now_ms }: Pick<PairView, "now_ms">, { since_ms, at_least }: NonNullable<ResyncView["stalled"]>): string =>
  `${at_least === true ? "more than " : ""}${age(now_ms - since_ms)}`;

/** Why it doesn't move. */
function held(view: PairView, resync: ResyncView, ascii: boolean): Line[] {
  const symbols = symbolsOf(ascii).severity;
  const { paused, stalled } = resync;
  // What somebody holds isn't stalled: it is told as what it is.
  if (paused !== undefined)
    return [[text(`${symbols.warning} paused${stalled === undefined ? "" : ` for ${spanOf(view, stalled)}`}: ${paused}`, "warning")]];
  if (stalled === undefined) return [];
  return [
    [{ text: `${symbols.critical} stalled for ${spanOf(view, stalled)}`, tone: "critical", bold: true }, { text: `: ${stalled.why}` }],
  ];
}

/** Proofs named under a split; what they say is above them. */
const PROOFS_MAX = 3;

/** Both sides of a split, under each other, with all that tells which copy is worth more. */
function splitBrainLines({ view, width, ascii }: PaneContext, row: DrbdRow): Line[] {
  if (row.split_brain === undefined) return [];
  const { evidence, since_ms } = row.split_brain;
  const since = since_ms === undefined ? "" : ` for ${age(view.now_ms - since_ms)}`;
  const title: Line = [
    { text: `${symbolsOf(ascii).severity.critical} split brain${since}`, tone: "critical", bold: true },
    { text: ": the two copies have diverged" },
  ];
  const sides = layOut(splitColumns(view, row), row.sides, { width: width - 2, ascii });
  const proofs = evidence.slice(0, PROOFS_MAX).map((proof): Line => [text(`  ${proof}`, "dim")]);
  return [
    ...wrap(title, width, 2),
    ...row.sides.map((_, index): Line => [space(2), ...sides.lineOf(index)]),
    ...proofs.flatMap((line) => wrap(line, width, 4)),
  ];
}

/** `current:bitmap:...` (drbdmeta show-gi): the first tells the copies apart, the detail has them all. */
const currentGeneration = (generations: string | undefined): string | undefined =>
  generations === undefined ? undefined : `gi ${generations.split(":")[0] ?? ""}`;

function splitColumns(view: PairView, row: DrbdRow): Column<DrbdSide>[] {
  const column = (drop: number, min: number, value: (side: DrbdSide) => string | undefined, missing: string): Column<DrbdSide> => ({
    title: "",
    drop,
    min,
    max: 40,
    cell: (side) => [toldOr(value(side) || undefined, trustOfSide(view, side), { missing })],
  });
  return [
    { title: "", drop: 0, min: 4, max: 20, cell: ({ host }) => [text(host, "dim")] },
    column(0, 9, ({ role }) => role, "role"),
    column(0, 8, ({ disk }) => disk, "disk"),
    column(2, 10, ({ connection }) => connection, "connection"),
    column(0, 20, ({ out_of_sync_kib: kib }) => (kib === undefined ? undefined : `${sizeOfKib(kib)} out-of-sync`), "out-of-sync"),
    column(1, 19, (side) => currentGeneration(row.generations[row.sides.indexOf(side)]), "generation"),
  ];
}

function suspendedLines({ width, view, ascii }: PaneContext, row: DrbdRow): Line[] {
  return row.sides.flatMap((side) => {
    const trust = trustOfSide(view, side);
    const symbol = symbolsOf(ascii).severity.warning;
    const said = (value: string, what: string): Line[] =>
      !side.present || value === "" || value === "no"
        ? []
        : [[told(`${symbol} ${side.host}: ${what} (${value})`, trust, { tone: "warning", aged: true })]];
    return [
      ...said(side.suspended, "I/O suspended"),
      ...(row.resync?.paused === undefined ? said(side.resync_suspended, "resync suspended") : []),
    ].flatMap((line) => wrap(line, width, 2));
  });
}

/** Only where no other line says how much: a split brain and a resync have their own. */
function outOfSyncLines({ view, width }: PaneContext, row: DrbdRow): Line[] {
  if (row.resync !== undefined || row.split_brain !== undefined || !row.sides.some(({ out_of_sync_kib }) => (out_of_sync_kib ?? 0) > 0))
    return [];
  const per = row.sides.map((side): Span => {
    const value = side.out_of_sync_kib === undefined ? "unknown" : sizeOfKib(side.out_of_sync_kib);
    return told(`${value} by ${side.host}`, trustOfSide(view, side));
  });
  return wrap([text("out-of-sync ", "dim"), per[0] ?? text(""), text(", "), per[1] ?? text("")], width, 2);
}

/** No line where all is well. */
export function concernLines(context: PaneContext, row: DrbdRow): Line[] {
  const { view, width, ascii } = context;
  return [
    ...splitBrainLines(context, row),
    ...(row.resync === undefined ? [] : resyncLines(context, row.resync, oldestSide(view, row))),
    ...suspendedLines(context, row),
    ...outOfSyncLines(context, row),
    ...row.disagreement.flatMap((said) =>
      wrap([text(`${symbolsOf(ascii).severity.warning} hosts disagree: ${said}`, "warning")], width, 2),
    ),
  ];
}
