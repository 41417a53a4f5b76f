/** `xenstore-ls -f /local/domain/0/backend/KIND`, and of it what the reading's script keeps. Keys: public/io/blkif.h, netif.h. */
import type { SimDomain, Vbd, Vif } from "../model/guest.ts";
import type { SimHost } from "../model/host.ts";
import type { World } from "../model/world.ts";
import { type Format, ok } from "./answer.ts";
import { diskTarget } from "./guest-config.ts";

type Keys = readonly (readonly [string, string | number | undefined])[];

const isQdisk = (vbd: Vbd): boolean => vbd.disk.format === "qcow2";
const SECTORS_PER_KIB = 2;

/** DRBD's device is a little smaller than the disk that the guest was promised. */
function sizeKib(world: World, { disk }: Vbd): number {
  const { backing } = disk;
  return (backing.kind === "drbd" ? world.drbd.get(backing.resource)?.volumes[backing.volume]?.size_kib : undefined) ?? disk.size_kib;
}

function vbdKeys(world: World, host: SimHost, domain: SimDomain, vbd: Vbd): Keys {
  const { target, script } = diskTarget(world, host, vbd.disk);
  const qdisk = isQdisk(vbd);
  return [
    ["bootable", 1],
    ["dev", vbd.disk.vdev],
    ["device-type", vbd.disk.cdrom ? "cdrom" : "disk"],
    ["discard-alignment", 0],
    ["discard-enable", 1],
    ["discard-granularity", 512],
    ["discard-secure", 0],
    ["feature-barrier", 1],
    ["feature-discard", 1],
    ["feature-flush-cache", 1],
    ["feature-max-indirect-segments", 256],
    ["feature-persistent", 1],
    ["frontend", `/local/domain/${domain.domid}/device/vbd/${vbd.devid}`],
    ["frontend-id", domain.domid],
    ["hotplug-error", vbd.hotplug_error],
    ["hotplug-status", vbd.hotplug_status],
    ["info", vbd.disk.cdrom ? 1 : 0],
    ["max-ring-page-order", 4],
    ["mode", vbd.disk.mode],
    ["multi-queue-max-queues", 1],
    ["online", 1],
    ["params", qdisk ? `${vbd.disk.format}:${target ?? ""}` : (target ?? "")],
    ["physical-device", qdisk ? undefined : vbd.physical_device],
    ["physical-device-path", qdisk ? undefined : vbd.device_path],
    ["physical-sector-size", 512],
    ["removable", vbd.disk.cdrom ? 1 : 0],
    ["script", `/etc/xen/scripts/${script ?? "block"}`],
    ["sector-size", 512],
    ["sectors", sizeKib(world, vbd) * SECTORS_PER_KIB],
    ["specification", "xen"],
    ["state", vbd.state],
    ["type", qdisk ? "qdisk" : "phy"],
  ];
}

function vifKeys(domain: SimDomain, vif: Vif): Keys {
  return [
    ["bridge", vif.nic.bridge],
    ["feature-ctrl-ring", 1],
    ["feature-dynamic-multicast-control", 1],
    ["feature-gso-tcpv4", 1],
    ["feature-gso-tcpv6", 1],
    ["feature-ipv6-csum-offload", 1],
    ["feature-multicast-control", 1],
    ["feature-rx-copy", 1],
    ["feature-rx-flip", 0],
    ["feature-sg", 1],
    ["feature-split-event-channels", 1],
    ["feature-xdp-headroom", 1],
    ["frontend", `/local/domain/${domain.domid}/device/vif/${vif.devid}`],
    ["frontend-id", domain.domid],
    ["handle", vif.devid],
    ["hotplug-error", vif.hotplug_error],
    ["hotplug-status", vif.hotplug_status],
    ["mac", vif.nic.mac],
    ["multi-queue-max-queues", 1],
    ["online", 1],
    ["script", `/etc/xen/scripts/${vif.script}`],
    ["state", vif.state],
    ["type", "vif"],
    ["vifname", vif.nic.vifname],
  ];
}

export const backendKinds = (host: SimHost): readonly string[] => {
  const kinds = new Set(
    host.domains.flatMap((domain) => [
      ...domain.vbds.map((vbd) => (isQdisk(vbd) ? "qdisk" : "vbd")),
      ...(domain.vifs.length > 0 ? ["vif"] : []),
    ]),
  );
  return ["console", ...[...kinds].sort()];
};

/** xenstore-ls -f of one kind. A value's backslashes are doubled, its control characters printed as \xNN. */
export function backendTree(world: World, host: SimHost, kind: string): string {
  const top = `/local/domain/0/backend/${kind}`;
  const lines: string[] = [];
  for (const domain of host.domains) {
    const devices: { devid: number; keys: Keys }[] =
      kind === "vif"
        ? domain.vifs.map((vif) => ({ devid: vif.devid, keys: vifKeys(domain, vif) }))
        : domain.vbds
            .filter((vbd) => isQdisk(vbd) === (kind === "qdisk"))
            .map((vbd) => ({ devid: vbd.devid, keys: vbdKeys(world, host, domain, vbd) }));
    if (devices.length === 0) continue;
    lines.push(`${top}/${domain.domid} = ""`);
    for (const { devid, keys } of devices) {
      lines.push(`${top}/${domain.domid}/${devid} = ""`);
      for (const [key, value] of keys)
        if (value !== undefined) lines.push(`${top}/${domain.domid}/${devid}/${key} = "${escaped(String(value))}"`);
    }
  }
  return lines.map((line) => `${line}\n`).join("");
}

const escaped = (value: string): string =>
  value.replaceAll("\\", "\\\\").replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);

const keptKeys: ReadonlySet<string> = new Set(
  "dev params physical-device physical-device-path script mode state hotplug-status hotplug-error online mac bridge vifname".split(" "),
);

/** What the reading's awk makes of a tree. */
export function keptOf(tree: string): string {
  let text = "";
  let last = "";
  for (const line of tree.split("\n")) {
    const at = line.indexOf(" = ");
    if (at <= 0) continue;
    const part = line.slice(0, at).split("/");
    if (part.length < 8 || part.length > 9) continue;
    const device = part.slice(5, 8).join("/");
    if (device !== last) text += `${device}\n`;
    last = device;
    if (part.length === 9 && keptKeys.has(part[8] ?? "")) text += ` ${part[8]}${line.slice(at)}\n`;
  }
  return text;
}

/** `xenstore-read -p` of every domain's name and vm. */
export const names = (host: SimHost): string =>
  host.domains
    .map(({ domid, name, uuid }) => {
      const named = `/local/domain/${domid}/name: ${name ?? ""}\n`;
      return domid === 0 ? named : `${named}/local/domain/${domid}/vm: /vm/${uuid}\n`;
    })
    .join("");

export const xenstore: Format = (world, host) => {
  const trees = backendKinds(host)
    .filter((kind) => kind !== "console")
    .map((kind) => keptOf(backendTree(world, host, kind)));
  return ok(`${trees.join("")}@@ names\n${names(host)}`);
};
