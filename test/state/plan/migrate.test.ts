import { describe, expect, it } from "vitest";
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
});
