import { describe, expect, it } from "vitest";
import { selectStorage } from "../../../src/state/select/storage.ts";
import { timeToFull } from "../../../src/state/select/storage-fill.ts";
import { nfsTrouble } from "../../../src/state/select/storage-nfs.ts";
import type { History, PairState } from "../../../src/state/state.ts";
import type { StorageRow } from "../../../src/state/view-model.ts";
import type { HostId } from "../../../src/xen/model/ids.ts";
import type { FcPort, MultipathPath } from "../../../src/xen/model/storage.ts";
import type { DiskConfig } from "../../../src/xen/model/xen.ts";
import { parseLsblk } from "../../../src/xen/read/lsblk.ts";
import { parseLvm } from "../../../src/xen/read/lvm.ts";
import { cpuSince } from "../../kit/cpu.ts";
import {
  ALPHA,
  BETA,
  emptyHistory,
  factsOf,
  NOW_MS,
  pairFromRecordings,
  READ_MS,
  unreachable,
  withFacts,
  withHost,
} from "../pair-from-recordings.ts";

const OWN = "360000000000000000e00a0a000a00001";
const FAR = "3600000000000000000e00a0be0a00001";
const WEB01 = "5ca1ab1e-0000-4000-8000-000000000011";

const rows = (pair: PairState): readonly StorageRow[] => selectStorage(pair, NOW_MS);
function row(pair: PairState, key: string): StorageRow {
  const found = rows(pair).find((candidate) => candidate.key === key);
  if (found === undefined) throw new Error(`no row ${key} among ${rows(pair).map((candidate) => candidate.key)}`);
  return found;
}
const states = (pair: PairState, key: string) =>
  row(pair, key).cells.map((cell) => (cell === undefined ? undefined : `${cell.state.severity} ${cell.state.text}`));
const withHistory = (pair: PairState, history: Partial<History>): PairState => ({ ...pair, history: { ...emptyHistory, ...history } });

/** web01's only disk on that host is this one, in its configuration and while it runs. */
function web01On(pair: PairState, host: HostId, disk: Partial<DiskConfig>): PairState {
  const whole: DiskConfig = {
    vdev: "xvda",
    target: undefined,
    format: "raw",
    script: undefined,
    backend: undefined,
    read_write: true,
    cdrom: false,
    ...disk,
  };
  const files = factsOf(pair, host, "xl-configs").map((file) =>
    file.config?.name === "web01" ? { ...file, config: { ...file.config, disks: [whole] } } : file,
  );
  const live = factsOf(pair, host, "xl-list-long");
  const domains = live.domains.map((domain) =>
    domain.config.name === "web01" ? { ...domain, config: { ...domain.config, disks: [whole] } } : domain,
  );
  const store = factsOf(pair, host, "xenstore");
  const domid = factsOf(pair, host, "xl-list").domains.find(({ base_name }) => base_name === "web01")?.domid;
  const configured = withFacts(withFacts(pair, host, "xl-configs", files), host, "xl-list-long", { ...live, domains });
  return withFacts(configured, host, "xenstore", { ...store, vbds: store.vbds.filter((vbd) => vbd.domid !== domid) });
}

describe("storage rows of recorded scenarios", () => {
  it("put both hosts side by side, by what is the same on both", () => {
    const healthy = pairFromRecordings("healthy");
    expect(rows(healthy).every(({ severity }) => severity === "ok")).toBe(true);
    expect(
      rows(healthy)
        .filter(({ kind }) => kind === "multipath" || kind === "iscsi" || kind === "nbd" || kind === "nfs")
        .map(({ key }) => key),
    ).toEqual([
      `multipath:${OWN}`,
      `multipath:${FAR}`,
      "iscsi:iqn.2024-01.lab.xenha:array-alpha|10.99.1.1:3260",
      "iscsi:iqn.2024-01.lab.xenha:array-beta|10.99.1.2:3260",
      "iscsi:iqn.2024-01.lab.xenha:array-alpha|10.99.2.1:3260",
      "iscsi:iqn.2024-01.lab.xenha:array-beta|10.99.2.2:3260",
      "nbd:nbd0",
      "nfs:10.99.1.1:/srv/export|/mnt/nfs",
      "nfs:10.99.1.2:/srv/export|/mnt/nfs",
    ]);
    expect(row(healthy, `multipath:${FAR}`)).toMatchObject({
      title: FAR,
      subtitle: "XENHA ARRAY-BETA",
      cells: [
        { host: ALPHA, state: { text: "2/2 paths" }, flaps_10min: 0, evidence: { reading: "multipath", freshness: "fresh" } },
        { host: BETA, state: { text: "2/2 paths" } },
      ],
    });
    // Each host mounts the other's export: the other one has no such mount, and is asked for none.
    expect(states(healthy, "nfs:10.99.1.2:/srv/export|/mnt/nfs")).toEqual(["ok mounted", undefined]);
  });

  it("have no row for what neither host has", () => {
    expect(rows(pairFromRecordings("healthy")).some(({ kind }) => kind === "fc" || kind === "lvm_thin")).toBe(false);
  });

  it("show the one path that failed on each host, and its session", () => {
    const pair = pairFromRecordings("pathfail");
    expect(states(pair, `multipath:${FAR}`)).toEqual(["warning 1/2 paths", "ok 2/2 paths"]);
    expect(states(pair, `multipath:${OWN}`)).toEqual(["ok 2/2 paths", "warning 1/2 paths"]);
    expect(row(pair, `multipath:${FAR}`).cells[0]?.details).toEqual([
      "sdd active/ready/running via 10.99.1.1 to iqn.2024-01.lab.xenha:array-beta",
      "sdc failed/faulty/running to iqn.2024-01.lab.xenha:array-beta",
      "queueing 12 chk",
      "1 path fault since the map was made",
    ]);
    expect(states(pair, "iscsi:iqn.2024-01.lab.xenha:array-beta|10.99.2.2:3260")).toEqual([
      "warning TRANSPORT WAIT, REOPEN",
      "ok logged in",
    ]);
  });

  it("show a LUN without any path, and that its I/O waits", () => {
    const pair = pairFromRecordings("peerdown");
    expect(states(pair, `multipath:${FAR}`)[0]).toMatch(/^critical 0\/2 paths, I\/O waits \(queueing \d+ sec\)$/);
    expect(states(pair, "iscsi:iqn.2024-01.lab.xenha:array-beta|10.99.1.2:3260")[0]).toBe(
      "critical TRANSPORT WAIT, REOPEN: no session to its target is up",
    );
  });

  it("keep what a silent host told last, as nothing that is well", () => {
    const pair = pairFromRecordings("peerdown");
    for (const { cells, key } of rows(pair)) {
      const beta = cells[1];
      if (beta === undefined) continue;
      expect(beta.evidence.freshness, key).toBe("stale");
      expect(["unknown", "warning", "critical"], key).toContain(beta.state.severity);
    }
    expect(states(pair, `multipath:${OWN}`)).toEqual(["ok 2/2 paths", "unknown 2/2 paths"]);
    expect(JSON.stringify(rows(pair))).not.toMatch(/dead/i);
  });

  it("tell not there, not known and not told apart", () => {
    const healthy = pairFromRecordings("healthy");
    const betas = (state: object): PairState =>
      withHost(healthy, BETA, (host) => ({ ...host, facts: { ...host.facts, nbd: state } as typeof host.facts }));
    expect(states(betas({ state: "absent", why: "no nbd", at_ms: READ_MS }), "nbd:nbd0")[1]).toBeUndefined();
    expect(states(betas({ state: "unknown" }), "nbd:nbd0")[1]).toBe("unknown not told yet");
    expect(states(betas({ state: "failed", error: "x", at_ms: READ_MS, last: undefined }), "nbd:nbd0")[1]).toBe("unknown not known");
    const emptied = withFacts(healthy, BETA, "nbd", { devices: [], not_understood: [] });
    expect(states(emptied, "nbd:nbd0")[1]).toBeUndefined();
    expect(states(withHost(emptied, BETA, unreachable), "nbd:nbd0")[1]).toBe("unknown not there when last told");
  });
});

describe("paths", () => {
  const healthy = pairFromRecordings("healthy");
  const path = (change: Partial<MultipathPath>): MultipathPath => ({
    dev: "sda",
    dm_state: "active",
    dev_state: "running",
    checker_state: "ready",
    host_adapter: "a",
    target: "t",
    marginal: false,
    usable: true,
    ...change,
  });
  const mapped = (paths: readonly MultipathPath[], change: object = {}) => {
    const map = {
      name: "m",
      wwid: "w",
      dm_device: "dm-6",
      dm_state: "active",
      queueing: "off",
      path_faults: 0,
      vendor: undefined,
      product: undefined,
      size_text: undefined,
      paths,
      ...change,
    };
    return states(withFacts(healthy, ALPHA, "multipath", { maps: [map], not_understood: [] }), "multipath:w")[0];
  };

  it("are counted and judged", () => {
    expect(mapped([path({}), path({ host_adapter: "b" })])).toBe("ok 2/2 paths");
    expect(mapped([path({}), path({})])).toBe("info 2/2 paths, one adapter");
    expect(mapped([path({})])).toBe("info 1/1 path, no second one");
    expect(mapped([path({}), path({ host_adapter: "b", marginal: true })])).toBe("warning 2/2 paths, marginal");
    expect(mapped([path({}), path({ usable: false })])).toBe("warning 1/2 paths");
    expect(mapped([path({ usable: false })])).toBe("critical 0/1 path, I/O fails");
    expect(mapped([path({ usable: false })], { queueing: "on" })).toBe("critical 0/1 path, I/O waits (queueing on)");
    expect(mapped([])).toBe("critical 0/0 paths, I/O fails");
    expect(mapped([path({}), path({ host_adapter: "b" })], { dm_state: "suspend" })).toBe("critical 2/2 paths, suspended");
  });

  it("have their flaps of ten minutes counted, per map and host", () => {
    const ago = (...minutes: readonly number[]) => minutes.map((minute) => NOW_MS - minute * 60_000);
    const pair = withHistory(healthy, {
      path_losses: new Map([
        [`alpha|${FAR}|sdc`, ago(30, 9, 5)],
        [`alpha|${FAR}|sdd`, ago(1)],
        [`beta|${FAR}|sdc`, ago(2)],
        [`alpha|${OWN}|sda`, ago(11)],
      ]),
    });
    expect(row(pair, `multipath:${FAR}`).cells.map((cell) => cell?.flaps_10min)).toEqual([2, 1]);
    expect(row(pair, `multipath:${OWN}`).cells.map((cell) => cell?.flaps_10min)).toEqual([0, 0]);
  });

  it("of iSCSI are judged by their session's words, whatever they are", () => {
    const { sessions } = factsOf(healthy, ALPHA, "iscsi");
    const first = (change: object) => {
      const changed = sessions.map((session, index) => (index === 0 ? { ...session, ...change } : session));
      return states(
        withFacts(healthy, ALPHA, "iscsi", { sessions: changed, not_understood: [] }),
        "iscsi:iqn.2024-01.lab.xenha:array-alpha|10.99.2.1:3260",
      )[0];
    };
    expect(first({})).toBe("ok logged in");
    expect(first({ connection_state: "IN LOGIN" })).toBe("warning IN LOGIN");
    expect(first({ connection_state: "PONDERING", internal_state: "CLEANUP" })).toBe("warning PONDERING, CLEANUP");
    expect(first({ connection_state: undefined, session_state: undefined })).toBe("unknown state not told");
    expect(first({ devices: [{ lun: 1, dev: "sda", state: "transport-offline" }] })).toBe("warning logged in, sda transport-offline");
  });

  const fcPort = (host: string, port_name: string, port_state: string | undefined, vports: FcPort["vports"] = []): FcPort => ({
    host,
    port_name,
    node_name: "0x2000",
    port_state,
    port_type: "NPort",
    speed: "16 Gbit",
    max_npiv_vports: 254,
    npiv_vports_inuse: vports.length,
    vports,
  });

  it("of Fibre Channel are ports of one host, and NPIV ports by their name on both", () => {
    const vport = (state: string) => [{ name: "vport-3:0-1", port_name: "0xb", node_name: "0xc", state }];
    const alpha = withFacts(healthy, ALPHA, "fc", {
      ports: [fcPort("host3", "0xa1", "Online", vport("Active")), fcPort("host4", "0xa2", "Linkdown")],
      not_understood: [],
    });
    const pair = withFacts(alpha, BETA, "fc", {
      ports: [fcPort("host3", "0xc1", "Blocked", vport("Linkdown")), fcPort("host4", "0xc2", undefined)],
      not_understood: [],
    });
    expect(states(pair, "fc:0xa1")).toEqual(["ok Online", undefined]);
    expect(states(pair, "fc:0xa2")).toEqual(["warning Linkdown", undefined]);
    expect(states(pair, "fc:0xc1")).toEqual([undefined, "critical Blocked, no port is Online"]);
    expect(states(pair, "fc:0xc2")).toEqual([undefined, "unknown state not told"]);
    expect(states(pair, "fc:0xb")).toEqual(["ok Active", "warning Linkdown"]);
  });

  it("of nbd that were never connected are no storage, unless a guest waits for one", () => {
    expect(
      rows(healthy)
        .filter(({ kind }) => kind === "nbd")
        .map(({ title }) => title),
    ).toEqual(["nbd0"]);
    expect(states(web01On(healthy, ALPHA, { target: "/dev/nbd1" }), "nbd:nbd1")[0]).toBe("critical not connected");
    const { devices } = factsOf(healthy, ALPHA, "nbd");
    const cut = withFacts(healthy, ALPHA, "nbd", { devices: devices.map((device) => ({ ...device, pid: undefined })), not_understood: [] });
    expect(states(cut, "nbd:nbd0")[0]).toBe("warning not connected");
  });
});

describe("guests", () => {
  const healthy = pairFromRecordings("healthy");
  const both = (disk: Partial<DiskConfig>): PairState => web01On(web01On(healthy, ALPHA, disk), BETA, disk);
  const on = (pair: PairState): string[] =>
    rows(pair)
      .filter(({ guests }) => guests.includes(WEB01))
      .map(({ key }) => key);

  it("on DRBD sit on the volume group below it", () => {
    expect(row(healthy, "lvm_vg:vg0").guests).toHaveLength(3);
    expect(on(healthy)).toEqual(["lvm_vg:vg0"]);
  });

  it("sit on a map and the sessions below it, whatever name it has", () => {
    for (const target of [
      `/dev/mapper/${FAR}`,
      `/dev/disk/by-id/wwn-0x${FAR.slice(1)}`,
      `/dev/disk/by-id/dm-uuid-mpath-${FAR}`,
      `/dev/disk/by-id/scsi-${FAR}`,
    ])
      expect(on(both({ target })), target).toEqual([
        `multipath:${FAR}`,
        "iscsi:iqn.2024-01.lab.xenha:array-beta|10.99.1.2:3260",
        "iscsi:iqn.2024-01.lab.xenha:array-beta|10.99.2.2:3260",
      ]);
  });

  it("sit on the mount that holds their image, the deepest one", () => {
    expect(on(both({ target: "/mnt/nfs/web01.img" }))).toContain("nfs:10.99.1.2:/srv/export|/mnt/nfs");
    expect(on(both({ target: "/srv/images/web01.img" }))).toEqual(["filesystem:/"]);
    expect(on(both({ target: "/srv/export/web01.img" }))).toEqual(["lvm_vg:vg0", "filesystem:/srv/export"]);
  });

  it("sit on a plain volume, an nbd device, an iSCSI target of their own", () => {
    expect(on(both({ target: "/dev/vg0/web01" }))).toEqual(["lvm_vg:vg0"]);
    expect(on(both({ target: "/dev/nbd0" }))).toEqual(["nbd:nbd0"]);
    expect(on(both({ target: "iqn=iqn.2024-01.lab.xenha:array-beta,portal=10.99.1.2:3260", script: "block-iscsi" }))).toEqual([
      "iscsi:iqn.2024-01.lab.xenha:array-beta|10.99.1.2:3260",
      "iscsi:iqn.2024-01.lab.xenha:array-beta|10.99.2.2:3260",
    ]);
  });

  it("are warned of where the other host lacks what they need", () => {
    const pair = withFacts(both({ target: `/dev/mapper/${FAR}` }), BETA, "multipath", { maps: [], not_understood: [] });
    expect(states(pair, `multipath:${FAR}`)).toEqual(["ok 2/2 paths", "warning not there, its guests can't run here"]);
    expect(row(pair, `multipath:${FAR}`).severity).toBe("warning");
  });

  it("don't hang a ring of devices", () => {
    const result = parseLsblk({
      rc: 0,
      stdout: '{"blockdevices":[{"name":"dm-1","pkname":"dm-2"},{"name":"dm-2","pkname":"dm-1"}]}',
      truncated: false,
    });
    if (!result.ok) throw new Error("not parsed");
    const ring = withFacts(withFacts(both({ target: "/dev/dm-1" }), ALPHA, "lsblk", result.facts), BETA, "lsblk", result.facts);
    expect(on(ring)).toEqual([]);
  });
});

describe("an NFS server", () => {
  type Sample = readonly [
    ago_s: number,
    ops: number,
    timeouts: number,
    sends: number | undefined,
    receives: number | undefined,
    connects?: number,
  ];
  const series = (...samples: readonly Sample[]) =>
    samples.map(([ago_s, ops, timeouts, sends, receives, connects]) => ({
      at_ms: NOW_MS - ago_s * 1000,
      ops,
      timeouts,
      sends,
      receives,
      connects,
    }));

  it("answers while answers come, or nothing is asked", () => {
    expect(nfsTrouble([])).toBeUndefined();
    expect(nfsTrouble(series([20, 5, 0, 10, 10], [10, 6, 0, 12, 12], [0, 9, 0, 15, 15]))).toBeUndefined();
    expect(nfsTrouble(series([20, 5, 0, 10, 10], [10, 5, 0, 10, 10], [0, 5, 0, 10, 10]))).toBeUndefined();
    // Lost with an old connection long ago: the counters stay apart.
    expect(nfsTrouble(series([20, 5, 3, 33, 32], [10, 5, 3, 33, 32], [0, 5, 3, 33, 32]))).toBeUndefined();
    expect(nfsTrouble(series([20, 5, 0, 10, 10], [10, 5, 2, 14, 10], [0, 8, 2, 15, 14]))).toBeUndefined();
  });

  it("doesn't answer a request from before anybody looked, for which it is connected to again and again (lab: sends 31, receives 30, connects up to 79)", () => {
    const samples = series([40, 5, 0, 31, 30, 1], [30, 5, 0, 31, 30, 9], [20, 5, 0, 31, 30, 17], [0, 5, 0, 31, 30, 33]);
    expect(nfsTrouble(samples)).toEqual({ since_ms: NOW_MS - 30_000, timeouts: 0, unanswered: 0, connects: 32, certain: true });
    expect(nfsTrouble(series([20, 5, 0, 31, 31, 1], [0, 6, 0, 32, 32, 2]))).toBeUndefined();
  });

  it("isn't accused of a request that is just under way", () => {
    expect(nfsTrouble(series([20, 5, 0, 10, 10], [10, 5, 0, 10, 10], [0, 5, 0, 11, 10]))).toMatchObject({ certain: false, unanswered: 1 });
  });

  it("doesn't answer where requests wait, or time out, and nothing is done", () => {
    expect(nfsTrouble(series([40, 5, 0, 10, 10], [30, 5, 0, 11, 10], [20, 5, 0, 11, 10], [0, 5, 0, 12, 10]))).toEqual({
      since_ms: NOW_MS - 30_000,
      timeouts: 0,
      unanswered: 2,
      connects: 0,
      certain: true,
    });
    expect(nfsTrouble(series([10, 5, 0, undefined, undefined], [0, 5, 1, undefined, undefined]))).toMatchObject({
      timeouts: 1,
      certain: true,
    });
  });

  it("is shown as not answering, critical where guests' images lie on it", () => {
    const silent = { nfs: new Map([["alpha|/mnt/nfs", series([40, 5, 0, 10, 10], [30, 5, 0, 11, 10], [0, 5, 2, 12, 10])]]) };
    const pair = withHistory(pairFromRecordings("healthy"), silent);
    const key = "nfs:10.99.1.2:/srv/export|/mnt/nfs";
    expect(states(pair, key)).toEqual(["warning server not answering for 30 s", undefined]);
    expect(row(pair, key).cells[0]?.details[0]).toBe("2 requests unanswered, 2 timeouts, nothing done since");
    const used = web01On(pair, ALPHA, { target: "/mnt/nfs/web01.img" });
    expect(states(used, key)[0]).toBe("critical server not answering for 30 s");
  });
});

describe("what can run full", () => {
  const healthy = pairFromRecordings("healthy");
  const root = (used_kib: number, available_kib: number, mountpoint = "/") =>
    withFacts(healthy, ALPHA, "df", {
      file_systems: [{ device: "/dev/vda", mountpoint, size_kib: used_kib + available_kib, used_kib, available_kib, used_percent: 0 }],
      not_understood: [],
    });
  const GIB = 1024 * 1024;

  it("is judged by how full it is", () => {
    expect(states(root(84 * GIB, 16 * GIB), "filesystem:/")[0]).toBe("ok 84 % used");
    expect(states(root(85 * GIB, 15 * GIB), "filesystem:/")[0]).toBe("warning 85 % used");
    expect(states(root(95 * GIB, 5 * GIB), "filesystem:/")[0]).toBe("critical 95 % used");
    expect(states(root(GIB, 10 * 1024), "filesystem:/")[0]).toBe("critical 99 % used");
    expect(states(root(90 * 1024, 20 * 1024), "filesystem:/")[0]).toBe("ok 82 % used");
    expect(states(root(80 * 1024, 15 * 1024), "filesystem:/")[0]).toBe("critical 84 % used");
    expect(states(root(80 * 1024, 15 * 1024, "/boot"), "filesystem:/boot")[0]).toBe("ok 84 % used");
    expect(states(root(0, 0), "filesystem:/")[0]).toBe("ok 0 % used");
    expect(row(root(84 * GIB, 16 * GIB), "filesystem:/").cells[0]?.details).toEqual(["16.0 GiB free of 100 GiB on /dev/vda"]);
  });

  const filling = (grown_bytes: number, minutes: number) => [
    { at_ms: NOW_MS - minutes * 60_000, used: 0 },
    { at_ms: NOW_MS, used: grown_bytes },
  ];

  it("is full when its trend says so", () => {
    expect(timeToFull(filling(1000, 10), 6000)).toBe(60 * 60_000);
    expect(timeToFull(filling(1000, 4), 6000)).toBeUndefined();
    expect(timeToFull(filling(0, 10), 6000)).toBeUndefined();
    expect(timeToFull(filling(-5, 10), 6000)).toBeUndefined();
    expect(timeToFull(filling(1, 10), 1e12)).toBeUndefined();
    expect(timeToFull([], 6000)).toBeUndefined();
  });

  it("has its time to full beside its fill, and is the worse for it", () => {
    const at = (grown_kib: number, available_kib: number) =>
      states(
        withHistory(root(50 * GIB, available_kib), { fill: new Map([["alpha|/", filling(grown_kib * 1024, 10)]]) }),
        "filesystem:/",
      )[0];
    expect(at(GIB, 50 * GIB)).toBe("ok 50 % used, full in 8 h");
    expect(at(10 * GIB, 50 * GIB)).toBe("warning 50 % used, full in 50 min");
    expect(at(60 * GIB, 50 * GIB)).toBe("critical 50 % used, full in 8 min");
  });

  function withLvm(lv: readonly object[], vg: readonly object[]): PairState {
    const stdout = `@@ lvs\n${JSON.stringify({ report: [{ lv }] })}\n@@ vgs\n${JSON.stringify({ report: [{ vg }] })}\n`;
    const result = parseLvm({ rc: 0, stdout, truncated: false });
    if (!result.ok) throw new Error("not parsed");
    return withFacts(healthy, ALPHA, "lvm", result.facts);
  }
  const pool = (data: string, metadata: string, attr = "twi-aotz--") => ({
    lv_name: "pool",
    vg_name: "vg1",
    lv_size: "1073741824",
    lv_attr: attr,
    data_percent: data,
    metadata_percent: metadata,
  });
  const thin = (data: string, metadata: string, attr?: string) => states(withLvm([pool(data, metadata, attr)], []), "lvm_thin:vg1/pool")[0];

  it("of LVM is a thin pool's data and metadata", () => {
    expect(thin("40.00", "10.00")).toBe("ok data 40.0 %, metadata 10.0 %");
    expect(thin("81.00", "10.00")).toBe("warning data 81.0 %, metadata 10.0 %");
    expect(thin("96.00", "10.00")).toBe("critical data 96.0 %, metadata 10.0 %");
    expect(thin("40.00", "76.00")).toBe("warning data 40.0 %, metadata 76.0 %");
    expect(thin("40.00", "91.00")).toBe("critical data 40.0 %, metadata 91.0 %");
    expect(thin("100.00", "10.00", "twi-aotzD-")).toBe("critical out of data space: data 100.0 %, metadata 10.0 %");
    expect(thin("", "")).toBe("unknown data not told, metadata not told");
    const filled = withHistory(withLvm([pool("50.00", "10.00")], []), {
      fill: new Map([["alpha|vg1/pool", filling(512 * 1024 * 1024, 60)]]),
    });
    expect(states(filled, "lvm_thin:vg1/pool")[0]).toBe("warning data 50.0 %, metadata 10.0 %, full in 60 min");
  });

  it("of LVM knows the guests on a pool's thin volumes", () => {
    const members = [
      pool("40.00", "10.00"),
      { lv_name: "web", vg_name: "vg1", lv_attr: "Vwi-aotz--", pool_lv: "pool", lv_path: "/dev/vg1/web" },
    ];
    const found = row(
      web01On(withLvm(members, [{ vg_name: "vg1", vg_attr: "wz--n-" }]), ALPHA, { target: "/dev/vg1/web" }),
      "lvm_thin:vg1/pool",
    );
    expect(found).toMatchObject({ guests: [WEB01], cells: [{ details: ["attributes twi-aotz--", "1 thin volume"] }, undefined] });
  });

  it("of LVM misses a disk, which is worse than being full", () => {
    const group = (change: object) =>
      states(
        withLvm([], [{ vg_name: "vg1", vg_size: "1073741824", vg_free: "0", vg_missing_pv_count: "0", vg_attr: "wz--n-", ...change }]),
        "lvm_vg:vg1",
      )[0];
    expect(group({})).toBe("ok 0 B free");
    expect(group({ vg_missing_pv_count: "1", vg_attr: "wz-pn-" })).toBe("critical 1 disk missing");
    expect(group({ vg_missing_pv_count: "", vg_attr: "wz-pn-" })).toBe("critical a disk is missing");
    expect(states(healthy, "lvm_vg:vg0")[0]).toBe("ok 412 MiB free");
  });
});

describe("much storage", () => {
  it("costs little", () => {
    const healthy = pairFromRecordings("healthy");
    const [map] = factsOf(healthy, ALPHA, "multipath").maps;
    if (map === undefined) throw new Error("no map");
    const maps = Array.from({ length: 400 }, (_, index) => ({ ...map, wwid: `w${index}`, name: `lun${index}`, dm_device: `dm-${index}` }));
    const lvs = Array.from({ length: 400 }, (_, index) => ({
      lv_name: `v${index}`,
      vg_name: "vg0",
      lv_attr: "-wi-ao----",
      lv_path: `/dev/vg0/v${index}`,
    }));
    const lvm = parseLvm({
      rc: 0,
      stdout: `@@ lvs\n${JSON.stringify({ report: [{ lv: lvs }] })}\n@@ vgs\n{"report":[{"vg":[{"vg_name":"vg0"}]}]}`,
      truncated: false,
    });
    if (!lvm.ok) throw new Error("not parsed");
    const [file] = factsOf(healthy, ALPHA, "xl-configs");
    if (file?.config === undefined) throw new Error("no configuration");
    const { config } = file;
    const files = lvs.map(({ lv_path }, index) => ({
      ...file,
      path: `/etc/xen/g${index}`,
      config: {
        ...config,
        name: `g${index}`,
        uuid: undefined,
        disks: config.disks.map((disk) => ({ ...disk, target: lv_path, script: undefined })),
      },
    }));
    const pair = [ALPHA, BETA].reduce(
      (made, id) =>
        withFacts(withFacts(withFacts(made, id, "multipath", { maps, not_understood: [] }), id, "lvm", lvm.facts), id, "xl-configs", files),
      healthy,
    );
    rows(pair);
    const cpu_ms = cpuSince();
    const found = rows(pair);
    expect(cpu_ms()).toBeLessThan(200);
    expect(found.filter(({ kind }) => kind === "multipath")).toHaveLength(400);
    expect(found.find(({ key }) => key === "lvm_vg:vg0")?.guests.length).toBeGreaterThanOrEqual(400);
  });

  it("starts from nothing", () => {
    const empty = pairFromRecordings("no-such-scenario", { fill: "none" });
    expect(rows(empty)).toEqual([]);
  });
});
