/** The palette: what is typed, and what it finds. */
import type { CommandContext } from "../actions.ts";
import type { Command } from "../commands.ts";
import { paletteEntries } from "../palette.ts";
import type { Line } from "../pane.ts";
import type { Symbols } from "../symbols.ts";
import { BOX_FRAME_COLUMNS, centred, drawBox } from "./box.ts";
import type { Box } from "./canvas.ts";
import { fitText, span, spread } from "./text.ts";

const PALETTE_COLUMNS_MAX = 84;
const PALETTE_ENTRIES_MAX = 12;
const PALETTE_TOP_ROW = 2;
/** Frame, input line, and something of the panes below. */
const ROWS_BESIDES = 6;
const TITLE_COLUMNS = 20;

export function drawPalette(
  commands: readonly Command[],
  context: CommandContext,
  typed: { readonly text: string; readonly index: number },
  symbols: Symbols,
): Box {
  const { ui } = context;
  const place = centred(ui.columns, PALETTE_COLUMNS_MAX);
  const width = place.width - BOX_FRAME_COLUMNS;
  const entries = paletteEntries(typed.text, commands, context);
  const page = Math.min(PALETTE_ENTRIES_MAX, ui.rows - ROWS_BESIDES);
  const index = Math.min(typed.index, Math.max(0, entries.length - 1));
  const from = Math.max(0, Math.min(index - Math.floor(page / 2), entries.length - page));
  const input: Line = [span(": ", "accent"), span(typed.text), { text: " ", inverse: true }];
  const found = entries.slice(from, from + page).map((entry): Line => {
    const tone = entry.disabled === undefined ? "plain" : "dim";
    const description = entry.disabled === undefined ? entry.description : `${entry.description} (not now: ${entry.disabled})`;
    return spread(
      [span(fitText(entry.title, TITLE_COLUMNS), tone), span("  "), span(description, "dim")],
      [span("  "), span(entry.hint, entry.disabled === undefined ? "accent" : "dim")],
      width,
    );
  });
  const none: Line[] = entries.length === 0 ? [[span("Nothing is called like that.", "dim")]] : [];
  return drawBox(
    {
      title: "Find a command or an object",
      lines: [input, ...found, ...none],
      cursor: entries.length === 0 ? -1 : index - from + 1,
      note: "enter runs  esc closes",
    },
    { ...place, y: PALETTE_TOP_ROW },
    symbols,
  );
}
