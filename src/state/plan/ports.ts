/** What a drive touches, and what it tells. A console that dies is ports that answer no more. */
import type { JobAnswer, JobVerb } from "../../xen/host/job-client.ts";
import type { HostId } from "../../xen/model/ids.ts";
import type { JobFact } from "../../xen/model/plan-facts.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import type { PairState } from "../state.ts";
import type { Entry, Line, Result } from "./journal.ts";
import type { Look, Looked } from "./look.ts";
import type { Plan, PlanRequest, PowerAction, Refusal, StepInput } from "./plan.ts";

export interface DrivePorts {
  now_ms(): number;
  wait(ms: number): Promise<void>;
  state(): PairState;
  /** input: for `start`, what the step's command reads. */
  call(host: HostId, verb: JobVerb, input?: string): Promise<JobAnswer>;
  /** Asks a host for readings in full, and stamps the time: what comes of it has `asked_ms` of at least now. */
  ask(host: HostId, readings: readonly ReadingId[]): void;
  /** Runs a command that changes nothing, for a check that no reading answers. */
  run(
    host: HostId,
    argv: readonly string[],
  ): Promise<{ readonly code: number | undefined; readonly stdout: string; readonly said: string }>;
  look(look: Look): Promise<Looked>;
  /** Switches a host's power by its fence agent, and says how that ended; what it did, looks tell. */
  power(of: HostId, action: PowerAction): Promise<{ readonly code: number | undefined; readonly said: string }>;
  /** What a step is to read; undefined: it can't be had now. */
  input(input: StepInput): Promise<string | undefined>;
  /** Asks anew what the request's planner must know beside the readings. */
  prepare(request: PlanRequest): Promise<void>;
  /** The same request on the facts of now. */
  plan(request: Plan["request"]): Plan | Refusal;
  /** Ports of a plan within this one: its records go by its own name. */
  child(who: Driver, plan: Plan | undefined, tell: (progress: Progress) => void): DrivePorts;
  /** Into the operator's own journal and the audit, durable. False: it can't be written. about: what the plan is, where only its journal is known. */
  record(entry: Entry, line: Line, about?: About): Promise<boolean>;
  /** What the operator's own journal has of this plan. */
  recall(): Promise<readonly Line[]>;
  /** Puts into it what others have written of this plan, durable. False: it can't be written. */
  remember(lines: readonly Line[]): Promise<boolean>;
  /** The operator wants no further step. */
  stopping(): boolean;
  tell(progress: Progress): void;
}

export interface About {
  readonly goal: string;
  readonly steps: Plan["steps"];
}

export interface Progress {
  readonly phase: "leases" | "checks" | "before" | "starting" | "running" | "verifying" | "closing";
  readonly step: number | undefined;
  readonly text: string;
}

export interface Outcome {
  /** held: another has a lease. lost: another console drives it now. refused: a check said no; nothing was done. */
  readonly result: Result | "refused" | "held" | "lost";
  readonly text: string;
  /** What is safe to do next. */
  readonly next: string;
  /** How each plan within it ended, one line each. */
  readonly details?: readonly string[];
  /** Its end is written down already. */
  readonly closed?: true;
}

export interface Driver {
  readonly id: string;
  /** This console, this run: names the holder in leases. */
  readonly driver: string;
  readonly operator: string;
  readonly reason: string;
}

/** How a step ended. */
export interface StepOutcome {
  readonly result: Result;
  readonly text: string;
  /** Whether it may have changed anything. */
  readonly ran: boolean;
  readonly job?: JobFact;
  /** What is safe next, as far as its own output tells. */
  readonly next?: string;
}

/** Another console goes on with this plan, or somebody let go of it: nothing may be done or let go any more. */
export class Lost extends Error {}

export const LOST: Outcome = {
  result: "lost",
  text: "another console goes on with this plan, or somebody let go of it",
  next: "look at Jobs",
};

export const NEXT_UNKNOWN =
  "leases and journal stay; when the host answers again, take the plan over in Jobs: it goes by the facts it finds; or let go of it there";
export const NEXT_NOTHING = "nothing was changed";
export const refusedWith = (text: string): Outcome => ({ result: "refused", text, next: NEXT_NOTHING });
