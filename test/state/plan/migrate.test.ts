import { describe, expect, it } from "vitest";
import { createFaults } from "../../../src/sim/fault.ts";
import { pairFor } from "./pair.ts";

const at = (world: ReturnType<typeof pairFor>["world"], host: 0 | 1) =>
  world.hosts[host].domains.filter(({ domid }) => domid !== 0).map(({ name }) => name);

describe("a migration", () => {
  it("moves a guest and is done when the facts show it, on both hosts", async () => {
    const pair = pairFor();
    const ana = pair.open();
    await pair.pass(20_000);
    const plan = pair.made(ana, { action: "migrate", args: { guest: "db01" } });
    expect(plan.checks.filter(({ result }) => result !== "pass" && result !== "warn")).toEqual([]);
    expect(at(pair.world, 0)).toContain("db01");
    const outcome = await pair.until(pair.run(ana, plan));
    expect(outcome).toMatchObject({ result: "done" });
    expect(at(pair.world, 0)).not.toContain("db01");
    expect(at(pair.world, 1)).toContain("db01");
    expect(ana.records.map((entry) => entry.kind)).toEqual([
      "header",
      "plan",
      "checked",
      ...plan.steps.flatMap(() => ["intent", "outcome"]),
      "end",
    ]);
    for (const host of pair.world.hosts) {
      expect([...host.plans.leases]).toEqual([]);
      expect(host.plans.journal.get("p1")?.has("end")).toBe(true);
    }
  });

  // Lab: xl ends with 0, and /etc/xen/scripts/block-drbd has failed: "Device is held open by someone".
  it("lets go of a disk that the script has left Primary where the guest was", async () => {
    const pair = pairFor();
    const ana = pair.open();
    await pair.pass(20_000);
    createFaults(pair.world).staysPrimary("db01", "alpha");
    const ran: string[] = [];
    pair.world.job_listeners.add(({ host, argv }) => void ran.push(`${pair.world.hosts[host].name}: ${argv.slice(0, 2).join(" ")}`));
    const plan = pair.made(ana, { action: "migrate", args: { guest: "db01" } });
    expect(await pair.until(pair.run(ana, plan))).toMatchObject({ result: "done" });
    expect(ran.filter((line) => /secondary/.test(line))).toEqual(["alpha: drbdadm secondary"]);
    expect(ana.records.filter(({ kind }) => kind === "guard")).toHaveLength(1);
    expect(pair.world.drbd.get("db01")?.nodes.map(({ role }) => role)).toEqual(["Secondary", "Primary"]);
  });

  it("runs nothing of the kind where the script has done it", async () => {
    const pair = pairFor();
    const ana = pair.open();
    await pair.pass(20_000);
    const ran: string[] = [];
    pair.world.job_listeners.add(({ argv }) => void ran.push(argv.join(" ")));
    expect(await pair.until(pair.run(ana, pair.made(ana, { action: "migrate", args: { guest: "db01" } })))).toMatchObject({
      result: "done",
    });
    expect(ran.filter((line) => /secondary/.test(line))).toEqual([]);
  });
});
