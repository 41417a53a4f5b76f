/** What a live stream can't carry, or not for certain (2-domain, preflight 13). */
import type { GuestConfig } from "../../xen/model/xen.ts";
import { type Judgement, judged } from "./judgement.ts";

export type Devices = Pick<GuestConfig, "pci_devices" | "usb_devices" | "disable_migrate" | "vnuma_nodes" | "nested_hvm" | "vtpms" | "p9s">;

function cannotMove({ pci_devices, usb_devices, disable_migrate, vnuma_nodes }: Devices): string | undefined {
  if (pci_devices.length > 0) return `it has ${pci_devices.join(", ")} passed through`;
  if (usb_devices > 0) return `it has ${usb_devices} USB devices passed through`;
  if (disable_migrate) return "its configuration forbids to migrate it (nomigrate)";
  return vnuma_nodes > 0 ? "it has virtual NUMA nodes" : undefined;
}

export function devicesMove(live: Devices): Judgement {
  const no = cannotMove(live);
  if (no !== undefined) return judged("fail", no);
  const doubt = [
    live.nested_hvm ? "nested virtualisation" : "",
    live.vtpms > 0 ? "a virtual TPM" : "",
    live.p9s > 0 ? "a 9pfs share" : "",
  ].filter((text) => text !== "");
  return doubt.length > 0 ? judged("warn", `it has ${doubt.join(", ")}: seldom moved alive`) : judged("pass", "nothing passed through");
}
