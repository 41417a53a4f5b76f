/** What all storage and DRBD readings say of a command that failed, so that they say it alike. */
import { clean, redact } from "./clean.ts";
import { failed, type ParseResult, type RawOutput } from "./reading.ts";

/** The first line that says something. */
export function firstLine(text: string): string | undefined {
  const start = text.search(/\S/);
  if (start < 0) return undefined;
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? undefined : end).trimEnd();
}

/** Exit status of a command that was ended at its time limit (timeout(1), SIGKILL). */
export const endedAtLimit = (rc: number): boolean => rc === 124 || rc === 137;

/** Half an answer isn't taken for a whole one: what is missing from it would look gone. */
export function unanswered(command: string, rc: number): ParseResult<never> | undefined {
  return endedAtLimit(rc) ? failed(`${command} didn't answer within its time limit`) : undefined;
}

/** The command's status and its first words. */
export function failedWith(command: string, { rc, stdout }: RawOutput): ParseResult<never> {
  const said = firstLine(stdout);
  return failed(`${command} exited with ${rc}${said === undefined ? "" : `: ${redact(clean(said))}`}`);
}

/** Said beside rows that came with a failure: others may be missing. */
export const partial = (command: string, rc: number): readonly string[] =>
  rc === 0 ? [] : [`(${command} exited with ${rc}: rows may be missing)`];
