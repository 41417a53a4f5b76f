/** `xl info`: the hypervisor, its memory, its abilities. Source: xl_info.c:220-330 (Xen 4.17): `key : value` lines, memory in MiB. */
import type { XenInfo } from "../model/xen.ts";
import { clean, cleanOrNone, redact } from "./clean.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";
import { failure, LINE_LENGTH_MAX, NO_XL, toolWords, XL_ONLY } from "./xl-tool.ts";

function fields(stdout: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of stdout.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0 || line.length > LINE_LENGTH_MAX) continue;
    const key = line.slice(0, colon).trimEnd();
    if (/^[a-z_]+$/.test(key) && !found.has(key)) found.set(key, line.slice(colon + 1).trim());
  }
  return found;
}

const words = (text: string | undefined): string[] => (text ?? "").split(/\s+/).flatMap((word) => cleanOrNone(word) ?? []);

/** A key that is missing, or whose value isn't a number where one is due, is undefined. */
export function parseXlInfo({ rc, stdout }: RawOutput): ParseResult<XenInfo> {
  if (rc === RC_ABSENT) return absent(NO_XL);
  const found = fields(stdout);
  const text = (key: string) => cleanOrNone(found.get(key));
  const number = (key: string) => (/^\d+(?:\.\d+)?$/.test(found.get(key) ?? "") ? Number(found.get(key)) : undefined);
  if (rc !== 0) return failed(failure("xl info", rc, stdout, (line) => !/^[a-z_]+\s+:/.test(line)));
  if (!found.has("xen_major") && !found.has("total_memory")) return failed("xl info told nothing of a hypervisor");
  const commandline = found.get("xen_commandline");
  return parsed({
    host: text("host"),
    release: text("release"),
    nr_cpus: number("nr_cpus"),
    cores_per_socket: number("cores_per_socket"),
    threads_per_core: number("threads_per_core"),
    cpu_mhz: number("cpu_mhz"),
    hw_caps: text("hw_caps"),
    virt_caps: words(found.get("virt_caps")),
    total_memory_mib: number("total_memory"),
    free_memory_mib: number("free_memory"),
    xen_major: number("xen_major"),
    xen_minor: number("xen_minor"),
    xen_version: text("xen_version"),
    xen_caps: words(found.get("xen_caps")),
    scheduler: text("xen_scheduler"),
    xen_commandline: commandline === undefined ? undefined : redact(clean(commandline)),
  });
}

export const xlInfo: Reading<XenInfo> = {
  id: "xl-info",
  title: "hypervisor, its version, memory and abilities",
  source: "xl info",
  script: `${XL_ONLY}\n${toolWords("xl info")}`,
  cadence_s: 30,
  timeout_s: 8,
  bytes_max: 16_384,
  refreshed_by: ["xen"],
  parse: parseXlInfo,
};
