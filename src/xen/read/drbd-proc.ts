/**
 * `/proc/drbd`: on 8.x every minor with its resync progress, on 9.x only the version (and 8.4-compatible minors).
 * Source: drbd_proc.c (8.4.11), drbd_legacy_84.c (9); recordings proc-drbd*.txt.
 */
import type { ProcDrbd, ProcDrbdMinor } from "../model/drbd.ts";
import { failedWith, unanswered } from "./answer.ts";
import { clean } from "./clean.ts";
import { procWithoutCounters } from "./drbd-counters.ts";
import { csOf, diskOf, noProgress, roleOf } from "./drbd-words.ts";
import { CUT_NOTE, NOT_UNDERSTOOD_MAX } from "./json-objects.ts";
import { absent, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";

/** No line of /proc/drbd is longer; a longer one isn't worth a regular expression. */
const LINE_LENGTH_MAX = 1024;

const minorLine = /^\s*(\d{1,7}):\s+cs:(\S+)(.*)$/;
// 8.2 and before say st: for ro:. The protocol letter is blank while StandAlone.
const rolesOfLine = /\s(?:ro|st):([^\s/]+)\/(\S+)/;
const disksOfLine = /\sds:([^\s/]+)\/(\S+)/;
const protocolAndFlags = /\s([ABC])?\s+([rs][-a-zA-Z]{3,})\s*$/;
/** Without `ns` to `ap` as our script leaves it: see drbd-counters.ts. */
const counters = /^\s+(?:ns|ep):\d/;
const progress = /(?:sync'ed|verified):\s*(\d{1,3}(?:\.\d+)?)%/;
const speed = /speed:\s*([\d,]{1,24})\s*\(([^)]*)\)/;
const wanted = /want:\s*([\d,]{1,24})/;
const finish = /finish:\s*(\d{1,9}):(\d{1,2}):(\d{1,2})\b/;
// With proc_details set: not needed, not strange.
const details = /^\s+(?:\d{1,3}% sector pos:|resync:|act_log:|bitmap:|blocked on)/;

const grouped = (text: string | undefined): number | undefined => {
  const digits = text?.replaceAll(",", "") ?? "";
  return /^\d{1,18}$/.test(digits) ? Number(digits) : undefined;
};

function minorOf(match: RegExpExecArray): ProcDrbdMinor {
  const cs = match[2] ?? "";
  const rest = match[3] ?? "";
  const roles = rolesOfLine.exec(rest);
  const disks = disksOfLine.exec(rest);
  const tail = protocolAndFlags.exec(rest);
  const flags = tail?.[2] ?? "";
  const paused: ("user" | "peer" | "dependency")[] = [];
  if (flags[1] === "a") paused.push("dependency");
  if (flags[2] === "p") paused.push("peer");
  if (flags[3] === "u") paused.push("user");
  return {
    minor: Number(match[1]),
    ...csOf(cs),
    cs: clean(cs),
    role: roles?.[1] === undefined ? undefined : roleOf(roles[1]),
    peer_role: roles?.[2] === undefined ? undefined : roleOf(roles[2]),
    disk: disks?.[1] === undefined ? undefined : diskOf(disks[1]),
    peer_disk: disks?.[2] === undefined ? undefined : diskOf(disks[2]),
    protocol: tail?.[1],
    flags: clean(flags),
    io_suspended: flags.startsWith("s"),
    resync_paused: paused,
    out_of_sync_kib: undefined,
    sync: undefined,
  };
}

/** What one more line tells of the minor above it; undefined: nothing known. */
function continued(minor: ProcDrbdMinor, line: string): ProcDrbdMinor | undefined {
  if (counters.test(line)) return { ...minor, out_of_sync_kib: grouped(/\soos:(\d{1,18})\b/.exec(line)?.[1]) };
  const done = progress.exec(line);
  if (done !== null) return { ...minor, sync: { ...(minor.sync ?? noProgress), done_percent: Number(done[1]) } };
  if (!/^\s+(?:finish|speed):/.test(line)) return details.test(line) ? minor : undefined;
  const rates = speed.exec(line);
  const eta = finish.exec(line);
  return {
    ...minor,
    sync: {
      ...(minor.sync ?? noProgress),
      rate_recent_kib_s: grouped(rates?.[1]),
      // With proc_details there are two: `3 s average -- whole average`.
      rate_average_kib_s: grouped(rates?.[2]?.split("--").at(-1)?.trim()),
      rate_wanted_kib_s: grouped(wanted.exec(line)?.[1]),
      eta_s: eta === null ? undefined : Number(eta[1]) * 3600 + Number(eta[2]) * 60 + Number(eta[3]),
      not_converging: eta === null,
      stalled: line.includes("(stalled)"),
    },
  };
}

/** The text of one /proc/drbd. Total. */
export function readProcDrbd(text: string): ProcDrbd {
  const minors: ProcDrbdMinor[] = [];
  const not_understood: string[] = [];
  let version: string | undefined;
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const short = line.length <= LINE_LENGTH_MAX ? line : "";
    const told = /^version:\s*(\S{1,40})/.exec(short);
    const minor = told === null ? minorLine.exec(short) : null;
    const last = minors.at(-1);
    const more = minor === null && last !== undefined && /^\s/.test(short) ? continued(last, short) : undefined;
    if (told !== null) version = clean(told[1] ?? "");
    else if (minor !== null) minors.push(minorOf(minor));
    else if (more !== undefined) minors[minors.length - 1] = more;
    else if (!/^(?:srcversion|GIT-hash|Transports|built-in)\b/.test(short) && not_understood.length < NOT_UNDERSTOOD_MAX)
      not_understood.push(clean(line.trim()));
  }
  return { version, minors, not_understood };
}

const command = "cat /proc/drbd";

export function parseProcDrbd(raw: RawOutput): ParseResult<ProcDrbd> {
  const { rc, stdout, truncated } = raw;
  if (rc === RC_ABSENT) return absent("DRBD isn't loaded");
  const late = unanswered(command, rc);
  if (late !== undefined) return late;
  const facts = readProcDrbd(stdout);
  if (facts.version === undefined && facts.minors.length === 0) return failedWith(command, raw);
  return parsed(truncated ? { ...facts, not_understood: [...facts.not_understood, CUT_NOTE] } : facts);
}

export const drbdProc: Reading<ProcDrbd> = {
  id: "drbd-proc",
  title: "DRBD's version, and 8.x resync progress",
  source: "cat /proc/drbd",
  script: `[ -e /proc/drbd ] || exit ${RC_ABSENT}
${procWithoutCounters} /proc/drbd`,
  cadence_s: 5,
  timeout_s: 5,
  bytes_max: 524_288,
  refreshed_by: ["drbd"],
  parse: parseProcDrbd,
};
