/**
 * The ends of /var/log/xen/xl-NAME.log: what each guest's xl monitor last did. Its lines carry no time, so the last line of a file gets the
 * file's mtime and the others none. Parts: `@@ MTIME_S PATH`, then the lines.
 */
import type { LogLine } from "../model/host.ts";
import { clean, redact } from "./clean.ts";
import { type Part, splitParts } from "./parts.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";
import { failure } from "./xl-tool.ts";

const LINES_MAX = 10;
const FILES_MAX = 100;

function logLines({ head, body }: Part): LogLine[] {
  const told = /^(?:(\d{1,12}) )?(.*)$/.exec(head);
  const name = /([^/]*)\.log$/.exec(told?.[2] ?? "")?.[1]?.replace(/^xl-/, "");
  const mtime_ms = told?.[1] === undefined ? undefined : Number(told[1]) * 1000;
  const lines = body.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line, index) => ({
    host_wall_ms: index === lines.length - 1 ? mtime_ms : undefined,
    source: "xl",
    subject: name === undefined || name === "" ? undefined : clean(`xl ${name}`),
    text: redact(clean(line, 400)),
  }));
}

export function parseXlLogs({ rc, stdout }: RawOutput): ParseResult<readonly LogLine[]> {
  if (rc === RC_ABSENT) return absent("there is no /var/log/xen");
  const lines = splitParts(stdout).flatMap(logLines);
  if (rc !== 0 && lines.length === 0) return failed(failure("tail /var/log/xen/xl-*.log", rc, stdout));
  return parsed(lines);
}

export const xlLogs: Reading<readonly LogLine[]> = {
  id: "xl-logs",
  title: "last lines of every guest's xl log",
  source: `tail -n ${LINES_MAX} /var/log/xen/xl-*.log`,
  script: `[ -d /var/log/xen ] || exit ${RC_ABSENT}
find /var/log/xen -name 'xl-*.log' -mtime -2 -size +0 | head -n ${FILES_MAX} | while IFS= read -r file; do
  echo "@@ $(stat -c %Y "$file") $file"
  tail -n ${LINES_MAX} "$file" | cut -c1-400
done
exit 0`,
  cadence_s: 120,
  timeout_s: 10,
  bytes_max: 262_144,
  refreshed_by: [],
  parse: parseXlLogs,
};
