/** How much of Xen's free memory a guest needs to start (2-domain, preflight 3; libxl_mem.c:457 and libxl_utils.c, Xen 4.17). */
import type { GuestConfig, XenInfo } from "../../xen/model/xen.ts";

const KIB_PER_MIB = 1024;
/** Memory is handed out in pages of this size. */
const CHUNK_MIB = 2;

/**
 * target + shadow + 1 MiB (PV) or 2 MiB (others), rounded up to 2 MiB. Shadow, where it isn't set: 4 KiB times (256 per VCPU, plus one per MiB
 * of maximum memory for guests that aren't PV, plus another one where the CPU has no HAP). undefined: the configuration names no memory.
 */
export function memoryNeededMib(config: GuestConfig, xen: XenInfo | undefined): number | undefined {
  const target_kib = config.target_memory_kib ?? config.max_memory_kib;
  if (target_kib === undefined) return undefined;
  const pv = config.type === "pv";
  const max_mib = Math.ceil((config.max_memory_kib ?? target_kib) / KIB_PER_MIB);
  const no_hap = !pv && xen !== undefined && !xen.virt_caps.includes("hap");
  const shadow_kib = config.shadow_memory_kib ?? 4 * (256 * config.vcpus + (Number(!pv) + Number(no_hap)) * max_mib);
  const total_kib = target_kib + shadow_kib + (pv ? 1 : 2) * KIB_PER_MIB;
  return Math.ceil(total_kib / (CHUNK_MIB * KIB_PER_MIB)) * CHUNK_MIB;
}

/** xl makes dom0 smaller for a new guest unless dom0's memory is fixed on Xen's command line (xl.conf(5), autoballoon="auto"). */
export const dom0Fixed = (xen: XenInfo | undefined): boolean | undefined =>
  xen?.xen_commandline === undefined ? undefined : /(?:^|\s)dom0_mem=/.test(xen.xen_commandline);
