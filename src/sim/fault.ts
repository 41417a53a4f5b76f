/** Everything that can go wrong with the pair, and its mending: what scenarios, drills and tests ask for. */

import { createNetworkFaults, type NetworkFaults } from "./fault-network.ts";
import { createStorageFaults, type StorageFaults } from "./fault-storage.ts";
import { crashDomain, placeGuest, removeDomain, startGuest } from "./model/domains.ts";
import { connect } from "./model/drbd/connect.ts";
import {
  attach,
  detach,
  disconnect,
  invalidate,
  outdate,
  promote,
  resyncVolume,
  setPaused,
  setSuspended,
  verify,
  write,
} from "./model/drbd/operate.ts";
import type { DrbdResource } from "./model/drbd/types.ts";
import { type HostIx, hostIndexes, other } from "./model/guest.ts";
import { domainOf, type SimHost } from "./model/host.ts";
import { killSender, migrate } from "./model/migrate.ts";
import { cutPower, freeze, powerOn, setConsoleLink, setReplicationLink, thaw } from "./model/power.ts";
import type { Migration, World } from "./model/world.ts";

/** A host by its name. */
export type HostName = string;

export interface Faults extends NetworkFaults, StorageFaults {
  hostDead(host: HostName): void;
  hostBack(host: HostName): void;
  hostFrozen(host: HostName): void;
  hostThawed(host: HostName): void;
  consoleLinkCut(host: HostName): void;
  consoleLinkBack(host: HostName): void;
  replicationLinkCut(): void;
  replicationLinkBack(): void;
  /** A resync of `kib` (or everything) from `source`. */
  resync(resource: string, source: HostName, kib?: number): void;
  stall(resource: string, on: boolean): void;
  pauseSync(resource: string, host: HostName, on: boolean): void;
  disconnect(resource: string, host: HostName): void;
  connect(resource: string, host: HostName, discard_my_data?: boolean): void;
  /** Both sides written while apart, then connected: StandAlone on both. */
  splitBrain(resource: string): void;
  /** block-drbd can't let go of it there, the next time that its guest goes. */
  staysPrimary(resource: string, host: HostName): void;
  detach(resource: string, host: HostName): void;
  attach(resource: string, host: HostName): void;
  outdate(resource: string, host: HostName): void;
  suspend(resource: string, host: HostName, why: "no" | "fencing" | "quorum" | "no-data" | "user"): void;
  verify(resource: string, host: HostName, wrong_kib: number): void;
  migrate(guest: string, stuck_at?: Migration["stuck_at"]): void;
  /** The xl that moves it is killed at the source. */
  migrationKilled(guest: string): void;
  /** The command of this reading hangs until it is let go. */
  hang(host: HostName, reading: string): void;
  release(host: HostName, reading: string): void;
  guestCrash(guest: string): void;
  /** Also started on the other host. */
  guestDoubled(guest: string): void;
  guestStart(guest: string, host: HostName): void;
  guestStop(guest: string): void;
  guestPaused(guest: string, on: boolean): void;
  clockSkew(host: HostName, ms: number): void;
  /** Memory that guests can't have any more. */
  memoryShort(host: HostName, mib: number): void;
  configMissing(guest: string, host: HostName): void;
  /** A local path that guests need (a kernel, a script, an image) is gone. */
  pathMissing(host: HostName, path: string): void;
  /** The host's copy of the file says something else. */
  configDrift(guest: string, host: HostName): void;
}

const hostNamed = (world: World, name: HostName): SimHost => {
  const host = world.hosts.find((each) => each.name === name);
  if (host === undefined) throw new Error(`there is no host ${name} in this scenario`);
  return host;
};

const resourceNamed = (world: World, name: string): DrbdResource => {
  const resource = world.drbd.get(name);
  if (resource === undefined) throw new Error(`there is no resource ${name} in this scenario`);
  return resource;
};

/** The host that a guest runs on. */
function whereIs(world: World, guest: string): HostIx | undefined {
  return hostIndexes.find((ix) => domainOf(world.hosts[ix], guest) !== undefined);
}

/** KiB that each side writes alone before a split brain. */
const APART_KIB = 256;

function splitBrain(world: World, resource: DrbdResource): void {
  disconnect(world, resource, 0);
  world.scheduler.after(600, () => disconnect(world, resource, 1));
  world.scheduler.after(1_500, () => {
    for (const ix of hostIndexes) {
      promote(world, resource, ix);
      for (const [volume] of resource.volumes.entries()) write(world, resource, ix, volume, APART_KIB);
    }
    world.scheduler.after(1_500, () => {
      for (const ix of hostIndexes) connect(world, resource, ix);
    });
  });
}

type DrbdFaults = Pick<
  Faults,
  | "resync"
  | "stall"
  | "pauseSync"
  | "disconnect"
  | "connect"
  | "splitBrain"
  | "staysPrimary"
  | "detach"
  | "attach"
  | "outdate"
  | "suspend"
  | "verify"
>;

function drbdFaults(world: World): DrbdFaults {
  const ix = (name: HostName): HostIx => hostNamed(world, name).ix;
  const resource = (name: string): DrbdResource => resourceNamed(world, name);
  const eachVolume = (name: string, act: (volume: number) => void): void => {
    for (const [volume] of resource(name).volumes.entries()) act(volume);
  };
  return {
    resync: (name, source, kib) => {
      if (kib === undefined) invalidate(world, resource(name), other(ix(source)));
      else resyncVolume(world, resource(name), 0, ix(source), kib);
    },
    stall: (name, on) => {
      resource(name).stalled = on;
    },
    pauseSync: (name, host, on) => setPaused(world, resource(name), ix(host), on),
    disconnect: (name, host) => disconnect(world, resource(name), ix(host)),
    connect: (name, host, discard) => connect(world, resource(name), ix(host), discard),
    splitBrain: (name) => splitBrain(world, resource(name)),
    staysPrimary: (name, host) => {
      resource(name).stays_primary[ix(host)] = true;
    },
    detach: (name, host) => eachVolume(name, (volume) => detach(world, resource(name), ix(host), volume)),
    attach: (name, host) => eachVolume(name, (volume) => attach(world, resource(name), ix(host), volume)),
    outdate: (name, host) => outdate(world, resource(name), ix(host)),
    suspend: (name, host, why) => setSuspended(world, resource(name), ix(host), why),
    verify: (name, host, wrong_kib) => verify(world, resource(name), ix(host), 0, wrong_kib),
  };
}

type GuestFaults = Pick<
  Faults,
  | "migrate"
  | "migrationKilled"
  | "guestCrash"
  | "guestDoubled"
  | "guestStart"
  | "guestStop"
  | "guestPaused"
  | "configMissing"
  | "configDrift"
>;

/** MiB/s that a migration copies. */
const MIGRATION_MIB_S = 220;

function guestFaults(world: World): GuestFaults {
  const config = (guest: string, host: HostName) => hostNamed(world, host).configs.find((file) => file.guest?.name === guest);
  /** A guest that runs nowhere just now is left alone: in a story that someone else's fault has changed, nothing happens. */
  const withDomain = (guest: string, act: (ix: HostIx) => void): void => {
    if (!world.hosts.some((host) => host.configs.some((file) => file.guest?.name === guest)))
      throw new Error(`there is no guest ${guest} in this scenario`);
    const ix = whereIs(world, guest);
    if (ix !== undefined) act(ix);
  };
  return {
    migrate: (guest, stuck_at) => withDomain(guest, (source) => migrate(world, { guest, source, rate_mib_s: MIGRATION_MIB_S, stuck_at })),
    migrationKilled: (guest) => {
      for (const migration of world.migrations) if (migration.guest === guest) killSender(world, migration);
    },
    guestCrash: (guest) =>
      withDomain(guest, (ix) => {
        const domain = domainOf(world.hosts[ix], guest);
        if (domain !== undefined) crashDomain(world, ix, domain);
      }),
    guestDoubled: (guest) =>
      withDomain(guest, (ix) => {
        const spec = domainOf(world.hosts[ix], guest)?.guest;
        if (spec !== undefined) placeGuest(world, other(ix), spec);
      }),
    guestStart: (guest, host) => {
      const spec = config(guest, host)?.guest;
      if (spec === undefined) throw new Error(`there is no configuration of ${guest} on ${host}`);
      startGuest(world, hostNamed(world, host).ix, spec);
    },
    guestStop: (guest) =>
      withDomain(guest, (ix) => {
        const domain = domainOf(world.hosts[ix], guest);
        if (domain !== undefined) removeDomain(world, ix, domain);
      }),
    guestPaused: (guest, on) =>
      withDomain(guest, (ix) => {
        const domain = domainOf(world.hosts[ix], guest);
        if (domain !== undefined) Object.assign(domain, { run: on ? "paused" : "running", paused: on });
      }),
    configMissing: (guest, host) => {
      const files = hostNamed(world, host);
      files.configs = files.configs.filter((file) => file.guest?.name !== guest);
    },
    configDrift: (guest, host) => {
      const files = hostNamed(world, host);
      files.configs = files.configs.map((file) =>
        file.guest?.name === guest
          ? { ...file, guest: { ...file.guest, memory_kib: file.guest.memory_kib / 2, vcpus: file.guest.vcpus + 1 } }
          : file,
      );
    },
  };
}

export function createFaults(world: World): Faults {
  const host = (name: HostName): SimHost => hostNamed(world, name);
  return {
    hostDead: (name) => cutPower(world, host(name).ix),
    hostBack: (name) => powerOn(world, host(name).ix),
    hostFrozen: (name) => freeze(world, host(name).ix),
    hostThawed: (name) => thaw(world, host(name).ix),
    consoleLinkCut: (name) => setConsoleLink(world, host(name).ix, false),
    consoleLinkBack: (name) => setConsoleLink(world, host(name).ix, true),
    replicationLinkCut: () => setReplicationLink(world, false),
    replicationLinkBack: () => setReplicationLink(world, true),
    hang: (name, reading) => {
      host(name).hung.add(reading);
    },
    release: (name, reading) => {
      host(name).hung.delete(reading);
    },
    clockSkew: (name, ms) => {
      host(name).skew_ms = ms;
    },
    pathMissing: (name, path) => {
      host(name).missing_paths.add(path);
    },
    memoryShort: (name, mib) => {
      host(name).memory_taken_mib = mib;
    },
    ...drbdFaults(world),
    ...guestFaults(world),
    ...createNetworkFaults(world),
    ...createStorageFaults(world),
  };
}
