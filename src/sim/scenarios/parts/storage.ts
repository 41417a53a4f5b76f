/** The demo's storage: local NVMe under DRBD, LUNs of an iSCSI array over two networks, one NFS export. */
import type { SimHost } from "../../model/host.ts";
import type { World } from "../../model/world.ts";

export const GIB_KIB = 1024 * 1024;

export interface Lun {
  readonly lun: number;
  readonly wwid: string;
  readonly size_kib: number;
}

export const ARRAY = { target: "iqn.2019-04.net.example:flash1", portals: ["10.99.1.20", "10.99.2.20"] } as const;
export const NAS = "10.99.1.30";

/** Local disks: a mirror of the controller for the system, NVMe with the volume group of the guests. */
export function addLocalDisks(host: SimHost, vg_gib: number): void {
  const { storage } = host;
  const system = {
    name: "sda",
    maj_min: "8:0",
    size_kib: 446 * GIB_KIB,
    model: "PERC H755 Front",
    serial: `00c4f1d20${host.ix}`,
    tran: "sas",
  };
  storage.disks.push({ ...system, mountpoint: "/", vg: undefined });
  const nvme = {
    name: "nvme0n1",
    maj_min: "259:0",
    size_kib: vg_gib * GIB_KIB,
    model: "Dell Ent NVMe P5600 MU U.2 1.6TB",
    serial: `PHAB1${host.ix}`,
  };
  storage.disks.push({ ...nvme, tran: "nvme", mountpoint: undefined, vg: "vg0" });
  storage.vgs.push({ name: "vg0", size_kib: vg_gib * GIB_KIB - 4096, free_kib: 0, pv: "nvme0n1" });
  storage.filesystems.push(
    { device: "/dev/sda2", mountpoint: "/", fstype: "ext4", size_kib: 38_187_008, used_kib: 9_412_332, grow_kib_s: 0 },
    { device: "/dev/sda3", mountpoint: "/var/log", fstype: "ext4", size_kib: 9_509_000, used_kib: 2_103_448, grow_kib_s: 0 },
    { device: "/dev/sda1", mountpoint: "/boot", fstype: "ext4", size_kib: 942_448, used_kib: 211_320, grow_kib_s: 0 },
    { device: "tmpfs", mountpoint: "/run", fstype: "tmpfs", size_kib: 609_416, used_kib: 2_140, grow_kib_s: 0 },
  );
}

/** A plain logical volume; its number is the order in which it was made. */
export function addLv(host: SimHost, name: string, size_kib: number): void {
  const { storage } = host;
  storage.lvs.push({
    name,
    vg: "vg0",
    size_kib,
    dm_minor: storage.lvs.length,
    attr: "-wi-ao----",
    pool: undefined,
    origin: undefined,
    data_percent: undefined,
    metadata_percent: undefined,
  });
}

/** A thin pool with a snapshot's worth of volumes in it. */
export function addThinPool(host: SimHost, name: string, size_kib: number, data_percent: number): void {
  const { storage } = host;
  const base = { vg: "vg0", origin: undefined } as const;
  const at = storage.lvs.length;
  storage.lvs.push(
    { ...base, name, size_kib, dm_minor: at + 2, attr: "twi-aotz--", pool: undefined, data_percent, metadata_percent: data_percent / 3 },
    {
      ...base,
      name: "backup",
      size_kib: size_kib * 2,
      dm_minor: at + 3,
      attr: "Vwi-aotz--",
      pool: name,
      data_percent: data_percent / 2,
      metadata_percent: undefined,
    },
  );
}

const dev = (at: number): string => `sd${String.fromCharCode(98 + at)}`;

/** One session a portal, each with every LUN, gathered in maps. The order of the devices is another one on each host. */
export function addIscsiLuns(host: SimHost, luns: readonly Lun[]): void {
  const { storage } = host;
  storage.has_iscsi = true;
  storage.has_multipath = true;
  const first = storage.lvs.length + 4;
  for (const [at, { wwid, size_kib, lun }] of luns.entries())
    storage.maps.push({
      name: wwid,
      wwid,
      dm_minor: first + at,
      size_kib,
      vendor: "LIO-ORG",
      product: `flash1-l${lun}`,
      rev: "4.0",
      serial: wwid.slice(8, 20),
      hwhandler: "1 alua",
      priority: 50,
      queueing: "12 chk",
      path_faults: 0,
      map_loads: 1,
    });
  for (const [at, portal] of ARRAY.portals.entries()) {
    const sid = at + 1;
    const host_no = 12 + at;
    storage.sessions.push({
      sid,
      target: ARRAY.target,
      portal: `${portal}:3260`,
      host_no,
      iface_address: `10.99.${at + 1}.${host.ix + 1}`,
      connection: "LOGGED IN",
      session: "LOGGED_IN",
      internal: "NO CHANGE",
    });
    for (const [index, { wwid, lun }] of luns.entries())
      storage.paths.push({
        dev: dev(host.ix === 0 ? at * luns.length + index : index * ARRAY.portals.length + at),
        hctl: `${host_no}:0:0:${lun}`,
        wwid,
        transport: { kind: "iscsi", sid },
        dm_state: "active",
        checker: "ready",
        dev_state: "running",
      });
  }
}

const nfsOptions = (host: SimHost): string =>
  `rw,vers=4.2,rsize=1048576,wsize=1048576,namlen=255,acregmin=3,acregmax=60,acdirmin=30,acdirmax=60,hard,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=10.99.1.${host.ix + 1},local_lock=none`;

export function addNfs(world: World, host: SimHost, mountpoint: string): void {
  world.servers.set(NAS, true);
  host.storage.nfs.push({
    device: `${NAS}:/export/xen`,
    mountpoint,
    hard: true,
    options: nfsOptions(host),
    local_address: `10.99.1.${host.ix + 1}`,
    mounted_ms: host.booted_ms + 60_000,
    size_kib: 4_294_967_296,
    used_kib: 2_105_376_512,
    answers: true,
    ops: 812_344,
    timeouts: 0,
    sends: 812_391,
    receives: 812_391,
    pending: 0,
  });
}

/** What is left of the volume group. */
export function settleVg(host: SimHost): void {
  host.storage.vgs = host.storage.vgs.map((vg) => {
    const used = host.storage.lvs.filter((lv) => lv.vg === vg.name && lv.pool === undefined).reduce((sum, lv) => sum + lv.size_kib, 0);
    return { ...vg, free_kib: Math.max(0, vg.size_kib - used) };
  });
}
