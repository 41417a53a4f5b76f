import type { Pane, PaneContent, PaneContext } from "../pane.ts";

function build(_context: PaneContext): PaneContent {
  return { header: [], rows: [], empty: "Nothing to show yet." };
}

export const overview: Pane = { id: "overview", key: "1", title: "Overview", sorts: [], build };
