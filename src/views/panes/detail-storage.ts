/** A way to a disk: what each host says of it and of every path, and the guests that sit on it. */
import type { StorageRow } from "../../state/view-model.ts";
import { count } from "../format.ts";
import type { PaneRow } from "../pane.ts";
import { guestFacts } from "./detail-drbd.ts";
import { type DetailContext, type Fact, fact, section } from "./detail-parts.ts";
import { kindTitle, trustOfCell } from "./storage.ts";
import { judged, none, told, toldOr } from "./trust.ts";

export function storageRows(context: DetailContext, row: StorageRow): PaneRow[] {
  return [
    ...section(context, "storage", kindTitle[row.kind], [
      fact(
        "name",
        [{ text: row.title }],
        row.cells.map((cell) => cell?.evidence),
      ),
      ...(row.subtitle === undefined
        ? []
        : [
            fact(
              "what",
              [{ text: row.subtitle }],
              row.cells.map((cell) => cell?.evidence),
            ),
          ]),
    ]),
    ...([0, 1] as const).flatMap((index) =>
      section(context, `host ${index}`, `On ${context.view.hosts[index].id}`, cellFacts(context, row, index)),
    ),
    ...section(context, "guests", "Guests on it", guestFacts(context, row.guests)),
  ];
}

function cellFacts({ view, ascii }: DetailContext, row: StorageRow, index: 0 | 1): Fact[] {
  const cell = row.cells[index];
  const host = view.hosts[index];
  if (cell === undefined)
    return [fact("state", host.heard_ms === undefined ? [toldOr(undefined, undefined)] : [none(ascii, `${host.id} doesn't have it`)])];
  const trust = trustOfCell(view, cell);
  const from = [cell.evidence];
  return [
    fact("state", judged(cell.state, trust, ascii, { aged: true }), from),
    fact(
      "changes",
      [told(`${count(cell.flaps_10min, "flap")} in 10 min`, trust, { tone: cell.flaps_10min > 0 ? "warning" : "plain" })],
      from,
    ),
    ...cell.details.map((detail, at) => fact(at === 0 ? "details" : "", [told(detail, trust)], at === cell.details.length - 1 ? from : [])),
  ];
}
