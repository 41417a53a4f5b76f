/**
 * Where an `xl migrate` that is over failed, and why, from what it said (xl_migrate.c; recordings migratefail): for words of what is safe next. What is so
 * now the hosts' facts say, never these lines.
 */
import { clean } from "./clean.ts";
import { furthestPhase, type MigrateLog } from "./xl-migrate-log.ts";

export type MigrationFailure =
  /** ssh, or noise on it. */
  | "not_reached"
  /** The stream ended before the source was asked to stand still, or the target couldn't take it. xl resumes the source without looking. */
  | "broken_off"
  /** The guest didn't stand still within a minute; xl does not resume it. */
  | "not_suspended"
  /** The target said no after it had everything, and let the source go on. */
  | "target_refused"
  /** The handshake was lost: either side may have it. */
  | "handshake_lost"
  /** xl said no before it began. */
  | "not_begun";

export interface FailedMigration {
  /** How far it had come. */
  readonly reached: Exclude<MigrateLog["phase"], "failed">;
  /** undefined: it says of no failure; it may have been ended from outside. */
  readonly failure: MigrationFailure | undefined;
  /** Why, as far as a line tells, in xl's words. */
  readonly cause: string | undefined;
  /** xl said that the source goes on. */
  readonly resumed: boolean;
}

const CAUSE_MAX = 160;

const failures: readonly (readonly [RegExp, MigrationFailure])[] = [
  [
    /unexpected data instead of banner|truncated reading banner|^ssh: (?:Could not resolve|connect to)|Host key verification failed/,
    "not_reached",
  ],
  [/invalid domain identifier|^xc: error: Domain is not running|Cannot send migration/, "not_begun"],
  [/^\*\* Migration failed during final handshake \*\*/, "handshake_lost"],
  [/^Migration failed, failed to suspend at sender/, "not_suspended"],
  [/^migration sender: Target reports startup failure|^Migration failed due to problems at target/, "target_refused"],
  [/^Migration failed, resuming at sender|^migration sender: libxl_domain_suspend failed/, "broken_off"],
];

/** First of them that some line says: what comes after is what it led to. */
const causes: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/Could not find bridge device (\S+)/, (match) => `the target has no bridge ${match[1]}`],
  [/Domain with name "(.{1,80})" already exists/, (match) => `the target has a domain named ${match[1]}`],
  [/Failed to populate physmap|out of memory/i, () => "the target has not enough memory"],
  [/block-drbd failed|block-drbd add .* exited with error/, () => "the target's DRBD can't be made Primary (its kernel's log says why)"],
  [/Failed to set CPUID policy/, () => "the target's processor lacks features that the guest was started with"],
  [
    /Failed to enable logdirty: (\d+)/,
    (match) =>
      `its memory can't be tracked (error ${match[1]}): a PV guest needs a Xen with shadow paging, and nothing may be passed through`,
  ],
  [/^(ssh: [^\r\n]+)/, (match) => match[1] ?? ""],
  [/Host key verification failed/, () => "ssh between the hosts: host key verification failed"],
  [/script: (.{1,120} failed); error detected/, (match) => match[1] ?? ""],
  [/^libxl: error: .*?: (?:Domain \d+:)?(unable to add \w+ devices.*)$/, (match) => match[1] ?? ""],
];

/** Total: any lines, also the newest few of a longer log. */
export function parseMigrationFailure(lines: readonly string[]): FailedMigration {
  const reached = furthestPhase(lines);
  let failure: MigrationFailure | undefined;
  for (const line of lines) {
    const told = failures.find(([pattern]) => pattern.test(line))?.[1];
    // The handshake's end, and the target's no, are said before what they lead to.
    if (told !== undefined && failure !== "handshake_lost" && !(failure === "target_refused" && told === "broken_off")) failure = told;
  }
  const resumed = lines.some((line) => /^migration sender: Resumed OK/.test(line));
  if (reached === "done" || failure === undefined) return { reached, failure: undefined, cause: undefined, resumed };
  return { reached, failure, cause: causeOf(lines), resumed };
}

function causeOf(lines: readonly string[]): string | undefined {
  for (const line of lines)
    for (const [pattern, words] of causes) {
      const match = pattern.exec(line);
      if (match !== null) return clean(words(match), CAUSE_MAX);
    }
  return undefined;
}
