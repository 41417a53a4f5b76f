/** What enter opens: everything known of one object, and with `evidence` where each fact comes from and how old it is. */
import type { ObjectRef, PaneContent, PaneContext } from "../pane.ts";

export interface DetailContent extends PaneContent {
  /** `guest web01`, `drbd r0/0`: for the shell's title line. */
  readonly title: string;
}

/**
 * Rows with an object lead on (enter opens that one); all others are facts, headings and continuations.
 * An object that is gone gives no rows and says so in `empty`.
 */
export function buildDetail(_context: PaneContext, object: ObjectRef, _evidence: boolean): DetailContent {
  return { title: object.kind, header: [], rows: [], empty: "Nothing to show yet." };
}
