/** Ways to disks: what is done to them shows in the readings, and nothing that is used is taken away. */
import { describe, expect, it } from "vitest";
import { nodesOf } from "../../../src/sim/model/storage-paths.ts";
import { LUNS } from "../../../src/sim/scenarios/parts/demo-pair.ts";
import { ARRAY, NAS } from "../../../src/sim/scenarios/parts/storage.ts";
import { san } from "../../../src/sim/scenarios/san.ts";
import type { Scenario } from "../../../src/sim/scenarios/scenario.ts";
import { obstacles, type Plan } from "../../../src/state/plan/plan.ts";
import { calm, pairFor } from "./pair.ts";

const against = (plan: Plan): string =>
  obstacles(plan)
    .map(({ text }) => text)
    .join("\n");
const texts = (plan: Plan, result: string): string =>
  plan.checks.flatMap((check) => (check.result === result ? [check.text] : [])).join("\n");
const done = { result: "done" };
const FC: Scenario = { ...san, steps: [] };

async function open(scenario: Scenario = calm) {
  const pair = pairFor(scenario);
  const ana = pair.open();
  await pair.pass(25_000);
  const plan = (action: string, args: Record<string, string>) => pair.made(ana, { action, args });
  const refused = (action: string, args: Record<string, string>) => ana.operator.plan({ action, args });
  const act = async (action: string, args: Record<string, string>) => {
    const made = plan(action, args);
    expect(against(made), action).toBe("");
    return pair.until(pair.run(ana, made));
  };
  const [alpha, beta] = pair.world.hosts;
  return { ...pair, ana, plan, refused, act, alpha, beta };
}
const WWID = LUNS[0]?.wwid ?? "";

describe("a path", () => {
  it("is failed, stays so, and is put back", async () => {
    const pair = await open();
    const path = () => pair.alpha.storage.paths.find(({ dev }) => dev === "sdb");
    const plan = pair.plan("path fail", { path: "sdb", on: "alpha" });
    expect(plan).toMatchObject({ risk: "disruptive", confirm: { word: "sdb" }, steps: [{ argv: ["multipathd", "fail", "path", "sdb"] }] });
    expect(texts(plan, "pass")).toMatch(/keeps sdd; erp01 goes on over them/);
    expect(texts(plan, "warn")).toMatch(/then one path is left: sdd/);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(path()).toMatchObject({ dm_state: "failed", dev_state: "running" });
    // Its session comes and goes: that doesn't put it back.
    pair.sim.fault.iscsiDown("alpha", ARRAY.portals[0]);
    await pair.pass(3_000);
    pair.sim.fault.iscsiBack("alpha", ARRAY.portals[0]);
    await pair.pass(12_000);
    expect(path()?.dm_state).toBe("failed");
    expect(against(pair.plan("path fail", { path: "sdb", on: "alpha" }))).toMatch(/sdb has failed already/);
    expect(await pair.act("path reinstate", { path: "/dev/sdb", on: "alpha" })).toMatchObject(done);
    expect(path()?.dm_state).toBe("active");
  });

  it("that is the last ready one is never failed", async () => {
    const pair = await open();
    expect(await pair.act("path fail", { path: "sdb", on: "alpha" })).toMatchObject(done);
    await pair.pass(12_000);
    const plan = pair.plan("path fail", { path: "sdd", on: "alpha" });
    expect(against(plan)).toBe(`sdd is the last ready path of ${WWID} on alpha`);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject({ result: "refused" });
    // The other one goes between the plan and its step: then this one isn't touched.
    expect(await pair.act("path reinstate", { path: "sdb", on: "alpha" })).toMatchObject(done);
    await pair.pass(12_000);
    const again = pair.plan("path fail", { path: "sdd", on: "alpha" });
    pair.sim.fault.pathFailed("alpha", "sdb");
    expect(["refused", "stopped", "failed"]).toContain((await pair.until(pair.run(pair.ana, again))).result);
    expect(pair.alpha.storage.paths.find(({ dev }) => dev === "sdd")?.dm_state).toBe("active");
  });

  it("isn't failed where those that are left come and go, though they are ready right now", async () => {
    const pair = await open();
    const flap = async (dev: string): Promise<void> => {
      for (let turn = 0; turn < 5; turn += 1) {
        pair.sim.fault.pathFailed("alpha", dev);
        await pair.pass(12_000);
        pair.sim.fault.pathBack("alpha", dev);
        await pair.pass(12_000);
      }
    };
    await flap("sdd");
    expect(pair.alpha.storage.paths.find(({ dev }) => dev === "sdd")?.dm_state).toBe("active");
    const plan = pair.plan("path fail", { path: "sdb", on: "alpha" });
    expect(against(plan)).toBe(`sdb is the last ready path of ${WWID} on alpha that holds: sdd comes and goes`);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject({ result: "refused" });
    // The one that flaps is what is to be taken out.
    const right = pair.plan("path fail", { path: "sdd", on: "alpha" });
    expect(against(right)).toBe("");
    expect(texts(right, "pass")).toMatch(/keeps sdb; /);
  });

  it("that flaps beside others isn't what the step waits for to be left", async () => {
    const pair = await open(FC);
    const maps = pair.alpha.storage.maps[0];
    const [first, second, third] = pair.alpha.storage.paths.filter(({ wwid, dm_state }) => wwid === maps?.wwid && dm_state === "active");
    if (first === undefined || second === undefined || third === undefined) throw new Error("too few paths");
    for (let turn = 0; turn < 5; turn += 1) {
      pair.sim.fault.pathFailed("alpha", first.dev);
      await pair.pass(12_000);
      pair.sim.fault.pathBack("alpha", first.dev);
      await pair.pass(12_000);
    }
    const plan = pair.plan("path fail", { path: second.dev, on: "alpha" });
    expect(against(plan)).toBe("");
    expect(texts(plan, "warn")).toMatch(new RegExp(`not counted: ${first.dev} comes and goes`));
    expect(plan.steps[0]?.before).not.toEqual([expect.objectContaining({ name: first.dev })]);
  });

  it("whose device the kernel has given up says so, and isn't called back before it is", async () => {
    const pair = await open();
    pair.sim.fault.iscsiDown("alpha", ARRAY.portals[0]);
    await pair.pass(25_000);
    const plan = pair.plan("path reinstate", { path: "sdb", on: "alpha" });
    expect(texts(plan, "warn")).toMatch(/sdb is transport-offline: it will fail again/);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject({ result: "failed" });
  });

  it("can be meant from its map's row, and nobody else's is taken for it", async () => {
    const pair = await open();
    const other = `multipath:${LUNS[1]?.wwid}`;
    expect(pair.plan("path fail", { path: "sdb", on: "alpha", map: `multipath:${WWID}` }).request.args.map).toBe(WWID);
    expect(pair.refused("path fail", { path: "sdb", on: "alpha", map: other })).toMatchObject({ refused: 'alpha has no path "sdb"' });
    expect(pair.refused("path fail", { path: "sdb", on: "alpha", map: "nomap" })).toMatchObject({
      refused: 'alpha has no multipath map "nomap"',
    });
  });
});

describe("an iSCSI session", () => {
  const unused = async () => {
    const pair = await open();
    for (const guest of ["erp01", "db02"]) pair.sim.fault.guestStop(guest);
    await pair.pass(12_000);
    return pair;
  };

  it("is ended where nothing uses its disks, and begun again", async () => {
    const pair = await unused();
    const args = { target: ARRAY.target, portal: ARRAY.portals[1], on: "alpha" };
    const plan = pair.plan("storage iscsi logout", args);
    expect(against(plan)).toBe("");
    expect(plan).toMatchObject({ risk: "disruptive", confirm: { word: "10.99.2.20:3260" } });
    expect(plan.trials.map(({ argv }) => argv.at(-1))).toEqual(LUNS.map(({ wwid }) => wwid));
    expect(texts(plan, "warn")).toMatch(/db02, erp01 can't run on alpha without it/);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(pair.alpha.storage.sessions.map(({ portal }) => portal)).toEqual(["10.99.1.20:3260"]);
    expect(pair.alpha.storage.maps).toHaveLength(2);
    await pair.pass(25_000);
    expect(against(pair.plan("storage iscsi logout", args))).toMatch(/alpha has no session/);
    expect(await pair.act("storage iscsi login", args)).toMatchObject(done);
    expect(pair.alpha.storage.paths.filter(({ wwid, dm_state }) => wwid === WWID && dm_state === "active")).toHaveLength(2);
  });

  it("that is a map's last way takes the map with it first, so that nothing queues on it", async () => {
    const pair = await unused();
    expect(await pair.act("storage iscsi logout", { target: ARRAY.target, portal: ARRAY.portals[1], on: "alpha" })).toMatchObject(done);
    await pair.pass(25_000);
    const plan = pair.plan("storage iscsi logout", { target: ARRAY.target, portal: ARRAY.portals[0], on: "alpha" });
    expect(plan.steps.map(({ id, argv }) => `${id}: ${argv.slice(0, 2).join(" ")}`)).toEqual([
      "flush-0: multipath -f",
      "flush-1: multipath -f",
      "logout: iscsiadm -m",
    ]);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(pair.alpha.storage.maps).toEqual([]);
    await pair.pass(25_000);
    expect(await pair.act("storage iscsi login", { target: ARRAY.target, portal: ARRAY.portals[0], on: "alpha" })).toMatchObject(done);
    expect(pair.alpha.storage.maps).toHaveLength(2);
  });

  it("whose disks a guest uses is not ended, though another way is left; nor one that is used by nobody that is known", async () => {
    const pair = await open();
    const args = { target: ARRAY.target, portal: ARRAY.portals[1], on: "alpha" };
    expect(against(pair.plan("storage iscsi logout", args))).toMatch(/is used by erp01/);
    for (const guest of ["erp01", "db02"]) pair.sim.fault.guestStop(guest);
    await pair.pass(12_000);
    const plan = pair.plan("storage iscsi logout", args);
    expect(against(plan)).toBe("");
    pair.sim.fault.guestStart("erp01", "alpha");
    const outcome = await pair.until(pair.run(pair.ana, plan));
    expect(outcome).toMatchObject({ result: "refused", text: expect.stringMatching(/used by erp01|nobody on alpha has .* open/) });
    expect(pair.alpha.storage.sessions).toHaveLength(2);
  });

  it("needs a record of discovery, and a portal where there are several", async () => {
    const pair = await open();
    const target = "iqn.2001-04.com.example:never-discovered";
    const plan = pair.plan("storage iscsi login", { target, portal: "10.99.1.77", on: "alpha" });
    expect(plan.request.args.portal).toBe("10.99.1.77:3260");
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject({
      result: "refused",
      text: expect.stringContaining("No records found"),
    });
    expect(pair.refused("storage iscsi logout", { target: ARRAY.target, on: "alpha" })).toMatchObject({
      refused: `${ARRAY.target} has several portals`,
      advice: "--portal 10.99.1.20:3260 or 10.99.2.20:3260",
    });
    expect(pair.plan("storage iscsi logout", { target: `iscsi:${ARRAY.target}|10.99.2.20:3260`, on: "beta" }).request.args).toMatchObject({
      target: ARRAY.target,
      portal: "10.99.2.20:3260",
    });
    for (const bad of ["flash1", "iqn.x; reboot", "-T", "iqn.$(reboot)", "iqn.a b"])
      expect(pair.refused("storage iscsi logout", { target: bad, on: "alpha" }), bad).toMatchObject({
        refused: expect.stringContaining("is not the name of an iSCSI target"),
      });
    for (const portal of ["; reboot", "-p", "10.0.0.1:99999999", "a b:3260"])
      expect(pair.refused("storage iscsi login", { target: ARRAY.target, portal, on: "alpha" }), portal).toMatchObject({
        refused: expect.stringContaining("is not a portal"),
      });
  });
});

describe("a look for new disks", () => {
  it("finds what was added, and fails where its command does", async () => {
    const pair = await open();
    const map = pair.alpha.storage.maps[0];
    if (map === undefined) throw new Error("no map");
    nodesOf(pair.alpha)[0]?.luns.push({ lun: 9, map: { ...map, name: "new", wwid: "36001405new0000000000000000000009" } });
    expect(await pair.act("storage rescan", { bus: "iscsi", on: "alpha" })).toMatchObject(done);
    expect(pair.alpha.storage.maps).toHaveLength(3);
    expect(await pair.act("storage rescan", { bus: "scsi", on: "alpha" })).toMatchObject(done);
    pair.alpha.plans.faults.next = "fail";
    expect(await pair.until(pair.run(pair.ana, pair.plan("storage rescan", { bus: "scsi", on: "alpha" })))).toMatchObject({
      result: "failed",
      text: expect.stringContaining("exit 1"),
    });
    expect(pair.refused("storage rescan", { bus: "usb", on: "alpha" })).toMatchObject({ refused: 'bus is iscsi or scsi, not "usb"' });
  });
});

describe("an NPIV port", () => {
  const NAMES = "21010024ff7c9901:20010024ff7c9901";

  it("is created on a port, and deleted again", async () => {
    const pair = await open(FC);
    const plan = pair.plan("storage npiv create", { port: "host15", names: NAMES, on: "alpha" });
    expect(against(plan)).toBe("");
    expect(plan.steps).toMatchObject([
      { argv: ["tee", "/sys/class/fc_host/host15/vport_create"], input: { kind: "text", text: `${NAMES}\n` } },
    ]);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(pair.alpha.storage.fc[0]?.vports.at(-1)).toMatchObject({ port_name: "0x21010024ff7c9901", state: "Active" });
    await pair.pass(20_000);
    const remove = pair.plan("storage npiv delete", { vport: "fc:0x21010024ff7c9901" });
    expect(remove).toMatchObject({ risk: "disruptive", confirm: { word: "21010024ff7c9901" } });
    expect(await pair.until(pair.run(pair.ana, remove))).toMatchObject(done);
    expect(pair.alpha.storage.fc[0]?.vports).toHaveLength(2);
  });

  it("has a name that neither host uses, and both have said so", async () => {
    const pair = await open(FC);
    const used = pair.beta.storage.fc[1]?.vports[0]?.port_name?.slice(2) ?? "";
    const plan = pair.plan("storage npiv create", { port: "host15", names: `${used}:20010024ff7c9901`, on: "alpha" });
    expect(against(plan)).toMatch(new RegExp(`${used} is vport-16:0-0 on beta: a fabric lets one name log in once`));
    pair.sim.fault.hang("beta", "fc");
    await pair.pass(90_000);
    expect(against(pair.plan("storage npiv create", { port: "host15", names: NAMES, on: "alpha" }))).toMatch(
      /beta: which names its ports have isn't known/,
    );
    pair.sim.fault.fcLinkdown("alpha", "host16");
    await pair.pass(20_000);
    expect(against(pair.plan("storage npiv create", { port: "host16", names: NAMES, on: "alpha" }))).toMatch(/host16 on alpha is Linkdown/);
    for (const names of ["", "x", "2101:2001", `${NAMES}:1`, `${NAMES.slice(1)}`, "0000000000000000:20010024ff7c9901", "; reboot"])
      expect(pair.refused("storage npiv create", { port: "host15", names, on: "alpha" })).toMatchObject({ refused: expect.any(String) });
    expect(pair.refused("storage npiv create", { port: "host15", names: NAMES })).toMatchObject({
      refused: "both hosts have a Fibre Channel port host15",
    });
  });

  it("that a path goes through is not deleted", async () => {
    const pair = await open(FC);
    const vport = pair.alpha.storage.fc[0]?.vports[0];
    const path = pair.alpha.storage.paths[0];
    if (vport === undefined || path?.transport.kind !== "fc") throw new Error("no path");
    pair.alpha.overrides.set("multipath", (stdout) => ({
      rc: 0,
      stdout: stdout.replace(/"host_wwpn" : "0x[0-9a-f]+"/, `"host_wwpn" : "${vport.port_name}"`),
    }));
    await pair.pass(15_000);
    expect(against(pair.plan("storage npiv delete", { vport: vport.name, on: "alpha" }))).toMatch(/it is used by sap01, sdb of mpatha/);
  });
});

describe("a network block device", () => {
  it("is connected and disconnected", async () => {
    const pair = await open(FC);
    pair.world.servers.set("10.99.1.40", true);
    expect(against(pair.plan("storage nbd connect", { device: "nbd0", server: "10.99.1.40", on: "alpha" }))).toMatch(
      /nbd0 on alpha is connected/,
    );
    expect(await pair.act("storage nbd disconnect", { device: "nbd0", on: "alpha" })).toMatchObject(done);
    expect(pair.alpha.storage.nbd[0]?.pid).toBeUndefined();
    await pair.pass(25_000);
    const plan = pair.plan("storage nbd connect", { device: "nbd0", server: "10.99.1.40", on: "alpha", export: "disk", port: "10810" });
    expect(plan.steps[0]?.argv.join(" ")).toBe("timeout -k 5 30 nbd-client -N disk 10.99.1.40 10810 /dev/nbd0");
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(pair.alpha.storage.nbd[0]?.pid).toBeDefined();
  });

  it("whose server is silent fails within its time, and holds nothing", async () => {
    const pair = await open(FC);
    await pair.act("storage nbd disconnect", { device: "nbd0", on: "alpha" });
    await pair.pass(25_000);
    pair.world.servers.set("10.99.1.40", false);
    const began_ms = pair.sim.now_ms();
    expect(
      await pair.until(pair.run(pair.ana, pair.plan("storage nbd connect", { device: "nbd0", server: "10.99.1.40", on: "alpha" }))),
    ).toMatchObject({ result: "failed" });
    expect(pair.sim.now_ms() - began_ms).toBeLessThan(60_000);
  });

  it("that a guest uses is not disconnected", async () => {
    const pair = await open(FC);
    const guest = pair.alpha.domains.find(({ name }) => name === "sap01");
    const vbd = guest?.vbds[0];
    if (guest?.guest === undefined || vbd === undefined) throw new Error("no guest");
    const disk = { ...vbd.disk, backing: { kind: "nbd", dev: "nbd0" } as const };
    Object.assign(vbd, { disk, device_path: "/dev/nbd0", physical_device: "2b:0" });
    await pair.pass(40_000);
    expect(against(pair.plan("storage nbd disconnect", { device: "nbd0", on: "alpha" }))).toMatch(/nbd0 on alpha is used by sap01/);
    for (const device of ["nbd9", "sda", "../etc", "-d", "nbd0;reboot"])
      expect(pair.refused("storage nbd disconnect", { device, on: "alpha" }), device).toMatchObject({
        refused: expect.stringContaining("has no device"),
      });
  });
});

describe("an NFS mount", () => {
  const FOLDER = "/srv/nfs/xen";
  const mountOn = (host: { storage: { nfs: { mountpoint: string }[] } }) =>
    host.storage.nfs.find(({ mountpoint }) => mountpoint === FOLDER);

  it("that only the other host has is mounted like there", async () => {
    const pair = await open();
    pair.alpha.storage.nfs = [];
    await pair.pass(15_000);
    const plan = pair.plan("storage nfs remount", { mount: FOLDER, on: "alpha" });
    expect(plan).toMatchObject({ risk: "routine" });
    expect(plan.steps.map(({ argv }) => argv.join(" "))).toEqual([
      expect.stringMatching(
        /^timeout -k 5 60 mount -t nfs4 -o rw,vers=4\.2,rsize=1048576,wsize=1048576,.*hard,proto=tcp,timeo=600,retrans=2,sec=sys,retry=0 10\.99\.1\.30:\/export\/xen \/srv\/nfs\/xen$/,
      ),
    ]);
    expect(plan.steps[0]?.argv.join(" ")).not.toMatch(/clientaddr|local_lock|namlen/);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
    expect(mountOn(pair.alpha)).toBeDefined();
  });

  it("where the folder isn't there says so, and changes nothing", async () => {
    const pair = await open();
    pair.alpha.storage.nfs = [];
    pair.alpha.folders.delete(FOLDER);
    await pair.pass(15_000);
    const outcome = await pair.until(pair.run(pair.ana, pair.plan("storage nfs remount", { mount: FOLDER, on: "alpha" })));
    expect(outcome).toMatchObject({ result: "refused", text: expect.stringContaining(`alpha has the folder ${FOLDER}`) });
  });

  it("that guests have their disks on is left alone", async () => {
    const pair = await open();
    expect(against(pair.plan("storage nfs remount", { mount: FOLDER, on: "beta" }))).toMatch(
      /build01 on beta has its disk on .*: stop it there first/,
    );
    const plan = pair.plan("storage nfs remount", { mount: FOLDER, on: "alpha" });
    expect(plan.steps.map(({ id }) => id)).toEqual(["umount", "mount"]);
    expect(await pair.until(pair.run(pair.ana, plan))).toMatchObject(done);
  });

  it("whose server is silent is never touched, only let go of, and mounted once the server is back", async () => {
    const pair = await open();
    pair.sim.fault.nfsServerGone(NAS);
    await pair.pass(60_000);
    const ran: string[] = [];
    pair.world.job_listeners.add(({ argv }) => ran.push(argv.join(" ")));
    expect(against(pair.plan("storage nfs remount", { mount: FOLDER, on: "alpha" }))).toMatch(
      /hasn't answered alpha for \d+ s: any touch of it would hang/,
    );
    const plan = pair.plan("storage nfs remount", { mount: FOLDER, on: "alpha", lazy: "yes" });
    expect(against(plan)).toBe("");
    expect(texts(plan, "warn")).toMatch(/whatever has a file open there never gets on/);
    const outcome = await pair.until(pair.run(pair.ana, plan));
    expect(outcome).toMatchObject({ result: "failed", text: expect.stringMatching(/mount .*Connection timed out/) });
    expect(ran[0]).toBe(`umount --lazy --internal-only --no-canonicalize ${FOLDER}`);
    pair.sim.fault.nfsServerBack(NAS);
    await pair.pass(15_000);
    expect(await pair.act("storage nfs remount", { mount: FOLDER, on: "alpha" })).toMatchObject(done);
    expect(against(pair.plan("storage nfs remount", { mount: FOLDER, on: "alpha", lazy: "yes" }))).toMatch(
      /answers: there is no need to let go of it/,
    );
  });

  it("takes no word that isn't what it should be", async () => {
    const pair = await open();
    for (const mount of ["xen", "; reboot", "$(x)", "-o", "/no/such"])
      expect(pair.refused("storage nfs remount", { mount, on: "alpha" }), mount).toMatchObject({ refused: expect.any(String) });
    for (const device of ["nas", "-x:/a", "nas:/a\u001b[31m", "a b:/x"])
      expect(pair.refused("storage nfs remount", { mount: FOLDER, on: "alpha", device }), device).toMatchObject({
        refused: expect.any(String),
      });
    const own = pair.plan("storage nfs remount", { mount: FOLDER, on: "alpha", device: "10.99.1.1:/export" });
    expect(against(own)).toMatch(/10\.99\.1\.1:\/export is served by alpha itself/);
  });
});
