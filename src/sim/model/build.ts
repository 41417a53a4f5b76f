/** Puts a world together before its clock starts. Nothing here tells or logs anything. */
import type { Pair } from "../../xen/model/ids.ts";
import { createRandom } from "../random.ts";
import { createScheduler } from "../scheduler.ts";
import { newUuid } from "./drbd/generation.ts";
import {
  C_PLAN_AHEAD,
  type Disk,
  type DrbdResource,
  type Flavour,
  type Node,
  type NodeVolume,
  RESYNC_RATE_KIB_S,
  type VolumeSpec,
} from "./drbd/types.ts";
import { DOM0_UUID, type HostIx, type SimDomain } from "./guest.ts";
import type { Hardware, SimHost } from "./host.ts";
import { type NetDev, OVS_DATAPATH, type SimNetwork } from "./network.ts";
import { emptyPlans } from "./plans.ts";
import type { SimStorage } from "./storage.ts";
import type { World } from "./world.ts";

export interface HostSpec {
  readonly name: string;
  readonly hardware: Hardware;
  readonly dom0_memory_mib: number;
  readonly dom0_vcpus: number;
  readonly kernel: string;
  readonly kernel_version: string;
  readonly os: string;
  readonly xen: SimHost["xen"];
  readonly uptime_s: number;
  readonly load: number;
}

function dom0(spec: HostSpec): SimDomain {
  const memory_kib = spec.dom0_memory_mib * 1024;
  return {
    domid: 0,
    guest: undefined,
    uuid: DOM0_UUID,
    name: "Domain-0",
    memory_kib,
    max_memory_kib: memory_kib,
    vcpus: spec.dom0_vcpus,
    run: "running",
    paused: false,
    reason: "-",
    cpu_time_s: spec.uptime_s * spec.load * 0.2,
    cpu_now: 0,
    has_json: true,
    vbds: [],
    vifs: [],
  };
}

export const emptyStorage = (name: string): SimStorage => ({
  disks: [],
  paths: [],
  maps: [],
  sessions: [],
  nodes: [],
  fc: [],
  nbd: [],
  nfs: [],
  vgs: [],
  lvs: [],
  filesystems: [],
  pool_growth: new Map(),
  has_multipath: false,
  has_iscsi: false,
  initiator: `iqn.1993-08.org.debian:01:${name}`,
});

/** Addresses that hosts and guests are given: locally administered, unlike on every host. */
const lower = (hex: string): string => hex.toLowerCase();
const macOf = (hex: string): string => (lower(hex).match(/../g) ?? []).join(":");

function buildHost(ix: HostIx, spec: HostSpec, now_ms: number, hex: (digits: number) => string): SimHost {
  const id = lower(hex(32));
  return {
    ix,
    name: spec.name,
    hardware: spec.hardware,
    kernel: spec.kernel,
    kernel_version: spec.kernel_version,
    os: spec.os,
    xen: spec.xen,
    dom0_memory_mib: spec.dom0_memory_mib,
    dom0_vcpus: spec.dom0_vcpus,
    machine_id: lower(hex(32)),
    power: "on",
    booting: false,
    bmc: "works",
    frozen: false,
    console_link: true,
    skew_ms: 0,
    booted_ms: now_ms - spec.uptime_s * 1000,
    boot_id: [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join("-"),
    load: spec.load,
    memory_taken_mib: 0,
    domains: [dom0(spec)],
    next_domid: 1,
    configs: [],
    auto: [],
    network: { devs: [], bonds: [], ovs: undefined, next_ifindex: 1 },
    storage: emptyStorage(spec.name),
    kernel_log: [],
    xl_logs: new Map(),
    net_manager: "ifupdown",
    folders: new Set(["/mnt", "/srv/nfs/xen"]),
    missing_paths: new Set(),
    unwatched: new Set(),
    hung: new Set(),
    overrides: new Map(),
    files: new Map(),
    kept: new Map(),
    plans: emptyPlans(),
  };
}

export function buildWorld(seed: number, start_ms: number, specs: Pair<HostSpec>): World {
  const random = createRandom(seed);
  const ids = random.fork("ids");
  return {
    random: random.fork("world"),
    scheduler: createScheduler(start_ms),
    hosts: [buildHost(0, specs[0], start_ms, ids.hex), buildHost(1, specs[1], start_ms, ids.hex)],
    drbd: new Map(),
    servers: new Map(),
    replication_link: true,
    replication_kib_s: 110_000,
    migrations: [],
    listeners: new Set(),
    job_listeners: new Set(),
    frame_listeners: new Set(),
  };
}

export type DevSpec = Pick<NetDev, "name" | "kind"> & Partial<Omit<NetDev, "ifindex" | "name" | "kind">>;

/** Adds an interface as the kernel would number it. */
export function addDev(network: SimNetwork, spec: DevSpec, mac_seed: string): NetDev {
  const master = spec.master;
  const ports = network.devs.filter((dev) => master !== undefined && dev.master === master);
  const dev: NetDev = {
    mtu: 1500,
    up: true,
    carrier: true,
    mac: macOf(mac_seed),
    master,
    parent: undefined,
    vlan_id: undefined,
    addresses: [],
    bus: undefined,
    altnames: [],
    bond_failures: 0,
    port_no: 1 + Math.max(0, ...ports.map((port) => port.port_no)),
    ...spec,
    ifindex: network.next_ifindex,
  };
  network.next_ifindex += 1;
  network.devs.push(dev);
  return dev;
}

const LOOPBACK: DevSpec = {
  name: "lo",
  kind: "loopback",
  mtu: 65536,
  mac: "00:00:00:00:00:00",
  addresses: [
    { address: "127.0.0.1", prefix: 8 },
    { address: "::1", prefix: 128 },
  ],
};
/** Open vSwitch with one bridge, its uplink and the VLANs that the uplink carries. */
export function addOvs(network: SimNetwork, bridge: string, uplink: string, trunks: readonly number[], mac_seed: string): void {
  addDev(network, { name: OVS_DATAPATH, kind: "openvswitch", up: false }, `56${mac_seed.slice(2)}`);
  const own = addDev(network, { name: bridge, kind: "openvswitch" }, mac_seed);
  const nic = network.devs.find(({ name }) => name === uplink);
  if (nic !== undefined) nic.master = OVS_DATAPATH;
  network.ovs = {
    bridges: [bridge],
    ports: [
      { name: bridge, bridge, tag: undefined, trunks: [], type: "internal", mac: own.mac, external_ids: [] },
      { name: uplink, bridge, tag: undefined, trunks, type: "", mac: nic?.mac ?? own.mac, external_ids: [] },
    ],
  };
}

export const addLoopback = (network: SimNetwork): NetDev => addDev(network, LOOPBACK, "000000000000");

export interface DrbdSpec {
  readonly name: string;
  readonly flavour: Flavour;
  readonly port: number;
  readonly addresses: Pair<string>;
  readonly volumes: readonly VolumeSpec[];
  readonly c_max_rate_kib_s?: number;
  readonly sync_speed_kib_s?: number;
  readonly two_primaries?: boolean;
  readonly verify_alg?: string;
  readonly shared_secret?: string;
}

function nodeVolume(uuid: bigint, disk: Disk): NodeVolume {
  return {
    disk,
    replication: "Established",
    peer_disk: disk,
    out_of_sync_kib: 0,
    read_kib: 0,
    written_kib: 0,
    sent_kib: 0,
    received_kib: 0,
    al_writes: 0,
    bm_writes: 0,
    gi: { current: uuid, bitmap: 0n, younger: 0n, older: 0n },
    held: new Map(),
    in_flight: 0,
    paused_user: false,
    paused_peer: false,
    sync: undefined,
    blocked: undefined,
  };
}

/** A resource that is connected and up to date on both sides, Secondary on both. */
export function addDrbd(world: World, spec: DrbdSpec): DrbdResource {
  const uuids = spec.volumes.map(() => newUuid(world.random));
  const node = (): Node => ({
    role: "Secondary",
    peer_role: "Secondary",
    connection: "Connected",
    has_connection: true,
    configured: true,
    crashed_primary: false,
    suspended: "no",
    volumes: uuids.map((uuid) => nodeVolume(uuid, "UpToDate")),
    discard: false,
    epoch: 0,
  });
  const resource: DrbdResource = {
    name: spec.name,
    flavour: spec.flavour,
    port: spec.port,
    volumes: spec.volumes,
    addresses: spec.addresses,
    nodes: [node(), node()],
    acked: spec.volumes.map(() => new Map()),
    two_primaries: [spec.two_primaries ?? true, spec.two_primaries ?? true],
    stays_primary: [false, false],
    c_max_rate_kib_s: [spec.c_max_rate_kib_s ?? 20_480, spec.c_max_rate_kib_s ?? 20_480],
    resync_rate_kib_s: [RESYNC_RATE_KIB_S, RESYNC_RATE_KIB_S],
    c_plan_ahead: [C_PLAN_AHEAD, C_PLAN_AHEAD],
    sync_speed_kib_s: spec.sync_speed_kib_s ?? 90_000,
    stalled: false,
    verify_alg: spec.verify_alg,
    shared_secret: spec.shared_secret,
    greeting: false,
  };
  world.drbd.set(spec.name, resource);
  return resource;
}
