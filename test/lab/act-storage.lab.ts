/**
 * DRBD, storage and network actions against real Xen, DRBD 8.4, multipath, open-iscsi, NBD, NFS and bridges: one console that stays, every plan run as
 * the command line runs it, and what came of it looked at on the hosts themselves. `npm run lab -- act-storage`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/cli/clock.ts";
import { settled } from "../../src/cli/collect.ts";
import { pairDefaults } from "../../src/cli/config.ts";
import { createRecall, createRecord, makeStateDir } from "../../src/cli/operator-record.ts";
import { openHosts } from "../../src/main-pair.ts";
import { createOperator, type Operator } from "../../src/state/plan/operator.ts";
import { isRefusal, obstacles, type Plan } from "../../src/state/plan/plan.ts";
import { createRuntime, type Runtime } from "../../src/state/runtime.ts";
import { createSelectPair } from "../../src/state/select/pair.ts";
import { initialState } from "../../src/state/update.ts";
import type { PairView } from "../../src/state/view-model.ts";
import type { HostLink } from "../../src/xen/host/link.ts";
import { hostId } from "../../src/xen/model/ids.ts";
import { type ReadingId, readingIds } from "../../src/xen/read/index.ts";
import { type Clocks, fault, keepClocks, on, reset, sshConfig } from "./pair.ts";

const HOSTS = ["alpha", "beta"] as const;
type Host = (typeof HOSTS)[number];
const MINUTE_MS = 60_000;
const LOOK_MS = 500;

let runtime: Runtime;
let operator: Operator;
let links: Readonly<Record<Host, HostLink>>;
const select = createSelectPair();
const state_dir = mkdtempSync(join(tmpdir(), "xenha-lab-"));
let plans = 0;

const passing = (ms: number): Promise<void> => new Promise((resolve) => void systemClock.after(ms, resolve));
async function until(what: string, so: () => boolean | Promise<boolean>, limit_ms = 3 * MINUTE_MS): Promise<void> {
  const end_ms = systemClock.now_ms() + limit_ms;
  while (!(await so())) {
    if (systemClock.now_ms() > end_ms) throw new Error(`not within ${limit_ms / 1000} s: ${what}`);
    await passing(LOOK_MS);
  }
}
const view = (): PairView => select(runtime.state(), systemClock.now_ms());

/** What the screen would have come to by itself, at the readings' own cadence. */
async function anew(...ids: readonly ReadingId[]): Promise<void> {
  const since_ms = systemClock.now_ms();
  for (const host of HOSTS) {
    links[host].send(`k ${Math.floor(since_ms)}`);
    for (const id of ids) links[host].send(`f ${id}`);
  }
  await until(`${ids.join(", ")} read`, () =>
    HOSTS.every((host) =>
      ids.every((id) => {
        const known = runtime.state().hosts.get(hostId(host))?.facts[id];
        if (known === undefined || known.state === "unknown") return false;
        return known.state === "known" ? (known.asked_ms ?? 0) >= Math.floor(since_ms) : known.at_ms >= since_ms;
      }),
    ),
  );
}

/** As an operator waits who is told that something isn't freshly read: an emulated host that is busy tells late. */
async function planned(action: string, args: Record<string, string>): Promise<Plan> {
  await operator.prepare({ action, args });
  const made = (): Plan => {
    const plan = operator.plan({ action, args });
    if (isRefusal(plan)) throw new Error(`${plan.refused}; ${plan.advice}`);
    return plan;
  };
  await until("what it goes by is freshly read", () => made().checks.every(({ text }) => !/not freshly read/.test(text)));
  return made();
}
const against = (plan: Plan): string =>
  obstacles(plan)
    .map(({ text }) => text)
    .join("\n");

async function act(action: string, args: Record<string, string>): Promise<Plan> {
  const plan = await planned(action, args);
  expect(against(plan), action).toBe("");
  plans += 1;
  const who = { id: `lab-${process.pid}-${plans}`, driver: `d${process.pid}-${plans}`, operator: "lab", reason: "act-storage.lab.ts" };
  const outcome = await operator.run(plan, who, { stopping: () => false, tell: () => undefined });
  expect({ action, ...outcome }).toMatchObject({ result: "done" });
  return plan;
}

let clocks: Clocks;

beforeAll(async () => {
  clocks = keepClocks();
  await reset();
  expect(makeStateDir(state_dir)).toBeUndefined();
  const pair = await openHosts({ ...pairDefaults, name: "lab", hosts: HOSTS, ssh_config: sshConfig }, {});
  links = { alpha: pair.links[0], beta: pair.links[1] };
  const both = [
    { host: hostId("alpha"), link: pair.links[0] },
    { host: hostId("beta"), link: pair.links[1] },
  ] as const;
  const initial = initialState({ name: "lab", hosts: [both[0].host, both[1].host], now_ms: systemClock.now_ms() });
  runtime = createRuntime({ initial, links: both, clock: systemClock, select, publish: () => undefined, asked: readingIds });
  operator = createOperator({
    links: both,
    clock: systemClock,
    state: runtime.state,
    select,
    record: createRecord(state_dir),
    recall: createRecall(state_dir),
  });
  runtime.start();
  await until("both hosts told everything", () => settled(runtime.state(), systemClock.now_ms()), 10 * MINUTE_MS);
});

afterAll(async () => {
  clocks.stop();
  runtime?.stop();
  rmSync(state_dir, { recursive: true, force: true });
  await reset();
});

describe("DRBD", () => {
  const dstate = (resource: string): Promise<string> => on("alpha", `drbdadm dstate ${resource}`);

  it("a resync is slowed, held, let go on and sped up again, and its kept snapshot removed", async () => {
    await act("drbd rate", { resource: "r0", rate: "1024", on: "beta" });
    expect(await on("beta", "drbdsetup show r0 | grep c-max-rate")).toContain("1024k");
    await anew("drbd-show", "lvm");
    const invalidate = await act("drbd invalidate", { resource: "r0", on: "beta", snapshot: "yes" });
    expect(invalidate.steps.map(({ id }) => id)).toEqual(["snapshot-0", "invalidate"]);
    await anew("drbd-status", "drbd-show", "lvm");
    await act("drbd pause-sync", { resource: "r0", on: "beta" });
    expect(await on("beta", "cat /proc/drbd")).toMatch(/0: cs:PausedSyncT/);
    await anew("drbd-status", "drbd-proc");
    expect(view().drbd.find(({ key }) => key === "r0/0")?.resync?.paused).toBe("by hand on beta");
    expect(against(await planned("drbd resume-sync", { resource: "r0", on: "alpha" }))).toMatch(/was paused on beta: resume it there/);
    const before = await on("beta", "sed -n '/^ 0:/,/^ 1:/p' /proc/drbd | grep -o 'oos:[0-9]*'");
    const faster = await act("drbd rate", { resource: "r0", rate: "20480", on: "beta" });
    expect(faster.steps[0]?.undo).toBe("drbd rate r0 1024 --on beta");
    await act("drbd resume-sync", { resource: "r0", on: "beta" });
    await until("r0 is UpToDate", async () => /UpToDate\/UpToDate/.test(await dstate("r0")));
    expect(before).not.toBe("oos:0");
    await anew("drbd-status", "lvm", "drbd-show");
    expect(view().findings.filter(({ severity }) => severity === "critical")).toEqual([]);
    await act("drbd forget", { resource: "r0", on: "beta" });
    expect(await on("beta", "lvs --noheadings -o lv_name vg0")).not.toContain("xenha");
  });

  it("a split brain made by writing on both sides, the guest running on alpha, is repaired with beta's data kept in a snapshot", async () => {
    await on("beta", "drbdadm disconnect r2");
    await on("alpha", "drbdadm disconnect r2");
    await on("beta", "drbdadm primary r2 && dd if=/dev/urandom of=/dev/drbd2 bs=4k count=64 seek=2048 oflag=direct status=none");
    await on("alpha", "drbdadm connect r2");
    await on("beta", "drbdadm connect r2");
    await until("both are StandAlone", async () =>
      (await Promise.all(HOSTS.map((host) => on(host, "drbdadm cstate r2")))).every((said) => /StandAlone/.test(said)),
    );
    await anew("drbd-status", "drbd-proc", "drbd-gi", "drbd-show", "lvm", "xl-list", "xenstore", "lsblk");
    await until("it is told", () => view().findings.some(({ rule }) => rule === "drbd.split_brain"));
    expect(against(await planned("migrate", { guest: "cache01" }))).toMatch(/r2/);
    expect(against(await planned("drbd repair", { resource: "r2", discard: "alpha" }))).toMatch(
      /cache01 on alpha uses r2: stop it there first/,
    );
    const plan = await planned("drbd repair", { resource: "r2", discard: "beta" });
    expect(plan.confirm).toMatchObject({ word: "discard beta" });
    expect(plan.loses.join()).toMatch(/everything written to r2 on beta since \d{4}-.*: 256 KiB/);
    const told = plan.checks.filter(({ id }) => id === "evidence").map(({ text }) => text);
    expect(told[0]).toMatch(/^alpha: Primary UpToDate, .*cache01 runs on it: it is written now, generation [0-9A-F]{16}:/);
    expect(told[1]).toMatch(/^beta: Primary UpToDate, 256 KiB of its own since/);
    const heartbeat = await on("alpha", "xl list cache01 | tail -1 | awk '{print $2}'");
    await act("drbd repair", { resource: "r2", discard: "beta" });
    expect(await dstate("r2")).toContain("UpToDate/UpToDate");
    expect(await on("beta", "drbdadm role r2")).toMatch(/Secondary\/Primary/);
    expect(await on("alpha", "xl list cache01 | tail -1 | awk '{print $2}'")).toBe(heartbeat);
    // What beta had is in the snapshot: the random blocks are there, and not in the volume any more.
    const sums = await on(
      "beta",
      "s=$(lvs --noheadings -o lv_path vg0 | grep xenha-r2); for d in $s /dev/vg0/cache01; do dd if=$d bs=4k skip=2048 count=64 iflag=direct status=none | md5sum; done",
    );
    const [kept, now] = sums.trim().split("\n");
    expect(kept).not.toBe(now);
    await anew("drbd-status", "lvm");
    await act("drbd forget", { resource: "r2", on: "beta" });
  });

  it("is disconnected, connected, demoted and promoted; what a guest uses isn't", async () => {
    await anew("drbd-status", "xl-list", "xenstore", "lsblk");
    expect(against(await planned("drbd secondary", { resource: "r0", on: "alpha" }))).toMatch(/web01 on alpha uses r0/);
    await act("drbd disconnect", { resource: "r1", on: "alpha" });
    await anew("drbd-status", "drbd-proc");
    await act("drbd connect", { resource: "r1" });
    expect(against(await planned("drbd verify", { resource: "r1", on: "beta" }))).toMatch(/no verify-alg/);
    await until("r1 is whole again", async () => /UpToDate\/UpToDate/.test(await dstate("r1")));
  });
});

describe("storage", () => {
  const BETA = "iqn.2024-01.lab.xenha:array-beta";

  it("a path is failed, stays failed over its checker's rounds, its sister is kept, and it is reinstated", async () => {
    await anew("multipath", "iscsi");
    const map = view().storage.find(({ kind, subtitle }) => kind === "multipath" && /ARRAY-BETA/.test(subtitle ?? ""));
    const devs = (map?.cells[0]?.details ?? []).flatMap((text) => /^(sd\w+) active/.exec(text)?.[1] ?? []);
    expect(devs).toHaveLength(2);
    const [first = "", second = ""] = devs;
    await act("path fail", { path: first, on: "alpha" });
    await passing(12_000);
    expect(await on("alpha", `multipathd show paths raw format "%d %t" | grep "^${first} "`)).toContain("failed");
    await anew("multipath");
    expect(against(await planned("path fail", { path: second, on: "alpha" }))).toMatch(new RegExp(`${second} is the last ready path`));
    await act("path reinstate", { path: first, on: "alpha" });
    expect(await on("alpha", `multipathd show paths raw format "%d %t" | grep "^${first} "`)).toContain("active");
  });

  it("an unused iSCSI session is ended and begun again; the last one takes its map with it", async () => {
    await anew("multipath", "iscsi", "lsblk", "xl-list", "xenstore");
    await act("storage iscsi logout", { target: BETA, portal: "10.99.2.2", on: "alpha" });
    await anew("multipath", "iscsi", "lsblk");
    const last = await act("storage iscsi logout", { target: BETA, portal: "10.99.1.2", on: "alpha" });
    expect(last.steps.map(({ id }) => id)).toEqual(["flush-0", "logout"]);
    expect(await on("alpha", "multipath -ll; iscsiadm -m session")).not.toContain("array-beta");
    await anew("multipath", "iscsi");
    await act("storage iscsi login", { target: BETA, portal: "10.99.1.2", on: "alpha" });
    await act("storage iscsi login", { target: BETA, portal: "10.99.2.2", on: "alpha" });
    await act("storage rescan", { bus: "iscsi", on: "alpha" });
    await act("storage rescan", { bus: "scsi", on: "alpha" });
    await until("both paths are back", async () => (await on("alpha", "multipath -ll | grep -c 'active ready running'")).trim() === "4");
  });

  it("NBD is disconnected and connected; NFS is mounted anew, and as the other host has it", async () => {
    await anew("nbd", "nfs", "lsblk", "xl-list", "xenstore", "ip-addr");
    await act("storage nbd disconnect", { device: "nbd0", on: "alpha" });
    await anew("nbd");
    await act("storage nbd connect", { device: "nbd0", server: "10.99.1.2", on: "alpha", export: "disk" });
    expect((await on("alpha", "cat /sys/block/nbd0/size")).trim()).toBe("65536");
    const refused = await operator.plan({ action: "storage nbd connect", args: { device: "nbd7", server: "10.99.1.2", on: "alpha" } });
    expect(refused).toMatchObject({ refused: 'alpha has no device "nbd7"' });
    const before = await on("alpha", "grep -A1 'mounted on /mnt/nfs' /proc/self/mountstats | grep opts");
    await act("storage nfs remount", { mount: "/mnt/nfs", on: "alpha" });
    expect(await on("alpha", "grep -A1 'mounted on /mnt/nfs' /proc/self/mountstats | grep opts")).toBe(before);
  });

  it("an NFS mount whose server is silent is let go of without hanging, and mounted once it answers", async () => {
    await fault("hang", "alpha", "on");
    await on("alpha", "(timeout -s KILL 100 stat -f /mnt/nfs >/dev/null 2>&1 &) ; true");
    await until("its silence is told", async () => {
      await anew("nfs");
      return /not answering/.test(
        view().storage.find(({ kind, cells }) => kind === "nfs" && cells[0] !== undefined)?.cells[0]?.state.text ?? "",
      );
    });
    expect(against(await planned("storage nfs remount", { mount: "/mnt/nfs", on: "alpha" }))).toMatch(/any touch of it would hang/);
    const plan = await planned("storage nfs remount", { mount: "/mnt/nfs", on: "alpha", lazy: "yes" });
    expect(against(plan)).toBe("");
    plans += 1;
    const who = { id: `lab-${process.pid}-${plans}`, driver: `d${process.pid}-${plans}`, operator: "lab", reason: "silent" };
    // The server is silent still: it is out of the tree, and mounting it is given up.
    expect(await operator.run(plan, who, { stopping: () => false, tell: () => undefined })).toMatchObject({ result: "failed" });
    expect(await on("alpha", "grep -c ' /mnt/nfs ' /proc/self/mountinfo; true")).toMatch(/^0/);
    await on("alpha", "tc qdisc del dev eth1 clsact");
    await anew("nfs");
    await act("storage nfs remount", { mount: "/mnt/nfs", on: "alpha", device: "10.99.1.2:/srv/export" });
  });
});

describe("network", () => {
  it("a missing VLAN and bridge is made by alpha's example, taken away, and made again", async () => {
    await on("beta", "ip link del xenbr-dmz; ip link del eth2.200");
    await anew("ip-link", "ip-addr");
    const plan = await act("net create", { bridge: "xenbr-dmz", on: "beta" });
    expect(plan.steps.map(({ argv }) => argv.join(" "))).toEqual([
      "ip link add link eth2 name eth2.200 type vlan id 200",
      "ip link add name xenbr-dmz type bridge",
      "ip link set dev eth2.200 master xenbr-dmz",
      "ip link set dev eth2.200 up",
      "ip link set dev xenbr-dmz up",
    ]);
    expect(await on("beta", "ip -d link show eth2.200")).toMatch(/master xenbr-dmz .*state UP[\s\S]*vlan protocol 802\.1Q id 200/);
    // Frames really pass: alpha's bridge answers beta's.
    await on("alpha", "ip addr add 10.77.0.1/24 dev xenbr-dmz");
    await on("beta", "ip addr add 10.77.0.2/24 dev xenbr-dmz; ping -c 2 -W 5 10.77.0.1");
    await on("alpha", "ip addr del 10.77.0.1/24 dev xenbr-dmz");
    await on("beta", "ip addr del 10.77.0.2/24 dev xenbr-dmz");
    await anew("ip-link", "ip-addr", "bridge-link");
    expect(
      view()
        .bridges.find(({ name }) => name === "xenbr-dmz")
        ?.parity.filter(({ severity }) => severity !== "info"),
    ).toEqual([]);
    await act("net remove", { bridge: "xenbr-dmz", on: "beta" });
    expect(await on("beta", "ip link")).not.toMatch(/xenbr-dmz|eth2\.200/);
    await anew("ip-link", "ip-addr");
    await act("net create", { bridge: "xenbr-dmz", on: "beta" });
  });

  it("a bridge that guests are on, without its uplink, is made whole under them", async () => {
    await fault("vlan", "beta", "off");
    await anew("ip-link");
    const plan = await act("net create", { bridge: "xenbr-priv", on: "beta" });
    expect(plan.steps.map(({ id }) => id)).toEqual(["vlan", "join", "port-up"]);
  });

  it("no port is set down that ssh or DRBD comes over; one that only has a second path is, and is set up again", async () => {
    await anew("ip-link", "ip-addr", "multipath", "iscsi");
    expect(against(await planned("net port down", { port: "eth0", on: "alpha" }))).toMatch(/ssh comes to alpha over it \(10\.0\.2\.15\)/);
    expect(against(await planned("net port down", { port: "eth1", on: "alpha" }))).toMatch(/DRBD replicates over it: r0, r1, r2/);
    const plan = await act("net port down", { port: "eth3", on: "alpha" });
    expect(plan.checks.map(({ text }) => text).join("\n")).toMatch(/iSCSI sessions [\d, ]+ go over it: their disks keep their other paths/);
    await anew("ip-link");
    await act("net port up", { port: "eth3", on: "alpha" });
    await on("alpha", "ip addr show dev eth3 | grep -q 10.99.2.1 || ip addr add 10.99.2.1/24 dev eth3");
  });
});
