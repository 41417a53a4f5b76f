/**
 * The pair that was recorded (test/lab), as a simulated world: what the simulator prints of it is held against what the real tools printed.
 * Counters that no model could foresee (bytes read, CPU seconds) are set by the tests or masked, each where it says so.
 */

import { createFaults, type Faults } from "../../src/sim/fault.ts";
import { addDev, addDrbd, addLoopback, buildWorld, type HostSpec } from "../../src/sim/model/build.ts";
import { placeGuest } from "../../src/sim/model/domains.ts";
import type { Flavour } from "../../src/sim/model/drbd/types.ts";
import type { GuestSpec } from "../../src/sim/model/guest.ts";
import type { SimHost } from "../../src/sim/model/host.ts";
import { startTicking } from "../../src/sim/model/tick.ts";
import type { World } from "../../src/sim/model/world.ts";
import type { Pair } from "../../src/xen/model/ids.ts";

const MIB_KIB = 1024;
const START_MS = Date.UTC(2026, 10, 22, 19, 54, 0);

const spec = (name: string): HostSpec => ({
  name,
  hardware: {
    vendor: "QEMU",
    product: "Standard PC (i440FX + PIIX, 1996)",
    cpu_vendor: "AuthenticAMD",
    cpu_model: "QEMU Virtual CPU version 2.5+",
    nr_cpus: 1,
    nr_nodes: 1,
    cores_per_socket: 1,
    threads_per_core: 1,
    cpu_mhz: 2599.997,
    hw_caps: "078bf3fd:c2d82203:20100800:00000005:00000000:00000108:00000000:00000000",
    virt_caps: "pv hvm hap gnttab-v1 gnttab-v2",
    memory_mib: 1599,
  },
  dom0_memory_mib: 800,
  dom0_vcpus: 1,
  kernel: "6.1.0-56-amd64",
  kernel_version: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)",
  os: "Debian GNU/Linux 12 (bookworm)",
  xen: {
    major: 4,
    minor: 17,
    extra: ".7",
    scheduler: "credit",
    commandline:
      "dom0_mem=800M,max:800M dom0_max_vcpus=1 console=com1 com1=115200,8n1 loglvl=info guest_loglvl=info spec-ctrl=no xpti=no pv-l1tf=off tsc=unstable watchdog=0 cpufreq=none cpuidle=no sched=credit noreboot=0 ",
  },
  uptime_s: 230.36,
  load: 0.5,
});

const bridgeMacs: Pair<readonly string[]> = [
  ["ae6092aedc38", "22796e9741d6", "1aa90a44567f"],
  ["669ecbc6bcdc", "fef3d32247c0", "daea7972d85a"],
];

function addNetwork(host: SimHost): void {
  const { network } = host;
  const nic = (at: number) => ({ bus: { bus: "virtio", dev: `virtio${at}` }, altnames: [`enp0s${at + 2}`, `ens${at + 2}`] });
  const mac = (at: number): string => `525400${host.ix === 0 ? "aa" : "bb"}000${at}`;
  const n = host.ix + 1;
  const [br0 = "", priv = "", dmz = ""] = bridgeMacs[host.ix];
  addLoopback(network);
  addDev(network, { name: "eth0", kind: "ether", addresses: [{ address: "10.0.2.15", prefix: 24 }], ...nic(0) }, mac(0));
  addDev(network, { name: "eth1", kind: "ether", mtu: 9000, addresses: [{ address: `10.99.1.${n}`, prefix: 24 }], ...nic(1) }, mac(1));
  addDev(network, { name: "eth2", kind: "ether", master: "xenbr0", ...nic(2) }, mac(2));
  addDev(network, { name: "eth3", kind: "ether", mtu: 9000, addresses: [{ address: `10.99.2.${n}`, prefix: 24 }], ...nic(3) }, mac(3));
  addDev(network, { name: "xenbr0", kind: "bridge", addresses: [{ address: `10.0.0.${n}`, prefix: 24 }] }, br0);
  addDev(network, { name: "eth2.100", kind: "vlan", parent: "eth2", vlan_id: 100, master: "xenbr-priv" }, mac(2));
  addDev(network, { name: "xenbr-priv", kind: "bridge" }, priv);
  addDev(network, { name: "eth2.200", kind: "vlan", parent: "eth2", vlan_id: 200, master: "xenbr-dmz" }, mac(2));
  addDev(network, { name: "xenbr-dmz", kind: "bridge" }, dmz);
}

const LUNS = {
  alpha: { wwid: "360000000000000000e00a0a000a00001", product: "ARRAY-ALPHA", serial: "XENHAalpha" },
  beta: { wwid: "3600000000000000000e00a0be0a00001", product: "ARRAY-BETA", serial: "XENHAbeta" },
} as const;

/** As /healthy has it on alpha: which sdX is which path is chance. */
const ALPHA_PATHS = [
  { dev: "sda", lun: "alpha", net: 2, sid: 1, host_no: 2 },
  { dev: "sdb", lun: "alpha", net: 1, sid: 2, host_no: 3 },
  { dev: "sdd", lun: "beta", net: 1, sid: 3, host_no: 4 },
  { dev: "sdc", lun: "beta", net: 2, sid: 4, host_no: 5 },
] as const;

function addStorage(host: SimHost): void {
  const { storage } = host;
  Object.assign(storage, { has_multipath: true, has_iscsi: true, initiator: `iqn.2024-01.lab.xenha:${host.name}` });
  storage.disks.push(
    { name: "vda", maj_min: "254:0", size_kib: 2 * 1024 * 1024, model: "", serial: "", tran: undefined, mountpoint: "/", vg: undefined },
    { name: "vdb", maj_min: "254:16", size_kib: 1024 * 1024, model: "", serial: "", tran: undefined, mountpoint: undefined, vg: "vg0" },
  );
  storage.vgs.push({ name: "vg0", size_kib: 1_044_480, free_kib: 421_888, pv: "vdb" });
  const lvs = { web01: 128, db01: 256, cache01: 64, lun0: 64, nfs: 64, nbd: 32 };
  for (const [at, [name, mib]] of Object.entries(lvs).entries())
    storage.lvs.push({
      name,
      vg: "vg0",
      size_kib: mib * MIB_KIB,
      dm_minor: at,
      attr: "-wi-ao----",
      pool: undefined,
      origin: undefined,
      data_percent: undefined,
      metadata_percent: undefined,
    });
  for (const [at, lun] of [LUNS.alpha, LUNS.beta].entries())
    storage.maps.push({
      name: lun.wwid,
      wwid: lun.wwid,
      dm_minor: 6 + at,
      size_kib: 64 * MIB_KIB,
      vendor: "XENHA",
      product: lun.product,
      rev: "0001",
      serial: lun.serial,
      hwhandler: "0",
      priority: 1,
      queueing: "12 chk",
      path_faults: 0,
      map_loads: 1,
    });
  for (const { dev, lun, net, sid, host_no } of ALPHA_PATHS) {
    const portal = `10.99.${net}.${lun === "alpha" ? 1 : 2}:3260`;
    storage.sessions.push({
      sid,
      target: `iqn.2024-01.lab.xenha:array-${lun}`,
      portal,
      host_no,
      iface_address: `10.99.${net}.${host.ix + 1}`,
      connection: "LOGGED IN",
      session: "LOGGED_IN",
      internal: "NO CHANGE",
    });
    storage.paths.push({
      dev,
      hctl: `${host_no}:0:0:1`,
      wwid: LUNS[lun].wwid,
      transport: { kind: "iscsi", sid },
      dm_state: "active",
      checker: "ready",
      dev_state: "running",
    });
  }
  storage.nbd.push({ dev: "nbd0", size_bytes: 32 * 1024 * 1024, pid: 855 }, { dev: "nbd1", size_bytes: 0, pid: undefined });
  const address = `10.99.1.${host.ix + 1}`;
  storage.nfs.push({
    device: `10.99.1.${host.ix === 0 ? 2 : 1}:/srv/export`,
    mountpoint: "/mnt/nfs",
    hard: false,
    options: `rw,vers=4.2,rsize=131072,wsize=131072,namlen=255,acregmin=3,acregmax=60,acdirmin=30,acdirmax=60,soft,proto=tcp,timeo=50,retrans=2,sec=sys,clientaddr=${address},local_lock=none`,
    local_address: address,
    mounted_ms: host.booted_ms + 118_000,
    size_kib: 56_064,
    used_kib: 0,
    answers: true,
    ops: 52,
    timeouts: 0,
    sends: 75,
    receives: 75,
    pending: 0,
  });
  storage.filesystems.push(
    { device: "/dev/vda", mountpoint: "/", fstype: "ext4", size_kib: 2_041_704, used_kib: 749_596, grow_kib_s: 0 },
    { device: "tmpfs", mountpoint: "/run", fstype: "tmpfs", size_kib: 137_596, used_kib: 2_288, grow_kib_s: 0 },
    { device: "/dev/mapper/vg0-nfs", mountpoint: "/srv/export", fstype: "ext4", size_kib: 56_037, used_kib: 14, grow_kib_s: 0 },
  );
}

/** Name, last digits of uuid and MACs, memory, resource. */
function labGuest(name: string, number: number, octet: string, memory_mib: number, resource: string): GuestSpec {
  return {
    name,
    uuid: `5ca1ab1e-0000-4000-8000-0000000000${number}`,
    type: "pvh",
    memory_kib: memory_mib * MIB_KIB,
    vcpus: 1,
    disks: [{ vdev: "xvda", format: "raw", mode: "w", cdrom: false, backing: { kind: "drbd", resource, volume: 0 }, size_kib: 0 }],
    nics: [
      { mac: `00:16:3e:00:00:${octet}`, bridge: "xenbr0", vifname: `${name}.0` },
      { mac: `00:16:3e:00:01:${octet}`, bridge: "xenbr-priv", vifname: `${name}.1` },
    ],
    load: { cpu: 0.02, write_kib_s: 0.8, read_kib_s: 0, net_kib_s: 0.1 },
    kernel: "/srv/guest/vmlinux",
    ramdisk: "/srv/guest/initrd.gz",
    cmdline: `console=hvc0 quiet guest=${name} ip0=10.0.0.${octet}/24 ip1=192.168.100.${octet}/24`,
    on_reboot: "restart",
    on_crash: "preserve",
    vnc_password: undefined,
    pci: [],
  };
}

export const labGuests = {
  web01: labGuest("web01", 11, "11", 112, "r0"),
  db01: labGuest("db01", 22, "12", 160, "r1"),
  cache01: labGuest("cache01", 33, "13", 112, "r2"),
};

export interface Lab {
  readonly world: World;
  readonly fault: Faults;
  readonly alpha: SimHost;
  readonly beta: SimHost;
  advance(seconds: number): void;
}

export function lab(flavour: Flavour = "8.4", seed = 1): Lab {
  const world = buildWorld(seed, START_MS, [spec("alpha"), spec("beta")]);
  const [alpha, beta] = world.hosts;
  for (const host of world.hosts) {
    addNetwork(host);
    addStorage(host);
  }
  const sizes = [131_032, 262_100, 65_496] as const;
  for (const [at, backing] of ["web01", "db01", "cache01"].entries())
    addDrbd(world, {
      name: `r${at}`,
      flavour,
      port: 7788 + at,
      addresses: ["10.99.1.1", "10.99.1.2"],
      volumes: [{ volume: 0, minor: at, size_kib: sizes[at] ?? 0, backing: `/dev/vg0/${backing}` }],
    });
  for (const host of world.hosts)
    for (const guest of Object.values(labGuests)) host.configs.push({ path: `/etc/xen/${guest.name}.cfg`, guest, error: undefined });
  placeGuest(world, 0, labGuests.web01);
  placeGuest(world, 0, labGuests.cache01);
  placeGuest(world, 1, labGuests.db01);
  startTicking(world);
  return { world, alpha, beta, fault: createFaults(world), advance: (seconds) => world.scheduler.advance(seconds * 1000) };
}
