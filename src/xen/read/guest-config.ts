/**
 * A guest's configuration as libxl writes it in JSON: by `xl list -l` (live) and `xl create -n FILE` (a file). Sources: libxl_types.idl
 * (Xen 4.17), recordings create-n, healthy. Keys at their default are left out by libxl, so every default here is libxl's own.
 *
 * No secret is kept: of type.hvm.vnc/spice nothing is read, nor is the cmdline; targets go through `redact`.
 */
import type { DiskConfig, GuestConfig, GuestType, NicConfig } from "../model/xen.ts";
import { redact } from "./clean.ts";
import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from "./json-objects.ts";

const guestTypes: readonly GuestType[] = ["pv", "hvm", "pvh"];
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * sed lines that take the values of passwords and command lines out on the host already, for scripts that print libxl's JSON
 * (one key a line). The parser would drop them anyway; this way they don't cross the link either.
 */
export const SECRETS_SED = `sed -e 's/^\\( *"[a-z_]*passwd": \\)".*"\\(,\\{0,1\\}\\)$/\\1"-"\\2/' -e 's/^\\( *"cmdline": \\)".*"\\(,\\{0,1\\}\\)$/\\1"-"\\2/'`;

/** undefined: there is no name in it, so it is no guest's configuration. */
export function guestConfig(value: unknown): GuestConfig | undefined {
  const object = objectOf(value);
  const created = objectOf(object.c_info);
  const name = textOf(created.name);
  if (name === undefined) return undefined;
  const build = objectOf(object.b_info);
  return {
    name,
    uuid: uuid(textOf(created.uuid)),
    type: guestType(created, build),
    vcpus: numberOf(build.max_vcpus) ?? 1,
    max_memory_kib: numberOf(build.max_memkb),
    target_memory_kib: numberOf(build.target_memkb),
    shadow_memory_kib: numberOf(build.shadow_memkb),
    disks: listOf(object.disks).map((disk) => diskConfig(objectOf(disk))),
    nics: listOf(object.nics).map((nic, index) => nicConfig(objectOf(nic), index)),
    pci_devices: listOf(object.pcidevs).map((device) => pciAddress(objectOf(device))),
    usb_devices: listOf(object.usbdevs).length,
    disable_migrate: flagOf(build.disable_migrate) ?? false,
    nested_hvm: flagOf(build.nested_hvm) ?? flagOf(objectOf(build["type.hvm"]).nested_hvm) ?? false,
    vnuma_nodes: listOf(build.vnuma_nodes).length,
    vtpms: listOf(object.vtpms).length,
    p9s: listOf(object.p9s).length,
    pool: safeText(created.pool_name),
    boot_files: bootFiles(build),
    on_poweroff: safeText(object.on_poweroff) ?? "destroy",
    on_reboot: safeText(object.on_reboot) ?? "destroy",
    on_crash: safeText(object.on_crash) ?? "destroy",
  };
}

/** libxl writes booleans as `"True"` and some as 1; undefined: not told. */
function flagOf(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  return typeof value === "string" ? /^(?:true|yes|1)$/i.test(value) : undefined;
}

function safeText(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : redact(text);
}

const uuid = (text: string | undefined): string | undefined => (text !== undefined && UUID.test(text) ? text.toLowerCase() : undefined);

function guestType(created: JsonObject, build: JsonObject): GuestType {
  const told = guestTypes.find((type) => created.type === type);
  return told ?? guestTypes.find((type) => isObject(build[`type.${type}`])) ?? "unknown";
}

function diskConfig(disk: JsonObject): DiskConfig {
  return {
    vdev: safeText(disk.vdev) ?? "?",
    target: safeText(disk.pdev_path),
    format: safeText(disk.format),
    script: baseName(safeText(disk.script)),
    backend: safeText(disk.backend),
    read_write: flagOf(disk.readwrite) ?? false,
    cdrom: flagOf(disk.is_cdrom) ?? false,
  };
}

function nicConfig(nic: JsonObject, index: number): NicConfig {
  return {
    devid: numberOf(nic.devid) ?? index,
    mac: safeText(nic.mac)?.toLowerCase(),
    bridge: safeText(nic.bridge),
    ifname: safeText(nic.ifname),
    script: baseName(safeText(nic.script)),
    mtu: numberOf(nic.mtu),
    model: safeText(nic.model),
  };
}

const baseName = (path: string | undefined): string | undefined => path?.slice(path.lastIndexOf("/") + 1);

/** Domain, bus, device and function are numbers; those that are 0 are left out. */
function pciAddress(device: JsonObject): string {
  const hex = (key: string, digits: number) =>
    Math.trunc(numberOf(device[key]) ?? 0)
      .toString(16)
      .padStart(digits, "0");
  return `${hex("domain", 4)}:${hex("bus", 2)}:${hex("dev", 2)}.${hex("func", 1)}`;
}

/** Up to 4.9 kernel, ramdisk and bootloader lay in type.pv / type.hvm. A bootloader without a slash is looked up in PATH and is no local path. */
function bootFiles(build: JsonObject): string[] {
  const places = [build, ...guestTypes.map((type) => objectOf(build[`type.${type}`]))];
  const keys = ["kernel", "ramdisk", "bootloader", "firmware", "system_firmware", "acpi_firmware", "smbios_firmware", "device_tree"];
  const files = places.flatMap((place) => keys.map((key) => safeText(place[key])));
  return [...new Set(files.filter((file) => file !== undefined).filter((file) => file.startsWith("/")))];
}
