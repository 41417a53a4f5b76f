/** The table of readings: one file each, one line here. */
import { bondReading } from "./bond.ts";
import { bridgeFdb } from "./bridge-fdb.ts";
import { bridgeLink } from "./bridge-link.ts";
import { bridgeVlan } from "./bridge-vlan.ts";
import { df } from "./df.ts";
import { drbdGi } from "./drbd-gi.ts";
import { drbdProc } from "./drbd-proc.ts";
import { drbdShow } from "./drbd-show.ts";
import { drbdStatus } from "./drbd-status.ts";
import { fc } from "./fc.ts";
import { host } from "./host.ts";
import { ipAddr } from "./ip-addr.ts";
import { ipLink } from "./ip-link.ts";
import { iscsi } from "./iscsi.ts";
import { kernelLog } from "./kernel-log.ts";
import { lsblk } from "./lsblk.ts";
import { lvm } from "./lvm.ts";
import { multipath } from "./multipath.ts";
import { nbd } from "./nbd.ts";
import { nfs } from "./nfs.ts";
import { ovs } from "./ovs.ts";
import type { Reading } from "./reading.ts";
import { xapi } from "./xapi.ts";
import { xenAuto } from "./xen-auto.ts";
import { xenha } from "./xenha.ts";
import { xenstore } from "./xenstore.ts";
import { xentop } from "./xentop.ts";
import { xlConfigs } from "./xl-configs.ts";
import { xlInfo } from "./xl-info.ts";
import { xlList } from "./xl-list.ts";
import { xlListLong } from "./xl-list-long.ts";
import { xlLogs } from "./xl-logs.ts";
import { xlMonitors } from "./xl-monitors.ts";

/** In the order in which the probe runs what is due: what the verdict needs first, what is costly or changes rarely last. */
export const readings = {
  "xl-list": xlList,
  "drbd-status": drbdStatus,
  "drbd-proc": drbdProc,
  "xl-info": xlInfo,
  xenha,
  multipath,
  "ip-link": ipLink,
  host,
  xenstore,
  iscsi,
  nfs,
  nbd,
  bond: bondReading,
  "bridge-link": bridgeLink,
  df,
  "xl-list-long": xlListLong,
  "drbd-show": drbdShow,
  "xl-configs": xlConfigs,
  "bridge-vlan": bridgeVlan,
  xentop,
  "ip-addr": ipAddr,
  ovs,
  fc,
  lvm,
  "drbd-gi": drbdGi,
  lsblk,
  "xen-auto": xenAuto,
  "xl-monitors": xlMonitors,
  xapi,
  "kernel-log": kernelLog,
  "bridge-fdb": bridgeFdb,
  "xl-logs": xlLogs,
} as const satisfies Record<string, Reading<unknown>>;

export type ReadingId = keyof typeof readings;
/** The facts that reading `Id` gives. */
export type FactsOf<Id extends ReadingId> = (typeof readings)[Id] extends Reading<infer Facts> ? Facts : never;
export const readingIds = Object.keys(readings) as readonly ReadingId[];
