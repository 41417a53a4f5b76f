import type { Pane, PaneContent, PaneContext } from "../pane.ts";

function build(_context: PaneContext): PaneContent {
  return { header: [], rows: [], empty: "Nothing to show yet." };
}

export const timeline: Pane = { id: "timeline", key: "7", title: "Timeline", sorts: [], build };
