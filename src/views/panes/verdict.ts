/** The lose-either-host verdict: two sentences, then who stays down and why. Says what the selectors judged, judges nothing. */
import { reasonOfAll } from "../../state/reasons.ts";
import { sizesOfMib } from "../../state/sizes.ts";
import type { GuestRow, LeftGuest, LoseHost, PairView, Severity } from "../../state/view-model.ts";
import { clockTime, count, severityRank, sizeOfKib } from "../format.ts";
import type { Line, PaneContext, PaneRow, Span } from "../pane.ts";
import { severityTone } from "../symbols.ts";
import { guestOf } from "./lookup.ts";
import { heading, lazyRow, names, rowsOf, space, text, wrap } from "./parts.ts";
import { type Column, layOut } from "./table.ts";
import { ageOf, hostOf, mark, oldest, type Trust, trustOfHost } from "./trust.ts";

/** Under the sentence, past its symbol. */
const INDENT = 2;
/** Guests that a sentence names; of more it tells the number. */
const NAMED_MAX = 3;

/** The verdict rests on both hosts: on what ran on the lost one, and on what the survivor can take. */
const trustOfVerdict = (view: PairView, lose: LoseHost): Trust =>
  oldest([lose.lost, lose.survivor].map((id) => hostOf(view, id)).map((host) => host && trustOfHost(host, ["xl-list"], view.now_ms)));

interface Reason {
  readonly answer: "no" | "unknown" | "stops";
  readonly reason: string;
  /** Since when it is so, and how far the copies lie behind, as far as that is known. */
  readonly lasting: string;
  readonly guests: readonly LeftGuest[];
}

/** `since 02:14, 3.1 GiB behind`: of several guests since the first, and together. */
function lastingOf(guests: readonly LeftGuest[], now_ms: number): string {
  const times = guests.flatMap(({ since_ms }) => since_ms ?? []);
  const behind_kib = guests.reduce((sum, guest) => sum + (guest.behind_kib ?? 0), 0);
  const since = times.length === 0 ? "" : ` since ${clockTime(Math.min(...times), now_ms)}`;
  return `${since}${behind_kib === 0 ? "" : `, ${sizeOfKib(behind_kib)} behind`}`;
}

/** Guests that share a reason stand together. */
function reasonsOf(lose: LoseHost, now_ms: number): Reason[] {
  const grouped = (all: LoseHost["cannot"], answer: Reason["answer"]): Reason[] => {
    const byReason = new Map<string, LeftGuest[]>();
    for (const left of all) {
      const { reason: whole } = left;
      // The sentence has named the survivor already.
      const reason = whole.startsWith(`${lose.survivor}: `) ? whole.slice(lose.survivor.length + 2) : whole;
      byReason.set(reason, [...(byReason.get(reason) ?? []), left]);
    }
    return [...byReason].map(([reason, guests]) => ({
      answer,
      reason: reasonOfAll(reason, guests.length),
      lasting: lastingOf(guests, now_ms),
      guests,
    }));
  };
  return [...grouped(lose.cannot, "no"), ...grouped(lose.unknown, "unknown"), ...grouped(lose.stops, "stops")];
}

/** `7 of 8 restart on beta; db02 can't: r3 Inconsistent on beta` */
function answer(view: PairView, lose: LoseHost): string {
  const { stops, survivor } = lose;
  const told = ownAnswer(view, lose);
  if (stops.length === 0) return told;
  const reasons = reasonsOf(lose, view.now_ms);
  const why = reasons.length === 1 ? `: ${reasons[0]?.reason}${reasons[0]?.lasting}` : "";
  return `${told}; ${whoOf(stops)} on ${survivor} ${stops.length === 1 ? "stops" : "stop"} as well${why}`;
}

/** Of the guests that run on it. */
function ownAnswer(view: PairView, lose: LoseHost): string {
  const all = lose.restart.length + lose.cannot.length + lose.unknown.length;
  if (lose.answer === "nothing_to_move") return `nothing runs there, nothing to restart on ${lose.survivor}`;
  if (lose.answer === "all")
    return all === 1
      ? `${guestOf(view, lose.restart[0])?.name ?? lose.restart[0] ?? "its guest"} restarts on ${lose.survivor}`
      : `all ${all} restart on ${lose.survivor}`;
  if (all === 0) return `not known what would restart on ${lose.survivor}`;
  const reasons = reasonsOf(lose, view.now_ms);
  const why = reasons.length === 1 && lose.stops.length === 0 ? `${reasons[0]?.reason ?? ""}${reasons[0]?.lasting ?? ""}` : "";
  if (lose.unknown.length === all)
    return `not known whether ${whoOf(lose.unknown)} ${all === 1 ? "restarts" : "restart"} on ${lose.survivor}${why && `: ${why}`}`;
  if (all === 1) return `${whoOf(lose.cannot)} can't restart on ${lose.survivor}${why && `: ${why}`}`;
  const restart =
    lose.restart.length === 0
      ? `none of ${all} restarts`
      : `${lose.restart.length} of ${all} ${lose.restart.length === 1 ? "restarts" : "restart"}`;
  const cannot = lose.cannot.length === 0 ? "" : `; ${why === "" ? lose.cannot.length : whoOf(lose.cannot)} can't`;
  const unknown = lose.unknown.length === 0 ? "" : `; ${why === "" ? lose.unknown.length : whoOf(lose.unknown)} not known`;
  return `${restart} on ${lose.survivor}${cannot}${unknown}${why && `: ${why}`}`;
}

const whoOf = (guests: LoseHost["cannot"]): string =>
  guests.length <= NAMED_MAX ? guests.map(({ name }) => name).join(", ") : count(guests.length, "guest");

function memoryNote(lose: LoseHost): string {
  if (lose.answer === "nothing_to_move" || lose.memory_needed_mib === 0) return "";
  const [needed, free = "an unknown amount"] = sizesOfMib([
    lose.memory_needed_mib,
    ...(lose.memory_free_mib === undefined ? [] : [lose.memory_free_mib]),
  ]);
  return `  needs ${needed} of ${free} free`;
}

function sentence(context: PaneContext, lose: LoseHost): Line[] {
  const { view, width, ascii } = context;
  const trust = trustOfVerdict(view, lose);
  const quiet = lose.severity === "ok" || lose.severity === "info";
  const said: Span =
    trust !== undefined && quiet
      ? { text: `${answer(view, lose)} (as told ${ageOf(trust)} ago)`, tone: "stale" }
      : quiet
        ? { text: answer(view, lose) }
        : { text: answer(view, lose), tone: severityTone[lose.severity] };
  const line: Line = [mark(lose.severity, trust, ascii), space(1), { text: `Lose ${lose.lost}: `, bold: true }, said];
  const note = trust === undefined ? memoryNote(lose) : "";
  const [first, ...more] = wrap(line, width, INDENT);
  if (first === undefined) return [];
  const noted: Line = [...first, text(note, "dim")];
  return more.length === 0 && wrap(noted, width).length === 1 ? [noted] : [first, ...more];
}

const kindWords: Readonly<Record<Reason["answer"], string>> = { no: " can't: ", unknown: " not known: ", stops: " stops: " };

/** Who stays down, by reason, in the order of the sentences. None where the sentence has already said it. */
function reasonRows(context: PaneContext, lose: LoseHost): PaneRow[] {
  const reasons = reasonsOf(lose, context.view.now_ms);
  const [only] = reasons;
  const told_above = only !== undefined && reasons.length === 1 && (only.guests.length <= NAMED_MAX || only.answer === "unknown");
  if (told_above) return [];
  return reasons.map(({ answer: kind, reason, lasting, guests }) => {
    const severity: Severity = kind === "unknown" ? "unknown" : "critical";
    const who = names(
      guests.map(({ name }) => name),
      Math.max(12, Math.floor(context.width / 3)),
    );
    const object = guests[0] && { kind: "guest" as const, key: guests[0].guest };
    return {
      key: `verdict ${lose.lost} ${kind} ${reason}`,
      line: [
        space(INDENT),
        mark(severity, undefined, context.ascii),
        space(1),
        { text: who },
        text(kindWords[kind], "dim"),
        text(`${reason}${lasting}`, severityTone[severity]),
      ],
      object,
      text: `${guests.map(({ name }) => name).join(" ")} ${reason}${lasting}`,
    };
  });
}

/** Most reasons shown at once; the table below has all of them. */
const REASONS_MIN = 2;

export function verdictRows(context: PaneContext): PaneRow[] {
  const room = Math.max(REASONS_MIN, Math.floor(context.height / 2) - 6);
  return context.view.lose.flatMap((lose) => {
    const reasons = reasonRows(context, lose);
    const shown = reasons.length <= room ? reasons : reasons.slice(0, room - 1);
    const rest = reasons.length - shown.length;
    const more: PaneRow[] =
      rest === 0
        ? []
        : [
            {
              key: `verdict ${lose.lost} more`,
              line: [space(INDENT), text(`and ${rest} more reasons: see the table below`, "dim")],
              object: undefined,
            },
          ];
    // Enter leads to the guest where one alone is the matter, else to the host.
    const only = [...lose.cannot, ...lose.unknown, ...lose.stops];
    const object = only.length === 1 && only[0] ? { kind: "guest" as const, key: only[0].guest } : { kind: "host" as const, id: lose.lost };
    return [...rowsOf(`verdict ${lose.lost}`, sentence(context, lose), object), ...shown, ...more];
  });
}

/** Every guest against both hosts, the ones that can't first. */
export function readinessRows(
  context: PaneContext,
  cellOf: (guest: GuestRow, index: 0 | 1) => Line,
  where: (guest: GuestRow) => Line,
): PaneRow[] {
  const { view, width, ascii } = context;
  if (view.guests.length === 0) return [];
  const badness = (guest: GuestRow): number =>
    Math.max(...guest.can_run.map(({ answer: each }) => severityRank(each === "no" ? "critical" : each === "unknown" ? "unknown" : "ok")));
  const guests = [...view.guests].sort((left, right) => badness(right) - badness(left));
  const columns: Column<GuestRow>[] = [
    { title: "guest", drop: 0, min: 8, max: 32, cell: ({ name }) => [{ text: name }] },
    { title: "on", drop: 3, min: 5, max: 16, cell: where },
    { title: `can run on ${view.hosts[0].id}`, drop: 0, min: 12, max: 60, cell: (guest) => cellOf(guest, 0) },
    { title: `can run on ${view.hosts[1].id}`, drop: 0, min: 12, max: 60, cell: (guest) => cellOf(guest, 1) },
  ];
  const table = layOut(columns, guests, { width: width - INDENT, ascii, gap: 2 });
  return [
    heading("readiness", "Restart, guest by guest"),
    ...table.header.map((line): PaneRow => ({ key: "readiness titles", line: [space(INDENT), ...line], object: undefined })),
    ...guests.map((guest, index) =>
      lazyRow(
        `readiness ${guest.key}`,
        () => [space(INDENT), ...table.lineOf(index)],
        { kind: "guest", key: guest.key },
        () => table.textOf(index),
      ),
    ),
  ];
}
