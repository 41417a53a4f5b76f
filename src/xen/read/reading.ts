/**
 * A reading: one thing to ask a dom0 and what its answer means.
 *
 * Each lives in a file of its own beside this one and has one line in index.ts; the probe program, `debug parse`,
 * the evidence on screen and the simulator all go by that table.
 */

/** What a command left behind. Text is UTF-8 with invalid bytes replaced; nothing in it is trusted. */
export interface RawOutput {
  /** Exit status; 124/137: ended by its time limit. */
  readonly rc: number;
  readonly stdout: string;
  /** True where the output was cut at the reading's bytes_max. */
  readonly truncated: boolean;
}

export type ParseResult<T> =
  | { readonly ok: true; readonly facts: T }
  /** The host doesn't have this: normal. */
  | { readonly ok: false; readonly kind: "absent"; readonly why: string }
  /** It should have answered and didn't, or nothing in the answer could be understood. One sentence, in the tool's words. */
  | {
      readonly ok: false;
      readonly kind: "failed";
      readonly error: string /** It gave up waiting: what it asks hangs. */;
      readonly no_answer?: true;
    };

export interface Reading<Facts> {
  /** Kebab-case, unique; goes over the wire. `[a-z0-9-]+`, at most 24 characters. */
  readonly id: string;
  /** What it tells, for `debug parse --list` and the detail view. */
  readonly title: string;
  /** The command as the operator would type it: shown as the source of every fact. */
  readonly source: string;
  /**
   * POSIX sh (dash, busybox ash, bash) that the probe runs with LC_ALL=C, stdin closed, stderr discarded unless redirected here.
   * Prints the answer; its exit status is the reading's. Must not change anything, must not write a file.
   * Exit 69 (EX_UNAVAILABLE) means: this host doesn't have it.
   */
  readonly script: string;
  /** Seconds between two runs; 0: once after connecting. Events and the console may ask for it sooner. */
  readonly cadence_s: number;
  /** Killed after this many seconds. */
  readonly timeout_s: number;
  /** Output beyond this many bytes is cut (and the reading says so). */
  readonly bytes_max: number;
  /** Event streams that make it stale at once; see host/probe-source.ts. */
  readonly refreshed_by: readonly EventStream[];
  /** Pure and total: any input gives a result, never an exception. */
  readonly parse: (raw: RawOutput) => ParseResult<Facts>;
}

/** Event streams the probe follows. */
export const eventStreams = ["drbd", "xen", "backend", "net", "kernel"] as const;
export type EventStream = (typeof eventStreams)[number];

/** Exit status by which a reading's script says that the host doesn't have it. */
export const RC_ABSENT = 69;

export const parsed = <T>(facts: T): ParseResult<T> => ({ ok: true, facts });
export const absent = (why: string): ParseResult<never> => ({ ok: false, kind: "absent", why });
export const failed = (error: string): ParseResult<never> => ({ ok: false, kind: "failed", error });
/** The tool itself gave up waiting for what it asks. */
export const unheard = (error: string): ParseResult<never> => ({ ok: false, kind: "failed", error, no_answer: true });
