/** What a host keeps under /run/xenha: on tmpfs, so gone with its power. */
export interface SimJob {
  state: "made" | "running" | "ended" | "gone";
  rc: number | undefined;
  readonly argv: readonly string[];
  readonly log: string[];
}

export interface SimPlans {
  readonly leases: Map<string, string>;
  /** plan -> number or `end` -> line; the lines of an ended plan are in `old`. */
  readonly journal: Map<string, Map<string, string>>;
  readonly old: Map<string, Map<string, string>>;
  /** `plan/step` */
  readonly jobs: Map<string, SimJob>;
}

export const emptyPlans = (): SimPlans => ({ leases: new Map(), journal: new Map(), old: new Map(), jobs: new Map() });
