/**
 * Network block devices from sysfs, one line each: name, size in sectors, pid of the client (empty: not connected), backend.
 * Asks nothing of the server. Source: drivers/block/nbd.c pid_show(), backend_show(); recordings nbd-sysfs.txt.
 */
import type { Nbd, NbdDevice } from "../model/storage.ts";
import { failedWith, unanswered } from "./answer.ts";
import { clean, cleanOrNone, redact } from "./clean.ts";
import { CUT_NOTE } from "./json-objects.ts";
import { numberLike } from "./json-rows.ts";
import { absent, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";

const SECTOR_BYTES = 512;
const row = /^(nbd\d{1,6}) size=(\d{0,18}) pid=(-?\d{0,18})(?: backend=(.*))?$/;

function device(match: RegExpExecArray): NbdDevice {
  const sectors = numberLike(match[2]);
  const pid = numberLike(match[3]);
  return {
    dev: match[1] ?? "",
    size_bytes: sectors === undefined ? undefined : sectors * SECTOR_BYTES,
    // 0 and -1 stand where a netlink client set the device up: connected, though by no process of its own.
    pid,
    backend: cleanOrNone(redact(clean(match[4] ?? ""))),
  };
}

const command = "reading /sys/block/nbd*";

export function parseNbd(raw: RawOutput): ParseResult<Nbd> {
  const { rc, stdout, truncated } = raw;
  if (rc === RC_ABSENT) return absent("there is no nbd device");
  const late = unanswered(command, rc);
  if (late !== undefined) return late;
  const devices: NbdDevice[] = [];
  const not_understood: string[] = [];
  for (const line of stdout.split("\n")) {
    if (line.trim() === "") continue;
    const match = row.exec(line.replace(/^\/sys\/block\//, ""));
    if (match === null) not_understood.push(clean(line));
    else devices.push(device(match));
  }
  if (devices.length === 0) return failedWith(command, raw);
  return parsed({ devices, not_understood: truncated ? [...not_understood, CUT_NOTE] : not_understood });
}

export const nbd: Reading<Nbd> = {
  id: "nbd",
  title: "network block devices",
  source: "/sys/block/nbd*/{size,pid,backend}",
  script: `set -- /sys/block/nbd*
[ -e "$1" ] || exit ${RC_ABSENT}
for device in "$@"; do
  case \${device##*/} in *p*) continue ;; esac
  size= pid= backend=
  { read -r size <"$device/size"; } 2>/dev/null
  { read -r pid <"$device/pid"; } 2>/dev/null
  { read -r backend <"$device/backend"; } 2>/dev/null
  echo "\${device##*/} size=$size pid=$pid\${backend:+ backend=$backend}"
done
exit 0`,
  cadence_s: 20,
  timeout_s: 5,
  bytes_max: 65_536,
  refreshed_by: [],
  parse: parseNbd,
};
