import type { Pane, PaneContent, PaneContext } from "../pane.ts";

function build(_context: PaneContext): PaneContent {
  return { header: [], rows: [], empty: "Nothing to show yet." };
}

export const jobs: Pane = { id: "jobs", key: "6", title: "Jobs", sorts: [], build };
