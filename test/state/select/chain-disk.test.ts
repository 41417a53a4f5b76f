import { describe, expect, it } from "vitest";
import { guestDisks } from "../../../src/state/select/chain-disk.ts";
import { dmNameOf, lvOfDmName } from "../../../src/state/select/disk-devices.ts";
import { joinGuests } from "../../../src/state/select/guest-join.ts";
import { sidesOf } from "../../../src/state/select/sides.ts";
import type { PairState } from "../../../src/state/state.ts";
import type { HostId } from "../../../src/xen/model/ids.ts";
import type { DiskConfig } from "../../../src/xen/model/xen.ts";
import { ALPHA, BETA, factsOf, NOW_MS, pairFromRecordings, unreachable, withFacts, withHost } from "../pair-from-recordings.ts";
import { disk, withDisks } from "./guest-cases.ts";

const pair = pairFromRecordings("healthy");
const LUN = "360000000000000000e00a0a000a00001";
const LUN_BETA = "3600000000000000000e00a0be0a00001";

/** Judged as if it ran on alpha, on another host, or (false) nowhere. */
function web01(state: PairState, host: HostId | false = ALPHA) {
  const runs_on = host === false ? undefined : host;
  const sides = sidesOf(state, NOW_MS);
  const guest = joinGuests(sides).find(({ name }) => name === "web01");
  if (guest === undefined) throw new Error("no web01");
  const [first] = guestDisks(sides, guest, runs_on);
  if (first === undefined) throw new Error("no disk");
  const [a, b] = first.sides;
  return { ...first.row, alpha: a.start, beta: b.start };
}
const lying = (target: string, over: Partial<DiskConfig> = {}, state = pair) => withDisks(state, disk({ target, ...over }));

describe("a guest's DRBD disk", () => {
  it("is followed to the disk on both hosts", () => {
    expect(web01(pair)).toMatchObject({
      vdev: "xvda",
      kind: "drbd",
      object: "r0/0",
      state: { text: "UpToDate", severity: "ok" },
      chain: [
        ["drbd r0/0 UpToDate", "lv vg0/web01", "disk vdb"],
        ["drbd r0/0 UpToDate", "lv vg0/web01", "disk vdb"],
      ],
      backend: { text: "connected", severity: "ok" },
      beta: { result: "pass", text: "r0 UpToDate on beta" },
    });
  });

  it("is the same by minor and by path", () => {
    for (const target of ["/dev/drbd0", "/dev/drbd/by-res/r0/0", "drbd/by-res/r0/0"])
      expect(web01(lying(target))).toMatchObject({ kind: "drbd", object: "r0/0", beta: { result: "pass" } });
  });

  it("can't be started on where it isn't UpToDate, isn't up, or isn't there", () => {
    expect(web01(pairFromRecordings("resync")).beta).toEqual({ result: "fail", text: "r0 SyncTarget 32 % on beta" });
    expect(web01(pairFromRecordings("detach"))).toMatchObject({
      state: { text: "Diskless, served by the peer", severity: "critical" },
      beta: { result: "pass" },
    });
    expect(web01(lying("nosuch", { script: "block-drbd" })).beta).toEqual({ result: "fail", text: "nosuch isn't up on beta" });
    const none = withHost(pair, BETA, (host) => ({
      ...host,
      facts: { ...host.facts, "drbd-status": { state: "absent", why: "no DRBD", at_ms: NOW_MS } },
    }));
    expect(web01(none).beta).toEqual({ result: "fail", text: "no DRBD on beta" });
  });

  it("is old where it isn't connected, however UpToDate it calls itself", () => {
    expect(web01(pairFromRecordings("linkcut")).beta).toEqual({
      result: "fail",
      text: "r0 not connected: alpha writes alone, this copy is old",
    });
    const dead = pairFromRecordings("peerdown");
    expect(web01(dead, BETA).alpha).toEqual({ result: "unknown", text: "r0 not connected; beta may hold newer data" });
  });

  it("that two hosts wrote can be started on neither", () => {
    const split = withDisks(pairFromRecordings("splitbrain"), disk({ target: "r2", script: "block-drbd" }));
    expect([web01(split, false).alpha, web01(split, false).beta]).toEqual([
      { result: "fail", text: "r2 not connected, and Primary on beta" },
      { result: "fail", text: "r2 not connected, and Primary on alpha" },
    ]);
  });

  it("isn't judged on old facts", () => {
    const lost = withHost(pair, BETA, unreachable);
    expect(web01(lost).beta).toEqual({ result: "unknown", text: "beta: beta doesn't answer" });
    expect(web01(withHost(pair, ALPHA, unreachable)).state).toEqual({ text: "UpToDate", severity: "unknown" });
  });
});

describe("a guest's multipath disk", () => {
  it("is the LUN, followed to its paths", () => {
    expect(web01(lying(`/dev/mapper/${LUN}`))).toMatchObject({
      kind: "multipath",
      object: LUN,
      state: { text: "2/2 paths", severity: "ok" },
      chain: [
        [`map ${LUN} 2/2 paths`, "paths sda ready, sdb ready"],
        [`map ${LUN} 2/2 paths`, expect.stringMatching(/^paths sd. ready, sd. ready$/)],
      ],
    });
  });

  it("is gone with the host that serves it", () => {
    // The lab's arrays are the hosts themselves.
    expect(web01(lying(`/dev/mapper/${LUN}`)).beta).toEqual({ result: "fail", text: `${LUN} is served by alpha itself` });
    expect(web01(lying(`/dev/mapper/${LUN_BETA}`)).beta).toEqual({ result: "pass", text: `${LUN_BETA} 2 paths on beta` });
  });

  it("is worse with each path that fails", () => {
    const failing = pairFromRecordings("pathfail");
    expect(web01(lying(`/dev/mapper/${LUN_BETA}`, {}, failing))).toMatchObject({
      state: { text: "1/2 paths", severity: "warning" },
      alpha: { result: "fail" },
    });
    const maps = factsOf(failing, ALPHA, "multipath").maps.map((map) => ({
      ...map,
      paths: map.paths.map((path) => ({ ...path, usable: false })),
    }));
    const dead = withFacts(failing, ALPHA, "multipath", { maps, not_understood: [] });
    expect(web01(lying(`/dev/mapper/${LUN_BETA}`, {}, dead))).toMatchObject({
      state: { text: "0/2 paths", severity: "critical" },
      alpha: { result: "fail", text: `${LUN_BETA} has no usable path on alpha` },
    });
  });

  it("may be missing on one host, or be another LUN there", () => {
    const blind = withFacts(pair, BETA, "multipath", { maps: [], not_understood: [] });
    const gone = withFacts(blind, BETA, "lsblk", { devices: [], not_understood: [] });
    expect(web01(lying(`/dev/mapper/${LUN}`, {}, gone)).beta).toEqual({ result: "fail", text: `${LUN} missing on beta` });
    const alias = (wwid: string) =>
      factsOf(pair, ALPHA, "multipath")
        .maps.filter((map) => map.wwid === wwid)
        .map((map) => ({ ...map, name: "mpatha" }));
    const mixed = withFacts(withFacts(pair, ALPHA, "multipath", { maps: alias(LUN), not_understood: [] }), BETA, "multipath", {
      maps: alias(LUN_BETA),
      not_understood: [],
    });
    expect(web01(lying("/dev/mapper/mpatha", {}, mixed)).beta).toEqual({ result: "fail", text: "mpatha is another LUN on beta" });
  });
});

describe("a guest's disk on NFS", () => {
  const path = "/mnt/nfs/web01.img";

  it("is the export, and gone with the host that serves it", () => {
    expect(web01(lying(path))).toMatchObject({
      kind: "nfs",
      object: "10.99.1.2:/srv/export",
      state: { text: "mounted", severity: "ok" },
      beta: { result: "fail", text: "/mnt/nfs is 10.99.1.1:/srv/export on beta, 10.99.1.2:/srv/export on alpha" },
    });
  });

  it("must answer, which only its counters tell", () => {
    const series = (samples: readonly (readonly [number, number])[]) => ({
      ...pair,
      history: {
        ...pair.history,
        nfs: new Map([
          [
            "alpha|/mnt/nfs",
            samples.map(([sends, receives], index) => ({ at_ms: NOW_MS - 30_000 + index * 10_000, ops: 5, timeouts: 0, sends, receives })),
          ],
        ]),
      },
    });
    expect(
      web01(
        lying(
          path,
          {},
          series([
            [10, 10],
            [14, 10],
          ]),
        ),
      ),
    ).toMatchObject({ state: { text: "server silent", severity: "critical" } });
    expect(
      web01(
        lying(
          path,
          {},
          series([
            [10, 10],
            [14, 13],
          ]),
        ),
      ),
    ).toMatchObject({ state: { text: "mounted", severity: "ok" } });
  });

  it("must be mounted on the host in question", () => {
    const bare = withFacts(pair, BETA, "nfs", { mounts: [], not_understood: [] });
    expect(web01(lying(path, {}, bare)).beta).toEqual({ result: "fail", text: "10.99.1.2:/srv/export isn't mounted on beta" });
  });
});

describe("a guest's other disks", () => {
  it("on a logical volume of a host's own are nowhere else", () => {
    expect(web01(lying("/dev/vg0/lun0"))).toMatchObject({
      kind: "lvm",
      object: "vg0/lun0",
      chain: [
        ["lv vg0/lun0", "disk vdb"],
        ["lv vg0/lun0", "disk vdb"],
      ],
      state: { text: "present", severity: "ok" },
      beta: { result: "fail", text: "lv vg0/lun0 is a local disk of alpha" },
    });
    expect(web01(lying("/dev/mapper/vg0-lun0")).object).toBe("vg0/lun0");
    expect(web01(lying("/dev/vg0/gone")).beta).toEqual({ result: "fail", text: "lv vg0/gone missing on beta" });
  });

  it("on a logical volume of a LUN that both see are the same on both", () => {
    const shared = (state: PairState, host: HostId) => {
      const { devices } = factsOf(state, host, "lsblk");
      const lun = devices.find(({ name }) => name === LUN)?.kname ?? "";
      const lv = {
        ...devices.find(({ name }) => name === "vg0-lun0"),
        name: "san-web01",
        kname: "dm-9",
        path: "/dev/mapper/san-web01",
        parents: [lun],
        type: "lvm",
      };
      return withFacts(state, host, "lsblk", { devices: [...devices, lv as (typeof devices)[number]], not_understood: [] });
    };
    const state = lying("/dev/san/web01", {}, pair.order.reduce(shared, pair));
    expect(web01(state)).toMatchObject({
      kind: "lvm",
      object: `san/web01 on ${LUN}`,
      beta: { result: "pass", text: "lv san/web01 on shared storage" },
    });
    expect(web01(state).chain[0].slice(0, 2)).toEqual(["lv san/web01", `map ${LUN} 2/2 paths`]);
  });

  it("over NBD need a connected device, whose server nobody tells", () => {
    expect(web01(lying("/dev/nbd0"))).toMatchObject({ kind: "nbd", state: { text: "connected" }, beta: { result: "warn" } });
    expect(web01(lying("/dev/nbd1"))).toMatchObject({ state: { text: "not connected", severity: "critical" }, beta: { result: "fail" } });
    expect(web01(lying("nbd:10.0.0.9:10809"))).toMatchObject({ kind: "nbd", beta: { result: "unknown" } });
  });

  it("in files of the host's own are nowhere else, except what is only read", () => {
    const files = (state: PairState, present: boolean) =>
      withFacts(
        state,
        BETA,
        "xl-configs",
        factsOf(state, BETA, "xl-configs").map((file) => ({ ...file, paths: [{ path: "/srv/x.iso", present }] })),
      );
    expect(web01(lying("/srv/x.img")).beta).toEqual({ result: "fail", text: "/srv/x.img is a local file of alpha" });
    const iso = lying("/srv/x.iso", { cdrom: true, read_write: false });
    expect(web01(iso).beta.result).toBe("unknown");
    expect(web01(files(iso, true)).beta).toEqual({ result: "pass", text: "/srv/x.iso is local to beta" });
    expect(web01(files(iso, false)).beta).toEqual({ result: "fail", text: "/srv/x.iso missing on beta" });
  });

  it("may be empty drives, raw disks or unknown to the console", () => {
    expect(web01(withDisks(pair, disk({ cdrom: true, format: "empty" })))).toMatchObject({ kind: "empty", beta: { result: "pass" } });
    expect(web01(lying("/dev/sdz"))).toMatchObject({ kind: "block", beta: { result: "fail", text: "/dev/sdz missing on beta" } });
    expect(web01(lying("/dev/vda"))).toMatchObject({ kind: "block", beta: { result: "unknown" } });
    expect(web01(lying("rbd:pool/x", { backend: "qdisk" }))).toMatchObject({ kind: "unknown", beta: { result: "unknown" } });
    expect(web01(lying("iqn=iqn.2024-01.lab.xenha:array-alpha,portal=x", { script: "block-iscsi" }))).toMatchObject({
      kind: "iscsi",
      beta: { result: "fail" },
    });
  });
});

describe("names of logical volumes", () => {
  it("double their dashes in device mapper", () => {
    expect(lvOfDmName("vg--a-web--01")).toEqual({ vg: "vg-a", lv: "web-01" });
    expect(dmNameOf("vg-a", "web-01")).toBe("vg--a-web--01");
    expect(lvOfDmName("mpatha")).toBeUndefined();
  });
});
