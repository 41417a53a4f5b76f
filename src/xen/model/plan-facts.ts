/** What the hosts keep of plans under /run/xenha (host/job-source.ts), as the reading `xenha` tells it. */

export interface JobFact {
  readonly plan: string;
  readonly step: string;
  /** `made`: its process hasn't said so yet, or never came up. `gone`: there is no such process and no exit status: it was killed, or the host was short of something. `cancelled`: it never ran, and never will. */
  readonly state: "made" | "running" | "ended" | "gone" | "cancelled";
  /** Exit status of the command; undefined unless ended. */
  readonly rc: number | undefined;
  /** The newest lines of its output, cleaned. */
  readonly tail: readonly string[];
}

export interface LeaseFact {
  readonly key: string;
  readonly plan: string;
  readonly driver: string;
  /** As written by the console that took it; JSON, not yet understood. */
  readonly text: string;
}

export interface JournalFact {
  readonly plan: string;
  /** `end` or six digits. */
  readonly seq: string;
  readonly text: string;
}

export interface PlanFacts {
  readonly leases: readonly LeaseFact[];
  readonly jobs: readonly JobFact[];
  /** In the order of their numbers, plan by plan; without the long lines (steps, checks). Of an ended plan the first line and the end alone. */
  readonly journal: readonly JournalFact[];
  /** What outlives a boot: one line under each name, as it was written. */
  readonly kept: readonly { readonly name: string; readonly text: string }[];
  /** There is more than was told: what isn't there may be. */
  readonly cut?: true;
  /** Lines that weren't understood: somebody else wrote there. */
  readonly not_understood: readonly string[];
}
