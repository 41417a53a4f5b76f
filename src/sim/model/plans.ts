/** What a host keeps under /run/xenha: on tmpfs, so gone with its power. */
export interface SimJob {
  state: "made" | "running" | "ended" | "gone" | "cancelled";
  rc: number | undefined;
  readonly argv: readonly string[];
  readonly log: string[];
  readonly input?: string;
  /** It never ends by itself. */
  hangs?: boolean;
}

/** What goes wrong with jobs, for drills. */
export interface JobFaults {
  /** Its command fails at once, without having done anything: `fail`; never ends and does nothing: `hang`; is killed half-way: `kill`. */
  next: "fail" | "hang" | "kill" | undefined;
  /** Answers of the job program that are lost on their way back, of the next calls. */
  lose_answers: number;
  /** Of the next calls: those that never get there. */
  lose_calls: number;
  /** Nothing more can be written. */
  full: boolean;
}

export interface SimPlans {
  readonly leases: Map<string, string>;
  /** plan -> number or `end` -> line; the lines of an ended plan are in `old`. */
  readonly journal: Map<string, Map<string, string>>;
  readonly old: Map<string, Map<string, string>>;
  /** `plan/step` */
  readonly jobs: Map<string, SimJob>;
  /** What its syslog was told, newest last. */
  readonly syslog: string[];
  readonly faults: JobFaults;
}

export const emptyPlans = (): SimPlans => ({
  leases: new Map(),
  journal: new Map(),
  old: new Map(),
  jobs: new Map(),
  syslog: [],
  faults: { next: undefined, lose_answers: 0, lose_calls: 0, full: false },
});
