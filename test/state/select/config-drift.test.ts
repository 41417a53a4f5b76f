import { describe, expect, it } from "vitest";
import { configDrift } from "../../../src/state/select/config-drift.ts";
import type { GuestConfig } from "../../../src/xen/model/xen.ts";
import { guestConfig } from "../../../src/xen/read/guest-config.ts";
import { recording } from "../../helpers.ts";
import { ALPHA, BETA } from "../pair-from-recordings.ts";

function config(): GuestConfig {
  const made = guestConfig(JSON.parse(recording("create-n/debian12/xl-4.17.7-create-n-hvm1.json").stdout));
  if (made === undefined) throw new Error("no config");
  return made;
}
const drift = (over: Partial<GuestConfig>) =>
  configDrift([
    { host: ALPHA, config: config() },
    { host: BETA, config: { ...config(), ...over } },
  ]);

describe("drift between two configurations", () => {
  it("is none between equals, whatever the order of disks", () => {
    expect(drift({})).toEqual([]);
    expect(drift({ disks: config().disks.toReversed() })).toEqual([]);
  });

  it("is told thing by thing", () => {
    expect(drift({ target_memory_kib: 4_194_304, vcpus: 2 })).toEqual([
      "VCPUs 4 on alpha, 2 on beta",
      "memory 2048 MiB on alpha, 4096 MiB on beta",
    ]);
    expect(drift({ disks: config().disks.slice(1) })).toEqual(["disk xvda block-drbd:mail01-disk on alpha, none on beta"]);
    expect(drift({ nics: config().nics.map((nic) => (nic.devid === 1 ? { ...nic, bridge: "br9" } : nic)) })).toEqual([
      "nic 1 bridge priv0 00:16:3e:11:22:34 on alpha, bridge br9 00:16:3e:11:22:34 on beta",
    ]);
    expect(drift({ uuid: undefined, pci_devices: ["0000:03:00.0"] })).toEqual([
      "UUID 0b6e2d4e-7b1c-4f5a-9c1e-2f4b7a9d1c11 on alpha, none on beta",
      "passthrough none on alpha, 0000:03:00.0 on beta",
    ]);
  });
});
