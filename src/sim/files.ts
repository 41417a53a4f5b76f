/**
 * The few files of a simulated dom0 that plans read and write: guests' configurations, links in /etc/xen/auto, what is kept under /var/lib/xenha.
 * A configuration's text is made of its guest; a text that was written means the guest whose text it is, or a file that xl can't read.
 */

import { diskTarget } from "./format/guest-config.ts";
import type { GuestSpec } from "./model/guest.ts";
import type { SimHost } from "./model/host.ts";
import type { World } from "./model/world.ts";

const AUTO = "/etc/xen/auto/";
export const KEPT = "/var/lib/xenha/kept/";

const quoted = (text: string): string => `"${text}"`;

/** As an admin would have written it. */
export function configFileText(world: World, host: SimHost, guest: GuestSpec): string {
  const disks = guest.disks.map((disk) => {
    const { target, script } = diskTarget(world, host, disk);
    const from =
      script === "block-drbd" ? `drbd:${target}` : `format=${disk.format},vdev=${disk.vdev},access=${disk.mode},target=${target ?? ""}`;
    return quoted(script === "block-drbd" ? `${from},${disk.vdev},${disk.mode}` : from);
  });
  const vifs = guest.nics.map(({ mac, bridge, vifname }) =>
    quoted([`mac=${mac}`, `bridge=${bridge}`, ...(vifname === undefined ? [] : [`vifname=${vifname}`])].join(",")),
  );
  return [
    `# ${guest.name}`,
    `name = ${quoted(guest.name)}`,
    `uuid = ${quoted(guest.uuid)}`,
    `type = ${quoted(guest.type)}`,
    `memory = ${guest.memory_kib / 1024}`,
    `vcpus = ${guest.vcpus}`,
    ...(guest.kernel === undefined ? [] : [`kernel = ${quoted(guest.kernel)}`]),
    `disk = [ ${disks.join(", ")} ]`,
    `vif = [ ${vifs.join(", ")} ]`,
    `on_reboot = ${quoted(guest.on_reboot)}`,
    ...(guest.vnc_password === undefined ? [] : [`vncpasswd = ${quoted(guest.vnc_password)}`]),
    "",
  ].join("\n");
}

/** undefined: there is no such file. */
export function readFile(world: World, host: SimHost, path: string): string | undefined {
  const written = host.files.get(path);
  if (written !== undefined) return written;
  if (path.startsWith(KEPT)) {
    const line = host.kept.get(path.slice(KEPT.length));
    return line === undefined ? undefined : `${line}\n`;
  }
  const config = host.configs.find((file) => file.path === path);
  if (config !== undefined) return config.guest === undefined ? "not a configuration\n" : configFileText(world, host, config.guest);
  const entry = path.startsWith(AUTO) ? host.auto.find(({ name }) => name === path.slice(AUTO.length)) : undefined;
  return entry?.target === undefined ? undefined : readFile(world, host, entry.target);
}

/** The guest that a text means: guests are what their texts say, on whatever host. */
export function guestOf(world: World, text: string): GuestSpec | undefined {
  for (const host of world.hosts)
    for (const { guest } of host.configs) if (guest !== undefined && configFileText(world, host, guest) === text) return guest;
  return undefined;
}

export function writeFile(world: World, host: SimHost, path: string, text: string): void {
  if (path.startsWith(KEPT)) {
    host.kept.set(path.slice(KEPT.length), text.replace(/\n$/, ""));
    return;
  }
  host.files.set(path, text);
  if (!/^\/etc\/xen\/[^/]+\.cfg$/.test(path)) return;
  const guest = guestOf(world, text);
  const error = guest === undefined ? "config parsing error near `': syntax error" : undefined;
  host.configs = [...host.configs.filter((file) => file.path !== path), { path, guest, error }];
}

export function removeFile(host: SimHost, path: string): boolean {
  if (path.startsWith(KEPT)) return host.kept.delete(path.slice(KEPT.length));
  const before = host.configs.length + host.auto.length + host.files.size;
  host.files.delete(path);
  host.configs = host.configs.filter((file) => file.path !== path);
  if (path.startsWith(AUTO)) host.auto = host.auto.filter(({ name }) => name !== path.slice(AUTO.length));
  return host.configs.length + host.auto.length + host.files.size < before;
}

export function linkFile(host: SimHost, target: string, path: string): boolean {
  if (!path.startsWith(AUTO) || host.auto.some(({ name }) => name === path.slice(AUTO.length))) return false;
  host.auto = [...host.auto, { name: path.slice(AUTO.length), target }].sort((a, b) => (a.name < b.name ? -1 : 1));
  return true;
}
