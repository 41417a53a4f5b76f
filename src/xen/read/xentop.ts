/**
 * `xentop -b`: what each domain uses. Source: xentop.c:240-330, 470-900 (Xen 4.17), recordings. The first sample's CPU is always 0.0, so only
 * the second one is sent. Columns are padded, not separated, and names may hold spaces: rows are read from the right.
 */
import type { DomainUsage, UsageTable } from "../model/xen.ts";
import { clean } from "./clean.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";
import { failure, LINE_LENGTH_MAX } from "./xl-tool.ts";

const header = /^\s*NAME\s+STATE\s+CPU\(sec\)\s/;
// CPU(sec) CPU(%) MEM(k) MEM(%) MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS VBD_OO VBD_RD VBD_WR VBD_RSECT VBD_WSECT SSID
const row =
  /^(?<name>.*\S|)\s+(?<state>[d-][s-][b-][c-][p-][r-])\s+\d+\s+(?<cpu>[\d.]+|n\/a)\s+(?<mem>\d+)\s+[\d.]+\s+(?:\d+|no limit)\s+(?:[\d.]+|n\/a)\s+\d+\s+\d+\s+(?<tx>\d+)\s+(?<rx>\d+)\s+\d+\s+(?<oo>\d+)\s+(?<rd>\d+)\s+(?<wr>\d+)(?:\s+\d+){2,3}$/;

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;

function usage(groups: Record<string, string | undefined>): DomainUsage {
  return {
    name: clean(groups.name ?? ""),
    cpu_percent: number(groups.cpu),
    memory_kib: number(groups.mem),
    net_tx_kib: number(groups.tx),
    net_rx_kib: number(groups.rx),
    vbd_reads: number(groups.rd),
    vbd_writes: number(groups.wr),
    vbd_out_of_order: number(groups.oo),
  };
}

/** Of an output with several samples the last one counts. */
export function parseXentop({ rc, stdout, truncated }: RawOutput): ParseResult<UsageTable> {
  if (rc === RC_ABSENT) return absent("xentop isn't installed");
  const lines = stdout.split("\n").filter((line) => line.trim() !== "");
  const headers = lines.flatMap((line, index) => (line.length <= LINE_LENGTH_MAX && header.test(line) ? [index] : []));
  const from = headers.at(-1);
  if (rc !== 0 || from === undefined)
    return failed(rc === 0 ? "xentop printed no table" : failure("xentop", rc, stdout, (line) => !/\d\s*$/.test(line)));
  const rows: DomainUsage[] = [];
  const not_understood: string[] = truncated ? ["(output cut at its size limit: rows are missing)"] : [];
  for (const line of lines.slice(from + 1)) {
    const groups = line.length > LINE_LENGTH_MAX ? undefined : row.exec(line.trim())?.groups;
    if (groups === undefined) not_understood.push(clean(line));
    else rows.push(usage(groups));
  }
  return parsed({ rows, not_understood });
}

export const xentop: Reading<UsageTable> = {
  id: "xentop",
  title: "CPU, memory, disk and network use of every domain",
  source: "xentop -b -f -i 2 -d 1",
  script: `command -v xentop >/dev/null || exit ${RC_ABSENT}
out=$(xentop -b -f -i 2 -d 1); rc=$?
printf '%s\\n' "$out" | awk '$1 == "NAME" && $2 == "STATE" && $3 == "CPU(sec)" { sample++ } sample >= 2'
exit $rc`,
  cadence_s: 15,
  timeout_s: 10,
  bytes_max: 131_072,
  refreshed_by: [],
  parse: parseXentop,
};
