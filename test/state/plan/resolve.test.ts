/** Migrations that stick, are aborted, and what they leave (incident 9): at no moment does the guest run twice. */
import { describe, expect, it } from "vitest";
import type { Migration } from "../../../src/sim/model/world.ts";
import { obstacles } from "../../../src/state/plan/plan.ts";
import { calm, pairFor } from "./pair.ts";

type TestPair = ReturnType<typeof pairFor>;

const parts = ({ world }: TestPair, guest = "web01") =>
  world.hosts.map(({ domains }) =>
    domains
      .filter((each) => each.guest?.name === guest)
      .map(({ name, run }) => `${name}: ${run === "blocked" || run === "running" ? "runs" : "stands"}`),
  );
const roles = ({ world }: TestPair, guest = "web01") => world.drbd.get(guest)?.nodes.map(({ role }) => role);

async function ready(newer = false) {
  const pair = pairFor(calm);
  if (newer) for (const host of pair.world.hosts) Object.assign(host.xen, { minor: 20 });
  const ana = pair.open();
  await pair.pass(20_000);
  return { pair, ana };
}

/** A migration by hand that sticks there; killed: its xl too. */
async function left(at: NonNullable<Migration["stuck_at"]>, { killed = true, newer = false } = {}) {
  const made = await ready(newer);
  made.pair.sim.fault.migrate("web01", at);
  await made.pair.pass(90_000);
  if (killed) made.pair.sim.fault.migrationKilled("web01");
  await made.pair.pass(20_000);
  return made;
}

async function resolved({ pair, ana }: Awaited<ReturnType<typeof ready>>, args: Readonly<Record<string, string>> = {}) {
  const plan = await pair.prepared(ana, { action: "guest resolve", args: { guest: "web01", ...args } });
  expect(obstacles(plan)).toEqual([]);
  return { plan, outcome: await pair.until(pair.run(ana, plan)) };
}

describe("a migration that is aborted", () => {
  it("leaves the guest where it runs, and its own plan closes what it opened", async () => {
    const { pair, ana } = await ready();
    for (const resource of pair.world.drbd.values()) resource.two_primaries = [false, false];
    ana.runtime.refresh();
    await pair.pass(20_000);
    const moving = pair.run(ana, pair.made(ana, { action: "migrate", args: { guest: "db01" } }));
    const bob = pair.open();
    await pair.pass(22_000);
    expect(parts(pair, "db01")).toEqual([["db01: runs"], ["db01--incoming: stands"]]);
    const plan = await pair.prepared(bob, { action: "migrate abort", args: { guest: "db01" } });
    expect(obstacles(plan)).toEqual([]);
    const aborting = pair.run(bob, plan, { by: "bob" });
    expect(await pair.until(aborting)).toMatchObject({ result: "done" });
    expect(await pair.until(moving)).toMatchObject({ result: "failed", next: expect.stringContaining("goes on where it was") });
    expect(parts(pair, "db01")).toEqual([["db01: runs"], []]);
    expect(pair.world.drbd.get("db01")?.two_primaries).toEqual([false, false]);
    expect(roles(pair, "db01")).toEqual(["Primary", "Secondary"]);
  });

  it("is refused past the point of no return, with the reason", async () => {
    const { pair, ana } = await left("handover", { killed: false });
    await pair.until(ana.operator.prepare({ action: "migrate abort", args: { guest: "web01" } }));
    expect(ana.operator.plan({ action: "migrate abort", args: { guest: "web01" } })).toMatchObject({
      refused: expect.stringContaining("alpha has given it away"),
      advice: expect.stringContaining("point of no return"),
    });
    const still = await left("suspended", { killed: false });
    expect(still.ana.operator.plan({ action: "migrate abort", args: { guest: "web01" } })).toMatchObject({
      refused: expect.stringContaining("stands still"),
    });
  });

  it("is refused where it isn't being moved, and where nothing moves it any more", async () => {
    const { pair, ana } = await ready();
    expect(ana.operator.plan({ action: "migrate abort", args: { guest: "web01" } })).toMatchObject({ refused: "web01 isn't being moved" });
    pair.sim.fault.migrate("web01", "precopy");
    await pair.pass(60_000);
    for (const migration of pair.world.migrations) migration.phase = "failed";
    const plan = await pair.prepared(ana, { action: "migrate abort", args: { guest: "web01" } });
    expect(obstacles(plan).map(({ text }) => text)).toEqual(["0 processes on alpha migrate it: guest resolve clears up what is left"]);
  });

  it("is left alone when it stands still by the time its xl is stopped", async () => {
    const { pair, ana } = await ready();
    pair.sim.fault.migrate("db01");
    await pair.pass(10_000);
    const plan = await pair.prepared(ana, { action: "migrate abort", args: { guest: "db01" } });
    const domain = pair.world.hosts[0].domains.find(({ name }) => name === "db01");
    const running = pair.run(ana, plan);
    pair.world.job_listeners.add(({ argv }) => {
      if (argv[0] === "sh") Object.assign(domain ?? {}, { run: "shutdown", reason: "s" });
    });
    expect(await pair.until(running)).toMatchObject({ result: "failed", text: expect.stringContaining("exit 4") });
  });
});

describe("what a migration left is cleared up by the rule", () => {
  it("half copied, its xl gone: what was received is destroyed, the guest runs on", async () => {
    const made = await ready();
    made.pair.sim.fault.migrate("web01", "precopy");
    await made.pair.pass(60_000);
    for (const migration of made.pair.world.migrations) migration.phase = "failed";
    expect(parts(made.pair)).toEqual([["web01: runs"], ["web01--incoming: stands"]]);
    expect((await resolved(made)).outcome).toMatchObject({ result: "done" });
    expect(parts(made.pair)).toEqual([["web01: runs"], []]);
  });

  it("a husk beside the guest that arrived is destroyed", async () => {
    const made = await left("handover");
    const shell = made.pair.world.hosts[1].domains.find(({ name }) => name === "web01--incoming");
    Object.assign(shell ?? {}, { name: "web01", run: "blocked", paused: false, has_json: true });
    await made.pair.pass(10_000);
    expect((await resolved(made)).outcome).toMatchObject({ result: "done" });
    expect(parts(made.pair)).toEqual([[], ["web01: runs"]]);
    expect(roles(made.pair)).toEqual(["Secondary", "Primary"]);
  });

  it("suspended at the source: goes on there, where xl can", async () => {
    const made = await left("suspended", { newer: true });
    expect(parts(made.pair)).toEqual([["web01: stands"], []]);
    expect((await resolved(made)).outcome).toMatchObject({ result: "done" });
    expect(parts(made.pair)).toEqual([["web01: runs"], []]);
  });

  it("suspended at the source: is started anew where xl can't, and that is said to lose its memory", async () => {
    const made = await left("suspended");
    const { plan, outcome } = await resolved(made);
    expect(plan).toMatchObject({ risk: "data_loss", confirm: { word: "restart web01" }, loses: [expect.stringContaining("memory")] });
    expect(outcome).toMatchObject({ result: "done" });
    expect(parts(made.pair)).toEqual([["web01: runs"], []]);
  });

  it("suspended at the source: isn't ended where it couldn't be started anew", async () => {
    const made = await left("suspended");
    made.pair.sim.fault.vlanMissing("alpha", 100, true);
    await made.pair.pass(60_000);
    const plan = await made.pair.prepared(made.ana, { action: "guest resolve", args: { guest: "web01" } });
    expect(plan.steps.map(({ argv }) => argv[1])).toEqual(["destroy", "create"]);
    expect(obstacles(plan)).toMatchObject([{ id: "network", text: "bridge xenbr-priv missing on alpha" }]);
  });

  it("whole on both, running on neither: goes back where xl can resume it", async () => {
    const made = await left("handover", { newer: true });
    expect(parts(made.pair)).toEqual([["web01--migratedaway: stands"], ["web01--incoming: stands"]]);
    const { plan, outcome } = await resolved(made);
    expect(plan.steps.map(({ argv }) => argv[1])).toEqual(["destroy", "rename", "resume"]);
    expect(outcome).toMatchObject({ result: "done" });
    expect(parts(made.pair)).toEqual([["web01: runs"], []]);
    expect(roles(made.pair)).toEqual(["Primary", "Secondary"]);
  });

  it("whole on both, running on neither: a person says where it goes on, where xl can't resume it", async () => {
    const made = await left("handover");
    const { pair, ana } = made;
    await pair.until(ana.operator.prepare({ action: "guest resolve", args: { guest: "web01" } }));
    expect(ana.operator.plan({ action: "guest resolve", args: { guest: "web01" } })).toMatchObject({
      advice: expect.stringMatching(/--keep beta.*--keep alpha/),
    });
    const { plan, outcome } = await resolved(made, { keep: "beta" });
    expect(plan.steps.map(({ argv }) => argv[1])).toEqual(["destroy", "rename", "unpause"]);
    expect(outcome).toMatchObject({ result: "done" });
    expect(parts(pair)).toEqual([[], ["web01: runs"]]);
    expect(roles(pair)).toEqual(["Secondary", "Primary"]);
  });

  it("whole on both: started anew at the source costs its memory", async () => {
    const made = await left("handover");
    const { plan, outcome } = await resolved(made, { keep: "alpha" });
    expect(plan.risk).toBe("data_loss");
    expect(outcome).toMatchObject({ result: "done" });
    expect(parts(made.pair)).toEqual([["web01: runs"], []]);
  });

  it("an xl that has waited at the handover for a minute is let go, and then the rule decides", async () => {
    const made = await left("handover", { killed: false });
    const { plan, outcome } = await resolved(made);
    expect(plan.steps.map(({ id }) => id)).toEqual(["wait", "rest"]);
    expect(outcome).toMatchObject({ result: "done", next: expect.stringContaining("guest resolve web01 again") });
    expect(parts(made.pair)).toEqual([["web01--migratedaway: stands"], ["web01--incoming: stands"]]);
    expect((await resolved(made, { keep: "beta" })).outcome).toMatchObject({ result: "done" });
  });

  it("an xl that goes on while it is watched is left alone", async () => {
    const made = await left("handover", { killed: false });
    const plan = await made.pair.prepared(made.ana, { action: "guest resolve", args: { guest: "web01" } });
    const running = made.pair.run(made.ana, plan);
    await made.pair.pass(30_000);
    const [alpha, beta] = made.pair.world.hosts;
    alpha.domains = alpha.domains.filter(({ name }) => name !== "web01--migratedaway");
    Object.assign(beta.domains.find(({ name }) => name === "web01--incoming") ?? {}, { name: "web01", run: "blocked", paused: false });
    expect(await made.pair.until(running)).toMatchObject({ result: "failed" });
    expect(made.pair.world.migrations.at(-1)?.phase).toBe("stuck");
  });

  it("a guest that runs twice is stopped on both hosts, and nothing else", async () => {
    const made = await ready();
    made.pair.sim.fault.guestDoubled("web01");
    await made.pair.pass(10_000);
    const { outcome } = await resolved(made);
    expect(outcome).toMatchObject({ result: "done", next: expect.stringContaining("decide which one is right") });
    expect(parts(made.pair)).toEqual([["web01: stands"], ["web01: stands"]]);
  });

  it.each<[string, (made: Awaited<ReturnType<typeof ready>>) => void, RegExp]>([
    ["nothing is left", () => undefined, /nothing else is left of it/],
    ["it is being moved", ({ pair }) => pair.sim.fault.migrate("web01", "precopy"), /is being moved and runs on alpha/],
    ["it is paused by hand", ({ pair }) => pair.sim.fault.guestPaused("web01", true), /no migration left that/],
  ])("nothing is done where %s", async (_, breaks, why) => {
    const made = await ready();
    breaks(made);
    await made.pair.pass(30_000);
    await made.pair.until(made.ana.operator.prepare({ action: "guest resolve", args: { guest: "web01" } }));
    expect(made.ana.operator.plan({ action: "guest resolve", args: { guest: "web01" } })).toMatchObject({
      refused: expect.stringMatching(why),
    });
  });

  it("nothing is done while a host is silent", async () => {
    const { pair, ana } = await left("handover", { newer: true });
    pair.sim.fault.consoleLinkCut("beta");
    await pair.pass(60_000);
    const plan = await pair.prepared(ana, { action: "guest resolve", args: { guest: "web01" } });
    expect(obstacles(plan).map(({ id }) => id)).toEqual(expect.arrayContaining(["host", "xl"]));
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "refused" });
  });
});
