/** What a guest's disk lies on, as far as its configuration says (xl-disk-configuration(5), recordings create-n). */
import type { DiskConfig } from "../../xen/model/xen.ts";

export type DiskSource =
  | { readonly type: "empty" }
  | { readonly type: "drbd"; readonly resource: string; readonly volume: number }
  | { readonly type: "drbd_minor"; readonly minor: number }
  /** Attached by a hotplug script or by QEMU itself: no device of dom0's before the guest starts. */
  | { readonly type: "nbd_server"; readonly server: string }
  | { readonly type: "iscsi_target"; readonly target: string }
  /** A block device of dom0's, under /dev. */
  | { readonly type: "device"; readonly path: string }
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "other"; readonly text: string };

const drbd = (name: string): DiskSource | undefined => {
  const found = /^\/?([^/]+)(?:\/(\d{1,5}))?$/.exec(name);
  return found?.[1] === undefined ? undefined : { type: "drbd", resource: found[1], volume: Number(found[2] ?? 0) };
};

function byScript(script: string, target: string): DiskSource | undefined {
  if (script.startsWith("block-drbd")) return drbd(target);
  if (script.startsWith("block-nbd") || script.startsWith("block-enbd")) return { type: "nbd_server", server: target.replace(/^\//, "") };
  if (!script.startsWith("block-iscsi")) return undefined;
  return { type: "iscsi_target", target: /(?:^|,)iqn=([^,]+)/.exec(target)?.[1] ?? target };
}

export function diskSource({ target, format, script, backend }: DiskConfig): DiskSource {
  if (target === undefined || format === "empty") return { type: "empty" };
  const scripted = script === undefined ? undefined : byScript(script, target);
  if (scripted !== undefined) return scripted;
  if (target.startsWith("drbd:")) return drbd(target.slice(5)) ?? { type: "other", text: target };
  if (/^nbd:/.test(target)) return { type: "nbd_server", server: target.replace(/^nbd:(?:\/\/)?/, "") };
  if (/^[a-z][a-z0-9+]*:/.test(target)) return { type: "other", text: target };
  // A relative phy: target is looked up in /dev (libxl_device.c).
  const path = target.startsWith("/") ? target : backend === undefined ? `/dev/${target}` : target;
  if (!path.startsWith("/")) return { type: "other", text: target };
  return path.startsWith("/dev/") ? device(path) : { type: "file", path };
}

function device(path: string): DiskSource {
  const minor = /^\/dev\/drbd(\d{1,7})$/.exec(path)?.[1];
  if (minor !== undefined) return { type: "drbd_minor", minor: Number(minor) };
  const resource = /^\/dev\/drbd\/by-res\/(.+)$/.exec(path)?.[1];
  return (resource === undefined ? undefined : drbd(resource)) ?? { type: "device", path };
}

/** The WWID in a path under /dev/disk/by-id or /dev/mapper, as multipath writes it (page 0x83, type 3). */
export function wwidOfPath(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/-part\d+$/, "");
  const wwn = /^wwn-0x([0-9a-f]{16,32})$/i.exec(name)?.[1];
  return wwn === undefined ? /^(?:dm-uuid-mpath-|scsi-)?(3[0-9a-f]{16,32})$/i.exec(name)?.[1]?.toLowerCase() : `3${wwn.toLowerCase()}`;
}
