/** Incidents 1 and 2: a host dies, its guests are taken over; it returns and is taken back. */
import { describe, expect, it } from "vitest";
import { simPower } from "../../../src/sim/index.ts";
import { obstacles } from "../../../src/state/plan/plan.ts";
import type { PlanSettings } from "../../../src/state/plan/settings.ts";
import { hostId } from "../../../src/xen/model/ids.ts";
import { calm, pairFor } from "./pair.ts";

type TestPair = ReturnType<typeof pairFor>;

const namesOn = ({ world }: TestPair, host: 0 | 1) =>
  world.hosts[host].domains.flatMap(({ guest, name }) => (guest === undefined ? [] : [name ?? "(null)"])).sort();
const alphas = ["db01", "erp01", "mail01", "proxy01", "web01"];
const betas = ["build01", "db02", "ldap01", "web02"];
const texts = (checks: readonly { readonly text: string }[]): string => checks.map(({ text }) => text).join("\n");

/** With BMCs, unless there are none. */
async function ready(bmc = true, priority: readonly string[] = []) {
  const how: { settings?: PlanSettings; fence?: ReturnType<typeof simPower>["fence"] } = {};
  const pair = pairFor(calm, 1, how);
  const power = simPower(pair.sim);
  if (bmc) Object.assign(how, { fence: power.fence });
  Object.assign(how, { settings: { ...power.settings, priority, ...(bmc ? {} : { fence: new Map() }) } });
  const ana = pair.open();
  await pair.pass(30_000);
  return { pair, ana };
}
const request = (args: Readonly<Record<string, string>> = {}) => ({ action: "failover", args: { host: "alpha", ...args } });
/** Until DRBD has noticed. */
const NOTICED_MS = 60_000;

describe("a host that is dead", () => {
  it("is fenced, seen to be off, and its guests start on the other one, each as a plan of its own", async () => {
    const { pair, ana } = await ready(true, ["mail01"]);
    pair.sim.fault.hostDead("alpha");
    await pair.pass(NOTICED_MS);
    const plan = await pair.prepared(ana, request());
    expect(obstacles(plan)).toEqual([]);
    expect(plan).toMatchObject({ risk: "data_loss", confirm: { kind: "typed", word: "fail over alpha" }, hosts: ["beta"] });
    const ids = plan.checks.map(({ id }) => id);
    for (const id of ["ssh", "ping", "drbd", "power", "packing"]) expect(ids).toContain(id);
    expect(plan.steps.map(({ title }) => title)).toEqual([
      "switch alpha off by fence_ipmilan, and see that it is off",
      "keep on beta where the guests of alpha belong",
      ...["mail01", "proxy01", "web01", "erp01", "db01"].map((name) => `start ${name} on beta`),
    ]);
    const outcome = await pair.until(pair.run(ana, plan));
    expect(outcome).toMatchObject({ result: "done", next: expect.stringContaining("no redundancy") });
    expect(outcome.details?.map((line) => /^start (\w+) on beta: .*, \d+ s$/.exec(line)?.[1]).sort()).toEqual(alphas);
    expect(namesOn(pair, 1)).toEqual([...alphas, ...betas].sort());
    expect([...pair.world.hosts[1].plans.leases]).toEqual([]);
    for (const name of ["web01", "db01", "mail01", "proxy01"]) expect(pair.world.drbd.get(name)?.nodes[1].role, name).toBe("Primary");
    expect(pair.world.hosts[1].kept.has("placement-alpha")).toBe(true);
  });

  it("that only hangs is switched off before anything is started", async () => {
    const { pair, ana } = await ready();
    pair.sim.fault.hostFrozen("alpha");
    await pair.pass(NOTICED_MS);
    const started: string[] = [];
    pair.world.job_listeners.add(({ argv }) => {
      if (argv[1] === "create") started.push(pair.world.hosts[0].power);
    });
    const plan = await pair.prepared(ana, request());
    expect(obstacles(plan)).toEqual([]);
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "done" });
    expect(started).toEqual(["off", "off", "off", "off", "off"]);
    pair.sim.fault.hostThawed("alpha");
    expect(namesOn(pair, 0)).toEqual([]);
  });

  it("whose BMC doesn't switch it off is left alone: nothing is started", async () => {
    const { pair, ana } = await ready();
    pair.sim.fault.hostFrozen("alpha");
    await pair.pass(NOTICED_MS);
    const plan = await pair.prepared(ana, request());
    pair.world.hosts[0].bmc = "stuck";
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "failed", text: expect.stringContaining("switch alpha off") });
    expect(namesOn(pair, 1)).toEqual(betas);
  });

  it("whose BMC died with it is taken over on a person's word, which is written down", async () => {
    const { pair, ana } = await ready();
    pair.sim.fault.hostDead("alpha");
    pair.world.hosts[0].bmc = "dead";
    await pair.pass(NOTICED_MS);
    const fenced = await pair.prepared(ana, request());
    expect(texts(obstacles(fenced))).toMatch(/fence_ipmilan doesn't tell whether alpha has power/);
    const plan = await pair.prepared(ana, request({ proof: "attest" }));
    expect(obstacles(plan)).toEqual([]);
    expect(plan.confirm).toMatchObject({ kind: "typed", word: "alpha is powered off" });
    expect(plan.loses.join("\n")).toMatch(/if it isn't off/);
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "done" });
    expect(namesOn(pair, 1)).toEqual([...alphas, ...betas].sort());
    expect(JSON.stringify(ana.records)).toContain('"proof":"attest"');
  });

  it("is taken over by a console that came after its death, as DRBD and the autostart tell", async () => {
    const { pair } = await ready();
    pair.sim.fault.hostDead("alpha");
    await pair.pass(NOTICED_MS);
    const bob = pair.open();
    await pair.pass(60_000);
    const plan = await pair.prepared(bob, request());
    expect(obstacles(plan)).toEqual([]);
    expect(plan.notes?.join("\n")).toMatch(/web01 \(its disks were written there when they were lost\)/);
    // On the array and never told: nothing says where it ran.
    expect(plan.notes?.join("\n")).toMatch(/erp01: nothing tells whether it ran on alpha/);
    expect(await pair.until(pair.run(bob, plan))).toMatchObject({ result: "done" });
    expect(namesOn(pair, 1)).toEqual(["db01", "mail01", "proxy01", "web01", ...betas].sort());
    const rest = await pair.prepared(bob, { action: "guest failover", args: { guest: "erp01" } });
    expect(obstacles(rest)).toEqual([]);
    expect(await pair.until(pair.run(bob, rest))).toMatchObject({ result: "done" });
  });

  it("leaves out what can't be started, and says why", async () => {
    const { pair, ana } = await ready();
    pair.sim.fault.resync("mail01", "alpha", 60 * 1024 * 1024);
    pair.sim.fault.disconnect("proxy01", "beta");
    pair.sim.fault.configMissing("web01", "beta");
    pair.sim.fault.memoryShort("beta", 53_000);
    ana.runtime.refresh();
    await pair.pass(150_000);
    pair.sim.fault.hostDead("alpha");
    await pair.pass(NOTICED_MS);
    const plan = await pair.prepared(ana, request());
    const left = texts(plan.checks.filter(({ id }) => id === "left"));
    expect(left).toMatch(/mail01 is not started: mail01\/0 on beta is Inconsistent/);
    expect(left).toMatch(
      /proxy01 is not started: proxy01\/0 on beta was not connected from [\d:]+ on, alpha lived at [\d:]+: this copy is old/,
    );
    expect(left).toMatch(/web01 is not started: no config on beta/);
    expect(left).toMatch(/db01 is not started: it doesn't fit/);
    expect(obstacles(plan)).toEqual([]);
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "done" });
    expect(namesOn(pair, 1)).toEqual(["erp01", ...betas].sort());
  });

  it("goes on with the others where one doesn't start", async () => {
    const { pair, ana } = await ready();
    pair.sim.fault.hostDead("alpha");
    await pair.pass(NOTICED_MS);
    const plan = await pair.prepared(ana, request());
    pair.world.job_listeners.add(({ argv, host }) => {
      if (argv[1] === "create" && argv[2]?.includes("web01"))
        pair.world.hosts[host].configs = pair.world.hosts[host].configs.filter(({ path }) => !path.includes("web01"));
    });
    const outcome = await pair.until(pair.run(ana, plan));
    expect(outcome).toMatchObject({ result: "failed", text: expect.stringContaining("1 not done: start web01 on beta") });
    expect(namesOn(pair, 1)).toEqual(["db01", "erp01", "mail01", "proxy01", ...betas].sort());
  });

  it("in the middle of a move to the survivor leaves a shell there, which is ended first", async () => {
    const { pair, ana } = await ready();
    pair.sim.fault.migrate("db01");
    await pair.pass(15_000);
    expect(namesOn(pair, 1)).toContain("db01--incoming");
    pair.sim.fault.hostDead("alpha");
    await pair.pass(NOTICED_MS);
    const plan = await pair.prepared(ana, request({ guests: "db01" }));
    expect(obstacles(plan)).toEqual([]);
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "done" });
    expect(namesOn(pair, 1)).toContain("db01");
    expect(namesOn(pair, 1)).not.toContain("db01--incoming");
  });
});

describe("a host that may be alive", () => {
  it.each<[string, (pair: TestPair) => void, RegExp]>([
    ["answers this console", () => undefined, /alpha answers this console: it is alive/],
    ["is cut off from this console alone", ({ sim }) => sim.fault.consoleLinkCut("alpha"), /is Connected to alpha: it is alive/],
    [
      "is cut off from this console and from replication",
      ({ sim }) => {
        sim.fault.consoleLinkCut("alpha");
        sim.fault.replicationLinkCut();
      },
      /answers a ping from beta: it is alive/,
    ],
  ])("is not failed over: it %s", async (_, breaks, why) => {
    const { pair, ana } = await ready();
    breaks(pair);
    await pair.pass(NOTICED_MS);
    for (const proof of ["fence", "attest"]) {
      const plan = await pair.prepared(ana, request({ proof }));
      expect(texts(obstacles(plan))).toMatch(why);
      expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "refused" });
    }
    expect(pair.world.hosts[0].power).toBe("on");
    expect(namesOn(pair, 1)).toEqual(betas);
  });

  it("isn't judged on what was asked before", async () => {
    const { pair, ana } = await ready();
    pair.sim.fault.hostDead("alpha");
    await pair.pass(NOTICED_MS);
    expect(texts(obstacles(pair.made(ana, request())))).toMatch(/wasn't asked from beta just now/);
  });

  it("is seen to have come back between the question and the answer", async () => {
    const { pair, ana } = await ready();
    pair.sim.fault.hostDead("alpha");
    await pair.pass(NOTICED_MS);
    const plan = await pair.prepared(ana, request());
    pair.sim.fault.hostBack("alpha");
    await pair.pass(90_000);
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "refused" });
    expect(pair.world.hosts[0].power).toBe("on");
  });

  it.each([
    ["; reboot", /there is no host/],
    ["$(x)", /there is no host/],
  ])("isn't %j", async (host, why) => {
    const { ana } = await ready();
    expect(ana.operator.plan({ action: "failover", args: { host } })).toMatchObject({ refused: expect.stringMatching(why) });
    expect(ana.operator.plan(request({ proof: host }))).toMatchObject({ refused: expect.stringContaining("fence or attest") });
    expect(ana.operator.plan(request({ guests: host }))).toMatchObject({ refused: expect.stringContaining("there is no guest") });
  });
});

describe("a host's power", () => {
  it("is switched off when nothing is on it, and on again", async () => {
    const { pair, ana } = await ready();
    for (const name of alphas) pair.sim.fault.guestStop(name);
    await pair.pass(30_000);
    const off = await pair.prepared(ana, { action: "host off", args: { host: "alpha" } });
    expect(off).toMatchObject({ risk: "disruptive", confirm: { word: "alpha" } });
    expect(await pair.until(pair.run(ana, off))).toMatchObject({ result: "done" });
    expect(pair.world.hosts[0].power).toBe("off");
    await pair.pass(30_000);
    const on = await pair.prepared(ana, { action: "host on", args: { host: "alpha" } });
    expect(on.risk).toBe("routine");
    expect(await pair.until(pair.run(ana, on))).toMatchObject({ result: "done", next: "when alpha answers: rejoin alpha" });
    await pair.pass(90_000);
    expect(pair.world.hosts[0].power).toBe("on");
  });

  it("takes what runs on it along only where that was said", async () => {
    const { pair, ana } = await ready();
    const off = await pair.prepared(ana, { action: "host off", args: { host: "alpha" } });
    expect(off).toMatchObject({ risk: "data_loss", confirm: { word: "power off alpha" } });
    expect(off.loses).toEqual(expect.arrayContaining(["web01 on alpha ends as by a power cut", "web01/0 is Primary on alpha"]));
  });

  it("comes back with a word about what may start by itself on it while it runs elsewhere", async () => {
    const { pair, ana } = await ready();
    pair.sim.fault.hostDead("alpha");
    await pair.pass(NOTICED_MS);
    await pair.until(pair.run(ana, await pair.prepared(ana, request())));
    await pair.pass(30_000);
    const on = await pair.prepared(ana, { action: "host on", args: { host: "alpha" } });
    expect(on).toMatchObject({ risk: "data_loss", confirm: { word: "power on alpha" } });
    expect(on.loses).toContain("web01 may start by itself on alpha while it runs on beta: both would write");
  });

  it("isn't switched without an agent, nor twice the same way", async () => {
    const { ana } = await ready(false);
    expect(ana.operator.plan({ action: "host off", args: { host: "alpha" } })).toMatchObject({
      refused: "no fence agent is configured for alpha",
    });
    const { pair, ana: bob } = await ready();
    expect(texts(obstacles(await pair.prepared(bob, { action: "host on", args: { host: "alpha" } })))).toBe("alpha is on already");
  });
});

describe("a host that returns", () => {
  async function returned() {
    const made = await ready();
    const { pair, ana } = made;
    pair.sim.fault.hostDead("alpha");
    await pair.pass(NOTICED_MS);
    await pair.until(pair.run(ana, await pair.prepared(ana, request())));
    pair.sim.fault.configDrift("web01", "beta");
    await pair.pass(20_000);
    return made;
  }

  it("lets nothing start by itself, catches up, and gets its guests back", async () => {
    const { pair, ana } = await returned();
    pair.sim.fault.hostBack("alpha");
    await pair.pass(60_000);
    ana.runtime.refresh();
    await pair.pass(10_000);
    const plan = await pair.prepared(ana, { action: "rejoin", args: { host: "alpha", "put-back": "yes" } });
    expect(obstacles(plan)).toEqual([]);
    expect(texts(plan.checks.filter(({ id, result }) => id === "config" && result === "warn"))).toMatch(
      /web01 is configured differently: .*guest sync-config web01 --to alpha/,
    );
    expect(plan.steps[0]?.title).toMatch(/let nothing start by itself on alpha/);
    expect(plan.steps.map(({ id }) => id)).toContain("whole");
    const outcome = await pair.until(pair.run(ana, plan), 7_200_000);
    expect(outcome).toMatchObject({ result: "done", next: "alpha is back" });
    expect(namesOn(pair, 0)).toEqual(alphas);
    expect(namesOn(pair, 1)).toEqual(betas);
    expect(pair.world.hosts[0].auto.map(({ name }) => name).sort()).toEqual(alphas.map((name) => `${name}.cfg`));
    for (const resource of pair.world.drbd.values())
      for (const { volumes } of resource.nodes) expect(volumes.every(({ disk }) => disk === "UpToDate")).toBe(true);
    for (const host of pair.world.hosts) expect([...host.kept]).toEqual([]);
  });

  it("without putting back leaves its guests where they run, and its autostart held", async () => {
    const { pair, ana } = await returned();
    pair.sim.fault.hostBack("alpha");
    await pair.pass(90_000);
    const plan = await pair.prepared(ana, { action: "rejoin", args: { host: "alpha" } });
    expect(await pair.until(pair.run(ana, plan), 7_200_000)).toMatchObject({
      result: "done",
      next: expect.stringContaining("restore alpha"),
    });
    expect(namesOn(pair, 0)).toEqual([]);
    expect(pair.world.hosts[0].auto).toEqual([]);
    const back = await pair.prepared(ana, { action: "restore", args: { host: "alpha" } });
    expect(await pair.until(pair.run(ana, back), 7_200_000)).toMatchObject({ result: "done" });
    expect(namesOn(pair, 0)).toEqual(alphas);
  });

  it("connects what stands alone and hasn't parted, and is refused where something has", async () => {
    const { pair, ana } = await returned();
    pair.sim.fault.hostBack("alpha");
    await pair.pass(90_000);
    pair.sim.fault.disconnect("ldap01", "alpha");
    await pair.pass(30_000);
    const plan = await pair.prepared(ana, { action: "rejoin", args: { host: "alpha" } });
    expect(plan.steps.map(({ title }) => title)).toContain("connect ldap01");
    expect(obstacles(plan)).toEqual([]);
    expect(await pair.until(pair.run(ana, plan), 7_200_000)).toMatchObject({ result: "done" });
    pair.sim.fault.splitBrain("ldap01");
    await pair.pass(60_000);
    const parted = await pair.prepared(ana, { action: "rejoin", args: { host: "alpha" } });
    expect(texts(obstacles(parted))).toMatch(/ldap01\/0 has parted: drbd repair ldap01 --discard HOST/);
  });

  it("is refused while a guest is on both hosts", async () => {
    const { pair, ana } = await returned();
    pair.sim.fault.hostBack("alpha");
    await pair.pass(90_000);
    pair.sim.fault.guestStart("web01", "alpha");
    await pair.pass(15_000);
    const plan = await pair.prepared(ana, { action: "rejoin", args: { host: "alpha" } });
    expect(texts(obstacles(plan))).toMatch(/web01 is on both hosts: guest resolve web01 stops both/);
  });

  it("keeps its host alone in the plan's word", async () => {
    const { ana } = await ready();
    expect(ana.operator.plan({ action: "rejoin", args: { host: hostId("gamma") } })).toMatchObject({ refused: 'there is no host "gamma"' });
    expect(ana.operator.plan({ action: "rejoin", args: { host: "alpha", "put-back": "maybe" } })).toMatchObject({
      refused: expect.stringContaining("yes or no"),
    });
  });
});
