/** The table of formats: what each reading's script prints on a simulated host. */
import { type ReadingId, readings } from "../../xen/read/index.ts";
import type { SimHost } from "../model/host.ts";
import type { World } from "../model/world.ts";
import { type Answer, type Format, notHere } from "./answer.ts";
import { bondFiles } from "./bond.ts";
import { bridgeFdb, bridgeLink, bridgeVlan, learnedLines } from "./bridge.ts";
import { drbdGi } from "./drbd-gi.ts";
import { drbdProc } from "./drbd-proc.ts";
import { drbdShow } from "./drbd-show.ts";
import { drbdStatusJson } from "./drbd-status-json.ts";
import { drbdStatusText, withoutCounters } from "./drbd-status-text.ts";
import { hostParts } from "./host.ts";
import { ipAddr, ipLink } from "./ip-link.ts";
import { iscsiSessions, withoutChap } from "./iscsi.ts";
import { kernelLog } from "./kernel-log.ts";
import { lsblk } from "./lsblk.ts";
import { multipathMaps } from "./multipath.ts";
import { nfsMounts } from "./nfs.ts";
import { ovs } from "./ovs.ts";
import { fcPorts, fileSystems, lvmReports, nbdDevices } from "./storage.ts";
import { xenha } from "./xenha.ts";
import { xenstore } from "./xenstore.ts";
import { secondSample, xentop } from "./xentop.ts";
import { withoutSecrets, xenAuto, xlConfigs, xlListLong, xlLogs, xlMonitors } from "./xl-config.ts";
import { xlInfo } from "./xl-info.ts";
import { xlListVerbose } from "./xl-list.ts";

const drbdStatus: Format = (world, host) => {
  const [first] = world.drbd.values();
  return first?.flavour === "9.2" ? drbdStatusJson(world, host) : drbdStatusText(world, host);
};

/** Raw output of the tool; what the reading's script makes of it is in `filters`. */
const formats: Record<ReadingId, Format> = {
  "xl-list": xlListVerbose,
  "xl-info": xlInfo,
  host: hostParts,
  "kernel-log": kernelLog,
  "drbd-status": drbdStatus,
  "drbd-proc": drbdProc,
  "drbd-show": drbdShow,
  "drbd-gi": drbdGi,
  "xl-list-long": xlListLong,
  "xl-configs": xlConfigs,
  "xen-auto": xenAuto,
  "xl-logs": xlLogs,
  "xl-monitors": xlMonitors,
  // The simulated hosts are run by xl: there is no xe.
  xapi: () => notHere,
  xentop,
  xenstore,
  xenha,
  "ip-link": ipLink,
  "ip-addr": ipAddr,
  "bridge-link": bridgeLink,
  "bridge-vlan": bridgeVlan,
  "bridge-fdb": bridgeFdb,
  bond: bondFiles,
  ovs,
  multipath: multipathMaps,
  iscsi: iscsiSessions,
  fc: fcPorts,
  nbd: nbdDevices,
  nfs: nfsMounts,
  lvm: lvmReports,
  lsblk,
  df: fileSystems,
};

/** The keys that the script of `ip-link` takes out: it names them in its sed expressions, in a syntax that is the same here. */
const ipLinkLeftOut = [...readings["ip-link"].script.matchAll(/s\/,"([^"]+)":/g)].map(
  ([, key]) => new RegExp(`,"${key}":[^\\],{}[]*`, "g"),
);

/** What the readings' scripts take out of a tool's output on its way. */
const filters: Partial<Record<ReadingId, (stdout: string) => string>> = {
  "drbd-status": withoutCounters,
  "drbd-proc": (text) => text.replace(/ns:\d.* ep:/g, "ep:"),
  "xl-list-long": withoutSecrets,
  xentop: secondSample,
  "bridge-fdb": learnedLines,
  "ip-addr": (text) => text.replace(/,"[a-z]*_life_time":[0-9]*/g, ""),
  "ip-link": (text) => ipLinkLeftOut.reduce((rest, key) => rest.replaceAll(key, ""), text),
  iscsi: withoutChap,
  "drbd-show": (text) => text.replace(/("shared-secret": *").*"/g, '$1"').replace(/^\s*shared-secret.*\n/gm, ""),
};

/** What reading `id` answers on this host now. */
export function answer(world: World, host: SimHost, id: string): Answer {
  const format = (formats as Readonly<Record<string, Format | undefined>>)[id];
  const raw = format === undefined ? notHere : format(world, host);
  const filter = (filters as Readonly<Record<string, ((stdout: string) => string) | undefined>>)[id];
  const answered = filter === undefined ? raw : { ...raw, stdout: filter(raw.stdout) };
  const override = host.overrides.get(id);
  return override === undefined ? answered : override(answered.stdout);
}
