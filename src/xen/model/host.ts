/** Facts about a dom0 itself. */
export interface HostFacts {
  readonly hostname: string | undefined;
  readonly kernel: string | undefined;
  readonly os: string | undefined;
  /** DMI system vendor and product, e.g. `Dell Inc. PowerEdge R640`. */
  readonly hardware: string | undefined;
  readonly cpu_model: string | undefined;
  readonly cpus: number | undefined;
  readonly load_1min: number | undefined;
  readonly load_5min: number | undefined;
  readonly load_15min: number | undefined;
  readonly memory_total_kib: number | undefined;
  readonly memory_available_kib: number | undefined;
  readonly swap_total_kib: number | undefined;
  readonly swap_free_kib: number | undefined;
  readonly boot_id: string | undefined;
  /** Seconds since boot when it was read. */
  readonly uptime_s: number | undefined;
}

/** One line of a host's log, as far as a time could be read off it. */
export interface LogLine {
  /** Milliseconds of that host's clock; undefined: the line has no time. */
  readonly host_wall_ms: number | undefined;
  readonly source: "kernel" | "xl" | "other";
  /** What it is about: `drbd r0`, `xl web01`, `sd 2:0:0:1`, undefined. */
  readonly subject: string | undefined;
  readonly text: string;
}
