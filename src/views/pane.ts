/**
 * The contract between a pane (what a screen says) and the shell (how it is drawn, scrolled, filtered, selected).
 * A pane is pure: view and size in, styled rows out; one row is one line of the terminal. One file per pane in panes/, one line in panes/index.ts.
 */

import type { DeskState } from "../state/plan/desk.ts";
import type { PairView } from "../state/view-model.ts";
import type { HostId } from "../xen/model/ids.ts";
import type { FeedsState } from "./console/feed-state.ts";

/** A role, not a colour: theme.ts maps it to truecolor, 256, 16 colours, light background or none at all. */
export type Tone = "plain" | "dim" | "ok" | "info" | "warning" | "critical" | "unknown" | "accent" | "title" | "stale";

export interface Span {
  readonly text: string;
  readonly tone?: Tone;
  readonly bold?: boolean;
  readonly inverse?: boolean;
  /** SGR parameters as they are, in place of all the others: a guest's own colours (console/cells.ts). */
  readonly sgr?: string;
}
export type Line = readonly Span[];

/** What a row stands for: enter opens its detail. */
export type ObjectRef =
  | { readonly kind: "host"; readonly id: HostId }
  | { readonly kind: "guest"; readonly key: string }
  | { readonly kind: "drbd"; readonly key: string }
  | { readonly kind: "storage"; readonly key: string }
  | { readonly kind: "bridge"; readonly name: string }
  | { readonly kind: "uplink"; readonly name: string }
  | { readonly kind: "finding"; readonly rule: string; readonly object: string }
  | { readonly kind: "entry"; readonly seq: number }
  | { readonly kind: "plan"; readonly id: string }
  | { readonly kind: "runbook"; readonly id: string }
  /** The logs of hosts; of one guest's among them first. */
  | { readonly kind: "logs"; readonly hosts: readonly HostId[]; readonly guest: string | undefined }
  /** `xen`, `kernel` or a file's path on a host; line: one of it, whole. */
  | { readonly kind: "log"; readonly host: HostId; readonly source: string; readonly line?: number };

export interface PaneRow {
  /** Stable over updates: the cursor and the marks stay on it. */
  readonly key: string;
  readonly line: Line;
  /** undefined: a heading or continuation the cursor skips. */
  readonly object: ObjectRef | undefined;
  /** What `/` looks in and `y` copies; default: the line's text. */
  readonly text?: string;
  /** Key of the row that this line continues: a filter shows and hides both together. Without it, a row without an object is a heading of what follows. */
  readonly part_of?: string;
}

export interface PaneContext {
  readonly view: PairView;
  /** What this console does itself. */
  readonly desk: DeskState;
  /** Logs that are followed. */
  readonly feeds?: FeedsState;
  /** Columns the rows may use, and rows the shell will show at once. */
  readonly width: number;
  readonly height: number;
  /** Symbols from `--ascii` or Unicode: see symbols.ts. */
  readonly ascii: boolean;
  /** Sort id of this pane's `sorts`, with its direction; undefined: the pane's own order (worst first). */
  readonly sort: { readonly id: string; readonly descending: boolean } | undefined;
}

export interface PaneContent {
  /** Rows come at its end: it stays there, until the cursor is moved away from it. */
  readonly tail?: true;
  /** Stays while rows scroll (column titles, summary). */
  readonly header: readonly Line[];
  readonly rows: readonly PaneRow[];
  /** Said in the middle where there are no rows: why, and what to do. */
  readonly empty: string;
}

export interface PaneSort {
  readonly id: string;
  readonly title: string;
  /** The shift-letter that sorts by it. Not `G` (bottom) and not `Y` (copy). */
  readonly key: string;
  /** True: the first press sorts largest first (figures); else smallest first (names). Pressed again it reverses, then gives the pane's own order back. */
  readonly descending_first?: boolean;
}

export interface Pane {
  readonly id: "overview" | "guests" | "drbd" | "storage" | "network" | "jobs" | "timeline";
  /** `1` to `7` */
  readonly key: string;
  readonly title: string;
  readonly sorts: readonly PaneSort[];
  readonly build: (context: PaneContext) => PaneContent;
}
