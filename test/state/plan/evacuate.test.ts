/** Incident 6: a host is emptied until it is safe to power off, and its guests are put back later. */
import { describe, expect, it } from "vitest";
import { placesOf, placesText } from "../../../src/state/plan/actions/places.ts";
import { journalsOf } from "../../../src/state/plan/journals.ts";
import { obstacles } from "../../../src/state/plan/plan.ts";
import { hostId } from "../../../src/xen/model/ids.ts";
import { calm, pairFor } from "./pair.ts";

type TestPair = ReturnType<typeof pairFor>;

const namesOn = ({ world }: TestPair, host: 0 | 1) =>
  world.hosts[host].domains.flatMap(({ guest, name }) => (guest === undefined ? [] : [name ?? "(null)"])).sort();
const alphas = ["db01", "erp01", "mail01", "proxy01", "web01"];
const betas = ["build01", "db02", "ldap01", "web02"];

async function ready(priority: readonly string[] = []) {
  const pair = pairFor(calm, 1, { settings: { fence: new Map(), priority, migration: new Map() } });
  const ana = pair.open();
  await pair.pass(30_000);
  return { pair, ana };
}
const request = { action: "evacuate", args: { host: "alpha" } } as const;
const back = { action: "restore", args: { host: "alpha" } } as const;
const LONG_MS = 3_600_000;

describe("evacuating a host", () => {
  it("moves every guest, the smallest first, and ends only where nothing of it is missed; then all is put back", async () => {
    const { pair, ana } = await ready();
    const plan = await pair.prepared(ana, request);
    expect(obstacles(plan)).toEqual([]);
    expect(plan.confirm).toMatchObject({ kind: "typed", word: "alpha" });
    const moves = plan.steps.filter(({ sub }) => sub !== undefined).map(({ title }) => title);
    expect(moves).toEqual(["proxy01", "web01", "mail01", "erp01", "db01"].map((name) => `move ${name} to beta`));
    expect(plan.notes?.[0]).toMatch(/^proxy01: \d+ MiB, then \d+ left on beta$/);
    const outcome = await pair.until(pair.run(ana, plan), LONG_MS);
    expect(outcome).toMatchObject({ result: "done", text: expect.stringContaining("alpha is safe to power off") });
    expect(outcome.details?.every((line) => /^move \w+ to beta: .*\d+ s$/.test(line))).toBe(true);
    expect(namesOn(pair, 0)).toEqual([]);
    expect(namesOn(pair, 1)).toEqual([...alphas, ...betas].sort());
    // Each was a plan of its own, with an end of its own.
    const told = pair.world.hosts[1].plans.journal;
    expect([...told.keys()].filter((id) => /^p1\.\d+$/.test(id)).every((id) => told.get(id)?.has("end"))).toBe(true);
    // Nothing starts by itself on it, and both hosts know what belongs there.
    expect(pair.world.hosts[0].auto).toEqual([]);
    for (const host of pair.world.hosts)
      expect(
        placesOf(host.kept.get("placement-alpha") ?? "")
          ?.guests.map(({ name }) => name)
          .sort(),
      ).toEqual(alphas);
    expect([...pair.world.hosts[0].plans.leases]).toEqual([]);

    // It is switched off and on: what was kept is still there.
    pair.sim.fault.hostDead("alpha");
    await pair.pass(60_000);
    pair.sim.fault.hostBack("alpha");
    await pair.pass(120_000);
    const restore = await pair.prepared(ana, back);
    expect(obstacles(restore)).toEqual([]);
    expect(await pair.until(pair.run(ana, restore), LONG_MS)).toMatchObject({ result: "done" });
    expect(namesOn(pair, 0)).toEqual(alphas);
    expect(namesOn(pair, 1)).toEqual(betas);
    expect(pair.world.hosts[0].auto.map(({ name }) => name).sort()).toEqual(alphas.map((name) => `${name}.cfg`));
    for (const host of pair.world.hosts) expect([...host.kept]).toEqual([]);
  });

  it("begins with what matters most, as the config file says", async () => {
    const { pair, ana } = await ready(["db01", "web01"]);
    const plan = await pair.prepared(ana, request);
    expect(plan.steps.flatMap(({ sub, title }) => (sub === undefined ? [] : [title])).slice(0, 2)).toEqual([
      "move db01 to beta",
      "move web01 to beta",
    ]);
  });

  it("is refused where one can't move, and where they don't fit together, naming which", async () => {
    const { pair, ana } = await ready();
    pair.sim.fault.disconnect("web01", "beta");
    pair.sim.fault.memoryShort("beta", 30_000);
    pair.sim.fault.guestPaused("proxy01", true);
    await pair.pass(60_000);
    const plan = await pair.prepared(ana, request);
    const texts = obstacles(plan).map(({ text }) => text);
    expect(texts.join("\n")).toMatch(/web01: web01\/0 on \w+ is/);
    expect(texts.join("\n")).toMatch(/doesn't fit into the \d+ MiB of beta beside the others/);
    expect(texts.join("\n")).toMatch(/proxy01 on alpha is paused/);
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "refused" });
    expect(namesOn(pair, 0)).toEqual(alphas);
  });

  it("stops at the first move that isn't done, and goes on with the rest when it is asked again", async () => {
    const { pair, ana } = await ready();
    const plan = await pair.prepared(ana, request);
    const running = pair.run(ana, plan);
    // The second move's disk parts while the first is under way.
    while (!ana.told.some(({ text }) => text.includes("move proxy01"))) await pair.pass(1_000);
    pair.sim.fault.disconnect("web01", "beta");
    const outcome = await pair.until(running, LONG_MS);
    expect(outcome).toMatchObject({ result: "failed", text: expect.stringContaining("move web01 to beta") });
    expect(namesOn(pair, 0)).toEqual(["db01", "erp01", "mail01", "web01"]);
    pair.sim.fault.connect("web01", "beta");
    await pair.pass(60_000);
    const again = await pair.prepared(ana, request);
    expect(obstacles(again)).toEqual([]);
    expect(await pair.until(pair.run(ana, again), LONG_MS)).toMatchObject({ result: "done" });
    // What was moved before still belongs there.
    expect(
      placesOf(pair.world.hosts[1].kept.get("placement-alpha") ?? "")
        ?.guests.map(({ name }) => name)
        .sort(),
    ).toEqual(alphas);
  });

  it("isn't done while something is copied from it", async () => {
    const { pair, ana } = await ready();
    const plan = await pair.prepared(ana, request);
    const running = pair.run(ana, plan);
    while (!ana.told.some(({ text }) => text.includes("move db01"))) await pair.pass(5_000);
    await pair.pass(40_000);
    pair.sim.fault.resync("ldap01", "alpha", 4 * 1024 * 1024);
    const outcome = await pair.until(running, LONG_MS);
    expect(outcome.result).toBe("done");
    expect(pair.world.drbd.get("ldap01")?.nodes[0].volumes[0]?.replication).toBe("Established");
  });

  it("is taken over by another console in the middle of a move", async () => {
    const { pair, ana } = await ready();
    const plan = await pair.prepared(ana, request);
    pair.run(ana, plan);
    while (!ana.told.some(({ text }) => text.includes("move web01"))) await pair.pass(500);
    while (pair.world.migrations.at(-1)?.guest !== "web01") await pair.pass(200);
    ana.kill();
    await pair.pass(30_000);
    const bob = pair.open();
    await pair.pass(30_000);
    const state = bob.runtime.state();
    const told = state.order.flatMap((id) => {
      const known = state.hosts.get(hostId(id))?.facts.xenha;
      return known?.state === "known" ? [{ host: hostId(id), facts: known.value }] : [];
    });
    const journal = journalsOf(told).find(({ id }) => id === "p1");
    if (journal === undefined) throw new Error("it isn't told");
    const who = { id: "p1", driver: "bob-1", operator: "bob", reason: "" };
    const outcome = await pair.until(bob.operator.takeOver(journal, who, { stopping: () => false, tell: () => undefined }), LONG_MS);
    expect(outcome).toMatchObject({ result: "done" });
    expect(namesOn(pair, 0)).toEqual([]);
    for (const host of pair.world.hosts) expect([...host.plans.leases]).toEqual([]);
  });

  it("of a host without guests only says whether it is safe to power off", async () => {
    const { pair, ana } = await ready();
    for (const name of alphas) pair.sim.fault.guestStop(name);
    await pair.pass(30_000);
    const plan = await pair.prepared(ana, request);
    expect(plan.goal).toBe("make alpha safe to power off: it has no guests");
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "done" });
  });
});

describe("putting guests back", () => {
  it("is refused where nothing is kept, and where the hosts keep different things", async () => {
    const { pair, ana } = await ready();
    expect(ana.operator.plan(back)).toMatchObject({ refused: expect.stringContaining("neither host keeps") });
    const places = { host: "alpha", guests: [], held: [] };
    pair.world.hosts[0].kept.set("placement-alpha", placesText(places));
    pair.world.hosts[1].kept.set("placement-alpha", placesText({ ...places, held: ["x.cfg"] }));
    await pair.pass(10_000);
    expect(ana.operator.plan(back)).toMatchObject({ refused: expect.stringContaining("keep different places") });
    for (const host of pair.world.hosts) host.kept.set("placement-alpha", '{"v":2}');
    await pair.pass(10_000);
    expect(ana.operator.plan(back)).toMatchObject({ refused: expect.stringContaining("isn't understood") });
  });

  it("names what runs on neither host, and leaves what is back already", async () => {
    const { pair, ana } = await ready();
    pair.sim.fault.guestStop("web01");
    const guests = pair.world.hosts[0].configs.flatMap(({ guest }) =>
      guest === undefined ? [] : [{ uuid: guest.uuid, name: guest.name }],
    );
    for (const host of pair.world.hosts)
      host.kept.set("placement-alpha", placesText({ host: "alpha", guests: guests.filter(({ name }) => alphas.includes(name)), held: [] }));
    await pair.pass(15_000);
    const plan = await pair.prepared(ana, back);
    expect(plan.notes).toEqual(
      expect.arrayContaining(["db01 is on alpha already", "web01 runs on neither host: start it where it is to run"]),
    );
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "done" });
  });
});

it("what is kept of names that aren't ASCII is written in ASCII and read back the same", () => {
  const places = { host: "alpha", guests: [{ uuid: "u", name: "wéb\u202e01" }], held: ["ü.cfg"] };
  expect(placesText(places)).toMatch(/^[\u0020-\u007e]+$/);
  expect(placesOf(placesText(places))).toEqual(places);
});
