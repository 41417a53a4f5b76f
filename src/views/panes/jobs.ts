/** Screen 6: plans and the jobs that carry them out. This console only reads, so there are none. */
import type { Pane, PaneContent } from "../pane.ts";

function build(): PaneContent {
  return {
    header: [],
    rows: [],
    empty:
      "No jobs: this console only reads. Plans and the jobs that carry them out will stand here, every operator's, step by step, once it can act.",
  };
}

export const jobs: Pane = { id: "jobs", key: "6", title: "Jobs", sorts: [], build };
