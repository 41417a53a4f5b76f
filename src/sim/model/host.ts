/** A dom0: the machine, what runs on it and what its kernel said. */
import type { GuestSpec, HostIx, SimDomain } from "./guest.ts";
import type { SimNetwork } from "./network.ts";
import type { SimPlans } from "./plans.ts";
import type { SimStorage } from "./storage.ts";

export interface Hardware {
  readonly vendor: string;
  readonly product: string;
  readonly cpu_vendor: string;
  readonly cpu_model: string;
  readonly nr_cpus: number;
  readonly nr_nodes: number;
  readonly cores_per_socket: number;
  readonly threads_per_core: number;
  readonly cpu_mhz: number;
  readonly hw_caps: string;
  readonly virt_caps: string;
  readonly memory_mib: number;
}

export interface KernelLine {
  /** Seconds since boot, with microseconds. */
  readonly uptime_s: number;
  /** That host's clock. */
  readonly wall_ms: number;
  readonly text: string;
}
/** Lines a host's kernel log keeps, as a ring buffer does. */
export const KERNEL_LINES_MAX = 3000;

/** A file under /etc/xen. */
export interface ConfigFileSpec {
  readonly path: string;
  /** As this host's file says: may differ from the peer's. */
  readonly guest: GuestSpec | undefined;
  /** What `xl create -n` says on stderr where the file can't be read. */
  readonly error: string | undefined;
}

export interface SimHost {
  readonly ix: HostIx;
  readonly name: string;
  readonly hardware: Hardware;
  readonly kernel: string;
  readonly kernel_version: string;
  readonly os: string;
  readonly xen: {
    readonly major: number;
    readonly minor: number;
    readonly extra: string;
    readonly scheduler: string;
    readonly commandline: string;
  };
  readonly dom0_memory_mib: number;
  readonly dom0_vcpus: number;
  readonly machine_id: string;
  power: "on" | "off";
  /** Switched on, and not up yet. */
  booting: boolean;
  /** Its BMC: dead with the power supply, or deaf to orders. */
  bmc: "works" | "dead" | "stuck";
  /** Hung: nothing runs, nothing answers, the power is on. */
  frozen: boolean;
  /** The console's way to it. */
  console_link: boolean;
  skew_ms: number;
  booted_ms: number;
  boot_id: string;
  /** Load average that dom0 would show without faults. */
  load: number;
  /** Memory that something outside of the guests took (a fault). */
  memory_taken_mib: number;
  domains: SimDomain[];
  next_domid: number;
  configs: ConfigFileSpec[];
  auto: { readonly name: string; readonly target: string | undefined }[];
  network: SimNetwork;
  storage: SimStorage;
  kernel_log: KernelLine[];
  /** Files of /var/log/xen. */
  xl_logs: Map<string, { readonly lines: readonly string[]; readonly written_ms: number }>;
  /** Domids whose xl process was killed. */
  unwatched: Set<number>;
  /** What makes its network at boot. */
  net_manager: "ifupdown" | "netplan" | "networkd" | "nm" | "ifcfg" | "xensource" | "";
  /** Folders that something can be mounted on. */
  folders: Set<string>;
  /** Local paths that guests need and that aren't there. */
  missing_paths: Set<string>;
  /** Files that were written, by path; see files.ts. */
  readonly files: Map<string, string>;
  /** What is kept of plans over a boot, by name. */
  readonly kept: Map<string, string>;
  /** What plans left here; a new one with every boot. */
  plans: SimPlans;
  /** Readings whose command hangs (D state). */
  hung: Set<string>;
  /** Answers put in place of what the model would print: for hostile and broken output. */
  overrides: Map<string, (stdout: string) => { readonly rc: number; readonly stdout: string }>;
}

export const isAlive = (host: SimHost): boolean => host.power === "on" && !host.frozen;

/** What the hypervisor keeps for itself, and for each guest. */
const XEN_OWN_MIB = 19;
const XEN_PER_GUEST_MIB = 2;

export const freeMemoryMib = (host: SimHost): number => {
  const own_mib = XEN_OWN_MIB + XEN_PER_GUEST_MIB * (host.domains.length - 1);
  const used_kib = host.domains.reduce((sum, domain) => sum + domain.memory_kib, 0);
  return Math.max(0, Math.floor(host.hardware.memory_mib - used_kib / 1024 - host.memory_taken_mib - own_mib));
};

export const domainOf = (host: SimHost, name: string): SimDomain | undefined => host.domains.find((domain) => domain.name === name);
