/** What a runbook is: one incident, from its alarm to green, step by step with this console's keys. docs/runbooks is generated from them, and tests walk them. */

export interface RunbookStep {
  /** What to do, one or two sentences. */
  readonly do: string;
  /** Keys to press for it, in order, as the command table names them; `NAME` stands for what the finding is about, typed. Absent: not on this console. */
  readonly keys?: readonly string[];
  /** What is to be seen then. */
  readonly see?: string;
  /** The action that does it, by its id (state/plan/actions). */
  readonly action?: string;
}

export interface Runbook {
  readonly id: string;
  readonly title: string;
  /** Of the ten of design/1-product; undefined: one more that the lab taught. */
  readonly incident?: number;
  /** The drill: `xenha-tui --demo SCENARIO`. */
  readonly scenario: string;
  /** How it shows. */
  readonly when: string;
  /** What makes it worse. */
  readonly never: readonly string[];
  readonly steps: readonly RunbookStep[];
  /** By what it is known to be over. */
  readonly over: string;
}
