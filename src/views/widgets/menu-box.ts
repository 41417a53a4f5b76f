/** The action menu: letter, action, risk; below what can't be done now why not. */
import type { Menu } from "../acting/menu.ts";
import { type Offer, offersFor } from "../acting/offers.ts";
import { subjectsText } from "../acting/subject.ts";
import type { CommandContext } from "../actions.ts";
import type { Line } from "../pane.ts";
import { type Symbols, severityTone } from "../symbols.ts";
import { BOX_FRAME_COLUMNS, BOX_FRAME_ROWS, centred, drawBox } from "./box.ts";
import type { Box } from "./canvas.ts";
import { riskSeverity, riskWord } from "./plan-box.ts";
import { cut, fitText, span, textWidth, wrapText } from "./text.ts";

const COLUMNS_MAX = 96;
const TOP_ROW = 2;
const RISK_COLUMNS = 12;
const REASON_LINES_MAX = 2;

function offerLines({ action, risk, reason }: Offer, width: number, title_width: number, here: boolean, symbols: Symbols): readonly Line[] {
  const open = reason === undefined;
  const severity = riskSeverity[risk];
  const head: Line = [
    span(here ? `${symbols.cursor} ` : "  ", "accent"),
    { text: `${action.letter} `, ...(open ? { tone: "accent" as const } : { tone: "dim" as const }), bold: open },
    span(` ${fitText(action.title, title_width)}  `, open ? "plain" : "dim"),
    span(fitText(`${symbols.severity[severity]} ${riskWord[risk]}`, RISK_COLUMNS), open ? severityTone[severity] : "dim"),
    span("  "),
  ];
  const indent = 2 + 3 + title_width + 2;
  const room = width - indent - RISK_COLUMNS - 2;
  if (open) return [[...head, span(cut(action.description, room), "dim")]];
  const said = wrapText(`not now: ${reason}`, room);
  const kept = said
    .slice(0, REASON_LINES_MAX)
    .map((text, index) => (index === REASON_LINES_MAX - 1 && said.length > REASON_LINES_MAX ? cut(`${text} …`, room) : text));
  return kept.map(
    (text, index): Line =>
      index === 0 ? [...head, span(text, "stale")] : [span(" ".repeat(indent + RISK_COLUMNS + 2)), span(text, "stale")],
  );
}

export function drawMenu(menu: Menu, context: CommandContext, symbols: Symbols): Box {
  const { ui, act } = context;
  const place = centred(ui.columns, COLUMNS_MAX);
  const width = place.width - BOX_FRAME_COLUMNS;
  const offers = offersFor(menu.subjects, act);
  const at = Math.min(menu.index, Math.max(0, offers.length - 1));
  const title_width = Math.max(0, ...offers.map(({ action }) => textWidth(action.title)));
  const groups = offers.map((offer, index) => offerLines(offer, width, title_width, index === at, symbols));
  const all = groups.flat();
  const room = Math.max(1, ui.rows - 2 * TOP_ROW - BOX_FRAME_ROWS);
  const first = groups.slice(0, at).flat().length;
  const last = first + (groups[at]?.length ?? 1) - 1;
  const from = Math.max(0, Math.min(first, Math.max(last - room + 1, Math.min(first - Math.floor(room / 2), all.length - room))));
  const none: Line[] = offers.length === 0 ? [[span("Nothing can be done to it from here.", "dim")]] : [];
  const names = menu.subjects.length > 1 ? `: ${menu.subjects.map(({ name }) => name).join(", ")}` : "";
  const place_text = all.length > room ? `${from + 1}-${Math.min(all.length, from + room)} of ${all.length}  ` : "";
  return drawBox(
    {
      title: `What to do to ${subjectsText(menu.subjects)}${names}`,
      lines: [...all.slice(from, from + room), ...none],
      cursor: offers.length === 0 ? -1 : first - from,
      note: `${place_text}a letter shows the plan  esc closes`,
    },
    { ...place, y: TOP_ROW },
    symbols,
  );
}
