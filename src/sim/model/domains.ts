/** Domains come and go: what Xen, the hotplug scripts and the kernel do and say about it. */

import { addDev } from "./build.ts";
import { demote, promote } from "./drbd/operate.ts";
import type { DrbdResource } from "./drbd/types.ts";
import type { GuestSpec, HostIx, NicSpec, SimDomain, Vbd, Vif } from "./guest.ts";
import { diskNumber } from "./guest.ts";
import { isAlive, type SimHost } from "./host.ts";
import { findDev, OVS_DATAPATH, type OvsPlace, ovsPlace, type SimNetwork } from "./network.ts";
import { emit, kernel, type World } from "./world.ts";

const LVM_MAJOR = "fd";
const DRBD_MAJOR = "93";

/** Where a disk's device is on this host: `major:minor` in hex and its path. */
function deviceOf(world: World, host: SimHost, vbd: Vbd["disk"]): { physical: string; path: string } {
  const { backing } = vbd;
  switch (backing.kind) {
    case "drbd": {
      const minor = world.drbd.get(backing.resource)?.volumes[backing.volume]?.minor ?? 0;
      return { physical: `${DRBD_MAJOR}:${minor.toString(16)}`, path: `/dev/drbd${minor}` };
    }
    case "multipath": {
      const map = host.storage.maps.find(({ wwid }) => wwid === backing.wwid);
      return { physical: `${LVM_MAJOR}:${(map?.dm_minor ?? 0).toString(16)}`, path: `/dev/mapper/${map?.name ?? backing.wwid}` };
    }
    case "lv": {
      const lv = host.storage.lvs.find(({ name, vg }) => name === backing.lv && vg === backing.vg);
      return { physical: `${LVM_MAJOR}:${(lv?.dm_minor ?? 0).toString(16)}`, path: `/dev/${backing.vg}/${backing.lv}` };
    }
    case "nbd":
      return { physical: "2b:0", path: `/dev/${backing.dev}` };
    case "nfs":
      return { physical: "7:0", path: `${backing.mountpoint}/${backing.file}` };
    case "empty":
      return { physical: "", path: "" };
  }
}

function makeVbd(world: World, host: SimHost, disk: Vbd["disk"]): Vbd {
  const device = deviceOf(world, host, disk);
  return {
    devid: diskNumber(disk.vdev),
    disk,
    state: 4,
    hotplug_status: "connected",
    hotplug_error: undefined,
    physical_device: device.physical,
    device_path: device.path,
    reads: 0,
    writes: 0,
    read_sectors: 0,
    written_sectors: 0,
  };
}

/** Attaches the guest's disks: block-drbd promotes. False: a disk can't be had here. */
export function attachDisks(world: World, ix: HostIx, domain: SimDomain, guest: GuestSpec): boolean {
  for (const disk of guest.disks) {
    const resource = disk.backing.kind === "drbd" ? world.drbd.get(disk.backing.resource) : undefined;
    if (resource !== undefined && !promote(world, resource, ix)) return false;
    const vbd = makeVbd(world, world.hosts[ix], disk);
    domain.vbds.push(vbd);
    emit(world, { kind: "xen", host: ix, path: `/local/domain/0/backend/vbd/${domain.domid}/${vbd.devid}/state` });
  }
  return true;
}

/** Where the hotplug script puts a vif; undefined: it finds no such bridge. */
function vifMaster(
  network: SimNetwork,
  bridge: string,
): { readonly master: string; readonly mtu: number; readonly ovs: OvsPlace | undefined } | undefined {
  const ovs = ovsPlace(network, bridge);
  if (ovs !== undefined) return { master: OVS_DATAPATH, mtu: findDev(network, ovs.bridge)?.mtu ?? 1500, ovs };
  const linux = findDev(network, bridge);
  return linux === undefined ? undefined : { master: bridge, mtu: linux.mtu, ovs };
}

function tellPort(world: World, ix: HostIx, device: string, port: string, ifname: string): void {
  kernel(world, ix, `${port} entered blocking state`);
  kernel(world, ix, `${port} entered disabled state`);
  kernel(world, ix, `device ${ifname} entered promiscuous mode`);
  kernel(world, ix, `${device}: Guest Rx ready`);
  kernel(world, ix, `IPv6: ADDRCONF(NETDEV_CHANGE): ${ifname}: link becomes ready`);
  kernel(world, ix, `${port} entered blocking state`);
  kernel(world, ix, `${port} entered forwarding state`);
}

function addVif(world: World, ix: HostIx, domain: SimDomain, devid: number, nic: NicSpec): void {
  const { network } = world.hosts[ix];
  const ifname = nic.vifname ?? `vif${domain.domid}.${devid}`;
  const place = vifMaster(network, nic.bridge);
  const script = nic.bridge.startsWith("ovs") ? "vif-openvswitch" : "vif-bridge";
  domain.vifs.push({
    devid,
    nic,
    ifname,
    script,
    state: place === undefined ? 2 : 4,
    hotplug_status: place === undefined ? "error" : "connected",
    hotplug_error: place === undefined ? `/etc/xen/scripts/${script} failed; error detected.` : undefined,
    tx_bytes: 0,
    rx_bytes: 0,
  });
  const bus = { bus: "xen-backend", dev: `vif-${domain.domid}-${devid}` };
  const dev = addDev(network, { name: ifname, kind: "vif", master: place?.master, bus, mtu: place?.mtu ?? 1500 }, "feffffffffff");
  const device = `vif vif-${domain.domid}-${devid} ${ifname}`;
  if (nic.vifname !== undefined) kernel(world, ix, `${device}: renamed from vif${domain.domid}.${devid}`);
  if (place?.ovs !== undefined) {
    const ids = [
      ["attached-mac", nic.mac],
      ["xen-vm-name", domain.guest?.name ?? ""],
      ["xen-vm-uuid", domain.uuid],
    ] as const;
    const { bridge, tag } = place.ovs;
    network.ovs?.ports.push({ name: ifname, bridge, tag, trunks: [], type: "", mac: dev.mac, external_ids: ids });
    kernel(world, ix, `device ${ifname} entered promiscuous mode`);
    kernel(world, ix, `${device}: Guest Rx ready`);
  } else if (place !== undefined) tellPort(world, ix, device, `${place.master}: port ${dev.port_no}(${ifname})`, ifname);
  emit(world, { kind: "net", host: ix, ifname });
  emit(world, { kind: "xen", host: ix, path: `/local/domain/0/backend/vif/${domain.domid}/${devid}/state` });
}

export function attachNics(world: World, ix: HostIx, domain: SimDomain, guest: GuestSpec): void {
  for (const [devid, nic] of guest.nics.entries()) addVif(world, ix, domain, devid, nic);
}

export interface DomainStart {
  readonly name: string;
  readonly memory_kib: number;
  readonly vcpus: number;
  readonly run: SimDomain["run"];
  readonly has_json: boolean;
}

/** A domain of its own number, without devices yet. */
export function addDomain(world: World, ix: HostIx, guest: GuestSpec, start: DomainStart): SimDomain {
  const host = world.hosts[ix];
  const domain: SimDomain = {
    domid: host.next_domid,
    guest,
    uuid: guest.uuid,
    name: start.name,
    memory_kib: start.memory_kib,
    max_memory_kib: guest.memory_kib,
    vcpus: start.vcpus,
    run: start.run,
    paused: start.run === "paused",
    reason: "-",
    cpu_time_s: 0,
    cpu_now: 0,
    has_json: start.has_json,
    vbds: [],
    vifs: [],
  };
  host.next_domid += 1;
  host.domains.push(domain);
  emit(world, { kind: "xen", host: ix, path: "@introduceDomain" });
  return domain;
}

/** A guest that runs already when the story begins. */
export function placeGuest(world: World, ix: HostIx, guest: GuestSpec): SimDomain {
  const host = world.hosts[ix];
  const domain = addDomain(world, ix, guest, {
    name: guest.name,
    memory_kib: guest.memory_kib,
    vcpus: guest.vcpus,
    run: "blocked",
    has_json: true,
  });
  attachDisks(world, ix, domain, guest);
  attachNics(world, ix, domain, guest);
  const age_s = ((world.scheduler.now_ms - host.booted_ms) / 1000) * 0.9;
  domain.cpu_time_s = age_s * guest.load.cpu;
  xlLog(world, ix, guest.name, `Waiting for domain ${guest.name} (domid ${domain.domid}) to die [pid ${world.random.int(1200, 9000)}]`);
  return domain;
}

/** Lines of one of xl's log files that are kept. */
const XL_LOG_LINES_MAX = 200;

export function xlLog(world: World, ix: HostIx, name: string, line: string): void {
  const path = `/var/log/xen/xl-${name}.log`;
  const { xl_logs } = world.hosts[ix];
  const lines = [...(xl_logs.get(path)?.lines ?? []), line].slice(-XL_LOG_LINES_MAX);
  xl_logs.set(path, { lines, written_ms: world.scheduler.now_ms });
}

/** `xl create`: the domain is there at once, its devices a moment later. */
export function startGuest(world: World, ix: HostIx, guest: GuestSpec): void {
  const host = world.hosts[ix];
  if (!isAlive(host)) return;
  const domain = addDomain(world, ix, guest, {
    name: guest.name,
    memory_kib: guest.memory_kib,
    vcpus: guest.vcpus,
    run: "paused",
    has_json: false,
  });
  world.scheduler.after(900, () => {
    if (!host.domains.includes(domain)) return;
    if (!attachDisks(world, ix, domain, guest)) {
      xlLog(
        world,
        ix,
        guest.name,
        "libxl: error: libxl_device.c:1380:device_hotplug_child_death_cb: script: /etc/xen/scripts/block-drbd failed; error detected.",
      );
      removeDomain(world, ix, domain);
      return;
    }
    world.scheduler.after(1200, () => {
      if (!host.domains.includes(domain)) return;
      attachNics(world, ix, domain, guest);
      Object.assign(domain, { run: "running", paused: false, has_json: true });
      xlLog(world, ix, guest.name, `Waiting for domain ${guest.name} (domid ${domain.domid}) to die [pid ${world.random.int(1200, 9000)}]`);
      emit(world, { kind: "xen", host: ix, path: "@introduceDomain" });
    });
  });
}

function removeVif(world: World, ix: HostIx, { ifname }: Vif): void {
  const { network } = world.hosts[ix];
  const dev = findDev(network, ifname);
  if (dev === undefined) return;
  if (dev.master !== undefined && dev.master !== OVS_DATAPATH) {
    const port = `${dev.master}: port ${dev.port_no}(${ifname})`;
    kernel(world, ix, `${port} entered disabled state`);
    kernel(world, ix, `device ${ifname} left promiscuous mode`);
    kernel(world, ix, `${port} entered disabled state`);
  }
  network.devs = network.devs.filter((each) => each !== dev);
  if (network.ovs !== undefined) network.ovs.ports = network.ovs.ports.filter(({ name }) => name !== ifname);
  emit(world, { kind: "net", host: ix, ifname });
}

/** The domain and everything of it goes. `keep_primary`: another domain still uses the disks. */
export function removeDomain(world: World, ix: HostIx, domain: SimDomain): void {
  const host = world.hosts[ix];
  host.domains = host.domains.filter((each) => each !== domain);
  for (const vif of domain.vifs) removeVif(world, ix, vif);
  const failed = new Set<DrbdResource>();
  for (const vbd of domain.vbds) {
    const { backing } = vbd.disk;
    const resource = backing.kind === "drbd" ? world.drbd.get(backing.resource) : undefined;
    const still_used = host.domains.some((each) =>
      each.vbds.some(({ disk }) => disk.backing.kind === "drbd" && backing.kind === "drbd" && disk.backing.resource === backing.resource),
    );
    if (resource === undefined || still_used) continue;
    if (resource.stays_primary[ix]) failed.add(resource);
    else demote(world, resource, ix);
  }
  for (const resource of failed) resource.stays_primary[ix] = false;
  emit(world, { kind: "xen", host: ix, path: "@releaseDomain" });
}

export function crashDomain(world: World, ix: HostIx, domain: SimDomain): void {
  Object.assign(domain, { run: "shutdown", reason: "c" });
  const name = domain.guest?.name ?? domain.name ?? "";
  xlLog(world, ix, name, `Domain ${domain.domid} has shut down, reason code 3 0x3`);
  xlLog(world, ix, name, `Action for shutdown reason code 3 is ${domain.guest?.on_crash ?? "destroy"}`);
  xlLog(world, ix, name, "Done. Exiting now");
  emit(world, { kind: "xen", host: ix, path: "@releaseDomain" });
}
