/**
 * The backends of guests' disks and interfaces in dom0's xenstore, and the names of domains. Sources: public/io/blkif.h, netif.h, xenbus.h;
 * hotplug-status and hotplug-error: xen-hotplug-common.sh; recordings xenstore-ls.txt.
 *
 * The script walks only the directories of disks and interfaces and keeps a dozen keys of each device's forty:
 *
 *   vbd/1/51712
 *    params = "r0"
 *   @@ names
 *   /local/domain/1/name: web01
 *
 * Whole lines of `xenstore-ls -f` are understood as well.
 */
import type { Backends, VbdBackend, VifBackend, XenbusState } from "../model/xen.ts";
import { clean, redact } from "./clean.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";
import { failure, LINE_LENGTH_MAX } from "./xl-tool.ts";

const vbdKinds = ["vbd", "qdisk", "vbd3"] as const;
const vifKinds = ["vif"] as const;
const keys = [
  "dev",
  "params",
  "physical-device",
  "physical-device-path",
  "script",
  "mode",
  "state",
  "hotplug-status",
  "hotplug-error",
  "online",
  "mac",
  "bridge",
  "vifname",
] as const;

const states: readonly XenbusState[] = [
  "unknown",
  "initialising",
  "init_wait",
  "initialised",
  "connected",
  "closing",
  "closed",
  "reconfiguring",
  "reconfigured",
];

// `backend/KIND/DOMID/DEVID`, with or without a key, in either form.
const device =
  /^(?:\/local\/domain\/0\/backend\/)?(?<kind>[a-z0-9]+)\/(?<domid>\d{1,9})\/(?<devid>\d{1,15})(?:\/(?<key>[^/\s]+))?(?: = "(?<value>.*)")?$/;
const field = /^ (?<key>[^/\s]+) = "(?<value>.*)"$/;
const nameLine = /^\/local\/domain\/(?<domid>\d{1,9})\/(?<key>name|vm)(?:: (?<read>.*)| = "(?<listed>.*)")$/;
const vmUuid = /^\/vm\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

interface Device {
  readonly kind: string;
  readonly domid: number;
  readonly devid: number;
  readonly values: Map<string, string>;
}
interface Name {
  name: string | undefined;
  uuid: string | undefined;
}

/** xenstore-ls writes a backslash as two. */
const value = (text: string | undefined): string => redact(clean((text ?? "").replaceAll("\\\\", "\\")));

function collect(stdout: string): { devices: Map<string, Device>; names: Map<number, Name>; cut: boolean } {
  const devices = new Map<string, Device>();
  const names = new Map<number, Name>();
  let current: Device | undefined;
  let cut = false;
  for (const line of stdout.split("\n")) {
    if (line.length > LINE_LENGTH_MAX) continue;
    if (line.startsWith("@@ failed")) cut = true;
    const keyed = field.exec(line)?.groups;
    if (keyed?.key !== undefined) {
      if (!current?.values.has(keyed.key)) current?.values.set(keyed.key, value(keyed.value));
      continue;
    }
    const found = device.exec(line)?.groups;
    if (found !== undefined && found.kind !== undefined && ([...vbdKinds, ...vifKinds] as readonly string[]).includes(found.kind)) {
      const id = `${found.kind}/${found.domid}/${found.devid}`;
      current = devices.get(id) ?? { kind: found.kind, domid: Number(found.domid), devid: Number(found.devid), values: new Map() };
      devices.set(id, current);
      if (found.key !== undefined && found.value !== undefined && !current.values.has(found.key))
        current.values.set(found.key, value(found.value));
      continue;
    }
    const named = nameLine.exec(line)?.groups;
    if (named !== undefined) addName(names, Number(named.domid), named.key === "vm", named.read ?? named.listed ?? "");
  }
  return { devices, names, cut };
}

function addName(names: Map<number, Name>, domid: number, vm: boolean, text: string): void {
  const entry = names.get(domid) ?? { name: undefined, uuid: undefined };
  if (vm) entry.uuid = vmUuid.exec(text)?.[1]?.toLowerCase();
  else entry.name = clean(text);
  names.set(domid, entry);
}

function xenbusState(text: string | undefined): XenbusState {
  if (text === undefined || text === "") return "missing";
  return (/^\d$/.test(text) ? states[Number(text)] : undefined) ?? "unknown";
}

const common = ({ domid, devid, values }: Device) => ({
  domid,
  devid,
  script: baseName(values.get("script")),
  state: xenbusState(values.get("state")),
  hotplug_status: orNone(values.get("hotplug-status")),
  hotplug_error: orNone(values.get("hotplug-error")),
  online: values.get("online") === "1",
});
const orNone = (text: string | undefined): string | undefined => (text === "" ? undefined : text);
const baseName = (path: string | undefined): string | undefined => orNone(path?.slice(path.lastIndexOf("/") + 1));

const vbd = (one: Device): VbdBackend => ({
  ...common(one),
  dev: orNone(one.values.get("dev")),
  params: orNone(one.values.get("params")),
  device_path: orNone(one.values.get("physical-device-path")),
  physical_device: orNone(one.values.get("physical-device")),
  mode: orNone(one.values.get("mode")),
  kind: one.kind,
});
const vif = (one: Device): VifBackend => ({
  ...common(one),
  mac: orNone(one.values.get("mac"))?.toLowerCase(),
  bridge: orNone(one.values.get("bridge")),
  ifname: orNone(one.values.get("vifname")) ?? `vif${one.domid}.${one.devid}`,
});

/** A device without any key is kept, with state `missing`. */
export function parseXenstore({ rc, stdout, truncated }: RawOutput): ParseResult<Backends> {
  if (rc === RC_ABSENT) return absent("xenstore's tools aren't installed");
  if (rc !== 0)
    return failed(failure("xenstore-ls", rc, stdout, (line) => !line.startsWith(" ") && !line.startsWith("/") && !device.test(line)));
  const { devices, names, cut } = collect(stdout);
  const all = [...devices.values()];
  return parsed({
    vbds: all.filter(({ kind }) => (vbdKinds as readonly string[]).includes(kind)).map(vbd),
    vifs: all.filter(({ kind }) => (vifKinds as readonly string[]).includes(kind)).map(vif),
    names: [...names].map(([domid, name]) => ({ domid, ...name })),
    truncated: truncated || cut,
  });
}

const script = `command -v xenstore-ls >/dev/null || exit ${RC_ABSENT}
top=/local/domain/0/backend
kinds=$(xenstore-list $top) || xenstore-list /local/domain/0 >/dev/null || { xenstore-list /local/domain/0 2>&1 | head -n 3; exit 1; }
for kind in $kinds; do
  case $kind in ${[...vbdKinds, ...vifKinds].join("|")}) xenstore-ls -f "$top/$kind" || echo "@@ failed $kind";; esac
done | awk '
  BEGIN { n = split("${keys.join(" ")}", list, " "); for (i = 1; i <= n; i++) keep[list[i]] = 1 }
  /^@@/ { print; next }
  { at = index($0, " = "); if (!at) next
    n = split(substr($0, 1, at - 1), part, "/"); if (n < 8 || n > 9) next
    dev = part[6] "/" part[7] "/" part[8]; if (dev != last) { print dev; last = dev }
    if (n == 9 && part[9] in keep) print " " part[9] substr($0, at) }'
paths=
for id in $(xenstore-list /local/domain); do
  case $id in *[!0-9]*) continue;; esac
  paths="$paths /local/domain/$id/name"; [ "$id" = 0 ] || paths="$paths /local/domain/$id/vm"
done
echo "@@ names"
# One process for all; where a domain goes away in between it stops there, and each is asked for itself.
all=$(xenstore-read -p $paths) || all=$(for path in $paths; do xenstore-read -p "$path"; done)
printf '%s\\n' "$all"
exit 0`;

export const xenstore: Reading<Backends> = {
  id: "xenstore",
  title: "backends of guests' disks and interfaces",
  source: "xenstore-ls -f /local/domain/0/backend",
  script,
  cadence_s: 60,
  timeout_s: 15,
  bytes_max: 1_048_576,
  refreshed_by: ["xen", "backend"],
  parse: parseXenstore,
};
