import type { Pane, PaneContent, PaneContext } from "../pane.ts";

function build(_context: PaneContext): PaneContent {
  return { header: [], rows: [], empty: "Nothing to show yet." };
}

export const storage: Pane = { id: "storage", key: "4", title: "Storage", sorts: [], build };
