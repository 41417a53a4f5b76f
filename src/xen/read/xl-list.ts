/** `xl list -v`: which domains exist, in which state. Source: xl_info.c:371-402 (Xen 4.17), recordings healthy, migrate, xlops. */
import type { Domain, DomainList, DomainState, ShutdownReason } from "../model/xen.ts";
import { clean } from "./clean.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";
import { failure, LINE_LENGTH_MAX, NO_XL, toolWords, XL_ONLY } from "./xl-tool.ts";

// From the right: names may hold spaces, be `(null)` or look like numbers.
const row =
  /^(?<name>.*\S|)\s+(?<domid>\d+)\s+(?<memory>\d+)\s+(?<vcpus>\d+)\s+(?<state>[r-][b-][p-][s-][^\s][d-])\s+(?<time>\d+(?:\.\d+)?)(?:\s+(?<uuid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}))?(?:\s.*)?$/;
const header = /^Name\s+ID\s+Mem\s+VCPUs\s+State\s+Time\(s\)/;

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
  const reason = text[4] ?? "";
  return {
    running: text[0] === "r",
    blocked: text[1] === "b",
    paused: text[2] === "p",
    shutdown,
    dying: text[5] === "d",
    shutdown_reason: shutdown ? ((Object.hasOwn(shutdownReasons, reason) ? shutdownReasons[reason] : undefined) ?? "unknown") : undefined,
    text: clean(text),
  };
}

const suffixes = [
  ["--incoming", "incoming"],
  ["--migratedaway", "migrated_away"],
] as const;

/** A domain's name taken apart: xl marks both halves of a migration by a suffix (xl_migrate.c). */
export function migrationName(name: string): Pick<Domain, "name" | "base_name" | "migration"> {
  const suffix = suffixes.find(([text]) => name.endsWith(text) && name.length > text.length);
  return { name, base_name: suffix === undefined ? name : name.slice(0, -suffix[0].length), migration: suffix?.[1] ?? "none" };
}

function domain(groups: Record<string, string | undefined>): Domain {
  return {
    ...migrationName(clean(groups.name ?? "")),
    domid: Number(groups.domid),
    memory_mib: Number(groups.memory),
    vcpus: Number(groups.vcpus),
    state: domainState(groups.state ?? ""),
    cpu_time_s: Number(groups.time),
    uuid: groups.uuid?.toLowerCase(),
  };
}

/**
 * A partial list would make guests look gone, so any exit status but 0 is a failure, and a cut list says so in `not_understood`.
 * A domid that comes twice can't be: its second row is kept there as well.
 */
export function parseXlList({ rc, stdout, truncated }: RawOutput): ParseResult<DomainList> {
  if (rc === RC_ABSENT) return absent(NO_XL);
  if (rc !== 0) return failed(failure("xl list -v", rc, stdout, (line) => !header.test(line) && !row.test(line)));
  const domains: Domain[] = [];
  const seen = new Set<number>();
  const not_understood: string[] = truncated ? ["(output cut at its size limit: rows are missing)"] : [];
  for (const line of stdout.split("\n")) {
    if (line.trim() === "" || header.test(line)) continue;
    const groups = line.length > LINE_LENGTH_MAX ? undefined : row.exec(line)?.groups;
    const one = groups === undefined ? undefined : domain(groups);
    if (one === undefined || seen.has(one.domid)) not_understood.push(clean(line));
    else {
      seen.add(one.domid);
      domains.push(one);
    }
  }
  if (domains.length === 0 && not_understood.length === 0) return failed("xl list -v printed no domain, not even Domain-0");
  return parsed({ domains, not_understood });
}

export const xlList: Reading<DomainList> = {
  id: "xl-list",
  title: "domains and their states",
  source: "xl list -v",
  script: `${XL_ONLY}\n${toolWords("xl list -v")}`,
  cadence_s: 4,
  timeout_s: 8,
  bytes_max: 262_144,
  refreshed_by: ["xen"],
  parse: parseXlList,
};
