/** A host's power, its freezing and its links. */
import { tickConnect, watchLink } from "./drbd/connect.ts";
import { bringUp, hostDied } from "./drbd/operate.ts";
import { type HostIx, hostIndexes, other } from "./guest.ts";
import { isAlive } from "./host.ts";
import { emptyPlans } from "./plans.ts";
import { emit, kernel, type World } from "./world.ts";

/** Everyone who was connected begins to miss the peer. */
export function linkLost(world: World): void {
  for (const resource of world.drbd.values()) for (const ix of hostIndexes) if (isAlive(world.hosts[ix])) watchLink(world, resource, ix);
}

/** Power off, at once: no shutdown, nothing written. */
export function cutPower(world: World, ix: HostIx): void {
  const host = world.hosts[ix];
  host.booting = false;
  if (host.power === "off") return;
  host.power = "off";
  host.frozen = false;
  host.plans = emptyPlans();
  for (const resource of world.drbd.values()) hostDied(resource, ix);
  host.domains = host.domains.filter((domain) => domain.domid === 0);
  host.network.devs = host.network.devs.filter((dev) => dev.kind !== "vif");
  emit(world, { kind: "host", host: ix });
  linkLost(world);
}

/** Until sshd answers. */
const BOOT_MS = 40_000;

/** Power on: it boots, DRBD comes up, guests do not start by themselves unless /etc/xen/auto says so. */
export function powerOn(world: World, ix: HostIx, then?: () => void): void {
  const host = world.hosts[ix];
  if (host.power === "on" || host.booting) return;
  host.booting = true;
  world.scheduler.after(BOOT_MS, () => {
    // It lost its power again meanwhile.
    if (!host.booting) return;
    host.booting = false;
    host.power = "on";
    host.booted_ms = world.scheduler.now_ms - 31_000;
    host.boot_id = `${host.boot_id.slice(0, 24)}${world.random.hex(12).toLowerCase()}`;
    host.kernel_log = [];
    host.next_domid = 1;
    const dom0 = host.domains[0];
    if (dom0 !== undefined) Object.assign(dom0, { cpu_time_s: 19.4, run: "running" });
    kernel(world, ix, `Linux version ${host.kernel} (debian-kernel@lists.debian.org) ${host.kernel_version}`);
    kernel(world, ix, "drbd: initialized. Version: 8.4.11 (api:1/proto:86-101)");
    emit(world, { kind: "host", host: ix });
    for (const resource of world.drbd.values()) bringUp(world, resource, ix);
    world.scheduler.after(3_000, () => then?.());
  });
}

export function freeze(world: World, ix: HostIx): void {
  world.hosts[ix].frozen = true;
  emit(world, { kind: "host", host: ix });
  linkLost(world);
}

/** It goes on where it stood. Its own connections notice the silence only now. */
export function thaw(world: World, ix: HostIx): void {
  const host = world.hosts[ix];
  if (!host.frozen) return;
  host.frozen = false;
  emit(world, { kind: "host", host: ix });
  for (const resource of world.drbd.values()) if (resource.nodes[other(ix)].connection !== "Connected") watchLink(world, resource, ix);
  tickConnect(world);
}

export function setReplicationLink(world: World, up: boolean): void {
  if (world.replication_link === up) return;
  world.replication_link = up;
  for (const ix of hostIndexes) setStorageCarrier(world, ix, up);
  if (!up) linkLost(world);
}

/** The interface that replication runs over: the one that has the resources' address. */
function setStorageCarrier(world: World, ix: HostIx, up: boolean): void {
  const host = world.hosts[ix];
  const address = [...world.drbd.values()][0]?.addresses[ix];
  const dev = host.network.devs.find(({ addresses }) => addresses.some((each) => each.address === address));
  if (dev !== undefined) setCarrier(world, ix, dev.name, up);
}

export function setCarrier(world: World, ix: HostIx, name: string, up: boolean): void {
  const { network } = world.hosts[ix];
  const dev = network.devs.find((each) => each.name === name);
  if (dev === undefined || dev.carrier === up) return;
  dev.carrier = up;
  const below = dev.kind === "bond" ? network.devs.filter((slave) => slave.master === name) : [];
  for (const slave of below) slave.carrier = up;
  kernel(
    world,
    ix,
    `${dev.bus?.bus === "virtio" ? "virtio_net virtio1" : "ixgbe 0000:3b:00.0"} ${name}: NIC Link is ${up ? "Up 10 Gbps, Flow Control: RX/TX" : "Down"}`,
  );
  emit(world, { kind: "net", host: ix, ifname: name });
}

export function setConsoleLink(world: World, ix: HostIx, up: boolean): void {
  world.hosts[ix].console_link = up;
  emit(world, { kind: "host", host: ix });
}
