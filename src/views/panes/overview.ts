/** Screen 1. In five seconds, without a key: whom can I see, is a guest in trouble, what if I lose either host, why, and what next. */
import type { GuestRow, PairView, Severity } from "../../state/view-model.ts";
import { count, severityRank } from "../format.ts";
import type { Line, Pane, PaneContent, PaneContext, PaneRow, Span } from "../pane.ts";
import { severityTone } from "../symbols.ts";
import { findingRows } from "./findings.ts";
import { readinessCell, trustOfGuest, whereCell } from "./guest-cells.ts";
import { hostStrip } from "./host-strip.ts";
import { blank, content, heading, lazyRow, rowsOf, space, text, wrap } from "./parts.ts";
import { outerPlans, ownRun, planState, whereText } from "./plan-words.ts";
import { newestFirst, timelineTable } from "./timeline.ts";
import { ageOf, isFresh, mark, oldest, trustOfHost } from "./trust.ts";
import { readinessRows, verdictRows } from "./verdict.ts";

/** Kinds of trouble that the sentence tells, and guests that it names of each. */
const NAMED_MAX = 4;

function tally(guests: readonly GuestRow[]): string[] {
  const states = new Map<string, number>();
  for (const { state } of guests) states.set(state.text, (states.get(state.text) ?? 0) + 1);
  return [...states].map(([state, number]) => `${number} ${state}`);
}

/** `crashed on beta`; without the hosts where the state names them itself. */
function stateAndPlace(view: PairView, { state, ...guest }: GuestRow): string {
  const hosts = [...new Set(guest.placements.map(({ host }) => host))];
  const named = hosts.length === 0 || state.text.includes("both") || hosts.some((host) => state.text.includes(host));
  const trust = trustOfGuest(view, { state, ...guest });
  return `${state.text}${named ? "" : ` on ${hosts.join(" and ")}`}${trust?.age_ms === undefined ? "" : `, ${ageOf(trust)} ago`}`;
}

/** Guests in the same trouble stand together: `db01, db02 not seen; web03 paused on beta`. */
function troubleText(view: PairView, guests: readonly GuestRow[]): string {
  const named = new Map<string, string[]>();
  for (const guest of guests) {
    const trouble = stateAndPlace(view, guest);
    named.set(trouble, [...(named.get(trouble) ?? []), guest.name]);
  }
  const all = [...named];
  const shown = all.slice(0, all.length > NAMED_MAX ? NAMED_MAX - 1 : NAMED_MAX);
  const rest = all.slice(shown.length).reduce((sum, [, names]) => sum + names.length, 0);
  const words = shown.map(([trouble, names]) => `${names.length > NAMED_MAX ? count(names.length, "guest") : names.join(", ")} ${trouble}`);
  return [...words, ...(rest === 0 ? [] : [`${rest} more in trouble: screen 2`])].join("; ");
}

/** `3 guests: all running`, `8 guests: db02 crashed on alpha; web03 paused on beta; 6 running`. */
function guestLines({ view, width, ascii }: PaneContext): { readonly lines: Line[]; readonly first: GuestRow | undefined } {
  const told = oldest(view.hosts.map((host) => trustOfHost(host, ["xl-list"], view.now_ms)));
  if (view.guests.length === 0) {
    const nothing = told === undefined ? "none on either host" : "none known yet";
    return {
      lines: [[mark(told === undefined ? "info" : "unknown", undefined, ascii), { text: " Guests: ", bold: true }, text(nothing)]],
      first: undefined,
    };
  }
  const rank = ({ state }: GuestRow): number => severityRank(state.severity);
  const troubled = view.guests.filter((guest) => rank(guest) >= severityRank("unknown")).sort((left, right) => rank(right) - rank(left));
  const well = view.guests.filter((guest) => !troubled.includes(guest));
  const stale = well.filter((guest) => trustOfGuest(view, guest) !== undefined);
  const worst: Severity = troubled[0]?.state.severity ?? "ok";
  const fresh = well.filter((guest) => !stale.includes(guest));
  const wellText =
    fresh.length === view.guests.length && tally(fresh).length === 1 ? `all ${fresh[0]?.state.text ?? ""}` : tally(fresh).join("; ");
  const parts: Span[] = [
    ...(troubled.length === 0 ? [] : [text(troubleText(view, troubled), severityTone[worst])]),
    ...(stale.length === 0 ? [] : [text(`~${tally(stale).join("; ")} when last seen`, "stale")]),
    ...(fresh.length === 0 ? [] : [text(wellText)]),
  ];
  const line: Line = [
    mark(worst, worst === "ok" && stale.length > 0 ? told : undefined, ascii),
    { text: ` ${count(view.guests.length, "guest")}: `, bold: true },
    ...parts.flatMap((part, index) => (index === 0 ? [part] : [text("; "), part])),
  ];
  return { lines: wrap(line, width, 2), first: troubled[0] };
}

/** Plans under way or left behind; the screen has them all. */
function jobRows(context: PaneContext): PaneRow[] {
  const { view, desk, ascii, width } = context;
  const open = outerPlans(view).filter(({ state }) => state !== "over");
  if (open.length === 0) {
    // A host that doesn't tell may well have some.
    const silent = view.hosts
      .filter(({ readings }) => !readings.some((each) => each.reading === "xenha" && isFresh(each)))
      .map(({ id }) => id);
    const known = outerPlans(view).length;
    const over = known === 0 ? "none" : `none under way; ${count(known, "plan")} over`;
    const doubt =
      silent.length === 0 ? text(over, "dim") : text(`? ${over} in what is known; not told by ${silent.join(" and ")}`, "unknown");
    return [heading("jobs", "Jobs", [doubt])];
  }
  return [
    heading("jobs", "Jobs", [text("6 has them whole", "dim")]),
    ...open.flatMap((plan) => {
      const { text: said, severity } = planState(plan, desk);
      const line: Line = [mark(severity, undefined, ascii), text(` ${said} `, severityTone[severity]), { text: plan.goal, bold: true }];
      const where: Line = [space(2), text(whereText(plan, view.now_ms, ownRun(desk, plan.id)), "dim")];
      return rowsOf(`plan ${plan.id}`, [...wrap(line, width, 2), ...wrap(where, width, 2)], { kind: "plan", id: plan.id });
    }),
  ];
}

/** Enough to see what led here; the screen has them all. */
const CHANGES_MAX = 6;
/** With fewer rows than this the changes stand below the guests. */
const CHANGES_HEIGHT = 40;

function changeRows(context: PaneContext): PaneRow[] {
  const entries = newestFirst(context.view.timeline).slice(0, CHANGES_MAX);
  if (entries.length === 0) return [];
  const table = timelineTable({ ...context, width: context.width - 2 }, entries, { whole: false });
  return [
    blank("changes"),
    heading("changes", "Latest changes", [text("screen 7 has them all", "dim")]),
    ...entries.map((entry, index) =>
      lazyRow(
        `change ${entry.seq}`,
        () => [space(2), ...table.lineOf(index)],
        { kind: "entry", seq: entry.seq },
        () => table.textOf(index),
      ),
    ),
  ];
}

function build(context: PaneContext): PaneContent {
  const { view, ascii, width, height } = context;
  const roomy = height >= CHANGES_HEIGHT;
  const { lines, first } = guestLines(context);
  const rows: PaneRow[] = [
    ...hostStrip(context),
    blank("verdict"),
    ...verdictRows(context),
    ...rowsOf("guests", lines, first && { kind: "guest", key: first.key }),
    blank("findings"),
    ...findingRows(context),
    ...jobRows(context),
    ...(roomy ? changeRows(context) : []),
    blank("readiness"),
    ...readinessRows(
      context,
      (guest, index) => readinessCell(view, guest, index, ascii),
      (guest) => whereCell(view, guest, ascii),
    ),
    ...(roomy ? [] : changeRows(context)),
  ];
  return content(width, [], rows, "");
}

export const overview: Pane = { id: "overview", key: "1", title: "Overview", sorts: [], build };
