/**
 * Who watches the guests. `xl create` and `xl migrate-receive` leave a process behind for each guest, which starts it again when it reboots and destroys what
 * is left when it ends; what each waits for is in its log (xl_vmcontrol.c, create_domain: "Waiting for domain %s (domid %u) to die [pid %ld]"). Parts:
 * `@@ alive`, then the numbers of all processes named xl; `@@ said`, then such lines, of one log after the other.
 */
import type { XlMonitors } from "../model/xen.ts";
import { splitParts } from "./parts.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";
import { failure } from "./xl-tool.ts";

const LINES_MAX = 500;

const waits = /^Waiting for domain .{0,300} \(domid (\d{1,7})\) to die \[pid (\d{1,10})\]$/;

export function parseXlMonitors({ rc, stdout }: RawOutput): ParseResult<XlMonitors> {
  if (rc === RC_ABSENT) return absent("there is no /var/log/xen");
  const parts = new Map(splitParts(stdout).map(({ head, body }) => [head, body.split("\n")]));
  const alive = parts.get("alive");
  const said = parts.get("said");
  if (rc !== 0 || alive === undefined || said === undefined) return failed(failure("processes named xl", rc, stdout));
  const pids = new Set(alive.filter((line) => /^\d{1,10}$/.test(line)).map(Number));
  // One process watches a guest over its reboots: what it said last counts.
  const last = new Map<number, number>();
  for (const line of said) {
    const [, domid, pid] = waits.exec(line) ?? [];
    if (domid !== undefined && pid !== undefined) last.set(Number(pid), Number(domid));
  }
  const of = (is_alive: boolean): ReadonlySet<number> =>
    new Set([...last].flatMap(([pid, domid]) => (pids.has(pid) === is_alive ? [domid] : [])));
  const watched = of(true);
  return parsed({ watched, ended: new Set([...of(false)].filter((domid) => !watched.has(domid))) });
}

export const xlMonitors: Reading<XlMonitors> = {
  id: "xl-monitors",
  title: "xl's processes that start guests again",
  source: "/proc/*/comm, /var/log/xen/xl-*.log",
  script: `[ -d /var/log/xen ] || exit ${RC_ABSENT}
echo "@@ alive"
grep -lx xl /proc/[0-9]*/comm 2>/dev/null | cut -d/ -f3
echo "@@ said"
grep -ah '^Waiting for domain ' /var/log/xen/xl-*.log /var/log/xen/xl-*.log.[0-9] 2>/dev/null | tail -n ${LINES_MAX}
exit 0`,
  cadence_s: 60,
  timeout_s: 10,
  bytes_max: 131_072,
  refreshed_by: [],
  parse: parseXlMonitors,
};
