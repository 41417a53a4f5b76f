/** What differs between two hosts' configurations of one guest: it would come up as another machine. */
import type { HostId, Pair } from "../../xen/model/ids.ts";
import type { DiskConfig, GuestConfig, NicConfig } from "../../xen/model/xen.ts";
import { perFacts } from "./memo.ts";

type Told = string | number | boolean | undefined;
interface Sided {
  readonly host: HostId;
  readonly config: GuestConfig;
}

const told = (value: Told): string =>
  value === undefined || value === "" ? "none" : typeof value === "boolean" ? (value ? "on" : "off") : String(value);
const mib = (kib: number | undefined): string | undefined => (kib === undefined ? undefined : `${Math.round(kib / 1024)} MiB`);

const disk = ({ target, script, read_write, backend }: DiskConfig): string =>
  [`${script === undefined ? "" : `${script}:`}${target ?? "empty"}`, read_write ? "" : "read-only", backend ?? ""]
    .filter(Boolean)
    .join(" ");
const nic = ({ bridge, mac, mtu, script }: NicConfig): string =>
  [`bridge ${bridge ?? "none"}`, mac ?? "", mtu === undefined ? "" : `mtu ${mtu}`, script?.startsWith("vif-bridge") ? "" : (script ?? "")]
    .filter(Boolean)
    .join(" ");

/** Things of a guest by a name of their own; a missing one is told as `none`. */
const entries = perFacts(
  (config: GuestConfig): ReadonlyMap<string, Told> =>
    new Map<string, Told>([
      ["UUID", config.uuid],
      ["type", config.type],
      ["VCPUs", config.vcpus],
      ["memory", mib(config.target_memory_kib)],
      ["maximum memory", mib(config.max_memory_kib)],
      ["shadow memory", mib(config.shadow_memory_kib)],
      ["CPU pool", config.pool],
      ["passthrough", config.pci_devices.join(" ")],
      ["USB devices", config.usb_devices],
      ["migration disabled", config.disable_migrate],
      ["nested HVM", config.nested_hvm],
      ["boot files", config.boot_files.join(" ")],
      ["on_poweroff", config.on_poweroff],
      ["on_reboot", config.on_reboot],
      ["on_crash", config.on_crash],
      ...config.disks.map((one): [string, Told] => [`disk ${one.vdev}`, disk(one)]),
      ...config.nics.map((one): [string, Told] => [`nic ${one.devid}`, nic(one)]),
    ]),
);

/** One phrase each: `memory 112 MiB on alpha, 160 MiB on beta`. Empty: the same machine. */
export function configDrift([a, b]: Pair<Sided>): string[] {
  const [first, second] = [entries(a.config), entries(b.config)];
  const names = [...new Set([...first.keys(), ...second.keys()])];
  return names.flatMap((name) => {
    const values = [first.get(name), second.get(name)] as const;
    return told(values[0]) === told(values[1]) ? [] : [`${name} ${told(values[0])} on ${a.host}, ${told(values[1])} on ${b.host}`];
  });
}
