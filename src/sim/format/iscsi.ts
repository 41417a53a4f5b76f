/** `iscsiadm -m session -P 3` (open-iscsi usr/session_info.c). */
import type { SimHost } from "../model/host.ts";
import type { IscsiSessionSpec } from "../model/storage.ts";
import { type Answer, type Format, notHere, ok } from "./answer.ts";

/** iscsiadm's status where there is no session: not an error. */
const NO_SESSIONS: Answer = { rc: 21, stdout: "" };

function sessionText(host: SimHost, initiator: string, session: IscsiSessionSpec): string {
  const down = session.connection !== "LOGGED IN";
  const paths = host.storage.paths.filter(({ transport }) => transport.kind === "iscsi" && transport.sid === session.sid);
  const luns = paths.map((path) => {
    const lun = path.hctl.split(":").at(-1) ?? "0";
    return `\t\tscsi${session.host_no} Channel 00 Id 0 Lun: ${lun}\n\t\t\tAttached scsi disk ${path.dev}\t\tState: ${path.dev_state}\n`;
  });
  return `\tCurrent Portal: ${session.portal},1
\tPersistent Portal: ${session.portal},1
\t\t**********
\t\tInterface:
\t\t**********
\t\tIface Name: default
\t\tIface Transport: tcp
\t\tIface Initiatorname: ${initiator}
\t\tIface IPaddress: ${down ? "[default]" : session.iface_address}
\t\tIface HWaddress: default
\t\tIface Netdev: default
\t\tSID: ${session.sid}
\t\tiSCSI Connection State: ${session.connection}
\t\tiSCSI Session State: ${session.session}
\t\tInternal iscsid Session State: ${session.internal}
\t\t*********
\t\tTimeouts:
\t\t*********
\t\tRecovery Timeout: 5
\t\tTarget Reset Timeout: 30
\t\tLUN Reset Timeout: 30
\t\tAbort Timeout: 15
\t\t*****
\t\tCHAP:
\t\t*****
\t\tusername: <empty>
\t\tpassword: ********
\t\tusername_in: <empty>
\t\tpassword_in: ********
\t\t************************
\t\tNegotiated iSCSI params:
\t\t************************
\t\tHeaderDigest: None
\t\tDataDigest: None
\t\tMaxRecvDataSegmentLength: 262144
\t\tMaxXmitDataSegmentLength: 8192
\t\tFirstBurstLength: 65536
\t\tMaxBurstLength: 262144
\t\tImmediateData: Yes
\t\tInitialR2T: Yes
\t\tMaxOutstandingR2T: 1
\t\t************************
\t\tAttached SCSI devices:
\t\t************************
\t\tHost Number: ${session.host_no}\tState: running
\t\tscsi${session.host_no} Channel 00 Id 0 Lun: 0
${luns.join("")}`;
}

export const iscsiSessions: Format = (_world, host) => {
  const { sessions, has_iscsi, initiator } = host.storage;
  if (!has_iscsi) return notHere;
  if (sessions.length === 0) return NO_SESSIONS;
  const targets = [...new Set(sessions.map(({ target }) => target))].sort();
  const each = targets.map((target) => {
    const own = sessions.filter((session) => session.target === target);
    return `Target: ${target} (non-flash)\n${own.map((session) => sessionText(host, initiator, session)).join("")}`;
  });
  return ok(`iSCSI Transport Class version 2.0-870\nversion 2.1.8\n${each.join("")}`);
};

/** What the reading's sed takes out. */
export const withoutChap = (text: string): string => text.replace(/^\s*(?:username|password).*\n/gm, "");
