/**
 * How full dom0's local file systems are. `df` without arguments hangs while an NFS server is gone, so the list is made from
 * /proc/mounts first, and nothing that lies below a network mount is asked about either.
 * Source: df(1) -P; recordings df-P.txt, and its hang: peerdown.
 */
import type { FileSystem, FileSystems } from "../model/storage.ts";
import { failedWith, partial, unanswered } from "./answer.ts";
import { clean } from "./clean.ts";
import { CUT_NOTE } from "./json-objects.ts";
import { type ParseResult, parsed, type RawOutput, type Reading } from "./reading.ts";

const LINE_LENGTH_MAX = 1024;
// The mount point is what follows the percentage: both it and the device may hold blanks.
const row = /^(\S.{0,1000}?) {1,120}(\d{1,15}) {1,120}(-?\d{1,15}) {1,120}(-?\d{1,15}) {1,120}(-|\d{1,4}%) (\/.*)$/;

function fileSystem(match: RegExpExecArray): FileSystem {
  return {
    device: clean(match[1] ?? ""),
    mountpoint: clean(match[6] ?? ""),
    size_kib: Number(match[2]),
    used_kib: Number(match[3]),
    available_kib: Number(match[4]),
    used_percent: match[5] === "-" ? undefined : Number(match[5]?.slice(0, -1)),
  };
}

const command = "df";

export function parseDf(raw: RawOutput): ParseResult<FileSystems> {
  const { rc, stdout, truncated } = raw;
  const late = unanswered(command, rc);
  if (late !== undefined) return late;
  const file_systems: FileSystem[] = [];
  const not_understood: string[] = [];
  for (const line of stdout.split("\n")) {
    if (line.trim() === "" || line.startsWith("Filesystem ")) continue;
    const match = line.length > LINE_LENGTH_MAX ? null : row.exec(line);
    if (match === null) not_understood.push(clean(line));
    else file_systems.push(fileSystem(match));
  }
  if (file_systems.length === 0) return failedWith(command, raw);
  return parsed({ file_systems, not_understood: [...not_understood, ...partial(command, rc), ...(truncated ? [CUT_NOTE] : [])] });
}

export const df: Reading<FileSystems> = {
  id: "df",
  title: "dom0's local file systems",
  source: "df -P -k (local file systems of /proc/mounts)",
  // A device is asked about once however often it is mounted; images that are always full (iso9660, squashfs) never.
  script: `mounts=$(awk '
{ gsub(/\\\\040/, " ", $2); gsub(/\\\\011/, "\\t", $2); gsub(/\\\\134/, "\\\\", $2) }
$2 ~ /\\\\012/ { next }
$3 ~ /^(nfs|cifs|smb|9p|ceph|gluster|lustre|afs|coda|ncpfs|gfs2|ocfs2|fuse|autofs)/ { remote[$2 "/"] = 1; next }
$3 == "zfs" || $3 == "btrfs" || ($1 ~ /^\\/dev\\// && $3 !~ /^(iso9660|squashfs|udf|devtmpfs)$/) || ($3 == "tmpfs" && $2 ~ /^\\/(run|tmp|var\\/.*)$/) {
  if ($3 == "tmpfs" || $3 == "zfs" || !($1 in seen)) { seen[$1] = 1; order[++count] = $2 } }
END { for (at = 1; at <= count; at++) {
  for (far in remote) if (index(order[at] "/", far) == 1) next_one = 1
  if (!next_one) print order[at]
  next_one = 0 } }' /proc/mounts)
[ -n "$mounts" ] || exit 1
set -f
IFS='
'
df -P -k -- $mounts`,
  // Nothing tells of a disk that fills: it is to be named within ten seconds all the same.
  cadence_s: 8,
  timeout_s: 10,
  bytes_max: 131_072,
  refreshed_by: [],
  parse: parseDf,
};
