/** What the readings that ask iproute2 (`ip`, `bridge`) have in common. */
import { clean } from "./clean.ts";
import { CUT_NOTE, type JsonObject, jsonObjects, NOT_UNDERSTOOD_MAX, notUnderstood } from "./json-objects.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT } from "./reading.ts";

// `Option "-j" is unknown, try "ip -help".` (iproute2 before 4.13), `ip: invalid option -- 'j'` or the usage (busybox).
const noJson = /option.*-?-j.*unknown|(?:invalid|unrecognized) option|^BusyBox |^Usage:/im;

/**
 * A list of objects from `tool`; `understand` gives what one of them means, undefined where it is nothing that it knows, and
 * adds to `strange` what it doesn't know inside it.
 * Failed only where nothing at all was understood.
 */
export function parseIproute<Row, Facts>(
  { rc, stdout, truncated }: RawOutput,
  tool: string,
  understand: (object: JsonObject, strange: string[]) => readonly Row[] | undefined,
  facts: (rows: readonly Row[], not_understood: readonly string[]) => Facts,
): ParseResult<Facts> {
  if (rc === RC_ABSENT) return absent(`${tool.split(" ")[0]} isn't installed`);
  const { objects, not_understood } = jsonObjects(stdout);
  if (rc !== 0 && objects.length === 0) {
    const words = stdout.split("\n").find((line) => line.trim() !== "");
    if (noJson.test(stdout)) {
      return failed(`${tool}: this host's version knows no JSON (-j needs iproute2 4.13 or newer): ${clean(words ?? "")}`);
    }
    return failed(`${tool} exited with ${rc}${words === undefined ? "" : `: ${clean(words)}`}`);
  }
  const rows: Row[] = [];
  const strange: string[] = truncated ? [CUT_NOTE] : [];
  if (rc !== 0) strange.push(`(${tool} exited with ${rc}: rows may be missing)`);
  for (const object of objects) {
    const understood = understand(object, strange);
    if (understood === undefined) strange.push(notUnderstood(object));
    else rows.push(...understood);
  }
  strange.push(...not_understood);
  if (rows.length === 0 && objects.length === 0 && not_understood.length > 0)
    return failed(`${tool} printed no JSON: ${not_understood[0]}`);
  return parsed(facts(rows, strange.slice(0, NOT_UNDERSTOOD_MAX)));
}

/**
 * Runs `command` with its error text in the answer where it fails, and its answer through `filter` where it succeeds.
 * (A pipe alone would lose the exit status: POSIX sh has no pipefail.)
 */
export function iprouteScript(command: string, filter: string): string {
  const tool = command.split(" ")[0];
  return `command -v ${tool} >/dev/null || exit 69
out=$(${command} 2>&1) || { rc=$?; printf '%s\\n' "$out"; exit $rc; }
printf '%s\\n' "$out" | ${filter}`;
}
