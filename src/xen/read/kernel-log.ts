/**
 * The kernel's log: what happened before the console came (this reading) and what happens now (`parseKernelLine`, one line of the probe's
 * kernel stream). Two forms are understood: `journalctl -o short-unix`, and `dmesg` whose times count from the boot:
 *
 *   1795383561.344311 alpha kernel: block drbd0: role( Secondary -> Primary )
 *   [   76.549096] drbd r0: Handshake successful: Agreed network protocol version 101
 */
import type { LogLine } from "../model/host.ts";
import { clean, redact } from "./clean.ts";
import { failed, type ParseResult, parsed, type RawOutput, type Reading } from "./reading.ts";
import { failure } from "./xl-tool.ts";

/** Lines kept of the back-fill, and the hours it reaches back. */
export const KERNEL_LINES_MAX = 400;
export const KERNEL_HOURS_MAX = 12;
const TEXT_MAX = 400;

const journal = /^(?<s>\d{9,11})\.(?<frac>\d{1,9}) \S+ (?<who>[^\s:[]+)(?:\[\d+\])?: ?(?<text>.*)$/;
const ring = /^(?:<\d{1,3}>)?\[ {0,12}(?<s>\d{1,12})\.(?<frac>\d{1,9})\] ?(?<text>.*)$/;

/**
 * One line in either form; boot_wall_ms: the host's clock at its boot, where it is known. A line in neither form is kept whole, without a time.
 * undefined only for an empty line and for the journal's own remarks (`-- No entries --`).
 */
export function parseKernelLine(line: string, boot_wall_ms?: number): LogLine | undefined {
  const bounded = line.slice(0, 4 * TEXT_MAX);
  if (bounded.trim() === "" || /^-- .* --$/.test(bounded)) return undefined;
  const told = journal.exec(bounded)?.groups;
  const counted = told === undefined ? ring.exec(bounded)?.groups : undefined;
  const at_ms = millis(told ?? counted);
  const offset_ms = told === undefined ? boot_wall_ms : 0;
  // The kernel's command line may hold passwords in any spelling.
  const shown = ((told ?? counted)?.text ?? bounded).replace(/(command line:).*/i, "$1 ***");
  const text = redact(clean(shown, TEXT_MAX));
  return {
    host_wall_ms: at_ms === undefined || offset_ms === undefined ? undefined : offset_ms + at_ms,
    source: told !== undefined && told.who !== "kernel" ? "other" : "kernel",
    subject: kernelSubject(text),
    text,
  };
}

function millis(groups: Record<string, string | undefined> | undefined): number | undefined {
  if (groups?.s === undefined) return undefined;
  return Number(groups.s) * 1000 + Math.floor(Number(`0.${groups.frac ?? 0}`) * 1000);
}

const subjects: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  // DRBD 9: `drbd r0/0 drbd0 beta:`, `drbd r0 beta:`; 8.4: `drbd r0:`, `block drbd0:`.
  [/^drbd ([^\s:/]+\/\d+) drbd\d+\b/, (m) => `drbd ${m[1]}`],
  [/^drbd ([^\s:/]+)(?: [^\s:]+)?:/, (m) => `drbd ${m[1]}`],
  [/^block (drbd\d+):/, (m) => `${m[1]}`],
  [/^(?:block )?(nbd\d+):/, (m) => `${m[1]}`],
  [/^(?:sd|scsi) (\d+:\d+:\d+:\d+):/, (m) => `sd ${m[1]}`],
  [/^(?:scsi )?(host\d+):/, (m) => `scsi ${m[1]}`],
  [/^ ?(connection\d+:\d+|session\d+):/, (m) => `iscsi ${m[1]}`],
  [/^rport-(\d+:\d+-\d+):/, (m) => `fc rport-${m[1]}`],
  [/^device-mapper: multipath: (\d+:\d+):/, (m) => `multipath ${m[1]}`],
  [/^device-mapper: ([a-z-]+):/, (m) => `device-mapper ${m[1]}`],
  [/^(?:nfs|NFS): server (\S+)/, (m) => `nfs ${m[1]}`],
  [/^xen-blkback: .*?backend\/vbd\/(\d+)\/(\d+)/, (m) => `vbd ${m[1]}/${m[2]}`],
  [/^vif vif-\d+-\d+ ([^\s:]+):/, (m) => `${m[1]}`],
  [/^device (\S+) (?:entered|left) promiscuous/, (m) => `${m[1]}`],
  [/^IPv6: ADDRCONF\([A-Z_]+\): ([^\s:]+):/, (m) => `${m[1]}`],
  [/^([^\s:()]+): port \d+\([^)]+\) entered/, (m) => `${m[1]}`],
  [/^([^\s:()]+): \(slave [^)]+\):/, (m) => `${m[1]}`],
  [/^(?:[a-z0-9_-]+ \S+ )?((?:e[nt][a-z0-9]+|bond\d+|br\S*?|xenbr\S*?)(?:\.\d+)?):/, (m) => `${m[1]}`],
  [/^EXT4-fs(?: \w+)? \(?(?:device )?([a-z0-9-]+)\)?:/, (m) => `${m[1]}`],
  [/^(?:blk_update_request: )?(?:I\/O|critical [a-z]+) error, dev ([a-z0-9-]+),/, (m) => `${m[1]}`],
  [/^Buffer I\/O error on dev(?:ice)? ([a-z0-9-]+),/, (m) => `${m[1]}`],
];

/** What a kernel line is about: `drbd r0`, `drbd r0/0`, `drbd0`, `sd 2:0:0:1`, `iscsi session1`, `nfs 10.99.1.2`, an interface's name. */
export function kernelSubject(text: string): string | undefined {
  for (const [pattern, name] of subjects) {
    const match = pattern.exec(text);
    if (match !== null) return name(match);
  }
  return undefined;
}

/** `@@ dmesg WALL_S UPTIME_S` before the lines of dmesg; the journal's lines have no head. */
const ringHead = /^@@ dmesg (\d{1,12}(?:\.\d+)?) (\d{1,12}(?:\.\d+)?)$/;

export function parseKernelLog({ rc, stdout }: RawOutput): ParseResult<readonly LogLine[]> {
  const lines: LogLine[] = [];
  let boot_wall_ms: number | undefined;
  for (const line of stdout.split("\n")) {
    const head = line.startsWith("@@ dmesg") ? ringHead.exec(line) : null;
    if (head !== null) boot_wall_ms = (Number(head[1]) - Number(head[2])) * 1000;
    const one = head === null ? parseKernelLine(line, boot_wall_ms) : undefined;
    if (one !== undefined) lines.push(one);
  }
  if (rc !== 0 && lines.length === 0) return failed(failure("journalctl -k", rc, stdout));
  return parsed(lines);
}

const worth = [
  "drbd",
  "xen",
  "vif",
  "vbd",
  "scsi",
  "sd [0-9]",
  "multipath",
  "device-mapper",
  "dm-[0-9]",
  "connection[0-9]",
  "session[0-9]",
  "rport",
  "nbd",
  "nfs",
  "bridge",
  "entered",
  "bond",
  "link",
  "I/O error",
  "error, dev",
  "EXT4-fs",
  "XFS",
  "out of memory",
  "blocked for more",
  "hardware error",
];

export const kernelLog: Reading<readonly LogLine[]> = {
  id: "kernel-log",
  title: "the kernel's log of the last hours",
  source: "journalctl -k",
  script: `keep() { grep -iE '${worth.join("|")}' | grep -vE "clocksource|ommand line:" | tail -n ${KERNEL_LINES_MAX} | cut -c1-${TEXT_MAX}; }
if command -v journalctl >/dev/null && [ -d /run/systemd/system ]; then
  lines=$(journalctl -q --no-pager -o short-unix --since=-${KERNEL_HOURS_MAX}h _TRANSPORT=kernel | keep)
  if [ -n "$lines" ]; then printf '%s\\n' "$lines"; exit 0; fi
fi
read -r up _ </proc/uptime
echo "@@ dmesg $(date +%s) $up"
lines=$(dmesg) || exit 1
printf '%s\\n' "$lines" | keep
exit 0`,
  cadence_s: 0,
  timeout_s: 20,
  bytes_max: 262_144,
  refreshed_by: [],
  parse: parseKernelLog,
};
