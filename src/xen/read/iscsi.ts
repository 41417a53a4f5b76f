/**
 * `iscsiadm -m session -P 3`: sessions, their state and disks. It has no JSON: a tree of headers told apart by their words.
 * Source: open-iscsi usr/session_info.c print_iscsi_state() and below; recordings iscsiadm-session-P3.txt.
 */
import type { Iscsi, IscsiSession } from "../model/storage.ts";
import { failedWith, unanswered } from "./answer.ts";
import { clean, cleanOrNone } from "./clean.ts";
import { CUT_NOTE } from "./json-objects.ts";
import { numberLike } from "./json-rows.ts";
import { absent, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";

/** ISCSI_ERR_NO_OBJS_FOUND: no sessions, which is no fault. */
const RC_NO_SESSIONS = 21;
const LINE_LENGTH_MAX = 2048;

interface Draft {
  target: string;
  portal: string | undefined;
  values: Map<string, string>;
  devices: { lun: number | undefined; dev: string; state: string | undefined }[];
}

const lunLine = /^scsi\d+ Channel \d+ Id \d+ Lun: (\d+)$/;
const diskLine = /^Attached scsi disk (\S+)(?:\s+State: (.*))?$/;

const number = (text: string | undefined): number | undefined => numberLike(text);

function session({ target, portal, values, devices }: Draft): IscsiSession {
  const value = (key: string): string | undefined => cleanOrNone(values.get(key)?.trim());
  return {
    sid: number(values.get("SID")?.trim()) ?? -1,
    target,
    portal,
    iface_address: value("Iface IPaddress"),
    initiator: value("Iface Initiatorname"),
    connection_state: value("iSCSI Connection State"),
    session_state: value("iSCSI Session State"),
    internal_state: value("Internal iscsid Session State"),
    devices,
  };
}

// All the others are settings of the session, and with CHAP its secrets: left out by not being listed.
const kept = new Set([
  "SID",
  "Iface IPaddress",
  "Iface Initiatorname",
  "iSCSI Connection State",
  "iSCSI Session State",
  "Internal iscsid Session State",
]);

function readSessions(stdout: string): { drafts: Draft[]; not_understood: string[] } {
  const drafts: Draft[] = [];
  const not_understood: string[] = [];
  let target: string | undefined;
  let lun: number | undefined;
  let draft: Draft | undefined;
  const begin = (portal: string | undefined): Draft => {
    const made: Draft = { target: target ?? "?", portal, values: new Map(), devices: [] };
    drafts.push(made);
    lun = undefined;
    return made;
  };
  for (const raw of stdout.split("\n")) {
    const line = raw.length > LINE_LENGTH_MAX ? "" : raw.trim();
    const colon = line.indexOf(": ");
    const key = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 2);
    const disk = diskLine.exec(line);
    if (key === "Target") {
      // `iqn... (non-flash)` since open-iscsi 2.0-873.
      target = clean(value.replace(/ \((?:non-)?flash\)$/, ""));
      draft = undefined;
    } else if (key === "Current Portal") draft = begin(cleanOrNone(value.replace(/,\d+$/, "")));
    // A session with no address any more still counts.
    else if (kept.has(key)) {
      if (draft === undefined || (key === "SID" && draft.values.has("SID"))) draft = begin(undefined);
      draft.values.set(key, value);
    } else if (disk !== null && draft !== undefined) {
      draft.devices.push({ lun, dev: clean(disk[1] ?? ""), state: cleanOrNone(disk[2]?.trim()) });
    } else if (raw.length > LINE_LENGTH_MAX) not_understood.push(clean(raw));
    else lun = number(lunLine.exec(line)?.[1]) ?? lun;
  }
  return { drafts, not_understood };
}

const command = "iscsiadm -m session -P 3";

export function parseIscsi(raw: RawOutput): ParseResult<Iscsi> {
  const { rc, stdout, truncated } = raw;
  if (rc === RC_ABSENT) return absent("iscsiadm isn't installed");
  const late = unanswered(command, rc);
  if (late !== undefined) return late;
  if (rc === RC_NO_SESSIONS) return parsed({ sessions: [], not_understood: [] });
  const { drafts, not_understood } = readSessions(stdout);
  if (drafts.length === 0) {
    return failedWith(command, raw);
  }
  return parsed({ sessions: drafts.map(session), not_understood: truncated ? [...not_understood, CUT_NOTE] : not_understood });
}

export const iscsi: Reading<Iscsi> = {
  id: "iscsi",
  title: "iSCSI sessions and their disks",
  source: "iscsiadm -m session -P 3",
  // Without a session nothing is started: where iscsid is started on demand, asking would start it.
  script: `command -v iscsiadm >/dev/null || exit ${RC_ABSENT}
set -- /sys/class/iscsi_session/session*
[ -e "$1" ] || exit ${RC_NO_SESSIONS}
told=$(iscsiadm -m session -P 3)
rc=$?
printf '%s\\n' "$told" | sed -e '/^[[:space:]]*username/d' -e '/^[[:space:]]*password/d'
exit $rc`,
  cadence_s: 20,
  timeout_s: 10,
  bytes_max: 1_048_576,
  refreshed_by: ["kernel"],
  parse: parseIscsi,
};
