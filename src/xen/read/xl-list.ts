/** `xl list -v`: which domains exist, in which state. Source: xl_info.c:371-402 (Xen 4.17), recordings healthy, migrate, xlops. */
import type { Domain, DomainList, DomainState, ShutdownReason } from "../model/xen.ts";
import { clean } from "./clean.ts";
import { failed, type ParseResult, parsed, type RawOutput, type Reading } from "./reading.ts";

// From the right: names may hold spaces, be `(null)` or look like numbers.
const row =
  /^(?<name>.*\S|)\s+(?<domid>\d+)\s+(?<memory>\d+)\s+(?<vcpus>\d+)\s+(?<state>[r-][b-][p-][s-][^\s][d-])\s+(?<time>\d+(?:\.\d+)?)(?:\s+(?<uuid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}))?(?:\s.*)?$/;

const shutdownReasons: Readonly<Record<string, ShutdownReason>> = {
  "-": "poweroff",
  r: "reboot",
  s: "suspend",
  c: "crash",
  w: "watchdog",
  S: "soft_reset",
};

function domainState(text: string): DomainState {
  const shutdown = text[3] === "s";
  return {
    running: text[0] === "r",
    blocked: text[1] === "b",
    paused: text[2] === "p",
    shutdown,
    dying: text[5] === "d",
    shutdown_reason: shutdown ? (shutdownReasons[text[4] ?? ""] ?? "unknown") : undefined,
    text: clean(text),
  };
}

const suffixes = [
  ["--incoming", "incoming"],
  ["--migratedaway", "migrated_away"],
] as const;

function domain(groups: Record<string, string | undefined>): Domain {
  const name = clean(groups.name ?? "");
  const suffix = suffixes.find(([text]) => name.endsWith(text) && name.length > text.length);
  return {
    name,
    base_name: suffix === undefined ? name : name.slice(0, -suffix[0].length),
    migration: suffix?.[1] ?? "none",
    domid: Number(groups.domid),
    memory_mib: Number(groups.memory),
    vcpus: Number(groups.vcpus),
    state: domainState(groups.state ?? ""),
    cpu_time_s: Number(groups.time),
    uuid: groups.uuid?.toLowerCase(),
  };
}

export function parseXlList({ rc, stdout, truncated }: RawOutput): ParseResult<DomainList> {
  const lines = stdout.split("\n").filter((line) => line.trim() !== "");
  const headed = lines[0]?.startsWith("Name ") === true;
  if (rc !== 0 && !headed) return failed(`xl list -v exited with ${rc}${lines[0] === undefined ? "" : `: ${clean(lines[0])}`}`);
  const domains: Domain[] = [];
  const not_understood: string[] = truncated ? ["(output cut at its size limit: rows are missing)"] : [];
  for (const line of headed ? lines.slice(1) : lines) {
    const groups = row.exec(line)?.groups;
    if (groups === undefined) not_understood.push(clean(line));
    else domains.push(domain(groups));
  }
  if (domains.length === 0 && not_understood.length === 0) return failed("xl list -v printed no domain, not even Domain-0");
  return parsed({ domains, not_understood });
}

export const xlList: Reading<DomainList> = {
  id: "xl-list",
  title: "domains and their states",
  source: "xl list -v",
  script: "command -v xl >/dev/null || exit 69\nxl list -v",
  cadence_s: 2,
  timeout_s: 8,
  bytes_max: 262_144,
  refreshed_by: ["xen"],
  parse: parseXlList,
};
