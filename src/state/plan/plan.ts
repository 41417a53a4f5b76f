/**
 * A plan as a value (safety rules S1-S3): what is wanted, why it may be done, what exactly will be run where, and by which facts each step is
 * known to have worked. Made by actions/ from facts alone, shown before anything is done, kept in the journal as it is, and run by drive.ts as it is.
 */
import type { HostId } from "../../xen/model/ids.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import type { Evidence } from "../view-model.ts";
import type { Expectation } from "./expect.ts";

export type Risk = "routine" | "disruptive" | "data_loss";

/** What an operator asked for: the same request on newer facts must give the same steps, or nothing is done. */
export interface PlanRequest {
  readonly action: string;
  readonly args: Readonly<Record<string, string>>;
}

export interface PlanCheck {
  readonly id: string;
  /** Unknown is never a pass. */
  readonly result: "pass" | "warn" | "fail" | "unknown";
  readonly text: string;
  readonly evidence: readonly Evidence[];
  /** What no reading tells was asked by these commands (look.ts). */
  readonly asked?: readonly { readonly host: HostId; readonly command: string; readonly at_ms: number }[];
}

export type PowerAction = "on" | "off" | "reboot";

/** What a step's command reads on its stdin. */
export type StepInput =
  /** Holds no secret: it lies in the journal. */
  | { readonly kind: "text"; readonly text: string }
  /** What that file holds when the step is started: it may hold a secret, so the journal has its name alone. */
  | { readonly kind: "file"; readonly host: HostId; readonly path: string };

export interface PlanStep {
  /** Names its job on the host: `1-migrate`. */
  readonly id: string;
  readonly title: string;
  readonly host: HostId;
  /** Run on the host as it stands, without a shell. */
  readonly argv: readonly string[];
  /** Must hold on facts read just before. */
  readonly before: readonly Expectation[];
  /** Done when these hold on facts read after; not by exit status. */
  readonly after: readonly Expectation[];
  readonly undo: string;
  readonly risk: Risk;
  /** Once it has run, there is no way back but a plan of its own. */
  readonly no_return: boolean;
  /** Also when a step before it failed: closes what was opened. */
  readonly always: boolean;
  /** How long it may take before the screen says that it takes long. Nothing is ever ended for it. */
  readonly usual_s: number;
  /** How long its outcome may take to show in the facts after its command has ended. */
  readonly settle_s: number;
  readonly input?: StepInput;
  /** A plan of its own: made and checked on the facts of its turn, with leases and a journal of its own (`PLAN.3` for step 3). argv is only shown. */
  readonly sub?: PlanRequest;
  /** Runs beside its neighbours that say so too, a few at a time. Subs only. */
  readonly together?: true;
  /** What comes after it is done although it failed. */
  readonly go_on?: true;
  /** Switched by that host's fence agent as this console is told to use it (settings.ts), not by a job. argv is only shown. */
  readonly power?: { readonly of: HostId; readonly action: PowerAction };
  /** Nothing but its exit status shows whether it worked (a look for new disks): other than 0 is a failure, whatever `after` says. */
  readonly by_exit?: true;
  /** It does nothing but wait for its outcome: the operator may end it. */
  readonly waits?: true;
  /** What is done beside it, once each, as soon as it must be. */
  readonly guards?: readonly PlanGuard[];
}

/** Until a step's outcome is known its facts are watched: where all of `when` holds, this is run beside it, written down first. Its id names its job. */
export interface PlanGuard {
  readonly id: string;
  readonly title: string;
  readonly host: HostId;
  readonly argv: readonly string[];
  readonly when: readonly Expectation[];
}

/** A check that no reading answers: run after the confirmation, changes nothing, must exit 0 and print what fits. */
export interface PlanTrial {
  readonly host: HostId;
  readonly text: string;
  readonly argv: readonly string[];
  /** A regular expression. */
  readonly stdout: string;
}

/** How it must be confirmed. */
export type Confirmation = { readonly kind: "yes" } | { readonly kind: "typed"; readonly word: string; readonly what: string };

export interface Plan {
  readonly request: PlanRequest;
  /** `move web01 from alpha to beta, live`. */
  readonly goal: string;
  readonly risk: Risk;
  readonly confirm: Confirmation;
  /** What is lost for good, one line each. */
  readonly loses: readonly string[];
  /** Names of leases: `guest-web01`, `drbd-r0`. */
  readonly keys: readonly string[];
  /** Hosts that hold its leases and journal. */
  readonly hosts: readonly HostId[];
  /** What the checks were judged on: read again after the confirmation. */
  readonly relies_on: readonly { readonly host: HostId; readonly readings: readonly ReadingId[] }[];
  readonly checks: readonly PlanCheck[];
  readonly trials: readonly PlanTrial[];
  readonly steps: readonly PlanStep[];
  /** What else is to be read before it is confirmed, line by line: a packing, a difference between files. */
  readonly notes?: readonly string[];
  /** What is to be done once it is done. */
  readonly next?: string;
}

/** It can't even be planned: an unknown name, a bad word. One sentence, and what to do. */
export interface Refusal {
  readonly refused: string;
  readonly advice: string;
}
export const isRefusal = (made: Plan | Refusal): made is Refusal => "refused" in made;

/** What stands against it; a plan with any of these is not run. */
export const obstacles = (plan: Plan): readonly PlanCheck[] =>
  plan.checks.filter(({ result }) => result === "fail" || result === "unknown");

/** Worst first. */
const rank = { fail: 0, unknown: 1, warn: 2, pass: 3 } as const;
export const worstFirst = (checks: readonly PlanCheck[]): readonly PlanCheck[] =>
  [...checks].sort((a, b) => rank[a.result] - rank[b.result]);

/** A lease's name for an object: letters, digits and `_.-` stay, everything else becomes its code. Two very long names may share one: one of them waits. */
export const leaseKey = (kind: "guest" | "drbd" | "host" | "storage" | "net" | "abort" | "placement" | "rejoin", name: string): string =>
  `${kind}-${[...name].map((char) => (/[A-Za-z0-9_.-]/.test(char) ? char : `.u${char.codePointAt(0)?.toString(16)}.`)).join("")}`.slice(
    0,
    100,
  );

/** Of a word that is a text for a shell its first line is shown: it says what it does. */
export const shownArgv = (argv: readonly string[]): readonly string[] =>
  argv.map((word) => (word.includes("\n") ? `${word.slice(0, word.indexOf("\n"))} ...` : word));

/** What will be done, for comparing a plan with the one made again. */
export const fingerprint = ({ steps, keys, hosts, trials, confirm, loses }: Plan): string =>
  JSON.stringify({ steps, keys, hosts, trials, confirm, loses });

/** Why a plan can't be run as it is, whatever the facts: a planner's mistake. undefined: it can. */
export function unsound({ steps, keys, hosts, risk, confirm, loses }: Plan): string | undefined {
  if (keys.length === 0 || hosts.length === 0) return "a bug: it takes no lease";
  if (steps.length === 0) return "a bug: it has no steps";
  const away = steps.flatMap((step) => [step, ...(step.guards ?? [])]).find(({ host }) => !hosts.includes(host));
  if (away !== undefined) return `a bug: ${away.host} holds no lease of it`;
  const ids = steps.flatMap(({ id, guards = [] }) => [id, ...guards.map((guard) => guard.id)]);
  if (new Set(ids).size < ids.length) return "a bug: two of its steps have one name";
  if (risk === "data_loss" && (confirm.kind !== "typed" || loses.length === 0)) return "a bug: it loses data and doesn't say what";
  return undefined;
}
