/**
 * The guests' configuration files: every /etc/xen/*.cfg and every target in /etc/xen/auto, each as `xl create -q -n FILE` understands it
 * (which creates nothing; xl_vmcontrol.c, dryrun_only). Parts: `@@ RC PATH`, then the JSON, or where RC isn't 0 what xl said. After the JSON
 * a line for each local path the guest needs to start on this host (kernel, ramdisk, disks, hotplug scripts): `+ PATH` it is there,
 * `- PATH` it isn't, `? PATH` not looked at, because it lies on a network file system whose server may not answer.
 *
 * For a file without a uuid xl makes one up at each run; the script blanks it, since it would make every reading a change and join nothing.
 */
import type { ConfigFile } from "../model/xen.ts";
import { clean, redact } from "./clean.ts";
import { guestConfig, SECRETS_SED } from "./guest-config.ts";
import { jsonObjects } from "./json-objects.ts";
import { splitParts } from "./parts.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";
import { failure, NO_XL, XL_ONLY } from "./xl-tool.ts";

/** Files read at most; more are counted by the script as one part with an error. */
export const CONFIG_FILES_MAX = 500;
const ERROR_LENGTH_MAX = 200;

const pathKeys = ["kernel", "ramdisk", "bootloader", "[a-z_]*firmware", "device_tree", "pdev_path"];

const script = `${XL_ONLY}
remote=$(awk '$3 ~ /^(nfs|cifs|smb|9p|ceph|gluster|afs|fuse|autofs)/ { gsub(/\\\\040/, " ", $2); print $2 }' /proc/mounts)
nl='
'
look() {
  IFS=$nl
  for mount in $remote; do
    case $1 in "$mount"/*) unset IFS; echo "? $1"; return;; esac
  done
  unset IFS
  if [ -e "$1" ]; then echo "+ $1"; else echo "- $1"; fi
}
paths() {
  printf '%s\\n' "$1" | sed -n ${pathKeys.map((key) => `-e 's/^ *"${key}": "\\(\\/.*\\)",\\{0,1\\}$/\\1/p'`).join(" ")} \\
    -e 's/^ *"script": "\\(\\/.*\\)",\\{0,1\\}$/\\1/p' -e 's/^ *"script": "\\([^/].*\\)",\\{0,1\\}$/\\/etc\\/xen\\/scripts\\/\\1/p' | sort -u |
    while IFS= read -r needed; do look "$needed"; done
}
seen='|' count=0
for file in /etc/xen/*.cfg /etc/xen/auto/*; do
  [ -f "$file" ] || continue
  path=$(readlink -f "$file") || path=$file
  case $seen in *"|$path|"*) continue;; esac
  seen="$seen$path|" count=$((count + 1))
  if [ "$count" -gt ${CONFIG_FILES_MAX} ]; then echo "@@ 75 $file"; echo "more than ${CONFIG_FILES_MAX} files"; break; fi
  out=$(xl create -q -n "$path"); rc=$?
  echo "@@ $rc $path"
  if [ $rc != 0 ]; then
    xl create -q -n "$path" 2>&1 >/dev/null | grep -v '^warning:' | head -n 3
  elif grep -q '^[[:space:]]*uuid[[:space:]]*=' "$path"; then
    printf '%s\\n' "$out" | ${SECRETS_SED}
  else
    printf '%s\\n' "$out" | ${SECRETS_SED} -e 's/^\\( *"uuid": \\)".*"/\\1""/'
  fi
  [ $rc != 0 ] || paths "$out"
done
exit 0`;

/** What xl quotes of a file it can't read may be a password: only where it stumbled is kept. */
function errorText(body: string): string {
  const line = body.split("\n").find((text) => text.trim() !== "" && !text.startsWith("Parsing config")) ?? "xl said nothing";
  return redact(clean(line.replace(/near `[^']*'?/g, "near ..."), ERROR_LENGTH_MAX));
}

/** JSON has no line that begins so. */
function neededPath(line: string): NonNullable<ConfigFile["paths"]>[number][] {
  const told = /^([+?-]) (\/.*)$/.exec(line);
  return told?.[2] === undefined ? [] : [{ path: clean(told[2]), present: told[1] === "?" ? undefined : told[1] === "+" }];
}

function configFile(head: string, body: string): ConfigFile {
  const split = /^(\d{1,3}) (.+)$/.exec(head);
  const path = clean(split?.[2] ?? head);
  if (split?.[1] !== "0") return { path, config: undefined, error: errorText(body) };
  const lines = body.split("\n");
  const paths = lines.flatMap(neededPath);
  const config = guestConfig(jsonObjects(lines.filter((line) => neededPath(line).length === 0).join("\n")).objects[0]);
  return { path, config, error: config === undefined ? "xl create -n printed no configuration" : undefined, paths };
}

/** One entry per part, however broken. A cut output says so in an entry of its own: files are missing. */
export function parseXlConfigs({ rc, stdout, truncated }: RawOutput): ParseResult<readonly ConfigFile[]> {
  if (rc === RC_ABSENT) return absent(NO_XL);
  const files = splitParts(stdout).map(({ head, body }) => configFile(head, body));
  if (rc !== 0 && files.length === 0) return failed(failure("xl create -n", rc, stdout));
  const missing = truncated || rc !== 0;
  return parsed(
    missing ? [...files, { path: "/etc/xen", config: undefined, error: "not all files could be read in time and size" }] : files,
  );
}

export const xlConfigs: Reading<readonly ConfigFile[]> = {
  id: "xl-configs",
  title: "configuration files of guests",
  source: "xl create -q -n FILE",
  script,
  cadence_s: 600,
  timeout_s: 60,
  bytes_max: 2_097_152,
  refreshed_by: [],
  parse: parseXlConfigs,
};
