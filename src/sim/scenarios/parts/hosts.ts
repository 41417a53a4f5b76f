/** The machines of the demo: two equal servers, as the product asks for. */
import type { HostSpec } from "../../model/build.ts";
import type { Hardware } from "../../model/host.ts";

export const serverHardware: Hardware = {
  vendor: "Dell Inc.",
  product: "PowerEdge R650",
  cpu_vendor: "GenuineIntel",
  cpu_model: "Intel(R) Xeon(R) Gold 6334 CPU @ 3.60GHz",
  nr_cpus: 32,
  nr_nodes: 2,
  cores_per_socket: 8,
  threads_per_core: 2,
  cpu_mhz: 3600.012,
  hw_caps: "bfebfbff:77fef3ff:2c100800:00000121:0000000f:f3bfb7ef:00405f5e:00000100",
  virt_caps: "pv hvm hvm_directio pv_directio hap shadow iommu_hap_pt_share vmtrace gnttab-v1 gnttab-v2",
  memory_mib: 98_274,
};

export const serverHost = (name: string, uptime_s: number, overrides: Partial<HostSpec> = {}): HostSpec => ({
  name,
  hardware: serverHardware,
  dom0_memory_mib: 6144,
  dom0_vcpus: 8,
  kernel: "6.1.0-56-amd64",
  kernel_version: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)",
  os: "Debian GNU/Linux 12 (bookworm)",
  xen: {
    major: 4,
    minor: 17,
    extra: ".7",
    scheduler: "credit2",
    commandline: "placeholder dom0_mem=6144M,max:6144M dom0_max_vcpus=8 ",
  },
  uptime_s,
  load: 0.6,
  ...overrides,
});

export const DAY_S = 86_400;
