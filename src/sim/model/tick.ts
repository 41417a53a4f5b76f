/** What simply goes on while time passes: guests burn CPU and write, disks fill, resyncs advance. */
import { tickConnect } from "./drbd/connect.ts";
import { write } from "./drbd/operate.ts";
import { tickSync } from "./drbd/sync.ts";
import type { HostIx, SimDomain, Vbd } from "./guest.ts";
import { hostIndexes } from "./guest.ts";
import { isAlive, type SimHost } from "./host.ts";
import { tickStorage } from "./storage-tick.ts";
import type { World } from "./world.ts";

export const TICK_MS = 250;
/** A guest's typical request, KiB. */
const REQUEST_KIB = 16;
const SECTORS_PER_KIB = 2;
/** How often a write opens a new extent of DRBD's activity log. */
const AL_WRITE_CHANCE = 0.02;

function diskIo(world: World, ix: HostIx, domain: SimDomain, vbd: Vbd, dt_s: number): void {
  const load = domain.guest?.load;
  if (load === undefined || vbd.disk.mode === "r") return;
  const share = 1 / Math.max(1, domain.vbds.length);
  const wobble = world.random.between(0.4, 1.6);
  const written = Math.floor((load.write_kib_s * share * dt_s * wobble) / 4 + world.random.next()) * 4;
  const read = Math.floor((load.read_kib_s * share * dt_s * wobble) / 4 + world.random.next()) * 4;
  vbd.writes += Math.ceil(written / REQUEST_KIB);
  vbd.reads += Math.ceil(read / REQUEST_KIB);
  vbd.written_sectors += written * SECTORS_PER_KIB;
  vbd.read_sectors += read * SECTORS_PER_KIB;
  const { backing } = vbd.disk;
  if (backing.kind !== "drbd") return;
  const resource = world.drbd.get(backing.resource);
  const state = resource?.nodes[ix].volumes[backing.volume];
  if (resource === undefined || state === undefined) return;
  state.read_kib += read;
  if (written > 0 && world.random.next() < AL_WRITE_CHANCE) state.al_writes += 1;
  if (written > 0) write(world, resource, ix, backing.volume, written);
}

function tickDomain(world: World, host: SimHost, domain: SimDomain, dt_s: number): void {
  const load = domain.guest?.load.cpu ?? host.load * 0.12;
  const active = domain.run === "running" || domain.run === "blocked" || domain.run === "runnable";
  domain.cpu_now = active ? Math.min(domain.vcpus, load * world.random.between(0.6, 1.4)) : 0;
  domain.cpu_time_s += domain.cpu_now * dt_s;
  if (!active) return;
  if (domain.domid !== 0)
    domain.run = world.random.next() < Math.min(0.95, domain.cpu_now / Math.max(1, domain.vcpus)) ? "running" : "blocked";
  for (const vbd of domain.vbds) diskIo(world, host.ix, domain, vbd, dt_s);
  for (const vif of domain.vifs) {
    vif.tx_bytes += Math.floor((domain.guest?.load.net_kib_s ?? 0) * 1024 * dt_s * world.random.between(0.3, 1.7));
    vif.rx_bytes += Math.floor((domain.guest?.load.net_kib_s ?? 0) * 512 * dt_s * world.random.between(0.3, 1.7));
  }
}

/** One step of TICK_MS. */
export function tick(world: World): void {
  const dt_s = TICK_MS / 1000;
  for (const ix of hostIndexes) {
    const host = world.hosts[ix];
    if (!isAlive(host)) continue;
    for (const domain of host.domains) tickDomain(world, host, domain, dt_s);
    tickStorage(world, ix, dt_s);
  }
  tickConnect(world);
  tickSync(world, TICK_MS);
}

/** Keeps ticking for ever. */
export function startTicking(world: World): void {
  const again = (): void => {
    tick(world);
    world.scheduler.after(TICK_MS, again);
  };
  world.scheduler.after(TICK_MS, again);
}
