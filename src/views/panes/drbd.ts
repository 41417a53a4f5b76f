import type { Pane, PaneContent, PaneContext } from "../pane.ts";

function build(_context: PaneContext): PaneContent {
  return { header: [], rows: [], empty: "Nothing to show yet." };
}

export const drbd: Pane = { id: "drbd", key: "3", title: "DRBD", sorts: [], build };
