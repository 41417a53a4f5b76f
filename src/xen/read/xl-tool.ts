/** What the readings that ask `xl` and its kin have in common. */
import { clean, redact } from "./clean.ts";
import { RC_ABSENT } from "./reading.ts";

/** Lines longer than this aren't taken apart: no tool here prints them, and a regular expression's time stays bounded. */
export const LINE_LENGTH_MAX = 4096;

/** What RC_ABSENT means from these scripts. */
export const NO_XL = "xl isn't installed";
/** First line of a script: a host without the Xen toolstack doesn't have this. */
export const XL_ONLY = `command -v xl >/dev/null || exit ${RC_ABSENT}`;

/**
 * Runs a command; where it fails, what it said on stderr (first and last lines of it) follows its output. Only then: libxl also
 * grumbles on stderr when it succeeds, and that must not lie between the rows.
 */
export const toolWords = (command: string): string =>
  [`{ why=$(${command} 2>&1 1>&3); rc=$?; } 3>&1`, `[ $rc = 0 ] || printf '%s\\n' "$why" | head -n 20`, "exit $rc"].join("\n");

/** One sentence on a failed command: its status and the first of its words that isn't ordinary output. 124 and 137: its time limit. */
export function failure(command: string, rc: number, stdout: string, isWord: (line: string) => boolean = () => true): string {
  const word = stdout.split("\n").find((line) => line.trim() !== "" && line.length <= LINE_LENGTH_MAX && isWord(line));
  const ended = rc === 124 || rc === 137 ? `${command} was ended at its time limit` : `${command} exited with ${rc}`;
  return word === undefined ? ended : `${ended}: ${redact(clean(word.trim(), 200))}`;
}
