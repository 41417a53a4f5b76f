import type { Pane, PaneContent, PaneContext } from "../pane.ts";

function build(_context: PaneContext): PaneContent {
  return { header: [], rows: [], empty: "Nothing to show yet." };
}

export const guests: Pane = { id: "guests", key: "2", title: "Guests", sorts: [], build };
