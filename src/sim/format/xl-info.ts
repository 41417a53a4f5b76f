/** `xl info` (xl_info.c, output_nodeinfo, output_physinfo, output_xeninfo). */
import { freeMemoryMib } from "../model/host.ts";
import { type Format, ok } from "./answer.ts";

const XEN_CAPS = "xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 ";

export const xlInfo: Format = (_world, host) => {
  const { hardware, xen } = host;
  const lines: (readonly [string, string | number])[] = [
    ["host", host.name],
    ["release", host.kernel],
    ["version", host.kernel_version],
    ["machine", "x86_64"],
    ["nr_cpus", hardware.nr_cpus],
    ["max_cpu_id", hardware.nr_cpus - 1],
    ["nr_nodes", hardware.nr_nodes],
    ["cores_per_socket", hardware.cores_per_socket],
    ["threads_per_core", hardware.threads_per_core],
    ["cpu_mhz", hardware.cpu_mhz.toFixed(3)],
    ["hw_caps", hardware.hw_caps],
    ["virt_caps", hardware.virt_caps],
    ["total_memory", hardware.memory_mib],
    ["free_memory", freeMemoryMib(host)],
    ["sharing_freed_memory", 0],
    ["sharing_used_memory", 0],
    ["outstanding_claims", 0],
    ["free_cpus", 0],
    ["xen_major", xen.major],
    ["xen_minor", xen.minor],
    ["xen_extra", xen.extra],
    ["xen_version", `${xen.major}.${xen.minor}${xen.extra}`],
    ["xen_caps", XEN_CAPS],
    ["xen_scheduler", xen.scheduler],
    ["xen_pagesize", 4096],
    ["platform_params", "virt_start=0xffff800000000000"],
    ["xen_changeset", ""],
    ["xen_commandline", xen.commandline],
    ["cc_compiler", "x86_64-linux-gnu-gcc (Debian 12.2.0-14+deb12u1) 12.2.0"],
    ["cc_compile_by", "pkg-xen-devel"],
    ["cc_compile_domain", "lists.alioth.debian.org"],
    ["cc_compile_date", "Wed Nov  4 16:52:28 UTC 2026"],
    ["build_id", "151b373fd64b321593bf987fd923cd10dabadac4"],
    ["xend_config_format", 4],
  ];
  return ok(lines.map(([key, value]) => `${key.padEnd(23)}: ${value}\n`).join(""));
};
