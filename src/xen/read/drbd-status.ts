/** `drbdsetup status`: every resource, volume and connection in one host's eyes. Both ways to print it: see drbd-status-{text,json}.ts. */
import type { DrbdStatus } from "../model/drbd.ts";
import { failedWith, firstLine, partial, unanswered } from "./answer.ts";
import { statusWithoutCounters } from "./drbd-counters.ts";
import { drbdStatusFromJson } from "./drbd-status-json.ts";
import { drbdStatusFromText } from "./drbd-status-text.ts";
import { CUT_NOTE } from "./json-objects.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";

/** 8.4's drbdsetup doesn't know --json: usage on standard output. */
const RC_USAGE = 20;
const command = "drbdsetup status";

export function parseDrbdStatus(raw: RawOutput): ParseResult<DrbdStatus> {
  const { rc, stdout, truncated } = raw;
  if (rc === RC_ABSENT) return absent("DRBD isn't loaded, or drbdsetup isn't installed");
  const late = unanswered(command, rc);
  if (late !== undefined) return late;
  const head = firstLine(stdout);
  if (head?.startsWith("USAGE:") === true || rc === RC_USAGE) return failed(`${command} exited with ${rc}: it doesn't know these options`);
  const json = head?.startsWith("[") === true || head?.startsWith("{") === true;
  const { resources, not_understood } = json ? drbdStatusFromJson(stdout) : drbdStatusFromText(stdout);
  if (resources.length === 0 && (rc !== 0 || not_understood.length > 0)) return failedWith(command, raw);
  return parsed({ resources, not_understood: [...not_understood, ...partial(command, rc), ...(truncated ? [CUT_NOTE] : [])] });
}

export const drbdStatus: Reading<DrbdStatus> = {
  id: "drbd-status",
  title: "DRBD resources: roles, disks, connections, resync",
  source: "drbdsetup status --statistics",
  // The module is asked for first because drbdsetup would load it.
  script: `[ -e /proc/drbd ] && command -v drbdsetup >/dev/null || exit ${RC_ABSENT}
read -r _ version _ </proc/drbd
case $version in
8.*) form=--verbose ;;
*) form=--json ;;
esac
out=$(drbdsetup status $form --statistics) || { rc=$?; printf '%s\\n' "$out"; exit $rc; }
printf '%s\\n' "$out" | ${statusWithoutCounters}`,
  cadence_s: 5,
  timeout_s: 8,
  bytes_max: 2_097_152,
  refreshed_by: ["drbd"],
  parse: parseDrbdStatus,
};
