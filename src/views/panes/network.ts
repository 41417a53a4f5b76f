import type { Pane, PaneContent, PaneContext } from "../pane.ts";

function build(_context: PaneContext): PaneContent {
  return { header: [], rows: [], empty: "Nothing to show yet." };
}

export const network: Pane = { id: "network", key: "5", title: "Network", sorts: [], build };
