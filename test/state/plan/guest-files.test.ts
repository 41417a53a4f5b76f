/** Actions on guests beyond starting and ending them: memory, autostart, the configuration on the other host. */
import { beforeAll, describe, expect, it } from "vitest";
import { configFileText } from "../../../src/sim/files.ts";
import { obstacles } from "../../../src/state/plan/plan.ts";
import { textDiff } from "../../../src/state/plan/text-diff.ts";
import { calm, pairFor } from "./pair.ts";

type TestPair = ReturnType<typeof pairFor>;

const domain = ({ world }: TestPair, name: string) => world.hosts.flatMap(({ domains }) => domains).find((each) => each.name === name);
const file = ({ world }: TestPair, host: 0 | 1, path: string) => world.hosts[host].configs.find((each) => each.path === path);

async function ready() {
  const pair = pairFor(calm);
  const ana = pair.open();
  await pair.pass(20_000);
  return { pair, ana };
}

describe("guest memory", () => {
  it("gives a guest less, and more again up to its maximum", async () => {
    const { pair, ana } = await ready();
    const less = pair.made(ana, { action: "guest memory", args: { guest: "web01", mib: "3000" } });
    expect(less).toMatchObject({ risk: "disruptive", confirm: { kind: "typed", word: "web01" } });
    expect(await pair.until(pair.run(ana, less))).toMatchObject({ result: "done" });
    expect(domain(pair, "web01")?.memory_kib).toBe(3000 * 1024);
    const more = pair.made(ana, { action: "guest memory", args: { guest: "web01", mib: "4096" } });
    expect(more).toMatchObject({ risk: "routine", confirm: { kind: "yes" } });
    expect(await pair.until(pair.run(ana, more))).toMatchObject({ result: "done" });
  });

  it.each([
    ["4097", /more than the 4096 it was started with/],
    ["1000", /less than a quarter/],
  ])("refuses %s MiB", async (mib, why) => {
    const { pair, ana } = await ready();
    const plan = pair.made(ana, { action: "guest memory", args: { guest: "web01", mib } });
    expect(
      obstacles(plan)
        .map(({ text }) => text)
        .join(),
    ).toMatch(why);
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "refused" });
    expect(domain(pair, "web01")?.memory_kib).toBe(4096 * 1024);
  });

  it("refuses what the host hasn't free", async () => {
    const { pair, ana } = await ready();
    await pair.until(pair.run(ana, pair.made(ana, { action: "guest memory", args: { guest: "web01", mib: "2048" } })));
    pair.sim.fault.memoryShort("alpha", 1_000_000);
    await pair.pass(40_000);
    const plan = pair.made(ana, { action: "guest memory", args: { guest: "web01", mib: "4096" } });
    expect(
      obstacles(plan)
        .map(({ text }) => text)
        .join(),
    ).toMatch(/2048 MiB more, 0 free on alpha/);
  });
});

describe("guest autostart", () => {
  it("is turned off and on again by the link alone", async () => {
    const { pair, ana } = await ready();
    const off = pair.made(ana, { action: "guest autostart", args: { guest: "web01", state: "off" } });
    expect(off.steps.map(({ argv }) => argv)).toEqual([["rm", "--", "/etc/xen/auto/web01.cfg"]]);
    expect(await pair.until(pair.run(ana, off))).toMatchObject({ result: "done" });
    expect(pair.world.hosts[0].auto.map(({ name }) => name)).not.toContain("web01.cfg");
    expect(file(pair, 0, "/etc/xen/web01.cfg")?.guest?.name).toBe("web01");
    const on = pair.made(ana, { action: "guest autostart", args: { guest: "web01", state: "on" } });
    expect(await pair.until(pair.run(ana, on))).toMatchObject({ result: "done" });
    expect(pair.world.hosts[0].auto).toContainEqual({ name: "web01.cfg", target: "/etc/xen/web01.cfg" });
  });

  it("is never on for both hosts", async () => {
    const { pair, ana } = await ready();
    const plan = pair.made(ana, { action: "guest autostart", args: { guest: "web01", state: "on", on: "beta" } });
    expect(
      obstacles(plan)
        .map(({ text }) => text)
        .join(),
    ).toMatch(/it would run twice/);
  });

  it("doesn't take away what is the file itself", async () => {
    const { pair, ana } = await ready();
    pair.world.hosts[0].auto = [{ name: "web01.cfg", target: undefined }];
    pair.world.hosts[0].configs.push({
      path: "/etc/xen/auto/web01.cfg",
      guest: file(pair, 0, "/etc/xen/web01.cfg")?.guest,
      error: undefined,
    });
    pair.world.hosts[0].configs = pair.world.hosts[0].configs.filter(({ path }) => path !== "/etc/xen/web01.cfg");
    ana.runtime.refresh();
    await pair.pass(20_000);
    const plan = pair.made(ana, { action: "guest autostart", args: { guest: "web01", state: "off" } });
    expect(
      obstacles(plan)
        .map(({ text }) => text)
        .join(),
    ).toMatch(/is the file itself/);
  });

  it("is on or off and nothing else", async () => {
    const { ana } = await ready();
    expect(ana.operator.plan({ action: "guest autostart", args: { guest: "web01", state: "; reboot" } })).toMatchObject({
      refused: 'autostart is on or off, not "; reboot"',
    });
  });
});

describe("guest sync-config", () => {
  it("shows what differs, writes it, keeps what was there, and tells no secret", async () => {
    const { pair, ana } = await ready();
    const path = "/etc/xen/mail01.cfg";
    const [alpha, beta] = pair.world.hosts;
    const before = configFileText(pair.world, beta, file(pair, 1, path)?.guest as never);
    pair.sim.fault.configDrift("mail01", "beta");
    ana.runtime.refresh();
    await pair.pass(20_000);
    const drifted = configFileText(pair.world, beta, file(pair, 1, path)?.guest as never);
    expect(drifted).not.toBe(before);
    const plan = await pair.prepared(ana, { action: "guest sync-config", args: { guest: "mail01" } });
    expect(obstacles(plan)).toEqual([]);
    expect(plan.notes?.join("\n")).toContain("- vcpus = 5");
    expect(plan.notes?.join("\n")).toContain("+ vcpus = 4");
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "done" });
    expect(file(pair, 1, path)?.guest).toEqual(file(pair, 0, path)?.guest);
    expect(beta.files.get(`${path}.before-xenha`)).toBe(drifted);
    expect(beta.files.has(`${path}.new-xenha`)).toBe(false);
    const secret = file(pair, 0, path)?.guest?.vnc_password ?? "";
    expect(configFileText(pair.world, alpha, file(pair, 0, path)?.guest as never)).toContain(secret);
    const told = JSON.stringify([
      plan,
      ana.records,
      pair.world.hosts.map(({ plans }) => [...plans.journal.values()].map((notes) => [...notes.values()])),
    ]);
    expect(told).not.toContain(secret);
  });

  it("writes a new file where there was none, and nothing where they are the same", async () => {
    const { pair, ana } = await ready();
    const path = "/etc/xen/web01.cfg";
    await pair.until(ana.operator.prepare({ action: "guest sync-config", args: { guest: "web01" } }));
    expect(ana.operator.plan({ action: "guest sync-config", args: { guest: "web01" } })).toMatchObject({
      refused: expect.stringContaining("is the same"),
    });
    pair.sim.fault.configMissing("web01", "beta");
    ana.runtime.refresh();
    await pair.pass(20_000);
    const plan = await pair.prepared(ana, { action: "guest sync-config", args: { guest: "web01", to: "beta" } });
    expect(obstacles(plan)).toEqual([]);
    expect(plan.steps).toHaveLength(2);
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "done" });
    expect(file(pair, 1, path)?.guest?.name).toBe("web01");
  });

  it("does nothing when the file was changed after it was shown", async () => {
    const { pair, ana } = await ready();
    pair.sim.fault.configDrift("web01", "beta");
    ana.runtime.refresh();
    await pair.pass(20_000);
    const plan = await pair.prepared(ana, { action: "guest sync-config", args: { guest: "web01" } });
    pair.sim.fault.configDrift("web01", "alpha");
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "refused" });
    expect(pair.world.hosts[1].files.size).toBe(0);
  });

  it("isn't planned on a file that wasn't read", async () => {
    const { pair, ana } = await ready();
    const plan = pair.made(ana, { action: "guest sync-config", args: { guest: "web01" } });
    expect(
      obstacles(plan)
        .map(({ text }) => text)
        .join(),
    ).toMatch(/can't be read/);
  });
});

describe("a guest that runs on both hosts", () => {
  let twice: Awaited<ReturnType<typeof ready>>;
  beforeAll(async () => {
    twice = await ready();
    twice.pair.sim.fault.guestDoubled("proxy01");
    await twice.pair.pass(10_000);
  });

  it("is paused or destroyed only where it is said", async () => {
    const { pair, ana } = twice;
    expect(ana.operator.plan({ action: "guest destroy", args: { guest: "proxy01" } })).toMatchObject({
      advice: expect.stringContaining("--on"),
    });
    expect(ana.operator.plan({ action: "guest reboot", args: { guest: "proxy01" } })).toHaveProperty("refused");
    const plan = pair.made(ana, { action: "guest destroy", args: { guest: "proxy01", on: "beta" } });
    expect(plan).toMatchObject({ risk: "data_loss", goal: "destroy proxy01 on beta" });
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "done" });
    expect(pair.world.hosts.map(({ domains }) => domains.filter(({ name }) => name === "proxy01").length)).toEqual([1, 0]);
  });
});

describe("a difference between two texts", () => {
  it("tells lines that go and come, and never a secret", () => {
    expect(textDiff("a\nb\nc", "a\nx\nc")).toEqual(["- b", "+ x"]);
    expect(textDiff("same", "same")).toEqual([]);
    const told = textDiff("vncpasswd = 'old'\n", "vncpasswd = 'new'\nx\u001b[31m\n").join();
    expect(told).not.toMatch(/old|new/);
    expect(told).not.toContain("\u001b");
    expect(textDiff("", Array.from({ length: 700 }, (_, at) => `${at}`).join("\n"))).toEqual(["1 lines become 700"]);
  });
});
