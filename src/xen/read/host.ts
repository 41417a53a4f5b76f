/** The dom0 itself, from /proc, /sys and os-release (proc(5), sysfs dmi). Parts: `@@ NAME`, then its line or lines; a part may be missing. */
import type { HostFacts } from "../model/host.ts";
import { cleanOrNone } from "./clean.ts";
import { splitParts } from "./parts.ts";
import { failed, type ParseResult, parsed, type RawOutput, type Reading } from "./reading.ts";
import { failure } from "./xl-tool.ts";

const DECIMAL = /^\d+(?:\.\d+)?$/;
const number = (text: string | undefined): number | undefined => (text !== undefined && DECIMAL.test(text) ? Number(text) : undefined);

/** `MemTotal:  687968 kB` */
function kib(meminfo: string | undefined, key: string): number | undefined {
  const line = meminfo?.split("\n").find((text) => text.startsWith(`${key}:`));
  return number(
    line
      ?.slice(key.length + 1)
      .trim()
      .split(/\s+/)[0],
  );
}

/** DMI fields that a vendor never filled in. */
const blank = /^(?:to be filled by o\.?e\.?m\.?|default string|system manufacturer|system product name|not specified|none|unknown)$/i;

function hardware(vendor: string | undefined, product: string | undefined): string | undefined {
  const told = [vendor, product].flatMap((text) => cleanOrNone(text?.trim()) ?? []).filter((text) => !blank.test(text));
  return told.length === 0 ? undefined : told.join(" ");
}

export function parseHost({ rc, stdout }: RawOutput): ParseResult<HostFacts> {
  const parts = new Map(splitParts(stdout).map(({ head, body }) => [head, body.trimEnd()]));
  if (!parts.has("uptime") && !parts.has("kernel") && !parts.has("meminfo")) return failed(failure("reading /proc", rc, stdout));
  const line = (part: string) => cleanOrNone(parts.get(part)?.split("\n")[0]?.trim());
  const load = parts.get("loadavg")?.split(" ");
  const cpu = parts.get("cpuinfo")?.split("\n");
  return parsed({
    hostname: line("hostname"),
    kernel: line("kernel"),
    os: cleanOrNone(/^PRETTY_NAME=["']?([^"'\n]*)/m.exec(parts.get("os") ?? "")?.[1]),
    hardware: hardware(line("vendor"), line("product")),
    cpu_model: cleanOrNone(cpu?.find((text) => /^model name\s*:/.test(text))?.replace(/^[^:]*:\s*/, "")),
    cpus: number(cpu?.find((text) => DECIMAL.test(text))),
    load_1min: number(load?.[0]),
    load_5min: number(load?.[1]),
    load_15min: number(load?.[2]),
    memory_total_kib: kib(parts.get("meminfo"), "MemTotal"),
    memory_available_kib: kib(parts.get("meminfo"), "MemAvailable"),
    swap_total_kib: kib(parts.get("meminfo"), "SwapTotal"),
    swap_free_kib: kib(parts.get("meminfo"), "SwapFree"),
    boot_id: line("boot_id"),
    uptime_s: number(parts.get("uptime")?.split(" ")[0]),
  });
}

const files = [
  ["hostname", "/proc/sys/kernel/hostname"],
  ["kernel", "/proc/sys/kernel/osrelease"],
  ["boot_id", "/proc/sys/kernel/random/boot_id"],
  ["loadavg", "/proc/loadavg"],
  ["uptime", "/proc/uptime"],
  ["vendor", "/sys/class/dmi/id/sys_vendor"],
  ["product", "/sys/class/dmi/id/product_name"],
] as const;

export const host: Reading<HostFacts> = {
  id: "host",
  title: "dom0: kernel, load, memory, uptime, hardware",
  source: "cat /proc/{loadavg,meminfo,uptime,cpuinfo} /etc/os-release",
  // Lines are read by the shell itself: three processes in all.
  script: `say() { line=; [ -r "$2" ] && IFS= read -r line <"$2"; [ -z "$line" ] || printf '@@ %s\\n%s\\n' "$1" "$line"; }
${files.map(([part, file]) => `say ${part} ${file}`).join("\n")}
echo "@@ meminfo"; grep -E '^(MemTotal|MemAvailable|SwapTotal|SwapFree):' /proc/meminfo
echo "@@ cpuinfo"; awk '/^model name/ && !told { print; told = 1 } /^processor/ { n++ } END { print n + 0 }' /proc/cpuinfo
echo "@@ os"; grep '^PRETTY_NAME=' /etc/os-release
exit 0`,
  cadence_s: 15,
  timeout_s: 8,
  bytes_max: 8192,
  refreshed_by: [],
  parse: parseHost,
};
