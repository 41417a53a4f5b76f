/** The parts of the reading `host`: /proc, DMI and os-release. */
import { hostUptime } from "../model/world.ts";
import { type Format, ok } from "./answer.ts";

/** What a dom0 of this size keeps free for itself. */
const AVAILABLE_FRACTION = 0.62;
const MEMTOTAL_FRACTION = 0.968;

export const hostParts: Format = (world, host) => {
  const uptime_s = hostUptime(world, host);
  const busy = host.domains.reduce((sum, domain) => sum + (domain.domid === 0 ? domain.cpu_now : 0), 0);
  const load = (host.load + busy * 0.3).toFixed(2);
  const total_kib = Math.floor(host.dom0_memory_mib * 1024 * MEMTOTAL_FRACTION);
  const parts: (readonly [string, string])[] = [
    ["hostname", host.name],
    ["kernel", host.kernel],
    ["boot_id", host.boot_id],
    ["loadavg", `${load} ${host.load.toFixed(2)} ${(host.load * 0.9).toFixed(2)} 1/412 ${4000 + (Math.floor(uptime_s) % 28000)}`],
    ["uptime", `${uptime_s.toFixed(2)} ${(uptime_s * host.dom0_vcpus * 0.93).toFixed(2)}`],
    ["vendor", host.hardware.vendor],
    ["product", host.hardware.product],
    [
      "meminfo",
      `MemTotal:       ${String(total_kib).padStart(8)} kB\nMemAvailable:   ${String(Math.floor(total_kib * AVAILABLE_FRACTION)).padStart(8)} kB\nSwapTotal:       1048572 kB\nSwapFree:        1048572 kB`,
    ],
    ["cpuinfo", `model name\t: ${host.hardware.cpu_model}\n${host.dom0_vcpus}`],
    ["os", `PRETTY_NAME="${host.os}"`],
  ];
  return ok(parts.map(([part, text]) => `@@ ${part}\n${text}\n`).join(""));
};
